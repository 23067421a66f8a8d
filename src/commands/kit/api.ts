import WebSocket from 'ws';
import { createShearwater, type Shearwater } from '../../client/create.ts';
import { Refusal, ShearwaterError } from '../../client/errors.ts';
import type { Document } from '../../client/operations.ts';
import type { TokenSource } from '../../client/token.ts';
import { RefusedError, UnreachableError } from './errors.ts';
import { tell } from './output.ts';

/** The one place that talks to a server: the client, as people at a terminal need it. */

/** A settlement of a million accounts takes its time. */
const PATIENCE_MS = 300_000;

/** For how long a server that was there is tried again. */
const RETRY_MS = 30_000;

export class Api {
  readonly url: string;
  /** What is asked by it may throw errors of the client: see `refusalOf`. */
  readonly client: Shearwater;
  readonly #token: TokenSource;

  private constructor(url: string, token: TokenSource, retryMs: number) {
    this.url = url;
    this.#token = token;
    this.client = createShearwater({
      url,
      token,
      retryMs,
      timeoutMs: PATIENCE_MS,
      webSocket: WebSocket,
      // A token is for the server that was named.
      fetch: (input, init) => fetch(input, { ...init, redirect: 'error' }),
      onRetry: ({ message }) => tell(`Trying again: ${message}`),
    });
  }

  /** Finds out who is calling first. A wrong address or token is told at once, and only later failures are tried again. */
  static async open(url: string, token: TokenSource): Promise<Api> {
    const first = new Api(url, token, 0);
    await first.asking(() => first.client.viewer());
    return new Api(url, token, RETRY_MS);
  }

  ask<R, V>(document: Document<R, V>, variables: V): Promise<R> {
    return this.asking(() => this.client.ask(document, variables));
  }

  /** Throws as commands do what the client throws. */
  async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  failureOf(error: unknown): unknown {
    if (error instanceof Refusal) return refused(error);
    if (!(error instanceof ShearwaterError)) return error;
    if (error.code === 'UNREACHABLE') return unreachable(error.message);
    const advice = error.code === 'UNAUTHENTICATED' ? ' `shearwater help token` says how to make one.' : '';
    return new RefusedError(error.code, `${error.message}${advice}`);
  }

  /** What is no GraphQL. */
  async get(path: string): Promise<Response> {
    const token = typeof this.#token === 'string' ? this.#token : await this.#token();
    try {
      return await fetch(`${this.url}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch (error) {
      throw unreachable(`${this.url} gave no answer: ${(error as Error).message}`);
    }
  }
}

export const unreachable = (message: string): UnreachableError =>
  new UnreachableError(
    `${message}. Start a server with \`shearwater serve\`, or name another with --url or SHEARWATER_URL.`,
  );

const refused = ({ code, message, path }: Pick<Refusal, 'code' | 'message' | 'path'>): RefusedError =>
  new RefusedError(code, path?.length ? `${message} (${path.join('.')})` : message);

type Refused = { readonly code: string; readonly message: string };

/** The result of a field that may be refused, where it was not. */
export function accepted<T extends object>(result: T): Exclude<T, Refused> {
  if ('code' in result && 'message' in result) throw refused(result as unknown as Refusal);
  return result as Exclude<T, Refused>;
}

/** What a query found; null says that there is none, or none that the caller may read. */
export function found<T>(value: T | null | undefined, what: string): T {
  if (value !== null && value !== undefined) return value;
  throw new RefusedError('NOT_FOUND', `There is no ${what}, or none that your token may read.`);
}
