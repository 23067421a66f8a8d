import type { Database } from '../db/database.ts';
import type { WebhookRow } from '../db/rows.ts';
import { historyMark, type Position } from '../outbox/notice.ts';
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
const MAX_BATCH = 100;
const READ_AT_ONCE = 2_000;

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

/** Not by the time alone: servers have clocks of their own, and one may say what another's said before. */
const commitOf = (notice: Notice): string =>
  'raisedAt' in notice ? `${notice.sequence} ${notice.raisedAt}` : String(notice.position.sequence);

/** The deliveries of a webhook, one after the other. */
export class Batches {
  readonly #db: Database;
  /** What was read and not delivered yet, past that place; whether it was all that there was. */
  #ahead: { after: Position; notices: readonly Notice[]; isAll: boolean } | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The next one from where the webhook stands; null where it has heard everything up to `until`. */
  async next(webhook: WebhookRow, until: bigint): Promise<Batch | null> {
    const notices = await this.#read(webhook, until);
    const [first] = notices;
    if (!first) return null;
    const moment = committedAt(first);
    const end = notices.findIndex((notice) => commitOf(notice) !== commitOf(first));
    const chosen = notices.slice(0, Math.min(MAX_BATCH, end < 0 ? notices.length : end));
    const last = chosen.at(-1)!.position;
    this.#ahead = { ...this.#ahead!, after: last, notices: notices.slice(chosen.length) };
    const span = `${first.position.sequence}-${first.position.ordinal}_${last.sequence}-${last.ordinal}`;
    return {
      notices: chosen,
      id: `msg_${webhook.webhookId}_${span}_${historyMark(moment)}`,
      committedAt: moment,
    };
  }

  /** At least what the next delivery holds: reading much at once costs little more than reading a little. */
  async #read(webhook: WebhookRow, until: bigint): Promise<readonly Notice[]> {
    const ahead = this.#ahead;
    const follows = ahead?.after.sequence === webhook.sequence && ahead.after.ordinal === webhook.ordinal;
    const suffices =
      ahead && (ahead.notices.length >= MAX_BATCH || (ahead.isAll && ahead.notices.length > 0));
    if (follows && suffices) return ahead.notices;
    const notices = await readNotices(this.#db, webhook, until);
    this.#ahead = { after: webhook, notices, isAll: notices.length < READ_AT_ONCE };
    return notices;
  }
}

async function readNotices(db: Database, webhook: WebhookRow, until: bigint): Promise<readonly Notice[]> {
  const { poolId, stream, sequence, ordinal } = webhook;
  const range = { after: { sequence, ordinal }, until, limit: READ_AT_ONCE };
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
