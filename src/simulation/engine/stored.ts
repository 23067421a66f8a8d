import { ACCOUNT_COLUMNS, type AccountColumn } from './account-columns.ts';
import type { Distribution } from './batch.ts';
import type { Estimate } from './estimate.ts';
import { Histogram, type HistogramPart, type Quantile } from './histogram.ts';

/** How a run is kept: as bytes and text, and read again. */

/** Columns of doubles one after the other. */
export function encodeColumns(columns: readonly Float64Array[]): Uint8Array {
  return Buffer.concat(
    columns.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

/** What a run says of each account: its columns, each with its errors, and of each level the haircut at risk with its interval. */
export class SimulatedAccounts {
  readonly accountNos: Uint32Array;
  readonly #levels: readonly number[];
  readonly #columns: Float64Array;
  readonly #orders = new Map<string, Uint32Array>();

  constructor(accounts: Uint8Array, columns: Uint8Array, levels: readonly number[]) {
    // Copied, because what a driver hands out may begin where no double may.
    this.accountNos = new Uint32Array(new Uint8Array(accounts).buffer);
    this.#columns = new Float64Array(new Uint8Array(columns).buffer);
    this.#levels = levels;
  }

  /** Null where there is none. */
  estimate(place: number, column: AccountColumn): Estimate | null {
    const at = ACCOUNT_COLUMNS.indexOf(column);
    const value = this.#at(at, place);
    const error = this.#at(ACCOUNT_COLUMNS.length + at, place);
    return Number.isFinite(value) ? { value, standardError: Number.isFinite(error) ? error : null } : null;
  }

  /** Null for a level that the run has not. */
  haircutAtRisk(place: number, level: number): Quantile | null {
    const index = this.#levels.indexOf(level);
    if (index < 0) return null;
    const at = 2 * ACCOUNT_COLUMNS.length + 3 * index;
    return { value: this.#at(at, place), low: this.#at(at + 1, place), high: this.#at(at + 2, place) };
  }

  /** The places of all accounts by a column, the largest or the smallest first; those without a value last, ties by place. */
  sortedBy(column: AccountColumn | 'haircutAtRisk', descending: boolean): Uint32Array {
    const name = `${column}/${descending}`;
    const order = this.#orders.get(name) ?? this.#sort(column, descending);
    this.#orders.set(name, order);
    return order;
  }

  #sort(column: AccountColumn | 'haircutAtRisk', descending: boolean): Uint32Array {
    const at =
      column === 'haircutAtRisk'
        ? 2 * ACCOUNT_COLUMNS.length + 3 * (this.#levels.length - 1)
        : ACCOUNT_COLUMNS.indexOf(column);
    const sign = descending ? -1 : 1;
    return Uint32Array.from(this.accountNos.keys()).sort((a, b) => {
      const [x, y] = [this.#at(at, a), this.#at(at, b)];
      if (Number.isNaN(x) || Number.isNaN(y))
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
      return sign * (x - y) || a - b;
    });
  }

  #at(column: number, place: number): number {
    return this.#columns[column * this.accountNos.length + place]!;
  }
}

/** The name that a distribution is kept under. */
export const distributionName = (distribution: Distribution): string => `distribution ${distribution}`;

/** A distribution of a run, to take quantiles of. */
export function readDistribution(text: string): Histogram {
  const part = JSON.parse(text) as Record<keyof HistogramPart, number[] & number>;
  return Histogram.of({
    ...part,
    bins: Uint32Array.from(part.bins),
    weights: Float64Array.from(part.weights),
    squares: Float64Array.from(part.squares),
    sums: Float64Array.from(part.sums),
  });
}

export function writeDistribution(part: HistogramPart): string {
  return JSON.stringify(part, (_, item) =>
    item instanceof Float64Array || item instanceof Uint32Array ? [...item] : item,
  );
}
