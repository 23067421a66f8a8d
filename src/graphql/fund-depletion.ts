import { type FundDepletion as Depletion, fundDepletion } from '../settlement/fund-depletion.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { EstimateType } from './estimates.ts';
import { typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';
import { FundDepletionInput } from './simulation-inputs.ts';

const FundDepletion = builder.objectRef<Depletion & Typed>('FundDepletion').implement({
  fields: (t) => ({
    initial: t.field({
      type: 'Decimal',
      resolve: (row, _, context) => amount(context, row.poolId, row.initial),
    }),
    inflowPerDay: t.exposeFloat('inflowPerDay'),
    claimsPerDay: t.exposeFloat('claimsPerDay'),
    meanClaim: t.exposeFloat('meanClaim'),
    ruinProbability: t.exposeFloat('ruinProbability'),
    ruinProbabilityWithin: t.exposeFloat('ruinProbabilityWithin'),
    simulated: t.expose('simulated', { type: EstimateType }),
  }),
});

const result = resultType('FundDepletionResult', FundDepletion, ['NOT_FOUND', 'INVALID_INPUT']);

builder.queryField('fundDepletion', (t) =>
  t.field({
    type: result.union,
    args: { input: t.arg({ type: FundDepletionInput, required: true }) },
    ...access('read'),
    resolve: (_, { input }, context) =>
      orRefusal(context, result.codes, async () => {
        const answer = await fundDepletion(context, input);
        await context.pools.resolve([answer.poolId]);
        return typed('FundDepletion', answer);
      }),
  }),
);
