import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../core/steps.ts';

/** Runs a long computation, and lets the process answer others wherever it pauses. */
export async function inSteps<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
  }
}
