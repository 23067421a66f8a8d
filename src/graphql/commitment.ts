import type { CommittedPart } from '../core/proof/format.ts';
import { amount, poolName } from './amounts.ts';
import { builder } from './builder.ts';
import { AllocationMethod, CommitmentRef, RatioRef } from './refs.ts';

const SettlementPartScope = builder.enumType('SettlementPartScope', {
  values: ['RECOURSE', 'MARKET', 'POOL'] as const,
});

const SettlementPart = builder.objectRef<CommittedPart & { poolId: number }>('SettlementPart').implement({
  fields: (t) => {
    const sum = (name: 'loss' | 'profitTotal' | 'capacity') =>
      t.field({ type: 'Decimal', resolve: (part, _, context) => amount(context, part.poolId, part[name]) });
    return {
      part: t.exposeInt('part'),
      scope: t.expose('scope', { type: SettlementPartScope }),
      market: t.exposeString('market', { nullable: true }),
      method: t.expose('method', { type: AllocationMethod }),
      loss: sum('loss'),
      profitTotal: sum('profitTotal'),
      capacity: sum('capacity'),
      phase: t.exposeInt('phase'),
      level: t.expose('level', { type: RatioRef }),
      lastRemainder: t.expose('lastRemainder', { type: RatioRef }),
    };
  },
});

CommitmentRef.implement({
  fields: (t) => ({
    root: t.exposeString('root'),
    tree: t.exposeString('tree'),
    total: t.field({
      type: 'Decimal',
      resolve: ({ poolId, recourse, socialized }, _, context) =>
        amount(context, poolId, recourse + socialized),
    }),
    profitTotal: t.field({
      type: 'Decimal',
      resolve: ({ poolId, profitTotal }, _, context) => amount(context, poolId, profitTotal),
    }),
    leaves: t.exposeInt('haircutCount'),
    sheetPath: t.string({
      resolve: ({ poolId, sequence }, _, context) =>
        `/sheets/${encodeURIComponent(poolName(context, poolId))}/${sequence}.ndjson`,
    }),
    parts: t.field({
      type: [SettlementPart],
      resolve: async (settlement, _, { loaders }) =>
        (await loaders.settlementParts.load(settlement)).map((part) => ({
          ...part,
          poolId: settlement.poolId,
        })),
    }),
  }),
});
