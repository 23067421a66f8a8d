import DataLoader from 'dataloader';
import type { Database } from '../db/database.ts';
import {
  type AccountRow,
  accountRow,
  type FundEntryRow,
  fundEntryRow,
  type HaircutRow,
  haircutRow,
  type LossEventRow,
  lossEventRow,
  type MarketRow,
  marketRow,
  type PoolRow,
  type PositionRow,
  poolRow,
  positionRow,
  type SettlementRow,
  settlementRow,
} from '../db/rows.ts';
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

type Raw = Record<string, unknown>;

export interface PoolKey {
  readonly poolId: number;
}
export interface AccountKey extends PoolKey {
  readonly accountNo: number;
}
export interface NamedKey extends PoolKey {
  readonly ref: string;
}
export interface SequenceKey extends PoolKey {
  readonly sequence: bigint;
}
export interface HaircutKey extends SequenceKey {
  readonly accountRef: string;
}

export interface SettlementMarkRow {
  readonly symbol: string;
  readonly price: string;
}

/** Groups rows under the keys that asked for them; each raw row carries its key's position as `k`. */
function group<Row>(count: number, raw: readonly Raw[], decode: (raw: Raw) => Row): Row[][] {
  const groups = Array.from({ length: count }, (): Row[] => []);
  for (const row of raw) groups[Number(row.k) - 1]!.push(decode(row));
  return groups;
}

const ids = (keys: readonly PoolKey[]) => keys.map((key) => key.poolId);
const sequences = (keys: readonly SequenceKey[]) => keys.map((key) => key.sequence.toString());

/** One statement for all keys of a kind that an operation asks for: nested queries cost a constant number of them. */
export function createLoaders({ db, pools }: { db: Database; pools: PoolDirectory }) {
  const { sql } = db;
  // The keys as a table `k`, each with its position in column k.
  const accountKeys = (keys: readonly AccountKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${keys.map((key) => key.accountNo)}::int[]) with ordinality as k(pool_id, account_no, k)`;
  const sequenceKeys = (keys: readonly SequenceKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${sequences(keys)}::bigint[]) with ordinality as k(pool_id, sequence, k)`;
  const namedKeys = (keys: readonly NamedKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${keys.map((key) => key.ref)}::text[]) with ordinality as k(pool_id, ref, k)`;
  const budget = new RowBudget();

  /** At most one row a key. */
  const one = <Key, Row>(
    fetch: (keys: readonly Key[]) => Promise<readonly Raw[]>,
    decode: (raw: Raw) => Row,
    name: (key: Key) => string,
  ) =>
    new DataLoader<Key, Row | null, string>(
      async (keys) => group(keys.length, await fetch(keys), decode).map((rows) => rows[0] ?? null),
      { cacheKeyFn: name },
    );
  /** All rows of a key. */
  const many = <Key, Row>(
    fetch: (keys: readonly Key[]) => Promise<readonly Raw[]>,
    decode: (raw: Raw) => Row,
    name: (key: Key) => string,
  ) =>
    new DataLoader<Key, Row[], string>(async (keys) => group(keys.length, await fetch(keys), decode), {
      cacheKeyFn: name,
    });

  const byPool = (key: PoolKey) => String(key.poolId);
  const byAccount = (key: AccountKey) => `${key.poolId}/${key.accountNo}`;
  const byRef = (key: NamedKey) => `${key.poolId}/${key.ref}`;
  const bySequence = (key: SequenceKey) => `${key.poolId}/${key.sequence}`;

  const poolByName = new DataLoader<string, PoolRow | null>(async (names) => {
    const rows = (await sql`select * from pools where name = any(${names as string[]}::text[])`).map(poolRow);
    await pools.resolve(rows.map((row) => row.poolId));
    const byName = new Map(rows.map((row) => [row.name, row]));
    return names.map((name) => byName.get(name) ?? null);
  });

  const pageLoaders = new Map<string, DataLoader<never, Page<never>, string>>();
  const countLoaders = new Map<string, DataLoader<never, number, string>>();

  return {
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
    totalHaircut: one<AccountKey, bigint>(
      (keys) => sql`
        select k.k, sum(h.amount) as total from ${accountKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no group by k.k`,
      (raw) => BigInt(raw.total as string),
      byAccount,
    ),
    fundEntry: one<SequenceKey, FundEntryRow>(
      (keys) => sql`
        select k.k, f.* from ${sequenceKeys(keys)}
        join fund_entries f on f.pool_id = k.pool_id and f.sequence = k.sequence`,
      fundEntryRow,
      bySequence,
    ),
    lossEvent: one<SequenceKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${sequenceKeys(keys)}
        join loss_events e on e.pool_id = k.pool_id and e.sequence = k.sequence`,
      lossEventRow,
      bySequence,
    ),
    lossEventByRef: one<NamedKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${namedKeys(keys)}
        join loss_events e on e.pool_id = k.pool_id and e.ref = k.ref`,
      lossEventRow,
      byRef,
    ),
    settlement: one<SequenceKey, SettlementRow>(
      (keys) => sql`
        select k.k, s.* from ${sequenceKeys(keys)}
        join settlements s on s.pool_id = k.pool_id and s.sequence = k.sequence`,
      settlementRow,
      bySequence,
    ),
    settlementsOfEvent: many<SequenceKey, SettlementRow>(
      (keys) => sql`
        select k.k, s.* from ${sequenceKeys(keys)}
        join settlement_events e on e.pool_id = k.pool_id and e.event_sequence = k.sequence
        join settlements s on s.pool_id = e.pool_id and s.sequence = e.sequence order by s.sequence`,
      settlementRow,
      bySequence,
    ),
    eventsOfSettlement: many<SequenceKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${sequenceKeys(keys)}
        join settlement_events s on s.pool_id = k.pool_id and s.sequence = k.sequence
        join loss_events e on e.pool_id = s.pool_id and e.sequence = s.event_sequence order by e.ref`,
      lossEventRow,
      bySequence,
    ),
    marksOfSettlement: many<SequenceKey, SettlementMarkRow>(
      (keys) => sql`
        select k.k, m.symbol, s.price from ${sequenceKeys(keys)}
        join settlement_marks s on s.pool_id = k.pool_id and s.sequence = k.sequence
        join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no order by m.symbol`,
      (raw) => ({ symbol: raw.symbol as string, price: raw.price as string }),
      bySequence,
    ),
    haircut: one<HaircutKey, HaircutRow>(
      (keys) => sql`
        select k.k, h.* from unnest(${ids(keys)}::int[], ${sequences(keys)}::bigint[], ${keys.map((key) => key.accountRef)}::text[])
          with ordinality as k(pool_id, sequence, account_ref, k)
        join haircut_notice h on h.pool_id = k.pool_id and h.sequence = k.sequence and h.account_ref = k.account_ref`,
      haircutRow,
      (key) => `${key.poolId}/${key.sequence}/${key.accountRef}`,
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
