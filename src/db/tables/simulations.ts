import { sql } from 'drizzle-orm';
import {
  check,
  customType,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { instant, key, sequenceNumber } from '../columns.ts';
import { pools } from './pools.ts';

export type SimulationStatus = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });
/** From 0 to 1. */
const share = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric(19,18)' });
const document = customType<{ data: string; driverData: string }>({ dataType: () => 'text' });

/**
 * A simulation as a job: what was asked, of which moment of the pool, how far it is and what it came to. Not append-only: its status moves
 * from QUEUED over RUNNING to one of the others and stays there. A server that works on it holds it until `held_until`.
 */
export const simulations = pgTable(
  'simulations',
  {
    poolId: integer('pool_id').notNull(),
    simulationNo: integer('simulation_no').notNull(),
    idempotencyKey: key('idempotency_key').notNull(),
    /** The token's subject: what one caller may have under way is limited. */
    subject: key('subject').notNull(),
    status: text('status').$type<SimulationStatus>().notNull(),
    /** The pool's sequence that the book was taken at. */
    sequence: sequenceNumber('sequence').notNull(),
    accounts: integer('accounts').notNull(),
    /** The run as JSON (settlement/simulation-spec.ts), and the input that it was made of. */
    spec: document('spec').notNull(),
    input: document('input').notNull(),
    batches: integer('batches').notNull(),
    batchesDone: integer('batches_done').notNull(),
    attempts: integer('attempts').notNull(),
    heldBy: text('held_by'),
    heldUntil: instant('held_until'),
    result: document('result'),
    /** What went wrong, in a sentence for the caller. */
    problem: text('problem'),
    createdAt: instant('created_at').notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.simulationNo] }),
    unique('simulations_key').on(t.poolId, t.idempotencyKey),
    foreignKey({ name: 'simulations_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
    index('simulations_open').on(t.poolId, t.status).where(sql`${t.status} in ('QUEUED', 'RUNNING')`),
    check('simulations_status', sql`${t.status} in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')`),
    check('simulations_progress', sql`${t.batchesDone} between 0 and ${t.batches} and ${t.batches} > 0`),
    check('simulations_result', sql`(${t.status} = 'DONE') = (${t.result} is not null)`),
    check('simulations_problem', sql`(${t.status} = 'FAILED') = (${t.problem} is not null)`),
    check(
      'simulations_finished',
      sql`(${t.status} in ('DONE', 'FAILED', 'CANCELLED')) = (${t.finishedAt} is not null)`,
    ),
  ],
);

/** The large parts of a simulation, by name: its book while it is under way, its accounts and their columns once it is done. */
export const simulationData = pgTable(
  'simulation_data',
  {
    poolId: integer('pool_id').notNull(),
    simulationNo: integer('simulation_no').notNull(),
    name: text('name').notNull(),
    data: bytes('data').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.simulationNo, t.name] }),
    foreignKey({
      name: 'simulation_data_of',
      columns: [t.poolId, t.simulationNo],
      foreignColumns: [simulations.poolId, simulations.simulationNo],
    }),
  ],
);

/** Append-only: what the last simulation before a settlement had said of its haircut rate. Rates and shares from 0 to 1. */
export const settlementForecasts = pgTable(
  'settlement_forecasts',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    simulationNo: integer('simulation_no').notNull(),
    /** S over the profit that it was taken from, cut off after 18 digits. */
    rate: share('rate').notNull(),
    /** The share of simulated paths with socialization whose rate was at most this; from `low` to `high` where several were the same. */
    low: share('low').notNull(),
    high: share('high').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.sequence] }),
    foreignKey({
      name: 'settlement_forecasts_of',
      columns: [t.poolId, t.simulationNo],
      foreignColumns: [simulations.poolId, simulations.simulationNo],
    }),
    check(
      'settlement_forecasts_range',
      sql`${t.rate} between 0 and 1 and 0 <= ${t.low} and ${t.low} <= ${t.high} and ${t.high} <= 1`,
    ),
  ],
);
