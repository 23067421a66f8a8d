import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KernelBook, makeTotals, SUMS } from '../src/simulation/kernel/block.ts';
import { WasmKernel } from '../src/simulation/kernel/wasm-kernel.ts';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { MARKETS, makeBook, makeReturns } from './support/simulation-book.ts';
import type { Totals } from './support/simulation-child.ts';
import { type Case, writeCase } from './support/simulation-file.ts';
import { simulateWhole } from './support/simulation-whole.ts';

/** Of the paths the share whose losses the fund covers: on the others winners bear a part. */
const COVERED = 0.8;
/** Of the paths the share that is enough for the worst case, and for the memory that few of them take. */
const FEW = 0.1;

/** The most that accounts have: so little, and winners bear a part now and then; so much, and without a fund they always do. */
const LEVERAGE = 15;
const WORST_LEVERAGE = 40;

const TERMS = { closeOutAt: 'BELOW_ZERO', slippage: 0.001, operatorCap: 100, fundCap: 50_000 } as const;

/** One line of what both programs print, and the sums that they wrote. */
interface Outcome extends Totals {
  readonly ms: number;
  readonly peakMb: number;
  readonly sums: Float64Array;
}

type Program = (file: string, threads: number, paths: number) => Outcome;

export const simulation: Bench = {
  name: 'simulation',
  about: 'settles a step of N accounts on each of many paths, beside a plain loop in C',
  size: 10_000,
  sizeOf: 'accounts',
  run: measure,
};

async function measure(options: BenchOptions): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'shearwater-simulation-'));
  try {
    return await measureIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureIn(folder: string, { size, paths, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making ${size} accounts and ${paths} paths`);
  const book = makeBook(size, LEVERAGE);
  const returns = makeReturns(paths);
  const few = Math.max(1, Math.round(paths * FEW));
  const file = (name: string) => join(folder, name);
  const usual: Case = { book, terms: TERMS, fund: fundFor(book, returns), paths };
  writeCase(file('usual'), usual, returns);
  writeCase(file('worst'), { ...usual, book: makeBook(size, WORST_LEVERAGE), fund: 0, paths: few }, returns);
  const ours: Program = (name, threads, count) => runOurs(file(name), file('ours'), threads, count);
  const floor = compileFloor(folder);

  const kinds = {
    one: () => ours('usual', 1, paths),
    two: () => ours('usual', 2, paths),
    ...(floor && { floor: () => floor(file('usual'), file('theirs')) }),
    worst: () => ours('worst', 1, few),
    ...(floor && { worstFloor: () => floor(file('worst'), file('theirs')) }),
    few: () => ours('usual', 1, few),
  };
  const outcomes: Record<keyof typeof kinds, Outcome[]> = {
    one: [],
    two: [],
    floor: [],
    worst: [],
    worstFloor: [],
    few: [],
  };
  const whole: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let run = 1; run <= runs; run++) {
    progress(`run ${run} of ${runs}`);
    for (const threads of [1, 2] as const) {
      whole[threads].push(await simulateWhole(book, usual.fund, paths, threads));
    }
    // In turns, so that a busy moment of the machine meets them all.
    for (const [name, start] of Object.entries(kinds)) outcomes[name as keyof typeof kinds].push(start());
    if (!floor) continue;
    compare(outcomes.one.at(-1)!, outcomes.floor.at(-1)!);
    compare(outcomes.two.at(-1)!, outcomes.floor.at(-1)!);
    compare(outcomes.worst.at(-1)!, outcomes.worstFloor.at(-1)!);
  }
  return report(outcomes, whole, { size, paths, few, positions: book.markets.length, runs });
}

/** So much that it covers the losses of some paths, but not of all. */
function fundFor(book: KernelBook, returns: Float64Array): number {
  const kernel = new WasmKernel(book, TERMS, 1);
  const totals = makeTotals(kernel.blockPaths);
  const weights = new Float64Array(kernel.blockPaths).fill(1);
  const byMarket = new Float64Array(MARKETS * kernel.blockPaths);
  const asks: number[] = [];
  const most = Math.min(2_000, returns.length / MARKETS);
  for (let from = 0; from < most; from += kernel.blockPaths) {
    const paths = Math.min(kernel.blockPaths, most - from);
    for (let market = 0; market < MARKETS; market++) {
      for (let path = 0; path < paths; path++) {
        byMarket[market * paths + path] = returns[(from + path) * MARKETS + market]!;
      }
    }
    kernel.begin(paths, weights);
    kernel.move(byMarket, true, totals);
    asks.push(...totals.fundAsks.subarray(0, paths));
  }
  return asks.sort((a, b) => a - b)[Math.floor(asks.length * COVERED)]!;
}

function runOurs(file: string, out: string, threads: number, paths: number): Outcome {
  const child = fileURLToPath(new URL('./support/simulation-child.ts', import.meta.url));
  return run(process.execPath, [child, file, out, String(threads), String(paths)], out);
}

/** The program of simulation.c, or null where nobody can compile it. */
function compileFloor(folder: string): ((file: string, out: string) => Outcome) | null {
  const program = join(folder, 'floor');
  const source = fileURLToPath(new URL('./simulation.c', import.meta.url));
  for (const compiler of ['gcc', 'cc']) {
    try {
      execFileSync(compiler, ['-O3', '-o', program, source, '-lm'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return (file, out) => run(program, [file, out], out);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return null;
}

function run(program: string, args: string[], out: string): Outcome {
  const printed = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const bytes = readFileSync(out);
  return {
    ...JSON.parse(printed),
    sums: new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8),
  };
}

/** The two must agree, or one of them does something else. */
function compare(ours: Outcome, theirs: Outcome): void {
  const check = (name: string, difference: number, size: number) => {
    if (difference <= 1e-9 * size) return;
    throw new Error(`We and the loop in C differ in ${name}: by ${difference}, where it has ${size}.`);
  };
  for (const name of ['deficits', 'draws', 'taken', 'unpaid', 'losing', 'socialized'] as const) {
    check(name, Math.abs(ours[name] - theirs[name]), Math.abs(theirs[name]));
  }
  for (const [index, name] of SUMS.entries()) {
    let [difference, size] = [0, 0];
    for (let at = index; at < theirs.sums.length; at += SUMS.length) {
      difference += Math.abs(ours.sums[at]! - theirs.sums[at]!);
      size += Math.abs(theirs.sums[at]!);
    }
    check(`the sums ${name}`, difference, size);
  }
}

interface Sizes {
  readonly size: number;
  readonly paths: number;
  readonly few: number;
  readonly positions: number;
  readonly runs: number;
}

function report(
  { one, two, floor, worst, worstFloor, few: short }: Record<string, Outcome[]>,
  whole: Record<1 | 2, number[]>,
  { size, paths, few, positions, runs }: Sizes,
): Report {
  const ms = (outcomes: Outcome[]) => median(outcomes.map((outcome) => outcome.ms));
  const best = (outcomes: Outcome[]) => Math.min(...outcomes.map((outcome) => outcome.ms));
  const peak = (outcomes: Outcome[]) => Math.max(...outcomes.map((outcome) => outcome.peakMb));
  const compared = floor!.length > 0;
  const fields: Report['fields'] = {
    ratio: compared ? round(ms(one!) / ms(floor!), 3) : Number.NaN,
    ...(compared && {
      two_threads_ratio: round(ms(two!) / ms(floor!), 3),
      worst_ratio: round(ms(worst!) / ms(worstFloor!), 3),
      whole_ratio: round(median(whole[1]) / ms(floor!), 3),
      whole_two_threads_ratio: round(median(whole[2]) / ms(floor!), 3),
    }),
    name: 'simulation',
    size,
    paths,
    markets: MARKETS,
    positions,
    shearwater_ms: round(ms(one!)),
    two_threads_ms: round(ms(two!)),
    ...(compared && { c_ms: round(ms(floor!)) }),
    shearwater_best_ms: round(best(one!)),
    two_threads_best_ms: round(best(two!)),
    ...(compared && { c_best_ms: round(best(floor!)) }),
    whole_ms: round(median(whole[1])),
    whole_two_threads_ms: round(median(whole[2])),
    ns_per_account_path: round((ms(one!) * 1e6) / size / paths, 2),
    probability_of_deficit: round(one![0]!.losing / paths, 4),
    probability_of_socialization: round(one![0]!.socialized / paths, 4),
    worst_paths: few,
    worst_probability_of_socialization: round(worst![0]!.socialized / few, 4),
    worst_ms: round(ms(worst!)),
    ...(compared && { worst_c_ms: round(ms(worstFloor!)) }),
    peak_mb: round(peak(one!), 1),
    [`peak_mb_of_${few}_paths`]: round(peak(short!), 1),
    runs,
  };
  const about =
    'simulation.c, one thread of gcc -O3: for each path, for each account, its equity from its positions; then what the fund leaves to ' +
    'winners and λ; then the haircuts, and the same 13 sums of each account, compared with ours at each run. Both have book and returns ' +
    'at hand and time the simulation alone. worst_ratio is at higher leverage with an empty fund. whole_ratio is a run from the seed to all that it answers, ' +
    'random numbers, errors, samples and audits included, beside the same loop.';
  return { fields, floor: compared ? about : 'not measured: there is no C compiler here (gcc or cc).' };
}
