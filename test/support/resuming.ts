import type { Client } from 'graphql-ws';
import { EventStream } from './event-stream.ts';
import { eventually } from './eventually.ts';
import type { Heard } from './notice-book.ts';

/**
 * A trader's app as the README tells to write one: graphql-ws with retries, and `after` read anew at each connect, so
 * that every subscribe message resumes after the last cursor. An error in the stream is a reason to subscribe again.
 */
export class Resuming {
  readonly notices: Heard[] = [];
  /** What ended the stream although the client retries by itself. */
  readonly ends: unknown[] = [];
  #after: string | null;
  #stop = () => {};
  #stopped = false;

  constructor(client: Client, query: string, pool: string, after: string | null) {
    this.#after = after;
    this.#subscribe(client, query, pool);
  }

  #subscribe(client: Client, query: string, pool: string): void {
    const current = () => this.#after;
    const variables = {
      pool,
      get after() {
        return current();
      },
    };
    const again = (reason: unknown) => {
      if (this.#stopped) return;
      this.ends.push(reason);
      setTimeout(() => {
        if (!this.#stopped) this.#subscribe(client, query, pool);
      }, 50);
    };
    this.#stop = client.subscribe<Record<string, Heard>>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          // The completion that follows subscribes again.
          if (errors || !data) return void this.ends.push(errors);
          const notice = Object.values(data)[0]!;
          this.notices.push(notice);
          this.#after = notice.cursor;
        },
        error: again,
        complete: () => again('complete'),
      },
    );
  }

  async until(count: number, withinMs = 30_000): Promise<void> {
    await eventually(
      `${count} notices (${this.notices.length} so far)`,
      () => this.notices.length >= count,
      withinMs,
    ).catch((error: Error) => {
      throw new Error(
        `${error.message}: heard ${this.notices.length}, ended by ${JSON.stringify(this.ends.slice(-2))}`,
      );
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#stop();
  }
}

/** The same over server-sent events: a stream that ends, however it ends, is opened again after the last cursor. */
export class ResumingStream {
  readonly notices: Heard[] = [];
  #after: string | null;
  #stream: EventStream;
  #taken = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    url: string,
    token: string,
    query: string,
    variables: { readonly pool: string },
    after: string | null,
  ) {
    this.#after = after;
    const open = () =>
      new EventStream(url, token, { query, variables: { ...variables, after: this.#after } });
    this.#stream = open();
    let openedAt = performance.now();
    this.#timer = setInterval(() => {
      const heard: Heard[] = this.#stream.values;
      for (const notice of heard.slice(this.#taken)) {
        this.notices.push(notice);
        this.#after = (notice as Heard).cursor;
      }
      this.#taken = heard.length;
      if (this.#stream.ended === null || performance.now() - openedAt < 100) return;
      this.#taken = 0;
      this.#stream = open();
      openedAt = performance.now();
    }, 25);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stream.end();
  }
}
