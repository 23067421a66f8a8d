import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { instant, key, sequenceNumber } from '../columns.ts';
import { pools } from './pools.ts';

/** What a webhook is told: the notices of the subscription of that name. */
export const WEBHOOK_STREAMS = ['HAIRCUT_NOTICES', 'LOSS_NOTICES', 'MARGIN_ALERTS'] as const;
export type WebhookStream = (typeof WEBHOOK_STREAMS)[number];

/**
 * Where notices of a pool are posted to, and how far that is. Not append-only: its place moves with each delivery, and whoever moves it
 * says where it stood (webhooks/place.ts), so that of two that do only one succeeds.
 */
export const webhooks = pgTable(
  'webhooks',
  {
    poolId: integer('pool_id').notNull(),
    /** Of chance, so that it says nothing of how many others there are. */
    webhookId: key('webhook_id').notNull(),
    /** The token's subject whose it is: to others it is as if it were not there. */
    subject: key('subject').notNull(),
    idempotencyKey: key('idempotency_key').notNull(),
    /** The input that it was made of. */
    input: text('input').notNull(),
    url: text('url').notNull(),
    description: text('description'),
    stream: text('stream').$type<WebhookStream>().notNull(),
    /** Notices of this owner's accounts; of all where null. */
    owner: key('owner'),
    /** Of these accounts, as a JSON array of refs; of all that it may hear of where null. */
    accounts: text('accounts'),
    hasProofs: boolean('has_proofs').notNull(),
    /** Nothing is delivered while it is not; `problem` says why where it was not its owner who disabled it. */
    enabled: boolean('enabled').notNull(),
    /** When the token was issued that it goes back to: where that token is revoked, it ends too. */
    authorizedAt: instant('authorized_at').notNull(),
    /** The last notice that was delivered or passed over; all of its sequence where the ordinal is the largest. */
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    /** Of the last notice that was delivered. */
    deliveredSequence: sequenceNumber('delivered_sequence'),
    deliveredAt: instant('delivered_at'),
    /** Attempts in a row that failed, and since when. */
    failures: integer('failures').notNull().default(0),
    failingSince: instant('failing_since'),
    nextAttemptAt: instant('next_attempt_at'),
    /** What was wrong with the last attempt, or why it is disabled. */
    problem: text('problem'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.webhookId] }),
    unique('webhooks_key').on(t.poolId, t.subject, t.idempotencyKey),
    foreignKey({ name: 'webhooks_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    check('webhooks_stream', sql`${t.stream} in ('HAIRCUT_NOTICES', 'LOSS_NOTICES', 'MARGIN_ALERTS')`),
    check('webhooks_place', sql`${t.sequence} >= 0 and ${t.ordinal} >= 0`),
    check(
      'webhooks_failing',
      sql`(${t.failures} = 0) = (${t.failingSince} is null) and (${t.failures} = 0) = (${t.nextAttemptAt} is null)`,
    ),
  ],
);

/** What deliveries are signed with: the newest, and for a while after a rotation the ones before. */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    poolId: integer('pool_id').notNull(),
    webhookId: key('webhook_id').notNull(),
    secretNo: integer('secret_no').notNull(),
    /** As its owner was shown it: whsec_ and base64. */
    secret: text('secret').notNull(),
    /** Null for the newest. */
    goodUntil: instant('good_until'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.webhookId, t.secretNo] }),
    foreignKey({
      name: 'webhook_secrets_of',
      columns: [t.poolId, t.webhookId],
      foreignColumns: [webhooks.poolId, webhooks.webhookId],
    }).onDelete('cascade'),
  ],
);
