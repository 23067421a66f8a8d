import DataLoader from 'dataloader';
import type postgres from 'postgres';
import type { Database } from '../db/database.ts';
import type { Decode } from '../db/rows.ts';
import { badUserInput } from './errors.ts';
import type { Reads } from './loader-kit.ts';

/** Keyset pages of many parents in one statement: parents × LATERAL (the next rows by key, one more than the page). */

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 1_000;
/** The most rows that all pages of one operation may hold: nested pages multiply. */
export const MAX_ROWS = 100_000;

export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/** A cursor holds the values of the order's columns, as text. */
export function encodeCursor(keys: readonly string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

export function decodeCursor(
  cursor: string,
  name: string,
  isKeys: (keys: readonly string[]) => boolean,
): readonly string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'string') && isKeys(keys)) return keys;
  } catch {
    // Told below.
  }
  throw badUserInput(`\`${name}\` is not a cursor of this list: pass one that it gave.`);
}

export interface PageRequest {
  readonly limit: number;
  readonly backward: boolean;
  readonly after: readonly string[] | null;
  readonly before: readonly string[] | null;
}

/** Reads the four arguments of a connection; refuses what they cannot mean together. */
export function pageRequest(args: PageArgs, isKeys: (keys: readonly string[]) => boolean): PageRequest {
  const { first, last } = args;
  if (first != null && last != null) throw badUserInput('Give `first` or `last`, not both.');
  const limit = first ?? last ?? DEFAULT_PAGE;
  if (limit < 0) throw badUserInput('`first` and `last` are at least 0.');
  if (limit > MAX_PAGE)
    throw badUserInput(`A page holds at most ${MAX_PAGE} items: ask for fewer and follow the cursor.`);
  return {
    limit,
    backward: last != null,
    after: args.after == null ? null : decodeCursor(args.after, 'after', isKeys),
    before: args.before == null ? null : decodeCursor(args.before, 'before', isKeys),
  };
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** A list that pages: how its rows are found for a parent, ordered and told apart. */
export interface Collection<Parent, Row> {
  /** The parent's keys, one array a column, in the order of `parentColumns`. */
  readonly parentKeys: (parent: Parent) => readonly string[];
  /** The key columns of a parent with their types, such as ['pool_id int']. Empty for a list without a parent. */
  readonly parentColumns: readonly string[];
  /** The table or view, known as `t` in what follows. */
  readonly from: string;
  /** Its columns that are read; all where it is left out. */
  readonly select?: string;
  /** What is sent of them, as `r`; all where it is left out. */
  readonly send?: string | undefined;
  /** A smaller table with the same rows, to count when no filter needs what `from` computes. */
  readonly countFrom: string;
  /** Joins the rows to the parent `k`, without the filter. */
  readonly where: string;
  /** The order: columns whose values make the cursor, with their types. The last one tells all rows apart. */
  readonly order: readonly { readonly column: string; readonly type: string }[];
  readonly isKeys: (keys: readonly string[]) => boolean;
  readonly keysOf: (row: Row) => readonly string[];
  /** What a parent tells of each of its rows. */
  readonly knownOf?: (parent: Parent) => Partial<Row>;
  readonly decode: Decode<Row>;
}

/** A further condition on `t` (and its parent `k`), as SQL with its parameters. */
export interface Filter {
  readonly sql: string;
  readonly params: readonly (string | number | null)[];
  /** It reads what the list's view computes, so that a count must too. */
  readonly computed?: boolean;
}
export const NO_FILTER: Filter = { sql: 'true', params: [] };

/** The most proofs that one operation may ask for: each hashes some two thousand nodes. */
export const MAX_PROOFS = 100;

/** What one operation may still read in pages. */
export class RowBudget {
  #left = MAX_ROWS;
  #proofs = MAX_PROOFS;

  takeProofs(count: number): void {
    this.#proofs -= count;
    if (this.#proofs < 0) {
      throw badUserInput(
        `This operation asks for more than ${MAX_PROOFS} proofs: ask for smaller pages, or export the settlement's sheet.`,
      );
    }
  }

  take(rows: number): void {
    this.#left -= rows;
    if (this.#left < 0) {
      throw badUserInput(
        `This operation asks for more than ${MAX_ROWS} rows in nested pages: ask for smaller pages.`,
      );
    }
  }
}

/** One statement's text and parameters, numbered as they are added. */
class Statement {
  readonly params: unknown[] = [];

  param(value: unknown, type: string): string {
    this.params.push(value);
    return `$${this.params.length}::${type}`;
  }

  filter({ sql, params }: Filter): string {
    const base = this.params.length;
    this.params.push(...params);
    return sql.replace(/\$(\d+)/g, (_, number) => `$${base + Number(number)}`);
  }
}

/**
 * A table `k` of one row a key, its columns named with their types, and the key's position in idx. What is the same of all keys, as it is
 * of most that come together, is one value to the planner.
 */
function keyTable(
  statement: Statement,
  columns: readonly string[],
  keys: readonly (readonly string[])[],
): string {
  const selected: string[] = [];
  const names: string[] = [];
  const arrays: string[] = [];
  for (const [i, column] of columns.entries()) {
    const [name, type] = column.split(' ') as [string, string];
    const values = keys.map((key) => key[i]!);
    if (values.every((value) => value === values[0])) {
      selected.push(`${statement.param(values[0], type)} as ${name}`);
      continue;
    }
    selected.push(`u.${name}`);
    names.push(name);
    arrays.push(statement.param(values, `${type}[]`));
  }
  if (keys.length === 1) return `(select ${[...selected, '1 as idx'].join(', ')}) as k`;
  const rows =
    arrays.length === 0
      ? `generate_series(1, ${statement.param(keys.length, 'int')}) as u(idx)`
      : `unnest(${arrays.join(', ')}) with ordinality as u(${[...names, 'idx'].join(', ')})`;
  return `(select ${[...selected, 'u.idx'].join(', ')} from ${rows}) as k`;
}

/** A page that somebody asks for: of a parent, between these values of the order's columns. */
interface PageKey<Parent> {
  readonly parent: Parent;
  readonly after: readonly string[];
  readonly before: readonly string[];
}

/** Loads the pages of lists under the same arguments; those of other operations that differ in no more than their cursors come along. */
export function pageLoader<Parent, Row>(
  { sql, gather, budget }: Pick<Reads, 'sql' | 'gather' | 'budget'>,
  collection: Collection<Parent, Row>,
  request: PageRequest,
  filter: Filter,
): DataLoader<Parent, Page<Row>, string> {
  const { limit, backward, after, before } = request;
  const { from, select, send, where } = collection;
  const name = JSON.stringify([from, select, send, where, limit, backward, !after, !before, filter]);
  const read = (keys: readonly PageKey<Parent>[]) => readPages(sql, collection, request, filter, keys);
  return new DataLoader(
    async (parents) => {
      budget.take(parents.length * limit);
      const keys = parents.map((parent) => ({ parent, after: after ?? [], before: before ?? [] }));
      return gather.load(name, keys, read, limit + 1);
    },
    { cacheKeyFn: (parent) => collection.parentKeys(parent).join('/') },
  );
}

/** @param request what it says of cursors is whether there are any: the keys have them */
async function readPages<Parent, Row>(
  sql: postgres.Sql,
  collection: Collection<Parent, Row>,
  request: PageRequest,
  filter: Filter,
  keys: readonly PageKey<Parent>[],
): Promise<Page<Row>[]> {
  const { order } = collection;
  const statement = new Statement();
  const bound = (name: string) => order.map(({ type }, i) => `${name}_${i} ${type}`);
  const table = keyTable(
    statement,
    [
      ...collection.parentColumns,
      ...(request.after ? bound('after') : []),
      ...(request.before ? bound('before') : []),
    ],
    keys.map(({ parent, after, before }) => [...collection.parentKeys(parent), ...after, ...before]),
  );
  const columns = order.map(({ column }) => `t.${column}`).join(', ');
  const beyond = (name: string) => order.map((_, i) => `k.${name}_${i}`).join(', ');
  const conditions = [collection.where, statement.filter(filter)];
  if (request.after) conditions.push(`(${columns}) > (${beyond('after')})`);
  if (request.before) conditions.push(`(${columns}) < (${beyond('before')})`);
  const direction = request.backward ? 'desc' : 'asc';
  const orderBy = order.map(({ column }) => `t.${column} ${direction}`).join(', ');
  const limit = statement.param(request.limit + 1, 'int');
  const isAlone = keys.length === 1;
  const text = `select ${isAlone ? '' : 'k.idx as key_index, '}${collection.send ?? 'r.*'} from ${table} cross join lateral (
    select ${collection.select ?? 't.*'} from ${collection.from} t where ${conditions.join(' and ')} order by ${orderBy} limit ${limit}) r`;
  const raw = await sql.unsafe(text, statement.params as postgres.ParameterOrJSON<never>[], {
    prepare: true,
  });
  const known = keys.map(({ parent }) => collection.knownOf?.(parent));
  const grouped = keys.map((): Row[] => []);
  for (const row of raw) {
    const index = isAlone ? 0 : Number(row.key_index) - 1;
    grouped[index]!.push(collection.decode(row, known[index]));
  }
  return grouped.map((rows) => toPage(rows, request));
}

function toPage<Row>(fetched: Row[], { limit, backward, after, before }: PageRequest): Page<Row> {
  const more = fetched.length > limit;
  const rows = more ? fetched.slice(0, limit) : fetched;
  if (backward) rows.reverse();
  // Beyond a cursor there is at least the row that the cursor was taken from.
  return {
    rows,
    hasNextPage: backward ? before !== null : more,
    hasPreviousPage: backward ? more : after !== null,
  };
}

export function countLoader<Parent, Row>(
  db: Database,
  collection: Collection<Parent, Row>,
  filter: Filter,
): DataLoader<Parent, number, string> {
  const table = filter.computed ? collection.from : collection.countFrom;
  const batch = async (parents: readonly Parent[]): Promise<number[]> => {
    const statement = new Statement();
    const keys = parents.map(collection.parentKeys);
    const from = keyTable(statement, collection.parentColumns, keys);
    const text = `select k.idx as key_index, r.count from ${from} cross join lateral (
      select count(*)::int as count from ${table} t where ${collection.where} and ${statement.filter(filter)}) r`;
    const raw = await db.sql.unsafe(text, statement.params as postgres.ParameterOrJSON<never>[], {
      prepare: true,
    });
    const counts = parents.map(() => 0);
    for (const row of raw) counts[Number(row.key_index) - 1] = row.count as number;
    return counts;
  };
  return new DataLoader(batch, { cacheKeyFn: (parent) => collection.parentKeys(parent).join('/') });
}
