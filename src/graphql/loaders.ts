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
  type SettlementRow,
} from '../db/rows.ts';
import { Gather } from './gather.ts';
import {
  type AccountKey,
  byAccount,
  byPool,
  byRef,
  type DatabaseReads,
  ids,
  keyTables,
  type Lookup,
  loaderOf,
  many,
  type NamedKey,
  one,
  type PoolKey,
  type Reads,
  total,
} from './loader-kit.ts';
import { lossLoaders, lossLookups } from './loss-loaders.ts';
import { countLoader, nameOf, pageLoader } from './page-loaders.ts';
import { type Collection, type Filter, type Page, type PageRequest, RowBudget } from './paging.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { SettlementMemory } from './settlement-memory.ts';
import type { View } from './view.ts';

/** One statement for all keys of a kind that are asked for at once: nested queries cost a constant number of them. */
const LOOKUPS = {
  ...lossLookups,
  pool: ({ sql }: DatabaseReads) =>
    one<PoolKey, PoolRow>(
      (keys) =>
        sql`select k.k, p.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k) join pools p using (pool_id)`,
      poolRow,
      byPool,
    ),
  account: ({ sql, accountKeys }: DatabaseReads) =>
    one<AccountKey, AccountRow>(
      (keys) => sql`
        select k.k, a.* from ${accountKeys(keys)}
        join account_state a on a.pool_id = k.pool_id and a.account_no = k.account_no`,
      accountRow,
      byAccount,
    ),
  markets: ({ sql }: DatabaseReads) =>
    many<PoolKey, MarketRow>(
      (keys) => sql`
        select k.k, m.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k)
        join markets m using (pool_id) order by m.symbol`,
      marketRow,
      byPool,
    ),
  positions: ({ sql, accountKeys }: DatabaseReads) =>
    many<AccountKey, PositionRow & { readonly symbol: string }>(
      (keys) => sql`
        select k.k, p.*, m.symbol from ${accountKeys(keys)}
        join positions p on p.pool_id = k.pool_id and p.account_no = k.account_no
        join markets m on m.pool_id = p.pool_id and m.market_no = p.market_no where p.size <> 0 order by m.symbol`,
      (raw) => ({ ...positionRow(raw), symbol: raw.symbol as string }),
      byAccount,
    ),
  rules: ({ sql }: DatabaseReads) =>
    one<PoolKey & { version: number }, PoolRulesRow>(
      (keys) => sql`
        select k.k, r.* from unnest(${ids(keys)}::int[], ${keys.map((key) => key.version)}::int[])
          with ordinality as k(pool_id, version, k)
        join pool_rules r on r.pool_id = k.pool_id and r.version = k.version`,
      poolRulesRow,
      (key) => `${key.poolId}/${key.version}`,
    ),
  ruleVersions: ({ sql }: DatabaseReads) =>
    many<PoolKey, PoolRulesRow>(
      (keys) => sql`
        select k.k, r.* from unnest(${ids(keys)}::int[]) with ordinality as k(pool_id, k)
        join pool_rules r using (pool_id) order by r.version`,
      poolRulesRow,
      byPool,
    ),
  totalHaircut: ({ sql, accountKeys }: DatabaseReads) =>
    one<AccountKey, bigint>(
      (keys) => sql`
        select k.k, sum(h.amount) as total from ${accountKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no and h.restores is null group by k.k`,
      total,
      byAccount,
    ),
  totalRecovered: ({ sql, accountKeys }: DatabaseReads) =>
    one<AccountKey, bigint>(
      (keys) => sql`
        select k.k, -sum(h.amount) as total from ${accountKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no and h.restores is not null group by k.k`,
      total,
      byAccount,
    ),
};

/** What an operation looks up in its own way. */
const LOADERS = {
  ...lossLoaders,
  poolByName: ({ sql, pools }: Reads) =>
    new DataLoader<string, PoolRow | null>(async (names) => {
      const rows = (await sql`select * from pools where name = any(${names as string[]}::text[])`).map(
        poolRow,
      );
      await pools.resolve(rows.map((row) => row.poolId));
      const byName = new Map(rows.map((row) => [row.name, row]));
      return names.map((name) => byName.get(name) ?? null);
    }),
};

type LoaderMap = {
  readonly [Name in keyof typeof LOADERS]: ReturnType<(typeof LOADERS)[Name]>;
} & {
  readonly [Name in keyof typeof LOOKUPS]: ReturnType<(typeof LOOKUPS)[Name]> extends Lookup<
    infer Key,
    infer Value
  >
    ? DataLoader<Key, Value, string>
    : never;
};

/** What is the same for every operation on a database. */
const kept = new WeakMap<Database, ReturnType<typeof keepFor>>();
function keepFor({ sql }: Database) {
  const reads: DatabaseReads = {
    ...keyTables(sql),
    sql,
    memory: new SettlementMemory(),
    gather: new Gather(),
  };
  const lookups = Object.entries(LOOKUPS).map(([name, make]) => [name, make(reads)]);
  return { reads, lookups: Object.fromEntries(lookups) as Record<string, Lookup<never, unknown>> };
}

interface Made {
  readonly reads: Reads;
  readonly lookups: Record<string, Lookup<never, unknown>>;
  readonly pages: Map<string, DataLoader<never, Page<never>, string>>;
  readonly accounts: Map<string, DataLoader<NamedKey, AccountRow | null, string>>;
  readonly counts: Map<string, DataLoader<never, number, string>>;
}

function make({ db, pools }: ReadsFrom, settlements: readonly SettlementRow[]): Made {
  const ofDatabase = kept.get(db) ?? keepFor(db);
  kept.set(db, ofDatabase);
  const reads = { ...ofDatabase.reads, db, pools, budget: new RowBudget(), settlements };
  return { reads, lookups: ofDatabase.lookups, pages: new Map(), accounts: new Map(), counts: new Map() };
}

class LoaderSet {
  readonly #from: ReadsFrom;
  readonly #settlements: readonly SettlementRow[];
  #made: Made | null = null;

  constructor(from: ReadsFrom, settlements: readonly SettlementRow[]) {
    this.#from = from;
    this.#settlements = settlements;
  }

  get reads(): Reads {
    return this.#parts.reads;
  }

  /** Made when first asked for: thousands may hear of an event for which nothing is read. */
  get #parts(): Made {
    this.#made ??= make(this.#from, this.#settlements);
    return this.#made;
  }

  lookup(name: string): DataLoader<never, unknown, string> {
    const { reads, lookups } = this.#parts;
    return loaderOf(reads.gather, name, lookups[name]!);
  }

  /** The loader of one list's pages under the same arguments; lists of many parents come in one statement. */
  pages<Parent, Row>(collection: Collection<Parent, Row>, request: PageRequest, filter: Filter) {
    const name = `${nameOf(collection, filter)} ${JSON.stringify(request)}`;
    const found = this.#parts.pages.get(name) as DataLoader<Parent, Page<Row>, string> | undefined;
    if (found) return found;
    const made = pageLoader(this.reads, collection, request, filter);
    this.#parts.pages.set(name, made as never);
    return made;
  }

  /** The loader of accounts by name, with the columns of a view. */
  accountByRef({
    view,
    from,
    select,
    decode,
  }: View<AccountRow>): DataLoader<NamedKey, AccountRow | null, string> {
    const name = `account ${view}`;
    const found = this.#parts.accounts.get(name);
    if (found) return found;
    const { sql, namedKeys, gather } = this.reads;
    const lookup = one<NamedKey, AccountRow>(
      (keys) => sql`
        select k.k, ${sql.unsafe(select)} from ${namedKeys(keys)}
        join ${sql.unsafe(from)} t on t.pool_id = k.pool_id and t.ref = k.ref`,
      decode,
      byRef,
    );
    const made = loaderOf(gather, name, lookup);
    this.#parts.accounts.set(name, made);
    return made;
  }

  counts<Parent, Row>(collection: Collection<Parent, Row>, filter: Filter) {
    const name = nameOf({ list: collection.list }, filter);
    const found = this.#parts.counts.get(name) as DataLoader<Parent, number, string> | undefined;
    if (found) return found;
    const made = countLoader(this.reads.db, collection, filter);
    this.#parts.counts.set(name, made as never);
    return made;
  }
}

// Made when first asked for: most operations need a few of them, and an open subscription none until there is a notice.
function provide(name: string, make: (set: LoaderSet) => unknown): void {
  Object.defineProperty(LoaderSet.prototype, name, {
    get(this: LoaderSet) {
      const value = make(this);
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}
for (const name of Object.keys(LOOKUPS)) provide(name, (set) => set.lookup(name));
for (const [name, make] of Object.entries(LOADERS)) provide(name, ({ reads }) => make(reads));

export type Loaders = LoaderSet & LoaderMap;

interface ReadsFrom {
  readonly db: Database;
  readonly pools: PoolDirectory;
}

/** @param settlements that are known already, and need not be read */
export const createLoaders = (from: ReadsFrom, settlements: readonly SettlementRow[] = []): Loaders =>
  new LoaderSet(from, settlements) as Loaders;
