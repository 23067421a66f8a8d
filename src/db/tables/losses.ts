import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { atoms, covers, instant, key, sequenceNumber, wideAtoms } from '../columns.ts';
import { accounts } from './accounts.ts';
import { inJournal } from './pools.ts';

/** The deficit is for ever; how it is covered is a head over settlements, recoveries and reversals, guarded by trigger. */
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
    ...covers(atoms),
    uncovered: atoms('uncovered').notNull(),
    /** What recoveries brought in, whoever they repaid. */
    recovered: atoms('recovered').notNull().default(0n),
    /** How many settlements it has been part of. */
    rounds: integer('rounds').notNull().default(0),
    /** How many of them were not reversed. */
    standing: integer('standing').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    unique('loss_events_ref').on(t.poolId, t.ref),
    index('loss_events_status').on(t.poolId, t.status, t.sequence),
    inJournal('loss_events_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'loss_events_account',
      columns: [t.poolId, t.accountNo],
      foreignColumns: [accounts.poolId, accounts.accountNo],
    }),
    check(
      'loss_events_amounts',
      sql`least(${t.recourse}, ${t.operatorCapital}, ${t.fundDraw}, ${t.socialized}, ${t.uncovered}, ${t.recovered}) >= 0`,
    ),
    check(
      'loss_events_sum',
      sql`${t.deficit} > 0 and ${t.deficit} = ${t.recourse} + ${t.operatorCapital} + ${t.fundDraw} + ${t.socialized} + ${t.uncovered} + ${t.recovered}`,
    ),
    check('loss_events_rounds', sql`0 <= ${t.standing} and ${t.standing} <= ${t.rounds}`),
    check(
      'loss_events_status',
      sql`${t.status} = case when ${t.uncovered} = 0 then 'SETTLED' when ${t.standing} = 0 then 'OPEN' else 'PARTIALLY_COVERED' end`,
    ),
  ],
);

/** Append-only: what the bankrupt lost in each market when its positions were closed out. Markets it won in have no row. */
export const lossEventMarkets = pgTable(
  'loss_event_markets',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    marketNo: integer('market_no').notNull(),
    loss: wideAtoms('loss').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.marketNo] }),
    foreignKey({
      name: 'loss_event_markets_event',
      columns: [t.poolId, t.sequence],
      foreignColumns: [lossEvents.poolId, lossEvents.sequence],
    }),
    check('loss_event_markets_loss', sql`${t.loss} > 0`),
  ],
);
