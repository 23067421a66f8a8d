import { mayReadAccount, onlyOwner } from '../auth/viewer.ts';
import { trimDecimal } from '../core/decimal.ts';
import { ratio, ratioDecimal } from '../core/ratio.ts';
import { findable } from '../settlement/locked-pool.ts';
import { amount, poolName } from './amounts.ts';
import { builder } from './builder.ts';
import { settlementHaircuts } from './collections.ts';
import { connect } from './connection.ts';
import { HaircutConnection, pageArgs } from './connections.ts';
import { viewOfSettlement } from './haircut-view.ts';
import { nodeId } from './ids.ts';
import type { SettlementMarkRow } from './loss-loaders.ts';
import { type Filter, NO_FILTER } from './paging.ts';
import { namesInMemory } from './recall.ts';
import {
  AccountRef,
  AllocationMethod,
  CommitmentRef,
  LossEventRef,
  LossEventStatus,
  LossRulesRef,
  NodeInterface,
  PoolRef,
  ProfitBasis,
  RatioRef,
  RecoveryRef,
  ReversalRef,
  SettlementRef,
} from './refs.ts';

/** Haircuts of this owner's accounts, found by account and not by reading the settlement; all where null. */
const bornBy = (owner: string | null): Filter =>
  owner === null
    ? NO_FILTER
    : {
        sql: 't.account_no = any(array(select a.account_no from accounts a where a.pool_id = k.pool_id and a.owner = $1::text))',
        params: [findable(owner) ? owner : ''],
      };

RatioRef.implement({
  fields: (t) => ({
    numerator: t.string({ resolve: ({ numerator }) => numerator.toString() }),
    denominator: t.string({ resolve: ({ denominator }) => denominator.toString() }),
    decimal: t.field({ type: 'Decimal', resolve: ratioDecimal }),
  }),
});

LossEventRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => {
    const sum = (
      name:
        | 'deficit'
        | 'recourse'
        | 'operatorCapital'
        | 'fundDraw'
        | 'socialized'
        | 'uncovered'
        | 'recovered',
    ) =>
      t.field({
        type: 'Decimal',
        resolve: (event, _, context) => amount(context, event.poolId, event[name]),
      });
    return {
      id: t.id({
        resolve: (event, _, context) => nodeId('LossEvent', poolName(context, event.poolId), event.ref),
      }),
      ref: t.exposeString('ref'),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      pool: t.field({
        type: PoolRef,
        resolve: async (event, _, { loaders }) => (await loaders.pool.load(event))!,
      }),
      status: t.expose('status', { type: LossEventStatus }),
      account: t.field({
        type: AccountRef,
        nullable: true,
        resolve: async (event, _, { loaders, viewer }) => {
          const account = await loaders.account.load(event);
          return account && mayReadAccount(viewer!, account.owner) ? account : null;
        },
      }),
      deficit: sum('deficit'),
      recourse: sum('recourse'),
      operatorCapital: sum('operatorCapital'),
      fundDraw: sum('fundDraw'),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
      recovered: sum('recovered'),
      recoveries: t.field({
        type: [RecoveryRef],
        resolve: (event, _, { loaders }) => loaders.recoveriesOfEvent.load(event),
      }),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
      settlements: t.field({
        type: [SettlementRef],
        resolve: (event, _, { loaders }) => loaders.settlementsOfEvent.load(event),
      }),
    };
  },
});

const SettlementMark = builder.objectRef<SettlementMarkRow>('SettlementMark').implement({
  fields: (t) => ({
    symbol: t.exposeString('symbol'),
    price: t.field({ type: 'Decimal', resolve: ({ price }) => trimDecimal(price) }),
  }),
});

SettlementRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => {
    const sum = (
      name:
        | 'deficit'
        | 'recourse'
        | 'operatorCapital'
        | 'fundDraw'
        | 'residual'
        | 'haircutCapacity'
        | 'socialized'
        | 'uncovered',
    ) =>
      t.field({
        type: 'Decimal',
        resolve: (settlement, _, context) => amount(context, settlement.poolId, settlement[name]),
      });
    return {
      id: t.id({
        resolve: ({ poolId, sequence }, _, context) =>
          nodeId('Settlement', poolName(context, poolId), sequence.toString()),
      }),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      pool: t.field({
        type: PoolRef,
        resolve: async (settlement, _, { loaders }) => (await loaders.pool.load(settlement))!,
      }),
      lossEvents: t.field({
        type: [LossEventRef],
        resolve: (settlement, _, { loaders }) => loaders.eventsOfSettlement.load(settlement),
      }),
      method: t.expose('method', { type: AllocationMethod }),
      profitBasis: t.expose('profitBasis', { type: ProfitBasis }),
      rules: t.field({
        type: LossRulesRef,
        resolve: async ({ poolId, rulesVersion }, _, { loaders }) =>
          (await loaders.rules.load({ poolId, version: rulesVersion }))!,
      }),
      deficit: sum('deficit'),
      recourse: sum('recourse'),
      operatorCapital: sum('operatorCapital'),
      fundDraw: sum('fundDraw'),
      residual: sum('residual'),
      haircutCapacity: sum('haircutCapacity'),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
      haircutRatio: t.field({
        type: RatioRef,
        resolve: ({ socialized, profitTotal }) => ratio(socialized, profitTotal),
      }),
      haircutCount: t.exposeInt('haircutCount'),
      haircuts: t.field({
        type: HaircutConnection,
        args: pageArgs(t.arg),
        resolve: (settlement, args, context, info) => {
          const owner = onlyOwner(context.viewer!);
          const view = viewOfSettlement(info, owner !== null);
          const filter = bornBy(owner);
          const recall = view.recalls ? namesInMemory(context.books) : undefined;
          return connect(context, { ...settlementHaircuts, ...view, recall }, settlement, args, filter);
        },
      }),
      marks: t.field({
        type: [SettlementMark],
        resolve: (settlement, _, { loaders }) => loaders.marksOfSettlement.load(settlement),
      }),
      staleMarksReason: t.exposeString('staleMarksReason', { nullable: true }),
      commitment: t.field({
        type: CommitmentRef,
        nullable: true,
        resolve: async (settlement, _, { loaders }) => {
          const root = await loaders.settlementRoot.load(settlement);
          return root && { ...settlement, ...root };
        },
      }),
      reversal: t.field({
        type: ReversalRef,
        nullable: true,
        resolve: (settlement, _, { loaders }) => loaders.reversalOfSettlement.load(settlement),
      }),
      settledAt: t.expose('settledAt', { type: 'DateTime' }),
    };
  },
});
