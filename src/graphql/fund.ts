import { onlyOwner } from '../auth/viewer.ts';
import { max } from '../core/money.ts';
import { ratio, ratioDecimal } from '../core/ratio.ts';
import { type FundFlows as Flows, readFundFlows } from '../settlement/fund-flows.ts';
import { amount, poolName } from './amounts.ts';
import { builder } from './builder.ts';
import { fundEntriesOfPool } from './collections.ts';
import { connect } from './connection.ts';
import { FundEntryConnection, pageArgs } from './connections.ts';
import { badUserInput } from './errors.ts';
import { nodeId } from './ids.ts';
import { NO_FILTER } from './paging.ts';
import { FundEntryRef, InsuranceFundRef, NodeInterface, PoolRef, SettlementRef } from './refs.ts';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

const FundEntryKind = builder.enumType('FundEntryKind', {
  values: [
    'LIQUIDATION_FEE',
    'OPERATOR_CONTRIBUTION',
    'LOSS_DRAW',
    'WITHDRAWAL',
    'RECOVERY',
    'REVERSAL',
  ] as const,
});

const FundInflow = builder.objectRef<Flows['inflows'][number] & { poolId: number }>('FundInflow').implement({
  fields: (t) => ({
    kind: t.expose('kind', { type: FundEntryKind }),
    amount: t.field({
      type: 'Decimal',
      resolve: (inflow, _, context) => amount(context, inflow.poolId, inflow.amount),
    }),
  }),
});

const FundFlows = builder.objectRef<Flows>('FundFlows').implement({
  fields: (t) => {
    const sum = (name: 'inflow' | 'draws' | 'withdrawals') =>
      t.field({
        type: 'Decimal',
        resolve: (flows, _, context) => amount(context, flows.poolId, flows[name]),
      });
    return {
      since: t.expose('since', { type: 'DateTime' }),
      inflows: t.field({
        type: [FundInflow],
        resolve: ({ inflows, poolId }) => inflows.map((inflow) => ({ ...inflow, poolId })),
      }),
      inflow: sum('inflow'),
      draws: sum('draws'),
      withdrawals: sum('withdrawals'),
      daysOfCover: t.field({
        type: 'Decimal',
        nullable: true,
        resolve: ({ balance, days, draws }) =>
          draws === 0n ? null : ratioDecimal(ratio(balance * BigInt(days), draws)),
      }),
    };
  },
});

InsuranceFundRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({ resolve: (pool) => nodeId('InsuranceFund', pool.name) }),
    pool: t.field({ type: PoolRef, resolve: (pool) => pool }),
    balance: t.field({
      type: 'Decimal',
      resolve: (pool, _, context) => amount(context, pool.poolId, pool.fundBalance),
    }),
    available: t.field({
      type: 'Decimal',
      resolve: (pool, _, context) =>
        amount(context, pool.poolId, max(0n, pool.fundBalance - pool.fundReserve)),
    }),
    flows: t.field({
      type: FundFlows,
      args: { days: t.arg.int() },
      resolve: async (pool, { days }, context) => {
        if (days != null && (days < 1 || days > MAX_DAYS))
          throw badUserInput(`\`days\` is between 1 and ${MAX_DAYS}.`);
        return readFundFlows(context.db, pool, days ?? DEFAULT_DAYS, context.clock.now());
      },
    }),
    entries: t.field({
      type: FundEntryConnection,
      args: pageArgs(t.arg),
      resolve: (pool, args, context) => connect(context, fundEntriesOfPool, pool, args, NO_FILTER),
    }),
  }),
});

FundEntryRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({
      resolve: (entry, _, context) =>
        nodeId('FundEntry', poolName(context, entry.poolId), `${entry.sequence}`),
    }),
    sequence: t.expose('sequence', { type: 'Sequence' }),
    kind: t.expose('kind', { type: FundEntryKind }),
    amount: t.field({
      type: 'Decimal',
      resolve: (entry, _, context) => amount(context, entry.poolId, entry.amount),
    }),
    balanceAfter: t.field({
      type: 'Decimal',
      resolve: (entry, _, context) => amount(context, entry.poolId, entry.balanceAfter),
    }),
    // The venue's own note may name an account.
    ref: t.string({
      nullable: true,
      resolve: ({ ref }, _, { viewer }) => (onlyOwner(viewer!) === null ? ref : null),
    }),
    settlement: t.field({
      type: SettlementRef,
      nullable: true,
      resolve: (entry, _, { loaders }) =>
        entry.kind === 'LOSS_DRAW'
          ? loaders.settlement.load(entry)
          : entry.kind === 'REVERSAL'
            ? loaders.reversedSettlement.load(entry)
            : null,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
