import { atTime } from './at-time.ts';
import { isAfter, type Position, type Positioned } from './notice.ts';

/** How many notices wait in memory for one subscriber. Past that it reads them from the database again. */
export const QUEUE_LIMIT = 1_024;
const PAGE = 500;

/** A subscriber took nothing for too long while notices waited for it. */
export class StalledSubscriber extends Error {
  override name = 'StalledSubscriber';
}

export interface SubscriberOptions<T> {
  readonly after: Position;
  /** The next notices past a position, from the database. */
  readonly read: (after: Position, limit: number) => Promise<T[]>;
  readonly onEnd: () => void;
  /** Ends the transport of one that no longer reads, which cannot be told in the stream. */
  readonly onStalled: (reason: string) => void;
}

/**
 * One reader of notices: each once, in order, from where it stands. It starts behind, and reads pages from the
 * database until it has caught up; then it lives off its queue. When the queue is full it drops the queue and is
 * behind again: memory is bounded, and nothing is lost because the database has it.
 */
export class Subscriber<T extends Positioned> implements AsyncIterableIterator<T> {
  readonly #options: SubscriberOptions<T>;
  #after: Position;
  #page: T[] = [];
  #queue: T[] = [];
  /** When each of the queue came, in the time of performance.now(). */
  #arrivals: number[] = [];
  #behind = true;
  /** Since when something waits for it there; null for one that replays what was before it came. */
  #behindSince: number | null = null;
  /** The same of the page at hand. */
  #pageSince: number | null = null;
  #isReading = false;
  #ended = false;
  #failure: Error | null = null;
  /** Who waits for the next notice. */
  #reader: PromiseWithResolvers<IteratorResult<T>> | null = null;
  #expiry: ReturnType<typeof atTime> | null = null;
  /** When the reader last had a notice handed over; null while it waits for one. */
  #busySince: number | null = null;

  constructor(options: SubscriberOptions<T>) {
    this.#options = options;
    this.#after = options.after;
  }

  /** Hands over what was just committed; anything that the reader has already is dropped when its turn comes. */
  push(notices: readonly T[]): void {
    if (this.#behind || this.#ended) return;
    if (this.#queue.length + notices.length > QUEUE_LIMIT) this.hint();
    else {
      this.#queue.push(...notices);
      const now = performance.now();
      for (const _ of notices) this.#arrivals.push(now);
    }
    this.#serve();
  }

  /** There is something to read in the database. */
  hint(): void {
    this.#behind = true;
    this.#behindSince ??= this.#arrivals[0] ?? performance.now();
    this.#queue = [];
    this.#arrivals = [];
    this.#serve();
  }

  /** How many notices wait in memory. */
  get queued(): number {
    return this.#page.length + this.#queue.length;
  }

  /** For how long the oldest notice that came since the reader did has waited for it, in milliseconds. */
  get unsentMs(): number {
    const inPage = this.#page.length > 0 ? this.#pageSince : null;
    const since = inPage ?? this.#behindSince ?? this.#arrivals[0];
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Ends the reader if it took nothing for so long although something waits, and says whether it did. */
  endIfStalled(now: number, patienceMs: number): boolean {
    const waiting = this.#behind || this.#queue.length > 0 || this.#page.length > 0;
    if (!waiting || this.#busySince === null || now - this.#busySince < patienceMs) return false;
    const reason = 'too slow: reconnect and resume after the last cursor';
    this.fail(new StalledSubscriber(reason));
    this.#options.onStalled(reason);
    return true;
  }

  /** Ends the reader with an error at a time, in milliseconds since the epoch: when its token expires. */
  failAt(time: number, error: Error): void {
    this.#expiry = atTime(time, () => this.fail(error));
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#end();
  }

  /** Asked again before it has answered, it is a bug of the caller's. */
  next(): Promise<IteratorResult<T>> {
    if (this.#reader) throw new Error('a subscriber has one reader, who asks for one notice at a time');
    this.#busySince = null;
    const reader = Promise.withResolvers<IteratorResult<T>>();
    this.#reader = reader;
    this.#serve();
    return reader.promise;
  }

  /** Tells the reader that waits what there is for it. Not an async loop: ten thousand of those wake at one settlement. */
  #serve(): void {
    if (!this.#reader) return;
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = null;
      this.#answer()!.reject(failure);
    } else if (this.#ended) this.#answer()!.resolve({ done: true, value: undefined });
    else if (!this.#isReading) {
      const notice = this.#take();
      if (notice) {
        this.#after = notice.position;
        this.#busySince = performance.now();
        this.#answer()!.resolve({ done: false, value: notice });
      } else if (this.#behind) void this.#read();
    }
  }

  #answer() {
    const reader = this.#reader;
    this.#reader = null;
    return reader;
  }

  /** The next that the reader has not seen. */
  #take(): T | undefined {
    for (;;) {
      const notice = this.#page.shift() ?? (this.#behind ? undefined : this.#takeQueued());
      if (!notice || isAfter(notice.position, this.#after)) return notice;
    }
  }

  #takeQueued(): T | undefined {
    this.#arrivals.shift();
    return this.#queue.shift();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    // Cleared before reading: what is committed during the read is pushed or hinted, and so not missed.
    this.#behind = false;
    this.#pageSince = this.#behindSince;
    this.#behindSince = null;
    try {
      const page = await this.#options.read(this.#after, PAGE);
      if (!this.#ended) this.#page = page;
    } catch (error) {
      this.fail(error as Error);
    }
    this.#isReading = false;
    // More may wait behind a full page, and what was pushed meanwhile comes after it: the database has both.
    if (this.#page.length === PAGE) this.hint();
    else this.#serve();
  }

  async return(): Promise<IteratorResult<T>> {
    this.#end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#page = [];
    this.#queue = [];
    this.#arrivals = [];
    this.#behindSince = null;
    this.#expiry?.cancel();
    this.#options.onEnd();
    this.#serve();
  }
}
