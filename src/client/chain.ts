/** How a notice hangs together with the one before it. */
export interface Link {
  /** Whose chain it belongs to: an account's, or the pool's, which is ''. */
  readonly chain: string;
  /** It grows along the chain, or stays: one commit may give an account back what several settlements took, in a notice each. */
  readonly number: string;
  /** The number before it in its chain, its own where others of its number came before; null where it is the first. */
  readonly previous: string | null;
  /** No other link's, and the same whenever it is told. */
  readonly id: string;
}

interface Head {
  readonly number: string;
  /** Of the links of that number, those that were taken since the start. */
  readonly ids: string[];
}

/** What was read, by chain: so that each notice is taken once, and one that is missing is seen. */
export class Chains {
  /** The chain that was heard last is the last. */
  readonly #last: Map<string, Head>;
  /** All up to here was read before. Null while that is not known. */
  #floor: bigint | null;

  /** @param heads of chains that were read before, the number of the last link */
  constructor(floor: bigint | null, heads: Iterable<readonly [string, string]> = []) {
    this.#floor = floor;
    this.#last = new Map();
    for (const [chain, number] of heads) this.#last.set(chain, { number, ids: [] });
  }

  isKnown({ chain, number, previous, id }: Link): boolean {
    const last = this.#last.get(chain);
    if (last === undefined) return this.#floor !== null && BigInt(number) < this.#floor;
    if (number !== last.number) return BigInt(number) < BigInt(last.number);
    // Of those of one number the chain has the first, whatever else it has.
    return previous !== number || last.ids.includes(id);
  }

  /** After which number something is missing before this link; null where nothing is. */
  gapBefore({ chain, previous }: Link): string | null {
    const last = this.#last.get(chain)?.number;
    if (last !== undefined) return previous === last ? null : last;
    // Of a chain that was not heard since the start it is known only that all up to there was read.
    if (previous === null || this.#floor === null || BigInt(previous) <= this.#floor) return null;
    return this.#floor.toString();
  }

  add({ chain, number, id }: Link): void {
    const last = this.#last.get(chain);
    const ids = last?.number === number ? last.ids : [];
    ids.push(id);
    this.#last.delete(chain);
    this.#last.set(chain, { number, ids });
    this.#floor ??= BigInt(number);
  }

  /** Of so many chains at most, those that were heard last, the number of the last link. */
  heads(most: number): [chain: string, number: string][] {
    return [...this.#last].slice(-most).map(([chain, { number }]) => [chain, number]);
  }
}
