import { ONE, SCALE, scaleDecimal } from '../core/decimal.ts';
import { MAX_QUANTITY } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { CloseOutAt } from '../simulation/book.ts';
import { type ImpactLaw, NO_SLIPPAGE, type Slippage } from '../simulation/slippage.ts';
import { checkAmount, checkName, checkQuantity, checkRate } from './check.ts';
import { knownMarket, type MarketRow } from './markets.ts';
import type { StressTerms } from './stress.ts';

export interface MarketShockInput {
  readonly market: string;
  readonly change: string;
}
export interface MarketBetaInput {
  readonly market: string;
  readonly beta: string;
}
export interface StressScenarioInput {
  readonly name: string;
  readonly common?: string | null;
  readonly betas?: readonly MarketBetaInput[] | null;
  readonly markets?: readonly MarketShockInput[] | null;
}
export interface StressFactorInput {
  readonly name: string;
  readonly betas?: readonly MarketBetaInput[] | null;
  readonly changes: readonly string[];
}
export interface SlippageInput {
  readonly share?: string | null;
  readonly depths?: readonly { readonly market: string; readonly depth: string }[] | null;
  readonly law?: ImpactLaw | null;
  readonly permanentShare?: string | null;
}
export interface StressTestInput {
  readonly pool: string;
  readonly shocks: {
    readonly scenarios?: readonly StressScenarioInput[] | null;
    readonly grid?: readonly StressFactorInput[] | null;
  };
  readonly closeOutAt?: CloseOutAt | null;
  readonly slippage?: SlippageInput | null;
  readonly fundChange?: string | null;
  readonly contagion?: boolean | null;
}

/** The most scenarios of one call: a heat map of 20 by 20. */
export const MAX_SCENARIOS = 400;
const MAX_FACTORS = 3;

/** A scenario by the change of each market's mark as a share of it, at least −1, in units of 10^-18. */
export interface StressScenario {
  readonly name: string;
  /** Where it stands in the grid, a change of each factor; empty where it was named. */
  readonly changes: readonly bigint[];
  shockOf(marketNo: number): bigint;
}

type Markets = Map<string, MarketRow>;
const root: Path = ['input', 'shocks'];
const invalid = (message: string, path: Path): Refusal => new Refusal('INVALID_INPUT', message, path);

export function readScenarios({ shocks }: StressTestInput, markets: Markets): StressScenario[] {
  const scenarios = shocks.grid
    ? gridOf(shocks.grid, markets, [...root, 'grid'])
    : (shocks.scenarios ?? []).map((scenario, i) => named(scenario, markets, [...root, 'scenarios', i]));
  if (scenarios.length === 0 || scenarios.length > MAX_SCENARIOS) {
    throw invalid(
      `These are ${scenarios.length} scenarios: ask for 1 to ${MAX_SCENARIOS} in one call.`,
      root,
    );
  }
  return scenarios;
}

export function readStressTerms(input: StressTestInput, markets: Markets, decimals: number): StressTerms {
  return {
    closeOutAt: input.closeOutAt ?? 'BELOW_MAINTENANCE',
    slippage: readSlippage(input.slippage, markets, ['input', 'slippage']),
    fundChange:
      input.fundChange == null ? 0n : checkAmount(input.fundChange, decimals, ['input', 'fundChange']),
    contagion: input.contagion ?? true,
  };
}

function readSlippage(input: SlippageInput | null | undefined, markets: Markets, path: Path): Slippage {
  const rate = (field: 'share' | 'permanentShare') =>
    input?.[field] == null ? 0n : checkRate(input[field], field, [...path, field]);
  const depths = new Map<number, bigint>();
  input?.depths?.forEach(({ market, depth }, i) => {
    const at: Path = [...path, 'depths', i];
    const { marketNo } = knownMarket(markets, market, [...at, 'market']);
    if (depths.has(marketNo)) throw invalid('The list names this market twice: keep one.', [...at, 'market']);
    const notional = checkQuantity(depth, 'The depth', [...at, 'depth']);
    if (notional <= 0n)
      throw invalid('A depth is above 0: leave a market out that does not give way.', [...at, 'depth']);
    depths.set(marketNo, notional);
  });
  const law = input?.law ?? NO_SLIPPAGE.law;
  return { share: rate('share'), depths, law, permanentShare: rate('permanentShare') };
}

/** β by market number, 1 for all where there is no list and 0 for those that a list leaves out. */
function readBetas(
  betas: readonly MarketBetaInput[] | null | undefined,
  markets: Markets,
  path: Path,
): (marketNo: number) => bigint {
  if (betas == null) return () => ONE;
  const of = byMarket(
    betas,
    ({ beta }) => beta,
    'beta',
    markets,
    (text, at) => checkQuantity(text, 'The beta', at),
    path,
  );
  return (marketNo) => of.get(marketNo) ?? 0n;
}

function byMarket<T extends { readonly market: string }>(
  items: readonly T[],
  textOf: (item: T) => string,
  field: string,
  markets: Markets,
  check: (text: string, path: Path) => bigint,
  path: Path,
): Map<number, bigint> {
  const of = new Map<number, bigint>();
  items.forEach((item, i) => {
    const { marketNo } = knownMarket(markets, item.market, [...path, i, 'market']);
    if (of.has(marketNo))
      throw invalid('The list names this market twice: keep one.', [...path, i, 'market']);
    of.set(marketNo, check(textOf(item), [...path, i, field]));
  });
  return of;
}

function checkChange(text: string, path: Path): bigint {
  const scaled = scaleDecimal(text, SCALE, MAX_QUANTITY);
  if ('value' in scaled && scaled.value >= -ONE) return scaled.value;
  throw invalid(
    'A change is a share of the mark, at least -1, with at most 18 fraction digits: "-0.3" is a fall by 30 %.',
    path,
  );
}

function named(scenario: StressScenarioInput, markets: Markets, path: Path): StressScenario {
  checkName(scenario.name, 'The name', [...path, 'name']);
  const common = scenario.common == null ? 0n : checkChange(scenario.common, [...path, 'common']);
  const betaOf = readBetas(scenario.betas, markets, [...path, 'betas']);
  const own = byMarket(scenario.markets ?? [], ({ change }) => change, 'change', markets, checkChange, [
    ...path,
    'markets',
  ]);
  return {
    name: scenario.name,
    changes: [],
    shockOf: (marketNo) => own.get(marketNo) ?? floored((common * betaOf(marketNo)) / ONE),
  };
}

/** No mark falls by more than all of it, whatever its beta. */
const floored = (change: bigint): bigint => (change < -ONE ? -ONE : change);

/** All combinations of the factors' changes, the last factor's running fastest; in each market their shocks add up. */
function gridOf(factors: readonly StressFactorInput[], markets: Markets, path: Path): StressScenario[] {
  if (factors.length > MAX_FACTORS)
    throw invalid(`A grid has at most ${MAX_FACTORS} factors: name scenarios instead.`, path);
  const axes = factors.map((factor, i) => {
    checkName(factor.name, 'The name', [...path, i, 'name']);
    return {
      name: factor.name,
      betaOf: readBetas(factor.betas, markets, [...path, i, 'betas']),
      changes: factor.changes.map((change, k) => checkChange(change, [...path, i, 'changes', k])),
    };
  });
  const count = axes.reduce((product, { changes }) => product * changes.length, axes.length > 0 ? 1 : 0);
  if (count > MAX_SCENARIOS)
    throw invalid(`The grid has ${count} points: ask for at most ${MAX_SCENARIOS} in one call.`, path);
  const name = axes.map((axis) => axis.name).join(' × ');
  return axes
    .reduce<bigint[][]>(
      (points, { changes }) => points.flatMap((point) => changes.map((change) => [...point, change])),
      count > 0 ? [[]] : [],
    )
    .map((changes) => ({
      name,
      changes,
      shockOf: (marketNo) =>
        floored(axes.reduce((sum, { betaOf }, i) => sum + (changes[i]! * betaOf(marketNo)) / ONE, 0n)),
    }));
}
