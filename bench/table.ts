import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/*
 * Makes the table of docs/benchmarks.md: runs the commands and puts what they print into their rows. What is not run keeps its
 * row, with the day on which it was measured.
 */

const FILE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const HEAD = '| command | measured | ratio | figures |\n| --- | --- | --- | --- |';

/** What the table holds, in its order. */
const COMMANDS = [
  'settlement --size 10000 --runs 7',
  'settlement --size 100000',
  'settlement --size 1000000 --runs 3',
  'neighbours',
  'queries',
  'lists',
  'fanout --runs 3',
  'ingest --runs 3',
  'comparison',
  'margin',
  'trades --runs 3',
  'simulation --runs 3',
] as const;

/** Runs the commands of some benchmarks, or of all, and writes the table. */
export function makeTable(names: readonly string[], today: string): void {
  const unknown = names.find((name) => !COMMANDS.some((command) => nameOf(command) === name));
  if (unknown !== undefined) throw new Error(`There is no row of "${unknown}" in the table.`);
  const page = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  const rows = new Map(
    [...page.matchAll(/^\| `npm run bench -- ([^`]+)` .*$/gm)].map((match) => [match[1]!, match[0]]),
  );
  for (const command of COMMANDS) {
    if (names.length > 0 && !names.includes(nameOf(command))) continue;
    process.stderr.write(`npm run bench -- ${command}\n`);
    const line = execFileSync(process.execPath, [RUN, ...command.split(' '), '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { ratio, name, ...figures } = JSON.parse(line.trim().split('\n').at(-1)!) as Record<
      string,
      unknown
    >;
    const listed = Object.entries(figures).map(
      ([key, value]) => `${key} ${(value as number).toLocaleString('en-US')}`,
    );
    rows.set(command, `| \`npm run bench -- ${command}\` | ${today} | **${ratio}** | ${listed.join(', ')} |`);
  }
  const table = [HEAD, ...COMMANDS.flatMap((command) => rows.get(command) ?? [])].join('\n');
  const [before, after] = page.split(/^\| command \|[\s\S]*?\n(?!\|)/m);
  const machine = /^Measured on .*$/m;
  writeFileSync(FILE, `${before!.replace(machine, machineLine())}${table}\n${after ?? ''}`);
}

const nameOf = (command: string): string => command.split(' ')[0]!;

function machineLine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Measured on ${cpus().length} cores (${cpu!.model.trim()}), ${memory} GiB, Node ${process.versions.node}, the embedded PostgreSQL; all that runs shares them.`;
}
