import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 25;

/** Asks again and again until the answer is one: what a machine does in its own time, without a guess at how long. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(STEP_MS);
  }
}

/** Settles as the promise does, or fails the test by name: nothing waits for ever. */
export async function within<T>(what: string, promise: Promise<T>, ms = 20_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
