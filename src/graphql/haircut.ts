import { toJson } from '../core/proof/format.ts';
import { amount, poolName } from './amounts.ts';
import { builder } from './builder.ts';
import { nodeId } from './ids.ts';
import { AccountRef, HaircutProofRef, HaircutRef, NodeInterface, SettlementRef } from './refs.ts';

HaircutRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({
      resolve: ({ poolId, sequence, accountRef }, _, context) =>
        nodeId('Haircut', poolName(context, poolId), sequence.toString(), accountRef),
    }),
    sequence: t.expose('sequence', { type: 'Sequence' }),
    previousSequence: t.expose('previousSequence', { type: 'Sequence', nullable: true }),
    settlement: t.field({
      type: SettlementRef,
      resolve: async (haircut, _, { loaders }) => (await loaders.settlement.load(haircut))!,
    }),
    account: t.field({
      type: AccountRef,
      resolve: ({ poolId, accountNo, accountRef, accountOwner }) => ({
        poolId,
        accountNo,
        ref: accountRef,
        owner: accountOwner,
      }),
    }),
    profit: t.field({
      type: 'Decimal',
      resolve: (haircut, _, context) =>
        amount(context, haircut.poolId, haircut.profitText ?? haircut.profit!),
    }),
    cap: t.field({
      type: 'Decimal',
      resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.capText ?? haircut.cap!),
    }),
    amount: t.field({
      type: 'Decimal',
      resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.amountText ?? haircut.amount),
    }),
    recovered: t.field({
      type: 'Decimal',
      resolve: async (haircut, _, context) =>
        amount(context, haircut.poolId, (await context.loaders.recoveredOfHaircut.load(haircut)) ?? 0n),
    }),
    proof: t.field({
      type: HaircutProofRef,
      nullable: true,
      resolve: (haircut, _, { loaders }) => loaders.proof.load(haircut),
    }),
    balanceBefore: t.field({
      type: 'Decimal',
      resolve: (haircut, _, context) =>
        amount(context, haircut.poolId, haircut.balanceAfter + haircut.amount),
    }),
    balanceAfter: t.field({
      type: 'Decimal',
      resolve: (haircut, _, context) =>
        amount(context, haircut.poolId, haircut.balanceAfterText ?? haircut.balanceAfter),
    }),
  }),
});

const ProofStep = builder
  .objectRef<{ poolId: number; left: boolean; hash: string; sum: bigint }>('ProofStep')
  .implement({
    fields: (t) => ({
      left: t.exposeBoolean('left'),
      hash: t.exposeString('hash'),
      sum: t.field({
        type: 'Decimal',
        resolve: (step, _, context) => amount(context, step.poolId, step.sum),
      }),
    }),
  });

HaircutProofRef.implement({
  fields: (t) => ({
    document: t.string({ resolve: ({ proof }) => toJson(proof) }),
    salt: t.string({ resolve: ({ proof }) => proof.salt }),
    leaf: t.exposeString('leaf'),
    path: t.field({
      type: [ProofStep],
      resolve: ({ poolId, proof }) =>
        proof.path.map(({ side, hash, sum }) => ({ poolId, left: side === 'left', hash, sum })),
    }),
  }),
});
