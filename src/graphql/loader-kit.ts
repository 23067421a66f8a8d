import DataLoader from 'dataloader';
import type postgres from 'postgres';
import type { Database } from '../db/database.ts';
import type { SettlementRow } from '../db/rows.ts';
import type { Gather } from './gather.ts';
import type { RowBudget } from './paging.ts';
import type { PoolDirectory } from './pool-directory.ts';
import type { SettlementMemory } from './settlement-memory.ts';

/** What loaders are made of: keys, as tables that a statement joins, and loaders of one row or of many a key. */

export type Raw = Record<string, unknown>;

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

/** Groups rows under the keys that asked for them; each raw row carries its key's position as `k`. */
function group<Row>(count: number, raw: readonly Raw[], decode: (raw: Raw) => Row): Row[][] {
  const groups = Array.from({ length: count }, (): Row[] => []);
  for (const row of raw) groups[Number(row.k) - 1]!.push(decode(row));
  return groups;
}

export const ids = (keys: readonly PoolKey[]) => keys.map((key) => key.poolId);
export const sequences = (keys: readonly SequenceKey[]) => keys.map((key) => key.sequence.toString());

/** The keys as a table `k`, each with its position in column k. */
export function keyTables(sql: postgres.Sql) {
  const accountKeys = (keys: readonly AccountKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${keys.map((key) => key.accountNo)}::int[]) with ordinality as k(pool_id, account_no, k)`;
  const sequenceKeys = (keys: readonly SequenceKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${sequences(keys)}::bigint[]) with ordinality as k(pool_id, sequence, k)`;
  const namedKeys = (keys: readonly NamedKey[]) =>
    sql`unnest(${ids(keys)}::int[], ${keys.map((key) => key.ref)}::text[]) with ordinality as k(pool_id, ref, k)`;
  const haircutKeys = (keys: readonly (AccountKey & SequenceKey)[]) =>
    sql`unnest(${ids(keys)}::int[], ${keys.map((key) => key.accountNo)}::int[], ${sequences(keys)}::bigint[])
      with ordinality as k(pool_id, account_no, sequence, k)`;
  return { accountKeys, sequenceKeys, namedKeys, haircutKeys };
}

/** What is read of a database with, by whatever operation. */
export interface DatabaseReads extends ReturnType<typeof keyTables> {
  readonly sql: postgres.Sql;
  readonly memory: SettlementMemory;
  readonly gather: Gather;
}

/** What the loaders of one operation read with. */
export interface Reads extends DatabaseReads {
  readonly db: Database;
  readonly pools: PoolDirectory;
  readonly budget: RowBudget;
  /** Settlements that are known already. */
  readonly settlements: readonly SettlementRow[];
}

/** The first row of each key. */
export async function firsts<Key, Row>(
  keys: readonly Key[],
  fetch: (keys: readonly Key[]) => Promise<readonly Raw[]>,
  decode: (raw: Raw) => Row,
): Promise<(Row | null)[]> {
  return group(keys.length, await fetch(keys), decode).map((rows) => rows[0] ?? null);
}

/** How the values of keys are read, the same for every operation. */
export interface Lookup<Key, Value> {
  readonly read: (keys: readonly Key[]) => Promise<readonly Value[]>;
  readonly nameOf: (key: Key) => string;
}

/** At most one row a key. */
export const one = <Key, Row>(
  fetch: (keys: readonly Key[]) => Promise<readonly Raw[]>,
  decode: (raw: Raw) => Row,
  nameOf: (key: Key) => string,
): Lookup<Key, Row | null> => ({ read: (keys) => firsts(keys, fetch, decode), nameOf });

/** All rows of a key. */
export const many = <Key, Row>(
  fetch: (keys: readonly Key[]) => Promise<readonly Raw[]>,
  decode: (raw: Raw) => Row,
  nameOf: (key: Key) => string,
): Lookup<Key, Row[]> => ({
  read: async (keys) => group(keys.length, await fetch(keys), decode),
  nameOf,
});

/** One operation's loader of what others look up too: what several ask for at the same moment is one statement. */
export const loaderOf = <Key, Value>(
  gather: Gather,
  name: string,
  { read, nameOf }: Lookup<Key, Value>,
): DataLoader<Key, Value, string> =>
  new DataLoader((keys) => gather.load(name, keys, read), { cacheKeyFn: nameOf });

export const byPool = (key: PoolKey) => String(key.poolId);
export const byAccount = (key: AccountKey) => `${key.poolId}/${key.accountNo}`;
export const byRef = (key: NamedKey) => `${key.poolId}/${key.ref}`;
export const byHaircut = (key: AccountKey & SequenceKey) => `${key.poolId}/${key.accountNo}/${key.sequence}`;
export const bySequence = (key: SequenceKey) => `${key.poolId}/${key.sequence}`;

/** A sum, in atoms. */
export const total = (raw: Raw) => BigInt(raw.total as string);
