import { onlyOwner } from '../auth/viewer.ts';
import { ratio } from '../core/ratio.ts';
import {
  largestHaircuts,
  type SettlementPreview as Preview,
  previewSettlement,
} from '../settlement/preview.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { badUserInput } from './errors.ts';
import { AccountRef, RatioRef, typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';

const DEFAULT_HAIRCUTS = 100;
const MAX_HAIRCUTS = 10_000;

const PreviewedHaircut = builder
  .objectRef<{ poolId: number; accountNo: number; profit: bigint; amount: bigint }>('PreviewedHaircut')
  .implement({
    fields: (t) => ({
      account: t.field({
        type: AccountRef,
        resolve: async (haircut, _, { loaders }) => (await loaders.account.load(haircut))!,
      }),
      profit: t.field({
        type: 'Decimal',
        resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.profit),
      }),
      amount: t.field({
        type: 'Decimal',
        resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.amount),
      }),
    }),
  });

const SettlementPreview = builder.objectRef<Preview & Typed>('SettlementPreview').implement({
  fields: (t) => {
    const sum = (name: 'deficit' | 'fundDraw' | 'residual' | 'capacity' | 'socialized' | 'uncovered') =>
      t.field({
        type: 'Decimal',
        resolve: ({ poolId, outcome }, _, context) => amount(context, poolId, outcome[name]),
      });
    return {
      deficit: sum('deficit'),
      fundDraw: sum('fundDraw'),
      residual: sum('residual'),
      haircutCapacity: sum('capacity'),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
      haircutRatio: t.field({
        type: RatioRef,
        resolve: ({ outcome }) => ratio(outcome.socialized, outcome.profitTotal),
      }),
      haircutCount: t.int({ resolve: ({ outcome }) => outcome.haircutCount }),
      haircuts: t.field({
        type: [PreviewedHaircut],
        args: { first: t.arg.int() },
        resolve: async ({ poolId, outcome, bearers }, { first }, { db, viewer }) => {
          const count = first ?? DEFAULT_HAIRCUTS;
          if (count < 0 || count > MAX_HAIRCUTS)
            throw badUserInput(`\`first\` is between 0 and ${MAX_HAIRCUTS}.`);
          const owner = onlyOwner(viewer!);
          const rows =
            owner === null
              ? null
              : await db.sql<{ account_no: number }[]>`
                  select account_no from accounts where pool_id = ${poolId} and owner = ${owner}`;
          const own = rows && new Set(rows.map((row) => row.account_no));
          const accountNo = (index: number) => Number(bearers.accountNos.get(index));
          return largestHaircuts(
            outcome.haircuts,
            count,
            (index) => own === null || own.has(accountNo(index)),
          ).map((index) => ({
            poolId,
            accountNo: accountNo(index),
            profit: bearers.profits.get(index),
            amount: outcome.haircuts.get(index),
          }));
        },
      }),
    };
  },
});

const PreviewSettlementInput = builder.inputType('PreviewSettlementInput', {
  fields: (t) => ({
    pool: t.string({ required: true }),
    lossEvents: t.stringList(),
    extraDeficit: t.field({ type: 'Decimal' }),
  }),
});

const result = resultType('PreviewSettlementResult', SettlementPreview, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'NOTHING_TO_SETTLE',
]);

builder.queryField('previewSettlement', (t) =>
  t.field({
    type: result.union,
    args: { input: t.arg({ type: PreviewSettlementInput, required: true }) },
    ...access('read'),
    resolve: (_, { input }, { db, pools }) =>
      orRefusal(result.codes, async () => {
        const preview = await previewSettlement(db, input);
        await pools.resolve([preview.poolId]);
        return typed('SettlementPreview', preview);
      }),
  }),
);
