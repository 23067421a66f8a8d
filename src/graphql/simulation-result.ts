import type { SimulationRow } from '../db/rows.ts';
import { fromText } from '../settlement/simulation-json.ts';
import { readSimulationData } from '../settlement/simulations.ts';
import type { Distribution } from '../simulation/engine/batch.ts';
import { isProRata, termsOf } from '../simulation/engine/engine.ts';
import type { Histogram, Quantile } from '../simulation/engine/histogram.ts';
import type { FundPoint, LiquidationBucket, RunResult } from '../simulation/engine/results.ts';
import type { RunSpec } from '../simulation/engine/spec.ts';
import { distributionName, readDistribution, SimulatedAccounts } from '../simulation/engine/stored.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { EstimateType, probability, QuantileType } from './estimates.ts';
import { AllocationMethod } from './refs.ts';
import { connectAccounts, SimulatedAccountColumn, SimulatedAccountConnection } from './simulated-accounts.ts';

/** What a simulation came to, and where the rest of it is read. */
export interface SimulationOutcome {
  readonly simulation: SimulationRow;
  readonly result: RunResult;
  readonly spec: RunSpec;
}

export const outcomeOf = (simulation: SimulationRow): SimulationOutcome | null =>
  simulation.result === null
    ? null
    : { simulation, result: fromText(simulation.result), spec: fromText(simulation.spec) };

/** What was read of a simulation: once for each operation. */
const read = new WeakMap<SimulationRow, Map<string, Promise<unknown>>>();

function once<T>(simulation: SimulationRow, name: string, make: () => Promise<T>): Promise<T> {
  const known = read.get(simulation) ?? new Map<string, Promise<unknown>>();
  read.set(simulation, known);
  const made = known.get(name) ?? make();
  known.set(name, made);
  return made as Promise<T>;
}

async function partOf({ db }: Context, simulation: SimulationRow, name: string): Promise<Uint8Array> {
  const data = await readSimulationData(db, simulation, name);
  if (data) return data;
  throw badUserInput(
    'Only the latest 100 simulations of a pool keep this: start it again with its seed, for the same digits.',
  );
}

const distribution = (
  context: Context,
  { simulation }: SimulationOutcome,
  name: Distribution,
): Promise<Histogram> =>
  once(simulation, distributionName(name), async () =>
    readDistribution(Buffer.from(await partOf(context, simulation, distributionName(name))).toString()),
  );

const accountsOf = (context: Context, { simulation, spec }: SimulationOutcome): Promise<SimulatedAccounts> =>
  once(simulation, 'accounts', async () => {
    const [accounts, columns] = await Promise.all(
      ['accounts', 'columns'].map((name) => partOf(context, simulation, name)),
    );
    return new SimulatedAccounts(accounts!, columns!, spec.levels);
  });

const available = ({ spec }: SimulationOutcome): number =>
  termsOf(spec.rules, spec.fundBalance, 10 ** spec.decimals, spec.closing).fundAvailable;

const FundPointType = builder.objectRef<FundPoint>('FundPoint').implement({
  fields: (t) => ({
    fund: t.exposeFloat('fund'),
    probabilityOfSocialization: t.expose('probabilityOfSocialization', {
      type: EstimateType,
      nullable: true,
    }),
    expectedResidual: t.expose('expectedResidual', { type: EstimateType, nullable: true }),
    slope: t.exposeFloat('slope', { nullable: true }),
  }),
});

const LiquidationBucketType = builder.objectRef<LiquidationBucket>('LiquidationBucket').implement({
  fields: (t) => ({
    from: t.exposeInt('from'),
    to: t.exposeInt('to', { nullable: true }),
    probability: t.expose('probability', { type: EstimateType, nullable: true }),
    expectedHaircutRate: t.expose('expectedHaircutRate', { type: EstimateType, nullable: true }),
  }),
});

const FundCover = builder
  .objectRef<{ readonly deficit: Quantile; readonly ratio: number | null }>('FundCover')
  .implement({
    fields: (t) => ({
      ratio: t.exposeFloat('ratio', { nullable: true }),
      deficit: t.expose('deficit', { type: QuantileType }),
    }),
  });

const SimulatedBurden = builder.objectRef<RunResult['burden']>('SimulatedBurden').implement({
  fields: (t) => ({
    herfindahlIndex: t.expose('herfindahl', { type: EstimateType, nullable: true }),
    gini: t.expose('gini', { type: EstimateType, nullable: true }),
    topTenShare: t.expose('topTenShare', { type: EstimateType, nullable: true }),
  }),
});

const SimulatedMethod = builder.objectRef<RunResult['methods'][number]>('SimulatedMethod').implement({
  fields: (t) => ({
    method: t.expose('method', { type: AllocationMethod }),
    accountsTouched: t.expose('touched', { type: EstimateType, nullable: true }),
    accountsWipedOut: t.expose('wipedOut', { type: EstimateType, nullable: true }),
    largestRate: t.expose('largestRate', { type: EstimateType, nullable: true }),
    herfindahlIndex: t.expose('herfindahl', { type: EstimateType, nullable: true }),
    gini: t.expose('gini', { type: EstimateType, nullable: true }),
    topTenShare: t.expose('topTenShare', { type: EstimateType, nullable: true }),
  }),
});

export const SimulationResult = builder.objectRef<SimulationOutcome>('SimulationResult').implement({
  fields: (t) => {
    const estimate = (
      name:
        | 'probabilityOfBankruptcy'
        | 'probabilityOfSocialization'
        | 'probabilityOfUncovered'
        | 'expectedDeficit'
        | 'expectedResidual'
        | 'expectedSocialized'
        | 'expectedUncovered'
        | 'expectedFundDraw'
        | 'expectedHaircutRate'
        | 'expectedHaircutRateGivenSocialization'
        | 'wrongWayRisk',
    ) => t.field({ type: EstimateType, nullable: true, resolve: ({ result }) => result[name] });
    const level = { level: t.arg.float({ required: true }) };
    const quantile = (name: 'residual' | 'rate') =>
      t.field({
        type: QuantileType,
        args: level,
        resolve: async (outcome, { level }, context) =>
          (await distribution(context, outcome, name)).quantile(probability(level, 'level')),
      });
    const cover = (name: 'largest' | 'largestTwo') =>
      t.field({
        type: FundCover,
        args: level,
        resolve: async (outcome, { level }, context) => {
          const deficit = (await distribution(context, outcome, name)).quantile(probability(level, 'level'));
          return { deficit, ratio: deficit.value > 0 ? available(outcome) / deficit.value : null };
        },
      });
    return {
      paths: t.int({ resolve: ({ result }) => result.paths }),
      batches: t.int({ resolve: ({ result }) => result.batches }),
      probabilityOfBankruptcy: estimate('probabilityOfBankruptcy'),
      probabilityOfSocialization: estimate('probabilityOfSocialization'),
      probabilityOfUncovered: estimate('probabilityOfUncovered'),
      expectedDeficit: estimate('expectedDeficit'),
      expectedResidual: estimate('expectedResidual'),
      expectedSocialized: estimate('expectedSocialized'),
      expectedUncovered: estimate('expectedUncovered'),
      expectedFundDraw: estimate('expectedFundDraw'),
      expectedHaircutRate: estimate('expectedHaircutRate'),
      expectedHaircutRateGivenSocialization: estimate('expectedHaircutRateGivenSocialization'),
      wrongWayRisk: estimate('wrongWayRisk'),
      residualAtRisk: quantile('residual'),
      expectedShortfall: t.field({
        type: EstimateType,
        args: level,
        resolve: async (outcome, { level }, context) => {
          const residual = await distribution(context, outcome, 'residual');
          const { value, standardError } = residual.shortfallEstimate(probability(level, 'level'));
          // What was named is no sample.
          return { value, standardError: outcome.result.batches > 1 ? standardError : null };
        },
      }),
      haircutAtRisk: quantile('rate'),
      cover1: cover('largest'),
      cover2: cover('largestTwo'),
      fundCurve: t.field({ type: [FundPointType], resolve: ({ result }) => result.fundCurve }),
      fundForTarget: t.field({
        type: QuantileType,
        nullable: true,
        args: { probability: t.arg.float({ required: true }) },
        resolve: async (outcome, args, context) => {
          const target = probability(args.probability, 'probability');
          const { tiers, fundCap } = outcome.spec.rules;
          const hasCurve =
            isProRata(outcome.spec.rules) && tiers.includes('INSURANCE_FUND') && fundCap === null;
          return hasCurve ? (await distribution(context, outcome, 'asked')).quantile(1 - target) : null;
        },
      }),
      liquidations: t.field({
        type: [LiquidationBucketType],
        resolve: ({ result }) => result.liquidations,
      }),
      burden: t.field({ type: SimulatedBurden, resolve: ({ result }) => result.burden }),
      methods: t.field({ type: [SimulatedMethod], resolve: ({ result }) => result.methods }),
      accounts: t.field({
        type: SimulatedAccountConnection,
        args: {
          first: t.arg.int(),
          after: t.arg.string(),
          sortBy: t.arg({ type: SimulatedAccountColumn }),
          descending: t.arg.boolean(),
        },
        resolve: async (outcome, args, context) =>
          connectAccounts(outcome.simulation, await accountsOf(context, outcome), args as never),
      }),
      auditedPaths: t.int({ resolve: ({ result }) => result.audited }),
      auditDifference: t.float({ nullable: true, resolve: ({ result }) => result.auditDifference }),
    };
  },
});
