import type { Database } from '../db/database.ts';
import type { WebhookRow } from '../db/rows.ts';
import { historyMark } from '../outbox/notice.ts';
import {
  type HaircutNoticeRow,
  type LossNoticeRow,
  type MarginAlertNotice,
  type NoticeFilter,
  readHaircutNotices,
  readLossNotices,
  readMarginAlerts,
} from '../outbox/read.ts';

export type Notice = HaircutNoticeRow | LossNoticeRow | MarginAlertNotice;

/** The most notices of a delivery. The names of deliveries depend on it: changing it makes duplicates look new. */
export const MAX_BATCH = 100;

/** What one delivery carries: notices of one commit, in order. */
export interface Batch {
  readonly notices: readonly Notice[];
  /**
   * Its name. Notices of one commit are there all at once and never change, so whoever stands at the same place makes the same batch of
   * the same name: at a repetition, on another server, after a replay.
   */
  readonly id: string;
  readonly committedAt: string;
}

const committedAt = (notice: Notice): string => ('raisedAt' in notice ? notice.raisedAt : notice.committedAt);

/** The next delivery of a webhook from where it stands; null where it has heard everything up to `until`. */
export async function readBatch(db: Database, webhook: WebhookRow, until: bigint): Promise<Batch | null> {
  const read = await readNotices(db, webhook, until);
  const [first] = read;
  if (!first) return null;
  const moment = committedAt(first);
  const notices = read.filter((notice) => committedAt(notice) === moment);
  const { sequence, ordinal } = notices.at(-1)!.position;
  const from = `${first.position.sequence}-${first.position.ordinal}`;
  return {
    notices,
    id: `msg_${webhook.webhookId}_${from}_${sequence}-${ordinal}_${historyMark(moment)}`,
    committedAt: moment,
  };
}

async function readNotices(db: Database, webhook: WebhookRow, until: bigint): Promise<readonly Notice[]> {
  const { poolId, stream, sequence, ordinal } = webhook;
  const range = { after: { sequence, ordinal }, until, limit: MAX_BATCH };
  if (stream === 'LOSS_NOTICES') return readLossNotices(db, poolId, range);
  const filter = await filterOf(db, webhook);
  return stream === 'HAIRCUT_NOTICES'
    ? readHaircutNotices(db, poolId, filter, range)
    : readMarginAlerts(db, poolId, filter, range);
}

/** An account keeps its owner for ever: those that are named were its owner's when the webhook was made. */
async function filterOf({ sql }: Database, { poolId, owner, accounts }: WebhookRow): Promise<NoticeFilter> {
  if (accounts === null) return owner === null ? { all: true } : { owner };
  const rows = await sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${poolId} and ref = any(${JSON.parse(accounts) as string[]}::text[])`;
  return { accountNos: rows.map((row) => row.account_no) };
}
