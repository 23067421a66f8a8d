/** What each path of a block came to over its whole horizon, in units of the asset. One number a path. */
export const OUTCOMES = [
  /** Σ deficit of the accounts that were closed out below zero. */
  'deficits',
  /** What the tiers before the fund left of it, and how much of that the fund was allowed to pay. */
  'asked',
  'wanted',
  'fundDraws',
  'residuals',
  'socialized',
  'uncovered',
  /** How many accounts were closed out, and how many of them below zero. */
  'closed',
  'bankrupt',
  /** The largest deficit, and the next. */
  'largest',
  'second',
  /** What the winners at the end of the horizon had won, before any haircut. */
  'profits',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type PathOutcomes = Record<Outcome, Float64Array>;

export function makeOutcomes(paths: number): PathOutcomes {
  return Object.fromEntries(OUTCOMES.map((name) => [name, new Float64Array(paths)])) as PathOutcomes;
}

export function clearOutcomes(outcomes: PathOutcomes): void {
  for (const name of OUTCOMES) outcomes[name].fill(0);
}
