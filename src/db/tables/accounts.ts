import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { atoms, decimal, instant, key, sequenceNumber, wideAtoms } from '../columns.ts';
import { inJournal, pools } from './pools.ts';

/**
 * `balance`, `borne` and `realized` are the account's head as of `head_sequence`. A haircut with a later sequence
 * carries a newer one: a settlement appends its rows and updates no account (docs/decisions/0001-balances.md).
 */
export const accounts = pgTable(
  'accounts',
  {
    poolId: integer('pool_id').notNull(),
    accountNo: integer('account_no').notNull(),
    ref: key('ref').notNull(),
    owner: key('owner').notNull(),
    status: text('status').$type<'ACTIVE' | 'BANKRUPT' | 'CLOSED'>().notNull().default('ACTIVE'),
    balance: wideAtoms('balance').notNull().default(0n),
    /** b before its offset: what haircuts took from the present unrealized profit. */
    borne: wideAtoms('borne').notNull().default(0n),
    /** Net REALIZED_PNL since `borne` rose from zero. */
    realized: wideAtoms('realized').notNull().default(0n),
    headSequence: sequenceNumber('head_sequence').notNull().default(0n),
    /** β of its own, where an administrator set one: the lower of it and the pool's counts. */
    maxHaircutRate: decimal('max_haircut_rate'),
    /** Net REALIZED_PNL in the session that began at `session_sequence`; in a later one it is 0. */
    sessionRealized: wideAtoms('session_realized').notNull().default(0n),
    sessionSequence: sequenceNumber('session_sequence').notNull().default(0n),
    /** The one market that an isolated account may hold positions in; null where margin is shared across markets. */
    isolatedMarketNo: integer('isolated_market_no'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.accountNo] }),
    unique('accounts_ref').on(t.poolId, t.ref),
    index('accounts_owner').on(t.poolId, t.owner, t.ref),
    foreignKey({ name: 'accounts_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    check('accounts_status', sql`${t.status} in ('ACTIVE', 'BANKRUPT', 'CLOSED')`),
    check('accounts_max_haircut_rate', sql`${t.maxHaircutRate} between 0 and 1`),
    check('accounts_borne', sql`${t.borne} >= 0 and (${t.borne} > 0 or ${t.realized} = 0)`),
  ],
);

/** Append-only: unrealized PnL of each account at a session cut, where it was not 0. */
export const sessionCuts = pgTable(
  'session_cuts',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    accountNo: integer('account_no').notNull(),
    unrealized: wideAtoms('unrealized').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.accountNo, t.sequence] }),
    inJournal('session_cuts_committed', t.poolId, t.sequence),
  ],
);

/**
 * `cost` is size × contract size × entry price, exactly, in units of the asset. A closed position stays as a row of
 * size 0, so that a late update that is older cannot open it again.
 */
export const positions = pgTable(
  'positions',
  {
    poolId: integer('pool_id').notNull(),
    accountNo: integer('account_no').notNull(),
    marketNo: integer('market_no').notNull(),
    size: decimal('size').notNull(),
    cost: decimal('cost').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.accountNo, t.marketNo] }),
    check('positions_closed', sql`${t.size} <> 0 or ${t.cost} = 0`),
  ],
);

/**
 * Append-only double entry: the rows of one statement sum to zero, by trigger. The bearers of a settlement are one
 * row here (ledger BEARERS) and one row each in haircuts, which sum to it.
 */
export const postings = pgTable(
  'postings',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ordinal: integer('ordinal').notNull(),
    ledger: text('ledger').$type<'ACCOUNT' | 'CLEARING' | 'OUTSIDE' | 'FUND' | 'BEARERS'>().notNull(),
    accountNo: integer('account_no'),
    kind: text('kind').notNull(),
    amount: wideAtoms('amount').notNull(),
    balanceAfter: wideAtoms('balance_after'),
    ref: text('ref'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.ordinal] }),
    check('postings_ledger', sql`${t.ledger} in ('ACCOUNT', 'CLEARING', 'OUTSIDE', 'FUND', 'BEARERS')`),
    check(
      'postings_account',
      sql`(${t.ledger} = 'ACCOUNT') = (${t.accountNo} is not null) and (${t.accountNo} is null) = (${t.balanceAfter} is null)`,
    ),
    check('postings_amount', sql`${t.amount} <> 0`),
  ],
);

export type FundEntryKind =
  | 'LIQUIDATION_FEE'
  | 'OPERATOR_CONTRIBUTION'
  | 'LOSS_DRAW'
  | 'WITHDRAWAL'
  | 'RECOVERY'
  | 'REVERSAL';

/** Append-only. `amount` is what it adds to the fund: a draw is below zero. */
export const fundEntries = pgTable(
  'fund_entries',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    kind: text('kind').$type<FundEntryKind>().notNull(),
    amount: atoms('amount').notNull(),
    balanceAfter: atoms('balance_after').notNull(),
    ref: text('ref'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('fund_entries_committed', t.poolId, t.sequence),
    check('fund_entries_amount', sql`${t.amount} <> 0 and ${t.balanceAfter} >= 0`),
    check(
      'fund_entries_kind',
      sql`${t.kind} in ('LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION', 'LOSS_DRAW', 'WITHDRAWAL', 'RECOVERY', 'REVERSAL')`,
    ),
    check('fund_entries_sign', sql`(${t.kind} in ('LOSS_DRAW', 'WITHDRAWAL')) = (${t.amount} < 0)`),
  ],
);
