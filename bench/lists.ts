import { Agent } from 'node:http';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, preparePool } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const OWNERS = 500;
const ACCOUNTS_PER_OWNER = 20;
const HAIRCUTS = 5;
const CONNECTIONS = 16;
const WARM_UP = 300;

const FLAT = `query Flat($owner: String!) { pool(name: "${POOL}") { accounts(first: ${ACCOUNTS_PER_OWNER}, filter: { owner: $owner }) {
  edges { node { ref owner status balance } } } } }`;
const NESTED = `query Nested($owner: String!) { pool(name: "${POOL}") { accounts(first: ${ACCOUNTS_PER_OWNER}, filter: { owner: $owner }) {
  edges { node { ref owner status balance
    haircuts(first: ${HAIRCUTS}) { edges { node { sequence amount profit balanceAfter } } } } } } } }`;

const SERVERS = ['shearwater', 'bare'] as const;
const KINDS = { nested: NESTED, flat: FLAT } as const;

export const lists: Bench = {
  name: 'lists',
  about: '20 accounts with 5 haircuts each, and 20 accounts alone, beside hand-written SQL on bare node:http',
  size: 2_000,
  sizeOf: 'requests of each kind a run',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress('making the accounts');
  await cluster.prepare((url) =>
    preparePool(url, {
      winners: OWNERS * ACCOUNTS_PER_OWNER,
      losers: 0,
      history: HAIRCUTS,
      perOwner: ACCOUNTS_PER_OWNER,
    }),
  );
  return cluster.withCopy(async (url) => {
    const served: Record<string, ServedProcess> = {};
    try {
      for (const name of SERVERS) served[name] = await serve(name, url);
      await compare(served.shearwater!, served.bare!);
      const rates: Record<string, number[]> = {};
      for (let run = 1; run <= runs; run++) {
        // In turns, so that no server always finds the machine as the other left it.
        for (const name of run % 2 === 1 ? SERVERS : SERVERS.toReversed()) {
          for (const [kind, query] of Object.entries(KINDS)) {
            progress(`run ${run} of ${runs}: ${name}, ${kind}`);
            if (run === 1) await ask(served[name]!, query, WARM_UP);
            rates[`${name} ${kind}`] ??= [];
            rates[`${name} ${kind}`]!.push(await ask(served[name]!, query, size));
          }
        }
      }
      const rate = (of: string) => median(rates[of]!);
      return {
        floor:
          'one hand-written statement a request behind bare node:http, in a process of its own, on the same database. Its answers are ' +
          'byte for byte the same; it reads no token and knows no other question.',
        fields: {
          ratio: round(rate('bare nested') / rate('shearwater nested'), 3),
          name: 'lists',
          size,
          flat_ratio: round(rate('bare flat') / rate('shearwater flat'), 3),
          nested_rps: round(rate('shearwater nested')),
          nested_floor_rps: round(rate('bare nested')),
          flat_rps: round(rate('shearwater flat')),
          flat_floor_rps: round(rate('bare flat')),
          runs,
          connections: CONNECTIONS,
          rss_mb: round(await served.shearwater!.peakMib()),
        },
      };
    } finally {
      for (const server of Object.values(served)) await server.stop();
    }
  });
}

/** Asks so many times over, each time for another owner, and answers with the requests per second. */
async function ask(server: ServedProcess, query: string, requests: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;
  const began = performance.now();
  const client = async () => {
    for (let i = next++; i < requests; i = next++)
      await post(server, agent, query, { owner: `owner-${1 + (i % OWNERS)}` });
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const rate = (requests / (performance.now() - began)) * 1000;
  agent.destroy();
  return rate;
}

/** Both must give the same answer, or the comparison is worth nothing. */
async function compare(ours: ServedProcess, bare: ServedProcess): Promise<void> {
  for (const [kind, query] of Object.entries(KINDS)) {
    for (const owner of ['owner-1', 'owner-77', `owner-${OWNERS}`]) {
      const [one, other] = [
        await post(ours, undefined, query, { owner }),
        await post(bare, undefined, query, { owner }),
      ];
      const rows = one.split(kind === 'nested' ? '"sequence"' : '"ref"').length - 1;
      if (one !== other)
        throw new Error(
          `The servers answer differently (${kind}):\n${one.slice(0, 400)}\n${other.slice(0, 400)}`,
        );
      if (rows !== ACCOUNTS_PER_OWNER * (kind === 'nested' ? HAIRCUTS : 1))
        throw new Error(`${owner} has ${rows} rows (${kind}).`);
    }
  }
}
