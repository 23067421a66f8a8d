import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '../src/db/database.ts';
import { upsertMarkets } from '../src/settlement/markets.ts';
import { publishMarks } from '../src/settlement/marks.ts';
import { createPool, upsertAccounts } from '../src/settlement/pools.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { quantile } from './support/load.ts';
import { POOL, preparePool, runtimeOf } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const OTHER = 'other';
/**
 * How often each question is asked, answered or not the one before. Who waits for an answer asks nothing while the server stands
 * still, so that a standstill would count once however long it is. Far less than the server carries: what waits in calm times
 * already would wait for itself, and not for the settlement.
 */
const EVERY_MS = { other_write: 40, other_read: 10, same_read: 10, same_write: 40 } as const;
/** How many mutations of the settling pool may wait for it at once: those of a venue's feed, and a crowd. */
const WRITERS = { busy: 2, crowded: 16 } as const;
/** How long the neighbours are watched while nobody settles. */
const CALM_MS = 3_000;

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
/** Those that need not wait for the settlement. */
const FREE = ['other_write', 'other_read', 'same_read'] as const;

const WHEN = ['calm', 'busy', 'crowded'] as const;
type When = (typeof WHEN)[number];

interface Answer {
  readonly kind: Kind;
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
  const waits = Object.fromEntries(
    WHEN.map((when) => [when, Object.fromEntries(NAMES.map((name) => [name, [] as number[]]))]),
  ) as Record<When, Record<Kind, number[]>>;
  const settled: number[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const when of ['busy', 'crowded'] as const) {
      progress(`run ${run} of ${runs}: ${when}`);
      const { calm, during, ms } = await cluster.withCopy((url) => watch(url, WRITERS[when]));
      if (when === 'busy') settled.push(ms);
      const note = (as: When, answers: readonly Answer[]) => {
        for (const { kind, sentAt, answeredAt } of answers) waits[as][kind].push(answeredAt - sentAt);
      };
      note(when, during);
      if (when === 'busy') note('calm', calm);
    }
  }
  return report(waits, { size, runs, settled });
}

function report(
  waits: Record<When, Record<Kind, number[]>>,
  { size, runs, settled }: { size: number; runs: number; settled: readonly number[] },
): Report {
  const p99 = (when: When, kind: Kind) => quantile(waits[when][kind], 0.99);
  const ratio = (when: When) => Math.max(...FREE.map((kind) => p99(when, kind) / p99('calm', kind)));
  const figures: Record<string, number> = {};
  for (const kind of NAMES) {
    for (const when of WHEN) {
      figures[`${kind}_${when}_p50_ms`] = round(quantile(waits[when][kind], 0.5), 1);
      figures[`${kind}_${when}_p99_ms`] = round(p99(when, kind), 1);
    }
  }
  return {
    floor:
      'the same questions to the same server while nobody settles: reads of either pool are asked a hundred times a second, and ' +
      'mutations twenty-five times, whether or not those before are answered. The ratio is the worst that the p99 of reads or of the ' +
      "other pool's mutations grows by. Mutations of the pool that settles wait for it, as they must: two at once, and up to sixteen " +
      'where it says crowded.',
    fields: {
      ratio: round(ratio('busy'), 2),
      name: 'neighbours',
      size,
      crowded_ratio: round(ratio('crowded'), 2),
      settlement_ms: round(median(settled)),
      ...figures,
      // A quantile says no more than how many it was taken of.
      answers_busy: waits.busy.other_read.length,
      runs,
    },
  };
}

async function watch(url: string, writers: number) {
  const server = await serve('shearwater', url);
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  let going = true;
  let key = 0;
  const ask = async (kind: Kind) => {
    const sentAt = performance.now();
    const text = await post(server, agent, KINDS[kind], kind.endsWith('write') ? { key: `k${key++}` } : {});
    if (text.includes('"message"')) throw new Error(`The server refused: ${text.slice(0, 200)}`);
    answers.push({ kind, sentAt, answeredAt: performance.now() });
  };
  const inTime = async (kind: Kind) => {
    const asked: Promise<void>[] = [];
    let open = 0;
    for (let due = performance.now(); going; due += EVERY_MS[kind]) {
      await setTimeout(Math.max(0, due - performance.now()));
      if (kind === 'same_write' && open >= writers) continue;
      open++;
      const one = ask(kind).finally(() => open--);
      // It is told below, once all are answered.
      one.catch(() => {});
      asked.push(one);
    }
    await Promise.all(asked);
  };
  try {
    await warm(server, agent);
    const all = Promise.all(NAMES.map(inTime));
    all.catch(() => {});
    await setTimeout(CALM_MS);
    const began = performance.now();
    const text = await post(server, agent, SETTLE, {});
    const ended = performance.now();
    if (!text.includes('"Settlement"')) throw new Error(`The server did not settle: ${text.slice(0, 200)}`);
    going = false;
    await all;
    return {
      ms: ended - began,
      calm: answers.filter(({ answeredAt }) => answeredAt < began),
      during: answers.filter(({ sentAt, answeredAt }) => answeredAt > began && sentAt < ended),
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
