/** An account's exact equity and notional, in the same unit, before any rounding. */
export interface Standing {
  readonly accountNo: number;
  readonly equity: bigint;
  readonly notional: bigint;
}

/** What one quotient of two doubles may be off by, relative to it, several times over. */
const QUOTIENT = 2 ** -50;

/**
 * No more than equity ÷ notional, where both figures are within `error` of the exact ones: −∞ where the notional may be as
 * little as nothing. Where there is none for certain a debt comes first (−∞), and what owes nothing has no place (+∞): no
 * product was added to the equity then, so that its sign is exact.
 */
export function leastRatio(equity: number, notional: number, error: number): number {
  if (notional === 0) return equity < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const least = notional - error;
  if (!(least > 0)) return Number.NEGATIVE_INFINITY;
  const lowest = equity - error;
  const ratio = lowest / (lowest < 0 ? least : notional + error);
  return ratio - Math.abs(ratio) * QUOTIENT;
}

/** No less than it: +∞ where the notional may be as little as nothing. */
export function mostRatio(equity: number, notional: number, error: number): number {
  if (notional === 0) return leastRatio(equity, notional, error);
  const least = notional - error;
  if (!(least > 0)) return Number.POSITIVE_INFINITY;
  const highest = equity + error;
  const ratio = highest / (highest < 0 ? notional + error : least);
  return ratio + Math.abs(ratio) * QUOTIENT;
}

/** Whether an account has a place in the order: it has a notional, or owes something without one. */
export const stands = ({ equity, notional }: Standing): boolean => notional > 0n || equity < 0n;

/** By equity ÷ notional ascending, debts without a notional first, then by number. */
export function byNearness(a: Standing, b: Standing): number {
  // A denominator of 0 is a ratio of −∞.
  const [first, second] = [a.notional === 0n, b.notional === 0n];
  if (first !== second) return first ? -1 : 1;
  const difference = first ? 0n : a.equity * b.notional - b.equity * a.notional;
  return difference < 0n ? -1 : difference > 0n ? 1 : a.accountNo - b.accountNo;
}

/** The `count` lowest numbers that it was given: a heap with the highest of them at its root. */
class Lowest {
  readonly #heap: number[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  /** What is above it is not among the lowest. */
  get limit(): number {
    return this.#heap.length < this.#count ? Number.POSITIVE_INFINITY : this.#heap[0]!;
  }

  add(value: number): void {
    const heap = this.#heap;
    if (heap.length < this.#count) {
      let place = heap.push(value) - 1;
      while (place > 0 && heap[(place - 1) >> 1]! < value) {
        heap[place] = heap[(place - 1) >> 1]!;
        place = (place - 1) >> 1;
      }
      heap[place] = value;
    } else if (value < heap[0]!) {
      let place = 0;
      for (let child = 1; child < heap.length; child = 2 * place + 1) {
        if (child + 1 < heap.length && heap[child + 1]! > heap[child]!) child++;
        if (heap[child]! <= value) break;
        heap[place] = heap[child]!;
        place = child;
      }
      heap[place] = value;
    }
  }
}

/**
 * Finds the first accounts of the order without comparing all of them exactly. Who may be among them by what floats say at
 * best is a candidate; only candidates are compared exactly.
 */
export class NearestSearch {
  readonly #count: number;
  readonly #mosts: Lowest;
  readonly #candidates: number[] = [];
  readonly #leasts: number[] = [];

  /** @param count at least 1 */
  constructor(count: number) {
    this.#count = count;
    this.#mosts = new Lowest(count);
  }

  /** Whether an account whose ratio is at least this may still be among the first. */
  mayTake(least: number): boolean {
    return least <= this.#mosts.limit;
  }

  take(accountNo: number, least: number, most: number): void {
    this.#candidates.push(accountNo);
    this.#leasts.push(least);
    this.#mosts.add(most);
  }

  finish(standingOf: (accountNo: number) => Standing): number[] {
    return this.#candidates
      .filter((_, i) => this.mayTake(this.#leasts[i]!))
      .map(standingOf)
      .sort(byNearness)
      .slice(0, this.#count)
      .map(({ accountNo }) => accountNo);
  }
}
