import { mayReadAccount } from '../auth/viewer.ts';
import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import { entryPrice } from '../margin/position.ts';
import { type TradeCheck as Check, checkTrade } from '../settlement/check-trade.ts';
import { recordFills } from '../settlement/fills.ts';
import { liquidate } from '../settlement/liquidation.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { POOL_CODES, payload, run } from './mutation.ts';
import { AccountHealth, AccountMarginRef, AccountRef, LiquidationRef, LossEventRef, typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';
import { CheckTradeInput, LiquidateInput, RecordFillsInput } from './trading-inputs.ts';

/** Trades, and what ends them: fills, the question whether a trade may be made, liquidations. */

const LiquidationClose = builder
  .objectRef<{ poolId: number; symbol: string; size: string; price: string; realized: bigint }>(
    'LiquidationClose',
  )
  .implement({
    fields: (t) => ({
      market: t.exposeString('symbol'),
      size: t.field({ type: 'Decimal', resolve: ({ size }) => trimDecimal(size) }),
      price: t.field({ type: 'Decimal', resolve: ({ price }) => trimDecimal(price) }),
      realizedPnl: t.field({
        type: 'Decimal',
        resolve: ({ poolId, realized }, _, context) => amount(context, poolId, realized),
      }),
    }),
  });

LiquidationRef.implement({
  fields: (t) => {
    const sum = (name: 'fee' | 'fundFee' | 'liquidatorFee' | 'equityBefore' | 'equityAfter' | 'realized') =>
      t.field({ type: 'Decimal', resolve: (row, _, context) => amount(context, row.poolId, row[name]) });
    return {
      sequence: t.expose('sequence', { type: 'Sequence' }),
      account: t.field({
        type: AccountRef,
        nullable: true,
        resolve: async (row, _, { loaders, viewer }) => {
          const account = (await loaders.account.load(row))!;
          return mayReadAccount(viewer!, account.owner) ? account : null;
        },
      }),
      closes: t.field({
        type: [LiquidationClose],
        resolve: (row, _, { loaders }) => loaders.closesOfLiquidation.load(row),
      }),
      realizedPnl: sum('realized'),
      fee: sum('fee'),
      fundFee: sum('fundFee'),
      liquidatorFee: sum('liquidatorFee'),
      healthBefore: t.expose('healthBefore', { type: AccountHealth }),
      healthAfter: t.expose('healthAfter', { type: AccountHealth }),
      equityBefore: sum('equityBefore'),
      equityAfter: sum('equityAfter'),
      lossEvent: t.field({
        type: LossEventRef,
        nullable: true,
        resolve: ({ poolId, lossSequence }, _, { loaders }) =>
          lossSequence === null ? null : loaders.lossEvent.load({ poolId, sequence: lossSequence }),
      }),
      liquidatedAt: t.expose('liquidatedAt', { type: 'DateTime' }),
    };
  },
});

const recordFillsResult = resultType('RecordFillsResult', payload('RecordFillsPayload', true), [
  ...POOL_CODES,
  'ACCOUNT_NOT_ACTIVE',
  'IDEMPOTENCY_CONFLICT',
  'LIMIT_EXCEEDED',
  'WRONG_POSITION_SOURCE',
]);
const liquidateResult = resultType('LiquidateResult', LiquidationRef, [
  ...POOL_CODES,
  'ACCOUNT_NOT_ACTIVE',
  'ALREADY_EXISTS',
  'IDEMPOTENCY_CONFLICT',
  'NOT_LIQUIDATABLE',
]);

builder.mutationFields((t) => ({
  recordFills: t.field({
    type: recordFillsResult.union,
    args: { input: t.arg({ type: RecordFillsInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        recordFillsResult.codes,
        (runtime) => recordFills(runtime, input),
        (committed) => typed('RecordFillsPayload', committed),
      ),
  }),
  liquidate: t.field({
    type: liquidateResult.union,
    args: { input: t.arg({ type: LiquidateInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        liquidateResult.codes,
        (runtime) => liquidate(runtime, input),
        async (committed) => typed('Liquidation', (await context.loaders.liquidation.load(committed))!),
      ),
  }),
}));

const TradeCheck = builder.objectRef<Check & Typed>('TradeCheck').implement({
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed'),
    reason: t.exposeString('reason', { nullable: true }),
    margin: t.field({ type: AccountMarginRef, resolve: ({ margin, poolId }) => ({ ...margin, poolId }) }),
    size: t.field({ type: 'Decimal', resolve: ({ size }) => trimDecimal(formatScaled(size, SCALE)) }),
    entryPrice: t.field({
      type: 'Decimal',
      resolve: (check) => trimDecimal(formatScaled(entryPrice(check, check.contractSize), SCALE)),
    }),
    liquidationPrice: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: ({ liquidationPrice }) =>
        liquidationPrice === null ? null : trimDecimal(formatScaled(liquidationPrice, SCALE)),
    }),
    realizedPnl: t.field({
      type: 'Decimal',
      resolve: ({ poolId, realized }, _, context) => amount(context, poolId, realized),
    }),
  }),
});

const checkTradeResult = resultType('CheckTradeResult', TradeCheck, ['NOT_FOUND', 'INVALID_INPUT']);

builder.queryField('checkTrade', (t) =>
  t.field({
    type: checkTradeResult.union,
    args: { input: t.arg({ type: CheckTradeInput, required: true }) },
    ...access('read'),
    resolve: (_, { input }, { db, pools, viewer, onRefusal }) =>
      orRefusal({ onRefusal }, checkTradeResult.codes, async () => {
        const check = await checkTrade(db, input, (owner) => mayReadAccount(viewer!, owner));
        await pools.resolve([check.poolId]);
        return typed('TradeCheck', check);
      }),
  }),
);
