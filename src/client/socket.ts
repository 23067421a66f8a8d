import { type Client, createClient } from 'graphql-ws/client';
import { failureOf, type GraphQLErrorShape, ShearwaterError } from './errors.ts';
import type { Question } from './http.ts';
import type { Tokens } from './token.ts';

/** Close codes of the server, and of graphql-transport-ws. */
const FORBIDDEN = 4403;
const UNAUTHENTICATED = 4401;
const TOO_LARGE = 1009;

/** A socket on which a ping stays unanswered this long, or that does not open within it, is given up. */
const PATIENCE_MS = 10_000;

/** How many results may wait for their reader; a slower one lets go of the subscription and resumes where it is. */
const MOST_WAITING = 10_000;

export interface SocketOptions {
  /** Of /graphql, ws or wss. */
  readonly url: string;
  readonly tokens: Tokens;
  /** A WebSocket constructor; the platform's own where undefined. */
  readonly webSocket: unknown;
  /** How often to see whether the other side is still there. */
  readonly keepAliveMs: number;
}

/** The one connection of a client, open while something is subscribed to. It never reconnects by itself: who resumes knows from where. */
export class Socket {
  readonly #client: Client;
  readonly #tokens: Tokens;
  #token: Promise<string> | null = null;
  #isConnected = false;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, tokens, webSocket, keepAliveMs }: SocketOptions) {
    this.#tokens = tokens;
    const give = (ms: number) => {
      clearTimeout(this.#watchdog);
      this.#watchdog = setTimeout(() => this.#client.terminate(), ms);
    };
    const calm = () => clearTimeout(this.#watchdog);
    this.#client = createClient({
      url,
      ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      connectionParams: async () => {
        this.#token = tokens.get();
        return { authorization: `Bearer ${await this.#token}` };
      },
      on: {
        connecting: () => give(PATIENCE_MS),
        connected: () => {
          calm();
          this.#isConnected = true;
        },
        ping: (isTheirs) => {
          if (!isTheirs) give(PATIENCE_MS);
        },
        pong: (isTheirs) => {
          if (isTheirs) calm();
        },
        closed: () => {
          calm();
          this.#isConnected = false;
        },
      },
    });
  }

  /** The server no longer takes the token. False where there can be no other. */
  renewToken(): boolean {
    return this.#tokens.renew(this.#token);
  }

  /** The results of one subscription, until the server completes it. What ends it otherwise is thrown, after all that came before. */
  async *open(question: Question, signal?: AbortSignal): AsyncGenerator<unknown, void, undefined> {
    // Here and not in the socket's handshake, so that it fails by its own name.
    await this.#tokens.get();
    signal?.throwIfAborted();
    const waiting: unknown[] = [];
    let end: { readonly error: unknown } | null = null;
    let wake = () => {};
    const finish = (error: unknown) => {
      end ??= { error };
      wake();
    };
    const onAbort = () => finish(signal!.reason);
    const leave = this.#client.subscribe(question as { query: string; variables: Record<string, unknown> }, {
      next: ({ data, errors }) => {
        if (end) return;
        if (errors) return finish(failureOf(errors as readonly GraphQLErrorShape[]));
        waiting.push(data);
        if (waiting.length === MOST_WAITING) {
          finish(new ShearwaterError('UNREACHABLE', 'Notices came faster than they were read'));
          leave();
        }
        wake();
      },
      error: (reason) => finish(failureOfSocket(reason)),
      complete: () => finish(null),
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        while (waiting.length > 0 && !signal?.aborted) yield waiting.shift();
        if (end) {
          const { error } = end as { error: unknown };
          if (error !== null) throw error;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      leave();
    }
  }

  close(): void {
    // One that is still opening would be waited for.
    if (this.#isConnected) void this.#client.dispose();
    else this.#client.terminate();
  }
}

interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

/** graphql-ws gives the errors of a refused operation, a close event, or whatever went wrong in the socket. */
function failureOfSocket(reason: unknown): ShearwaterError {
  if (Array.isArray(reason)) return failureOf(reason);
  if (reason instanceof ShearwaterError) return reason;
  const { code, reason: words } = reason as Partial<CloseEvent>;
  if (typeof code !== 'number') {
    return new ShearwaterError('UNREACHABLE', 'The connection broke', { cause: reason });
  }
  if (code === FORBIDDEN || code === UNAUTHENTICATED) {
    return new ShearwaterError('UNAUTHENTICATED', words || 'The token was not taken', { cause: reason });
  }
  if (code === TOO_LARGE) {
    return new ShearwaterError('BAD_USER_INPUT', 'The subscription is too large: name fewer accounts', {
      cause: reason,
    });
  }
  const said = words ? `: ${words}` : '';
  return new ShearwaterError('UNREACHABLE', `The connection was closed with ${code}${said}`, {
    cause: reason,
  });
}
