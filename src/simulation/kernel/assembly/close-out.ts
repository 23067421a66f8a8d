// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

import * as m from './memory.ts';
import { add, addHaircuts, addSum, BANKRUPT, CLOSED_OUT, G } from './sums.ts';
import { CLOSED, ownRow } from './taken.ts';
import { fundCap, operatorCap, slippage } from './terms.ts';
import { ofAccount } from './weigh.ts';

/** Closes out an account where it is not open, but for where it was closed before. */
export function closeOut(account: usize, taken: usize, bytes: usize, last: bool): void {
  memory.fill(m.rareSums, 0, m.SUMS * m.VECTOR);
  for (let at: usize = 0; at < bytes; at += m.VECTOR) {
    const before = v128.load(taken + at);
    const closing = v128.andnot(f64x2.lt(before, f64x2.splat(CLOSED)), v128.load(at, m.opens));
    if (!v128.any_true(closing)) continue;
    closeTwo(account, at, closing, before);
    // After the last move whoever is not open is not looked at again.
    if (last) continue;
    taken = ownRow(account);
    v128.store(taken + at, v128.bitselect(f64x2.splat(CLOSED), before, closing));
  }
  for (let sum: usize = 0; sum < m.SUMS; sum++) addSum(account, sum, v128.load(m.rareSums + sum * m.VECTOR));
}

function closeTwo(account: usize, at: usize, closing: v128, taken: v128): void {
  const zero = f64x2.splat(0);
  const one = v128.and(closing, f64x2.splat(1));
  const worth = v128.load(at, m.worths);
  const cost = f64x2.mul(f64x2.splat(slippage), notionalOf(account, at));
  const left = f64x2.sub(f64x2.sub(worth, taken), cost);
  const below = v128.and(one, f64x2.lt(left, zero));
  const deficit = v128.and(closing, f64x2.pmax(zero, f64x2.neg(left)));
  const asked = f64x2.pmin(deficit, f64x2.splat(operatorCap));
  const total = m.totals + at;
  add(total, deficit);
  add(total + m.ROW, asked);
  add(total + 2 * m.ROW, f64x2.pmin(f64x2.sub(deficit, asked), f64x2.splat(fundCap)));
  const largest = v128.load(total + 3 * m.ROW);
  const second = v128.load(total + 4 * m.ROW);
  v128.store(total + 3 * m.ROW, f64x2.pmax(largest, deficit));
  v128.store(total + 4 * m.ROW, f64x2.pmax(second, f64x2.pmin(largest, deficit)));
  add(total + 5 * m.ROW, one);
  add(total + 6 * m.ROW, below);

  const weight = v128.load(at, m.weights);
  const funds = f64x2.pmax(zero, ofAccount(m.equities, account));
  const g = f64x2.sub(f64x2.pmax(zero, f64x2.sub(worth, cost)), funds);
  const once = f64x2.mul(v128.and(closing, weight), g);
  const twice = f64x2.mul(once, g);
  const sums = m.rareSums;
  add(sums + G * m.VECTOR, once);
  add(sums + (G + 1) * m.VECTOR, twice);
  add(sums + (G + 2) * m.VECTOR, f64x2.mul(twice, g));
  addHaircuts(sums, weight, g, v128.and(closing, taken));
  add(sums + CLOSED_OUT * m.VECTOR, v128.and(closing, weight));
  add(sums + BANKRUPT * m.VECTOR, f64x2.mul(below, weight));
}

function notionalOf(account: usize, at: usize): v128 {
  const after = load<u32>(m.starts + account * 4, 4);
  let notional = f64x2.splat(0);
  for (let position = load<u32>(m.starts + account * 4); position < after; position++) {
    const price = f64x2.add(f64x2.splat(1), v128.load(m.returns + load<u32>(m.markets + position * 4) + at));
    notional = f64x2.add(
      notional,
      f64x2.mul(f64x2.abs(v128.load64_splat(m.exposures + position * 8)), price),
    );
  }
  return notional;
}
