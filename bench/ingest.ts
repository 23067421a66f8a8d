import { Agent } from 'node:http';
import type postgres from 'postgres';
import { openDatabase } from '../src/db/database.ts';
import { upsertMarkets } from '../src/settlement/markets.ts';
import { type Bench, type BenchOptions, median, type Report, round, timed } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, POOL_ID, preparePool, runtimeOf } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

/** Markets of a large venue. */
const MARKETS = 500;

type Batch = 'full' | 'small';

interface Kind {
  /** Rows a call: the most that a call takes, or that a venue has to tell; and as many as it tells of a few events. */
  readonly full: number;
  readonly small: number;
  readonly query: string;
  /** The input of the call that sends rows from `first` on. */
  input(first: number, count: number): object;
  /** The table that the same rows are copied into bare, and the text of a row. */
  readonly table: string;
  row(i: number): string;
}

const call = (field: string, type: string, payload: string) =>
  `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on ${payload} { __typename } ... on Error { message } } }`;
const refOf = (i: number) => `account-${String(1 + i).padStart(8, '0')}`;
const rows = <T>(first: number, count: number, row: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, k) => row(first + k));

/** Calls of one pool come one after the other, as its lock makes them, and rows are those of a busy day. */
const KINDS = {
  positions: {
    full: 10_000,
    small: 100,
    query: call('upsertPositions', 'UpsertPositionsInput', 'UpsertPositionsPayload'),
    input: (first, count) => ({
      pool: POOL,
      positions: rows(first, count, (i) => ({
        account: refOf(i),
        market: `M${1 + (i % 4)}`,
        size: `${1 + (i % 97)}.5`,
        entryPrice: `${90 + (i % 13)}`,
      })),
    }),
    table: `create table bare_positions (pool_id integer not null, account_no integer not null, market_no integer not null, size numeric not null,
      cost numeric not null, updated_at timestamptz not null, primary key (pool_id, account_no, market_no))`,
    row: (i) =>
      `${POOL_ID}\t${i + 1}\t${1 + (i % 4)}\t${1 + (i % 97)}.5\t${(1.5 + (i % 97)) * (90 + (i % 13))}\t2026-01-01\n`,
  },
  transfers: {
    full: 10_000,
    small: 100,
    query: call('postTransfers', 'PostTransfersInput', 'PostTransfersPayload'),
    input: (first, count) => ({
      pool: POOL,
      idempotencyKey: `transfers-${first}`,
      transfers: rows(first, count, (i) => ({
        account: refOf(i),
        kind: 'DEPOSIT',
        amount: `${1 + (i % 89)}.25`,
      })),
    }),
    table: `create table bare_postings (pool_id integer not null, sequence bigint not null, ordinal integer not null, account_no integer not null,
      kind text not null, amount numeric(38, 0) not null, balance_after numeric(38, 0) not null, primary key (pool_id, sequence, ordinal))`,
    row: (i) => `${POOL_ID}\t1\t${i}\t${i + 1}\tDEPOSIT\t${1 + (i % 89)}250000\t${1 + (i % 89)}250000\n`,
  },
  marks: {
    full: MARKETS,
    small: 10,
    query: call('publishMarks', 'PublishMarksInput', 'PublishMarksPayload'),
    input: (first, count) => ({
      pool: POOL,
      marks: rows(first, count, (i) => ({ market: `X${i % MARKETS}`, price: `${100 + (i % 7)}.5` })),
    }),
    table: `create table bare_marks (pool_id integer not null, tick integer not null, market_no integer not null, price numeric not null,
      at timestamptz not null, primary key (pool_id, tick, market_no))`,
    row: (i) => `${POOL_ID}\t${Math.floor(i / MARKETS)}\t${i % MARKETS}\t${100 + (i % 7)}.5\t2026-01-01\n`,
  },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as KindName[];

export const ingest: Bench = {
  name: 'ingest',
  about: 'takes in N positions, transfers and marks through the API, beside COPY of the same rows',
  size: 20_000,
  sizeOf: 'rows of each kind',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making ${size} accounts`);
  await cluster.prepare(async (url) => {
    await preparePool(url, { winners: size, losers: 0, history: 0 });
    await addMarkets(url);
  });
  const rates: Record<string, number[]> = {};
  const note = (name: string, rate: number) => {
    rates[name] = [...(rates[name] ?? []), rate];
  };
  for (let run = 1; run <= runs; run++) {
    await cluster.withCopy(async (url) => {
      const bare = async () => {
        for (const name of NAMES) {
          progress(`run ${run} of ${runs}: ${name}`);
          note(`${name} copy`, await copyBare(url, KINDS[name], size));
        }
      };
      const ours = async () => {
        const server = await serve('shearwater', url);
        try {
          for (const name of NAMES) {
            for (const batch of ['full', 'small'] as const) {
              progress(`run ${run} of ${runs}: ${name}, ${KINDS[name][batch]} a call`);
              note(`${name} ${batch}`, await send(server, KINDS[name], batch, size));
            }
          }
        } finally {
          await server.stop();
        }
      };
      // In turns, so that neither always finds the machine as the other left it.
      for (const step of run % 2 === 1 ? [bare, ours] : [ours, bare]) await step();
    });
  }
  const rate = (name: KindName, how: Batch | 'copy') => median(rates[`${name} ${how}`]!);
  const figures: Record<string, number> = {};
  for (const name of NAMES) {
    figures[`${name}_ratio`] = round(rate(name, 'copy') / rate(name, 'full'), 2);
    figures[`${name}_rows_per_s`] = round(rate(name, 'full'));
    figures[`${name}_small_rows_per_s`] = round(rate(name, 'small'));
    figures[`${name}_small_call`] = KINDS[name].small;
    figures[`${name}_copy_rows_per_s`] = round(rate(name, 'copy'));
  }
  return {
    floor:
      'COPY of the same rows from this process into a table with nothing but its primary key: no names to look up, no rules, no ' +
      'balances, no journal. The ratio is that of the kind that is slowest beside it, at 10,000 positions or transfers a call, or a mark of each of 500 markets.',
    fields: {
      ratio: Math.max(...NAMES.map((name) => figures[`${name}_ratio`]!)),
      name: 'ingest',
      size,
      ...figures,
      runs,
    },
  };
}

async function addMarkets(url: string): Promise<void> {
  const db = openDatabase(url, { poolSize: 1 });
  try {
    const rates = { initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
    const markets = rows(0, MARKETS, (i) => ({ symbol: `X${i}`, ...rates }));
    await upsertMarkets(runtimeOf(db), { pool: POOL, markets });
  } finally {
    await db.close();
  }
}

/** Rows a second, one call after the other. */
async function send(server: ServedProcess, kind: Kind, batch: Batch, size: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // What small calls take of the time is soon clear.
  const total = batch === 'small' ? Math.min(size, 50 * kind.small) : size;
  const payload = /on (\w+Payload)/.exec(kind.query)![1]!;
  const ms = await timed(async () => {
    for (let first = 0; first < total; first += kind[batch]) {
      const input = kind.input(first, Math.min(kind[batch], total - first)) as { idempotencyKey?: string };
      if (input.idempotencyKey) input.idempotencyKey += `-${batch}`;
      await ask(server, agent, kind.query, input, payload);
    }
  });
  agent.destroy();
  return (total / ms) * 1000;
}

async function ask(
  server: ServedProcess,
  agent: Agent | undefined,
  query: string,
  input: object,
  expected: string,
): Promise<void> {
  const text = await post(server, agent, query, { input });
  if (!text.includes(`"${expected}"`)) throw new Error(`The server refused: ${text.slice(0, 300)}`);
}

async function copyBare(url: string, { table, row }: Kind, size: number): Promise<number> {
  const db = openDatabase(url, { poolSize: 1 });
  try {
    await db.sql.unsafe(table);
    const name = /create table (\w+)/.exec(table)![1]!;
    const ms = await timed(() => db.sql.begin((sql) => copy(sql, name, size, row)));
    return (size / ms) * 1000;
  } finally {
    await db.close();
  }
}

async function copy(
  sql: postgres.TransactionSql,
  table: string,
  size: number,
  row: (i: number) => string,
): Promise<void> {
  const writable = await sql.unsafe(`copy ${table} from stdin`).writable();
  await new Promise<void>((resolve, reject) => {
    writable.once('error', reject).once('finish', resolve);
    for (let first = 0; first < size; first += 500) {
      writable.write(rows(first, Math.min(500, size - first), row).join(''));
    }
    writable.end();
  });
}
