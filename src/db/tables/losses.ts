import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { atoms, decimal, instant, key, sequenceNumber, wideAtoms } from '../columns.ts';
import { accounts } from './accounts.ts';
import { inJournal } from './pools.ts';

/** The deficit is for ever; how much of it is covered is a head over settlement_events, guarded by trigger. */
export const lossEvents = pgTable(
  'loss_events',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ref: key('ref').notNull(),
    accountNo: integer('account_no').notNull(),
    deficit: atoms('deficit').notNull(),
    openedAt: instant('opened_at').notNull(),
    status: text('status').$type<'OPEN' | 'SETTLED' | 'PARTIALLY_COVERED'>().notNull().default('OPEN'),
    fundDraw: atoms('fund_draw').notNull().default(0n),
    socialized: atoms('socialized').notNull().default(0n),
    uncovered: atoms('uncovered').notNull(),
    /** How many settlements it has been part of. */
    rounds: integer('rounds').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    unique('loss_events_ref').on(t.poolId, t.ref),
    unique('loss_events_deficit').on(t.poolId, t.sequence, t.deficit),
    index('loss_events_status').on(t.poolId, t.status, t.sequence),
    inJournal('loss_events_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'loss_events_account',
      columns: [t.poolId, t.accountNo],
      foreignColumns: [accounts.poolId, accounts.accountNo],
    }),
    check('loss_events_amounts', sql`${t.fundDraw} >= 0 and ${t.socialized} >= 0 and ${t.uncovered} >= 0`),
    check(
      'loss_events_sum',
      sql`${t.deficit} > 0 and ${t.deficit} = ${t.fundDraw} + ${t.socialized} + ${t.uncovered}`,
    ),
    check(
      'loss_events_status',
      sql`${t.status} = case when ${t.rounds} = 0 then 'OPEN' when ${t.uncovered} = 0 then 'SETTLED' else 'PARTIALLY_COVERED' end`,
    ),
  ],
);

/** Append-only: one run of the waterfall and the allocator. */
export const settlements = pgTable(
  'settlements',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    waterfall: text('waterfall').notNull(),
    method: text('method').$type<'PRO_RATA'>().notNull(),
    profitBasis: text('profit_basis').$type<'UNREALIZED'>().notNull(),
    maxHaircutRate: decimal('max_haircut_rate').notNull(),
    deficit: wideAtoms('deficit').notNull(),
    fundDraw: wideAtoms('fund_draw').notNull(),
    residual: wideAtoms('residual').notNull(),
    /** Σw, the denominator of the haircut ratio. */
    profitTotal: wideAtoms('profit_total').notNull(),
    haircutCapacity: wideAtoms('haircut_capacity').notNull(),
    socialized: wideAtoms('socialized').notNull(),
    uncovered: wideAtoms('uncovered').notNull(),
    haircutCount: integer('haircut_count').notNull(),
    settledAt: instant('settled_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('settlements_committed', t.poolId, t.sequence),
    check(
      'settlements_amounts',
      sql`${t.deficit} > 0 and ${t.fundDraw} >= 0 and ${t.socialized} >= 0 and ${t.uncovered} >= 0`,
    ),
    check('settlements_residual', sql`${t.residual} = ${t.deficit} - ${t.fundDraw}`),
    check('settlements_sum', sql`${t.residual} = ${t.socialized} + ${t.uncovered}`),
    check(
      'settlements_capacity',
      sql`${t.socialized} <= ${t.haircutCapacity} and ${t.haircutCapacity} <= ${t.profitTotal}`,
    ),
    check('settlements_count', sql`(${t.haircutCount} = 0) = (${t.socialized} = 0)`),
  ],
);

/**
 * Append-only: what one settlement did for one event. Round 1 settles the event's deficit, a later round exactly what
 * the round before left uncovered; both by foreign key.
 */
export const settlementEvents = pgTable(
  'settlement_events',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    eventSequence: sequenceNumber('event_sequence').notNull(),
    round: integer('round').notNull(),
    deficit: atoms('deficit').notNull(),
    fundDraw: atoms('fund_draw').notNull(),
    socialized: atoms('socialized').notNull(),
    uncovered: atoms('uncovered').notNull(),
    firstDeficit: atoms('first_deficit').generatedAlwaysAs(sql`case when "round" = 1 then "deficit" end`),
    previousRound: integer('previous_round').generatedAlwaysAs(sql`nullif("round" - 1, 0)`),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.eventSequence] }),
    unique('settlement_events_round').on(t.poolId, t.eventSequence, t.round),
    unique('settlement_events_uncovered').on(t.poolId, t.eventSequence, t.round, t.uncovered),
    foreignKey({
      name: 'settlement_events_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
    foreignKey({
      name: 'settlement_events_first',
      columns: [t.poolId, t.eventSequence, t.firstDeficit],
      foreignColumns: [lossEvents.poolId, lossEvents.sequence, lossEvents.deficit],
    }),
    foreignKey({
      name: 'settlement_events_again',
      columns: [t.poolId, t.eventSequence, t.previousRound, t.deficit],
      foreignColumns: [t.poolId, t.eventSequence, t.round, t.uncovered],
    }),
    check('settlement_events_round_from_one', sql`${t.round} >= 1`),
    check(
      'settlement_events_amounts',
      sql`${t.deficit} > 0 and ${t.fundDraw} >= 0 and ${t.socialized} >= 0 and ${t.uncovered} >= 0`,
    ),
    check('settlement_events_sum', sql`${t.deficit} = ${t.fundDraw} + ${t.socialized} + ${t.uncovered}`),
  ],
);

/** Append-only: the marks that a settlement valued the pool at. */
export const settlementMarks = pgTable(
  'settlement_marks',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    marketNo: integer('market_no').notNull(),
    price: decimal('price').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.marketNo] }),
    foreignKey({
      name: 'settlement_marks_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
  ],
);

/**
 * Append-only: the bearer's posting, its proof and its notice in one row. `ordinal` ranks the account's ref among the
 * settlement's bearers, so (sequence, ordinal) is the order of notices. Balance before is after + amount.
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
    profit: wideAtoms('profit').notNull(),
    cap: wideAtoms('cap').notNull(),
    amount: wideAtoms('amount').notNull(),
    balanceAfter: wideAtoms('balance_after').notNull(),
    borneAfter: wideAtoms('borne_after').notNull(),
    realizedAfter: wideAtoms('realized_after').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal] }),
    unique('haircuts_account').on(t.poolId, t.accountNo, t.sequence),
    check('haircuts_amount', sql`${t.amount} > 0 and ${t.amount} <= ${t.cap} and ${t.cap} <= ${t.profit}`),
    check('haircuts_borne', sql`${t.borneAfter} >= ${t.amount}`),
    check('haircuts_previous', sql`${t.previousSequence} < ${t.sequence}`),
  ],
);

/** Append-only: a commit that someone must hear of, written with it. A settlement's haircuts are its rows above. */
export const outbox = pgTable(
  'outbox',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    kind: text('kind').$type<'LOSS_OPENED' | 'SETTLED'>().notNull(),
    previousSequence: sequenceNumber('previous_sequence'),
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
    check('outbox_kind', sql`${t.kind} in ('LOSS_OPENED', 'SETTLED')`),
    check('outbox_previous', sql`${t.previousSequence} < ${t.sequence}`),
  ],
);
