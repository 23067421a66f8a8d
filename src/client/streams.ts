import { isPassing, ShearwaterError } from './errors.ts';
import type { Question } from './http.ts';
import { backoffMs, LONGEST_MS, type OnRetry, type World } from './retry.ts';
import type { Socket } from './socket.ts';

/** A token that was just made may be refused a few times: clocks differ, and whoever makes tokens may give one again until it ends. */
const MOST_REFUSALS = 5;

/** What is refused within this time was never taken. */
const TAKEN_MS = 1_000;

export interface Line {
  readonly socket: Socket;
  readonly world: World;
  readonly onRetry: OnRetry;
}

/**
 * What a subscription tells, over connections that come and go: whenever one ends, the question of then is asked on the next. Ends quietly
 * when the signal aborts; what no other try can mend is thrown.
 *
 * @param isEndless whether the server ends it only because it must, and never because all is told
 */
export async function* follow(
  { socket, world, onRetry }: Line,
  question: () => Question,
  { isEndless, signal }: { readonly isEndless: boolean; readonly signal: AbortSignal | undefined },
): AsyncGenerator<unknown, void, undefined> {
  let refusals = 0;
  for (let tries = 0; ; tries++) {
    const openedAt = world.now();
    let failure: unknown;
    try {
      for await (const data of socket.open(question(), signal)) {
        tries = 0;
        refusals = 0;
        yield data;
      }
      if (!isEndless || signal?.aborted) return;
      failure = new ShearwaterError('UNREACHABLE', 'The server ended the subscription');
    } catch (error) {
      if (signal?.aborted) return;
      failure = error;
    }
    // One that lasted is no sign that the next will fail.
    const lasted = world.now() - openedAt;
    if (lasted > LONGEST_MS) tries = 0;
    if (lasted > TAKEN_MS) refusals = 0;
    const isRefused = failure instanceof ShearwaterError && failure.code === 'UNAUTHENTICATED';
    const isMendable = isRefused ? socket.renewToken() && ++refusals < MOST_REFUSALS : isPassing(failure);
    if (!isMendable) throw failure;
    const wait = backoffMs(tries, failure, world.random);
    onRetry(failure as Error, wait);
    try {
      await world.sleep(wait, signal);
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
  }
}
