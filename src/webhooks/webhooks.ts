import { Refusal } from '../core/refusal.ts';
import { inTransaction } from '../db/database.ts';
import type { WebhookKey } from '../db/job-queue.ts';
import { type WebhookRow, webhookRow } from '../db/rows.ts';
import type { WebhookStream } from '../db/schema.ts';
import type { Position } from '../outbox/notice.ts';
import { checkIdempotencyKey, checkRef } from '../settlement/check.ts';
import { canonicalInput } from '../settlement/idempotency.ts';
import type { Runtime, Sql } from '../settlement/transaction.ts';
import type { AddressPolicy } from './address.ts';
import { checkEndpoint } from './endpoint.ts';
import { newSecret } from './signature.ts';

/** What one subject may have in a pool. */
const MOST_OF_SUBJECT = 20;
/** Secrets of a webhook that are good at once. */
const MOST_SECRETS = 5;
const MOST_OVERLAP_HOURS = 168;
const ID_BYTES = 12;
/** The first of an advisory lock's two numbers: 1 and 2 are simulations'. */
const LOCK_OF_SUBJECTS = 3;

type Writes = Pick<Runtime, 'db' | 'clock' | 'random'>;

/** Who a webhook belongs to, and what it may hear. */
export interface Holder {
  readonly subject: string;
  /** Only of this owner's accounts; of all where null. */
  readonly owner: string | null;
  /** When its token was issued. */
  readonly authorizedAt: string;
}

export interface NewWebhook {
  readonly poolId: number;
  readonly holder: Holder;
  readonly idempotencyKey: string;
  /** What was asked, for the key. */
  readonly input: unknown;
  readonly url: string;
  readonly description: string | null;
  readonly stream: WebhookStream;
  readonly accounts: readonly string[] | null;
  readonly hasProofs: boolean;
  /** Where it begins, asked only where the webhook is made. */
  readonly start: () => Promise<Position>;
}

/**
 * Makes a webhook. The same key and input answer the same webhook, and its secret never again.
 *
 * @returns the secret where it was made now; null where it was there
 */
export async function createWebhook(
  { db, clock, random }: Writes,
  policy: AddressPolicy,
  asked: NewWebhook,
): Promise<{ readonly webhook: WebhookRow; readonly secret: string | null }> {
  const { poolId, holder, idempotencyKey, url, description, stream, accounts } = asked;
  checkIdempotencyKey(idempotencyKey);
  checkRef(description, ['input', 'description']);
  const input = canonicalInput(asked.input);
  const before = await findByKey(db.sql as never, asked, input);
  if (before) return { webhook: before, secret: null };
  await checkEndpoint(url, policy);
  const start = await asked.start();
  return inTransaction(db, 'read committed', async (sql) => {
    // One after the other, so that nobody has more than it may.
    await sql`select pg_advisory_xact_lock(${LOCK_OF_SUBJECTS}, hashtext(${`${poolId} ${holder.subject}`}))`;
    const known = await findByKey(sql, asked, input);
    if (known) return { webhook: known, secret: null };
    await checkCount(sql, asked);
    const now = clock.now();
    const webhookId = Buffer.from(random(ID_BYTES)).toString('hex');
    const [row] = await sql`
      insert into webhooks (pool_id, webhook_id, subject, idempotency_key, input, url, description, stream, owner, accounts, has_proofs,
                            enabled, authorized_at, sequence, ordinal, created_at)
      values (${poolId}, ${webhookId}, ${holder.subject}, ${idempotencyKey}, ${input}, ${url}, ${description}, ${stream},
              ${holder.owner}, ${accounts && JSON.stringify(accounts)}, ${asked.hasProofs}, true, ${holder.authorizedAt}::timestamptz,
              ${start.sequence.toString()}::bigint, ${start.ordinal}, ${now}::timestamptz) returning *`;
    const secret = newSecret(random);
    await sql`insert into webhook_secrets (pool_id, webhook_id, secret_no, secret) values (${poolId}, ${webhookId}, 1, ${secret})`;
    return { webhook: webhookRow(row!), secret };
  });
}

async function findByKey(
  sql: Sql,
  { poolId, holder, idempotencyKey }: NewWebhook,
  input: string,
): Promise<WebhookRow | null> {
  const [row] = await sql`
    select * from webhooks where pool_id = ${poolId} and subject = ${holder.subject} and idempotency_key = ${idempotencyKey}`;
  if (!row) return null;
  if (row.input === input) return webhookRow(row);
  throw new Refusal(
    'IDEMPOTENCY_CONFLICT',
    'This key was used with another input: use a new key, or send the input that it was used with.',
    ['input', 'idempotencyKey'],
  );
}

async function checkCount(sql: Sql, { poolId, holder }: NewWebhook): Promise<void> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from webhooks where pool_id = ${poolId} and subject = ${holder.subject}`;
  if (row!.count < MOST_OF_SUBJECT) return;
  throw new Refusal(
    'LIMIT_EXCEEDED',
    `You have ${MOST_OF_SUBJECT} webhooks in this pool: delete one, or change one with updateWebhook.`,
    ['input'],
  );
}

/** The webhooks of a subject in a pool, the oldest first. */
export async function webhooksOf(
  { db }: Pick<Runtime, 'db'>,
  poolId: number,
  subject: string,
): Promise<WebhookRow[]> {
  const rows = await db.sql`
    select * from webhooks where pool_id = ${poolId} and subject = ${subject} order by created_at, webhook_id`;
  return rows.map(webhookRow);
}

/** The webhook of a subject; null where there is none, or it is another's. */
export async function webhookOf(
  { db }: Pick<Runtime, 'db'>,
  { poolId, webhookId }: WebhookKey,
  subject: string,
): Promise<WebhookRow | null> {
  const [row] = await db.sql`
    select * from webhooks where pool_id = ${poolId} and webhook_id = ${webhookId} and subject = ${subject}`;
  return row ? webhookRow(row) : null;
}

export interface WebhookChange {
  readonly url?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

/** Changes a webhook; what is left out stays. Enabled, or with another URL, it is tried at once. Null where it is gone. */
export async function updateWebhook(
  { db }: Writes,
  policy: AddressPolicy,
  { poolId, webhookId }: WebhookKey,
  { authorizedAt }: Holder,
  { url, description, enabled }: WebhookChange,
): Promise<WebhookRow | null> {
  checkRef(description, ['input', 'description']);
  if (url != null) await checkEndpoint(url, policy);
  const anew = enabled === true || url != null;
  const [row] = await db.sql`
    update webhooks set url = coalesce(${url ?? null}, url), enabled = coalesce(${enabled ?? null}::boolean, enabled),
      description = case when ${description === undefined} then description else ${description ?? null} end,
      authorized_at = case when ${enabled === true} then ${authorizedAt}::timestamptz else authorized_at end,
      failures = case when ${anew || enabled === false} then 0 else failures end,
      failing_since = case when ${anew || enabled === false} then null else failing_since end,
      next_attempt_at = case when ${anew || enabled === false} then null else next_attempt_at end,
      problem = case when ${anew || enabled === false} then null else problem end
    where pool_id = ${poolId} and webhook_id = ${webhookId} returning *`;
  return row ? webhookRow(row) : null;
}

export async function deleteWebhook({ db }: Writes, { poolId, webhookId }: WebhookKey): Promise<boolean> {
  const deleted = await db.sql`
    delete from webhooks where pool_id = ${poolId} and webhook_id = ${webhookId} returning 1`;
  return deleted.length > 0;
}

/** Lets a webhook go on from another place, at once. Null where it is gone. */
export async function replayWebhook(
  { db }: Writes,
  { poolId, webhookId }: WebhookKey,
  { sequence, ordinal }: Position,
): Promise<WebhookRow | null> {
  const [row] = await db.sql`
    update webhooks set sequence = ${sequence.toString()}::bigint, ordinal = ${ordinal}, failures = 0, failing_since = null,
      next_attempt_at = null, problem = case when enabled then null else problem end
    where pool_id = ${poolId} and webhook_id = ${webhookId} returning *`;
  return row ? webhookRow(row) : null;
}

/** Signs with a new secret; the ones before are good for some hours more, at once for none. Null where the webhook is gone. */
export async function rotateSecret(
  { db, clock, random }: Writes,
  { poolId, webhookId }: WebhookKey,
  overlapHours: number,
): Promise<string | null> {
  if (overlapHours < 0 || overlapHours > MOST_OVERLAP_HOURS)
    throw new Refusal(
      'INVALID_INPUT',
      `The overlap is 0 to ${MOST_OVERLAP_HOURS} hours: give one in between.`,
      ['input', 'overlapHours'],
    );
  return inTransaction(db, 'read committed', async (sql) => {
    const [webhook] = await sql`
      select 1 from webhooks where pool_id = ${poolId} and webhook_id = ${webhookId} for update`;
    if (!webhook) return null;
    const now = clock.now();
    const until = new Date(Date.parse(now) + overlapHours * 3_600_000).toISOString();
    await sql`
      update webhook_secrets set good_until = least(good_until, ${until}::timestamptz) where pool_id = ${poolId} and webhook_id = ${webhookId}`;
    await sql`
      delete from webhook_secrets where pool_id = ${poolId} and webhook_id = ${webhookId} and good_until <= ${now}::timestamptz`;
    const secret = newSecret(random);
    const [added] = await sql<{ secret_no: number }[]>`
      insert into webhook_secrets (pool_id, webhook_id, secret_no, secret)
      select ${poolId}, ${webhookId}, coalesce(max(secret_no), 0) + 1, ${secret} from webhook_secrets
      where pool_id = ${poolId} and webhook_id = ${webhookId} having count(*) < ${MOST_SECRETS} returning secret_no`;
    if (!added)
      throw new Refusal(
        'LIMIT_EXCEEDED',
        `${MOST_SECRETS} secrets are good at once: wait until one has lapsed, or rotate with overlapHours 0, which ends all but the new one.`,
        ['input'],
      );
    return secret;
  });
}
