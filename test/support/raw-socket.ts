import WebSocket from 'ws';
import { eventually } from './eventually.ts';
import type { TestServer } from './server.ts';

/** What came over the wire, as graphql-transport-ws frames it. */
export interface Message {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what it expects of a payload.
  readonly payload?: any;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** graphql-transport-ws spoken by hand: what a client library would hide or mend is seen here. */
export class RawSocket {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  isClosed = false;

  constructor(url: string, options: { origin?: string; protocol?: string } = {}) {
    const { origin, protocol = 'graphql-transport-ws' } = options;
    this.socket = new WebSocket(
      `${url.replace('http', 'ws')}/graphql`,
      protocol,
      origin === undefined ? {} : { origin },
    );
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        this.isClosed = true;
        resolve({ code, reason: String(reason) });
      });
    });
  }

  /** Connected, initialised and acknowledged. */
  static async open(
    server: Pick<TestServer, 'url'>,
    token: string | null,
    options: { origin?: string } = {},
  ): Promise<RawSocket> {
    const raw = new RawSocket(server.url, options);
    await new Promise((resolve, reject) => {
      raw.socket.once('open', resolve);
      raw.socket.once('error', reject);
    });
    raw.send({
      type: 'connection_init',
      ...(token ? { payload: { authorization: `Bearer ${token}` } } : {}),
    });
    await raw.first('connection_ack');
    return raw;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  /** The first message of that type, and of that operation where one is named. */
  first(type: string, id?: string): Promise<Message> {
    return eventually(`a ${type} of ${id ?? 'the socket'}`, () =>
      this.messages.find((message) => message.type === type && (id === undefined || message.id === id)),
    );
  }

  /** The values of one operation's `next` messages. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  values(id: string): any[] {
    return this.messages
      .filter((message) => message.type === 'next' && message.id === id)
      .map((message) => Object.values(message.payload.data)[0]);
  }

  end(): void {
    this.socket.terminate();
  }
}
