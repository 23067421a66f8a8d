import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { installedPackage } from '../src/db/embedded/binaries.ts';
import { row, withRows } from './support/table-page.ts';

/*
 * Makes the table of docs/benchmarks.md: runs the commands and puts what they print into their rows, each as soon as it is there.
 * What is not run, or fails, keeps its row, with the day and the machine that it was measured on.
 */

const FILE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
/** How long the machine is watched before a benchmark begins. */
const WATCHED_MS = 3_000;
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));

/** What the table holds, in its order, and which figures where there are more than a row can show. */
const COMMANDS: Readonly<Record<string, RegExp>> = {
  'settlement --size 10000 --runs 7': /./,
  'settlement --size 100000': /./,
  'settlement --size 1000000 --runs 3': /./,
  'neighbours --runs 9': /^(size|crowded_ratio|settlement_ms|answers_busy|runs|.*_p99_ms)$/,
  'queries --runs 9':
    /^(size|p99_ratio|connections|runs|.*_ratio|.*_rps|.*_(shearwater|mercurius|postgraphile)_p99_ms)$/,
  answers: /./,
  lists: /./,
  'fanout --runs 3': /./,
  'ingest --runs 3': /./,
  comparison: /./,
  margin: /./,
  'trades --runs 3': /./,
  'simulation --runs 3': /./,
  notify: /./,
};

export interface TableOptions {
  /** Those to run; all where none is named. */
  readonly names: readonly string[];
  /** Other sizes and runs than the table's: options of `npm run bench`. The table is printed then and not written. */
  readonly trial: readonly string[];
}

/** Runs benchmarks and writes the table. Throws at the end if one failed. */
export function makeTable({ names, trial }: TableOptions): void {
  const commands = Object.keys(COMMANDS);
  const unknown = names.find((name) => !commands.some((command) => nameOf(command) === name));
  if (unknown !== undefined) throw new Error(`There is no row of "${unknown}" in the table.`);
  const fresh = new Map<string, string>();
  const failed: string[] = [];
  let page = readFileSync(FILE, 'utf8');
  for (const command of commands) {
    if (names.length > 0 && !names.includes(nameOf(command))) continue;
    const run = [command, ...trial].join(' ');
    process.stderr.write(`npm run bench -- ${run}\n`);
    const measured = whenAndWhere();
    try {
      const { ratio, name: _, ...figures } = measure(run);
      const shown = Object.entries(figures).filter(([key]) => COMMANDS[command]!.test(key));
      fresh.set(command, row(run, measured, ratio, shown));
    } catch (error) {
      failed.push(command);
      process.stderr.write(`${(error as Error).message}\n`);
      continue;
    }
    page = withRows(page, commands, fresh);
    if (trial.length === 0) writeFileSync(FILE, page);
  }
  if (trial.length > 0) console.log([...fresh.values()].join('\n'));
  if (failed.length > 0) throw new Error(`Failed, and kept the rows that were there: ${failed.join('; ')}.`);
}

const nameOf = (command: string): string => command.split(' ')[0]!;

function measure(run: string): Record<string, unknown> {
  const text = execFileSync(process.execPath, [...process.execArgv, RUN, ...run.split(' '), '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text.trim().split('\n').at(-1)!);
}

/** Each row has its own: another day's may be of another machine. */
function whenAndWhere(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const database = installedPackage()
    .version.replace(/-.*/, '')
    .replace(/(?<=\..*)\.0$/, '');
  return [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} cores (${cpu!.model.trim()}), ${memory} GiB`,
    `Node ${process.versions.node}, PostgreSQL ${database}`,
    `${busyPercent()} % taken by others`,
  ].join('; ');
}

/** How much of the machine others take, while no benchmark runs. A load average would still hold the benchmark before. */
function busyPercent(): number {
  const sum = () => {
    const times = cpus().flatMap(({ times }) => Object.entries(times));
    const total = times.reduce((sum, [, ms]) => sum + ms, 0);
    const idle = times.reduce((sum, [kind, ms]) => sum + (kind === 'idle' ? ms : 0), 0);
    return { total, idle };
  };
  const before = sum();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WATCHED_MS);
  const after = sum();
  return Math.round(100 * (1 - (after.idle - before.idle) / (after.total - before.total)));
}
