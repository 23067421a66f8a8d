import { sql } from 'drizzle-orm';
import { bigint, check, pgTable, text } from 'drizzle-orm/pg-core';
import { instant, key } from '../columns.ts';

/**
 * Append-only: tokens that were taken back before they expired. Of no pool: a token reaches all that its subject may use. The few rows
 * are numbered in the order of their commits, under a lock, so that a server which has read up to one has missed none before it.
 */
export const revocations = pgTable(
  'revocations',
  {
    number: bigint('number', { mode: 'bigint' }).primaryKey(),
    subject: key('subject').notNull(),
    /** The subject's tokens that were issued up to here are good no more. */
    issuedBefore: instant('issued_before').notNull(),
    reason: text('reason'),
    /** The subject of whoever did it. */
    revokedBy: key('revoked_by').notNull(),
    revokedAt: instant('revoked_at').notNull(),
  },
  (t) => [check('revocations_past', sql`${t.issuedBefore} <= ${t.revokedAt}`)],
);
