import type postgres from 'postgres';
import type { Database } from '../db/database.ts';
import {
  type HaircutRow,
  haircutRow,
  type MarginAlertRow,
  marginAlertRow,
  type OutboxRow,
  outboxRow,
  type SettlementRow,
  settlementRow,
} from '../db/rows.ts';
import type { Position } from './notice.ts';

/** Whose haircut notices a reader wants. An owner's are matched by owner, so accounts opened later are among them. */
export type NoticeFilter =
  | { readonly all: true }
  | { readonly accountNos: readonly number[] }
  | { readonly owner: string };

export interface HaircutNoticeRow {
  readonly position: Position;
  /** The row that changed the balance: a haircut, or what was given back of one. */
  readonly haircut: HaircutRow;
  readonly kind: 'HAIRCUT' | 'REFUND' | 'REVERSAL';
  readonly committedAt: string;
  /** The settlement that took the haircut. One object for all notices of a settlement. */
  readonly settlement: SharedSettlement;
}

/** A settlement, and how what was socialized was shared, in atoms. */
export interface SharedSettlement extends SettlementRow {
  /** What the whole pool shared, and between what profit; null where nothing was. */
  readonly byPool: { readonly loss: bigint; readonly profitTotal: bigint } | null;
  /** Whether the winners of markets bore some of it among themselves. */
  readonly byMarkets: boolean;
}

export interface LossNoticeRow extends OutboxRow {
  readonly position: Position;
}

export interface Range {
  readonly after: Position;
  /** The last sequence to read, or null for all that is committed. */
  readonly until: bigint | null;
  readonly limit: number;
}

const LAST = 2n ** 62n;

/** The next haircut notices of a pool past a position, in order: what a resume replays and what the hub fans out. */
export async function readHaircutNotices(
  { sql }: Database,
  poolId: number,
  filter: NoticeFilter,
  { after, until, limit }: Range,
): Promise<HaircutNoticeRow[]> {
  const from = after.sequence.toString();
  const to = (until ?? LAST).toString();
  const past = sql`h.pool_id = ${poolId} and h.sequence <= ${to}::bigint
    and (h.sequence, h.ordinal) > (${from}::bigint, ${after.ordinal}::int)`;
  const order = sql`order by h.sequence, h.ordinal limit ${limit}`;
  const rows =
    await sql`select h.* from haircut_notice h where ${past} and ${isWanted(sql, poolId, filter, sql`h.account_no`)} ${order}`;
  const haircuts = rows.map(haircutRow);
  const [settlements, commits] = await Promise.all([
    readSettlements(sql, poolId, haircuts),
    readCommits(sql, poolId, haircuts),
  ]);
  return haircuts.map((haircut) => {
    const commit = commits.get(haircut.sequence)!;
    return {
      position: { sequence: haircut.sequence, ordinal: haircut.ordinal },
      haircut,
      kind: KINDS[commit.kind],
      committedAt: commit.committedAt,
      settlement: settlements.get(haircut.restores ?? haircut.sequence)!,
    };
  });
}

/** Whether a reader wants the notices of an account. */
function isWanted(sql: Database['sql'], poolId: number, filter: NoticeFilter, accountNo: postgres.Fragment) {
  if ('all' in filter) return sql`true`;
  if ('accountNos' in filter) return sql`${accountNo} = any(${filter.accountNos as number[]}::int[])`;
  return sql`${accountNo} = any(array(
    select account_no from accounts where pool_id = ${poolId} and owner = ${filter.owner}))`;
}

/** How many haircut notices lie between a position and a sequence: the ranks of each commit have no gap. */
export async function countHaircuts(
  { sql }: Database,
  poolId: number,
  after: Position,
  until: bigint,
): Promise<number> {
  const [row] = await sql<{ count: string }[]>`
    select coalesce(sum((select max(h.ordinal) from haircuts h where h.pool_id = o.pool_id and h.sequence = o.sequence)), 0) as count
    from outbox o where o.pool_id = ${poolId} and o.sequence > ${after.sequence.toString()} and o.sequence <= ${until.toString()}`;
  return Number(row!.count);
}

/** The accounts that some owners have in a pool. */
export async function readAccountsOf(
  { sql }: Database,
  poolId: number,
  owners: readonly string[],
): Promise<number[]> {
  if (owners.length === 0) return [];
  const rows = await sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${poolId} and owner = any(${owners as string[]}::text[])`;
  return rows.map((row) => row.account_no);
}

/** What a row of each kind of commit tells its account. The others have no such rows. */
const KINDS = {
  SETTLED: 'HAIRCUT',
  RECOVERED: 'REFUND',
  REVERSED: 'REVERSAL',
  LOSS_OPENED: 'HAIRCUT',
  HALTED: 'HAIRCUT',
  RESUMED: 'HAIRCUT',
} as const;

/** Whether accounts hear of a commit of that kind; of the others those do who listen to the pool. */
export const movesBalances = ({ kind }: OutboxRow): boolean =>
  kind === 'SETTLED' || kind === 'RECOVERED' || kind === 'REVERSED';

async function readCommits(
  sql: Database['sql'],
  poolId: number,
  haircuts: readonly HaircutRow[],
): Promise<Map<bigint, OutboxRow>> {
  const sequences = [...new Set(haircuts.map((haircut) => haircut.sequence))].map(String);
  if (sequences.length === 0) return new Map();
  const rows =
    await sql`select * from outbox where pool_id = ${poolId} and sequence = any(${sequences}::bigint[])`;
  return new Map(rows.map(outboxRow).map((commit) => [commit.sequence, commit]));
}

/** The settlements of some haircuts: a page of thousands is of one or two. */
async function readSettlements(
  sql: Database['sql'],
  poolId: number,
  haircuts: readonly HaircutRow[],
): Promise<Map<bigint, SharedSettlement>> {
  const sequences = [...new Set(haircuts.map((haircut) => haircut.restores ?? haircut.sequence))].map(String);
  if (sequences.length === 0) return new Map();
  const rows = await sql`
    select s.*, p.loss as pool_loss, p.profit_total as pool_profit, exists (
        select 1 from settlement_parts m where m.pool_id = s.pool_id and m.sequence = s.sequence and m.scope = 'MARKET') as by_markets
    from settlements s
    left join settlement_parts p on p.pool_id = s.pool_id and p.sequence = s.sequence and p.scope = 'POOL'
    where s.pool_id = ${poolId} and s.sequence = any(${sequences}::bigint[])`;
  const shared = rows.map((row): SharedSettlement => {
    const byPool =
      row.pool_loss === null ? null : { loss: BigInt(row.pool_loss), profitTotal: BigInt(row.pool_profit) };
    return { ...settlementRow(row), byPool, byMarkets: row.by_markets };
  });
  return new Map(shared.map((settlement) => [settlement.sequence, settlement]));
}

/** The next loss notices of a pool past a position, in order. */
export async function readLossNotices(
  { sql }: Database,
  poolId: number,
  { after, limit }: Range,
): Promise<LossNoticeRow[]> {
  const rows = await sql`
    select * from outbox where pool_id = ${poolId} and (sequence, 0) > (${after.sequence.toString()}::bigint, ${after.ordinal}::int)
    order by sequence limit ${limit}`;
  return rows.map((row) => {
    const entry = outboxRow(row);
    return { ...entry, position: { sequence: entry.sequence, ordinal: 0 } };
  });
}

export interface MarginAlertNotice extends MarginAlertRow {
  /** Its number, and rank 0. */
  readonly position: Position;
}

/** The next margin alerts of a pool past a number, in order. */
export async function readMarginAlerts(
  { sql }: Database,
  poolId: number,
  filter: NoticeFilter,
  { after, until, limit }: Range,
): Promise<MarginAlertNotice[]> {
  const rows = await sql`
    select n.*, a.ref, a.owner from margin_alerts n join accounts a on a.pool_id = n.pool_id and a.account_no = n.account_no
    where n.pool_id = ${poolId} and (n.alert_no, 0) > (${after.sequence.toString()}::bigint, ${after.ordinal}::int)
      and n.alert_no <= ${(until ?? LAST).toString()}::bigint and ${isWanted(sql, poolId, filter, sql`n.account_no`)}
    order by n.alert_no limit ${limit}`;
  return rows.map((row) => {
    const alert = marginAlertRow(row);
    return { ...alert, position: { sequence: alert.alertNo, ordinal: 0 } };
  });
}

/** The numbers that a pool's notices go by: those of its commits, and those of its margin alerts. */
export type Numbering = 'commits' | 'alerts';

/** When what has that number was committed; null where nothing has. */
export async function readCommittedAt(
  { sql }: Database,
  poolId: number,
  numbering: Numbering,
  number: bigint,
): Promise<string | null> {
  const at = number.toString();
  const [row] =
    numbering === 'commits'
      ? await sql`select committed_at from journal where pool_id = ${poolId} and sequence = ${at}`
      : await sql`select raised_at as committed_at from margin_alerts where pool_id = ${poolId} and alert_no = ${at}`;
  return row?.committed_at ?? null;
}
