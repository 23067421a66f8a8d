import DataLoader from 'dataloader';
import type postgres from 'postgres';
import type { Database } from '../db/database.ts';
import type { BookPlace } from '../settlement/book-reader.ts';
import type { Reads } from './loader-kit.ts';
import { type Collection, type Filter, NO_FILTER, type Page, type PageRequest } from './paging.ts';

/** Keyset pages of many parents in one statement: parents × LATERAL (the next rows by key, one more than the page). */

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
  keys: readonly (readonly (string | null)[])[],
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
  readonly place: BookPlace | null;
}

/** Tells lists apart that are not read alike. */
export const nameOf = (
  { list, view }: Pick<Collection<never, never>, 'list' | 'view'>,
  filter: Filter,
): string => `${list} ${view} ${filter === NO_FILTER ? '' : JSON.stringify(filter)}`;

/** Loads the pages of lists under the same arguments; those of other operations that differ in no more than their cursors come along. */
export function pageLoader<Parent, Row>(
  { sql, gather, budget }: Pick<Reads, 'sql' | 'gather' | 'budget'>,
  collection: Collection<Parent, Row>,
  request: PageRequest,
  filter: Filter,
): DataLoader<Parent, Page<Row>, string> {
  const { limit, backward, after, before } = request;
  const { recall } = collection;
  const name = `${nameOf(collection, filter)} ${limit} ${backward} ${after !== null} ${before !== null}`;
  const read = (keys: readonly PageKey<Parent>[]) => readPages(sql, collection, request, filter, keys);
  const readAt = (parents: readonly Parent[], places: readonly (BookPlace | null)[]) => {
    const bounds = { after: after ?? [], before: before ?? [] };
    const keys = parents.map((parent, i) => ({ parent, ...bounds, place: places[i] ?? null }));
    return gather.load(name, keys, read, limit + 1);
  };
  return new DataLoader(
    async (parents) => {
      budget.take(parents.length * limit);
      if (!recall) return readAt(parents, []);
      const places = parents.map(recall.placeOf);
      const pages = await readAt(parents, places);
      const isWhole = pages.map(({ rows }, i) => {
        const place = places[i];
        return !place || recall.complete(rows, parents[i]!, place);
      });
      const others = parents.filter((_, i) => !isWhole[i]);
      if (others.length === 0) return pages;
      const again = (await readAt(others, [])).values();
      return pages.map((page, i) => (isWhole[i] ? page : again.next().value!));
    },
    { cacheKeyFn: (parent) => collection.parentKeys(parent).join('/') },
  );
}

const told = (place: BookPlace | null): readonly (string | null)[] =>
  place === null
    ? [null, null, null]
    : [place.sequence.toString(), place.committedAt, String(place.accountCount)];

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
      ...(collection.recall ? ['at_sequence bigint', 'at_time timestamptz', 'at_accounts int'] : []),
    ],
    keys.map(({ parent, after, before, place }) => [
      ...collection.parentKeys(parent),
      ...after,
      ...before,
      ...(collection.recall ? told(place) : []),
    ]),
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
