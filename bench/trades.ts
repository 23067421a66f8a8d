import { Agent } from 'node:http';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, preparePool } from './support/pool.ts';
import { post } from './support/post.ts';
import { serve } from './support/serve.ts';

/** Enough for a 99th percentile to rest on twenty of them. */
const REQUESTS_PER_RUN = 2_000;
const WARM_UP = 500;

const CHECK = `query Check($ref: String!, $market: String!, $size: Decimal!) {
  checkTrade(input: { pool: "${POOL}", account: $ref, market: $market, size: $size, price: "100" }) {
    __typename ... on TradeCheck { allowed reason liquidationPrice margin { equity initialMargin } } } }`;
const LOOK = `query Look($ref: String!) { pool(name: "${POOL}") { account(ref: $ref) { ref balance } } }`;

const KINDS = { check: CHECK, look: LOOK } as const;

export const trades: Bench = {
  name: 'trades',
  about:
    'judges one trade after another in the server, beside questions for the balance of the same accounts',
  size: 1_000_000,
  sizeOf: 'accounts',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making ${size} accounts`);
  const winners = Math.ceil(size / 2);
  await cluster.prepare((url) => preparePool(url, { winners, losers: size - winners, history: 0 }));
  return cluster.withCopy(async (url) => {
    const server = await serve('shearwater', url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const times: Record<keyof typeof KINDS, number[][]> = { check: [], look: [] };
      for (let run = 0; run <= runs; run++) {
        progress(run === 0 ? 'warming up' : `run ${run} of ${runs}`);
        const taken: Record<keyof typeof KINDS, number[]> = { check: [], look: [] };
        for (let i = 0; i < (run === 0 ? WARM_UP : REQUESTS_PER_RUN); i++) {
          // Accounts from all over the pool, so that none is found twice in a row.
          const no = 1 + ((i * 7_919 + run * 104_729) % size);
          const variables = {
            ref: `account-${String(no).padStart(8, '0')}`,
            market: `M${1 + (i % 4)}`,
            size: String((i % 2 === 0 ? 1 : -1) * (1 + (i % 50))),
          };
          // In turns, so that a busy moment of the machine meets both.
          for (const kind of ['check', 'look'] as const) {
            const { ref } = variables;
            const began = performance.now();
            const answer = await post(server, agent, KINDS[kind], kind === 'check' ? variables : { ref });
            taken[kind].push(performance.now() - began);
            if (!answer.includes(kind === 'check' ? '"TradeCheck"' : ref)) throw new Error(answer);
          }
        }
        if (run > 0) for (const kind of ['check', 'look'] as const) times[kind].push(taken[kind]);
      }
      const percentile = (kind: keyof typeof KINDS, share: number) =>
        median(times[kind].map((run) => run.sort((a, b) => a - b)[Math.floor(run.length * share)]!));
      return {
        floor: 'the same server, connection and accounts, asked for the balance alone.',
        fields: {
          ratio: round(percentile('check', 0.5) / percentile('look', 0.5), 3),
          name: 'trades',
          size,
          p50_ms: round(percentile('check', 0.5), 2),
          p99_ms: round(percentile('check', 0.99), 2),
          floor_p50_ms: round(percentile('look', 0.5), 2),
          floor_p99_ms: round(percentile('look', 0.99), 2),
          requests: REQUESTS_PER_RUN,
          runs,
          rss_mb: round(await server.peakMib()),
        },
      };
    } finally {
      agent.destroy();
      await server.stop();
    }
  });
}
