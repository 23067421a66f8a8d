import type postgres from 'postgres';
import { haircutLines } from '../src/core/haircut-lines.ts';
import { atOnce } from '../src/core/steps.ts';
import { type Database, inTransaction, openDatabase } from '../src/db/database.ts';
import { readBearers } from '../src/settlement/bearers.ts';
import { CommitmentBuilder } from '../src/settlement/commitment.ts';
import { readBook, readEvents, settlingBook } from '../src/settlement/compute.ts';
import { lockedPool, type PoolRow } from '../src/settlement/locked-pool.ts';
import { settleLosses } from '../src/settlement/settle.ts';
import type { Runtime } from '../src/settlement/transaction.ts';
import { type Bench, type BenchOptions, median, type Report, round, timed } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, POOL_ID, preparePool, runtimeOf } from './support/pool.ts';
import { serve } from './support/serve.ts';
import { FLOOR, prepareFloor, settleBare } from './support/settlement-floor.ts';

/** What a settlement came to; both sides must agree on it. */
interface Outcome {
  readonly haircuts: number;
  readonly profit: bigint;
  readonly taken: bigint;
}

/** WARM is a server that has the pool in memory, as any has that followed one change of it; COLD one that just started. */
type Start = 'WARM' | 'COLD';

interface Timing {
  readonly totalMs: number;
  readonly writeMs: number;
}

export const settlement: Bench = {
  name: 'settlement',
  about: 'settles a loss over N accounts, beside bare SQL that scans, inserts and updates as much',
  size: 100_000,
  sizeOf: 'haircuts',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(
  cluster: Cluster,
  { size, runs, history, losers, progress }: BenchOptions,
): Promise<Report> {
  progress(`making a pool of ${size + Math.min(size, losers)} accounts`);
  await cluster.prepare((url) => preparePool(url, { winners: size, losers, history }));

  const ours: Record<Start, Timing[]> = { WARM: [], COLD: [] };
  const floors: number[] = [];
  for (let run = 1; run <= runs; run++) {
    progress(`run ${run} of ${runs}`);
    const outcomes: Outcome[] = [];
    let bare: Outcome | undefined;
    const settle = (start: Start) => () =>
      cluster.withCopy(async (url) => outcomes.push(await settleOurs(url, start, ours[start])));
    const floor = () => cluster.withCopy(async (url) => (bare = await settleFloor(url, floors)));
    const steps = [settle('WARM'), floor, settle('COLD')];
    // In turns, so that none always finds the machine as another left it.
    for (const step of run % 2 === 1 ? steps : steps.reverse()) await step();
    for (const outcome of outcomes) compare(outcome, bare!, size);
  }

  progress('measuring the phases, and the memory of the server');
  const { readMs, allocateMs, commitMs } = await cluster.withCopy(profile);
  const memory = await cluster.withCopy(measureMemory);
  const total = (start: Start) => median(ours[start].map(({ totalMs }) => totalMs));
  const floor = median(floors);
  return {
    floor: FLOOR,
    fields: {
      ratio: round(total('WARM') / floor, 3),
      cold_ratio: round(total('COLD') / floor, 3),
      name: 'settlement',
      size,
      accounts: size + Math.min(size, losers),
      history,
      shearwater_ms: round(total('WARM')),
      cold_ms: round(total('COLD')),
      floor_ms: round(floor),
      read_ms: round(readMs),
      allocate_ms: round(allocateMs),
      commit_ms: round(commitMs),
      write_ms: round(median(ours.WARM.map(({ writeMs }) => writeMs))),
      runs,
      shearwater_best_ms: round(Math.min(...ours.WARM.map(({ totalMs }) => totalMs))),
      floor_best_ms: round(Math.min(...floors)),
      rss_mb: round(memory.peakMib),
      rss_idle_mb: round(memory.idleMib),
      over_http_ms: round(memory.ms),
    },
  };
}

async function settleOurs(url: string, start: Start, timings: Timing[]): Promise<Outcome> {
  let wroteAt = 0;
  const db = openDatabase(url, {
    poolSize: 2,
    // Taking the pool's next number is the first thing that a settlement writes.
    onStatement: (text) => {
      if (text.includes('insert into journal')) wroteAt = performance.now();
    },
  });
  try {
    await warm(db.sql);
    const runtime = runtimeOf(db);
    if (start === 'WARM') await remember(db, runtime);
    const totalMs = await timed(() => settleLosses(runtime, { pool: POOL, idempotencyKey: 'now' }));
    if (wroteAt === 0)
      throw new Error('The settlement took no number: the benchmark does not know it any more.');
    timings.push({ totalMs, writeMs: performance.now() - wroteAt });
    return await outcomeOf(db.sql, 'haircuts');
  } finally {
    await db.close();
  }
}

async function settleFloor(url: string, timings: number[]): Promise<Outcome> {
  const db = openDatabase(url, { poolSize: 2 });
  try {
    const loss = await prepareFloor(db.sql);
    await warm(db.sql);
    timings.push(await timed(() => settleBare(db.sql, loss)));
    return await outcomeOf(db.sql, 'floor_haircuts');
  } finally {
    await db.close();
  }
}

/** Loads the pool's book, as a server does when the pool changes, with the health of every account. */
async function remember(db: Database, { books }: Runtime): Promise<void> {
  await inTransaction(db, 'repeatable read read only', async (sql) => {
    const [row] = await sql<PoolRow[]>`select * from pools where name = ${POOL}`;
    await books.with(sql, lockedPool(row!), false, (book) => book.risk);
  });
}

/** Brings what both read into memory, and opens the connection. */
async function warm(sql: postgres.Sql): Promise<void> {
  await sql.unsafe('select count(*), sum(size), sum(cost) from positions');
  await sql.unsafe('select count(*), sum(balance) from accounts');
}

async function outcomeOf(sql: postgres.Sql, table: string): Promise<Outcome> {
  const [row] = await sql.unsafe(`
    select count(*) as haircuts, sum(profit) as profit, sum(amount) as taken from ${table}
    where sequence = (select max(sequence) from ${table})`);
  return { haircuts: Number(row!.haircuts), profit: BigInt(row!.profit), taken: BigInt(row!.taken) };
}

/** The floor only rounds down, so it may take less by an atom a haircut. All else is the same. */
function compare(ours: Outcome, floor: Outcome, size: number): void {
  const missing = ours.taken - floor.taken;
  if (
    ours.haircuts !== size ||
    floor.haircuts !== size ||
    ours.profit !== floor.profit ||
    missing < 0n ||
    missing >= BigInt(size)
  ) {
    const show = ({ haircuts, profit, taken }: Outcome) =>
      `${haircuts} haircuts, profit ${profit}, taken ${taken}`;
    throw new Error(`The two did not do the same: ${show(ours)}; the floor ${show(floor)}.`);
  }
}

/** The settlement's phases before it writes by themselves, with the functions that it calls itself. */
async function profile(url: string): Promise<{ readMs: number; allocateMs: number; commitMs: number }> {
  const db = openDatabase(url, { poolSize: 2 });
  try {
    await warm(db.sql);
    return await db.sql.begin('isolation level read committed', async (sql) => {
      const [row] = await sql<PoolRow[]>`select * from pools where name = ${POOL}`;
      const pool = lockedPool(row!);
      const events = await readEvents(sql, POOL_ID, null);
      const began = performance.now();
      const bearers = await readBearers(sql, pool);
      const read = performance.now();
      const book = await readBook(sql, pool, events, bearers);
      const outcome = atOnce(settlingBook(book, pool, pool.rules));
      const allocated = performance.now();
      const builder = new CommitmentBuilder(pool, 1n, bearers, outcome, book.symbols, new Uint8Array(32));
      for (const line of haircutLines(outcome)) builder.add(line);
      await builder.finish();
      return {
        readMs: read - began,
        allocateMs: allocated - read,
        commitMs: performance.now() - allocated,
      };
    });
  } finally {
    await db.close();
  }
}

/** Settles once more through the API of a server process, and asks how much memory that took it. */
async function measureMemory(url: string): Promise<{ peakMib: number; idleMib: number; ms: number }> {
  const server = await serve('shearwater', url);
  try {
    const idleMib = await server.peakMib();
    const query = `mutation { settleLosses(input: { pool: "${POOL}", idempotencyKey: "now" }) {
      __typename ... on Settlement { haircutCount } ... on Error { message } } }`;
    let answer = '';
    const ms = await timed(async () => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: server.headers,
        body: JSON.stringify({ query }),
      });
      answer = await response.text();
    });
    if (!answer.includes('"Settlement"'))
      throw new Error(`The server did not settle: ${answer.slice(0, 300)}`);
    return { peakMib: await server.peakMib(), idleMib, ms };
  } finally {
    await server.stop();
  }
}
