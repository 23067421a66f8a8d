import { assert } from './assert.ts';
import type { AtomColumn } from './atom-column.ts';
import { atOnce, pausesAt, type Steps } from './steps.ts';

/** Exact shares as fractions over one denominator, one index a claim. */
export interface Shares {
  readonly length: number;
  /** The numerator of an index, ≥ 0. It is asked for again where remainders tie, and must answer the same. */
  readonly numerator: (index: number) => bigint;
  /** > 0. */
  readonly denominator: bigint;
}

/**
 * Rounds shares to whole atoms that sum to `amount`, by largest remainder: every share is floored; the atoms left over
 * go one each to the largest remainders, ties to the smaller index, so callers pass claims in the order that breaks
 * ties. Each result is within one atom of its share (Hamilton's method; Balinski and Young, Fair Representation, 1982).
 *
 * @param amount Σ of the exact shares, in atoms
 * @returns the smallest remainder that got an atom, over the denominator; 0 where none was left over
 */
export function roundShares(shares: Shares, amount: bigint, into: AtomColumn): bigint {
  return atOnce(roundingShares(shares, amount, into));
}

/** The same, in steps. */
export function* roundingShares(
  { length, numerator, denominator }: Shares,
  amount: bigint,
  into: AtomColumn,
): Steps<bigint> {
  // Remainders as floats only rank candidates: a larger float is a larger remainder for certain, and where floats are
  // equal the exact remainders decide below.
  const ranks = new Float64Array(length);
  let left = amount;
  for (let i = 0; i < length; i++) {
    const exact = numerator(i);
    const share = exact / denominator;
    into.set(i, share);
    left -= share;
    ranks[i] = Number(exact - share * denominator);
    if (pausesAt(i)) yield;
  }
  assert(left >= 0n && left < BigInt(length || 1), 'exact shares sum to the amount');
  if (left === 0n) return 0n;

  // Below the number of shares: an index.
  const count = Number(left);
  const threshold = Float64Array.from(ranks).sort()[length - count]!;
  yield;
  assert(threshold > 0, 'there are no more atoms left over than remainders');
  const tied: { index: number; remainder: bigint }[] = [];
  let given = 0;
  for (let i = 0; i < length; i++) {
    const rank = ranks[i]!;
    if (rank > threshold) {
      into.set(i, into.get(i) + 1n);
      given++;
    } else if (rank === threshold) {
      tied.push({ index: i, remainder: numerator(i) % denominator });
    }
    if (pausesAt(i)) yield;
  }
  tied.sort((a, b) => (a.remainder > b.remainder ? -1 : a.remainder < b.remainder ? 1 : a.index - b.index));
  const winners = tied.slice(0, count - given);
  for (const { index } of winners) into.set(index, into.get(index) + 1n);
  return winners.at(-1)!.remainder;
}
