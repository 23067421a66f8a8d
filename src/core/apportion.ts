import { assert } from './assert.ts';
import { AtomColumn } from './atom-column.ts';
import { roundShares } from './largest-remainder.ts';

/**
 * Divides `amount` in proportion to weights: x_i = amount · w_i / Σw, rounded by largest remainder, ties to the smaller
 * index.
 *
 * @param amount  atoms to divide, 0 ≤ amount; 0 when there is no weight
 * @param weights each ≥ 0
 */
export function apportion(amount: bigint, weights: AtomColumn, total = weights.sum()): AtomColumn {
  assert(amount >= 0n && (total > 0n || amount === 0n), 'an amount is divided over positive weights');
  const shares = new AtomColumn(weights.length);
  if (amount === 0n) return shares;
  const numerator = (i: number) => amount * weights.get(i);
  roundShares({ length: weights.length, numerator, denominator: total }, amount, shares);
  return shares;
}
