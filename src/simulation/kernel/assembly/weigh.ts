// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

import * as m from './memory.ts';
import { atMaintenance } from './terms.ts';

/**
 * Works out what an account comes to on the paths of a block: whether it is open, what it is worth but for haircuts, its profit w and
 * its cap. Answers whether it is open on all of them.
 */
export function weigh(account: usize, returns: usize, takenRow: usize, bytes: usize): bool {
  const equity = ofAccount(m.equities, account);
  const gain = ofAccount(m.gains, account);
  const burden = ofAccount(m.burdens, account);
  const rate = ofAccount(m.rates, account);
  const zero = f64x2.splat(0);
  // pmin and pmax are one instruction each, unlike min and max, which also care for NaN and −0.
  const margins = atMaintenance ? m.margins : m.nothing;
  reprice(account, returns, bytes);
  if (atMaintenance) remargin(account, returns, bytes);
  let allOpen = i64x2.splat(-1);
  for (let at: usize = 0; at < bytes; at += m.VECTOR) {
    const change = v128.load(at, m.changes);
    const taken = v128.load(takenRow + at);
    const worth = f64x2.add(equity, change);
    const left = f64x2.sub(worth, taken);
    const open = f64x2.ge(left, v128.load(margins + at));
    const grown = f64x2.add(gain, change);
    const net = f64x2.sub(f64x2.sub(grown, burden), taken);
    const profit = v128.and(open, f64x2.pmax(zero, f64x2.pmin(net, left)));
    const allowed = f64x2.sub(f64x2.sub(f64x2.mul(rate, grown), burden), taken);
    v128.store(at, worth, m.worths);
    v128.store(at, open, m.opens);
    v128.store(at, profit, m.profits);
    v128.store(at, f64x2.pmin(profit, f64x2.pmax(zero, allowed)), m.caps);
    allOpen = v128.and(allOpen, open);
  }
  return i64x2.all_true(allOpen);
}

/** Writes Δ into `changes`. */
function reprice(account: usize, returns: usize, bytes: usize): void {
  const first = load<u32>(m.starts + account * 4);
  const after = load<u32>(m.starts + account * 4, 4);
  for (let at: usize = 0; at < bytes; at += m.FOUR) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let position = first; position < after; position++) {
      const row = returns + load<u32>(m.markets + position * 4) + at;
      const exposure = v128.load64_splat(m.exposures + position * 8);
      low = f64x2.add(low, f64x2.mul(exposure, v128.load(row)));
      high = f64x2.add(high, f64x2.mul(exposure, v128.load(row, m.VECTOR)));
    }
    v128.store(at, low, m.changes);
    v128.store(at, high, m.changes + m.VECTOR);
  }
}

/** Writes Σ maintenance × (1 + R) into `margins`. */
function remargin(account: usize, returns: usize, bytes: usize): void {
  const first = load<u32>(m.starts + account * 4);
  const after = load<u32>(m.starts + account * 4, 4);
  const one = f64x2.splat(1);
  for (let at: usize = 0; at < bytes; at += m.FOUR) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let position = first; position < after; position++) {
      const row = returns + load<u32>(m.markets + position * 4) + at;
      const margin = v128.load64_splat(m.maintenances + position * 8);
      low = f64x2.add(low, f64x2.mul(margin, f64x2.add(one, v128.load(row))));
      high = f64x2.add(high, f64x2.mul(margin, f64x2.add(one, v128.load(row, m.VECTOR))));
    }
    v128.store(at, low, m.margins);
    v128.store(at, high, m.margins + m.VECTOR);
  }
}

/** A number of an account, twice. */
export function ofAccount(column: usize, account: usize): v128 {
  return v128.load64_splat(column + account * 8);
}
