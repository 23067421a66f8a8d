import type { Trader } from './book.ts';
import type { Client } from './client.ts';
import { parseDecimal } from './decimal.ts';

/* What the API says, worked out again from the book alone. Amounts are in atoms: millionths of a dollar. */

export const ATOM_DIGITS = 6;
export const atoms = (text: string): bigint => parseDecimal(text, ATOM_DIGITS);

export interface Haircut {
  readonly ref: string;
  readonly profit: bigint;
  readonly amount: bigint;
}

/** One trader's sum by hand: loss × profit ÷ all profit. */
export interface Share {
  readonly profit: bigint;
  /** Rounded down to the atom. */
  readonly floor: bigint;
  /** What rounding down cut off: this over the total profit, of one atom. */
  readonly remainder: bigint;
  readonly amount: bigint;
}

/** Everyone's share of a loss: rounded down, and the atoms left over to the largest remainders, ties to the smaller ref. */
export function shareByHand(winners: readonly Trader[], loss: bigint): Map<string, Share> {
  const profits = winners.map(({ ref, amount }) => ({ ref, profit: amount * 10_000n }));
  const all = profits.reduce((sum, { profit }) => sum + profit, 0n);
  const shares = profits.map(({ ref, profit }) => ({
    ref,
    profit,
    floor: (loss * profit) / all,
    remainder: (loss * profit) % all,
  }));
  const left = Number(loss - shares.reduce((sum, share) => sum + share.floor, 0n));
  const byRemainder = shares.toSorted(
    (a, b) => Number(b.remainder - a.remainder) || (a.ref < b.ref ? -1 : 1),
  );
  return new Map(
    byRemainder.map((share, i) => [share.ref, { ...share, amount: share.floor + (i < left ? 1n : 0n) }]),
  );
}

interface Page {
  readonly settlements: {
    readonly edges: readonly {
      readonly node: {
        readonly haircuts: {
          readonly edges: readonly {
            readonly node: { profit: string; amount: string; account: { ref: string } };
          }[];
          readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        };
      };
    }[];
  };
}

/** Reads every haircut of the last settlement, page by page. */
export async function readHaircuts(
  client: Client,
  pool: string,
  onProgress: (read: number) => void,
): Promise<Haircut[]> {
  const haircuts: Haircut[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page = await client.ask(
      `query Haircuts($pool: String!, $after: String) {
        pool(name: $pool) { settlements(last: 1) { edges { node {
          haircuts(first: 1000, after: $after) {
            edges { node { profit amount account { ref } } } pageInfo { hasNextPage endCursor } } } } } } }`,
      { pool, after },
    );
    const { edges, pageInfo } = page.settlements.edges[0]!.node.haircuts;
    for (const { node } of edges) {
      haircuts.push({ ref: node.account.ref, profit: atoms(node.profit), amount: atoms(node.amount) });
    }
    onProgress(haircuts.length);
    if (!pageInfo.hasNextPage) return haircuts;
    after = pageInfo.endCursor;
  }
}

export interface Money {
  /** All accounts of the pool together, and the insurance fund. */
  readonly accounts: bigint;
  readonly fund: bigint;
}

export async function readMoney(client: Client, pool: string): Promise<Money> {
  const { totals, insuranceFund } = await client.ask<{
    totals: { balance: string };
    insuranceFund: { balance: string };
  }>('query Money($pool: String!) { pool(name: $pool) { totals { balance } insuranceFund { balance } } }', {
    pool,
  });
  return { accounts: atoms(totals.balance), fund: atoms(insuranceFund.balance) };
}

/** Whether every bankrupt account stands at exactly zero: its loss is covered, and it has not a cent more. */
export async function areSettled(client: Client, pool: string, bankrupts: number): Promise<boolean> {
  const { accounts } = await client.ask<{ accounts: { edges: { node: { balance: string } }[] } }>(
    'query Bankrupts($pool: String!) { pool(name: $pool) { accounts(first: 1000, filter: { status: BANKRUPT }) { edges { node { balance } } } } }',
    { pool },
  );
  return (
    accounts.edges.length === bankrupts && accounts.edges.every(({ node }) => atoms(node.balance) === 0n)
  );
}
