import { type Path, Refusal } from '../../core/refusal.ts';

/** The most markets, and the most numbers a path may take: what keeps a block of paths within memory. */
export const MAX_MARKETS = 500;
export const MAX_DIMENSIONS = 100_000;

const MAX_HORIZON_DAYS = 3_650;
const MAX_STEPS = 1_000;

export const invalid = (message: string, path: Path): Refusal => new Refusal('INVALID_INPUT', message, path);

/** Refuses what is no finite number from `min` to `max`. */
export function checkNumber(value: number, what: string, min: number, max: number, path: Path): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw invalid(`${what} is ${value}: give a number from ${min} to ${max}.`, path);
}

/** Refuses what is no whole number from `min` to `max`. */
export function checkCount(value: number, what: string, min: number, max: number, path: Path): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(`${what} is ${value}: give a whole number from ${min} to ${max}.`, path);
}

/** Refuses a list of another length than `length`. */
export function checkLength(list: readonly unknown[], what: string, length: number, path: Path): void {
  if (list.length === length) return;
  throw invalid(`There are ${list.length} ${what} for ${length} markets: give one for each.`, path);
}

/** One number a market, each from `min` to `max`. */
export function checkEach(
  values: readonly number[],
  [one, many]: readonly [string, string],
  markets: number,
  [min, max]: readonly [number, number],
  path: Path,
): void {
  checkLength(values, many, markets, path);
  for (const [i, value] of values.entries()) {
    checkNumber(value, `The ${one} of market ${i}`, min, max, [...path, i]);
  }
}

export function checkMarkets(count: number, path: Path): void {
  if (count >= 1 && count <= MAX_MARKETS) return;
  throw invalid(`There are ${count} markets: give from 1 to ${MAX_MARKETS}.`, path);
}

/** Annual drifts, one a market; 50 is 5,000 % a year. */
export function checkDrifts(drifts: readonly number[], markets: number, path: Path): void {
  checkEach(drifts, ['drift', 'drifts'], markets, [-50, 50], path);
}

/** How far a model looks, and in how many equal steps. */
export interface Horizon {
  /** In days, above 0 and at most 3,650. A year has 365. */
  readonly horizonDays: number;
  /** From 1 to 1,000. */
  readonly steps: number;
}

export function checkHorizon({ horizonDays, steps }: Horizon, path: Path): void {
  if (!(horizonDays > 0 && horizonDays <= MAX_HORIZON_DAYS)) {
    throw invalid(`The horizon is ${horizonDays} days: give a number above 0, at most ${MAX_HORIZON_DAYS}.`, [
      ...path,
      'horizonDays',
    ]);
  }
  checkCount(steps, 'The number of steps', 1, MAX_STEPS, [...path, 'steps']);
}

/** Refuses a model that takes more numbers a path than a block can hold. */
export function checkDimensions(dimensions: number, path: Path): void {
  if (dimensions <= MAX_DIMENSIONS) return;
  throw invalid(
    `A path takes ${dimensions} random numbers, more than ${MAX_DIMENSIONS}: take fewer steps or markets.`,
    path,
  );
}
