/**
 * A computation over as many as a million accounts that pauses every few thousand of them: whoever runs it decides what is done in
 * the pauses. Its result is the same either way; nothing that it reads may change meanwhile.
 */
export type Steps<T> = Generator<void, T, void>;

/** After how many items of a loop it pauses, some tenths of a millisecond. A power of two. */
const STEP = 2_048;

/** Whether a loop that comes to this index pauses there. */
export const pausesAt = (index: number): boolean => (index & (STEP - 1)) === STEP - 1;

/** Runs through. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
