import type { Decode } from '../db/rows.ts';
import type { BookPlace } from '../settlement/book-reader.ts';
import { badUserInput } from './errors.ts';

/** What lists that page have in common: arguments, cursors, limits, and how the rows of each are found (page-loaders.ts reads them). */

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
  /** Tells it from others, together with its view (view.ts) where it is read by one. */
  readonly list: string;
  readonly view?: number;
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
  /** What of it may be in memory. */
  readonly recall?: Recall<Parent, Row> | undefined;
}

/**
 * What memory knows of a list's rows. Its statement is told where memory stands and how many accounts it knows, in the columns at_sequence,
 * at_time and at_accounts of the parent `k`, null where there is none; where the database has that place it leaves out, as null, what memory
 * is to say.
 */
export interface Recall<Parent, Row> {
  readonly placeOf: (parent: Parent) => BookPlace | null;
  /** Says what was left out. False where memory cannot any more: then it is read without. */
  readonly complete: (rows: readonly Row[], parent: Parent, place: BookPlace) => boolean;
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
