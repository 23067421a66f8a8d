/*
 * The three questions that the benchmark of queries asks, as each server wants them asked. `read` brings an answer to one form,
 * by which the answers are compared.
 */

export type Asked = { readonly [variable: string]: unknown };
// biome-ignore lint/suspicious/noExplicitAny: answers of several servers, each of its own shape
export type Json = any;
export type Ask = (query: string, variables: Asked) => Promise<Json>;

export interface Question {
  readonly query: string;
  /** The arguments of every request that is asked in turn, found by asking the server. No two are alike. */
  arguments(ask: Ask, places: Places): Promise<readonly Asked[]>;
  read(answer: Json): unknown;
}

/** What the questions are about, in the same order for every server. */
export interface Places {
  readonly accounts: readonly string[];
  readonly sequences: readonly string[];
}

export const QUESTIONS = ['account', 'equity', 'haircuts'] as const;
export type QuestionName = (typeof QUESTIONS)[number];
export type Questions = Readonly<Record<QuestionName, Question>>;

/** Haircuts of an account, the newest ones; accounts of a page; haircuts of a page. */
export const LAST = 20;
export const ACCOUNTS = 50;
export const HAIRCUTS = 100;
/** A page begins after any account that has a whole page behind it, and after any of so many haircuts of a settlement. */
export const HAIRCUT_PLACES = 1_200;
const CURSORS_A_PAGE = 1_000;

/** The cursors of a list's first items, by as few requests as the server allows. */
export async function cursors(
  count: number,
  page: (first: number, after: string | null) => Promise<readonly { readonly cursor: string }[]>,
): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const edges = await page(Math.min(CURSORS_A_PAGE, count - found.length), found.at(-1) ?? null);
    if (edges.length === 0) throw new Error(`The list ends after ${found.length} of ${count} items.`);
    found.push(...edges.map(({ cursor }) => cursor));
  }
  return found;
}
