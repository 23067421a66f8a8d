import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { eventually } from './eventually.ts';

/** GraphQL over server-sent events by hand, on a connection of its own that can be paused and cut. */
export class EventStream {
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what it expects of a result.
  readonly results: { data?: any; errors?: { message: string; extensions: { code: string } }[] }[] = [];
  status = 0;
  contentType = '';
  /** The body where it is no stream of events. */
  body = '';
  /** `complete` when the server said that the stream is over, `cut` when it only hung up. */
  ended: 'complete' | 'cut' | null = null;
  readonly #request: ClientRequest;
  #response: IncomingMessage | null = null;
  #text = '';

  constructor(
    url: string,
    token: string | null,
    params: { query: string; variables?: Record<string, unknown> },
    method: 'GET' | 'POST' = 'POST',
  ) {
    const target = new URL('/graphql', url);
    if (method === 'GET') {
      target.searchParams.set('query', params.query);
      target.searchParams.set('variables', JSON.stringify(params.variables ?? {}));
    }
    this.#request = request(target, {
      method,
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
    });
    this.#request.once('response', (response) => this.#read(response));
    this.#request.on('error', () => {
      this.ended ??= 'cut';
    });
    this.#request.end(method === 'POST' ? JSON.stringify(params) : undefined);
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.contentType = response.headers['content-type'] ?? '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    response.on('error', () => {
      this.ended ??= 'cut';
    });
    response.once('close', () => {
      this.ended ??= 'cut';
    });
  }

  #take(chunk: string): void {
    this.body += this.contentType.startsWith('text/event-stream') ? '' : chunk;
    this.#text += chunk;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      if (field('event') === 'next') this.results.push(JSON.parse(field('data')!));
      else if (field('event') === 'complete') this.ended = 'complete';
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  get values(): any[] {
    return this.results.filter(({ data }) => data).map(({ data }) => Object.values(data)[0]);
  }

  /** Waits for the response's head. */
  async opened(): Promise<this> {
    await eventually('a response', () => this.status !== 0 || this.ended !== null);
    return this;
  }

  async until(count: number, withinMs = 30_000): Promise<void> {
    await eventually(`${count} results`, () => this.values.length >= count, withinMs).catch(
      (error: Error) => {
        throw new Error(`${error.message}: heard ${this.values.length}, ${this.ended ?? 'open'}`);
      },
    );
  }

  /** Takes nothing more from the socket: what the server sends stays in the buffers between us. */
  pause(): void {
    this.#response?.pause();
    this.#response?.socket.pause();
  }

  resume(): void {
    this.#response?.socket.resume();
    this.#response?.resume();
  }

  end(): void {
    this.#request.destroy();
  }
}
