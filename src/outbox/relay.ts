import postgres from 'postgres';
import { formatScaled } from '../core/decimal.ts';
import { connectionOptions, type Database } from '../db/database.ts';
import { type Broker, subjectWord } from './broker.ts';
import { afterSequence, historyMark, type Position } from './notice.ts';
import { type LossNoticeRow, movesBalances, readHaircutNotices, readLossNotices } from './read.ts';

/** Any number that nothing else locks in the database. */
const LOCK = 5_348_415_743;
const TURN_MS = 1_000;
const COMMITS = 100;
/** Haircuts a message: well below the megabyte that a broker takes by default. */
const HAIRCUTS = 1_000;

export interface RelayOptions {
  readonly db: Database;
  readonly url: string;
  readonly broker: Broker;
  readonly onError: (error: unknown, doing: string) => void;
}

interface Behind {
  readonly pool_id: number;
  readonly name: string;
  readonly decimals: number;
  readonly position: string;
}

/**
 * Publishes the outbox to the broker: each pool's commits in order, at least once, from the position that is stored beside them. Of all
 * servers one does it, the holder of a lock that ends with its connection; the others look every second whether it is free.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #session: postgres.Sql;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#session = postgres(options.url, {
      ...connectionOptions(),
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
    });
    options.broker.listen(
      () => this.#wake(),
      () => this.#wake(),
    );
    this.#timer = setInterval(() => this.#wake(), TURN_MS).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
    await this.#session.end({ timeout: 1 });
  }

  #wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#running ??= this.#work()
      .catch((error) => this.#options.onError(error, 'publishing to the broker'))
      .finally(() => {
        this.#running = null;
      });
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      // Asked each time: a session that broke lost the lock, and one that has it gets it again.
      const [lock] = await this.#session`
        select (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) > 0
          or pg_try_advisory_lock(${LOCK}) as mine`;
      if (!lock!.mine) return;
      const pools = await this.#options.db.sql<Behind[]>`
        select p.pool_id, p.name, p.decimals, coalesce(b.sequence, 0) as position
        from pools p left join broker_positions b on b.pool_id = p.pool_id
        where p.last_loss_sequence > coalesce(b.sequence, 0)`;
      for (const pool of pools) await this.#publishPool(pool);
    }
  }

  async #publishPool(pool: Behind): Promise<void> {
    const { db } = this.#options;
    let after = afterSequence(BigInt(pool.position));
    while (!this.#closed) {
      const rows = await readLossNotices(db, pool.pool_id, { after, until: null, limit: COMMITS });
      for (const row of rows) {
        await this.#publishCommit(pool, row);
        await db.sql`
          insert into broker_positions (pool_id, sequence) values (${pool.pool_id}, ${row.sequence.toString()})
          on conflict (pool_id) do update set sequence = excluded.sequence`;
        after = afterSequence(row.sequence);
      }
      if (rows.length < COMMITS) return;
    }
  }

  /** The commit first, then what it took from and gave back to accounts, in byte order of their refs. */
  async #publishCommit({ pool_id: poolId, name, decimals }: Behind, row: LossNoticeRow): Promise<void> {
    const { db, broker } = this.#options;
    const word = subjectWord(name);
    const commit = {
      pool: name,
      sequence: String(row.sequence),
      kind: row.kind,
      committedAt: row.committedAt,
    };
    // With the mark of the history: after a restore the same sequence is another commit, and no duplicate.
    const id = `${word}:${row.sequence}:${historyMark(row.committedAt)}`;
    const previousSequence = row.previousSequence === null ? null : String(row.previousSequence);
    await broker.publish(`shearwater.losses.${word}`, id, { ...commit, previousSequence });
    if (!movesBalances(row)) return;
    let after: Position = afterSequence(row.sequence - 1n);
    for (let page = 1; ; page++) {
      const notices = await readHaircutNotices(
        db,
        poolId,
        { all: true },
        { after, until: row.sequence, limit: HAIRCUTS },
      );
      if (notices.length === 0) return;
      const haircuts = notices.map(({ kind, haircut }) => ({
        account: haircut.accountRef,
        kind,
        // What changed the balance: below zero for a haircut.
        amount: formatScaled(-haircut.amount, decimals),
        previousSequence: haircut.previousSequence === null ? null : String(haircut.previousSequence),
      }));
      await broker.publish(`shearwater.haircuts.${word}`, `${id}:${page}`, { ...commit, page, haircuts });
      if (notices.length < HAIRCUTS) return;
      after = notices.at(-1)!.position;
    }
  }
}
