import { inTransaction } from '../db/database.ts';
import { lockedPool, type PoolRow } from './locked-pool.ts';
import { UNOBSERVED } from './observer.ts';
import { type BrokenSum, brokenSums, SumsBroken, sentence } from './sums.ts';
import { PoolTransaction, type Runtime, type Sql } from './transaction.ts';

/** A pool that halted itself, and why. */
export interface Halt {
  readonly pool: string;
  readonly reason: string;
  readonly broken: readonly BrokenSum[];
  /** What a mutation met; null where an audit found it. */
  readonly cause: unknown;
}

export interface HaltsOptions extends Pick<Runtime, 'db' | 'clock' | 'random' | 'books'> {
  readonly onHalt: (halt: Halt) => void;
  readonly onError: (error: unknown, doing: string) => void;
}

/** Halts pools whose sums do not hold, each in a transaction of its own, and touches no other pool. */
export class Halts {
  readonly #options: HaltsOptions;

  constructor(options: HaltsOptions) {
    this.#options = options;
  }

  /** After a mutation met a sum that does not hold and was rolled back: says which, by how much, and halts the pool. */
  async afterFailure(poolId: number, cause: unknown): Promise<void> {
    const { db, onError } = this.#options;
    const broken = await inTransaction(db, 'repeatable read read only', async (sql) => {
      const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
      return brokenSums(sql, lockedPool(row!));
    }).catch((error) => {
      onError(error, 'adding up a pool');
      return [];
    });
    await this.halt(
      poolId,
      broken.length === 0 && cause instanceof SumsBroken ? [cause.broken] : broken,
      cause,
    );
  }

  /** Halts a pool that is not halted yet. Where its rows are so broken that the halt cannot be journaled, it halts all the same. */
  async halt(poolId: number, broken: readonly BrokenSum[], cause: unknown = null): Promise<void> {
    const { db, onHalt, onError } = this.#options;
    const first = broken[0];
    const why = first
      ? sentence(first)
      : 'a check of the database does not hold; the operator finds it in the log.';
    const reason = `The pool halted itself: ${why}`;
    for (const write of [haltAndTell, haltAndJournal, haltOnly]) {
      try {
        const pool = await inTransaction(db, 'read committed', async (sql) => {
          const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId} for no key update`;
          if (row!.status === 'HALTED') return null;
          const tx = this.#transaction(sql, row!);
          write(tx, reason);
          await tx.written();
          return row!.name;
        });
        if (pool !== null) onHalt({ pool, reason, broken, cause });
        return;
      } catch (error) {
        onError(error, 'halting a pool');
      }
    }
  }

  #transaction(sql: Sql, row: PoolRow): PoolTransaction {
    const observed = UNOBSERVED.begin('haltItself', row.name);
    return new PoolTransaction(sql, lockedPool(row), this.#options, 'haltItself', observed);
  }
}

type Write = (tx: PoolTransaction, reason: string) => void;

const haltAndTell: Write = (tx, reason) => {
  const sequence = tx.advance({ status: 'HALTED', haltReason: reason });
  tx.notice('HALTED', sequence, reason);
};

const haltAndJournal: Write = (tx, reason) => {
  tx.advance({ status: 'HALTED', haltReason: reason });
};

const haltOnly: Write = (tx, reason) => {
  const { sql, pool } = tx;
  tx.write(sql`update pools set status = 'HALTED', halt_reason = ${reason} where pool_id = ${pool.poolId}`);
};
