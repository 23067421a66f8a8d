// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

import * as m from './memory.ts';

/* The places of the sums. */
export const G: usize = 0;
export const H: usize = 3;
export const WON: usize = 9;
export const CLOSED_OUT: usize = 10;
export const BANKRUPT: usize = 11;
export const CUT: usize = 12;

export function add(to: usize, value: v128): void {
  v128.store(to, f64x2.add(v128.load(to), value));
}

export function addSum(account: usize, sum: usize, twoLanes: v128): void {
  const to = m.sums + (sum * m.accounts + account) * 8;
  store<f64>(to, load<f64>(to) + (f64x2.extract_lane(twoLanes, 0) + f64x2.extract_lane(twoLanes, 1)));
}

/** What a haircut of h adds to the sums, at two paths; nothing where h is 0. */
export function addHaircuts(sums: usize, weight: v128, g: v128, h: v128): void {
  const once = f64x2.mul(weight, h);
  const mixed = f64x2.mul(once, g);
  const twice = f64x2.mul(once, h);
  add(sums + H * m.VECTOR, once);
  add(sums + (H + 1) * m.VECTOR, mixed);
  add(sums + (H + 2) * m.VECTOR, twice);
  add(sums + (H + 3) * m.VECTOR, f64x2.mul(mixed, g));
  add(sums + (H + 4) * m.VECTOR, f64x2.mul(twice, g));
  add(sums + (H + 5) * m.VECTOR, f64x2.mul(twice, h));
  add(sums + CUT * m.VECTOR, v128.and(weight, f64x2.gt(h, f64x2.splat(0))));
}
