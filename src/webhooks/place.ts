import type { Clock } from '../core/clock.ts';
import type { Database } from '../db/database.ts';
import type { WebhookKey } from '../db/job-queue.ts';
import { type WebhookRow, webhookRow } from '../db/rows.ts';
import { afterSequence, type Position } from '../outbox/notice.ts';

/** Where webhooks stand, and how that moves. */

/** The last number of what a webhook `w` hears of its pool `p`. */
const HEAD = `case w.stream when 'MARGIN_ALERTS' then p.alert_count else p.last_loss_sequence end`;
/** The most that is queued at once: those that have waited longest first. */
const MOST_DUE = 1_000;

/** The webhooks that have something to hear, and whose time to be tried has come. */
export async function dueWebhooks({ sql }: Database, now: string): Promise<WebhookKey[]> {
  const rows = await sql<{ pool_id: number; webhook_id: string }[]>`
    select w.pool_id, w.webhook_id from webhooks w join pools p on p.pool_id = w.pool_id
    where w.enabled and (w.next_attempt_at is null or w.next_attempt_at <= ${now}::timestamptz)
      and (w.sequence, w.ordinal) < (${sql.unsafe(HEAD)}, ${afterSequence(0n).ordinal}::int)
    order by coalesce(w.delivered_at, w.created_at) limit ${MOST_DUE}`;
  return rows.map((row) => ({ poolId: row.pool_id, webhookId: row.webhook_id }));
}

/** A webhook that is due, with what a delivery needs. */
export interface Due {
  readonly webhook: WebhookRow;
  /** The last number that it may hear of now. */
  readonly until: bigint;
  /** The tokens of its owner were revoked since it was made or enabled. */
  readonly isRevoked: boolean;
  /** The newest first. */
  readonly secrets: readonly string[];
}

/** Null where it is not there any more, disabled, or to be tried later. */
export async function readDue({ sql }: Database, key: WebhookKey, now: string): Promise<Due | null> {
  const [[row], secrets] = await Promise.all([
    sql`
      select w.*, ${sql.unsafe(HEAD)} as until, exists (
        select from revocations r where r.subject = w.subject and r.issued_before >= w.authorized_at) as revoked
      from webhooks w join pools p on p.pool_id = w.pool_id
      where w.pool_id = ${key.poolId} and w.webhook_id = ${key.webhookId} and w.enabled
        and (w.next_attempt_at is null or w.next_attempt_at <= ${now}::timestamptz)`,
    sql<{ secret: string }[]>`
      select secret from webhook_secrets where pool_id = ${key.poolId} and webhook_id = ${key.webhookId}
        and (good_until is null or good_until > ${now}::timestamptz) order by secret_no desc`,
  ]);
  if (!row) return null;
  return {
    webhook: webhookRow(row),
    until: BigInt(row.until),
    isRevoked: row.revoked,
    secrets: secrets.map(({ secret }) => secret),
  };
}

/** What an attempt changes, beside where the webhook stands. */
interface Change {
  readonly to: Position;
  readonly enabled: boolean;
  readonly deliveredSequence: bigint | null;
  readonly deliveredAt: string | null;
  readonly failures: number;
  readonly failingSince: string | null;
  readonly nextAttemptAt: string | null;
  readonly problem: string | null;
}

/**
 * Moves a webhook on from where it was read; false where something else has moved it meanwhile, a replay or another server: then that
 * counts, and what was delivered is delivered again.
 */
async function move({ sql }: Database, from: WebhookRow, change: Partial<Change>): Promise<boolean> {
  const { to, enabled, ...rest } = { ...from, to: from as Position, ...change };
  const moved = await sql`
    update webhooks set sequence = ${to.sequence.toString()}::bigint, ordinal = ${to.ordinal}, enabled = ${enabled},
      delivered_sequence = ${rest.deliveredSequence?.toString() ?? null}::bigint, delivered_at = ${rest.deliveredAt}::timestamptz,
      failures = ${rest.failures}, failing_since = ${rest.failingSince}::timestamptz, next_attempt_at = ${rest.nextAttemptAt}::timestamptz,
      problem = ${rest.problem}
    where pool_id = ${from.poolId} and webhook_id = ${from.webhookId} and enabled and failures = ${from.failures}
      and sequence = ${from.sequence.toString()}::bigint and ordinal = ${from.ordinal} returning 1`;
  return moved.length > 0;
}

const WELL = { failures: 0, failingSince: null, nextAttemptAt: null, problem: null };

export const passedOver = (db: Database, webhook: WebhookRow, until: bigint): Promise<boolean> =>
  move(db, webhook, { to: afterSequence(until) });

export const delivered = (db: Database, clock: Clock, webhook: WebhookRow, to: Position): Promise<boolean> =>
  move(db, webhook, { ...WELL, to, deliveredSequence: to.sequence, deliveredAt: clock.now() });

export const failedUntil = (
  db: Database,
  webhook: WebhookRow,
  failure: { readonly problem: string; readonly failingSince: string; readonly nextAttemptAt: string },
): Promise<boolean> => move(db, webhook, { ...failure, failures: webhook.failures + 1 });

export const disabled = (db: Database, webhook: WebhookRow, problem: string): Promise<boolean> =>
  move(db, webhook, { ...WELL, problem, enabled: false });
