import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { instant, sequenceNumber, weight, wideAtoms } from '../columns.ts';
import { inJournal } from './pools.ts';

/**
 * Append-only: the bearer's posting, its proof and its notice in one row. `ordinal` ranks the account's ref among the
 * commit's rows, so (sequence, ordinal) is the order of notices. Balance before is after + amount.
 *
 * Above 0 `amount` is a haircut. Below 0 it gives back part of the haircut that the account bore at `restores`: out of a
 * recovery, or because the settlement was reversed.
 */
export const haircuts = pgTable(
  'haircuts',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    accountNo: integer('account_no').notNull(),
    /** The account's notice before this one. */
    previousSequence: sequenceNumber('previous_sequence'),
    profit: wideAtoms('profit'),
    cap: wideAtoms('cap'),
    /** What the method weighed it by, where that is not its profit and the settlement has one part. */
    weight: weight('weight'),
    /** What of it is recourse; null where nothing is. */
    recourse: wideAtoms('recourse'),
    amount: wideAtoms('amount').notNull(),
    balanceAfter: wideAtoms('balance_after').notNull(),
    borneAfter: wideAtoms('borne_after').notNull(),
    realizedAfter: wideAtoms('realized_after').notNull(),
    restores: sequenceNumber('restores'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal] }),
    // One haircut a settlement, and one row for what a commit gives back of it.
    unique('haircuts_account').on(t.poolId, t.accountNo, t.sequence, t.restores).nullsNotDistinct(),
    index('haircuts_restores').on(t.poolId, t.restores, t.accountNo).where(sql`${t.restores} is not null`),
    check(
      'haircuts_amount',
      sql`case when ${t.restores} is null then ${t.amount} > 0 and greatest(${t.amount}, ${t.cap}) <= ${t.profit} else ${t.amount} < 0 and ${t.restores} < ${t.sequence} and coalesce(${t.profit}, ${t.cap}, ${t.weight}) is null end`,
    ),
    check('haircuts_recourse', sql`0 < ${t.recourse} and ${t.recourse} <= abs(${t.amount})`),
    check('haircuts_borne', sql`${t.borneAfter} >= ${t.amount} and ${t.borneAfter} >= 0`),
    check('haircuts_previous', sql`${t.previousSequence} <= ${t.sequence}`),
  ],
);

/** Append-only: a haircut's share of each part, in settlements of more than one. */
export const haircutParts = pgTable(
  'haircut_parts',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    part: integer('part').notNull(),
    amount: wideAtoms('amount').notNull(),
    profit: wideAtoms('profit').notNull(),
    cap: wideAtoms('cap').notNull(),
    weight: weight('weight').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal, t.part] }),
    check(
      'haircut_parts_amount',
      sql`${t.amount} > 0 and ${t.amount} <= ${t.cap} and ${t.cap} <= ${t.profit}`,
    ),
  ],
);

export type OutboxKind = 'LOSS_OPENED' | 'SETTLED' | 'RECOVERED' | 'REVERSED' | 'HALTED' | 'RESUMED';

/** Append-only: a commit that someone must hear of, written with it. What accounts hear of it are the haircuts above. */
export const outbox = pgTable(
  'outbox',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    kind: text('kind').$type<OutboxKind>().notNull(),
    previousSequence: sequenceNumber('previous_sequence'),
    /** Why the pool was halted; null for every other kind. */
    reason: text('reason'),
    committedAt: instant('committed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('outbox_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'outbox_chain',
      columns: [t.poolId, t.previousSequence],
      foreignColumns: [t.poolId, t.sequence],
    }),
    check(
      'outbox_kind',
      sql`${t.kind} in ('LOSS_OPENED', 'SETTLED', 'RECOVERED', 'REVERSED', 'HALTED', 'RESUMED')`,
    ),
    check('outbox_reason', sql`(${t.kind} = 'HALTED') = (${t.reason} is not null)`),
    check('outbox_previous', sql`${t.previousSequence} < ${t.sequence}`),
  ],
);
