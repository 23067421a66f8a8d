import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type BatchResult, BatchRunner } from '../../../src/simulation/engine/batch.ts';
import { termsOf } from '../../../src/simulation/engine/engine.ts';
import { ExactEngine } from '../../../src/simulation/engine/exact-engine.ts';
import { MethodTally, methodMean } from '../../../src/simulation/engine/method-tally.ts';
import { makeOutcomes, OUTCOMES, type PathOutcomes } from '../../../src/simulation/engine/outcomes.ts';
import { makeBlock, pathsOf } from '../../../src/simulation/engine/paths.ts';
import { ProRataEngine } from '../../../src/simulation/engine/pro-rata-engine.ts';
import { RunTotals } from '../../../src/simulation/engine/results.ts';
import { planOf, type RunSpec } from '../../../src/simulation/engine/spec.ts';
import { SUMS } from '../../../src/simulation/kernel/block.ts';
import { PlainKernel } from '../../../src/simulation/kernel/plain-kernel.ts';
import type { ModelSpec } from '../../../src/simulation/models/build.ts';
import { randomBook } from './random-books.ts';
import { bookOf, RULES, specOf, told } from './runs.ts';

/* A run has the same digits whoever runs its batches, in whatever order and however often. */

const BOOK = randomBook(51, { accounts: 30, markets: 3, rates: [0.4, 1] });
const correlation = [
  [1, 0.6, 0.3],
  [0.6, 1, 0.5],
  [0.3, 0.5, 1],
];
const diffusion = { horizonDays: 3, steps: 3, drifts: [0, 0.2, -0.1], vols: [1, 1.4, 0.9], correlation };
const GBM: ModelSpec = { kind: 'GBM', ...diffusion, tail: { shifts: [-1, null, null], unshifted: 0.3 } };
const MERTON: ModelSpec = {
  ...{ kind: 'MERTON', ...diffusion, tail: null, betas: [1, 1.2, 0.8] },
  common: { intensity: 20, mean: -0.05, sd: 0.05 },
  own: Array(3).fill({ intensity: 5, mean: 0, sd: 0.1 }),
};
const STUDENT: ModelSpec = { kind: 'STUDENT_T', ...diffusion, tail: null, degreesOfFreedom: 4 };

const spec = (model: ModelSpec, changes: Partial<RunSpec> = {}): RunSpec =>
  specOf(model, {
    ...{ paths: 384, fundBalance: 50_000_000n, fundSizes: [0, 100], levels: [0.9, 0.99] },
    ...{ methods: ['TALMUD', 'PRO_RATA'], ...changes },
  });

/** All that a run says, with every bit. */
function digitsOf(of: RunSpec, batches: readonly BatchResult[]): unknown {
  const totals = new RunTotals(of, BOOK);
  for (const batch of batches) totals.add(batch);
  const { result, parts, haircutsAtRisk } = told(totals);
  return { result, parts, haircutsAtRisk, accounts: totals.accounts.finish() };
}

const indices = (of: RunSpec): number[] => [...Array(planOf(of).batches).keys()];

describe.each([
  { model: GBM, sampling: 'PSEUDO' },
  { model: GBM, sampling: 'SOBOL' },
  { model: MERTON, sampling: 'ANTITHETIC' },
  { model: STUDENT, sampling: 'SOBOL' },
] as const)('$model.kind, $sampling', ({ model, sampling }) => {
  test('the same digits in any order of batches', () => {
    const of = spec(model, { sampling, seed: 77n });
    const runner = new BatchRunner(of, BOOK);
    const inOrder = digitsOf(
      of,
      indices(of).map((index) => runner.run(index)),
    );
    // Another thread has a runner of its own, and takes what is next.
    const [one, other] = [new BatchRunner(of, BOOK), new BatchRunner(of, BOOK)];
    const shuffled = indices(of)
      .sort((a, b) => ((a * 37) % 64) - ((b * 37) % 64))
      .map((index, i) => (i % 3 === 0 ? one : other).run(index));
    const merged = digitsOf(
      of,
      shuffled.sort((a, b) => a.index - b.index),
    );
    expect(isDeepStrictEqual(merged, inOrder)).toBe(true);
    const again = new BatchRunner(spec(model, { sampling, seed: 78n }), BOOK).run(0);
    expect(again.tally).not.toEqual(runner.run(0).tally);
    expect(runner.run(1).tally).not.toEqual(runner.run(0).tally);
  });

  test('an engine that settles path by path too', () => {
    const of = spec(model, { sampling, paths: 200, rules: { ...RULES, method: 'RISK_WEIGHTED' } });
    const runs = [0, 1].map(() => {
      const runner = new BatchRunner(of, BOOK);
      return digitsOf(
        of,
        indices(of).map((index) => runner.run(index)),
      );
    });
    expect(isDeepStrictEqual(runs[1], runs[0])).toBe(true);
    expect((runs[0] as { result: { audited: number } }).result.audited).toBe(0);
  });
});

test('how many paths a block has is of no account but for rounding', () => {
  const of = spec(GBM, { sampling: 'SOBOL' });
  const paths = pathsOf(of);
  const steps = paths.stepCount;
  const terms = termsOf(RULES, 50_000_000n, 1e6, { closeOutAt: 'BELOW_MAINTENANCE', slippage: 0.001 });
  const count = 256;
  const run = (blockPaths: number) => {
    const engine = new ProRataEngine(new PlainKernel(BOOK, terms, steps), terms, steps);
    const draw = paths.batch(3);
    const all: PathOutcomes = makeOutcomes(count);
    const outcomes = makeOutcomes(engine.blockPaths);
    for (let done = 0; done < count; done += blockPaths) {
      const size = Math.min(blockPaths, count - done);
      const block = makeBlock(paths, size);
      draw(size, block);
      engine.run(block, size, outcomes);
      for (const name of OUTCOMES) all[name].set(outcomes[name].subarray(0, size), done);
    }
    return { all, sums: engine.sums };
  };
  const whole = run(128);
  for (const blockPaths of [1, 7, 64]) {
    const parts = run(blockPaths);
    for (const name of OUTCOMES) expect(parts.all[name], name).toEqual(whole.all[name]);
    for (const name of SUMS) {
      parts.sums[name].forEach((sum, account) => {
        const exact = whole.sums[name][account]!;
        expect(Math.abs(sum - exact), `${name} of ${account}`).toBeLessThanOrEqual(
          1e-10 * Math.abs(exact) + 1e-9,
        );
      });
    }
  }
  expect(whole.all.socialized.filter((each) => each > 0).length).toBeGreaterThan(10);
});

test('every run is checked by the allocator that settles, on some of its paths', () => {
  const of = spec(GBM, { sampling: 'PSEUDO' });
  const runner = new BatchRunner(of, BOOK);
  const totals = new RunTotals(of, BOOK);
  for (const index of indices(of)) totals.add(runner.run(index));
  const { audited, auditDifference, methods } = totals.finish();
  expect(audited).toBeGreaterThan(30);
  // Rounding to atoms of 10^-6, of losses that may be small.
  expect(auditDifference!).toBeLessThan(1e-4);
  expect(methods.map(({ method }) => method)).toEqual(['TALMUD', 'PRO_RATA']);
  // Pro rata is the method whose largest rate is the least.
  const [talmud, proRata] = methods;
  expect(proRata!.largestRate!.value).toBeLessThan(talmud!.largestRate!.value);
});

test('a step that the fund pays for is no comparison of methods', () => {
  // The first long fails by 50 at the first step, which the fund has; the second by 200 at the second.
  const book = bookOf(1, [
    { equity: 50, positions: [[0, 500]] },
    { equity: 300, positions: [[0, 1_000]] },
    { equity: 900, gain: 300 },
    { equity: 900, gain: 600 },
  ]);
  const terms = termsOf(RULES, 50_000_000n, 1e6, { closeOutAt: 'BELOW_ZERO', slippage: 0 });
  const tally = new MethodTally(['PRO_RATA', 'CONSTRAINED_EQUAL_LOSSES'], RULES);
  const engine = new ExactEngine(book, terms, RULES, 50_000_000n, 1e6, (settlement, weight) =>
    tally.add(settlement, weight),
  );
  const steps = [Float64Array.of(-0.2), Float64Array.of(-0.5)];
  engine.run({ steps, weights: Float64Array.of(0.7) }, 1, makeOutcomes(1));
  const sums = tally.take();
  const figures = (method: number) =>
    (['touched', 'wipedOut', 'largestRate', 'topTenShare'] as const).map((figure) =>
      methodMean(sums, method, figure),
    );
  expect(sums[0]).toBe(0.7);
  expect(figures(0).map((value) => value.toFixed(6))).toEqual([
    '2.000000',
    '0.000000',
    (2 / 9).toFixed(6),
    '1.000000',
  ]);
  expect(figures(1).map((value) => value.toFixed(6))).toEqual([
    '2.000000',
    '0.000000',
    (1 / 3).toFixed(6),
    '1.000000',
  ]);
});

test('how a run is divided: pairs stay together, and a Sobol batch is a power of two', () => {
  const plan = (sampling: RunSpec['sampling'], paths: number) => {
    const { batches, pathsPerBatch } = planOf(spec(GBM, { sampling, paths }));
    return [batches, pathsPerBatch];
  };
  expect(plan('PSEUDO', 65_536)).toEqual([64, 1_024]);
  expect(plan('PSEUDO', 100)).toEqual([6, 17]);
  expect(plan('PSEUDO', 5)).toEqual([1, 5]);
  expect(plan('ANTITHETIC', 100)).toEqual([6, 18]);
  expect(plan('ANTITHETIC', 96)).toEqual([6, 16]);
  expect(plan('SOBOL', 65_536)).toEqual([32, 2_048]);
  expect(plan('SOBOL', 3_000)).toEqual([32, 128]);
  const scenarios = { kind: 'SCENARIOS' as const, returns: [[0, 0, 0]], probabilities: [1] };
  expect(planOf(specOf(scenarios, { paths: 1_000 }))).toEqual({ batches: 1, pathsPerBatch: 1 });
});
