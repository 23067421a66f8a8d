import { trimDecimal } from '../core/decimal.ts';
import { haircutableProfit } from '../core/profit.ts';
import type { AccountRow } from '../db/rows.ts';
import { findable } from '../settlement/locked-pool.ts';
import { accountViews, type ListedAccount } from './account-view.ts';
import { amount, poolName } from './amounts.ts';
import { access, builder } from './builder.ts';
import { accountHaircuts, allAccounts } from './collections.ts';
import { connect, overPools } from './connection.ts';
import { AccountConnection, HaircutConnection, pageArgs } from './connections.ts';
import type { Context } from './context.ts';
import { viewOfAccount } from './haircut-view.ts';
import { nodeId } from './ids.ts';
import { HypotheticalMarkInput, marginOfAccount, ofState, positionsFor } from './margin.ts';
import { NO_FILTER } from './paging.ts';
import { queuePlace } from './queue.ts';
import {
  AccountMarginRef,
  type AccountName,
  AccountRef,
  AccountStatus,
  MarketRef,
  NodeInterface,
  PoolRef,
  PositionRef,
  QueuePlaceRef,
} from './refs.ts';
import { NODES, selectedFields } from './selection.ts';

const profitOf = ({ balance, unrealized, gain, borne, realized, unmarked, status }: AccountRow): bigint =>
  unmarked || status !== 'ACTIVE'
    ? 0n
    : haircutableProfit({ balance, unrealized, gain, burden: { borne, realized } });

/** An amount of the account's state, which a list may have as text. */
const amountOf =
  (name: 'balance' | 'unrealizedPnl' | 'equity', atoms: (state: AccountRow) => bigint) =>
  (account: AccountName | AccountRow, _: unknown, context: Context): string | Promise<string> => {
    const text = (account as ListedAccount)[`${name}Text`];
    return text === undefined
      ? ofState(account, name, context, (state) => amount(context, state.poolId, atoms(state)))
      : amount(context, account.poolId, text);
  };

AccountRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({
      resolve: (account, _, context) => nodeId('Account', poolName(context, account.poolId), account.ref),
    }),
    ref: t.exposeString('ref'),
    owner: t.exposeString('owner'),
    pool: t.field({
      type: PoolRef,
      resolve: async (account, _, { loaders }) => (await loaders.pool.load(account))!,
    }),
    status: t.field({
      type: AccountStatus,
      resolve: (account, _, context) => ofState(account, 'status', context, (state) => state.status),
    }),
    balance: t.field({ type: 'Decimal', resolve: amountOf('balance', ({ balance }) => balance) }),
    unrealizedPnl: t.field({
      type: 'Decimal',
      resolve: amountOf('unrealizedPnl', ({ unrealized }) => unrealized),
    }),
    equity: t.field({
      type: 'Decimal',
      resolve: amountOf('equity', ({ balance, unrealized }) => balance + unrealized),
    }),
    positions: t.field({
      type: [PositionRef],
      resolve: async (account, _, context, info) => {
        const all = await positionsFor(context, account, info);
        return all.map((_, index) => ({ account, index, all }));
      },
    }),
    isolatedMarket: t.field({
      type: MarketRef,
      nullable: true,
      resolve: async (account, _, context) => {
        const { isolatedMarketNo } = await ofState(account, 'isolatedMarket', context, (state) => state);
        if (isolatedMarketNo === null) return null;
        const markets = await context.loaders.markets.load(account);
        return markets.find(({ marketNo }) => marketNo === isolatedMarketNo)!;
      },
    }),
    margin: t.field({
      type: AccountMarginRef,
      args: { marks: t.arg({ type: [HypotheticalMarkInput] }) },
      resolve: (account, { marks }, context) => marginOfAccount(context, account, marks ?? []),
    }),
    haircuts: t.field({
      type: HaircutConnection,
      args: pageArgs(t.arg),
      resolve: (account, args, context, info) => {
        return connect(context, { ...accountHaircuts, ...viewOfAccount(info) }, account, args, NO_FILTER);
      },
    }),
    totalHaircut: t.field({
      type: 'Decimal',
      resolve: async (account, _, context) =>
        amount(context, account.poolId, (await context.loaders.totalHaircut.load(account)) ?? 0n),
    }),
    totalRecovered: t.field({
      type: 'Decimal',
      resolve: async (account, _, context) =>
        amount(context, account.poolId, (await context.loaders.totalRecovered.load(account)) ?? 0n),
    }),
    maxHaircutRate: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: (account, _, context) =>
        ofState(account, 'maxHaircutRate', context, ({ maxHaircutRate }) =>
          maxHaircutRate === null ? null : trimDecimal(maxHaircutRate),
        ),
    }),
    profit: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, 'profit', context, (state) => amount(context, state.poolId, state.gain)),
    }),
    queuePlace: t.field({
      type: QueuePlaceRef,
      nullable: true,
      resolve: (account, _, context) => queuePlace(context, account),
    }),
    haircutableProfit: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, 'haircutableProfit', context, (state) =>
          amount(context, state.poolId, profitOf(state)),
        ),
    }),
    lastNoticeSequence: t.field({
      type: 'Sequence',
      nullable: true,
      resolve: (account, _, context) =>
        ofState(account, 'lastNoticeSequence', context, (state) => state.lastNoticeSequence),
    }),
  }),
});

builder.queryField('myAccounts', (t) =>
  t.field({
    type: AccountConnection,
    args: pageArgs(t.arg),
    ...access('read'),
    resolve: (_, args, context, info) => {
      const { subject, pools } = context.viewer!;
      const owner = findable(subject) ? subject : '';
      const filter =
        pools === null
          ? { sql: 't.owner = $1::text', params: [owner] }
          : {
              sql: 't.owner = $1::text and t.pool_name in (select jsonb_array_elements_text($2::text::jsonb))',
              params: [owner, JSON.stringify([...pools].filter(findable))],
            };
      const view = accountViews.of(selectedFields(info, NODES));
      const ordered = {
        ...allAccounts,
        ...view,
        from: `(select s.*, p.name as pool_name from ${view.from} s join pools p using (pool_id))`,
        keysOf: (account: AccountRow) => [poolName(context, account.poolId), account.ref],
      };
      return overPools(context, connect(context, ordered, {}, args, filter));
    },
  }),
);
