import { ratio } from '../core/ratio.ts';
import { type SettlementPreview as Preview, previewSettlement } from '../settlement/preview.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { largestOf, PreviewedHaircut } from './previewed-haircuts.ts';
import { RatioRef, typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';

const DEFAULT_HAIRCUTS = 100;

const SettlementPreview = builder.objectRef<Preview & Typed>('SettlementPreview').implement({
  fields: (t) => {
    const sum = (
      name:
        | 'deficit'
        | 'recourse'
        | 'operatorCapital'
        | 'fundDraw'
        | 'residual'
        | 'capacity'
        | 'socialized'
        | 'uncovered',
    ) =>
      t.field({
        type: 'Decimal',
        resolve: ({ poolId, outcome }, _, context) => amount(context, poolId, outcome[name]),
      });
    return {
      deficit: sum('deficit'),
      recourse: sum('recourse'),
      operatorCapital: sum('operatorCapital'),
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
        resolve: (preview, { first }, context) => largestOf(context, preview, first ?? DEFAULT_HAIRCUTS),
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
    resolve: (_, { input }, { db, pools, onRefusal }) =>
      orRefusal({ onRefusal }, result.codes, async () => {
        const preview = await previewSettlement(db, input);
        await pools.resolve([preview.poolId]);
        return typed('SettlementPreview', preview);
      }),
  }),
);
