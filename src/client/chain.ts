/** How a notice hangs together with the one before it. */
export interface Link {
  /** Whose chain it belongs to: an account's, or the pool's, which is ''. */
  readonly chain: string;
  /** It grows along the chain. */
  readonly number: string;
  /** The number before it in its chain; null where it is the first. */
  readonly previous: string | null;
}

/** What was read, by chain: so that each notice is taken once, and one that is missing is seen. */
export class Chains {
  /** The chain that was heard last is the last. */
  readonly #last: Map<string, string>;
  /** All up to here was read before. Null while that is not known. */
  #floor: bigint | null;

  /** @param heads of chains that were read before, the number of the last link */
  constructor(floor: bigint | null, heads: Iterable<readonly [string, string]> = []) {
    this.#floor = floor;
    this.#last = new Map(heads);
  }

  isKnown({ chain, number }: Link): boolean {
    const last = this.#last.get(chain);
    if (last !== undefined) return BigInt(number) <= BigInt(last);
    return this.#floor !== null && BigInt(number) < this.#floor;
  }

  /** After which number something is missing before this link; null where nothing is. */
  gapBefore({ chain, previous }: Link): string | null {
    const last = this.#last.get(chain);
    if (last !== undefined) return previous === last ? null : last;
    // Of a chain that was not heard since the start it is known only that all up to there was read.
    if (previous === null || this.#floor === null || BigInt(previous) <= this.#floor) return null;
    return this.#floor.toString();
  }

  add({ chain, number }: Link): void {
    this.#last.delete(chain);
    this.#last.set(chain, number);
    this.#floor ??= BigInt(number);
  }

  /** Of so many chains at most, those that were heard last, the number of the last link. */
  heads(most: number): [chain: string, number: string][] {
    return [...this.#last].slice(-most);
  }
}
