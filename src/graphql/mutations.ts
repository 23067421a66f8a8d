import { allows } from '../auth/viewer.ts';
import type { RefusalCode } from '../core/refusal.ts';
import { applyUpdates } from '../settlement/apply-updates.ts';
import { reportBankruptcy } from '../settlement/bankruptcy.ts';
import { contributeToFund } from '../settlement/fund.ts';
import { upsertMarkets } from '../settlement/markets.ts';
import { publishMarks } from '../settlement/marks.ts';
import { createPool, upsertAccounts } from '../settlement/pools.ts';
import { upsertPositions } from '../settlement/positions.ts';
import { recordRecovery } from '../settlement/recovery.ts';
import { settleLosses } from '../settlement/settle.ts';
import { postTransfers } from '../settlement/transfers.ts';
import { access, builder } from './builder.ts';
import { renewLoaders } from './context.ts';
import { forbidden } from './errors.ts';
import {
  ApplyUpdatesInput,
  ContributeToFundInput,
  CreatePoolInput,
  PostTransfersInput,
  PublishMarksInput,
  RecordRecoveryInput,
  ReportBankruptcyInput,
  SettleLossesInput,
  UpsertAccountsInput,
  UpsertMarketsInput,
  UpsertPositionsInput,
} from './inputs.ts';
import { POOL_CODES, payload, run } from './mutation.ts';
import { FundEntryRef, LossEventRef, MarketRef, PoolRef, RecoveryRef, SettlementRef, typed } from './refs.ts';
import { orRefusal, resultType } from './refusals.ts';

const UpsertMarketsPayload = payload('UpsertMarketsPayload', false);
builder.objectField(UpsertMarketsPayload, 'markets', (t) =>
  t.field({ type: [MarketRef], resolve: (committed, _, { loaders }) => loaders.markets.load(committed) }),
);

const TRANSFER_CODES = [
  ...POOL_CODES,
  'ACCOUNT_NOT_ACTIVE',
  'IDEMPOTENCY_CONFLICT',
  'WITHDRAWALS_GATED',
  'INSUFFICIENT_FUNDS',
  'WRONG_POSITION_SOURCE',
] as const satisfies RefusalCode[];

const createPoolResult = resultType('CreatePoolResult', PoolRef, ['ALREADY_EXISTS', 'INVALID_INPUT']);
const upsertMarketsResult = resultType('UpsertMarketsResult', UpsertMarketsPayload, POOL_CODES);
const publishMarksResult = resultType('PublishMarksResult', payload('PublishMarksPayload', false), [
  ...POOL_CODES,
  'MARK_HELD',
]);
const upsertAccountsResult = resultType(
  'UpsertAccountsResult',
  payload('UpsertAccountsPayload', true),
  POOL_CODES,
);
const upsertPositionsResult = resultType('UpsertPositionsResult', payload('UpsertPositionsPayload', true), [
  ...POOL_CODES,
  'ACCOUNT_NOT_ACTIVE',
  'LIMIT_EXCEEDED',
  'WRONG_POSITION_SOURCE',
]);
const postTransfersResult = resultType(
  'PostTransfersResult',
  payload('PostTransfersPayload', true),
  TRANSFER_CODES,
);
const applyUpdatesResult = resultType('ApplyUpdatesResult', payload('ApplyUpdatesPayload', true), [
  ...TRANSFER_CODES,
  'MARK_HELD',
  'LIMIT_EXCEEDED',
]);
const contributeToFundResult = resultType('ContributeToFundResult', FundEntryRef, [
  ...POOL_CODES,
  'IDEMPOTENCY_CONFLICT',
]);
const reportBankruptcyResult = resultType('ReportBankruptcyResult', LossEventRef, [
  ...POOL_CODES,
  'ACCOUNT_NOT_ACTIVE',
  'NOT_BANKRUPT',
  'ALREADY_EXISTS',
  'IDEMPOTENCY_CONFLICT',
]);
const settleLossesResult = resultType('SettleLossesResult', SettlementRef, [
  ...POOL_CODES,
  'LOSS_ALREADY_SETTLED',
  'NOTHING_TO_SETTLE',
  'IDEMPOTENCY_CONFLICT',
  'CONFLICT_RETRY',
  'STALE_MARKS',
]);
const recordRecoveryResult = resultType('RecordRecoveryResult', RecoveryRef, [
  ...POOL_CODES,
  'IDEMPOTENCY_CONFLICT',
]);

builder.mutationFields((t) => ({
  createPool: t.field({
    type: createPoolResult.union,
    args: { input: t.arg({ type: CreatePoolInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      orRefusal(context, createPoolResult.codes, async () => {
        const poolId = await createPool(context, input);
        renewLoaders(context);
        await context.pools.resolve([poolId]);
        return typed('Pool', (await context.loaders.pool.load({ poolId }))!);
      }),
  }),
  upsertMarkets: t.field({
    type: upsertMarketsResult.union,
    args: { input: t.arg({ type: UpsertMarketsInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        upsertMarketsResult.codes,
        (runtime) => upsertMarkets(runtime, input),
        (committed) => typed('UpsertMarketsPayload', committed),
      ),
  }),
  publishMarks: t.field({
    type: publishMarksResult.union,
    args: { input: t.arg({ type: PublishMarksInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        publishMarksResult.codes,
        (runtime) => publishMarks(runtime, input),
        (committed) => typed('PublishMarksPayload', committed),
      ),
  }),
  upsertAccounts: t.field({
    type: upsertAccountsResult.union,
    args: { input: t.arg({ type: UpsertAccountsInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        upsertAccountsResult.codes,
        (runtime) => upsertAccounts(runtime, input),
        (committed) => typed('UpsertAccountsPayload', committed),
      ),
  }),
  upsertPositions: t.field({
    type: upsertPositionsResult.union,
    args: { input: t.arg({ type: UpsertPositionsInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        upsertPositionsResult.codes,
        (runtime) => upsertPositions(runtime, input),
        (committed) => typed('UpsertPositionsPayload', committed),
      ),
  }),
  postTransfers: t.field({
    type: postTransfersResult.union,
    args: { input: t.arg({ type: PostTransfersInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        postTransfersResult.codes,
        (runtime) => postTransfers(runtime, input),
        (committed) => typed('PostTransfersPayload', committed),
      ),
  }),
  applyUpdates: t.field({
    type: applyUpdatesResult.union,
    args: { input: t.arg({ type: ApplyUpdatesInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        applyUpdatesResult.codes,
        (runtime) => applyUpdates(runtime, input),
        (committed) => typed('ApplyUpdatesPayload', committed),
      ),
  }),
  contributeToFund: t.field({
    type: contributeToFundResult.union,
    args: { input: t.arg({ type: ContributeToFundInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        contributeToFundResult.codes,
        (runtime) => contributeToFund(runtime, input),
        async (committed) => typed('FundEntry', (await context.loaders.fundEntry.load(committed))!),
      ),
  }),
  reportBankruptcy: t.field({
    type: reportBankruptcyResult.union,
    args: { input: t.arg({ type: ReportBankruptcyInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        reportBankruptcyResult.codes,
        (runtime) => reportBankruptcy(runtime, input),
        async (committed) => typed('LossEvent', (await context.loaders.lossEvent.load(committed))!),
      ),
  }),
  settleLosses: t.field({
    type: settleLossesResult.union,
    args: { input: t.arg({ type: SettleLossesInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) => {
      if (input.staleMarksReason != null && !allows(context.viewer!, 'administer'))
        throw forbidden(
          'Your roles do not allow a staleMarksReason: it takes a token with ADMIN. Or publish fresh marks, and leave it out.',
        );
      return run(
        context,
        settleLossesResult.codes,
        (runtime) => settleLosses(runtime, input),
        async (committed) => typed('Settlement', (await context.loaders.settlement.load(committed))!),
      );
    },
  }),
  recordRecovery: t.field({
    type: recordRecoveryResult.union,
    args: { input: t.arg({ type: RecordRecoveryInput, required: true }) },
    ...access('write'),
    resolve: (_, { input }, context) =>
      run(
        context,
        recordRecoveryResult.codes,
        (runtime) => recordRecovery(runtime, input),
        async (committed) => typed('Recovery', (await context.loaders.recovery.load(committed))!),
      ),
  }),
}));
