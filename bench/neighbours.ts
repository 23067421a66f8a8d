import { Agent } from 'node:http';
import { openDatabase } from '../src/db/database.ts';
import { upsertMarkets } from '../src/settlement/markets.ts';
import { publishMarks } from '../src/settlement/marks.ts';
import { createPool, upsertAccounts } from '../src/settlement/pools.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, preparePool, runtimeOf } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const OTHER = 'other';
/** Clients of each kind, each of which asks again as soon as it is answered. */
const CLIENTS = 2;
/** How long the neighbours are watched while nobody settles. */
const CALM_MS = 2_000;

const SETTLE = `mutation { settleLosses(input: { pool: "${POOL}", idempotencyKey: "now" }) { __typename ... on Error { message } } }`;
const transfer = (
  pool: string,
) => `mutation ($key: String!) { postTransfers(input: { pool: "${pool}", idempotencyKey: $key,
  transfers: [{ account: "account-00000001", kind: DEPOSIT, amount: "1" }] }) { __typename ... on Error { message } } }`;
const read = (pool: string) =>
  `query { pool(name: "${pool}") { sequence account(ref: "account-00000001") { balance equity } } }`;

const KINDS = {
  other_write: transfer(OTHER),
  other_read: read(OTHER),
  same_read: read(POOL),
  same_write: transfer(POOL),
} as const;
type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];

interface Answer {
  readonly sentAt: number;
  readonly answeredAt: number;
}

export const neighbours: Bench = {
  name: 'neighbours',
  about:
    'what others wait for while one server settles N haircuts, beside what they wait for when it does not',
  size: 100_000,
  sizeOf: 'haircuts',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making a pool of ${size} accounts`);
  await cluster.prepare(async (url) => {
    await preparePool(url, { winners: size, losers: 0, history: 0 });
    await addOther(url);
  });
  const waits: Record<string, number[]> = {};
  const settled: number[] = [];
  for (let run = 1; run <= runs; run++) {
    progress(`run ${run} of ${runs}`);
    const { calm, busy, ms } = await cluster.withCopy(watch);
    settled.push(ms);
    for (const name of NAMES) {
      for (const [when, answers] of [
        ['calm', calm],
        ['busy', busy],
      ] as const) {
        for (const [of, share] of [
          ['p50', 0.5],
          ['p99', 0.99],
        ] as const) {
          const key = `${name}_${when}_${of}_ms`;
          waits[key] = [...(waits[key] ?? []), quantile(answers[name], share)];
        }
      }
    }
  }
  const figures = Object.fromEntries(
    Object.entries(waits).map(([key, values]) => [key, round(median(values), 1)]),
  );
  return {
    floor:
      'the same requests of the same clients to the same server while nobody settles. The ratio is that of the p99 of mutations of ' +
      'another pool. Mutations of the pool that settles wait for it, as they must: its state is settled as one.',
    fields: {
      ratio: round(figures.other_write_busy_p99_ms! / figures.other_write_calm_p99_ms!, 2),
      name: 'neighbours',
      size,
      settlement_ms: round(median(settled)),
      ...figures,
      runs,
    },
  };
}

const quantile = (answers: readonly Answer[], share: number): number => {
  const times = answers.map(({ sentAt, answeredAt }) => answeredAt - sentAt).sort((a, b) => a - b);
  return times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? 0;
};

async function watch(url: string) {
  const server = await serve('shearwater', url);
  const agent = new Agent({ keepAlive: true });
  const answers = Object.fromEntries(NAMES.map((name) => [name, [] as Answer[]])) as Record<Kind, Answer[]>;
  let going = true;
  let key = 0;
  const client = async (name: Kind) => {
    while (going) {
      const sentAt = performance.now();
      const text = await post(server, agent, KINDS[name], name.endsWith('write') ? { key: `k${key++}` } : {});
      if (text.includes('"message"')) throw new Error(`The server refused: ${text.slice(0, 200)}`);
      answers[name].push({ sentAt, answeredAt: performance.now() });
    }
  };
  try {
    await warm(server, agent);
    const clients = NAMES.flatMap((name) => Array.from({ length: CLIENTS }, () => client(name)));
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    const began = performance.now();
    const text = await post(server, agent, SETTLE, {});
    const ended = performance.now();
    if (!text.includes('"Settlement"')) throw new Error(`The server did not settle: ${text.slice(0, 200)}`);
    going = false;
    await Promise.all(clients);
    const part = (holds: (answer: Answer) => boolean) =>
      Object.fromEntries(NAMES.map((name) => [name, answers[name].filter(holds)])) as Record<Kind, Answer[]>;
    return {
      ms: ended - began,
      calm: part(({ answeredAt }) => answeredAt < began),
      busy: part(({ sentAt, answeredAt }) => answeredAt > began && sentAt < ended),
    };
  } finally {
    going = false;
    agent.destroy();
    await server.stop();
  }
}

/** Every question once, so that none is parsed or planned for the first time while it is watched. */
async function warm(server: ServedProcess, agent: Agent): Promise<void> {
  for (let round = 0; round < 50; round++) {
    for (const name of NAMES) await post(server, agent, KINDS[name], { key: `warm-${round}` });
  }
}

async function addOther(url: string): Promise<void> {
  const db = openDatabase(url, { poolSize: 1 });
  const runtime = runtimeOf(db);
  try {
    await createPool(runtime, { name: OTHER, asset: 'USDC', decimals: 6, rules: null });
    const market = { symbol: 'M1', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
    await upsertMarkets(runtime, { pool: OTHER, markets: [market] });
    await publishMarks(runtime, { pool: OTHER, marks: [{ market: 'M1', price: '100' }] });
    await upsertAccounts(runtime, { pool: OTHER, accounts: [{ ref: 'account-00000001', owner: 'owner' }] });
  } finally {
    await db.close();
  }
}
