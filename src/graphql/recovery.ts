import { onlyOwner } from '../auth/viewer.ts';
import { amount, poolName } from './amounts.ts';
import { nodeId } from './ids.ts';
import { LossEventRef, NodeInterface, RecoveryRef, ReversalRef, SettlementRef } from './refs.ts';

RecoveryRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => {
    const sum = (name: 'amount' | 'uncovered' | 'socialized' | 'fundDraw' | 'operatorCapital' | 'recourse') =>
      t.field({
        type: 'Decimal',
        resolve: (recovery, _, context) => amount(context, recovery.poolId, recovery[name]),
      });
    return {
      id: t.id({
        resolve: ({ poolId, sequence }, _, context) =>
          nodeId('Recovery', poolName(context, poolId), sequence.toString()),
      }),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      lossEvent: t.field({
        type: LossEventRef,
        resolve: async ({ poolId, eventSequence }, _, { loaders }) =>
          (await loaders.lossEvent.load({ poolId, sequence: eventSequence }))!,
      }),
      amount: sum('amount'),
      uncovered: sum('uncovered'),
      haircuts: sum('socialized'),
      fund: sum('fundDraw'),
      operatorCapital: sum('operatorCapital'),
      recourse: sum('recourse'),
      // The venue's own note may name an account.
      ref: t.string({
        nullable: true,
        resolve: ({ ref }, _, { viewer }) => (onlyOwner(viewer!) === null ? ref : null),
      }),
      recordedAt: t.expose('recordedAt', { type: 'DateTime' }),
    };
  },
});

ReversalRef.implement({
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'Sequence' }),
    settlement: t.field({
      type: SettlementRef,
      resolve: async ({ poolId, settlementSequence }, _, { loaders }) =>
        (await loaders.settlement.load({ poolId, sequence: settlementSequence }))!,
    }),
    reason: t.exposeString('reason'),
    reversedAt: t.expose('reversedAt', { type: 'DateTime' }),
  }),
});
