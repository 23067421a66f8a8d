import { mayReadAccount, mayUsePool, onlyOwner } from '../auth/viewer.ts';
import type { PoolRow } from '../db/rows.ts';
import { findable } from '../settlement/locked-pool.ts';
import { accountViews, poolAccountViews } from './account-view.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { allPools, poolAccounts, poolLossEvents, poolSettlements } from './collections.ts';
import { connect, overPools } from './connection.ts';
import {
  AccountConnection,
  LossEventConnection,
  PoolConnection,
  pageArgs,
  SettlementConnection,
} from './connections.ts';
import { nodeId } from './ids.ts';
import { type Filter, NO_FILTER } from './paging.ts';
import { queueFront } from './queue.ts';
import { valuesInMemory } from './recall.ts';
import {
  AccountRef,
  AccountStatus,
  InsuranceFundRef,
  LossEventStatus,
  LossRulesRef,
  MarketRef,
  NodeInterface,
  PoolRef,
  PoolTotalsRef,
  QueuePlaceRef,
} from './refs.ts';
import { NODES, selectedFields, within } from './selection.ts';

const PoolStatus = builder.enumType('PoolStatus', { values: ['ACTIVE', 'HALTED'] as const });

const AccountFilter = builder.inputType('AccountFilter', {
  fields: (t) => ({
    owner: t.string(),
    status: t.field({ type: AccountStatus }),
    profitable: t.boolean(),
  }),
});

const PoolTotals = PoolTotalsRef.implement({
  fields: (t) => {
    const sum = (
      name: 'balance' | 'equity' | 'openInterest' | 'haircutCapacity' | 'openDeficit' | 'uncovered',
    ) =>
      t.field({
        type: 'Decimal',
        resolve: (totals, _, context) => amount(context, totals.poolId, totals[name]),
      });
    return {
      accounts: t.exposeInt('accounts'),
      profitableAccounts: t.exposeInt('profitableAccounts'),
      balance: sum('balance'),
      equity: sum('equity'),
      openInterest: sum('openInterest'),
      haircutCapacity: sum('haircutCapacity'),
      openDeficit: sum('openDeficit'),
      uncovered: sum('uncovered'),
    };
  },
});

/** Conditions joined by and, their parameters renumbered. */
function allOf(conditions: readonly (Filter | null)[]): Filter {
  const kept = conditions.filter((condition) => condition !== null);
  if (kept.length === 0) return NO_FILTER;
  const params: (string | number | null)[] = [];
  const sql = kept.map((condition) => {
    const base = params.length;
    params.push(...condition.params);
    return condition.sql.replace(/\$(\d+)/g, (_, number) => `$${base + Number(number)}`);
  });
  return { sql: sql.join(' and '), params, computed: kept.some((condition) => condition.computed) };
}

/** Accounts of this owner, or all where null. */
const ownedBy = (owner: string | null): Filter | null =>
  owner === null ? null : { sql: 't.owner = $1::text', params: [findable(owner) ? owner : ''] };

PoolRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({ resolve: (pool) => nodeId('Pool', pool.name) }),
    name: t.exposeString('name'),
    asset: t.exposeString('asset'),
    decimals: t.exposeInt('decimals'),
    status: t.expose('status', { type: PoolStatus }),
    haltReason: t.exposeString('haltReason', { nullable: true }),
    rules: t.field({
      type: LossRulesRef,
      resolve: async ({ poolId, rulesVersion }, _, { loaders }) =>
        (await loaders.rules.load({ poolId, version: rulesVersion }))!,
    }),
    ruleVersions: t.field({
      type: [LossRulesRef],
      resolve: (pool, _, { loaders }) => loaders.ruleVersions.load(pool),
    }),
    sessionSequence: t.field({
      type: 'Sequence',
      nullable: true,
      resolve: ({ sessionSequence }) => (sessionSequence === 0n ? null : sessionSequence),
    }),
    queue: t.field({
      type: [QueuePlaceRef],
      args: { first: t.arg.int() },
      resolve: (pool, { first }, context) => queueFront(context, pool, first ?? null),
    }),
    insuranceFund: t.field({ type: InsuranceFundRef, resolve: (pool) => pool }),
    markets: t.field({ type: [MarketRef], resolve: (pool, _, { loaders }) => loaders.markets.load(pool) }),
    accounts: t.field({
      type: AccountConnection,
      args: { ...pageArgs(t.arg), filter: t.arg({ type: AccountFilter }) },
      resolve: (pool, args, context, info) => {
        const { owner, status, profitable } = args.filter ?? {};
        const filter = allOf([
          ownedBy(onlyOwner(context.viewer!)),
          ownedBy(owner ?? null),
          status == null ? null : { sql: 't.status = $1::text', params: [status] },
          profitable == null
            ? null
            : { sql: profitable ? 't.unrealized > 0' : 't.unrealized <= 0', params: [], computed: true },
        ]);
        const view = poolAccountViews.of(selectedFields(info, NODES), filter.computed);
        const recall = view.recalls ? valuesInMemory(context.books) : undefined;
        return connect(context, { ...poolAccounts, ...view, recall }, pool, args, filter);
      },
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      args: { ref: t.arg.string({ required: true }) },
      resolve: async (pool, { ref }, { loaders, viewer }, info) => {
        if (!findable(ref)) return null;
        const view = accountViews.of(selectedFields(info));
        const account = await loaders.accountByRef(view).load({ poolId: pool.poolId, ref });
        return account && mayReadAccount(viewer!, account.owner) ? account : null;
      },
    }),
    lossEvents: t.field({
      type: LossEventConnection,
      args: { ...pageArgs(t.arg), status: t.arg({ type: LossEventStatus }) },
      resolve: (pool, args, context) => {
        const { status } = args;
        const filter = status == null ? NO_FILTER : { sql: 't.status = $1::text', params: [status] };
        return connect(context, poolLossEvents, pool, args, filter);
      },
    }),
    settlements: t.field({
      type: SettlementConnection,
      args: pageArgs(t.arg),
      resolve: (pool, args, context) => connect(context, poolSettlements, pool, args, NO_FILTER),
    }),
    totals: t.field({
      type: PoolTotals,
      resolve: async ({ poolId, sequence }, _, { totals }) => ({
        ...(await totals.get(poolId, sequence)),
        poolId,
      }),
    }),
    sequence: t.expose('sequence', { type: 'Sequence' }),
  }),
});

/** Fields that ask a pool for nothing but what never changes of it: a known pool is then not read. */
const OF_NAME: ReadonlySet<string> = new Set([
  '__typename',
  'id',
  'name',
  'asset',
  'decimals',
  'markets',
  'accounts',
  'account',
  'lossEvents',
  'settlements',
]);

builder.queryFields((t) => ({
  pool: t.field({
    type: PoolRef,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    ...access('read'),
    resolve: (_, { name }, { loaders, pools, viewer }, info) => {
      if (!mayUsePool(viewer!, name) || !findable(name)) return null;
      const known = within(selectedFields(info), OF_NAME) ? pools.find(name) : null;
      return known ? (known as PoolRow) : loaders.poolByName.load(name);
    },
  }),
  pools: t.field({
    type: PoolConnection,
    args: pageArgs(t.arg),
    ...access('read'),
    resolve: (_, args, context) => {
      const { pools } = context.viewer!;
      const names = pools === null ? null : JSON.stringify([...pools].filter(findable));
      const filter =
        names === null
          ? NO_FILTER
          : { sql: 't.name in (select jsonb_array_elements_text($1::text::jsonb))', params: [names] };
      return overPools(context, connect(context, allPools, {}, args, filter));
    },
  }),
}));
