import { failureOf, type GraphQLErrorShape, ShearwaterError } from './errors.ts';
import type { Tokens } from './token.ts';

export interface HttpOptions {
  /** Of /graphql. */
  readonly url: string;
  readonly tokens: Tokens;
  readonly fetch: typeof globalThis.fetch;
  /** How long one request may take. */
  readonly timeoutMs: number;
}

/** An operation with its variables. */
export interface Question {
  readonly query: string;
  readonly variables: unknown;
}

/** GraphQL by POST: one answer, or an error that says why there is none. A token that is refused is renewed once. */
export async function post(question: Question, options: HttpOptions, signal?: AbortSignal): Promise<unknown> {
  const { tokens } = options;
  const token = tokens.get();
  try {
    return await send(question, options, await token, signal);
  } catch (error) {
    const isRefused = error instanceof ShearwaterError && error.code === 'UNAUTHENTICATED';
    if (!isRefused || !tokens.renew(token)) throw error;
    return send(question, options, await tokens.get(), signal);
  }
}

async function send(
  question: Question,
  { url, fetch, timeoutMs }: HttpOptions,
  token: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let body: { data?: unknown; errors?: readonly GraphQLErrorShape[] } | null;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(question),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    body = (await response.json()) as typeof body;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new ShearwaterError('UNREACHABLE', `${url} gave no answer${why(cause, timeoutMs)}`, { cause });
  }
  if (body?.errors) throw failureOf(body.errors, Number(response.headers.get('retry-after')) || null);
  // Whatever stands in front of the server may answer something else.
  if (!body?.data)
    throw new ShearwaterError('UNREACHABLE', `${url} answered ${response.status} without data`);
  return body.data;
}

function why(cause: unknown, timeoutMs: number): string {
  if (!(cause instanceof Error)) return '';
  if (cause.name === 'TimeoutError') return ` within ${timeoutMs} ms`;
  const { cause: inner } = cause;
  return `: ${inner instanceof Error && inner.message ? inner.message : cause.message}`;
}
