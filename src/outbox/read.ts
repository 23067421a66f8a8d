import type { Database } from '../db/database.ts';
import { type HaircutRow, haircutRow, type OutboxRow, outboxRow } from '../db/rows.ts';
import type { Position } from './notice.ts';

/** Whose haircut notices a reader wants. An owner's are matched by owner, so accounts opened later are among them. */
export type NoticeFilter =
  | { readonly all: true }
  | { readonly accountNos: readonly number[] }
  | { readonly owner: string };

export interface HaircutNoticeRow {
  readonly position: Position;
  readonly committedAt: string;
  readonly haircut: HaircutRow;
}

export interface LossNoticeRow extends OutboxRow {
  readonly position: Position;
}

const haircutNotice = (row: Record<string, unknown>): HaircutNoticeRow => {
  const haircut = haircutRow(row);
  return {
    position: { sequence: haircut.sequence, ordinal: haircut.ordinal },
    committedAt: row.committed_at as string,
    haircut,
  };
};

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
  const columns = sql`h.*, s.settled_at as committed_at`;
  const settled = sql`join settlements s on s.pool_id = h.pool_id and s.sequence = h.sequence`;
  const order = sql`order by h.sequence, h.ordinal limit ${limit}`;
  const rows =
    'all' in filter
      ? await sql`select ${columns} from haircut_notice h ${settled} where ${past} ${order}`
      : 'owner' in filter
        ? await sql`select ${columns} from haircut_notice h ${settled} where ${past} and h.account_no = any(array(
            select account_no from accounts where pool_id = ${poolId} and owner = ${filter.owner})) ${order}`
        : await sql`select ${columns} from haircut_notice h ${settled}
            where ${past} and h.account_no = any(${filter.accountNos as number[]}::int[]) ${order}`;
  return rows.map(haircutNotice);
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
