import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import { haircutableProfit } from '../core/profit.ts';
import type { AccountRow, MarketRow } from '../db/rows.ts';
import {
  entryPrice,
  type MarketTerms,
  positionNotional,
  positionPnl,
  unrealizedPnl,
} from '../margin/position.ts';
import { storedValue } from '../settlement/positions.ts';
import { quantity } from '../settlement/quantity.ts';
import { findable } from '../settlement/transaction.ts';
import { amount, poolName } from './amounts.ts';
import { access, builder } from './builder.ts';
import { accountHaircuts, allAccounts } from './collections.ts';
import { connect, overPools } from './connection.ts';
import { AccountConnection, HaircutConnection, pageArgs } from './connections.ts';
import type { Context } from './context.ts';
import { nodeId } from './ids.ts';
import { NO_FILTER } from './paging.ts';
import { queuePlace } from './queue.ts';
import {
  type AccountName,
  AccountRef,
  AccountStatus,
  MarketRef,
  NodeInterface,
  PoolRef,
  PositionRef,
  QueuePlaceRef,
} from './refs.ts';

const profitOf = ({ balance, unrealized, gain, borne, realized, unmarked, status }: AccountRow): bigint =>
  unmarked || status !== 'ACTIVE'
    ? 0n
    : haircutableProfit({ balance, unrealized, gain, burden: { borne, realized } });

/** A field over the account's state, which a page of accounts has read already and a haircut's account has not. */
function ofState<T>(
  account: AccountName | AccountRow,
  { loaders }: Context,
  field: (state: AccountRow) => T,
): T | Promise<T> {
  if ('balance' in account) return field(account);
  return loaders.account.load(account).then((state) => field(state!));
}

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
      resolve: (account, _, context) => ofState(account, context, (state) => state.status),
    }),
    balance: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, context, (state) => amount(context, state.poolId, state.balance)),
    }),
    unrealizedPnl: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, context, (state) => amount(context, state.poolId, state.unrealized)),
    }),
    equity: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, context, (state) => amount(context, state.poolId, state.balance + state.unrealized)),
    }),
    positions: t.field({
      type: [PositionRef],
      resolve: async (account, _, { loaders }) => {
        const [positions, markets] = await Promise.all([
          loaders.positions.load(account),
          loaders.markets.load(account),
        ]);
        const byNo = new Map(positions.map((position) => [position.marketNo, position]));
        // In the order of the markets, which is that of their symbols.
        return markets.flatMap((market) => {
          const position = byNo.get(market.marketNo);
          return position ? [{ position, market }] : [];
        });
      },
    }),
    haircuts: t.field({
      type: HaircutConnection,
      args: pageArgs(t.arg),
      resolve: (account, args, context) => connect(context, accountHaircuts, account, args, NO_FILTER),
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
        ofState(account, context, ({ maxHaircutRate }) =>
          maxHaircutRate === null ? null : trimDecimal(maxHaircutRate),
        ),
    }),
    profit: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, context, (state) => amount(context, state.poolId, state.gain)),
    }),
    queuePlace: t.field({
      type: QueuePlaceRef,
      nullable: true,
      resolve: (account, _, context) => queuePlace(context, account),
    }),
    haircutableProfit: t.field({
      type: 'Decimal',
      resolve: (account, _, context) =>
        ofState(account, context, (state) => amount(context, state.poolId, profitOf(state))),
    }),
    lastNoticeSequence: t.field({
      type: 'Sequence',
      nullable: true,
      resolve: (account, _, context) => ofState(account, context, (state) => state.lastNoticeSequence),
    }),
  }),
});

const terms = (market: MarketRow): MarketTerms => ({
  contractSize: quantity(market.contractSize),
  mark: market.markPrice === null ? null : quantity(market.markPrice),
});

const exact = ({ size, cost }: { size: string; cost: string }) => ({
  size: quantity(size),
  cost: storedValue(cost),
});

PositionRef.implement({
  fields: (t) => ({
    market: t.field({ type: MarketRef, resolve: ({ market }) => market }),
    size: t.field({ type: 'Decimal', resolve: ({ position }) => trimDecimal(position.size) }),
    entryPrice: t.field({
      type: 'Decimal',
      resolve: ({ position, market }) =>
        trimDecimal(formatScaled(entryPrice(exact(position), quantity(market.contractSize)), SCALE)),
    }),
    notional: t.field({
      type: 'Decimal',
      resolve: ({ position, market }, _, context) => {
        const { decimals } = context.pools.get(market.poolId);
        return formatScaled(
          unrealizedPnl([positionNotional(exact(position), terms(market))], decimals),
          decimals,
        );
      },
    }),
    unrealizedPnl: t.field({
      type: 'Decimal',
      resolve: ({ position, market }, _, context) => {
        const { decimals } = context.pools.get(market.poolId);
        return formatScaled(unrealizedPnl([positionPnl(exact(position), terms(market))], decimals), decimals);
      },
    }),
  }),
});

builder.queryField('myAccounts', (t) =>
  t.field({
    type: AccountConnection,
    args: pageArgs(t.arg),
    ...access('read'),
    resolve: (_, args, context) => {
      const { subject, pools } = context.viewer!;
      const owner = findable(subject) ? subject : '';
      const filter =
        pools === null
          ? { sql: 't.owner = $1::text', params: [owner] }
          : {
              sql: 't.owner = $1::text and t.pool_name in (select jsonb_array_elements_text($2::text::jsonb))',
              params: [owner, JSON.stringify([...pools].filter(findable))],
            };
      const ordered = {
        ...allAccounts,
        keysOf: (account: AccountRow) => [poolName(context, account.poolId), account.ref],
      };
      return overPools(context, connect(context, ordered, {}, args, filter));
    },
  }),
);
