import type { AllocationMethod } from '../../core/allocation/allocation.ts';
import type { LossRules } from '../../core/rules.ts';
import type { CloseOutTerms, SimulationBook } from '../book.ts';
import type { ModelSpec } from '../models/build.ts';
import type { ScenarioSpec } from '../models/scenarios.ts';
import type { SamplerKind } from '../sampling/sampler.ts';

/** A run as plain data: with the book it says all that its digits depend on. */
export interface RunSpec {
  readonly model: ModelSpec | ScenarioSpec;
  readonly sampling: SamplerKind;
  /** 0 to 2^64 − 1. */
  readonly seed: bigint;
  /** How many are asked for; a run has a few more where its batches ask for whole numbers. */
  readonly paths: number;
  readonly rules: LossRules;
  /** In atoms, reserve included. */
  readonly fundBalance: bigint;
  readonly decimals: number;
  readonly closing: Pick<CloseOutTerms, 'closeOutAt' | 'slippage'>;
  /** Of values at risk, above 0 and below 1, ascending. */
  readonly levels: readonly number[];
  /** What the fund could have above its reserve instead, in units of the asset, ascending. */
  readonly fundSizes: readonly number[];
  /** Methods of allocation to compare on the same paths. */
  readonly methods: readonly AllocationMethod[];
}

/** How a run is divided. Batches are independent of each other; what they come to is merged in their order. */
export interface Plan {
  readonly batches: number;
  readonly pathsPerBatch: number;
}

const BATCHES: Record<SamplerKind, number> = { PSEUDO: 64, ANTITHETIC: 64, SOBOL: 32 };
/** A batch with fewer paths would say nothing by itself. */
const LEAST_PATHS = 16;

/**
 * As many batches as the kind of sampling has, as far as each gets 16 paths; antithetic pairs stay together, and a Sobol batch is a power
 * of two, which its points fill evenly. Scenarios are one batch: nothing of them is chance.
 */
export function planOf({ model, sampling, paths }: RunSpec): Plan {
  if (model.kind === 'SCENARIOS') return { batches: 1, pathsPerBatch: model.returns.length };
  const batches = Math.max(1, Math.min(BATCHES[sampling], Math.floor(paths / LEAST_PATHS)));
  const each = Math.ceil(paths / batches);
  if (sampling === 'SOBOL') return { batches, pathsPerBatch: 2 ** Math.ceil(Math.log2(each)) };
  return { batches, pathsPerBatch: sampling === 'ANTITHETIC' ? each + (each % 2) : each };
}

export const stepsOf = ({ model }: RunSpec): number => (model.kind === 'SCENARIOS' ? 1 : model.steps);

/** To draw a step of a market takes about as long as to move so many accounts. */
const ACCOUNTS_A_MARKET = 20;

/** What a path takes, counted in moves of an account by a step. */
export const workOfPath = (spec: RunSpec, { accountCount, marketCount }: SimulationBook): number =>
  stepsOf(spec) * (accountCount + ACCOUNTS_A_MARKET * Math.max(1, marketCount));
