import { mayReadAccount, onlyOwner } from '../auth/viewer.ts';
import { ratioDecimal } from '../core/ratio.ts';
import {
  type AllocationComparison as Comparison,
  compareAllocations,
  type Effect,
  type MethodOutcome as Outcome,
} from '../settlement/comparison.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { largestOf, PreviewedHaircut } from './previewed-haircuts.ts';
import { AccountRef, AllocationMethod, RatioRef, typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';

const DEFAULT_BEARERS = 10;

const PaymentEffect = builder.objectRef<Effect & { poolId: number }>('PaymentEffect').implement({
  fields: (t) => ({
    changes: t.exposeBoolean('changes'),
    account: t.field({
      type: AccountRef,
      nullable: true,
      resolve: async ({ poolId, accountNo }, _, { loaders, viewer }) => {
        if (accountNo === null) return null;
        const account = (await loaders.account.load({ poolId, accountNo }))!;
        return mayReadAccount(viewer!, account.owner) ? account : null;
      },
    }),
    before: t.field({
      type: 'Decimal',
      resolve: ({ poolId, before }, _, context) => amount(context, poolId, before),
    }),
    after: t.field({
      type: 'Decimal',
      resolve: ({ poolId, after }, _, context) => amount(context, poolId, after),
    }),
  }),
});

const MethodOutcome = builder.objectRef<Outcome>('MethodOutcome').implement({
  fields: (t) => {
    const sum = (name: 'socialized' | 'uncovered') =>
      t.field({
        type: 'Decimal',
        resolve: ({ poolId, outcome }, _, context) => amount(context, poolId, outcome[name]),
      });
    const measure = (name: 'herfindahl' | 'effectiveNumber' | 'gini' | 'topTenShare') =>
      t.field({ type: 'Decimal', resolve: (outcome) => ratioDecimal(outcome[name]) });
    return {
      method: t.expose('method', { type: AllocationMethod }),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
      accountsTouched: t.exposeInt('touched'),
      accountsWipedOut: t.exposeInt('wipedOut'),
      largestRate: t.expose('largestRate', { type: RatioRef }),
      herfindahlIndex: measure('herfindahl'),
      effectiveNumber: measure('effectiveNumber'),
      gini: measure('gini'),
      topTenShare: measure('topTenShare'),
      largestBearers: t.field({
        type: [PreviewedHaircut],
        args: { first: t.arg.int() },
        resolve: (outcome, { first }, context) => largestOf(context, outcome, first ?? DEFAULT_BEARERS),
      }),
      splitting: t.field({
        type: PaymentEffect,
        resolve: ({ poolId, splitting }) => ({ ...splitting, poolId }),
      }),
      twoSteps: t.field({ type: PaymentEffect, resolve: ({ poolId, steps }) => ({ ...steps, poolId }) }),
    };
  },
});

const AllocationComparison = builder.objectRef<Comparison & Typed>('AllocationComparison').implement({
  fields: (t) => ({ methods: t.expose('methods', { type: [MethodOutcome] }) }),
});

const CompareAllocationsInput = builder.inputType('CompareAllocationsInput', {
  fields: (t) => ({
    pool: t.string({ required: true }),
    lossEvents: t.stringList(),
    extraDeficit: t.field({ type: 'Decimal' }),
    methods: t.field({ type: [AllocationMethod] }),
  }),
});

const result = resultType('CompareAllocationsResult', AllocationComparison, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'NOTHING_TO_SETTLE',
]);

builder.queryField('compareAllocations', (t) =>
  t.field({
    type: result.union,
    args: { input: t.arg({ type: CompareAllocationsInput, required: true }) },
    ...access('read'),
    resolve: (_, { input }, { db, pools, onRefusal, turns, viewer }) =>
      orRefusal({ onRefusal }, result.codes, async () => {
        const comparison = await turns.take(viewer!.subject, () =>
          compareAllocations(db, input, onlyOwner(viewer!)),
        );
        await pools.resolve([comparison.poolId]);
        return typed('AllocationComparison', comparison);
      }),
  }),
);
