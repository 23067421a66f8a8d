import type postgres from 'postgres';
import type { Clock } from '../core/clock.ts';
import { Refusal } from '../core/refusal.ts';
import { type Database, inTransaction, isConnectionLost } from '../db/database.ts';
import type { OutboxKind } from '../db/schema.ts';
import type { Books } from './books.ts';
import { checkIdempotencyKey } from './check.ts';
import { hashOf, replay } from './idempotency.ts';
import { type MutationOutcome, type Observed, type Observer, UNOBSERVED } from './observer.ts';
import { busy, halted, unknownPool } from './pool-refusals.ts';
import { type PoolRules, type RulesRow, rulesOf } from './rules.ts';
import { checkMoved, saysSumsBroken } from './sums.ts';

export type Sql = postgres.TransactionSql;

/** What a mutation needs from the process that runs it. */
export interface Runtime {
  readonly db: Database;
  readonly clock: Clock;
  /** Bytes that nobody can guess: what salts are made of. */
  readonly random: (bytes: number) => Uint8Array;
  readonly books: Books;
  /** Left out, nobody is told. */
  readonly observer?: Observer;
  /** Halts the pool of a mutation that met a sum which does not hold. */
  readonly halts: Halting;
}

/** What a mutation asks when sums do not hold (halts.ts). */
export interface Halting {
  afterFailure(poolId: number, cause: unknown): Promise<void>;
}

/** What a committed mutation answers with; entities are loaded by it, so a replay answers the same. */
export interface Committed {
  readonly poolId: number;
  readonly sequence: bigint;
  readonly count: number;
}

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

/** What a commit changes on the pool's own row. */
export interface PoolChange {
  readonly fundBalance?: bigint;
  readonly accountCount?: number;
  readonly marketCount?: number;
  readonly status?: 'ACTIVE' | 'HALTED';
  /** Null where the pool is ACTIVE. */
  readonly haltReason?: string | null;
  /**
   * Accounts whose row or positions are written. A book in memory reads them again; haircuts it finds by their sequence,
   * new accounts by their number, and marks it always reads.
   */
  readonly accounts?: Iterable<number>;
}

export interface Request {
  readonly mutation: string;
  readonly pool: string;
  /** A halted pool takes it too: what an administrator mends it with. */
  readonly whileHalted?: boolean;
  /** With a key, one input answers one result for ever. */
  readonly idempotencyKey?: string;
  readonly input: unknown;
}

/** A mutation at work: it reads and checks, takes its sequence number once with advance(), then writes under it. */
export class PoolTransaction {
  readonly sql: Sql;
  readonly pool: LockedPool;
  readonly random: Runtime['random'];
  readonly books: Books;
  /** The one time of everything that this mutation writes. */
  readonly now: string;
  readonly observed: Observed;
  /** Whether it moved money, so that there is something to add up. */
  movesMoney = false;
  /** What the hubs are woken by; null where nobody has to hear of it. */
  announcement: string | null = null;
  readonly #mutation: string;

  constructor(
    sql: Sql,
    pool: LockedPool,
    { clock, random, books }: Pick<Runtime, 'clock' | 'random' | 'books'>,
    mutation: string,
    observed: Observed,
  ) {
    this.sql = sql;
    this.observed = observed;
    this.pool = pool;
    this.random = random;
    this.books = books;
    this.now = clock.now();
    this.#mutation = mutation;
  }

  /** Takes the pool's next sequence number and journals it. Every row that follows refers to it. */
  async advance(change: PoolChange = {}): Promise<bigint> {
    const { sql, pool } = this;
    const [row] = await sql<{ sequence: string }[]>`
      with step as (
        update pools set sequence = sequence + 1,
          fund_balance = ${(change.fundBalance ?? pool.fundBalance).toString()},
          account_count = ${change.accountCount ?? pool.accountCount},
          market_count = ${change.marketCount ?? pool.marketCount},
          status = coalesce(${change.status ?? null}, status),
          halt_reason = case when ${change.status ?? null}::text is null then halt_reason else ${change.haltReason ?? null} end
        where pool_id = ${pool.poolId} returning pool_id, sequence)
      insert into journal (pool_id, sequence, mutation, committed_at, accounts)
      select pool_id, sequence, ${this.#mutation}, ${this.now}::timestamptz, ${[...new Set(change.accounts)]}::int[] from step
      returning sequence`;
    return BigInt(row!.sequence);
  }

  /** Appends what someone must hear of, and wakes the relays when this commits. */
  async notice(kind: OutboxKind, sequence: bigint, reason: string | null = null): Promise<void> {
    const { sql, pool, observed } = this;
    const at = sequence.toString();
    // A relay that this wakes says in its trace what it follows from.
    const payload = [pool.poolId, at, ...(observed.traceparent ? [observed.traceparent] : [])].join(':');
    await sql`
      with last as (
        select pool_id, last_loss_sequence from pools where pool_id = ${pool.poolId}),
      head as (
        update pools set last_loss_sequence = ${at} where pool_id = ${pool.poolId}),
      appended as (
        insert into outbox (pool_id, sequence, kind, previous_sequence, reason, committed_at)
        select pool_id, ${at}, ${kind}, last_loss_sequence, ${reason}, ${this.now}::timestamptz from last)
      select pg_notify('shearwater_outbox', ${payload})
      where current_setting('shearwater.notify', true) is distinct from 'off'`;
    this.announcement = payload;
  }
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

const LOCK_NOT_AVAILABLE = '55P03';
const RETRIES = 3;
const RETRY_PAUSE_MS = 200;

/**
 * Runs one mutation of one pool: its turn in this process, the pool's row lock, the idempotency record, the body, one commit. Isolation is READ
 * COMMITTED: under the lock the pool has one writer, and each statement sees all that was committed before it.
 *
 * Refusals are checked in one order: shape (by the caller), pool, key, halt, then what the body refuses.
 */
export async function inPool(
  runtime: Runtime,
  request: Request,
  body: (tx: PoolTransaction) => Promise<{ sequence: bigint; count: number }>,
): Promise<Committed> {
  const { idempotencyKey } = request;
  if (idempotencyKey !== undefined) checkIdempotencyKey(idempotencyKey);
  const hash = hashOf(request);

  const observed = (runtime.observer ?? UNOBSERVED).begin(request.mutation, request.pool);
  let poolId = 0;
  let outcome: MutationOutcome = 'committed';
  let announcement: string | null = null;
  const once = async () => {
    observed.enter('turn');
    const endTurn = await runtime.db.turns.take(request.pool);
    if (!endTurn) throw busy();
    try {
      return await underLock();
    } finally {
      endTurn();
    }
  };
  const underLock = () => {
    observed.enter('connect');
    return inTransaction(runtime.db, 'read committed', async (sql) => {
      observed.enter('lock');
      const row = await lockPool(sql, request.pool);
      poolId = row.pool_id;
      if (idempotencyKey !== undefined) {
        const replayed = await replay(sql, row.pool_id, idempotencyKey, hash);
        if (replayed) {
          outcome = 'replayed';
          return replayed;
        }
      }
      observed.enter('work');
      if (row.status === 'HALTED' && !request.whileHalted) throw halted();
      const tx = new PoolTransaction(sql, lockedPool(row), runtime, request.mutation, observed);
      const { sequence, count } = await body(tx);
      if (tx.movesMoney) await checkMoved(tx, sequence);
      if (idempotencyKey !== undefined) {
        await sql`
          insert into idempotency_records (pool_id, key, mutation, input_hash, sequence, count)
          values (${row.pool_id}, ${idempotencyKey}, ${request.mutation}, ${hash}, ${sequence.toString()}, ${count})`;
      }
      announcement = tx.announcement;
      observed.enter('commit');
      return { poolId: row.pool_id, sequence, count };
    });
  };

  for (let attempt = 1; ; attempt++) {
    try {
      const committed = await once();
      observed.end(outcome, committed.count);
      if (announcement !== null) runtime.db.announce?.(announcement);
      runtime.books.wake(committed.poolId);
      return committed;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (code === LOCK_NOT_AVAILABLE) {
        observed.end('refused');
        throw busy();
      }
      if (saysSumsBroken(error)) {
        observed.end('failed');
        await runtime.halts.afterFailure(poolId, error);
        // What mends a halted pool is told the error itself.
        throw request.whileHalted ? error : halted();
      }
      if (idempotencyKey === undefined || attempt > RETRIES || !isConnectionLost(error)) {
        observed.end(error instanceof Refusal ? 'refused' : 'failed');
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * attempt));
    }
  }
}

/** PostgreSQL stores every text but one with a NUL in it: such a name names nothing. */
export const findable = (name: string): boolean => !name.includes('\0');

/**
 * The pool of a name as this snapshot has it, without a lock.
 *
 * @throws Refusal NOT_FOUND, with the path input.pool
 */
export async function readPool(sql: Sql, name: string): Promise<LockedPool> {
  const [row] = findable(name) ? await sql<PoolRow[]>`select * from pools where name = ${name}` : [];
  if (!row) throw unknownPool();
  return lockedPool(row);
}

async function lockPool(sql: Sql, name: string): Promise<PoolRow> {
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
