import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import { inTransaction } from '../db/database.ts';
import type { AccountRow } from '../db/rows.ts';
import { HEALTHS } from '../margin/margin.ts';
import {
  accountsAtRisk,
  askBook,
  type Gauges,
  gaugesOf,
  liquidationQueue,
  type PlannedLiquidation as Planned,
} from '../settlement/at-risk.ts';
import { lockedPool, type PoolRow } from '../settlement/locked-pool.ts';
import { staleMarkets } from '../settlement/stale-marks.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { AccountConnection } from './connections.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { namedPool, ownAccounts } from './named-pool.ts';
import { DEFAULT_PAGE, decodeCursor, encodeCursor, MAX_PAGE } from './paging.ts';
import { AccountHealth, AccountRef, MarketRef, PoolRef } from './refs.ts';

/** Who is near to bankruptcy, who would be liquidated next, and what of a pool does not add up: out of memory. */

const optional = (value: bigint): string => trimDecimal(formatScaled(value, SCALE));

/** The market of a number, among the few of its pool. */
async function marketOf({ loaders }: Context, poolId: number, marketNo: number) {
  return (await loaders.markets.load({ poolId })).find((market) => market.marketNo === marketNo)!;
}

function countOf(first: number | null | undefined): number {
  const count = first ?? DEFAULT_PAGE;
  if (count < 0 || count > MAX_PAGE) throw badUserInput(`\`first\` is between 0 and ${MAX_PAGE}.`);
  return count;
}

const PlannedClose = builder
  .objectRef<Planned['closes'][number] & { poolId: number }>('PlannedClose')
  .implement({
    fields: (t) => ({
      market: t.field({
        type: MarketRef,
        resolve: ({ poolId, marketNo }, _, context) => marketOf(context, poolId, marketNo),
      }),
      size: t.field({ type: 'Decimal', resolve: ({ size }) => optional(size) }),
      price: t.field({ type: 'Decimal', resolve: ({ price }) => optional(price) }),
    }),
  });

const PlannedLiquidation = builder.objectRef<Planned>('PlannedLiquidation').implement({
  fields: (t) => {
    const sum = (name: 'equity' | 'maintenance' | 'fee' | 'deficit') =>
      t.field({
        type: 'Decimal',
        resolve: (planned, _, context) => amount(context, planned.poolId, planned[name]),
      });
    return {
      account: t.field({
        type: AccountRef,
        resolve: async (planned, _, { loaders }) => (await loaders.account.load(planned))!,
      }),
      health: t.expose('health', { type: AccountHealth }),
      equity: sum('equity'),
      maintenanceMargin: sum('maintenance'),
      closes: t.field({
        type: [PlannedClose],
        resolve: ({ closes, poolId }) => closes.map((close) => ({ ...close, poolId })),
      }),
      fee: sum('fee'),
      healthAfter: t.expose('healthAfter', { type: AccountHealth }),
      deficit: sum('deficit'),
    };
  },
});

builder.queryFields((t) => ({
  accountsAtRisk: t.field({
    type: AccountConnection,
    args: {
      pool: t.arg.string({ required: true }),
      first: t.arg.int(),
      after: t.arg.string(),
      health: t.arg({ type: [AccountHealth] }),
    },
    ...access('read'),
    resolve: async (_, { pool: name, first, after, health }, context) => {
      const { poolId } = await namedPool(context, name);
      const count = countOf(first);
      const only = await ownAccounts(context, poolId);
      const isNumber = (keys: readonly string[]) => keys.length === 1 && /^\d{1,9}$/.test(keys[0]!);
      const from = after == null ? null : Number(decodeCursor(after, 'after', isNumber)[0]);
      const find = (limit: number, behind: number | null) =>
        askBook(context, poolId, (book) => {
          if (behind !== null && (behind < 1 || behind > book.accountCount))
            throw badUserInput('`after` is not a cursor of this list: pass one that it gave.');
          return accountsAtRisk(book, { count: limit, after: behind, healths: health ?? null, only });
        });
      let page: Promise<{ rows: AccountRow[]; hasNextPage: boolean; hasPreviousPage: boolean }> | null = null;
      const read = async () => {
        const found = await find(count + 1, from);
        const rows = await Promise.all(
          found.slice(0, count).map((accountNo) => context.loaders.account.load({ poolId, accountNo })),
        );
        return {
          rows: rows.map((row) => row!),
          hasNextPage: found.length > count,
          hasPreviousPage: from !== null,
        };
      };
      return {
        page: () => {
          page ??= read();
          return page;
        },
        count: async () => (await find(Number.MAX_SAFE_INTEGER, null)).length,
        cursorOf: (account) => encodeCursor([String((account as AccountRow).accountNo)]),
      };
    },
  }),
  liquidationQueue: t.field({
    type: [PlannedLiquidation],
    args: { pool: t.arg.string({ required: true }), first: t.arg.int() },
    ...access('read'),
    resolve: async (_, { pool: name, first }, context) => {
      const { poolId } = await namedPool(context, name);
      const only = await ownAccounts(context, poolId);
      return askBook(context, poolId, (book, pool) => liquidationQueue(book, pool, countOf(first), only));
    },
  }),
}));

const HealthCount = builder
  .objectRef<{ health: (typeof HEALTHS)[number]; accounts: number }>('HealthCount')
  .implement({
    fields: (t) => ({
      health: t.expose('health', { type: AccountHealth }),
      accounts: t.exposeInt('accounts'),
    }),
  });

interface MarketGaugeRow {
  readonly poolId: number;
  readonly marketNo: number;
  readonly long: bigint;
  readonly short: bigint;
  readonly isStale: boolean;
}

const MarketGauge = builder.objectRef<MarketGaugeRow>('MarketGauge').implement({
  fields: (t) => ({
    market: t.field({
      type: MarketRef,
      resolve: ({ poolId, marketNo }, _, context) => marketOf(context, poolId, marketNo),
    }),
    longSize: t.field({ type: 'Decimal', resolve: ({ long }) => optional(long) }),
    shortSize: t.field({ type: 'Decimal', resolve: ({ short }) => optional(short) }),
    netSize: t.field({ type: 'Decimal', resolve: ({ long, short }) => optional(long - short) }),
    isStale: t.exposeBoolean('isStale'),
  }),
});

const PoolGauges = builder.objectRef<Gauges & { stale: ReadonlySet<string> }>('PoolGauges').implement({
  fields: (t) => ({
    unrealizedPnl: t.field({
      type: 'Decimal',
      resolve: ({ poolId, unrealized }, _, context) => amount(context, poolId, unrealized),
    }),
    health: t.field({
      type: [HealthCount],
      resolve: ({ health }) => HEALTHS.map((name) => ({ health: name, accounts: health[name] })),
    }),
    markets: t.field({
      type: [MarketGauge],
      resolve: async ({ poolId, markets, stale }, _, context) =>
        Promise.all(
          markets.map(async (row) => ({
            ...row,
            poolId,
            isStale: stale.has((await marketOf(context, poolId, row.marketNo)).symbol),
          })),
        ),
    }),
  }),
});

builder.objectField(PoolRef, 'gauges', (t) =>
  t.field({
    type: PoolGauges,
    resolve: async ({ poolId }, _, context) => {
      const { db, clock } = context;
      const gauges = await askBook(context, poolId, gaugesOf);
      const stale = await inTransaction(db, 'repeatable read read only', async (sql) => {
        const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
        return staleMarkets(sql, lockedPool(row!), clock.now());
      });
      return { ...gauges, stale: new Set(stale) };
    },
  }),
);
