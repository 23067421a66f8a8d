import { sql } from 'drizzle-orm';
import { check, foreignKey, integer, pgTable, primaryKey, smallint, text, unique } from 'drizzle-orm/pg-core';
import type { AllocationMethod } from '../../core/allocation/allocation.ts';
import type { ProfitBasis } from '../../core/profit.ts';
import type { Waterfall } from '../../core/rules.ts';
import type { PartScope } from '../../core/socialize.ts';
import { atoms, bytes, covers, decimal, instant, key, sequenceNumber, wideAtoms } from '../columns.ts';
import { lossEvents } from './losses.ts';
import { inJournal, poolRules } from './pools.ts';

/** Append-only: one run of the waterfall and the allocator. */
export const settlements = pgTable(
  'settlements',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    rulesVersion: integer('rules_version').notNull().default(1),
    waterfall: text('waterfall').$type<Waterfall>().notNull(),
    method: text('method').$type<AllocationMethod>().notNull(),
    profitBasis: text('profit_basis').$type<ProfitBasis>().notNull(),
    maxHaircutRate: decimal('max_haircut_rate').notNull(),
    deficit: wideAtoms('deficit').notNull(),
    ...covers(wideAtoms),
    residual: wideAtoms('residual').notNull(),
    /** Σw, the denominator of the haircut ratio. */
    profitTotal: wideAtoms('profit_total').notNull(),
    haircutCapacity: wideAtoms('haircut_capacity').notNull(),
    uncovered: wideAtoms('uncovered').notNull(),
    haircutCount: integer('haircut_count').notNull(),
    /** Why an administrator settled at marks older than the rules allow; null where they were not. */
    staleMarksReason: text('stale_marks_reason'),
    settledAt: instant('settled_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    inJournal('settlements_committed', t.poolId, t.sequence),
    foreignKey({
      name: 'settlements_rules',
      columns: [t.poolId, t.rulesVersion],
      foreignColumns: [poolRules.poolId, poolRules.version],
    }),
    check(
      'settlements_amounts',
      sql`${t.deficit} > 0 and least(${t.recourse}, ${t.operatorCapital}, ${t.fundDraw}, ${t.socialized}, ${t.uncovered}) >= 0`,
    ),
    check(
      'settlements_residual',
      sql`${t.residual} = ${t.deficit} - ${t.recourse} - ${t.operatorCapital} - ${t.fundDraw}`,
    ),
    check('settlements_sum', sql`${t.residual} = ${t.socialized} + ${t.uncovered}`),
    check(
      'settlements_capacity',
      sql`${t.socialized} <= ${t.haircutCapacity} and ${t.haircutCapacity} <= ${t.profitTotal}`,
    ),
    check('settlements_count', sql`(${t.haircutCount} = 0) = (${t.socialized} + ${t.recourse} = 0)`),
  ],
);

/**
 * Append-only: what one settlement did for one event. Each round settles exactly what was uncovered when it came, by
 * trigger.
 */
export const settlementEvents = pgTable(
  'settlement_events',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    eventSequence: sequenceNumber('event_sequence').notNull(),
    round: integer('round').notNull(),
    deficit: atoms('deficit').notNull(),
    ...covers(atoms),
    uncovered: atoms('uncovered').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.eventSequence] }),
    unique('settlement_events_round').on(t.poolId, t.eventSequence, t.round),
    foreignKey({
      name: 'settlement_events_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
    foreignKey({
      name: 'settlement_events_event',
      columns: [t.poolId, t.eventSequence],
      foreignColumns: [lossEvents.poolId, lossEvents.sequence],
    }),
    check('settlement_events_round_from_one', sql`${t.round} >= 1`),
    check(
      'settlement_events_amounts',
      sql`${t.deficit} > 0 and least(${t.recourse}, ${t.operatorCapital}, ${t.fundDraw}, ${t.socialized}, ${t.uncovered}) >= 0`,
    ),
    check(
      'settlement_events_sum',
      sql`${t.deficit} = ${t.recourse} + ${t.operatorCapital} + ${t.fundDraw} + ${t.socialized} + ${t.uncovered}`,
    ),
  ],
);

/**
 * Append-only: what of an event's share came to each market, and what its winners bore of it, where the rest stays
 * uncovered: when the event is settled again, each market is asked for what it did not bear.
 */
export const settlementEventMarkets = pgTable(
  'settlement_event_markets',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    eventSequence: sequenceNumber('event_sequence').notNull(),
    marketNo: integer('market_no').notNull(),
    loss: wideAtoms('loss').notNull(),
    socialized: wideAtoms('socialized').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.eventSequence, t.marketNo] }),
    foreignKey({
      name: 'settlement_event_markets_share',
      columns: [t.poolId, t.sequence, t.eventSequence],
      foreignColumns: [settlementEvents.poolId, settlementEvents.sequence, settlementEvents.eventSequence],
    }),
    check(
      'settlement_event_markets_amounts',
      sql`${t.loss} > 0 and 0 <= ${t.socialized} and ${t.socialized} <= ${t.loss}`,
    ),
  ],
);

/**
 * Append-only: the allocations that a settlement's haircuts are the sum of, from 1, with the figures that fix every share
 * (src/core/allocation). Their losses sum to what accounts gave up, by trigger.
 */
export const settlementParts = pgTable(
  'settlement_parts',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    part: integer('part').notNull(),
    scope: text('scope').$type<PartScope>().notNull(),
    marketNo: integer('market_no'),
    method: text('method').$type<AllocationMethod>().notNull(),
    loss: wideAtoms('loss').notNull(),
    profitTotal: wideAtoms('profit_total').notNull(),
    capacity: wideAtoms('capacity').notNull(),
    phase: smallint('phase').notNull(),
    /** λ and the smallest remainder that got an atom, as n/d in lowest terms. Texts: they have as many digits as they need. */
    level: text('level').notNull(),
    lastRemainder: text('last_remainder').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.part] }),
    foreignKey({
      name: 'settlement_parts_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
    check('settlement_parts_scope', sql`(${t.scope} = 'MARKET') = (${t.marketNo} is not null)`),
    check(
      'settlement_parts_loss',
      sql`${t.loss} > 0 and ${t.loss} <= ${t.capacity} and ${t.capacity} <= ${t.profitTotal}`,
    ),
  ],
);

/** Append-only: what a settlement with haircuts commits to (docs/proofs.md), its root and the hash of its tree, in hex. */
export const settlementRoots = pgTable(
  'settlement_roots',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    root: text('root').notNull(),
    tree: text('tree').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    foreignKey({
      name: 'settlement_roots_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
  ],
);

/**
 * Append-only: the leaves of a settlement's tree, in their order, 1,024 a row: hash and amount a line. `first` is the
 * first hash, by which the row of a leaf is found; `hash` and `sum` are the root of the row's own subtree.
 */
export const settlementLeaves = pgTable(
  'settlement_leaves',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    chunk: integer('chunk').notNull(),
    first: key('first').notNull(),
    hash: text('hash').notNull(),
    sum: wideAtoms('sum').notNull(),
    leaves: text('leaves').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence, t.chunk] }),
    foreignKey({
      name: 'settlement_leaves_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
  ],
);

/** Append-only: what the salts of a settlement's leaves are derived from. Nothing that is shown is read with it. */
export const settlementSeeds = pgTable(
  'settlement_seeds',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    seed: bytes('seed').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    foreignKey({
      name: 'settlement_seeds_settlement',
      columns: [t.poolId, t.sequence],
      foreignColumns: [settlements.poolId, settlements.sequence],
    }),
    check('settlement_seeds_seed', sql`octet_length(${t.seed}) = 32`),
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
