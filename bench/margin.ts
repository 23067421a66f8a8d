import type { RiskBook } from '../src/margin/book/risk-book.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { makeBook, makeFloors, setMarks, setTieredMarks } from './support/margin-pool.ts';
import { measureSql, type SqlOutcome } from './support/margin-sql.ts';

/** A tick takes milliseconds, so that every run measures several of them. */
const TICKS_PER_RUN = 9;
/** Until the engine has compiled the loops. */
const WARM_UP = 12;
/** More would take minutes to load; what PostgreSQL takes grows no slower than the number of accounts. */
const MOST_IN_SQL = 1_000_000;

export const margin: Bench = {
  name: 'margin',
  about:
    'works out the health of N accounts at new marks, beside loops that only multiply and add, and beside SQL',
  size: 1_000_000,
  sizeOf: 'accounts',
  run: measure,
};

async function measure({ size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making a book of ${size} accounts`);
  const began = performance.now();
  const book = makeBook(size);
  const loadMs = performance.now() - began;
  const floors = makeFloors(size);
  const steps: Record<'tick' | 'tiers' | 'nearest' | 'float' | 'bigint', (tick: number) => void> = {
    tick: (tick) => {
      setMarks(book, tick);
      book.remargin();
    },
    float: (tick) => floors.float.tick(tick),
    bigint: (tick) => floors.bigint.tick(tick),
    tiers: (tick) => {
      setTieredMarks(book, tick);
      book.remargin();
    },
    nearest: () => book.nearest(20),
  };
  const times = Object.fromEntries(Object.keys(steps).map((name) => [name, [] as number[]]));
  let tick = 0;
  for (let run = -WARM_UP; run < runs * TICKS_PER_RUN; run++) {
    if (run >= 0) progress(`run ${Math.floor(run / TICKS_PER_RUN) + 1} of ${runs}`);
    tick++;
    // In turns, so that a busy moment of the machine meets them all.
    for (const [name, step] of Object.entries(steps)) {
      const began = performance.now();
      step(tick);
      if (run >= 0) times[name]!.push(performance.now() - began);
    }
  }
  const sqlSize = Math.min(size, MOST_IN_SQL);
  progress(`asking PostgreSQL for ${sqlSize} accounts`);
  const sql = await measureSql(sqlSize, Math.min(runs, 5));
  if (sqlSize === size) compare(book, sql);
  return report(book, times, { size, runs, loadMs, sqlMs: (sql.ms * size) / sqlSize, sqlSize });
}

/** The two must agree, or one of them measures something else. */
function compare(book: RiskBook, { counts }: SqlOutcome): void {
  setMarks(book, 0);
  book.remargin();
  const [ours, theirs] = [book.countByHealth(), counts].map((counts) =>
    JSON.stringify(Object.entries(counts).sort()),
  );
  if (ours !== theirs) throw new Error(`The book counts ${ours}, PostgreSQL ${theirs}.`);
}

function report(
  book: RiskBook,
  times: Record<string, number[]>,
  {
    size,
    runs,
    loadMs,
    sqlMs,
    sqlSize,
  }: { size: number; runs: number; loadMs: number; sqlMs: number; sqlSize: number },
): Report {
  const [tick, float, bigint] = [median(times.tick!), median(times.float!), median(times.bigint!)];
  const { SAFE, MARGIN_CALL, LIQUIDATABLE, BANKRUPT } = book.countByHealth();
  const scaled =
    sqlSize === size ? '' : ` PostgreSQL was asked for ${sqlSize} accounts; sql_ms is scaled from that.`;
  return {
    floor:
      'a plain loop over the same columns, which multiplies and adds doubles to an equity per account and stores it: no notional, no ' +
      'margin, no tier, no health, no bound. Beside it the same loop over 64-bit integers, and one statement of PostgreSQL that ' +
      `counts the accounts of each health.${scaled}`,
    fields: {
      ratio: round(tick / float, 2),
      name: 'margin',
      size,
      tick_ms: round(tick, 1),
      floor_ms: round(float, 1),
      floor_bigint_ms: round(bigint, 1),
      sql_ms: round(sqlMs),
      tick_tiers_ms: round(median(times.tiers!), 1),
      nearest_ms: round(median(times.nearest!), 1),
      load_ms: round(loadMs),
      tick_worst_ms: round(Math.max(...times.tick!), 1),
      tick_best_ms: round(Math.min(...times.tick!), 1),
      floor_best_ms: round(Math.min(...times.float!), 1),
      bytes_per_position: round(book.byteLength / book.positionCount, 1),
      accounts: book.accountCount,
      positions: book.positionCount,
      safe: SAFE,
      margin_call: MARGIN_CALL,
      liquidatable: LIQUIDATABLE,
      bankrupt: BANKRUPT,
      sql_accounts: sqlSize,
      runs,
    },
  };
}
