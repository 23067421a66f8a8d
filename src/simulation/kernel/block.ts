import type { SimulationBook } from '../book.ts';
import type { AccountSums, StepTotals } from './kernel.ts';

/** What a kernel reads of a book. */
export type KernelBook = Pick<
  SimulationBook,
  | 'accountCount'
  | 'marketCount'
  | 'equities'
  | 'gains'
  | 'burdens'
  | 'rates'
  | 'starts'
  | 'markets'
  | 'exposures'
  | 'maintenances'
>;

/** The most paths of a block: what it needs of each stays in the first cache of a core. assembly/memory.ts has it too. */
export const MOST_PATHS = 128;
/** Bytes of what accounts gave so far, a double for each account and path. */
const MOST_TAKEN = 64 * 2 ** 20;

/** How many paths a block has: a power of two, and at least 4, where steps follow each other and there are many accounts. */
export function blockPathsOf(accountCount: number, steps: number): number {
  let paths = MOST_PATHS;
  while (steps > 1 && paths > 4 && accountCount * paths * 8 > MOST_TAKEN) paths /= 2;
  return paths;
}

/** Further paths would be written over something else. */
export function checkPaths(paths: number, most: number): void {
  if (paths > most) throw new RangeError(`A block has at most ${most} paths, not ${paths}.`);
}

/** In the order in which kernels number them. */
export const SUMS = [
  'g',
  'gg',
  'ggg',
  'h',
  'gh',
  'hh',
  'ggh',
  'ghh',
  'hhh',
  'won',
  'closed',
  'bankrupt',
  'cut',
] as const satisfies readonly (keyof AccountSums)[];

export const TOTALS = [
  'deficits',
  'operatorAsks',
  'fundAsks',
  'largest',
  'second',
  'closed',
  'bankrupt',
  'profits',
  'capacities',
] as const satisfies readonly (keyof StepTotals)[];

/** An array for each name. */
export function columnsOf<Name extends string>(
  names: readonly Name[],
  make: (index: number) => Float64Array,
): Record<Name, Float64Array> {
  return Object.fromEntries(names.map((name, index) => [name, make(index)])) as Record<Name, Float64Array>;
}

export function makeTotals(paths: number): StepTotals {
  return columnsOf(TOTALS, () => new Float64Array(paths));
}
