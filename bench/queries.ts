import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import postgres from 'postgres';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL_ID, preparePool } from './support/pool.ts';
import { post } from './support/post.ts';
import {
  type Asked,
  type Places,
  QUESTIONS,
  type QuestionName,
  SERVERS,
  type ServerName,
} from './support/questions.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const ACCOUNTS = 10_000;
const SETTLEMENTS = 20;
const CONNECTIONS = 16;
const WARM_UP = 300;
const NAMES = Object.keys(SERVERS) as ServerName[];
const PEERS = NAMES.filter((name) => name !== 'shearwater');

interface Load {
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
}

export const queries: Bench = {
  name: 'queries',
  about: 'asks three questions of Shearwater, of PostGraphile, and of Mercurius with hand-written SQL',
  size: 2_000,
  sizeOf: 'requests of each question a run',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress('installing the peers');
  installPeers();
  progress('making the accounts');
  await cluster.prepare((url) =>
    preparePool(url, { winners: ACCOUNTS, losers: 0, history: SETTLEMENTS, perOwner: 20 }),
  );
  return cluster.withCopy(async (url) => {
    const places = await readPlaces(url);
    const served = {} as Record<ServerName, ServedProcess>;
    try {
      const asked: Record<string, readonly Asked[]> = {};
      for (const name of NAMES) {
        served[name] = await serve(name, url);
        for (const question of QUESTIONS) {
          progress(`${name}: looking for what to ask (${question})`);
          asked[`${name} ${question}`] = await SERVERS[name][question].arguments(
            async (query, variables) =>
              JSON.parse(await post(served[name], undefined, query, variables)).data,
            places,
          );
        }
      }
      for (const question of QUESTIONS) await compare(served, question, asked);
      const loads: Record<string, Load[]> = {};
      for (let run = 1; run <= runs; run++) {
        // In turns, so that no server always finds the machine as the other left it.
        for (const name of run % 2 === 1 ? NAMES : NAMES.toReversed()) {
          for (const question of QUESTIONS) {
            progress(`run ${run} of ${runs}: ${name}, ${question}`);
            const key = `${name} ${question}`;
            const { query } = SERVERS[name][question];
            if (run === 1) await load(served[name], query, asked[key]!, WARM_UP);
            loads[key] ??= [];
            loads[key].push(await load(served[name], query, asked[key]!, size));
          }
        }
      }
      return report(loads, { size, runs });
    } finally {
      for (const server of Object.values(served)) await server.stop();
    }
  });
}

function report(loads: Record<string, Load[]>, { size, runs }: { size: number; runs: number }): Report {
  const of = (name: ServerName, question: QuestionName, what: keyof Load) =>
    median(loads[`${name} ${question}`]!.map((load) => load[what]));
  const ratio = (question: QuestionName) =>
    Math.max(...PEERS.map((peer) => of(peer, question, 'rps'))) / of('shearwater', question, 'rps');
  const p99Ratio = (question: QuestionName) =>
    of('shearwater', question, 'p99') / Math.min(...PEERS.map((peer) => of(peer, question, 'p99')));
  const figures: Record<string, number> = {};
  for (const question of QUESTIONS) {
    figures[`${question}_ratio`] = round(ratio(question), 3);
    figures[`${question}_p99_ratio`] = round(p99Ratio(question), 3);
    for (const name of NAMES) {
      figures[`${question}_${name}_rps`] = round(of(name, question, 'rps'));
      figures[`${question}_${name}_p50_ms`] = round(of(name, question, 'p50'), 1);
      figures[`${question}_${name}_p99_ms`] = round(of(name, question, 'p99'), 1);
    }
  }
  return {
    floor:
      'the better peer. PostGraphile 5 serves views of the same tables, Mercurius with its JIT runs prepared statements written by ' +
      'hand; both in processes of their own on the same database, with ten connections each as Shearwater has. The answers are ' +
      'compared. The ratio is that of the question at which Shearwater does worst; neither peer asks who is calling.',
    fields: {
      ratio: round(Math.max(...QUESTIONS.map(ratio)), 3),
      name: 'queries',
      size,
      p99_ratio: round(Math.max(...QUESTIONS.map(p99Ratio)), 3),
      ...figures,
      connections: CONNECTIONS,
      runs,
    },
  };
}

/** They bring a graphql of their own, so that they are a package of their own. */
function installPeers(): void {
  const folder = fileURLToPath(new URL('peers', import.meta.url));
  if (existsSync(`${folder}/node_modules`)) return;
  execFileSync('npm', ['ci', '--silent', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function readPlaces(url: string): Promise<Places> {
  const sql = postgres(url, { max: 1 });
  try {
    const accounts = await sql`select ref from accounts where pool_id = ${POOL_ID} order by ref`;
    const sequences =
      await sql`select sequence from settlements where pool_id = ${POOL_ID} order by sequence`;
    return {
      accounts: accounts.map((row) => row.ref as string),
      sequences: sequences.map((row) => String(row.sequence)),
    };
  } finally {
    await sql.end();
  }
}

/** Asks so many times over, each time about something else, and answers with what the clients saw. */
async function load(
  server: ServedProcess,
  query: string,
  asked: readonly Asked[],
  requests: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const client = async () => {
    for (let i = next++; i < requests; i = next++) {
      const sent = performance.now();
      // A step that leaves no two neighbours side by side.
      await post(server, agent, query, asked[(i * 61) % asked.length]!);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const rps = (requests / (performance.now() - began)) * 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(times.length * share) - 1]!;
  return { rps, p50: at(0.5), p99: at(0.99) };
}

/** All must give the same answers, or the comparison is worth nothing. */
async function compare(
  served: Record<ServerName, ServedProcess>,
  question: QuestionName,
  asked: Record<string, readonly Asked[]>,
): Promise<void> {
  const count = asked[`shearwater ${question}`]!.length;
  for (const place of [0, Math.floor(count / 3), count - 1]) {
    const answers = await Promise.all(
      NAMES.map(async (name) => {
        const { query, read } = SERVERS[name][question];
        const text = await post(served[name], undefined, query, asked[`${name} ${question}`]![place]!);
        return read(JSON.parse(text).data);
      }),
    );
    for (const [i, name] of NAMES.entries()) {
      if (isDeepStrictEqual(answers[i], answers[0])) continue;
      const show = (answer: unknown) => JSON.stringify(answer).slice(0, 400);
      throw new Error(
        `shearwater and ${name} answer differently (${question}):\n${show(answers[0])}\n${show(answers[i])}`,
      );
    }
  }
}
