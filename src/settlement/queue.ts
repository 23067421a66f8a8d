import { queueOrder, queueScores } from '../core/allocation/adl-queue.ts';
import { AtomColumn } from '../core/atom-column.ts';
import { claimsOf, exposuresOf } from '../core/bearers.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { readBearers } from './bearers.ts';
import { lockedPool, type PoolRow } from './locked-pool.ts';
import { PerSequence } from './per-sequence.ts';

/** An account's place in the auto-deleveraging queue. Amounts in atoms. */
export interface QueuePlaceRow {
  readonly poolId: number;
  readonly accountNo: number;
  /** From 1, the front. */
  readonly place: number;
  readonly length: number;
  /** In units of 10^-18. */
  readonly score: bigint;
  /** The sum of the caps of those ahead. */
  readonly ahead: bigint;
  readonly cap: bigint;
}

/** The queue of a pool at one sequence: who would give up profit first if the method were ADL_QUEUE. */
export class Queue {
  readonly #poolId: number;
  readonly #accountNos: number[] = [];
  readonly #scores = new AtomColumn();
  readonly #ahead = new AtomColumn();
  readonly #caps = new AtomColumn();
  readonly #places = new Map<number, number>();

  /** @param order indices into the columns, from the front; those without a profit are left out */
  constructor(
    poolId: number,
    order: Iterable<number>,
    columns: { accountNos: readonly number[]; scores: AtomColumn; profits: AtomColumn; caps: AtomColumn },
  ) {
    this.#poolId = poolId;
    let ahead = 0n;
    for (const i of order) {
      if (columns.profits.get(i) === 0n) continue;
      const accountNo = columns.accountNos[i]!;
      this.#places.set(accountNo, this.#accountNos.length);
      this.#accountNos.push(accountNo);
      this.#scores.push(columns.scores.get(i));
      this.#ahead.push(ahead);
      this.#caps.push(columns.caps.get(i));
      ahead += columns.caps.get(i);
    }
  }

  front(count: number): QueuePlaceRow[] {
    return this.#accountNos.slice(0, count).map((_, index) => this.#at(index));
  }

  placeOf(accountNo: number): QueuePlaceRow | null {
    const index = this.#places.get(accountNo);
    return index === undefined ? null : this.#at(index);
  }

  #at(index: number): QueuePlaceRow {
    return {
      poolId: this.#poolId,
      accountNo: this.#accountNos[index]!,
      place: index + 1,
      length: this.#accountNos.length,
      score: this.#scores.get(index),
      ahead: this.#ahead.get(index),
      cap: this.#caps.get(index),
    };
  }
}

async function readQueue(db: Database, poolId: number): Promise<Queue> {
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
    const bearers = await readBearers(sql, lockedPool(row!), { sizes: true, marketProfits: false });
    const claims = claimsOf(bearers);
    const scores = queueScores(claims, exposuresOf(bearers));
    return new Queue(poolId, queueOrder(scores), { accountNos: bearers.accountNos, scores, ...claims });
  });
}

export class QueueCache extends PerSequence<Queue> {
  constructor(db: Database) {
    super(db, (poolId) => readQueue(db, poolId));
  }
}
