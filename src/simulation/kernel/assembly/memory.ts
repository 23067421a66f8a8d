// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

/*
 * Where everything lies. A row has one number a path, and room for MOST_PATHS of them; most rows have a fixed place. A column has one
 * number an account or a position. What depends on the book is laid out once, for one book.
 */

/** Two paths, side by side. */
export const VECTOR: usize = 16;
/** Paths are worked on in fours. The paths that fill up a row have no weight. */
export const FOUR: usize = 2 * VECTOR;
/** The most paths of a block, as block.ts has it. */
const MOST_PATHS: usize = 128;
/** The bytes of a row. */
export const ROW: usize = MOST_PATHS * 8;
/** The sums of an account and the totals of a path, in the order of block.ts. */
export const SUMS: usize = 13;
export const TOTALS: usize = 9;

/* A block. JavaScript fills weights and levels, and reads totals, amounts and slopes. */
export const weights: usize = memory.data(ROW, VECTOR);
export const levels: usize = memory.data(ROW, VECTOR);
export const totals: usize = memory.data(TOTALS * ROW, VECTOR);
export const amounts: usize = memory.data(ROW, VECTOR);
export const slopes: usize = memory.data(ROW, VECTOR);
/** A byte a path: whether a move before the last was followed by a haircut. */
export const cutBefore: usize = memory.data(MOST_PATHS, VECTOR);
export const nothing: usize = memory.data(ROW, VECTOR);

/* The same of the paths that `pick` picked, side by side. */
export const pickedWeights: usize = memory.data(ROW, VECTOR);
export const pickedLevels: usize = memory.data(ROW, VECTOR);
export const pickedTaken: usize = memory.data(ROW, VECTOR);
export const pickedAmounts: usize = memory.data(ROW, VECTOR);
export const pickedSlopes: usize = memory.data(ROW, VECTOR);
/** Of each picked path where it is in a row, in bytes. */
export const picked: usize = memory.data(MOST_PATHS * 4, VECTOR);

/* What the account at hand comes to on each path; see `weigh`. */
export const changes: usize = memory.data(ROW, VECTOR);
export const margins: usize = memory.data(ROW, VECTOR);
export const worths: usize = memory.data(ROW, VECTOR);
export const opens: usize = memory.data(ROW, VECTOR);
export const profits: usize = memory.data(ROW, VECTOR);
export const caps: usize = memory.data(ROW, VECTOR);
/** Its sums that are rarely added to: a vector each. */
export const rareSums: usize = memory.data(SUMS * VECTOR, VECTOR);

/** One row a market, of all paths and of those that `pick` picked. JavaScript fills the former. */
export let returns: usize = 0;
export let pickedReturns: usize = 0;

/* The book. JavaScript fills it. */
export let equities: usize = 0;
export let gains: usize = 0;
export let burdens: usize = 0;
export let rates: usize = 0;
export let starts: usize = 0;
/** Of each position its market × ROW: where the row of its returns is. */
export let markets: usize = 0;
export let exposures: usize = 0;
export let maintenances: usize = 0;
/** One column a sum. JavaScript reads and clears them. */
export let sums: usize = 0;
/**
 * Of each account where it has what it gave on each path: at `nothing` until it differs from that, and at a place in `ownRows` from
 * then on. Both are 0 where a block has one step.
 */
export let takenRows: usize = 0;
export let ownRows: usize = 0;
/** Bytes of a place in `ownRows`: with many accounts, blocks have fewer paths. */
export let ownRow: usize = 0;

export let accounts: usize = 0;
export let marketRows: usize = 0;

/** @param paths 0 where blocks have one step, and the most paths of a block otherwise */
export function layOut(accountCount: usize, marketCount: usize, positionCount: usize, paths: usize): void {
  accounts = accountCount;
  marketRows = marketCount * ROW;
  returns = place(marketRows);
  pickedReturns = place(marketRows);
  equities = place(accounts * 8);
  gains = place(accounts * 8);
  burdens = place(accounts * 8);
  rates = place(accounts * 8);
  starts = place((accounts + 1) * 4);
  markets = place(positionCount * 4);
  exposures = place(positionCount * 8);
  maintenances = place(positionCount * 8);
  sums = place(SUMS * accounts * 8);
  ownRow = paths * 8;
  if (paths === 0) return;
  takenRows = place(accounts * 4);
  ownRows = place(accounts * ownRow);
}

let end: usize = __heap_base;

/** New memory is zero, and nothing is ever given back. */
function place(bytes: usize): usize {
  const at = (end + 63) & ~63;
  end = at + bytes;
  const pages = i32((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return at;
}
