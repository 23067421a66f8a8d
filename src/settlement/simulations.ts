import { Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { type SimulationRow, simulationRow } from '../db/rows.ts';
import type { SimulationBook } from '../simulation/book.ts';
import { isProRata } from '../simulation/engine/engine.ts';
import { planOf, type RunSpec, stepsOf, workOfPath } from '../simulation/engine/spec.ts';
import { Books } from './books.ts';
import { checkIdempotencyKey } from './check.ts';
import { canonicalInput } from './idempotency.ts';
import { type LockedPool, readPool } from './locked-pool.ts';
import { readMarkets } from './markets.ts';
import { readSimulation, type StartSimulationInput } from './simulation-input.ts';
import { toText } from './simulation-json.ts';
import { encodeSnapshot, snapshotOf } from './simulation-snapshot.ts';
import type { Runtime, Sql } from './transaction.ts';

/** What one caller may have waiting or running at once. */
const MOST_OPEN = 2;
/** Paths × what each takes (workOfPath) of one run, and of one that settles path by path. */
const MOST_WORK = 2e11;
const MOST_EXACT_WORK = 2e9;
/** The first of an advisory lock's two numbers. */
const LOCK_OF_SUBJECTS = 1;
const LOCK_OF_POOLS = 2;

/** Names a simulation. */
export interface SimulationKey {
  readonly poolId: number;
  readonly simulationNo: number;
}

/**
 * Takes the pool as it stands and queues a run over it. The same key and input answer the same simulation.
 *
 * @param subject who asks: what it has open is counted
 */
export async function startSimulation(
  runtime: Runtime,
  input: StartSimulationInput,
  subject: string,
): Promise<SimulationRow> {
  checkIdempotencyKey(input.idempotencyKey);
  const asked = canonicalInput(input);
  const taken = await inTransaction(runtime.db, 'repeatable read read only', async (sql) => {
    const pool = await readPool(sql, input.pool);
    const known = await findByKey(sql, pool.poolId, input.idempotencyKey, asked);
    return known ? { known } : { known: null, pool, ...(await take(sql, pool, input)) };
  });
  if (taken.known) return taken.known;
  const { pool, spec, book, accounts } = taken;
  return inTransaction(runtime.db, 'read committed', async (sql) => {
    // One after the other, so that nobody has more open than it may, in whatever pools, and numbers go on. The pool's own lock would
    // wait for its settlements.
    await sql`select pg_advisory_xact_lock(${LOCK_OF_SUBJECTS}, hashtext(${subject}))`;
    await sql`select pg_advisory_xact_lock(${LOCK_OF_POOLS}, ${pool.poolId})`;
    const known = await findByKey(sql, pool.poolId, input.idempotencyKey, asked);
    if (known) return known;
    await checkOpen(sql, subject);
    const { batches } = planOf(spec);
    const [row] = await sql`
      insert into simulations (pool_id, simulation_no, idempotency_key, subject, status, sequence, accounts, spec, input, batches, batches_done, attempts, created_at)
      select ${pool.poolId}, coalesce(max(simulation_no), 0) + 1, ${input.idempotencyKey}, ${subject}, 'QUEUED',
             ${pool.sequence.toString()}::bigint, ${accounts}::int, ${toText(spec)}, ${asked}, ${batches}::int, 0, 0, ${runtime.clock.now()}::timestamptz
      from simulations where pool_id = ${pool.poolId} returning *`;
    const simulation = simulationRow(row!);
    await sql`
      insert into simulation_data (pool_id, simulation_no, name, data)
      values (${simulation.poolId}, ${simulation.simulationNo}, 'book', ${book})`;
    return simulation;
  });
}

async function findByKey(
  sql: Sql,
  poolId: number,
  key: string,
  asked: string,
): Promise<SimulationRow | null> {
  const [row] = await sql`select * from simulations where pool_id = ${poolId} and idempotency_key = ${key}`;
  if (!row) return null;
  if (row.input === asked) return simulationRow(row);
  throw new Refusal(
    'IDEMPOTENCY_CONFLICT',
    'This key was used with another input: use a new key, or send the input that it was used with.',
    ['input', 'idempotencyKey'],
  );
}

/** Reads the run and the book that it is about, of one moment. */
async function take(
  sql: Sql,
  pool: LockedPool,
  input: StartSimulationInput,
): Promise<{ spec: RunSpec; book: Uint8Array; accounts: number }> {
  const markets = await readMarkets({ sql, pool });
  const rows = await sql<{ market_no: number }[]>`
    select market_no from markets m where pool_id = ${pool.poolId} and exists (
      select from positions s join accounts a using (pool_id, account_no)
      where s.pool_id = m.pool_id and s.market_no = m.market_no and s.size <> 0 and a.status = 'ACTIVE')`;
  const held = new Set(rows.map((row) => row.market_no));
  const { spec, places } = readSimulation(input, pool, markets, held);
  // A book of its own: those that others ask may be ahead of this moment.
  const snapshot = await new Books().with(sql, pool, false, (book) =>
    snapshotOf(book, pool.rules, pool.decimals, places),
  );
  const { accountCount } = snapshot.book;
  checkWork(spec, snapshot.book);
  return { spec, book: encodeSnapshot(snapshot), accounts: accountCount };
}

function checkWork(spec: RunSpec, book: SimulationBook): void {
  const { batches, pathsPerBatch } = planOf(spec);
  const paths = batches * pathsPerBatch;
  const each = workOfPath(spec, book);
  const proRata = isProRata(spec.rules);
  const most = proRata ? MOST_WORK : MOST_EXACT_WORK;
  if (paths * each <= most) return;
  const why = proRata ? '' : ', for a pool that shares losses otherwise than pro rata over all winners';
  throw new Refusal(
    'INVALID_INPUT',
    `${book.accountCount} accounts over ${paths} paths of ${stepsOf(spec)} steps are too much work${why}: ask for fewer paths or steps.`,
    ['input', 'paths'],
  );
}

async function checkOpen(sql: Sql, subject: string): Promise<void> {
  const [row] = await sql<{ open: number }[]>`
    select count(*)::int as open from simulations where status in ('QUEUED', 'RUNNING') and subject = ${subject}`;
  if (row!.open < MOST_OPEN) return;
  throw new Refusal(
    'LIMIT_EXCEEDED',
    `You have ${MOST_OPEN} simulations under way: wait for one, or cancel it.`,
    ['input'],
  );
}

export async function readSimulationRow(
  db: Database,
  { poolId, simulationNo }: SimulationKey,
): Promise<SimulationRow | null> {
  const [row] = await db.sql`
    select * from simulations where pool_id = ${poolId} and simulation_no = ${simulationNo}`;
  return row ? simulationRow(row) : null;
}

/** A large part of a simulation; null where it is not there yet, or no more. */
export async function readSimulationData(
  db: Database,
  { poolId, simulationNo }: SimulationKey,
  name: string,
): Promise<Uint8Array | null> {
  const [row] = await db.sql<{ data: Uint8Array }[]>`
    select data from simulation_data where pool_id = ${poolId} and simulation_no = ${simulationNo} and name = ${name}`;
  return row?.data ?? null;
}

/** Ends a simulation before its time. One that has ended stays as it is. */
export async function cancelSimulation(
  { db, clock }: Pick<Runtime, 'db' | 'clock'>,
  key: SimulationKey,
): Promise<SimulationRow> {
  await inTransaction(db, 'read committed', (sql) =>
    endSimulation(sql, key, { status: 'CANCELLED', problem: null, now: clock.now(), heldBy: null }),
  );
  return (await readSimulationRow(db, key))!;
}

/**
 * Ends a simulation that is under way without a result, and lets go of its book. One that has ended stays as it is.
 *
 * @param heldBy only where this process has it; null whoever has it
 */
export async function endSimulation(
  sql: Sql,
  { poolId, simulationNo }: SimulationKey,
  end: {
    readonly status: 'CANCELLED' | 'FAILED';
    readonly problem: string | null;
    readonly now: string;
    readonly heldBy: string | null;
  },
): Promise<void> {
  const ended = await sql`
    update simulations set status = ${end.status}, problem = ${end.problem}, finished_at = ${end.now}::timestamptz, held_by = null,
      held_until = null
    where pool_id = ${poolId} and simulation_no = ${simulationNo} and status in ('QUEUED', 'RUNNING')
      and (${end.heldBy}::text is null or held_by = ${end.heldBy}) returning 1`;
  if (ended.length > 0)
    await sql`delete from simulation_data where pool_id = ${poolId} and simulation_no = ${simulationNo}`;
}
