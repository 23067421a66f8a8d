import { isPassing, isUndone, ShearwaterError } from './errors.ts';

/** Time and chance, as a test may pass them in. */
export interface World {
  /** At least 0, and below 1. */
  readonly random: () => number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Rejects with the signal's reason when it aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const theWorld: World = {
  random: Math.random,
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

/** Told before each wait: what failed, and in how many milliseconds it is tried again. */
export type OnRetry = (error: Error, waitMs: number) => void;

const FIRST_MS = 100;
export const LONGEST_MS = 10_000;

/**
 * How long to wait before the next try, in milliseconds: between half and all of 0.1 s that doubles with each try, up to 10 s; not
 * less than the server asked for. The jitter keeps those who lost one server from coming back as one.
 */
export function backoffMs(tries: number, error: unknown, random: () => number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20));
  const asked = error instanceof ShearwaterError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  return Math.max(asked, most / 2 + (random() * most) / 2);
}

export interface Patience {
  /** Whether it may be sent again when nobody knows what became of it: queries, and mutations with an idempotency key. */
  readonly mayRepeat: boolean;
  /** For how long it is tried again. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly world: World;
  readonly onRetry: OnRetry;
}

/** Tries until it succeeds, fails for good, or the time is over: then it fails as the last try did. */
export async function untilDone<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { mayRepeat, withinMs, signal, world, onRetry } = patience;
  const end = world.now() + withinMs;
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted || !(isUndone(error) || (mayRepeat && isPassing(error)))) throw error;
      const wait = backoffMs(tries, error, world.random);
      if (world.now() + wait > end) throw error;
      onRetry(error as Error, wait);
      await world.sleep(wait, signal);
    }
  }
}
