import { compareBytes } from '../core/order.ts';
import { marketRow } from '../db/rows.ts';
import type { Health } from '../margin/margin.ts';
import { latestHaircuts, NULL, newestSettlement, planAsUsual, planForWholePool } from './bearers.ts';
import { copyOut } from './copy.ts';
import type { LockedPool } from './locked-pool.ts';
import { marginTerms } from './margin-terms.ts';
import { type BookedAccount, PoolBook } from './pool-book.ts';
import { storedValue } from './positions.ts';
import { quantity } from './quantity.ts';
import type { Sql } from './transaction.ts';

/**
 * A book, and where it stands in its pool's journal: a sequence, and when that committed, for a database that was restored has another
 * history. Made anew when the book goes on.
 */
export interface BookPlace {
  readonly book: PoolBook;
  readonly sequence: bigint;
  /** Null before the first commit. */
  readonly committedAt: string | null;
  /** How many accounts the pool had there. */
  readonly accountCount: number;
}

const placeAt = (book: PoolBook, sequence: bigint, committedAt: string | null): BookPlace => ({
  ...{ book, sequence, committedAt },
  accountCount: book.accountCount,
});

/** The book of a pool, and how far it has followed it. */
export interface Kept {
  place: BookPlace;
  /** The number of the last alert that it knows of, and when that was raised. */
  alertCount: bigint;
  alertRaisedAt: string | null;
  /** The session whose burdens it has: a cut ends all of them. */
  readonly session: bigint;
  /** Of the connections that it was last read over (db/database.ts). */
  generation: number;
}

/** What changed beyond this share of a pool's accounts is read faster as a whole. */
const MOST_SHARE = 4;
/** But this many are always read one by one. */
const FEW = 5_000;

interface HeadRow {
  account_no: number;
  ref: string;
  owner: string;
  status: string;
  balance: string;
  borne: string;
  realized: string;
  session_base: string;
  last_notice_sequence: string | null;
  max_haircut_rate: string | null;
}

/** Reads what changed since the book's sequence. False where the book has to be loaded anew. */
export async function follow(
  sql: Sql,
  pool: LockedPool,
  kept: Kept,
  { locked, generation }: { readonly locked: boolean; readonly generation: number },
): Promise<boolean> {
  const { poolId, sequence } = pool;
  const { book, sequence: followed, committedAt } = kept.place;
  // A book that is ahead of a snapshot went on meanwhile; one that is ahead of the pool itself is of another history, and
  // over a new connection nobody can tell which.
  const isReconnected = kept.generation !== generation;
  if (followed > sequence || kept.alertCount > pool.alertCount) return !locked && !isReconnected;
  // Before its first commit a pool has no place that another history would lack.
  if (isReconnected && (followed === 0n || !(await hasAlert(sql, poolId, kept)))) return false;
  if (kept.session !== pool.sessionSequence) return false;
  const commits = await sql<{ sequence: string; committed_at: string; mutation: string; accounts: string }[]>`
    select sequence, committed_at, mutation, accounts from journal
    where pool_id = ${poolId} and sequence >= ${followed.toString()} and sequence <= ${sequence.toString()} order by sequence`;
  if (followed > 0n && commits.shift()?.committed_at !== committedAt) return false;
  // What was mended while the pool was halted no commit tells of.
  if (commits.some(({ mutation }) => mutation === 'resumePool')) return false;
  await readAlerts(sql, pool, book, kept);
  kept.generation = generation;
  if (commits.length === 0) return true;
  await readMarkets(sql, poolId, book);
  const changed = new Set(commits.flatMap(({ accounts }) => parseNumbers(accounts)));
  for (let accountNo = book.accountCount + 1; accountNo <= pool.accountCount; accountNo++)
    changed.add(accountNo);
  if (changed.size > FEW && changed.size > pool.accountCount / MOST_SHARE) return false;
  const heads = `
    select account_no, sequence, balance_after, borne_after, realized_after from haircuts
    where pool_id = ${poolId} and sequence > ${followed} and sequence <= ${sequence} order by sequence, ordinal`;
  for await (const line of copyOut(sql, heads)) {
    const [accountNo, at, balance, borne, realized] = line.split('\t') as [
      string,
      string,
      string,
      string,
      string,
    ];
    book.setHead(Number(accountNo), {
      balance: BigInt(balance),
      borne: BigInt(borne),
      realized: BigInt(realized),
      sequence: BigInt(at),
    });
  }
  if (changed.size > 0)
    await readAccounts(
      sql,
      pool,
      book,
      [...changed].sort((a, b) => a - b),
    );
  kept.place = placeAt(book, sequence, commits.at(-1)!.committed_at);
  return true;
}

const parseNumbers = (text: string): number[] =>
  text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);

async function readMarkets(sql: Sql, poolId: number, book: PoolBook): Promise<void> {
  const rows = (await sql`select * from markets where pool_id = ${poolId} order by symbol`).map(marketRow);
  const byNo = new Map(rows.map((row) => [row.marketNo, row]));
  book.setMarkets(
    rows.map((row) => row.marketNo),
    (marketNo) => marginTerms(byNo.get(marketNo)!),
  );
}

/** Whether the last alert that a book knows of is the pool's. */
async function hasAlert(sql: Sql, poolId: number, { alertCount, alertRaisedAt }: Kept): Promise<boolean> {
  if (alertCount === 0n) return true;
  const [alert] = await sql<{ raised_at: string }[]>`
    select raised_at from margin_alerts where pool_id = ${poolId} and alert_no = ${alertCount.toString()}`;
  return alert?.raised_at === alertRaisedAt;
}

/** The alerts past those that the book knows of; when it is loaded, of each account the last. */
async function readAlerts(
  sql: Sql,
  { poolId, alertCount }: LockedPool,
  book: PoolBook,
  kept: Pick<Kept, 'alertCount' | 'alertRaisedAt'>,
) {
  if (alertCount <= kept.alertCount) return;
  const rows = await sql<{ account_no: number; alert_no: string; health: Health; raised_at: string }[]>`
    select distinct on (account_no) account_no, alert_no, health, raised_at from margin_alerts
    where pool_id = ${poolId} and alert_no > ${kept.alertCount.toString()} order by account_no, alert_no desc`;
  for (const row of rows) book.setAlert(row.account_no, BigInt(row.alert_no), row.health);
  kept.alertRaisedAt = rows.find((row) => BigInt(row.alert_no) === alertCount)?.raised_at ?? null;
  kept.alertCount = alertCount;
}

const booked = (row: HeadRow): BookedAccount => ({
  accountNo: row.account_no,
  ref: row.ref,
  owner: row.owner,
  active: row.status === 'ACTIVE',
  balance: BigInt(row.balance),
  borne: BigInt(row.borne),
  realized: BigInt(row.realized),
  sessionBase: BigInt(row.session_base),
  noticeSequence: BigInt(row.last_notice_sequence ?? 0),
  maxHaircutRate: row.max_haircut_rate === null ? null : quantity(row.max_haircut_rate),
});

async function readAccounts(
  sql: Sql,
  { poolId, sessionSequence }: LockedPool,
  book: PoolBook,
  numbers: readonly number[],
): Promise<void> {
  const heads = await sql<HeadRow[]>`
    select h.account_no, h.ref, h.owner, h.status, h.balance, h.borne, h.realized, h.last_notice_sequence, h.max_haircut_rate,
           h.session_realized - coalesce(c.unrealized, 0) as session_base
    from account_head h
    left join session_cuts c on c.pool_id = h.pool_id and c.account_no = h.account_no and c.sequence = ${sessionSequence.toString()}
    where h.pool_id = ${poolId} and h.account_no = any(${numbers as number[]}::int[]) order by h.account_no`;
  const rows = await sql<{ account_no: number; market_no: number; size: string; cost: string }[]>`
    select account_no, market_no, size, cost from positions
    where pool_id = ${poolId} and account_no = any(${numbers as number[]}::int[]) and size <> 0 order by account_no, market_no`;
  const positions = Map.groupBy(rows, (row) => row.account_no);
  const before = book.accountCount;
  for (const head of heads) {
    const own = (positions.get(head.account_no) ?? []).map((row) => ({
      marketNo: row.market_no,
      size: quantity(row.size),
      cost: storedValue(row.cost),
    }));
    book.setAccount(booked(head), own);
  }
  if (book.accountCount > before) {
    orderByRef(book);
  }
}

function orderByRef(book: PoolBook): void {
  const all = Array.from({ length: book.accountCount }, (_, i) => i + 1);
  book.setOrder(all.sort((a, b) => compareBytes(book.refOf(a), book.refOf(b))));
}

/** Reads a pool as a whole. */
export async function load(sql: Sql, pool: LockedPool, generation: number): Promise<Kept> {
  const { poolId, sequence } = pool;
  const book = new PoolBook(pool.decimals);
  await readMarkets(sql, poolId, book);
  const newest = await newestSettlement(sql, poolId);
  await planForWholePool(sql);
  const burden = (column: string) => `
    case when greatest(h.sequence, a.head_sequence) <= ${pool.sessionSequence} then 0
         when h.sequence > a.head_sequence then h.${column}_after else a.${column} end`;
  const heads = `
    select a.account_no, a.ref, a.status, case when h.sequence > a.head_sequence then h.balance_after else a.balance end,
           ${burden('borne')}, ${burden('realized')}, h.sequence, a.max_haircut_rate, a.owner,
           (case when a.session_sequence = ${pool.sessionSequence} then a.session_realized else 0 end) - coalesce(c.unrealized, 0)
    from accounts a
    left join session_cuts c on c.pool_id = ${poolId} and c.account_no = a.account_no and c.sequence = ${pool.sessionSequence}
    ${latestHaircuts(poolId, newest)} where a.pool_id = ${poolId} order by a.account_no`;
  const accounts: BookedAccount[] = [];
  for await (const line of copyOut(sql, heads)) {
    const [accountNo, ref, status, balance, borne, realized, notice, rate, owner, sessionBase] = line.split(
      '\t',
    ) as string[];
    accounts.push(
      booked({
        account_no: Number(accountNo),
        ref: ref!,
        owner: owner!,
        status: status!,
        balance: balance!,
        borne: borne!,
        realized: realized!,
        session_base: sessionBase!,
        last_notice_sequence: notice === NULL ? null : notice!,
        max_haircut_rate: rate === NULL ? null : rate!,
      }),
    );
  }
  const positions = `
    select account_no, market_no, size, cost from positions where pool_id = ${poolId} and size <> 0 order by account_no, market_no`;
  let next = 0;
  let own: { marketNo: number; size: bigint; cost: bigint }[] = [];
  const put = (until: number) => {
    for (; next < accounts.length && accounts[next]!.accountNo < until; next++) {
      book.setAccount(accounts[next]!, own);
      own = [];
    }
  };
  for await (const line of copyOut(sql, positions)) {
    const [accountNo, marketNo, size, cost] = line.split('\t') as [string, string, string, string];
    put(Number(accountNo));
    own.push({ marketNo: Number(marketNo), size: quantity(size), cost: storedValue(cost) });
  }
  put(Number.POSITIVE_INFINITY);
  orderByRef(book);
  await planAsUsual(sql);
  const [commit] = await sql<{ committed_at: string }[]>`
    select committed_at from journal where pool_id = ${poolId} and sequence = ${sequence.toString()}`;
  const alerts = { alertCount: 0n, alertRaisedAt: null };
  await readAlerts(sql, pool, book, alerts);
  const place = placeAt(book, sequence, commit?.committed_at ?? null);
  return { place, ...alerts, session: pool.sessionSequence, generation };
}
