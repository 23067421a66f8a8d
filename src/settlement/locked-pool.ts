import type postgres from 'postgres';
import { unknownPool } from './pool-refusals.ts';
import { type PoolRules, type RulesRow, rulesOf } from './rules.ts';

/** A pool as one reads it: under its lock, or in a snapshot. */
export interface LockedPool {
  readonly poolId: number;
  readonly name: string;
  /** Of its last commit. */
  readonly sequence: bigint;
  readonly decimals: number;
  readonly halted: boolean;
  readonly rules: PoolRules;
  readonly rulesVersion: number;
  readonly fundBalance: bigint;
  /** The sequence of the last session cut, 0 before the first. */
  readonly sessionSequence: bigint;
  readonly accountCount: number;
  readonly marketCount: number;
  readonly alertCount: bigint;
}

export interface PoolRow extends RulesRow {
  pool_id: number;
  name: string;
  status: string;
  decimals: number;
  rules_version: number;
  sequence: string;
  session_sequence: string;
  fund_balance: string;
  account_count: number;
  market_count: number;
  alert_count: string;
}

/** PostgreSQL stores every text but one with a NUL in it: such a name names nothing. */
export const findable = (name: string): boolean => !name.includes('\0');

/**
 * The pool of a name as this snapshot has it, without a lock.
 *
 * @throws Refusal NOT_FOUND, with the path input.pool
 */
export async function readPool(sql: postgres.TransactionSql, name: string): Promise<LockedPool> {
  const [row] = findable(name) ? await sql<PoolRow[]>`select * from pools where name = ${name}` : [];
  if (!row) throw unknownPool();
  return lockedPool(row);
}

/**
 * The pool of a name, locked for its one writer.
 *
 * @throws Refusal NOT_FOUND, with the path input.pool
 */
export async function lockPool(sql: postgres.TransactionSql, name: string): Promise<PoolRow> {
  if (!findable(name)) throw unknownPool();
  const [row] = await sql<PoolRow[]>`select * from pools where name = ${name} for no key update`;
  if (!row) throw unknownPool();
  return row;
}

export function lockedPool(row: PoolRow): LockedPool {
  return {
    poolId: row.pool_id,
    name: row.name,
    sequence: BigInt(row.sequence),
    decimals: row.decimals,
    halted: row.status === 'HALTED',
    rules: rulesOf(row),
    rulesVersion: row.rules_version,
    fundBalance: BigInt(row.fund_balance),
    sessionSequence: BigInt(row.session_sequence),
    accountCount: row.account_count,
    marketCount: row.market_count,
    alertCount: BigInt(row.alert_count),
  };
}
