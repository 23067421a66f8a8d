import type { SimulationBook } from '../book.ts';
import { SUMS } from '../kernel/block.ts';
import type { AccountSums } from '../kernel/kernel.ts';
import { makeKernel } from '../kernel/make-kernel.ts';
import type { PathBlock } from '../models/model.ts';
import { type Engine, type EngineTerms, isProRata, termsOf } from './engine.ts';
import { ExactEngine } from './exact-engine.ts';
import { Histogram, type HistogramPart } from './histogram.ts';
import { MethodTally } from './method-tally.ts';
import { makeOutcomes, type PathOutcomes } from './outcomes.ts';
import type { PathSettlement } from './path-settlement.ts';
import { makeBlock, type Paths, pathAt, pathsOf } from './paths.ts';
import { ProRataEngine } from './pro-rata-engine.ts';
import { haircutsAt } from './replay.ts';
import { type Plan, planOf, type RunSpec } from './spec.ts';
import { rateOf, Tally } from './tally.ts';

/** The distributions that quantiles are taken of. `rate` is of the paths with a winner. */
export const DISTRIBUTIONS = ['deficit', 'residual', 'rate', 'asked', 'largest', 'largestTwo'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** How many loss paths of a run are gone through once more, account by account, for what each gave up on them. */
const MOST_SAMPLES = 1_024;
/** Samples × accounts: a float each. */
const MOST_SAMPLED = 16_000_000;
/** How many of a run's loss paths the compared methods divide, and on how many the allocator that settles checks the doubles. */
const MOST_COMPARED = 256;
const MOST_AUDITED = 64;
const MOST_AUDITED_ACCOUNTS = 100_000;

/** Haircuts of every account on one loss path. Its weight stands for all of the batch's loss paths. */
export interface SampledPath {
  readonly weight: number;
  readonly haircuts: Float32Array;
}

/** What one batch came to. Whoever merges batches needs no more. */
export interface BatchResult {
  readonly index: number;
  readonly paths: number;
  readonly weight: number;
  readonly tally: Float64Array;
  readonly histograms: Readonly<Record<Distribution, HistogramPart>>;
  readonly accounts: AccountSums;
  readonly samples: readonly SampledPath[];
  /** The largest difference of a haircut from what the allocator that settles says, as a share of what is shared; null if unchecked. */
  readonly auditDifference: number | null;
  readonly audited: number;
  readonly methods: Float64Array;
}

/** Runs the batches of one run in one thread. */
export class BatchRunner {
  readonly plan: Plan;
  readonly #book: SimulationBook;
  readonly #paths: Paths;
  readonly #terms: EngineTerms;
  readonly #engine: Engine;
  /** The same where it adds up doubles; null where it settles path by path. */
  readonly #proRata: ProRataEngine | null;
  readonly #haircuts: Float64Array;
  readonly #exact: ExactEngine;
  /** The same, which lets the compared methods divide what it settles. */
  readonly #comparing: ExactEngine;
  /** What a path that is gone through again came to: nobody looks. */
  readonly #ignored: PathOutcomes;
  readonly #tally: Tally;
  readonly #histograms = Object.fromEntries(DISTRIBUTIONS.map((name) => [name, new Histogram()])) as Record<
    Distribution,
    Histogram
  >;
  readonly #methods: MethodTally;
  readonly #quota: { readonly samples: number; readonly compared: number; readonly audited: number };

  constructor(spec: RunSpec, book: SimulationBook) {
    this.#book = book;
    this.plan = planOf(spec);
    this.#paths = pathsOf(spec);
    const { rules, fundBalance, decimals, closing } = spec;
    const unit = 10 ** decimals;
    this.#terms = termsOf(rules, fundBalance, unit, closing);
    const { stepCount } = this.#paths;
    this.#tally = new Tally(spec.fundSizes);
    this.#methods = new MethodTally(spec.methods, rules);
    const exact = (onSettlement: ((settlement: PathSettlement, weight: number) => void) | null) =>
      new ExactEngine(book, this.#terms, rules, fundBalance, unit, onSettlement);
    this.#exact = exact(null);
    this.#comparing = exact((settlement, weight) => this.#methods.add(settlement, weight));
    if (isProRata(rules)) {
      const kernel = makeKernel(book, this.#terms, stepCount);
      this.#proRata = new ProRataEngine(kernel, this.#terms, stepCount);
    } else {
      this.#proRata = null;
    }
    this.#engine = this.#proRata ?? exact(null);
    this.#haircuts = new Float64Array(book.accountCount);
    this.#ignored = makeOutcomes(1);
    const share = (most: number) => Math.max(1, Math.floor(most / this.plan.batches));
    this.#quota = {
      samples: share(Math.min(MOST_SAMPLES, MOST_SAMPLED / Math.max(1, book.accountCount))),
      compared: spec.methods.length > 0 ? share(MOST_COMPARED) : 0,
      audited: this.#proRata && book.accountCount <= MOST_AUDITED_ACCOUNTS ? share(MOST_AUDITED) : 0,
    };
  }

  run(index: number): BatchResult {
    const { pathsPerBatch } = this.plan;
    const draw = this.#paths.batch(index);
    const histograms = this.#histograms;
    const blockPaths = Math.min(pathsPerBatch, this.#engine.blockPaths);
    const outcomes = makeOutcomes(blockPaths);
    const samples: SampledPath[] = [];
    let [weight, lossWeight, compared, audited] = [0, 0, 0, 0];
    let difference: number | null = null;
    this.#engine.clear();
    for (let done = 0; done < pathsPerBatch; done += blockPaths) {
      const paths = Math.min(blockPaths, pathsPerBatch - done);
      const block = makeBlock(this.#paths, paths);
      draw(paths, block);
      this.#engine.run(block, paths, outcomes);
      for (let path = 0; path < paths; path++) {
        const own = block.weights[path]!;
        weight += own;
        this.#tally.add(outcomes, path, own);
        addTo(histograms, outcomes, path, own);
        if (outcomes.socialized[path]! === 0) continue;
        lossWeight += own;
        if (own === 0) continue;
        const single = () => pathAt(block, paths, path);
        if (samples.length < this.#quota.samples)
          samples.push({ weight: own, haircuts: Float32Array.from(this.#haircutsOn(single(), path)) });
        if (audited < this.#quota.audited) {
          audited++;
          difference = Math.max(difference ?? 0, this.#audit(single(), outcomes, path));
        }
        if (compared < this.#quota.compared) {
          compared++;
          this.#comparing.run(single(), 1, this.#ignored);
        }
      }
    }
    const sampled = samples.reduce((sum, sample) => sum + sample.weight, 0);
    return {
      index,
      paths: pathsPerBatch,
      weight,
      tally: this.#tally.take(),
      histograms: Object.fromEntries(DISTRIBUTIONS.map((name) => [name, histograms[name].take()])) as Record<
        Distribution,
        HistogramPart
      >,
      accounts: Object.fromEntries(
        SUMS.map((name) => [name, this.#engine.sums[name].slice()]),
      ) as unknown as AccountSums,
      samples: samples.map((sample) => ({ ...sample, weight: (sample.weight * lossWeight) / sampled })),
      auditDifference: difference,
      audited,
      methods: this.#methods.take(),
    };
  }

  /** What every account gives up on a path of the last block. */
  #haircutsOn(path: PathBlock, at: number): Float64Array {
    if (!this.#proRata) {
      this.#exact.run(path, 1, this.#ignored);
      return this.#exact.taken;
    }
    haircutsAt(this.#book, this.#terms, path, this.#proRata.levelsOf(at), this.#haircuts);
    return this.#haircuts;
  }

  /** How far the doubles are from the allocator that settles, on a path: as a share of what is shared. */
  #audit(path: PathBlock, outcomes: PathOutcomes, at: number): number {
    const fast = this.#haircutsOn(path, at);
    this.#exact.run(path, 1, this.#ignored);
    let largest = 0;
    for (let i = 0; i < this.#book.accountCount; i++)
      largest = Math.max(largest, Math.abs(fast[i]! - this.#exact.taken[i]!));
    return largest / outcomes.socialized[at]!;
  }
}

function addTo(
  histograms: Record<Distribution, Histogram>,
  outcomes: PathOutcomes,
  path: number,
  weight: number,
): void {
  const rate = rateOf(outcomes, path);
  if (rate !== null) histograms.rate.add(rate, weight);
  histograms.deficit.add(outcomes.deficits[path]!, weight);
  histograms.residual.add(outcomes.residuals[path]!, weight);
  histograms.asked.add(outcomes.asked[path]!, weight);
  histograms.largest.add(outcomes.largest[path]!, weight);
  histograms.largestTwo.add(outcomes.largest[path]! + outcomes.second[path]!, weight);
}
