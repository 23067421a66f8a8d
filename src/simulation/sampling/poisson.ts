import { exp, log } from './elementary.ts';
import { logGamma } from './gamma.ts';

/** Counts less likely than this, relative to the likeliest, are left out: a uniform number of 2^-53 does not reach them. */
const NEGLIGIBLE = 1e-20;

/** The inverse of a Poisson distribution's CDF, by a table with a guide to begin from (Chen and Asau 1974). */
export class PoissonTable {
  /** The smallest count in the table, and of each from there on the probability of at most that count. */
  readonly #first: number;
  readonly #cdf: Float64Array;
  /** Of each of as many equal parts of (0, 1) as there are counts: where in the table to begin. */
  readonly #guide: Uint32Array;

  /** @param mean from 0 to 10^6 */
  constructor(mean: number) {
    const mode = Math.floor(mean);
    const likeliest = mean > 0 ? exp(mode * log(mean) - mean - logGamma(mode + 1)) : 1;
    const below: number[] = [];
    for (let [k, p] = [mode, likeliest]; k > 0; k--) {
      p *= k / mean;
      if (p < likeliest * NEGLIGIBLE) break;
      below.push(p);
    }
    const above: number[] = [];
    for (
      let [k, p] = [mode + 1, likeliest * (mean / (mode + 1))];
      p > likeliest * NEGLIGIBLE;
      p *= mean / ++k
    ) {
      above.push(p);
    }
    this.#first = mode - below.length;
    this.#cdf = Float64Array.from([...below.reverse(), likeliest, ...above]);
    for (let i = 1; i < this.#cdf.length; i++) this.#cdf[i]! += this.#cdf[i - 1]!;
    // Whatever the rounding of the likeliest was, it is in all of them alike.
    const total = this.#cdf.at(-1)!;
    for (let i = 0; i < this.#cdf.length; i++) this.#cdf[i]! /= total;
    this.#guide = new Uint32Array(this.#cdf.length);
    for (let [part, i] = [0, 0]; part < this.#guide.length; part++) {
      while (this.#cdf[i]! < part / this.#guide.length) i++;
      this.#guide[part] = i;
    }
  }

  /**
   * The smallest count that is not exceeded with probability u.
   *
   * @param u in the open interval (0, 1)
   */
  quantile(u: number): number {
    let i = this.#guide[Math.floor(u * this.#guide.length)]!;
    while (this.#cdf[i]! < u) i++;
    return this.#first + i;
  }
}
