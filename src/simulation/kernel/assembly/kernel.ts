// @ts-nocheck: this is AssemblyScript. `npm run kernel` compiles it to ../kernel.wasm, which is what runs.

/*
 * The kernel of ../kernel.ts: accounts are the outer loop, the paths of a block the inner one, two paths a vector. It does what
 * ../plain-kernel.ts does, and adds in the same order.
 */
import { closeOut } from './close-out.ts';
import * as m from './memory.ts';
import { add, addHaircuts, addSum, CUT, G, H, WON } from './sums.ts';
import { ownRow, rowOf, setRow } from './taken.ts';
import { ofAccount, weigh } from './weigh.ts';

/** Bytes of a row in use, with the paths that fill it up. */
let width: usize = 0;
let pickedWidth: usize = 0;

export function begin(paths: usize): void {
  width = widthOf(paths);
  memory.fill(m.levels, 0, m.ROW);
  memory.fill(m.cutBefore, 0, m.ROW >> 3);
  if (m.takenRows === 0) return;
  for (let account: usize = 0; account < m.accounts; account++) setRow(account, m.nothing);
}

function widthOf(paths: usize): usize {
  return (paths * 8 + m.FOUR - 1) & ~(m.FOUR - 1);
}

export function move(last: bool): void {
  memory.fill(m.totals, 0, m.TOTALS * m.ROW);
  for (let account: usize = 0; account < m.accounts; account++) {
    const taken = rowOf(account);
    if (!weigh(account, m.returns, taken, width)) closeOut(account, taken, width, last);
    addProfits();
    if (last) addChanges(account);
  }
}

function addProfits(): void {
  const profits = m.totals + 7 * m.ROW;
  const capacities = m.totals + 8 * m.ROW;
  for (let at: usize = 0; at < width; at += m.VECTOR) {
    add(profits + at, v128.load(at, m.profits));
    add(capacities + at, v128.load(at, m.caps));
  }
}

/** Adds to the sums of an account what it comes to where it ends open. */
function addChanges(account: usize): void {
  const zero = f64x2.splat(0);
  const funds = f64x2.pmax(zero, ofAccount(m.equities, account));
  let g = zero;
  let gg = zero;
  let ggg = zero;
  let won = zero;
  for (let at: usize = 0; at < width; at += m.VECTOR) {
    const weight = v128.and(v128.load(at, m.opens), v128.load(at, m.weights));
    const change = f64x2.sub(f64x2.pmax(zero, v128.load(at, m.worths)), funds);
    const once = f64x2.mul(weight, change);
    const twice = f64x2.mul(once, change);
    g = f64x2.add(g, once);
    gg = f64x2.add(gg, twice);
    ggg = f64x2.add(ggg, f64x2.mul(twice, change));
    won = f64x2.add(won, v128.and(weight, f64x2.gt(v128.load(at, m.profits), zero)));
  }
  addSum(account, G, g);
  addSum(account, G + 1, gg);
  addSum(account, G + 2, ggg);
  addSum(account, WON, won);
}

export function borne(): void {
  memory.fill(m.amounts, 0, m.ROW);
  memory.fill(m.slopes, 0, m.ROW);
  memory.fill(m.pickedAmounts, 0, m.ROW);
  memory.fill(m.pickedSlopes, 0, m.ROW);
  const count = pick(false);
  if (count === 0) return;
  for (let account: usize = 0; account < m.accounts; account++) {
    weigh(account, m.pickedReturns, pickedRow(account, count), pickedWidth);
    for (let at: usize = 0; at < pickedWidth; at += m.VECTOR) {
      const profit = v128.load(at, m.profits);
      const cap = v128.load(at, m.caps);
      const share = f64x2.mul(v128.load(at, m.pickedLevels), profit);
      add(m.pickedAmounts + at, f64x2.pmin(cap, share));
      add(m.pickedSlopes + at, v128.and(profit, f64x2.lt(share, cap)));
    }
  }
  for (let k: usize = 0; k < count; k++) {
    const at = load<u32>(m.picked + k * 4);
    store<f64>(m.amounts + at, load<f64>(m.pickedAmounts + k * 8));
    store<f64>(m.slopes + at, load<f64>(m.pickedSlopes + k * 8));
  }
  // Nobody has taken them: `finish` goes by what is left here.
  memory.fill(m.levels, 0, m.ROW);
}

/** Takes haircuts after a move that is not the last. After the last one, `finish` does, since it visits all accounts anyway. */
export function take(): void {
  const count = pick(false);
  for (let k: usize = 0; k < count; k++) store<u8>(m.cutBefore + (load<u32>(m.picked + k * 4) >> 3), 1);
  for (let account: usize = 0; count > 0 && account < m.accounts; account++) {
    weigh(account, m.pickedReturns, pickedRow(account, count), pickedWidth);
    for (let k: usize = 0; k < count; k++) {
      const share = load<f64>(m.pickedLevels + k * 8) * load<f64>(m.profits + k * 8);
      const cap = load<f64>(m.caps + k * 8);
      if (cap === 0) continue;
      const place = ownRow(account) + load<u32>(m.picked + k * 4);
      store<f64>(place, load<f64>(place) + (share < cap ? share : cap));
    }
  }
  memory.fill(m.levels, 0, m.ROW);
}

export function finish(): void {
  const count = pick(true);
  const zero = f64x2.splat(0);
  for (let account: usize = 0; count > 0 && account < m.accounts; account++) {
    const taken = pickedRow(account, count);
    weigh(account, m.pickedReturns, taken, pickedWidth);
    memory.fill(m.rareSums, 0, m.SUMS * m.VECTOR);
    const funds = f64x2.pmax(zero, ofAccount(m.equities, account));
    for (let at: usize = 0; at < pickedWidth; at += m.VECTOR) {
      const share = f64x2.mul(v128.load(at, m.pickedLevels), v128.load(at, m.profits));
      const h = f64x2.add(v128.load(taken + at), f64x2.pmin(v128.load(at, m.caps), share));
      const g = f64x2.sub(f64x2.pmax(zero, v128.load(at, m.worths)), funds);
      addHaircuts(m.rareSums, v128.load(at, m.pickedWeights), g, v128.and(v128.load(at, m.opens), h));
    }
    for (let sum = H; sum < WON; sum++) addSum(account, sum, v128.load(m.rareSums + sum * m.VECTOR));
    addSum(account, CUT, v128.load(m.rareSums + CUT * m.VECTOR));
  }
}

/** Puts the paths whose level is above 0 side by side, and all that had haircuts before if these are asked for. Answers how many. */
function pick(before: bool): usize {
  let count: usize = 0;
  for (let at: usize = 0; at < width; at += 8) {
    const level = load<f64>(m.levels + at);
    if (!(level > 0) && !(before && load<u8>(m.cutBefore + (at >> 3)))) continue;
    store<u32>(m.picked + count * 4, u32(at));
    count++;
  }
  pickedWidth = widthOf(count);
  for (let k: usize = 0; k < count; k++) {
    const at = load<u32>(m.picked + k * 4);
    const to = k * 8;
    store<f64>(m.pickedWeights + to, load<f64>(m.weights + at));
    store<f64>(m.pickedLevels + to, load<f64>(m.levels + at));
    for (let row: usize = 0; row < m.marketRows; row += m.ROW) {
      store<f64>(m.pickedReturns + row + to, load<f64>(m.returns + row + at));
    }
  }
  // What fills the rows up may be anything, but has no weight.
  for (let to = count * 8; to < pickedWidth; to += 8) store<f64>(m.pickedWeights + to, 0);
  return count;
}

/** What the account gave so far, on the picked paths. */
function pickedRow(account: usize, count: usize): usize {
  const row = rowOf(account);
  if (row === m.nothing) return row;
  for (let k: usize = 0; k < count; k++) {
    store<f64>(m.pickedTaken + k * 8, load<f64>(row + load<u32>(m.picked + k * 4)));
  }
  return m.pickedTaken;
}
