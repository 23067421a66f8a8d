import { ALLOCATION_METHODS, type AllocationMethod } from '../core/allocation/allocation.ts';
import { compareBytes } from '../core/order.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { approximate } from '../margin/book/approximate.ts';
import type { CloseOutAt } from '../simulation/book.ts';
import { planOf, type RunSpec } from '../simulation/engine/spec.ts';
import { buildModel, type ModelSpec } from '../simulation/models/build.ts';
import { type ScenarioSpec, scenarios } from '../simulation/models/scenarios.ts';
import { type SamplerKind, sampler } from '../simulation/sampling/sampler.ts';
import { checkAmount, checkRate } from './check.ts';
import type { LockedPool } from './locked-pool.ts';
import { knownMarket, type MarketRow } from './markets.ts';

export interface MarketModelInput {
  readonly market: string;
  readonly volatility: number;
  readonly drift?: number | null;
  /** Student-t and Brownian motion pass over what follows. */
  readonly jumpBeta?: number | null;
  readonly ownJumps?: JumpInput | null;
  readonly shift?: number | null;
}
export interface JumpInput {
  readonly intensity: number;
  readonly mean: number;
  readonly deviation: number;
}
export interface DiffusionInput {
  readonly markets: readonly MarketModelInput[];
  readonly correlation?: readonly (readonly number[])[] | null;
  readonly unshifted?: number | null;
}
export interface SimulationModelInput {
  readonly gbm?: DiffusionInput | null;
  readonly merton?: (DiffusionInput & { readonly commonJumps?: JumpInput | null }) | null;
  readonly studentT?: (DiffusionInput & { readonly degreesOfFreedom: number }) | null;
  readonly bootstrap?: {
    readonly markets: readonly string[];
    readonly history: readonly (readonly number[])[];
    readonly rowDays?: number | null;
    readonly blockLength?: number | null;
    readonly drifts?: readonly number[] | null;
  } | null;
  readonly scenarios?: {
    readonly markets: readonly string[];
    readonly scenarios: readonly { readonly returns: readonly number[]; readonly probability: number }[];
  } | null;
}

export interface StartSimulationInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly model: SimulationModelInput;
  readonly horizonDays?: number | null;
  readonly steps?: number | null;
  readonly paths?: number | null;
  readonly seed?: string | null;
  readonly sampling?: SamplerKind | null;
  readonly closeOutAt?: CloseOutAt | null;
  readonly slippage?: string | null;
  readonly levels?: readonly number[] | null;
  readonly fundSizes?: readonly string[] | null;
  readonly methods?: readonly AllocationMethod[] | null;
}

const MAX_PATHS = 10_000_000;
const MAX_LEVELS = 10;
const MAX_FUND_SIZES = 64;
const DEFAULT_PATHS = 10_000;
const DEFAULT_LEVELS = [0.95, 0.99];
/** Where nobody names sizes: multiples of what is in the fund, in quarters. */
const QUARTERS = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 8n, 10n, 12n, 16n];

const root: Path = ['input'];
const invalid = (message: string, path: Path): Refusal => new Refusal('INVALID_INPUT', message, path);

/** What was asked, as a run; and of each market that moves its place in the model. */
export interface ReadSimulation {
  readonly spec: RunSpec;
  readonly places: ReadonlyMap<number, number>;
}

/**
 * Checks an input. Everything that a model would refuse is refused here, with the path of what is wrong.
 *
 * @param held the markets in which anybody holds a position: each has to move
 */
export function readSimulation(
  input: StartSimulationInput,
  pool: LockedPool,
  markets: Map<string, MarketRow>,
  held: ReadonlySet<number>,
): ReadSimulation {
  const path: Path = [...root, 'model'];
  const { model, symbols } = readModel(input, path);
  if (model.kind === 'SCENARIOS') scenarios(model, [...path, 'scenarios']);
  else buildModel(model, path);
  const sorted = [...symbols].sort(compareBytes);
  const places = new Map<number, number>();
  sorted.forEach((symbol, place) => {
    const { marketNo, mark } = knownMarket(markets, symbol, path);
    if (places.has(marketNo)) throw invalid(`The model names ${symbol} twice: keep one.`, path);
    if (mark === null) throw invalid(`${symbol} has no mark yet: publish one before it can move.`, path);
    places.set(marketNo, place);
  });
  for (const { marketNo, symbol, mark } of markets.values()) {
    if (mark !== null && held.has(marketNo) && !places.has(marketNo)) {
      throw invalid(
        `The model leaves out ${symbol}, in which there are positions: name it, with a volatility of 0 if it stands still.`,
        path,
      );
    }
  }
  const spec: RunSpec = {
    model: sortedBy(model, symbols, sorted),
    sampling: input.sampling ?? 'PSEUDO',
    seed: readSeed(input.seed),
    paths: readPaths(input, model),
    rules: pool.rules,
    fundBalance: pool.fundBalance,
    decimals: pool.decimals,
    closing: {
      closeOutAt: input.closeOutAt ?? 'BELOW_MAINTENANCE',
      slippage:
        input.slippage == null
          ? 0
          : approximate(checkRate(input.slippage, 'slippage', [...root, 'slippage']), 18),
    },
    levels: readLevels(input.levels),
    fundSizes: readFundSizes(input.fundSizes, pool),
    methods: readMethods(input.methods),
  };
  const { batches, pathsPerBatch } = planOf(spec);
  if (batches * pathsPerBatch > 2 * MAX_PATHS)
    throw invalid(`These are too many paths: ask for at most ${MAX_PATHS}.`, [...root, 'paths']);
  return { spec, places };
}

export function readSeed(text: string | null | undefined): bigint {
  const path: Path = [...root, 'seed'];
  if (text != null && !/^\d{1,20}$/.test(text))
    throw invalid('The seed is a whole number from 0 to 2^64 − 1, as text.', path);
  const seed = BigInt(text ?? '1');
  if (seed >= 1n << 64n) throw invalid('The seed is a whole number from 0 to 2^64 − 1, as text.', path);
  sampler('PSEUDO', seed, 0);
  return seed;
}

function readPaths({ paths }: StartSimulationInput, model: RunSpec['model']): number {
  if (model.kind === 'SCENARIOS') return model.returns.length;
  const count = paths ?? DEFAULT_PATHS;
  if (count < 1 || count > MAX_PATHS)
    throw invalid(`${count} paths cannot be run: ask for 1 to ${MAX_PATHS}.`, [...root, 'paths']);
  return count;
}

function readLevels(levels: readonly number[] | null | undefined): number[] {
  const path: Path = [...root, 'levels'];
  const all = levels ?? DEFAULT_LEVELS;
  if (all.length === 0 || all.length > MAX_LEVELS) throw invalid(`Name 1 to ${MAX_LEVELS} levels.`, path);
  for (const [i, level] of all.entries()) {
    if (!(level > 0 && level < 1))
      throw invalid('A level is a probability above 0 and below 1, such as 0.99.', [...path, i]);
  }
  if (new Set(all).size < all.length) throw invalid('The list names a level twice: keep one.', path);
  return [...all].sort((a, b) => a - b);
}

function readFundSizes(
  sizes: readonly string[] | null | undefined,
  { decimals, fundBalance, rules }: LockedPool,
): number[] {
  const path: Path = [...root, 'fundSizes'];
  const amount = (atoms: bigint) => approximate(atoms, decimals);
  if (sizes == null) {
    const available = fundBalance > rules.fundReserve ? fundBalance - rules.fundReserve : 0n;
    // An empty fund has no multiples: then the curve begins at nothing, and goes on in powers of ten.
    const base = available > 0n ? available : 10n ** BigInt(decimals) * 1000n;
    return QUARTERS.map((quarters) => amount((base * quarters) / 4n));
  }
  if (sizes.length === 0 || sizes.length > MAX_FUND_SIZES)
    throw invalid(`Name 1 to ${MAX_FUND_SIZES} sizes of the fund.`, path);
  const atoms = sizes.map((size, i) => {
    const value = checkAmount(size, decimals, [...path, i]);
    if (value < 0n) throw invalid('A fund is at least 0.', [...path, i]);
    return value;
  });
  if (new Set(atoms).size < atoms.length) throw invalid('The list names a size twice: keep one.', path);
  return atoms.sort((a, b) => (a < b ? -1 : 1)).map(amount);
}

function readMethods(methods: readonly AllocationMethod[] | null | undefined): AllocationMethod[] {
  if (methods == null) return [];
  if (new Set(methods).size < methods.length || methods.length > ALLOCATION_METHODS.length)
    throw invalid('The list names a method twice: keep one.', [...root, 'methods']);
  return [...methods];
}

const NO_JUMPS = { intensity: 0, mean: 0, sd: 0 };
const jumps = (input: JumpInput | null | undefined) =>
  input == null ? NO_JUMPS : { intensity: input.intensity, mean: input.mean, sd: input.deviation };

/** The model as plain data, in the order of the caller's markets. */
function readModel(
  { model, horizonDays, steps }: StartSimulationInput,
  path: Path,
): { model: RunSpec['model']; symbols: readonly string[] } {
  const horizon = { horizonDays: horizonDays ?? 1, steps: steps ?? 1 };
  const diffusion = (input: DiffusionInput) => {
    const shifts = input.markets.map(({ shift }) => shift ?? null);
    return {
      ...horizon,
      vols: input.markets.map(({ volatility }) => volatility),
      drifts: input.markets.map(({ drift }) => drift ?? 0),
      correlation:
        input.correlation ?? input.markets.map((_, i) => input.markets.map((_, k) => (i === k ? 1 : 0))),
      tail: shifts.every((shift) => shift === null) ? null : { shifts, unshifted: input.unshifted ?? 0.2 },
    };
  };
  const symbolsOf = (input: DiffusionInput) => input.markets.map(({ market }) => market);
  const { gbm, merton, studentT, bootstrap, scenarios } = model;
  if (gbm) return { model: { kind: 'GBM', ...diffusion(gbm) }, symbols: symbolsOf(gbm) };
  if (merton) {
    return {
      model: {
        kind: 'MERTON',
        ...diffusion(merton),
        common: jumps(merton.commonJumps),
        betas: merton.markets.map(({ jumpBeta }) => jumpBeta ?? 1),
        own: merton.markets.map(({ ownJumps }) => jumps(ownJumps)),
      },
      symbols: symbolsOf(merton),
    };
  }
  if (studentT) {
    const { degreesOfFreedom } = studentT;
    return {
      model: { kind: 'STUDENT_T', ...diffusion(studentT), degreesOfFreedom },
      symbols: symbolsOf(studentT),
    };
  }
  if (bootstrap) {
    const { history, rowDays, blockLength, drifts } = bootstrap;
    const spec: ModelSpec = {
      kind: 'BOOTSTRAP',
      ...horizon,
      history,
      rowDays: rowDays ?? 1,
      blockLength: blockLength ?? 1,
      drifts: drifts ?? null,
    };
    checkWidth(history[0]?.length ?? 0, bootstrap.markets, [...path, 'bootstrap', 'markets']);
    return { model: spec, symbols: bootstrap.markets };
  }
  if (scenarios) {
    const spec: ScenarioSpec = {
      kind: 'SCENARIOS',
      returns: scenarios.scenarios.map(({ returns }) => returns),
      probabilities: scenarios.scenarios.map(({ probability }) => probability),
    };
    checkWidth(spec.returns[0]?.length ?? 0, scenarios.markets, [...path, 'scenarios', 'markets']);
    return { model: spec, symbols: scenarios.markets };
  }
  throw invalid('Name a model: gbm, merton, studentT, bootstrap or scenarios.', path);
}

function checkWidth(width: number, symbols: readonly string[], path: Path): void {
  if (width === symbols.length) return;
  throw invalid(
    `There are ${symbols.length} markets and ${width} returns in the first row: give one for each.`,
    path,
  );
}

/** The same model with its markets in the order of their symbols: what a settlement by markets goes by. */
function sortedBy(
  model: RunSpec['model'],
  symbols: readonly string[],
  sorted: readonly string[],
): RunSpec['model'] {
  const from = sorted.map((symbol) => symbols.indexOf(symbol));
  const pick = <T>(items: readonly T[]): T[] => from.map((i) => items[i]!);
  switch (model.kind) {
    case 'SCENARIOS':
      return { ...model, returns: model.returns.map(pick) };
    case 'BOOTSTRAP':
      return { ...model, history: model.history.map(pick), drifts: model.drifts && pick(model.drifts) };
    default: {
      const common = {
        vols: pick(model.vols),
        drifts: pick(model.drifts),
        correlation: pick(model.correlation).map(pick),
        tail: model.tail && { ...model.tail, shifts: pick(model.tail.shifts) },
      };
      return model.kind === 'MERTON'
        ? { ...model, ...common, betas: pick(model.betas), own: pick(model.own) }
        : { ...model, ...common };
    }
  }
}
