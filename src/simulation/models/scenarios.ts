import type { Path } from '../../core/refusal.ts';
import { checkNumber, invalid } from './check.ts';
import type { PathBlock } from './model.ts';
import { checkReturns } from './returns.ts';

/** Futures that the caller names one by one, each with its probability. */
export interface ScenarioSpec {
  readonly kind: 'SCENARIOS';
  /** Scenarios by row, markets by column: simple returns, above −1 and at most 10^6. Up to 100,000 scenarios. */
  readonly returns: readonly (readonly number[])[];
  /** One a scenario, 0 or more; together 1. */
  readonly probabilities: readonly number[];
}

/**
 * What a PriceModel is for chance, this is for a list: path p of the run is scenario p, so it takes no random numbers but the place
 * of a block's first path, there are as many paths as scenarios, and nothing of it is an estimate.
 */
export interface ScenarioSet {
  readonly marketCount: number;
  readonly scenarioCount: number;
  /**
   * Writes `paths` scenarios from `first` on, as one step. A path's weight is its probability × scenarioCount, so that weights are 1
   * on average, as a model's are.
   */
  draw(first: number, paths: number, into: PathBlock): void;
}

const MAX_SCENARIOS = 100_000;

/** @throws Refusal with the path of what is wrong in the spec */
export function scenarios(spec: ScenarioSpec, path: Path): ScenarioSet {
  const markets = checkReturns(spec.returns, 'scenarios', MAX_SCENARIOS, [...path, 'returns']);
  const count = spec.returns.length;
  // By market, as blocks are.
  const returns = new Float64Array(count * markets);
  for (const [i, row] of spec.returns.entries()) {
    for (const [m, value] of row.entries()) returns[m * count + i] = value;
  }
  const weights = checkProbabilities(spec.probabilities, count, [...path, 'probabilities']);
  return {
    marketCount: markets,
    scenarioCount: count,
    draw(first, paths, into) {
      const step = into.steps[0]!;
      for (let p = 0; p < paths; p++) into.weights[p] = weights[first + p]!;
      for (let m = 0; m < markets; m++) {
        for (let p = 0; p < paths; p++) step[m * paths + p] = returns[m * count + first + p]!;
      }
    },
  };
}

/** Answers the weights. */
function checkProbabilities(probabilities: readonly number[], count: number, path: Path): Float64Array {
  if (probabilities.length !== count) {
    throw invalid(
      `There are ${probabilities.length} probabilities for ${count} scenarios: give one for each.`,
      path,
    );
  }
  let total = 0;
  for (const [i, value] of probabilities.entries()) {
    checkNumber(value, `The probability of scenario ${i}`, 0, 1, [...path, i]);
    total += value;
  }
  if (Math.abs(total - 1) > 1e-6) {
    throw invalid(`The probabilities add up to ${total}: divide each by that.`, path);
  }
  // What rounding left of the sum goes, so that weights are 1 on average.
  return Float64Array.from(probabilities, (value) => (value / total) * count);
}
