import { eventually } from './eventually.ts';

/** Takes from an async iterable in the background, as a program does that handles what it hears. */
export class Taking<T> {
  readonly taken: T[] = [];
  /** What ended it: undefined while it goes on, null where it ended by itself. */
  end: unknown;
  readonly ended: Promise<void>;

  constructor(source: AsyncIterable<T>, handle: (item: T) => void | Promise<void> = () => {}) {
    this.ended = this.#run(source, handle);
  }

  async #run(source: AsyncIterable<T>, handle: (item: T) => void | Promise<void>): Promise<void> {
    try {
      for await (const item of source) {
        this.taken.push(item);
        await handle(item);
      }
      this.end = null;
    } catch (error) {
      this.end = error;
    }
  }

  /** Waits for so many, and fails with what ended it where it ended before. */
  async until(count: number, withinMs = 20_000): Promise<readonly T[]> {
    await eventually(
      `${count} of them`,
      () => {
        if (this.end !== undefined && this.taken.length < count)
          throw new Error(`ended after ${this.taken.length}: ${this.end}`, { cause: this.end });
        return this.taken.length >= count;
      },
      withinMs,
    );
    return this.taken;
  }
}
