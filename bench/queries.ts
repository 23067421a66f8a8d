import { isDeepStrictEqual } from 'node:util';
import { mercurius } from './questions/mercurius.ts';
import { postgraphile } from './questions/postgraphile.ts';
import {
  type Asked,
  type Places,
  QUESTIONS,
  type QuestionName,
  type Questions,
} from './questions/question.ts';
import { shearwater } from './questions/shearwater.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { CONNECTIONS, type Load, load } from './support/load.ts';
import { installPeers } from './support/peers.ts';
import { readPlaces } from './support/places.ts';
import { MARKETS, POOL, preparePool } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

/** So many that no run asks what one before it asked, up to nine of the default size. */
const ACCOUNTS = 22_500;
const SETTLEMENTS = 20;
const WARM_UP = 4_000;
/** How many answers to each question are compared. */
const COMPARED = 25;

/** The bare server takes Shearwater's own questions. */
const SERVERS = { shearwater, mercurius, postgraphile, bare: shearwater } satisfies Record<string, Questions>;
type ServerName = keyof typeof SERVERS;
const NAMES = Object.keys(SERVERS) as ServerName[];
const PEERS = ['mercurius', 'postgraphile'] as const;

/** Who is asked for equity once more while marks move, and how often they do in a second. */
const MOVING = ['shearwater', 'mercurius'] as const;
const MARKS_PER_SECOND = 20;
const PUBLISH = `mutation ($marks: [MarkInput!]!) { publishMarks(input: { pool: "${POOL}", marks: $marks }) {
  __typename ... on Error { message } } }`;

type Served = Readonly<Record<ServerName, ServedProcess>>;
type AskedOf = Readonly<Record<ServerName, Readonly<Record<QuestionName, readonly Asked[]>>>>;
type Loads = Readonly<Record<ServerName, Readonly<Record<QuestionName, readonly Load[]>>>>;

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
      for (const name of NAMES) served[name] = await serve(name, url);
      progress('looking for what to ask');
      const asked = await whatToAsk(served, places);
      for (const question of QUESTIONS) await compare(served, question, asked);
      const loads = perQuestion((): Load[] => []);
      for (let run = 0; run < runs; run++) {
        // In turns, so that no server always finds the machine as the other left it.
        for (const name of run % 2 === 0 ? NAMES : NAMES.toReversed()) {
          for (const question of QUESTIONS) {
            progress(`run ${run + 1} of ${runs}: ${name}, ${question}`);
            const { query } = SERVERS[name][question];
            const ask = (from: number, requests: number) =>
              load(served[name], query, asked[name][question], { from, requests });
            if (run === 0) await ask(runs * size, WARM_UP);
            loads[name][question].push(await ask(run * size, size));
          }
        }
      }
      const moving = await whileMarksMove(served.shearwater, async () => {
        const found = perQuestion((): Load[] => []);
        for (let run = 0; run < runs; run++) {
          for (const name of run % 2 === 0 ? MOVING : MOVING.toReversed()) {
            progress(`run ${run + 1} of ${runs}: ${name}, while marks move`);
            const { query } = SERVERS[name].equity;
            found[name].equity.push(
              await load(served[name], query, asked[name].equity, { from: run * size, requests: size }),
            );
          }
        }
        return found;
      });
      return report(loads, moving, { size, runs });
    } finally {
      for (const server of Object.values(served)) await server.stop();
    }
  });
}

function report(loads: Loads, moving: Loads, { size, runs }: { size: number; runs: number }): Report {
  const of = (name: ServerName, question: QuestionName, what: keyof Load, from = loads) =>
    median(from[name][question].map((load) => load[what]));
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
  const [ours, theirs] = MOVING.map((name) => of(name, 'equity', 'rps', moving)) as [number, number];
  return {
    floor:
      'the better peer. PostGraphile 5 serves views of the same tables, Mercurius with its JIT runs prepared statements written by ' +
      'hand; both in processes of their own on the same database, with ten connections each as Shearwater has. The answers are ' +
      'compared, and nothing is asked twice in a run. The ratio is that of the question at which Shearwater does worst; neither peer ' +
      'asks who is calling. Balances, equity and names come out of the book that Shearwater keeps of a pool in memory, where the ' +
      `statement finds the pool at the book's place; \`moving_ratio\` is that of equity against Mercurius while all marks move ${MARKS_PER_SECOND} times ` +
      'a second, so that the book is behind now and then. `bare` is beside the point of the ratio: hand-written statements behind bare node:http, which answer with ' +
      "Shearwater's bytes and know no other question.",
    fields: {
      ratio: round(Math.max(...QUESTIONS.map(ratio)), 3),
      name: 'queries',
      size,
      p99_ratio: round(Math.max(...QUESTIONS.map(p99Ratio)), 3),
      ...figures,
      moving_ratio: round(theirs / ours, 3),
      moving_shearwater_rps: round(ours),
      moving_mercurius_rps: round(theirs),
      connections: CONNECTIONS,
      runs,
    },
  };
}

/** Runs while all marks of the pool move, by mutations of Shearwater's. */
async function whileMarksMove<T>(server: ServedProcess, work: () => Promise<T>): Promise<T> {
  let moves = 0;
  const failed = Promise.withResolvers<never>();
  const publish = async () => {
    const price = `100.0${++moves % 10}`;
    const answer = await post(server, undefined, PUBLISH, {
      marks: MARKETS.map((market) => ({ market, price })),
    });
    if (!answer.includes('PublishMarksPayload')) throw new Error(`Marks do not move: ${answer}`);
  };
  const timer = setInterval(() => void publish().catch(failed.reject), 1000 / MARKS_PER_SECOND);
  try {
    return await Promise.race([work(), failed.promise]);
  } finally {
    clearInterval(timer);
  }
}

const perQuestion = <T>(make: () => T) =>
  Object.fromEntries(
    NAMES.map((name) => [name, Object.fromEntries(QUESTIONS.map((question) => [question, make()]))]),
  ) as Record<ServerName, Record<QuestionName, T>>;

/** The arguments of each question, in the same order for every server. */
async function whatToAsk(served: Served, places: Places): Promise<AskedOf> {
  const asked = perQuestion((): readonly Asked[] => []);
  for (const question of QUESTIONS) {
    for (const name of ['shearwater', ...PEERS] as const) {
      const ask = async (query: string, variables: Asked) =>
        JSON.parse(await post(served[name], undefined, query, variables)).data;
      asked[name][question] = await SERVERS[name][question].arguments(ask, places);
    }
    asked.bare[question] = asked.shearwater[question];
    const counts = NAMES.map((name) => new Set(asked[name][question].map((one) => JSON.stringify(one))).size);
    if (new Set([...counts, asked.shearwater[question].length]).size !== 1)
      throw new Error(
        `The servers are not asked as many different things (${question}): ${counts.join(', ')}.`,
      );
  }
  return asked;
}

/** All must give the same answers, or the comparison is worth nothing. */
async function compare(served: Served, question: QuestionName, asked: AskedOf): Promise<void> {
  const count = asked.shearwater[question].length;
  for (let k = 0; k < COMPARED; k++) {
    const place = Math.floor((k * (count - 1)) / (COMPARED - 1));
    const texts = await Promise.all(
      NAMES.map((name) =>
        post(served[name], undefined, SERVERS[name][question].query, asked[name][question][place]!),
      ),
    );
    const answers = NAMES.map((name, i) => SERVERS[name][question].read(JSON.parse(texts[i]!).data));
    for (const [i, name] of NAMES.entries()) {
      // The bare server's are the same to the byte.
      if (name === 'bare' ? texts[i] === texts[0] : isDeepStrictEqual(answers[i], answers[0])) continue;
      const show = (answer: unknown) => JSON.stringify(answer).slice(0, 400);
      throw new Error(
        `shearwater and ${name} answer differently (${question}):\n${show(answers[0])}\n${show(answers[i])}`,
      );
    }
  }
}
