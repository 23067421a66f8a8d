import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** Told of commits whose notices are in the outbox: `pool:sequence`, with a trace context after it where there is one. */
export interface Announcements {
  /** @param again what was announced since may have been missed: read everything */
  listen(hear: (payload: string) => void, again: () => void): void;
}

const WAKE = 'shearwater.wake';
const RETRY_MS = 2_000;
/** The stream that others consume. It is made where it is not there; one that is there keeps its limits. */
export const STREAM = 'SHEARWATER';
const SUBJECTS = ['shearwater.losses.*', 'shearwater.haircuts.*'];

export interface BrokerOptions {
  readonly url: string;
  readonly onError: (error: unknown, doing: string) => void;
}

/**
 * NATS. Wakes the hubs of all servers in place of NOTIFY, and carries the stream that the relay publishes. Nothing depends on it: what is
 * not announced the hubs find by polling, and what is not published waits in the outbox. It may be down when we start.
 */
export class Broker implements Announcements {
  readonly #options: BrokerOptions;
  readonly #listeners: { hear: (payload: string) => void; again: () => void }[] = [];
  #connection: NatsConnection | null = null;
  #stream: JetStreamClient | null = null;
  #closed = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#connect().catch((error) => options.onError(error, 'connecting to the broker'));
  }

  /** Says that a pool has something to read. Said to nobody while the broker is away. */
  announce(payload: string): void {
    try {
      this.#connection?.publish(WAKE, payload);
    } catch (error) {
      this.#options.onError(error, 'announcing a commit');
    }
  }

  listen(hear: (payload: string) => void, again: () => void): void {
    this.#listeners.push({ hear, again });
  }

  /**
   * Publishes a message and waits until the broker has it. A message id that it knows is dropped: within its window for duplicates
   * (2 minutes, unless the stream says otherwise) sending again is harmless.
   */
  async publish(subject: string, messageId: string, message: object): Promise<void> {
    if (!this.#stream) {
      if (!this.#connection) throw new Error('the broker cannot be reached');
      const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
      const manager = await jetstreamManager(this.#connection);
      await manager.streams
        .info(STREAM)
        .catch(() => manager.streams.add({ name: STREAM, subjects: SUBJECTS }));
      this.#stream = jetstream(this.#connection);
    }
    await this.#stream.publish(subject, JSON.stringify(message), { msgID: messageId });
  }

  async close(): Promise<void> {
    this.#closed = true;
    // One that never answered is still being called: nothing waits for it.
    await this.#connection?.close();
  }

  async #connect(): Promise<void> {
    const { connect } = await import('@nats-io/transport-node');
    const { protocol, host, username, password } = new URL(this.#options.url);
    let connection: NatsConnection | null = null;
    while (!connection) {
      if (this.#closed) return;
      try {
        connection = await connect({
          servers: `${protocol}//${host}`,
          ...(username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : {}),
          ...(protocol === 'tls:' ? { tls: {} } : {}),
          name: 'shearwater',
          maxReconnectAttempts: -1,
          reconnectTimeWait: 250,
          pingInterval: 5_000,
        });
      } catch (error) {
        this.#options.onError(error, 'connecting to the broker');
        // Not waitOnFirstConnect: its timers would keep a process alive that is told to end.
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    if (this.#closed) return connection.close();
    this.#connection = connection;
    connection.subscribe(WAKE, {
      callback: (error, message) => {
        if (error) return this.#options.onError(error, 'listening to the broker');
        const payload = message.string();
        for (const { hear } of this.#listeners) hear(payload);
      },
    });
    const again = () => {
      for (const listener of this.#listeners) listener.again();
    };
    again();
    for await (const { type } of connection.status()) if (type === 'reconnect') again();
  }
}

/** A pool's name as one word of a subject. */
export const subjectWord = (pool: string): string =>
  encodeURIComponent(pool).replace(/[.*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
