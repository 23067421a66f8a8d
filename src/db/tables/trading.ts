import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { atoms, decimal, instant, key, sequenceNumber, wideAtoms } from '../columns.ts';
import { lossEvents } from './losses.ts';
import { inJournal, pools } from './pools.ts';

/** Append-only: the fills that a pool's positions come of. A trade's id comes once an account. */
export const fills = pgTable(
  'fills',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    trade: key('trade').notNull(),
    accountNo: integer('account_no').notNull(),
    marketNo: integer('market_no').notNull(),
    /** Signed: bought above 0, sold below. */
    size: decimal('size').notNull(),
    price: decimal('price').notNull(),
    /** What the account paid; below 0 a rebate. */
    fee: atoms('fee').notNull(),
    realized: wideAtoms('realized').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal] }),
    unique('fills_trade').on(t.poolId, t.trade, t.accountNo),
    inJournal('fills_committed', t.poolId, t.sequence),
    check('fills_amounts', sql`${t.size} <> 0 and ${t.price} >= 0`),
  ],
);

/** Append-only: a liquidation, with what it left of the account. Amounts in atoms. */
export const liquidations = pgTable(
  'liquidations',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    accountNo: integer('account_no').notNull(),
    takeoverAccountNo: integer('takeover_account_no'),
    feeRate: decimal('fee_rate').notNull(),
    /** What the account paid, and its parts. */
    fee: atoms('fee').notNull(),
    fundFee: atoms('fund_fee').notNull(),
    liquidatorFee: atoms('liquidator_fee').notNull(),
    liquidatorAccountNo: integer('liquidator_account_no'),
    realized: wideAtoms('realized').notNull(),
    healthBefore: text('health_before').$type<'LIQUIDATABLE' | 'BANKRUPT'>().notNull(),
    healthAfter: text('health_after').$type<'SAFE' | 'MARGIN_CALL' | 'LIQUIDATABLE' | 'BANKRUPT'>().notNull(),
    equityBefore: wideAtoms('equity_before').notNull(),
    equityAfter: wideAtoms('equity_after').notNull(),
    /** The sequence of the loss event that it opened: its own, or null. */
    lossSequence: sequenceNumber('loss_sequence'),
    liquidatedAt: instant('liquidated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('liquidations_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'liquidations_loss',
      columns: [t.poolId, t.lossSequence],
      foreignColumns: [lossEvents.poolId, lossEvents.sequence],
    }),
    check(
      'liquidations_fee',
      sql`least(${t.fundFee}, ${t.liquidatorFee}) >= 0 and ${t.fee} = ${t.fundFee} + ${t.liquidatorFee} and (${t.liquidatorFee} = 0 or ${t.liquidatorAccountNo} is not null)`,
    ),
    check(
      'liquidations_loss_own',
      sql`${t.lossSequence} is null or (${t.lossSequence} = ${t.sequence} and ${t.equityAfter} < 0 and ${t.fee} = 0)`,
    ),
  ],
);

/** Append-only: what a liquidation closed, in the order that it did. */
export const liquidationCloses = pgTable(
  'liquidation_closes',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    marketNo: integer('market_no').notNull(),
    /** What was closed, signed as the position was. */
    size: decimal('size').notNull(),
    price: decimal('price').notNull(),
    realized: wideAtoms('realized').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal] }),
    foreignKey({
      name: 'liquidation_closes_of',
      columns: [t.poolId, t.sequence],
      foreignColumns: [liquidations.poolId, liquidations.sequence],
    }),
    check('liquidation_closes_amounts', sql`${t.size} <> 0 and ${t.price} >= 0`),
  ],
);

type Health = 'SAFE' | 'MARGIN_CALL' | 'LIQUIDATABLE' | 'BANKRUPT';

/**
 * Append-only: an account's health changed. Numbered from 1 without a gap in the pool, apart from its sequence: whoever follows a
 * pool in memory raises them, and no mutation waits for it. Amounts in atoms, at the sequence that they were seen at.
 */
export const marginAlerts = pgTable(
  'margin_alerts',
  {
    poolId: integer('pool_id').notNull(),
    alertNo: sequenceNumber('alert_no').notNull(),
    accountNo: integer('account_no').notNull(),
    /** The account's alert before this one. */
    previousAlertNo: sequenceNumber('previous_alert_no'),
    sequence: sequenceNumber('sequence').notNull(),
    health: text('health').$type<Health>().notNull(),
    previousHealth: text('previous_health').$type<Health>().notNull(),
    equity: wideAtoms('equity').notNull(),
    initial: wideAtoms('initial').notNull(),
    maintenance: wideAtoms('maintenance').notNull(),
    raisedAt: instant('raised_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.alertNo] }),
    foreignKey({ name: 'margin_alerts_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    index('margin_alerts_account').on(t.poolId, t.accountNo, t.alertNo),
    check(
      'margin_alerts_health',
      sql`${t.health} <> ${t.previousHealth} and ${t.alertNo} > 0 and ${t.previousAlertNo} < ${t.alertNo}`,
    ),
  ],
);
