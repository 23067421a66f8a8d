import { withdrawFromFund } from '../settlement/fund.ts';
import { reverseSettlement } from '../settlement/reversal.ts';
import {
  haltPool,
  resumePool,
  setHaircutCaps,
  startSession,
  updatePoolRules,
} from '../settlement/rule-changes.ts';
import { access, builder } from './builder.ts';
import {
  HaltPoolInput,
  ResumePoolInput,
  ReverseSettlementInput,
  SetHaircutCapsInput,
  StartSessionInput,
  UpdatePoolRulesInput,
  WithdrawFromFundInput,
} from './inputs.ts';
import { POOL_CODES, payload, run } from './mutation.ts';
import { FundEntryRef, PoolRef, ReversalRef, typed } from './refs.ts';
import { resultType } from './refusals.ts';

/** Mutations that need the role ADMIN. */

const reverseSettlementResult = resultType('ReverseSettlementResult', ReversalRef, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'IDEMPOTENCY_CONFLICT',
  'NOT_REVERSIBLE',
]);
const updatePoolRulesResult = resultType('UpdatePoolRulesResult', PoolRef, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'IDEMPOTENCY_CONFLICT',
  'LOSS_OPEN',
]);
const setHaircutCapsResult = resultType('SetHaircutCapsResult', payload('SetHaircutCapsPayload', true), [
  'NOT_FOUND',
  'INVALID_INPUT',
]);
const haltPoolResult = resultType('HaltPoolResult', PoolRef, [...POOL_CODES, 'IDEMPOTENCY_CONFLICT']);
const resumePoolResult = resultType('ResumePoolResult', PoolRef, [...POOL_CODES, 'IDEMPOTENCY_CONFLICT']);
const withdrawFromFundResult = resultType('WithdrawFromFundResult', FundEntryRef, [
  ...POOL_CODES,
  'IDEMPOTENCY_CONFLICT',
  'LOSS_OPEN',
  'INSUFFICIENT_FUNDS',
]);
const startSessionResult = resultType('StartSessionResult', payload('StartSessionPayload', false), [
  ...POOL_CODES,
  'IDEMPOTENCY_CONFLICT',
  'LOSS_OPEN',
]);

builder.mutationFields((t) => ({
  reverseSettlement: t.field({
    type: reverseSettlementResult.union,
    args: { input: t.arg({ type: ReverseSettlementInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        reverseSettlementResult.codes,
        (runtime) => reverseSettlement(runtime, input),
        async (committed) => typed('Reversal', (await context.loaders.reversal.load(committed))!),
      ),
  }),
  updatePoolRules: t.field({
    type: updatePoolRulesResult.union,
    args: { input: t.arg({ type: UpdatePoolRulesInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        updatePoolRulesResult.codes,
        (runtime) => updatePoolRules(runtime, input),
        async (committed) => typed('Pool', (await context.loaders.pool.load(committed))!),
      ),
  }),
  setHaircutCaps: t.field({
    type: setHaircutCapsResult.union,
    args: { input: t.arg({ type: SetHaircutCapsInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        setHaircutCapsResult.codes,
        (runtime) => setHaircutCaps(runtime, input),
        (committed) => typed('SetHaircutCapsPayload', committed),
      ),
  }),
  haltPool: t.field({
    type: haltPoolResult.union,
    args: { input: t.arg({ type: HaltPoolInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        haltPoolResult.codes,
        (runtime) => haltPool(runtime, input),
        async (committed) => typed('Pool', (await context.loaders.pool.load(committed))!),
      ),
  }),
  resumePool: t.field({
    type: resumePoolResult.union,
    args: { input: t.arg({ type: ResumePoolInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        resumePoolResult.codes,
        (runtime) => resumePool(runtime, input),
        async (committed) => typed('Pool', (await context.loaders.pool.load(committed))!),
      ),
  }),
  withdrawFromFund: t.field({
    type: withdrawFromFundResult.union,
    args: { input: t.arg({ type: WithdrawFromFundInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        withdrawFromFundResult.codes,
        (runtime) => withdrawFromFund(runtime, input),
        async (committed) => typed('FundEntry', (await context.loaders.fundEntry.load(committed))!),
      ),
  }),
  startSession: t.field({
    type: startSessionResult.union,
    args: { input: t.arg({ type: StartSessionInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) =>
      run(
        context,
        startSessionResult.codes,
        (runtime) => startSession(runtime, input),
        (committed) => typed('StartSessionPayload', committed),
      ),
  }),
}));
