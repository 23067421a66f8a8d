import DataLoader from 'dataloader';
import type { Database } from '../db/database.ts';
import {
  type AccountRow,
  accountRow,
  type MarketRow,
  marketRow,
  type PoolRow,
  type PoolRulesRow,
  type PositionRow,
  poolRow,
  poolRulesRow,
  positionRow,
} from '../db/rows.ts';
import {
  type AccountKey,
  byAccount,
  byPool,
  byRef,
  ids,
  keyTables,
  many,
  type NamedKey,
  one,
  type PoolKey,
  total,
} from './loader-kit.ts';
import { lossLoaders } from './loss-loaders.ts';
import {
  type Collection,
  countLoader,
  type Filter,
  type Page,
  type PageRequest,
  pageLoader,
  RowBudget,
} from './paging.ts';
import type { PoolDirectory } from './pool-directory.ts';

/** One statement for all keys of a kind that an operation asks for: nested queries cost a constant number of them. */
export function createLoaders({ db, pools }: { db: Database; pools: PoolDirectory }) {
  const { sql } = db;
  const { accountKeys, namedKeys } = keyTables(sql);
  const budget = new RowBudget();

  const poolByName = new DataLoader<string, PoolRow | null>(async (names) => {
    const rows = (await sql`select * from pools where name = any(${names as string[]}::text[])`).map(poolRow);
    await pools.resolve(rows.map((row) => row.poolId));
    const byName = new Map(rows.map((row) => [row.name, row]));
    return names.map((name) => byName.get(name) ?? null);
  });

  const pageLoaders = new Map<string, DataLoader<never, Page<never>, string>>();
  const countLoaders = new Map<string, DataLoader<never, number, string>>();

  return {
    ...lossLoaders(db, pools, budget),
    poolByName,
    pool: one<PoolKey, PoolRow>(
      (keys) =>
        sql`select k.k, p.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k) join pools p using (pool_id)`,
      poolRow,
      byPool,
    ),
    account: one<AccountKey, AccountRow>(
      (keys) => sql`
        select k.k, a.* from ${accountKeys(keys)}
        join account_state a on a.pool_id = k.pool_id and a.account_no = k.account_no`,
      accountRow,
      byAccount,
    ),
    accountByRef: one<NamedKey, AccountRow>(
      (keys) => sql`
        select k.k, a.* from ${namedKeys(keys)}
        join account_state a on a.pool_id = k.pool_id and a.ref = k.ref`,
      accountRow,
      byRef,
    ),
    markets: many<PoolKey, MarketRow>(
      (keys) => sql`
        select k.k, m.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k)
        join markets m using (pool_id) order by m.symbol`,
      marketRow,
      byPool,
    ),
    positions: many<AccountKey, PositionRow>(
      (keys) => sql`
        select k.k, p.* from ${accountKeys(keys)}
        join positions p on p.pool_id = k.pool_id and p.account_no = k.account_no where p.size <> 0`,
      positionRow,
      byAccount,
    ),
    rules: one<PoolKey & { version: number }, PoolRulesRow>(
      (keys) => sql`
        select k.k, r.* from unnest(${ids(keys)}::int[], ${keys.map((key) => key.version)}::int[])
          with ordinality as k(pool_id, version, k)
        join pool_rules r on r.pool_id = k.pool_id and r.version = k.version`,
      poolRulesRow,
      (key) => `${key.poolId}/${key.version}`,
    ),
    ruleVersions: many<PoolKey, PoolRulesRow>(
      (keys) => sql`
        select k.k, r.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k)
        join pool_rules r using (pool_id) order by r.version`,
      poolRulesRow,
      byPool,
    ),
    totalHaircut: one<AccountKey, bigint>(
      (keys) => sql`
        select k.k, sum(h.amount) as total from ${accountKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no and h.restores is null group by k.k`,
      total,
      byAccount,
    ),
    totalRecovered: one<AccountKey, bigint>(
      (keys) => sql`
        select k.k, -sum(h.amount) as total from ${accountKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no and h.restores is not null group by k.k`,
      total,
      byAccount,
    ),

    /** The loader of one list's pages under the same arguments; lists of many parents come in one statement. */
    pages<Parent, Row>(collection: Collection<Parent, Row>, request: PageRequest, filter: Filter) {
      const name = JSON.stringify([collection.from, collection.where, request, filter]);
      const found = pageLoaders.get(name) as DataLoader<Parent, Page<Row>, string> | undefined;
      if (found) return found;
      const made = pageLoader(db, budget, collection, request, filter);
      pageLoaders.set(name, made as never);
      return made;
    },
    counts<Parent, Row>(collection: Collection<Parent, Row>, filter: Filter) {
      const name = JSON.stringify([collection.from, collection.where, filter]);
      const found = countLoaders.get(name) as DataLoader<Parent, number, string> | undefined;
      if (found) return found;
      const made = countLoader(db, collection, filter);
      countLoaders.set(name, made as never);
      return made;
    },
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
