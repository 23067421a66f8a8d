import { type Database, inTransaction } from '../db/database.ts';
import type { Halts } from './halts.ts';
import { lockedPool, type PoolRow } from './locked-pool.ts';
import { type BrokenSum, brokenSums } from './sums.ts';

export interface AuditorOptions {
  readonly db: Database;
  readonly halts: Halts;
  /** How long after an audit of a pool the next one is due; 0 for never. */
  readonly everyMs: number;
  readonly onError: (error: unknown, doing: string) => void;
}

/** The first of an advisory lock's two numbers; those of simulations are 1 and 2. */
const LOCK_OF_AUDITS = 3;
/** A pool that takes longer to add up is looked at again next time, and an operator reads of it. */
const MOST_SECONDS = 120;
const LOOKS_PER_PERIOD = 10;
const [SHORTEST_LOOK_MS, LONGEST_LOOK_MS] = [100, 60_000];

/**
 * Adds up every pool now and then, one after the other, by one server at a time, and halts those whose sums do not hold. What a
 * mutation cannot see, because it reads only what it touches, is found here: a balance that somebody wrote by hand.
 */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #timer: NodeJS.Timeout | null;
  #auditing: Promise<void> | null = null;
  #closed = false;

  constructor(options: AuditorOptions) {
    this.#options = options;
    const { everyMs, onError } = options;
    const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, everyMs / LOOKS_PER_PERIOD));
    this.#timer =
      everyMs === 0
        ? null
        : setInterval(() => {
            this.#auditing ??= this.#auditAll()
              .catch((error) => onError(error, 'auditing pools'))
              .finally(() => {
                this.#auditing = null;
              });
          }, lookMs).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#auditing;
  }

  async #auditAll(): Promise<void> {
    const { db, everyMs } = this.#options;
    const due = await db.sql<{ pool_id: number }[]>`
      select p.pool_id from pools p left join pool_audits a using (pool_id)
      where p.status = 'ACTIVE' and (a.audited_at is null or a.audited_at < now() - make_interval(secs => ${everyMs / 1_000}))
      order by a.audited_at nulls first, p.pool_id`;
    for (const { pool_id: poolId } of due) {
      if (this.#closed) return;
      await this.#audit(poolId);
    }
  }

  async #audit(poolId: number): Promise<void> {
    const { db, halts, everyMs } = this.#options;
    const broken = await inTransaction(db, 'read committed', async (sql): Promise<BrokenSum[]> => {
      const [lock] = await sql<{ taken: boolean }[]>`
        select pg_try_advisory_xact_lock(${LOCK_OF_AUDITS}, ${poolId}) as taken`;
      if (!lock!.taken) return [];
      const [row] = await sql<(PoolRow & { due: boolean })[]>`
        select p.*, a.audited_at is null or a.audited_at < now() - make_interval(secs => ${everyMs / 1_000}) as due
        from pools p left join pool_audits a using (pool_id) where p.pool_id = ${poolId}`;
      // Another server was faster.
      if (!row!.due || row!.status === 'HALTED') return [];
      await sql`select set_config('statement_timeout', ${`${MOST_SECONDS}s`}, true)`;
      const found = await brokenSums(sql, lockedPool(row!));
      await sql`
        insert into pool_audits (pool_id, sequence, broken, audited_at) values (${poolId}, ${row!.sequence}, ${found.length}, now())
        on conflict (pool_id) do update
          set sequence = excluded.sequence, broken = excluded.broken, audited_at = excluded.audited_at`;
      return found;
    });
    if (broken.length > 0) await halts.halt(poolId, broken);
  }
}
