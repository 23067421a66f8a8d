import { parseArgs } from 'node:util';
import { answers } from './answers.ts';
import { comparison } from './comparison.ts';
import { fanout } from './fanout.ts';
import { ingest } from './ingest.ts';
import { lists } from './lists.ts';
import { margin } from './margin.ts';
import { neighbours } from './neighbours.ts';
import { notify } from './notify.ts';
import { queries } from './queries.ts';
import { settlement } from './settlement.ts';
import { simulation } from './simulation.ts';
import { type Bench, printReport, readCount } from './support/bench.ts';
import { makeTable } from './table.ts';
import { trades } from './trades.ts';

/* `npm run bench -- NAME`: one benchmark, beside the floor that it is measured against, in one run on one machine. */

const BENCHES: readonly Bench[] = [
  settlement,
  neighbours,
  queries,
  answers,
  lists,
  fanout,
  ingest,
  comparison,
  margin,
  trades,
  simulation,
  notify,
];

const HELP = `Measures Shearwater beside the least that the same work could cost.

  npm run bench -- NAME [--size N] [--runs K] [--json]
  npm run bench -- table [NAME…]    measures and writes docs/benchmarks.md; with --size or --runs a trial, which only prints

${BENCHES.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

  --size N      ${BENCHES.map(({ name, size, sizeOf }) => `${name}: ${sizeOf} (default ${size})`).join('; ')}
  --runs K      how many times; medians are reported (default 5)
  --history K   settlement: settlements that the pool has behind it already (default 0)
  --losers N    settlement: accounts beside those that bear, with losing positions (default 0)
  --paths N     simulation: paths (default 100000)
  --json        one line of JSON, its ratio first: how much longer it takes than the floor`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: 'string' },
      runs: { type: 'string' },
      history: { type: 'string', default: '0' },
      losers: { type: 'string', default: '0' },
      paths: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (positionals[0] === 'table') {
    const trial = (['size', 'runs'] as const).flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}`, value];
    });
    return makeTable({ names: positionals.slice(1), trial });
  }
  const bench = BENCHES.find(({ name }) => name === positionals[0]);
  if (!bench || positionals.length > 1) {
    console.error(
      positionals[0] === undefined ? HELP : `There is no benchmark "${positionals.join(' ')}".\n\n${HELP}`,
    );
    process.exitCode = 2;
    return;
  }
  const report = await bench.run({
    size: readCount('--size', values.size ?? String(bench.size), 1, 5_000_000),
    runs: readCount('--runs', values.runs ?? '5', 1, 100),
    history: readCount('--history', values.history, 0, 100),
    losers: readCount('--losers', values.losers, 0, 5_000_000),
    paths: readCount('--paths', values.paths, 1, 100_000_000),
    // Progress is for people: what is asked for stays alone on stdout.
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  console.log(values.json ? JSON.stringify(report.fields) : printReport(report));
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
