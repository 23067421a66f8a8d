import { QUESTIONS, type QuestionName } from './questions/question.ts';
import { shearwater } from './questions/shearwater.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { CONNECTIONS, type Load, load } from './support/load.ts';
import { readPlaces } from './support/places.ts';
import { preparePool } from './support/pool.ts';
import { post } from './support/post.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const ACCOUNTS = 2_000;
const SETTLEMENTS = 5;
/** How many different things are asked again and again. */
const DIFFERENT = 100;
const WARM_UP = 300;
const MIB = 64;

const SERVERS = { kept: MIB, anew: 0 } as const;
type ServerName = keyof typeof SERVERS;
const NAMES = Object.keys(SERVERS) as ServerName[];

export const answers: Bench = {
  name: 'answers',
  about:
    'asks the same of a server that keeps answers as long as their pools stay as they are, and of one that does not',
  size: 2_000,
  sizeOf: 'requests of each question a run',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress('making the accounts');
  await cluster.prepare((url) =>
    preparePool(url, { winners: ACCOUNTS, losers: 0, history: SETTLEMENTS, perOwner: 20 }),
  );
  return cluster.withCopy(async (url) => {
    const places = await readPlaces(url);
    const served = {} as Record<ServerName, ServedProcess>;
    const again = {} as Record<ServerName, Record<QuestionName, Load[]>>;
    const first = {} as Record<ServerName, Record<QuestionName, Load[]>>;
    for (const name of NAMES) {
      again[name] = { account: [], equity: [], haircuts: [] };
      first[name] = { account: [], equity: [], haircuts: [] };
    }
    try {
      for (const [name, answerCacheMib] of Object.entries(SERVERS))
        served[name as ServerName] = await serve('shearwater', url, { answerCacheMib });
      for (const question of QUESTIONS) {
        const { query } = shearwater[question];
        const ask = async (text: string, variables: object) =>
          JSON.parse(await post(served.anew, undefined, text, variables as never)).data;
        const asked = await shearwater[question].arguments(ask, places);
        const few = asked.slice(0, DIFFERENT);
        for (let run = 0; run < runs; run++) {
          for (const name of run % 2 === 0 ? NAMES : NAMES.toReversed()) {
            progress(`run ${run + 1} of ${runs}: ${question}, ${name}`);
            if (run === 0) await load(served[name], query, few, { from: 0, requests: WARM_UP });
            again[name][question].push(await load(served[name], query, few, { from: 0, requests: size }));
            // Each once: whoever keeps answers has none yet.
            const part = asked.slice(DIFFERENT);
            const requests = Math.min(Math.floor(part.length / runs), size);
            first[name][question].push(
              await load(served[name], query, part, { from: run * requests, requests }),
            );
          }
        }
      }
    } finally {
      for (const server of Object.values(served)) await server.stop();
    }
    return report({ again, first }, { size, runs });
  });
}

type Loads = Readonly<Record<ServerName, Readonly<Record<QuestionName, readonly Load[]>>>>;

function report(
  { again, first }: { again: Loads; first: Loads },
  { size, runs }: { size: number; runs: number },
): Report {
  const of = (loads: Loads, name: ServerName, question: QuestionName, what: keyof Load) =>
    median(loads[name][question].map((load) => load[what]));
  const ratio = (loads: Loads, question: QuestionName) =>
    of(loads, 'anew', question, 'rps') / of(loads, 'kept', question, 'rps');
  const figures: Record<string, number> = {};
  for (const question of QUESTIONS) {
    figures[`${question}_ratio`] = round(ratio(again, question), 3);
    figures[`${question}_first_ratio`] = round(ratio(first, question), 3);
    for (const name of NAMES) {
      figures[`${question}_${name}_rps`] = round(of(again, name, question, 'rps'));
      figures[`${question}_${name}_p99_ms`] = round(of(again, name, question, 'p99'), 1);
    }
  }
  return {
    floor:
      'the same server with nothing kept, asked the same hundred things again and again: the ratio is that of the question at which ' +
      'keeping answers helps least. `first` is what keeping costs where nothing is asked twice.',
    fields: {
      ratio: round(Math.max(...QUESTIONS.map((question) => ratio(again, question))), 3),
      name: 'answers',
      size,
      ...figures,
      connections: CONNECTIONS,
      runs,
    },
  };
}
