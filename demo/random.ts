/** A seeded generator (mulberry32): the same book on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1, exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  /** Cuts a whole into so many uneven parts, each at least 1 and together exactly the whole. */
  cut(whole: bigint, parts: number, unevenness: number): bigint[] {
    const weights = Array.from({ length: parts }, () => Math.exp(unevenness * this.between(-1, 1)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const spare = whole - BigInt(parts);
    const cuts = weights.map(
      (weight) => 1n + (spare * BigInt(Math.floor((weight / total) * 1e12))) / 10n ** 12n,
    );
    cuts[0]! += whole - cuts.reduce((sum, part) => sum + part, 0n);
    return cuts;
  }
}
