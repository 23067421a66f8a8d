import { BY_ID, mutationText } from '../support/api.ts';
import type { Answer } from '../support/server.ts';
import type { Operation } from './operations.ts';

/** What became of a mutation, as far as its caller knows. */
export type Outcome =
  | { readonly kind: 'confirmed'; readonly sequence: string | null; readonly id: string | null }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** An operation in the log of a round. */
export interface Sent {
  readonly operation: Operation;
  /** Milliseconds from the beginning of the round. */
  readonly at: number;
  outcome: Outcome;
}

const PATIENCE_MS = 8_000;

export async function ask(
  url: string,
  token: string,
  request: { readonly query: string; readonly variables: Record<string, unknown> },
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return (await response.json()) as Answer;
}

/** Sends a mutation once. Whatever does not say that it was refused may have been done. */
export async function send(url: string, token: string, { mutation, input }: Operation): Promise<Outcome> {
  let answer: Answer;
  try {
    const variables = BY_ID.has(mutation) ? { id: input.id } : { input };
    answer = await ask(url, token, { query: mutationText(mutation), variables });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { kind: 'unknown', why: `${message} ${cause?.message ?? ''}`.trim() };
  }
  const [error] = answer.errors ?? [];
  if (error?.extensions?.code === 'RATE_LIMITED') return { kind: 'refused', code: 'RATE_LIMITED' };
  if (error) return { kind: 'unknown', why: `${error.extensions?.code} ${error.message}` };
  const result = answer.data[mutation];
  if (result.code) return { kind: 'refused', code: result.code };
  // A pool's sequence is that of its last commit, whoever made it.
  const sequence = result.__typename === 'Pool' ? null : (result.sequence ?? null);
  return { kind: 'confirmed', sequence, id: result.id ?? result.webhook?.id ?? null };
}
