import { assert } from './assert.ts';
import { AtomColumn } from './atom-column.ts';

/**
 * Divides `amount` in proportion to weights: x_i = amount · w_i / Σw, rounded by largest remainder.
 *
 * Every share is floored; the atoms left over go one each to the largest remainders, ties to the smaller index, so
 * callers pass claims in the order that breaks ties (refs in UTF-8 byte order). Shares sum to `amount` exactly and
 * each is within one atom of x_i (Hamilton's method; Balinski and Young, Fair Representation, 1982).
 *
 * @param amount  atoms to divide, 0 ≤ amount; 0 when there is no weight
 * @param weights atoms, each ≥ 0
 * @param include which indices take part; all when omitted. The others keep what `into` holds.
 */
export function apportion(
  amount: bigint,
  weights: AtomColumn,
  total: bigint,
  include?: Uint8Array,
  into = new AtomColumn(weights.length),
): AtomColumn {
  assert(amount >= 0n && (total > 0n || amount === 0n), 'an amount is divided over positive weights');
  if (amount === 0n) {
    for (let i = 0; i < weights.length; i++) if (!include || include[i]) into.set(i, 0n);
    return into;
  }

  // Remainders as floats only rank candidates: a larger float is a larger remainder for certain, and where floats are
  // equal the exact remainders decide below.
  const ranks = new Float64Array(weights.length).fill(-1);
  let left = amount;
  for (let i = 0; i < weights.length; i++) {
    if (include && !include[i]) continue;
    const scaled = amount * weights.get(i);
    const share = scaled / total;
    into.set(i, share);
    left -= share;
    ranks[i] = Number(scaled - share * total);
  }
  if (left === 0n) return into;

  const count = Number(left);
  const threshold = Float64Array.from(ranks).sort()[ranks.length - count]!;
  assert(threshold > 0, 'there are more remainders than atoms left over');
  const tied: number[] = [];
  let given = 0;
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i]!;
    if (rank > threshold) {
      into.set(i, into.get(i) + 1n);
      given++;
    } else if (rank === threshold) {
      tied.push(i);
    }
  }
  const remainder = (i: number) => (amount * weights.get(i)) % total;
  const exact = new Map(tied.map((i) => [i, remainder(i)]));
  tied.sort((a, b) => {
    const x = exact.get(a)!;
    const y = exact.get(b)!;
    return x > y ? -1 : x < y ? 1 : a - b;
  });
  for (const i of tied.slice(0, count - given)) into.set(i, into.get(i) + 1n);
  return into;
}
