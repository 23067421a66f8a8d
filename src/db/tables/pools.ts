import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  foreignKey,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import type { AllocationMethod } from '../../core/allocation/allocation.ts';
import type { ProfitBasis } from '../../core/profit.ts';
import type {
  LiquidationOrder,
  LossScope,
  MarketOverflow,
  PositionSource,
  Waterfall,
} from '../../core/rules.ts';
import {
  atoms,
  bytes,
  decimal,
  instant,
  key,
  numbers,
  quantities,
  sequenceNumber,
  tierList,
} from '../columns.ts';

/** How losses are covered, as columns: a pool's present rules, and each version that it ever had. */
const ruleColumns = () => ({
  waterfall: text('waterfall').$type<Waterfall>().notNull(),
  tiers: tierList('tiers').notNull(),
  method: text('method').$type<AllocationMethod>().notNull(),
  leverageExponent: smallint('leverage_exponent').notNull(),
  maxLeverage: decimal('max_leverage'),
  profitBasis: text('profit_basis').$type<ProfitBasis>().notNull(),
  scope: text('scope').$type<LossScope>().notNull(),
  overflow: text('overflow').$type<MarketOverflow>().notNull(),
  maxHaircutRate: decimal('max_haircut_rate').notNull(),
  fundReserve: atoms('fund_reserve').notNull(),
  fundCap: atoms('fund_cap'),
  operatorCap: atoms('operator_cap').notNull(),
  withdrawalsWhileLossOpen: text('withdrawals_while_loss_open').$type<'BLOCK' | 'ALLOW'>().notNull(),
  positionSource: text('position_source').$type<PositionSource>().notNull().default('SNAPSHOTS'),
  maxMarkAgeSeconds: integer('max_mark_age_seconds'),
  liquidationOrder: text('liquidation_order').$type<LiquidationOrder>().notNull().default('LARGEST_MARGIN'),
  liquidationFeeRate: decimal('liquidation_fee_rate').notNull().default('0'),
  liquidatorShare: decimal('liquidator_share').notNull().default('0'),
  liquidatorAccount: key('liquidator_account'),
});

export const pools = pgTable(
  'pools',
  {
    poolId: integer('pool_id').primaryKey().generatedAlwaysAsIdentity(),
    name: key('name').notNull().unique(),
    asset: text('asset').notNull(),
    decimals: smallint('decimals').notNull(),
    status: text('status').$type<'ACTIVE' | 'HALTED'>().notNull().default('ACTIVE'),
    haltReason: text('halt_reason'),
    ...ruleColumns(),
    rulesVersion: integer('rules_version').notNull().default(1),
    /** The number of the pool's last commit. Its row lock is what orders the pool's writers. */
    sequence: sequenceNumber('sequence').notNull().default(0n),
    fundBalance: atoms('fund_balance').notNull().default(0n),
    accountCount: integer('account_count').notNull().default(0),
    marketCount: integer('market_count').notNull().default(0),
    /** The sequence of the last row of the outbox: what the next notice names as its previous one. */
    lastLossSequence: sequenceNumber('last_loss_sequence'),
    /** The number of the pool's last margin alert. */
    alertCount: sequenceNumber('alert_count').notNull().default(0n),
    /** The sequence of the last session cut, 0 before the first: what haircuts bore before it counts no more. */
    sessionSequence: sequenceNumber('session_sequence').notNull().default(0n),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    check('pools_decimals', sql`${t.decimals} between 0 and 18`),
    check(
      'pools_status',
      sql`${t.status} in ('ACTIVE', 'HALTED') and (${t.status} = 'HALTED' or ${t.haltReason} is null)`,
    ),
    check('pools_waterfall', sql`${t.waterfall} in ('FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY')`),
    check(
      'pools_tiers',
      sql`${t.tiers}[1] = 'OWN_COLLATERAL' and ${t.tiers} <@ array['OWN_COLLATERAL', 'OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'] and ${t.waterfall} = case when not 'SOCIALIZATION' = any(${t.tiers}) then 'FUND_ONLY' when 'INSURANCE_FUND' = any(${t.tiers}) then 'FUND_THEN_SOCIALIZE' else 'SOCIALIZE_ONLY' end`,
    ),
    check(
      'pools_method',
      sql`${t.method} in ('PRO_RATA', 'RISK_WEIGHTED', 'CONSTRAINED_EQUAL_LOSSES', 'CONSTRAINED_EQUAL_AWARDS', 'TALMUD', 'OPEN_INTEREST', 'ADL_QUEUE')`,
    ),
    check('pools_leverage', sql`${t.leverageExponent} between 0 and 4 and ${t.maxLeverage} > 0`),
    check('pools_profit_basis', sql`${t.profitBasis} in ('UNREALIZED', 'SESSION')`),
    check(
      'pools_scope',
      sql`${t.scope} in ('POOL', 'MARKET') and ${t.overflow} in ('POOL', 'UNCOVERED') and (${t.scope} = 'POOL' or ${t.profitBasis} = 'UNREALIZED')`,
    ),
    check('pools_max_haircut_rate', sql`${t.maxHaircutRate} between 0 and 1`),
    check(
      'pools_fund',
      sql`${t.fundReserve} >= 0 and ${t.fundBalance} >= 0 and ${t.fundCap} >= 0 and ${t.operatorCap} >= 0`,
    ),
    check('pools_withdrawals', sql`${t.withdrawalsWhileLossOpen} in ('BLOCK', 'ALLOW')`),
    check(
      'pools_positions',
      sql`${t.positionSource} in ('SNAPSHOTS', 'FILLS') and ${t.maxMarkAgeSeconds} > 0`,
    ),
    check(
      'pools_liquidation',
      sql`${t.liquidationOrder} in ('LARGEST_MARGIN', 'LARGEST_LOSS', 'SMALLEST_LOSS') and ${t.liquidationFeeRate} between 0 and 1 and ${t.liquidatorShare} between 0 and 1 and (${t.liquidatorShare} = 0 or ${t.liquidatorAccount} is not null)`,
    ),
  ],
);

/**
 * Append-only: every version of a pool's rules; a settlement names the one that it used. Version 1 comes with the pool,
 * before any commit: its sequence is 0.
 */
export const poolRules = pgTable(
  'pool_rules',
  {
    poolId: integer('pool_id').notNull(),
    version: integer('version').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    ...ruleColumns(),
    since: instant('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.version] }),
    foreignKey({ name: 'pool_rules_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    check('pool_rules_version', sql`${t.version} >= 1`),
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
    /** The accounts whose own row or positions the commit changed: what a book in memory has to read again. */
    accounts: numbers('accounts').notNull().default([]),
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
/** A row belongs to a commit: its sequence is in the journal. */
export const inJournal = (name: string, poolId: AnyPgColumn, sequence: AnyPgColumn) =>
  foreignKey({
    name,
    columns: [poolId, sequence],
    foreignColumns: [journal.poolId, journal.sequence] as [AnyPgColumn, AnyPgColumn],
  });

/** When a pool was added up last, and how many of its sums did not hold. What was found is in the log. */
export const poolAudits = pgTable(
  'pool_audits',
  {
    poolId: integer('pool_id').primaryKey(),
    sequence: sequenceNumber('sequence').notNull(),
    broken: integer('broken').notNull(),
    /** By the database's clock: several servers go by it. */
    auditedAt: instant('audited_at').notNull(),
  },
  (t) => [foreignKey({ name: 'pool_audits_pool', columns: [t.poolId], foreignColumns: [pools.poolId] })],
);

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
    inJournal('idempotency_committed', t.poolId, t.sequence),
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
    /** Where each further tier of notional begins, ascending, and what it requires of the part above. */
    tierFloors: quantities('tier_floors').notNull().default([]),
    tierInitialRates: quantities('tier_initial_rates').notNull().default([]),
    tierMaintenanceRates: quantities('tier_maintenance_rates').notNull().default([]),
    /** How far a mark may move from the one before, as a share of it, before it has to be confirmed. */
    markBand: decimal('mark_band'),
    /** The most contracts that an account may hold, long or short. */
    maxPosition: decimal('max_position'),
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
    check(
      'markets_tiers',
      sql`cardinality(${t.tierFloors}) = cardinality(${t.tierInitialRates}) and cardinality(${t.tierFloors}) = cardinality(${t.tierMaintenanceRates})`,
    ),
    check('markets_limits', sql`${t.markBand} > 0 and ${t.maxPosition} >= 0`),
    check('markets_mark', sql`${t.markPrice} >= 0 and (${t.markPrice} is null) = (${t.markedAt} is null)`),
  ],
);
