import { abs, MAX_BALANCE } from '../core/money.ts';
import type { PostingBatch } from '../core/postings.ts';
import { afterRealized, type Burden } from '../core/profit.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { FundEntryKind } from '../db/schema.ts';
import { findable } from './locked-pool.ts';
import type { PoolTransaction } from './transaction.ts';

/** The head of an account: what its postings and haircuts come to. */
export interface AccountHead {
  readonly accountNo: number;
  readonly ref: string;
  readonly owner: string;
  /** The one market that it may hold positions in; null for any. */
  readonly isolatedMarketNo: number | null;
  readonly status: 'ACTIVE' | 'BANKRUPT' | 'CLOSED';
  balance: bigint;
  burden: Burden;
  /** Net REALIZED_PNL in the present session; kept where profit is by the session. */
  sessionRealized: bigint;
}

interface HeadRow {
  account_no: number;
  ref: string;
  owner: string;
  isolated_market_no: number | null;
  status: AccountHead['status'];
  balance: string;
  borne: string;
  realized: string;
  session_realized: string;
}

/** Heads of the accounts named; those that do not exist are missing from the map. */
export async function readHeads(
  { sql, pool }: Pick<PoolTransaction, 'sql' | 'pool'>,
  refs: readonly string[],
): Promise<Map<string, AccountHead>> {
  const rows = await sql<HeadRow[]>`
    select account_no, ref, owner, isolated_market_no, status, balance, borne, realized, session_realized from account_head
    where pool_id = ${pool.poolId} and ref = any(${[...new Set(refs)].filter(findable)}::text[])`;
  return new Map(
    rows.map((row) => [
      row.ref,
      {
        accountNo: row.account_no,
        ref: row.ref,
        owner: row.owner,
        isolatedMarketNo: row.isolated_market_no,
        status: row.status,
        balance: BigInt(row.balance),
        burden: { borne: BigInt(row.borne), realized: BigInt(row.realized) },
        sessionRealized: BigInt(row.session_realized),
      },
    ]),
  );
}

/** The head of an account that may be written to, or the refusal that names it. */
export function activeAccount(heads: Map<string, AccountHead>, ref: string, path: Path): AccountHead {
  const head = heads.get(ref);
  if (!head) {
    throw new Refusal(
      'NOT_FOUND',
      'There is no account of that ref in the pool: upsert it first, or mend the ref.',
      path,
    );
  }
  if (head.status !== 'ACTIVE') {
    throw new Refusal(
      'ACCOUNT_NOT_ACTIVE',
      `The account is ${head.status}: it takes no more transfers or positions.`,
      path,
    );
  }
  return head;
}

/** Refuses a position of an isolated account in any market but its own. */
export function checkIsolation(
  head: AccountHead,
  market: { marketNo: number; symbol: string },
  path: Path,
): void {
  if (head.isolatedMarketNo === null || head.isolatedMarketNo === market.marketNo) return;
  throw new Refusal(
    'INVALID_INPUT',
    `The account is isolated: it may hold no position in ${market.symbol}; use an account of its owner's that may.`,
    path,
  );
}

export function checkBalance(balance: bigint, path: Path): void {
  if (abs(balance) > MAX_BALANCE) {
    throw new Refusal(
      'INVALID_INPUT',
      'The balance would be out of range: at most 38 digits of the smallest unit.',
      path,
    );
  }
}

/** Makes heads current as of a sequence; older haircuts no longer speak for these accounts. */
export function writeHeads(tx: PoolTransaction, sequence: bigint, heads: readonly AccountHead[]): void {
  if (heads.length === 0) return;
  const { sql, pool } = tx;
  tx.write(sql`
    update accounts a set balance = n.balance, borne = n.borne, realized = n.realized, head_sequence = ${sequence.toString()},
      session_realized = n.session_realized, session_sequence = ${pool.sessionSequence.toString()}
    from unnest(${heads.map((h) => h.accountNo)}::int[], ${heads.map((h) => h.balance.toString())}::numeric[],
                ${heads.map((h) => h.burden.borne.toString())}::numeric[],
                ${heads.map((h) => h.burden.realized.toString())}::numeric[],
                ${heads.map((h) => h.sessionRealized.toString())}::numeric[])
      as n(account_no, balance, borne, realized, session_realized)
    where a.pool_id = ${pool.poolId} and a.account_no = n.account_no`);
}

/** Adds to the balances of bankrupts, which carry no burden, and answers what they come to, by account number. */
export async function creditAccounts(
  { sql, pool }: PoolTransaction,
  sequence: bigint,
  credits: readonly { readonly accountNo: number; readonly amount: bigint }[],
): Promise<Map<number, bigint>> {
  if (credits.length === 0) return new Map();
  const rows = await sql<{ account_no: number; balance: string }[]>`
    update accounts a set balance = h.balance + n.amount, borne = 0, realized = 0, head_sequence = ${sequence.toString()}
    from unnest(${credits.map(({ accountNo }) => accountNo)}::int[], ${credits.map(({ amount }) => amount.toString())}::numeric[])
      as n(account_no, amount)
    join account_head h on h.pool_id = ${pool.poolId} and h.account_no = n.account_no
    where a.pool_id = ${pool.poolId} and a.account_no = n.account_no
    returning a.account_no, a.balance`;
  return new Map(rows.map((row) => [row.account_no, BigInt(row.balance)]));
}

/** Books net realized PnL on a head: it offsets b, or is part of the session's profit, as the pool's basis has it. */
export function bookRealized({ pool }: PoolTransaction, head: AccountHead, net: bigint): void {
  if (pool.rules.profitBasis === 'SESSION') head.sessionRealized += net;
  else head.burden = afterRealized(head.burden, net);
}

/** b ends when an account is flat: its profit is gone, and with it what that profit bore. A session's b stands. */
export function clearFlatBurdens(tx: PoolTransaction, sequence: bigint, accountNos: readonly number[]): void {
  const { sql, pool } = tx;
  if (accountNos.length === 0 || pool.rules.profitBasis === 'SESSION') return;
  tx.write(sql`
    update accounts a set balance = s.balance, borne = 0, realized = 0, head_sequence = ${sequence.toString()}
    from account_state s
    where s.pool_id = ${pool.poolId} and s.account_no = any(${[...new Set(accountNos)]}::int[])
      and s.borne > 0 and s.open_positions = 0
      and a.pool_id = s.pool_id and a.account_no = s.account_no`);
}

/** Appends postings in one statement, which the database checks to sum to zero. */
export function writePostings(tx: PoolTransaction, sequence: bigint, batch: PostingBatch): void {
  const { sql, pool } = tx;
  const postings = batch.balanced();
  if (postings.length === 0) return;
  tx.movesMoney = true;
  tx.write(sql`
    insert into postings (pool_id, sequence, ordinal, ledger, account_no, kind, amount, balance_after, ref)
    select ${pool.poolId}, ${sequence.toString()}::bigint, p.ordinal, p.ledger, p.account_no, p.kind, p.amount, p.balance_after, p.ref
    from unnest(${postings.map((p) => p.ledger)}::text[], ${postings.map((p) => p.accountNo)}::int[],
                ${postings.map((p) => p.kind)}::text[], ${postings.map((p) => p.amount.toString())}::numeric[],
                ${postings.map((p) => p.balanceAfter?.toString() ?? null)}::numeric[],
                ${postings.map((p) => p.ref)}::text[])
      with ordinality as p(ledger, account_no, kind, amount, balance_after, ref, ordinal)`);
}

/** Appends a fund entry; the pool's own row must come to the same balance by the commit. */
export function writeFundEntry(
  tx: PoolTransaction,
  sequence: bigint,
  entry: { kind: FundEntryKind; amount: bigint; balanceAfter: bigint; ref: string | null },
): void {
  const { sql, pool, now } = tx;
  tx.write(sql`
    insert into fund_entries (pool_id, sequence, kind, amount, balance_after, ref, created_at)
    values (${pool.poolId}, ${sequence.toString()}, ${entry.kind}, ${entry.amount.toString()},
            ${entry.balanceAfter.toString()}, ${entry.ref}, ${now}::timestamptz)`);
}
