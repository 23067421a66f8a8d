import type { Clock } from '../core/clock.ts';
import type { Database } from '../db/database.ts';
import type { WebhookKey } from '../db/job-queue.ts';
import type { WebhookRow } from '../db/rows.ts';
import type { AddressPolicy } from './address.ts';
import { backoffMs, givesUp, politely } from './backoff.ts';
import { type Batch, Batches } from './batch.ts';
import { delivered, disabled, failedUntil, passedOver, readDue } from './place.ts';
import { type Posted, Poster } from './post.ts';
import { signedHeaders } from './signature.ts';

export interface DeliveryOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly policy: AddressPolicy;
  /** The body of a delivery (graphql/webhook-body.ts). */
  readonly bodyOf: (webhook: WebhookRow, batch: Batch) => Promise<string>;
  readonly onError: (error: unknown, doing: string) => void;
  /** An attempt to deliver so many notices was made. */
  readonly onAttempt?: (outcome: Posted['outcome'], seconds: number, count: number) => void;
  readonly firstRetryMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Delivers what a webhook has to hear, batch by batch, until it has heard everything, an attempt fails, or its turn is over. A batch is
 * passed only once its receiver has taken it: whatever happens before that, it is delivered again, and nothing after it comes earlier.
 */
export async function deliver(
  options: DeliveryOptions,
  key: WebhookKey,
  isOver: () => boolean,
): Promise<void> {
  const { db, clock, policy, timeoutMs } = options;
  const poster = new Poster(policy, timeoutMs);
  const batches = new Batches(db);
  try {
    do {
      const due = await readDue(db, key, clock.now());
      if (!due) return;
      const { webhook, until, isRevoked, secrets } = due;
      if (isRevoked) {
        await disabled(db, webhook, REVOKED);
        return;
      }
      const batch = await batches.next(webhook, until);
      if (!batch) {
        await passedOver(db, webhook, until);
        return;
      }
      const posted = await attempt(options, poster, webhook, batch, secrets);
      if (!(await record(options, webhook, batch, posted))) return;
    } while (!isOver());
  } finally {
    poster.close();
  }
}

const REVOKED = 'The tokens of its owner were revoked: enable it with a new one.';
const OURS = 'The notice could not be written on our side; the operator was told.';

async function attempt(
  { clock, bodyOf, onAttempt, onError }: DeliveryOptions,
  poster: Poster,
  webhook: WebhookRow,
  batch: Batch,
  secrets: readonly string[],
): Promise<Posted> {
  let body: string;
  try {
    body = await bodyOf(webhook, batch);
  } catch (error) {
    onError(error, 'writing notices for a webhook');
    return { outcome: 'failed', problem: OURS, retryAfterMs: null };
  }
  const timestamp = Math.floor(Date.parse(clock.now()) / 1_000);
  const began = performance.now();
  const posted = await poster.post(
    webhook.url,
    signedHeaders({ id: batch.id, timestamp, body }, secrets),
    body,
  );
  onAttempt?.(posted.outcome, (performance.now() - began) / 1_000, batch.notices.length);
  return posted;
}

/** Writes down how an attempt ended; false where no other follows it now. */
async function record(
  { db, clock, random, firstRetryMs }: DeliveryOptions,
  webhook: WebhookRow,
  { notices }: Batch,
  { outcome, problem, retryAfterMs }: Posted,
): Promise<boolean> {
  if (outcome === 'delivered') return delivered(db, clock, webhook, notices.at(-1)!.position);
  const now = clock.now();
  const failingSince = webhook.failingSince ?? now;
  if (outcome === 'gone') await disabled(db, webhook, problem!);
  else if (givesUp(failingSince, now))
    await disabled(
      db,
      webhook,
      `${problem} It has failed since ${failingSince}: enable it once that is mended.`,
    );
  else {
    const chance = Buffer.from(random(4)).readUInt32BE() / 2 ** 32;
    const wait = politely(backoffMs(webhook.failures + 1, chance, firstRetryMs), retryAfterMs);
    const nextAttemptAt = new Date(Date.parse(now) + wait).toISOString();
    await failedUntil(db, webhook, { problem: problem!, failingSince, nextAttemptAt });
  }
  return false;
}
