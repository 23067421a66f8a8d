import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { makeOutcomes, type PathOutcomes } from '../../src/simulation/engine/outcomes.ts';
import { ProRataEngine } from '../../src/simulation/engine/pro-rata-engine.ts';
import { MOST_PATHS, SUMS } from '../../src/simulation/kernel/block.ts';
import { makeKernel } from '../../src/simulation/kernel/make-kernel.ts';
import { CaseReader } from './simulation-file.ts';

/*
 * `node simulation-child.ts FILE OUT THREADS PATHS`: our side of the benchmark, in a process of its own. It reads a case, times the
 * simulation alone, prints what the first PATHS paths came to, and writes the sums of each account to a file, as simulation.c does.
 */

/** What all paths came to. Both sides must agree on it, and on the sums of each account. */
export interface Totals {
  deficits: number;
  draws: number;
  taken: number;
  unpaid: number;
  /** On how many paths there was a deficit, and on how many winners bore a part of it. */
  losing: number;
  socialized: number;
}

interface Share {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

interface Result {
  readonly totals: Totals;
  /** accountCount × sums, by account. */
  readonly sums: Float64Array;
}

/** A part of the paths, on one thread. What `prepare` has read is not timed, as it is not in C. */
function prepare({ file, from, to }: Share): () => Result {
  const reader = new CaseReader(file, MOST_PATHS);
  const { book, terms, fund } = reader.case;
  reader.skip(from);
  return () => {
    const settings = { ...terms, fundAvailable: fund, operatorPays: true, socializes: true };
    const engine = new ProRataEngine(makeKernel(book, terms, 1), settings, 1);
    const { blockPaths } = engine;
    const totals: Totals = { deficits: 0, draws: 0, taken: 0, unpaid: 0, losing: 0, socialized: 0 };
    const returns = new Float64Array(book.marketCount * blockPaths);
    const block = { steps: [returns], weights: new Float64Array(blockPaths).fill(1) };
    const outcomes = makeOutcomes(blockPaths);
    for (let at = from; at < to; at += blockPaths) {
      const paths = Math.min(blockPaths, to - at);
      reader.next(paths, returns);
      engine.run(block, paths, outcomes);
      addTo(totals, outcomes, paths);
    }
    const sums = new Float64Array(book.accountCount * SUMS.length);
    for (const [index, name] of SUMS.entries()) {
      const column = engine.sums[name];
      for (let account = 0; account < column.length; account++) {
        sums[account * SUMS.length + index] = column[account]!;
      }
    }
    return { totals, sums };
  };
}

function addTo(totals: Totals, outcomes: PathOutcomes, paths: number): void {
  for (let path = 0; path < paths; path++) {
    totals.deficits += outcomes.deficits[path]!;
    totals.draws += outcomes.fundDraws[path]!;
    totals.taken += outcomes.socialized[path]!;
    totals.unpaid += outcomes.uncovered[path]!;
    if (outcomes.deficits[path]! > 0) totals.losing++;
    if (outcomes.residuals[path]! > 0) totals.socialized++;
  }
}

function inThisThread(share: Share): () => Promise<Result> {
  const run = prepare(share);
  return async () => run();
}

/** Starts a thread; resolves once it has read its case, with what lets it begin. */
function startThread(share: Share): Promise<() => Promise<Result>> {
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () =>
      resolve(() => {
        worker.postMessage('begin');
        return new Promise((done) => worker.once('message', done));
      }),
    );
  });
}

function add(one: Result, other: Result): Result {
  for (const name of Object.keys(one.totals) as (keyof Totals)[]) one.totals[name] += other.totals[name];
  for (let index = 0; index < one.sums.length; index++) one.sums[index]! += other.sums[index]!;
  return one;
}

/** Of this process, all threads. */
function peakMb(): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

async function main(): Promise<void> {
  const [file, out, threads, paths] = process.argv.slice(2);
  const count = Number(threads);
  const most = Number(paths);
  const shares = Array.from({ length: count }, (_, thread) => ({
    file: file!,
    from: Math.floor((thread * most) / count),
    to: Math.floor(((thread + 1) * most) / count),
  }));
  const begin = count === 1 ? [inThisThread(shares[0]!)] : await Promise.all(shares.map(startThread));
  const began = performance.now();
  const { totals, sums } = (await Promise.all(begin.map((run) => run()))).reduce(add);
  const ms = performance.now() - began;
  writeFileSync(out!, sums);
  console.log(JSON.stringify({ ms, peakMb: peakMb(), ...totals }));
  process.exit();
}

if (isMainThread) await main();
else {
  const run = prepare(workerData as Share);
  parentPort!.postMessage('ready');
  parentPort!.once('message', () => parentPort!.postMessage(run()));
}
