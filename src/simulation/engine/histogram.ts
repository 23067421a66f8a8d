import type { Estimate } from './estimate.ts';

/** Octaves from 2^LOWEST on, each divided into PARTS bins: a bin is a 512th of its values wide. */
const LOWEST = -64;
const OCTAVES = 160;
const PARTS = 512;
const BINS = OCTAVES * PARTS;

/** The normal quantile of 97.5 %. */
const Z = 1.959963984540054;

export interface Quantile {
  readonly value: number;
  /** A 95 % confidence interval, by order statistics. */
  readonly low: number;
  readonly high: number;
}

/** What a histogram is sent as: the bins that have something. */
export interface HistogramPart {
  readonly bins: Uint32Array;
  readonly weights: Float64Array;
  readonly squares: Float64Array;
  readonly sums: Float64Array;
  /** What is not above 0: its weight, and Σ weight² of it. */
  readonly zero: number;
  readonly zeroSquares: number;
}

function binOf(value: number): number {
  const octave = Math.min(Math.max(Math.floor(Math.log2(value)), LOWEST), LOWEST + OCTAVES - 1);
  const part = Math.min(PARTS - 1, Math.max(0, Math.floor((value / 2 ** octave - 1) * PARTS)));
  return (octave - LOWEST) * PARTS + part;
}

/**
 * Values ≥ 0 with weights, in bins of a relative width of 1/512, each with the mean of what is in it: memory that does not grow with the
 * number of values, and quantiles that are off by less than a 512th, and by nothing where a value has its bin to itself.
 */
export class Histogram {
  readonly #weights = new Float64Array(BINS);
  readonly #squares = new Float64Array(BINS);
  readonly #sums = new Float64Array(BINS);
  /** The bins that have something, so that handing over does not look at all. */
  readonly #used: number[] = [];
  #zero = 0;
  #zeroSquares = 0;

  add(value: number, weight: number): void {
    // Without weight it would have its bin listed twice.
    if (weight === 0) return;
    if (!(value > 0)) {
      this.#zero += weight;
      this.#zeroSquares += weight * weight;
      return;
    }
    const bin = binOf(value);
    if (this.#weights[bin] === 0) this.#used.push(bin);
    this.#weights[bin]! += weight;
    this.#squares[bin]! += weight * weight;
    this.#sums[bin]! += weight * value;
  }

  static of(part: HistogramPart): Histogram {
    const histogram = new Histogram();
    histogram.merge(part);
    return histogram;
  }

  /** The share of what is above 0 that is below a value's bin, and that is up to its end: where the value ranks. */
  rankAmongPositive(value: number): { low: number; high: number } | null {
    let [below, upTo, total] = [0, 0, 0];
    const own = value > 0 ? binOf(value) : -1;
    for (const bin of this.#used) {
      const weight = this.#weights[bin]!;
      total += weight;
      if (bin < own) below += weight;
      if (bin <= own) upTo += weight;
    }
    return total > 0 ? { low: below / total, high: upTo / total } : null;
  }

  get total(): number {
    return this.#zero + this.#weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** Hands over what it has, and is empty. */
  take(): HistogramPart {
    const bins = Uint32Array.from(new Set(this.#used)).sort();
    const pick = (column: Float64Array) => Float64Array.from(bins, (bin) => column[bin]!);
    const part = {
      bins,
      weights: pick(this.#weights),
      squares: pick(this.#squares),
      sums: pick(this.#sums),
      zero: this.#zero,
      zeroSquares: this.#zeroSquares,
    };
    for (const column of [this.#weights, this.#squares, this.#sums]) for (const bin of bins) column[bin] = 0;
    this.#used.length = 0;
    this.#zero = 0;
    this.#zeroSquares = 0;
    return part;
  }

  merge({ bins, weights, squares, sums, zero, zeroSquares }: HistogramPart): void {
    bins.forEach((bin, i) => {
      if (this.#weights[bin] === 0) this.#used.push(bin);
      this.#weights[bin]! += weights[i]!;
      this.#squares[bin]! += squares[i]!;
      this.#sums[bin]! += sums[i]!;
    });
    this.#zero += zero;
    this.#zeroSquares += zeroSquares;
  }

  /**
   * The smallest value that at least `level` of all do not exceed. The interval is of the values at the ranks level ± z × the standard
   * error of the share of weights beyond it (David and Nagaraja, Order Statistics, 2003, 7.1), which is a quotient of sums of weights:
   * √(level² Σ weight² beyond + (1 − level)² Σ weight² up to it) ÷ Σ weight. For equal weights that is √(level (1 − level) ÷ n);
   * importance sampling makes it small.
   *
   * @param level above 0 and below 1
   */
  quantile(level: number): Quantile {
    const total = this.total;
    if (!(total > 0)) return { value: 0, low: 0, high: 0 };
    const { value, squaresUpTo, squaresBeyond } = this.#at(level * total);
    const error =
      (Z * Math.hypot(level * Math.sqrt(squaresBeyond), (1 - level) * Math.sqrt(squaresUpTo))) / total;
    return {
      value,
      low: this.#at(Math.max(0, level - error) * total).value,
      high: this.#at(Math.min(1, level + error) * total).value,
    };
  }

  /** The value at a rank of weights from below, and Σ weight² of what is up to it and beyond. */
  #at(rank: number): { value: number; squaresUpTo: number; squaresBeyond: number } {
    // What rounding alone leaves below a rank is at it.
    const enough = rank * (1 - 1e-12);
    let below = this.#zero;
    let value = 0;
    let bin = 0;
    let squaresUpTo = this.#zeroSquares;
    for (; bin < BINS && below < enough; bin++) {
      if (this.#weights[bin] === 0) continue;
      value = this.#sums[bin]! / this.#weights[bin]!;
      below += this.#weights[bin]!;
      squaresUpTo += this.#squares[bin]!;
    }
    let squaresBeyond = 0;
    for (; bin < BINS; bin++) squaresBeyond += this.#squares[bin]!;
    return { value, squaresUpTo, squaresBeyond };
  }

  /** E[value | value at least the one at `level`], the expected shortfall (Acerbi and Tasche 2002): ties at the level count in part. */
  shortfall(level: number): number {
    const total = this.total;
    const tail = (1 - level) * total;
    let left = tail;
    let sum = 0;
    for (let bin = BINS - 1; bin >= 0 && left > 0; bin--) {
      const weight = this.#weights[bin]!;
      if (weight === 0) continue;
      const part = Math.min(weight, left);
      sum += (this.#sums[bin]! * part) / weight;
      left -= part;
    }
    return tail > 0 ? sum / tail : 0;
  }

  /**
   * The shortfall with its standard error, as if paths were independent: √Σ (weight × influence)² ÷ Σ weight, where the influence of a value x on
   * it is (x − v)⁺ ÷ (1 − level) − (ES − v), with v the quantile (Manistre and Hancock, N. Am. Actuar. J. 9, 2005). Antithetic and Sobol paths
   * are better than that.
   */
  shortfallEstimate(level: number): Estimate {
    const value = this.shortfall(level);
    const { value: quantile } = this.quantile(level);
    const influence = (x: number) => Math.max(0, x - quantile) / (1 - level) - (value - quantile);
    let squares = this.#zeroSquares * influence(0) ** 2;
    for (const bin of this.#used) {
      if (this.#weights[bin] === 0) continue;
      squares += this.#squares[bin]! * influence(this.#sums[bin]! / this.#weights[bin]!) ** 2;
    }
    const { total } = this;
    return { value, standardError: total > 0 ? Math.sqrt(squares) / total : null };
  }
}
