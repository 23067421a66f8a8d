import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import { atoms, bytes, decimal, key, sequenceNumber, wideAtoms } from './columns.ts';

/*
 * Every key leads with the pool: a pool never shares a row with another, so pools can be spread over machines.
 * Inside a pool, accounts and markets are numbered (1, 2, 3 …) so that the tables that grow carry four bytes
 * instead of a name; the numbers never leave the database.
 *
 * Tables marked "append-only" refuse UPDATE, DELETE and TRUNCATE by trigger (drizzle/…_guards).
 */

const instant = (name: string) => timestamp(name, { precision: 6, withTimezone: true, mode: 'string' });

export const pools = pgTable(
  'pools',
  {
    poolId: integer('pool_id').primaryKey().generatedAlwaysAsIdentity(),
    name: key('name').notNull().unique(),
    asset: text('asset').notNull(),
    decimals: smallint('decimals').notNull(),
    status: text('status').$type<'ACTIVE' | 'HALTED'>().notNull().default('ACTIVE'),
    waterfall: text('waterfall').$type<'FUND_THEN_SOCIALIZE' | 'FUND_ONLY' | 'SOCIALIZE_ONLY'>().notNull(),
    method: text('method').$type<'PRO_RATA'>().notNull(),
    profitBasis: text('profit_basis').$type<'UNREALIZED'>().notNull(),
    maxHaircutRate: decimal('max_haircut_rate').notNull(),
    fundReserve: atoms('fund_reserve').notNull(),
    withdrawalsWhileLossOpen: text('withdrawals_while_loss_open').$type<'BLOCK' | 'ALLOW'>().notNull(),
    /** The number of the pool's last commit. Its row lock is what orders the pool's writers. */
    sequence: sequenceNumber('sequence').notNull().default(0n),
    fundBalance: atoms('fund_balance').notNull().default(0n),
    accountCount: integer('account_count').notNull().default(0),
    marketCount: integer('market_count').notNull().default(0),
    /** The sequence of the last row of the outbox: what the next notice names as its previous one. */
    lastLossSequence: sequenceNumber('last_loss_sequence'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    check('pools_decimals', sql`${t.decimals} between 0 and 18`),
    check('pools_status', sql`${t.status} in ('ACTIVE', 'HALTED')`),
    check('pools_waterfall', sql`${t.waterfall} in ('FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY')`),
    check('pools_method', sql`${t.method} in ('PRO_RATA')`),
    check('pools_profit_basis', sql`${t.profitBasis} in ('UNREALIZED')`),
    check('pools_max_haircut_rate', sql`${t.maxHaircutRate} between 0 and 1`),
    check('pools_fund', sql`${t.fundReserve} >= 0 and ${t.fundBalance} >= 0`),
    check('pools_withdrawals', sql`${t.withdrawalsWhileLossOpen} in ('BLOCK', 'ALLOW')`),
  ],
);

/** Append-only: one row per committed mutation. `previous` refers to the row before it, so a gap cannot be stored. */
export const journal = pgTable(
  'journal',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    previous: sequenceNumber('previous').generatedAlwaysAs(sql`nullif("sequence" - 1, 0)`),
    mutation: text('mutation').notNull(),
    committedAt: instant('committed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    foreignKey({ name: 'journal_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    foreignKey({
      name: 'journal_gapless',
      columns: [t.poolId, t.previous],
      foreignColumns: [t.poolId, t.sequence],
    }),
    check('journal_sequence', sql`${t.sequence} > 0`),
  ],
);

const committed = (name: string, t: { poolId: never; sequence: never }) =>
  foreignKey({
    name,
    columns: [t.poolId, t.sequence],
    foreignColumns: [journal.poolId, journal.sequence] as never,
  });

/** Append-only: what a key was used for. The answer is rebuilt from the rows that the mutation wrote. */
export const idempotencyRecords = pgTable(
  'idempotency_records',
  {
    poolId: integer('pool_id').notNull(),
    key: key('key').notNull(),
    mutation: text('mutation').notNull(),
    inputHash: bytes('input_hash').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.key] }),
    committed('idempotency_committed', t as never),
    check('idempotency_hash', sql`octet_length(${t.inputHash}) = 32`),
  ],
);

export const markets = pgTable(
  'markets',
  {
    poolId: integer('pool_id').notNull(),
    marketNo: integer('market_no').notNull(),
    symbol: key('symbol').notNull(),
    contractSize: decimal('contract_size').notNull(),
    initialMarginRate: decimal('initial_margin_rate').notNull(),
    maintenanceMarginRate: decimal('maintenance_margin_rate').notNull(),
    markPrice: decimal('mark_price'),
    markedAt: instant('marked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.marketNo] }),
    unique('markets_symbol').on(t.poolId, t.symbol),
    foreignKey({ name: 'markets_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    check('markets_contract_size', sql`${t.contractSize} > 0`),
    check(
      'markets_margin_rates',
      sql`0 <= ${t.maintenanceMarginRate} and ${t.maintenanceMarginRate} <= ${t.initialMarginRate} and ${t.initialMarginRate} <= 1`,
    ),
    check('markets_mark', sql`${t.markPrice} >= 0 and (${t.markPrice} is null) = (${t.markedAt} is null)`),
  ],
);

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
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.accountNo] }),
    unique('accounts_ref').on(t.poolId, t.ref),
    index('accounts_owner').on(t.poolId, t.owner, t.ref),
    foreignKey({ name: 'accounts_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    check('accounts_status', sql`${t.status} in ('ACTIVE', 'BANKRUPT', 'CLOSED')`),
    check('accounts_borne', sql`${t.borne} >= 0 and (${t.borne} > 0 or ${t.realized} = 0)`),
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

/** Append-only. `amount` is what it adds to the fund: a draw is below zero. */
export const fundEntries = pgTable(
  'fund_entries',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    kind: text('kind')
      .$type<'LIQUIDATION_FEE' | 'OPERATOR_CONTRIBUTION' | 'LOSS_DRAW' | 'WITHDRAWAL' | 'RECOVERY'>()
      .notNull(),
    amount: atoms('amount').notNull(),
    balanceAfter: atoms('balance_after').notNull(),
    ref: text('ref'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    committed('fund_entries_committed', t as never),
    check('fund_entries_amount', sql`${t.amount} <> 0 and ${t.balanceAfter} >= 0`),
    check(
      'fund_entries_kind',
      sql`${t.kind} in ('LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION', 'LOSS_DRAW', 'WITHDRAWAL', 'RECOVERY')`,
    ),
    check('fund_entries_sign', sql`(${t.kind} in ('LOSS_DRAW', 'WITHDRAWAL')) = (${t.amount} < 0)`),
  ],
);

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
    committed('loss_events_committed', t as never),
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
    committed('settlements_committed', t as never),
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
    committed('outbox_committed', t as never),
    foreignKey({
      name: 'outbox_chain',
      columns: [t.poolId, t.previousSequence],
      foreignColumns: [t.poolId, t.sequence],
    }),
    check('outbox_kind', sql`${t.kind} in ('LOSS_OPENED', 'SETTLED')`),
    check('outbox_previous', sql`${t.previousSequence} < ${t.sequence}`),
  ],
);

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
  profit: wideAtoms('profit').notNull(),
  cap: wideAtoms('cap').notNull(),
  amount: wideAtoms('amount').notNull(),
  balanceAfter: wideAtoms('balance_after').notNull(),
  accountRef: key('account_ref').notNull(),
  accountOwner: key('account_owner').notNull(),
}).existing();
