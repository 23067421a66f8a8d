import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { atoms, covers, instant, sequenceNumber } from '../columns.ts';
import { lossEvents } from './losses.ts';
import { inJournal } from './pools.ts';
import { settlementEvents, settlements } from './settlements.ts';

/** Append-only: money that came back from a bankrupt, and whom it repaid. */
export const recoveries = pgTable(
  'recoveries',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    eventSequence: sequenceNumber('event_sequence').notNull(),
    amount: atoms('amount').notNull(),
    /** What it paid of the part that nobody had covered. */
    uncovered: atoms('uncovered').notNull(),
    ref: text('ref'),
    recordedAt: instant('recorded_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('recoveries_committed', t.poolId, t.sequence),
    index('recoveries_event').on(t.poolId, t.eventSequence, t.sequence),
    foreignKey({
      name: 'recoveries_event',
      columns: [t.poolId, t.eventSequence],
      foreignColumns: [lossEvents.poolId, lossEvents.sequence],
    }),
    check(
      'recoveries_amount',
      sql`${t.amount} > 0 and 0 <= ${t.uncovered} and ${t.uncovered} <= ${t.amount}`,
    ),
  ],
);

/** Append-only: a settlement that was taken back, once at most. */
export const reversals = pgTable(
  'reversals',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    settlementSequence: sequenceNumber('settlement_sequence').notNull(),
    reason: text('reason').notNull(),
    reversedAt: instant('reversed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('reversals_committed', t.poolId, t.sequence),
    unique('reversals_settlement').on(t.poolId, t.settlementSequence),
    foreignKey({
      name: 'reversals_of',
      columns: [t.poolId, t.settlementSequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
  ],
);

/** Append-only: what a recovery or a reversal gave back of an event's share in a settlement, tier by tier. */
export const returnedShares = pgTable(
  'returned_shares',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    eventSequence: sequenceNumber('event_sequence').notNull(),
    settlementSequence: sequenceNumber('settlement_sequence').notNull(),
    ...covers(atoms),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.eventSequence, t.settlementSequence, t.sequence] }),
    inJournal('returned_shares_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'returned_shares_share',
      columns: [t.poolId, t.settlementSequence, t.eventSequence],
      foreignColumns: [settlementEvents.poolId, settlementEvents.sequence, settlementEvents.eventSequence],
    }),
    check(
      'returned_shares_amounts',
      sql`least(${t.recourse}, ${t.operatorCapital}, ${t.fundDraw}, ${t.socialized}) >= 0`,
    ),
  ],
);
