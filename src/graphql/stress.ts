import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import { ratio } from '../core/ratio.ts';
import { largestHaircuts } from '../settlement/preview.ts';
import type { StressedAccount, StressedMark, StressRound, StressWaterfall } from '../settlement/stress.ts';
import type { StressedScenario } from '../settlement/stress-test.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { ownAccounts } from './named-pool.ts';
import { PreviewedHaircut } from './previewed-haircuts.ts';
import { AccountRef, MarketRef, RatioRef, typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';
import { StressTestInput } from './stress-inputs.ts';

const DEFAULT_FIRST = 100;
const MAX_FIRST = 10_000;

const shares = (value: bigint): string => trimDecimal(formatScaled(value, SCALE));

function countOf(first: number | null | undefined): number {
  const count = first ?? DEFAULT_FIRST;
  if (count < 0 || count > MAX_FIRST) throw badUserInput(`\`first\` is between 0 and ${MAX_FIRST}.`);
  return count;
}

type InPool<T> = T & { readonly poolId: number };

const StressedMarkType = builder.objectRef<InPool<StressedMark>>('StressedMark').implement({
  fields: (t) => {
    const price = (name: 'before' | 'shocked' | 'after') =>
      t.field({ type: 'Decimal', resolve: (row) => shares(row[name]) });
    return {
      market: t.field({
        type: MarketRef,
        resolve: async ({ poolId, marketNo }, _, { loaders }) =>
          (await loaders.markets.load({ poolId })).find((market) => market.marketNo === marketNo)!,
      }),
      before: price('before'),
      shocked: price('shocked'),
      after: price('after'),
    };
  },
});

const StressedAccountType = builder.objectRef<InPool<StressedAccount>>('StressedAccount').implement({
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      resolve: async (row, _, { loaders }) => (await loaders.account.load(row))!,
    }),
    equityBefore: t.field({
      type: 'Decimal',
      resolve: (row, _, context) => amount(context, row.poolId, row.equity),
    }),
    left: t.field({ type: 'Decimal', resolve: (row, _, context) => amount(context, row.poolId, row.left) }),
    round: t.exposeInt('round'),
  }),
});

const StressRoundType = builder.objectRef<InPool<StressRound>>('StressRound').implement({
  fields: (t) => {
    const sum = (name: 'deficit' | 'socialized' | 'uncovered') =>
      t.field({ type: 'Decimal', resolve: (row, _, context) => amount(context, row.poolId, row[name]) });
    return {
      closedOut: t.exposeInt('closedOut'),
      deficit: sum('deficit'),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
    };
  },
});

async function closedOutOf(context: Context, { poolId, closedOut }: StressedScenario, count: number) {
  const only = await ownAccounts(context, poolId);
  return closedOut
    .filter(({ accountNo }) => only === null || only.has(accountNo))
    .sort((a, b) => (a.left < b.left ? -1 : a.left > b.left ? 1 : a.accountNo - b.accountNo))
    .slice(0, count)
    .map((row) => ({ ...row, poolId }));
}

async function haircutsOf(
  context: Context,
  { poolId, accountNos, profits, haircuts }: StressedScenario,
  count: number,
) {
  const only = await ownAccounts(context, poolId);
  return largestHaircuts(haircuts, count, (i) => only === null || only.has(accountNos[i]!)).map((i) => ({
    poolId,
    accountNo: accountNos[i]!,
    profit: profits.get(i),
    amount: haircuts.get(i),
  }));
}

const StressOutcome = builder.objectRef<StressedScenario>('StressOutcome').implement({
  fields: (t) => {
    const sum = (of: (outcome: StressedScenario) => bigint) =>
      t.field({ type: 'Decimal', resolve: (row, _, context) => amount(context, row.poolId, of(row)) });
    const paid = (name: keyof StressWaterfall) => sum(({ waterfall }) => waterfall[name]);
    return {
      name: t.exposeString('name'),
      changes: t.field({ type: ['Decimal'], resolve: ({ changes }) => changes.map(shares) }),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      marks: t.field({
        type: [StressedMarkType],
        resolve: ({ marks, poolId }) => marks.map((mark) => ({ ...mark, poolId })),
      }),
      closedOutCount: t.int({ resolve: ({ closedOut }) => closedOut.length }),
      bankruptCount: t.int({
        resolve: ({ closedOut }) => closedOut.filter(({ left }) => left < 0n).length,
      }),
      closedOut: t.field({
        type: [StressedAccountType],
        args: { first: t.arg.int() },
        resolve: (row, { first }, context) => closedOutOf(context, row, countOf(first)),
      }),
      deficit: paid('deficit'),
      recourse: paid('recourse'),
      operatorCapital: paid('operatorCapital'),
      fundDraw: paid('fundDraw'),
      fundAfter: sum(({ fundBefore, waterfall }) => fundBefore - waterfall.fundDraw),
      residual: paid('residual'),
      haircutCapacity: paid('capacity'),
      socialized: paid('socialized'),
      uncovered: paid('uncovered'),
      haircutRatio: t.field({
        type: RatioRef,
        resolve: ({ waterfall }) => ratio(waterfall.socialized, waterfall.profitTotal),
      }),
      profitBefore: paid('profitTotal'),
      profitAfter: sum(({ waterfall }) => waterfall.profitTotal - waterfall.socialized),
      haircutCount: t.int({ resolve: ({ accountNos }) => accountNos.length }),
      haircuts: t.field({
        type: [PreviewedHaircut],
        args: { first: t.arg.int() },
        resolve: (row, { first }, context) => haircutsOf(context, row, countOf(first)),
      }),
      rounds: t.field({
        type: [StressRoundType],
        resolve: ({ rounds, poolId }) => rounds.map((round) => ({ ...round, poolId })),
      }),
    };
  },
});

const StressTest = builder
  .objectRef<{ readonly scenarios: readonly StressedScenario[] } & Typed>('StressTest')
  .implement({ fields: (t) => ({ scenarios: t.expose('scenarios', { type: [StressOutcome] }) }) });

const result = resultType('StressTestResult', StressTest, ['NOT_FOUND', 'INVALID_INPUT', 'LIMIT_EXCEEDED']);

builder.queryField('stressTest', (t) =>
  t.field({
    type: result.union,
    args: { input: t.arg({ type: StressTestInput, required: true }) },
    ...access('read'),
    resolve: (_, { input }, context) =>
      orRefusal(context, result.codes, async () => {
        const answer = await context.stressTests.run(input, context.viewer!.subject);
        await context.pools.resolve([answer.poolId]);
        return typed('StressTest', answer);
      }),
  }),
);
