import { boolean, integer, pgView, text } from 'drizzle-orm/pg-core';
import { decimal, key, sequenceNumber, wideAtoms } from '../columns.ts';

/** Views of drizzle/…_guards: an account as it stands now, and a haircut with its account's name. */
export const accountState = pgView('account_state', {
  poolId: integer('pool_id').notNull(),
  accountNo: integer('account_no').notNull(),
  ref: key('ref').notNull(),
  owner: key('owner').notNull(),
  status: text('status').$type<'ACTIVE' | 'BANKRUPT' | 'CLOSED'>().notNull(),
  balance: wideAtoms('balance').notNull(),
  borne: wideAtoms('borne').notNull(),
  realized: wideAtoms('realized').notNull(),
  lastNoticeSequence: sequenceNumber('last_notice_sequence'),
  unrealized: wideAtoms('unrealized').notNull(),
  /** Profit by the pool's basis: `unrealized`, or what was made since the last session cut. */
  gain: wideAtoms('gain').notNull(),
  maxHaircutRate: decimal('max_haircut_rate'),
  isolatedMarketNo: integer('isolated_market_no'),
  initialMargin: wideAtoms('initial_margin').notNull(),
  /** A position is in a market without a mark. */
  unmarked: boolean('unmarked').notNull(),
  openPositions: integer('open_positions').notNull(),
}).existing();

export const haircutNotice = pgView('haircut_notice', {
  poolId: integer('pool_id').notNull(),
  sequence: sequenceNumber('sequence').notNull(),
  ordinal: integer('ordinal').notNull(),
  accountNo: integer('account_no').notNull(),
  previousSequence: sequenceNumber('previous_sequence'),
  profit: wideAtoms('profit'),
  cap: wideAtoms('cap'),
  weight: wideAtoms('weight'),
  recourse: wideAtoms('recourse'),
  amount: wideAtoms('amount').notNull(),
  balanceAfter: wideAtoms('balance_after').notNull(),
  restores: sequenceNumber('restores'),
  accountRef: key('account_ref').notNull(),
  accountOwner: key('account_owner').notNull(),
}).existing();
