import type postgres from 'postgres';
import type { Clock } from '../core/clock.ts';
import { Refusal } from '../core/refusal.ts';
import { type Database, inTransaction, isConnectionLost } from '../db/database.ts';
import type { OutboxKind } from '../db/schema.ts';
import type { Books } from './books.ts';
import { checkIdempotencyKey } from './check.ts';
import { hashOf, readRecord, replay } from './idempotency.ts';
import { type LockedPool, lockedPool, lockPool } from './locked-pool.ts';
import { type MutationOutcome, type Observed, type Observer, UNOBSERVED } from './observer.ts';
import { busy, halted } from './pool-refusals.ts';
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
  readonly #sent: PromiseLike<unknown>[] = [];

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

  /**
   * Sends a write without waiting for its answer, which would be a round trip each: the connection keeps the order, what is read
   * next sees it, and where one fails PostgreSQL refuses all that follow. The commit waits for them; so does who needs its rows.
   */
  write<T extends readonly (object | undefined)[]>(
    statement: postgres.PendingQuery<T>,
  ): postgres.PendingQuery<T> {
    this.#sent.push(statement.execute());
    return statement;
  }

  /** Waits until what was sent is written, and throws what the first that failed did. */
  async written(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /** Takes the pool's next sequence number, known under its lock, and journals it. Every row that follows refers to it. */
  advance(change: PoolChange = {}): bigint {
    const { sql, pool } = this;
    const sequence = pool.sequence + 1n;
    this.write(sql`
      with step as (
        update pools set sequence = ${sequence.toString()},
          fund_balance = ${(change.fundBalance ?? pool.fundBalance).toString()},
          account_count = ${change.accountCount ?? pool.accountCount},
          market_count = ${change.marketCount ?? pool.marketCount},
          status = coalesce(${change.status ?? null}, status),
          halt_reason = case when ${change.status ?? null}::text is null then halt_reason else ${change.haltReason ?? null} end
        where pool_id = ${pool.poolId} returning pool_id, sequence)
      insert into journal (pool_id, sequence, mutation, committed_at, accounts)
      select pool_id, sequence, ${this.#mutation}, ${this.now}::timestamptz, ${[...new Set(change.accounts)]}::int[] from step`);
    return sequence;
  }

  /** Appends what someone must hear of, and wakes the relays when this commits. */
  notice(kind: OutboxKind, sequence: bigint, reason: string | null = null): void {
    const { sql, pool, observed } = this;
    const at = sequence.toString();
    // A relay that this wakes says in its trace what it follows from.
    const payload = [pool.poolId, at, ...(observed.traceparent ? [observed.traceparent] : [])].join(':');
    this.write(sql`
      with last as (
        select pool_id, last_loss_sequence from pools where pool_id = ${pool.poolId}),
      head as (
        update pools set last_loss_sequence = ${at} where pool_id = ${pool.poolId}),
      appended as (
        insert into outbox (pool_id, sequence, kind, previous_sequence, reason, committed_at)
        select pool_id, ${at}, ${kind}, last_loss_sequence, ${reason}, ${this.now}::timestamptz from last)
      select pg_notify('shearwater_outbox', ${payload})
      where current_setting('shearwater.notify', true) is distinct from 'off'`);
    this.announcement = payload;
  }
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
      // Both at once: what the key answered is read once the lock is there, because the connection keeps the order.
      const [row, record] = await Promise.all([
        lockPool(sql, request.pool),
        idempotencyKey === undefined ? null : readRecord(sql, request.pool, idempotencyKey),
      ]);
      poolId = row.pool_id;
      if (record) {
        outcome = 'replayed';
        return replay(record, hash);
      }
      observed.enter('work');
      if (row.status === 'HALTED' && !request.whileHalted) throw halted();
      const tx = new PoolTransaction(sql, lockedPool(row), runtime, request.mutation, observed);
      const { sequence, count } = await body(tx);
      if (idempotencyKey !== undefined) {
        tx.write(sql`
          insert into idempotency_records (pool_id, key, mutation, input_hash, sequence, count)
          values (${row.pool_id}, ${idempotencyKey}, ${request.mutation}, ${hash}, ${sequence.toString()}, ${count})`);
      }
      if (tx.movesMoney) await checkMoved(tx, sequence);
      await tx.written();
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
