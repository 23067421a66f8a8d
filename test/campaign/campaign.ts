import { parseArgs } from 'node:util';
import { Random } from '../model/random.ts';
import { FAULT_NAMES } from './faults.ts';
import { CampaignPostgres } from './postgres.ts';
import { runRound } from './round.ts';

const USAGE = `npm run campaign -- --seed N [--minutes M] [--rounds R] [--only R] [--seconds S]

Random clients call everything while servers, connections, clocks and PostgreSQL fail; after each round all is healed, and
everything that was promised is checked. A round that fails prints its log and ends the campaign.

  --seed N     decides the operations and the faults, and in which order each client and the injector choose them; not how the
               machine interleaves them. A random one when left out; it is printed.
  --minutes M  how long to go on; 10 when neither this nor --rounds is given.
  --rounds R   how many rounds.
  --only R     that round of the seed, again and again.
  --log        prints the log of every round, and not only of one that fails.
  --seconds S  how long clients work and faults come in each round; 12 when left out.`;

/** The seed of one round of a campaign. */
const seedOf = (seed: number, round: number): number => new Random(seed + 7_919 * round).int(0, 2 ** 30);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string' },
      seconds: { type: 'string', default: '12' },
      log: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  const minutes = Number(values.minutes ?? (values.rounds ? Number.POSITIVE_INFINITY : 10));
  const rounds = Number(values.rounds ?? Number.POSITIVE_INFINITY);
  const seconds = Number(values.seconds);
  if ([seed, minutes, rounds, seconds].some(Number.isNaN)) {
    console.error(USAGE);
    return 2;
  }
  const end = performance.now() + minutes * 60_000;
  const totals: Record<string, number> = {};
  console.log(`campaign --seed ${seed}`);
  const postgres = await CampaignPostgres.start();
  let stopping = false;
  process.once('SIGINT', () => {
    stopping = true;
  });
  try {
    for (let done = 0; done < rounds && performance.now() < end && !stopping; done++) {
      const round = values.only === undefined ? done + 1 : Number(values.only);
      const database = await postgres.database();
      const { findings, log, counts } = await runRound({
        seed: seedOf(seed, round),
        seconds,
        databaseUrl: database.url,
        restartPostgres: () => postgres.restart(),
        faults: FAULT_NAMES,
      });
      for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
      console.log(
        `round ${round}: ${counts.confirmed ?? 0} confirmed, ${counts.refused ?? 0} refused, ${counts.unknown ?? 0} without an answer, ` +
          `${counts.commits} commits, ${counts['notices heard']} notices heard${findings.length === 0 ? '' : ': FAILED'}`,
      );
      if (values.log || findings.length > 0) console.log(log.join('\n'));
      if (findings.length > 0) {
        console.log(['', `--seed ${seed} --only ${round} found:`, ...findings].join('\n'));
        return 1;
      }
      await database.drop();
    }
  } finally {
    await postgres.stop();
  }
  const lines = Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1));
  console.log(`\n${lines.map(([name, count]) => `${name}: ${count}`).join('\n')}`);
  return 0;
}

process.exit(await main());
