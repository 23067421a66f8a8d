import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Clock } from '../core/clock.ts';
import { type Database, inTransaction, isConnectionLost } from '../db/database.ts';
import { type SimulationRow, simulationRow } from '../db/rows.ts';
import { type BatchResult, DISTRIBUTIONS } from '../simulation/engine/batch.ts';
import { mergeInOrder } from '../simulation/engine/in-order.ts';
import { RunTotals } from '../simulation/engine/results.ts';
import { planOf, type RunSpec } from '../simulation/engine/spec.ts';
import { distributionName, encodeColumns, writeDistribution } from '../simulation/engine/stored.ts';
import type { BatchTask } from '../simulation/worker.ts';
import { fromText, toText } from './simulation-json.ts';
import { decodeSnapshot, type Snapshot } from './simulation-snapshot.ts';
import { endSimulation } from './simulations.ts';

/** How long a job belongs to a process that says nothing. */
const HOLD_SECONDS = 6;
/** How often progress is written, and whether the job was cancelled is looked up. */
const PROGRESS_MS = 400;
const POLL_MS = 1_000;
/** A job that brings down its process this often is at fault itself. */
const MOST_ATTEMPTS = 5;
/** Of how many simulations of a pool the large parts are kept. */
const KEPT = 100;

export interface RunnerOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly onError: (error: unknown, doing: string) => void;
  /** Threads that run batches; 0 leaves them to other processes. Left out: one less than there are cores, so that the server keeps one. */
  readonly threads?: number | undefined;
}

/** What a job may be stopped by. */
type Ending = 'CANCELLED' | 'LOST';

/**
 * Works off the simulations of all pools, one at a time in each process. A job is a row: whoever has it says so in the row every while, and
 * a job that nobody spoke for is taken up by another process, or by this one once it is back, from its beginning; the digits are the same.
 */
export class SimulationRunner {
  readonly #options: RunnerOptions;
  readonly #name = randomUUID();
  readonly #threads: Piscina<BatchTask, BatchResult>;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #closed = false;
  /** Ends the job at hand. */
  #stop: ((ending: Ending) => void) | null = null;
  #current: { poolId: number; simulationNo: number } | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const threads = options.threads ?? Math.max(1, availableParallelism() - 1);
    this.#threads = new Piscina({
      filename: new URL(`../simulation/worker${extname(import.meta.url)}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.max(1, threads),
      concurrentTasksPerWorker: 1,
      idleTimeout: 5_000,
    });
    this.#closed = threads === 0;
    this.#timer = setInterval(() => this.wake(), POLL_MS).unref();
  }

  get isWorking(): boolean {
    return this.#current !== null;
  }

  /** Something may be waiting. */
  wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#working ??= this.#workOff()
      .catch((error) => this.#options.onError(error, 'working off simulations'))
      .finally(() => {
        this.#working = null;
      });
  }

  /** The simulation was cancelled: if this process has it, it stops now. */
  cancelled({ poolId, simulationNo }: { poolId: number; simulationNo: number }): void {
    if (this.#current?.poolId === poolId && this.#current.simulationNo === simulationNo)
      this.#stop?.('CANCELLED');
  }

  /** Lets go of what is under way: another process takes it up. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    this.#stop?.('LOST');
    await this.#working;
    await this.#threads.destroy();
  }

  async #workOff(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      for (let job = await this.#take(); job; job = await this.#take()) await this.#work(job);
    }
  }

  /** Takes the oldest job that nobody has. */
  async #take(): Promise<SimulationRow | null> {
    const { db, clock } = this.#options;
    if (this.#closed) return null;
    return inTransaction(db, 'read committed', async (sql) => {
      const [row] = await sql`
        select pool_id, simulation_no, attempts from simulations
        where status = 'QUEUED' or (status = 'RUNNING' and held_until < now())
        order by created_at, pool_id, simulation_no limit 1 for update skip locked`;
      if (!row) return null;
      const now = clock.now();
      const key = { poolId: row.pool_id, simulationNo: row.simulation_no };
      if (row.attempts >= MOST_ATTEMPTS) {
        const problem =
          'The simulation was begun several times and never came to its end: ask for less, and tell the operator.';
        await endSimulation(sql, key, { status: 'FAILED', problem, now, heldBy: null });
        this.#again = true;
        return null;
      }
      const [taken] = await sql`
        update simulations set status = 'RUNNING', attempts = attempts + 1, batches_done = 0, held_by = ${this.#name},
          held_until = now() + make_interval(secs => ${HOLD_SECONDS}), started_at = coalesce(started_at, ${now}::timestamptz)
        where pool_id = ${key.poolId} and simulation_no = ${key.simulationNo} returning *`;
      return simulationRow(taken!);
    });
  }

  async #work(job: SimulationRow): Promise<void> {
    const { onError } = this.#options;
    this.#current = job;
    try {
      const done = await this.#run(job);
      if (done) await this.#finish(job, done.totals, done.snapshot);
      else if (this.#closed) await this.#release(job);
    } catch (error) {
      onError(error, 'running a simulation');
      // The database went away, and not the simulation wrong: it is begun anew, here or elsewhere, once its hold has run out.
      if (!isConnectionLost(error)) await this.#fail(job);
    } finally {
      this.#current = null;
      this.#stop = null;
    }
  }

  /** Answers nothing where it was stopped. */
  async #run(job: SimulationRow): Promise<{ totals: RunTotals; snapshot: Snapshot } | null> {
    const { db } = this.#options;
    const [row] = await db.sql<{ data: Uint8Array }[]>`
      select data from simulation_data where pool_id = ${job.poolId} and simulation_no = ${job.simulationNo} and name = 'book'`;
    if (!row) return null;
    const spec = fromText<RunSpec>(job.spec);
    const snapshot = decodeSnapshot(row.data);
    const totals = new RunTotals(spec, snapshot.book);
    const { batches } = planOf(spec);
    const abort = new AbortController();
    const stopped = new Promise<Ending>((resolve) => {
      this.#stop = (ending) => {
        resolve(ending);
        abort.abort();
      };
    });
    const heart = setInterval(() => void this.#beat(job, totals.next), PROGRESS_MS);
    try {
      const run = `${this.#name}/${job.poolId}/${job.simulationNo}/${job.attempts}`;
      const merged = mergeInOrder(
        totals,
        batches,
        this.#threads.options.maxThreads,
        (batch) => this.#threads.run({ run, spec, book: snapshot.book, batch }, { signal: abort.signal }),
        abort.signal,
      );
      const ending = await Promise.race([merged.then(() => null), stopped]);
      if (ending === null) return { totals, snapshot };
      await merged.catch(() => {});
      return null;
    } finally {
      clearInterval(heart);
    }
  }

  /** Says that the job is in hand and how far it is; stops where it is no longer this process's. */
  async #beat({ poolId, simulationNo }: SimulationRow, done: number): Promise<void> {
    const { db, onError } = this.#options;
    try {
      const rows = await db.sql`
        update simulations set batches_done = ${done}, held_until = now() + make_interval(secs => ${HOLD_SECONDS})
        where pool_id = ${poolId} and simulation_no = ${simulationNo} and status = 'RUNNING' and held_by = ${this.#name}
        returning 1`;
      if (rows.length === 0) this.#stop?.('CANCELLED');
    } catch (error) {
      onError(error, 'telling how far a simulation is');
    }
  }

  async #finish(job: SimulationRow, totals: RunTotals, { accountNos }: Snapshot): Promise<void> {
    const { db, clock } = this.#options;
    const { poolId, simulationNo } = job;
    const { values, errors } = totals.accounts.finish();
    const risks = totals.haircutsAtRisk();
    const columns = [
      ...values,
      ...errors,
      ...risks.flatMap(({ values, lows, highs }) => [values, lows, highs]),
    ];
    const result = totals.finish();
    const distributions = totals.distributions();
    const parts: [string, Uint8Array][] = [
      ['accounts', new Uint8Array(accountNos.slice().buffer)],
      ['columns', encodeColumns(columns)],
      ...DISTRIBUTIONS.map((name): [string, Uint8Array] => [
        distributionName(name),
        Buffer.from(writeDistribution(distributions[name])),
      ]),
    ];
    await inTransaction(db, 'read committed', async (sql) => {
      const rows = await sql`
        update simulations set status = 'DONE', batches_done = batches, result = ${toText(result)}, held_by = null,
          held_until = null, finished_at = ${clock.now()}::timestamptz
        where pool_id = ${poolId} and simulation_no = ${simulationNo} and status = 'RUNNING' and held_by = ${this.#name}
        returning 1`;
      if (rows.length === 0) return;
      await sql`
        delete from simulation_data where pool_id = ${poolId}
          and (simulation_no = ${simulationNo} or simulation_no <= ${simulationNo - KEPT})`;
      for (const [name, data] of parts) {
        await sql`
          insert into simulation_data (pool_id, simulation_no, name, data)
          values (${poolId}, ${simulationNo}, ${name}, ${data})`;
      }
    });
  }

  async #release({ poolId, simulationNo }: SimulationRow): Promise<void> {
    await this.#options.db.sql`
      update simulations set status = 'QUEUED', held_by = null, held_until = null, batches_done = 0, attempts = attempts - 1
      where pool_id = ${poolId} and simulation_no = ${simulationNo} and status = 'RUNNING' and held_by = ${this.#name}`;
  }

  async #fail(job: SimulationRow): Promise<void> {
    const { db, clock, onError } = this.#options;
    const problem = 'The simulation failed: the operator finds the reason in the log.';
    await inTransaction(db, 'read committed', (sql) =>
      endSimulation(sql, job, { status: 'FAILED', problem, now: clock.now(), heldBy: this.#name }),
    ).catch((error) => onError(error, 'ending a simulation'));
  }
}
