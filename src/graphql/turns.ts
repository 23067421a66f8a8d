import { rateLimited } from './errors.ts';

/** How many questions of one caller wait at most: those of a page of accounts, twice. */
const MOST_WAITING = 2_000;
const RETRY_SECONDS = 5;

/**
 * Lets exposures and comparisons, which go over a whole pool, some of them many times, run one after the other for each caller: who asks a
 * thousand at once waits for them, and the others do not.
 */
export class Turns {
  readonly #bySubject = new Map<string, { open: number; last: Promise<unknown> }>();

  /** Does the work once all that the subject asked before is done. Not to be called by such work: it would wait for itself. */
  async take<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const own = this.#bySubject.get(subject) ?? { open: 0, last: Promise.resolve() };
    if (own.open >= MOST_WAITING)
      throw rateLimited(
        `You have ${MOST_WAITING} questions about risk waiting: ask for fewer at a time.`,
        RETRY_SECONDS,
      );
    this.#bySubject.set(subject, own);
    own.open++;
    const done = own.last.then(work);
    own.last = done.catch(() => {});
    try {
      return await done;
    } finally {
      own.open--;
      if (own.open === 0) this.#bySubject.delete(subject);
    }
  }
}
