import { describe, expect, test } from 'vitest';
import type { BootstrapSpec } from '../../../src/simulation/models/bootstrap.ts';
import { buildModel } from '../../../src/simulation/models/build.ts';
import { sampler } from '../../../src/simulation/sampling/sampler.ts';
import { distance } from '../sampling/statistics.ts';
import { blockOf, Paths } from './paths.ts';

const numbers = new Float64Array(200 * 2);
sampler('PSEUDO', 77n, 1).batch(0).next(numbers.length, numbers);
/** Returns that are autocorrelated, with two markets that differ and drift. */
const history = Array.from({ length: 200 }, (_, i) => {
  const wave = Math.sin(i / 5) * 0.03;
  return [wave + (numbers[2 * i]! - 0.45) * 0.1, wave * 1.5 + (numbers[2 * i + 1]! - 0.5) * 0.15];
});

const spec: BootstrapSpec = {
  kind: 'BOOTSTRAP',
  horizonDays: 6,
  steps: 3,
  history,
  rowDays: 1,
  blockLength: 1,
  drifts: null,
};

/** The expected growth over the first `rows` rows of a block, over all places that one of `length` may begin at. */
function blockMean(m: number, length: number, rows: number): number {
  let sum = 0;
  const starts = history.length - length + 1;
  for (let start = 0; start < starts; start++) {
    sum += history.slice(start, start + rows).reduce((product, row) => product * (1 + row[m]!), 1);
  }
  return sum / starts;
}

describe('the bootstrap', () => {
  test("has the history's means", () => {
    const paths = new Paths(spec, 30_000);
    for (let step = 0; step < 3; step++) {
      for (const m of [0, 1]) {
        expect(distance(paths.prices(step, m), blockMean(m, 1, 1) ** (2 * (step + 1)))).toBeLessThan(3);
      }
    }
  });

  test('has the means of its blocks, whole and in part', () => {
    const paths = new Paths({ ...spec, blockLength: 4 }, 30_000);
    for (const m of [0, 1]) {
      const [two, four] = [blockMean(m, 4, 2), blockMean(m, 4, 4)];
      for (const [step, mean] of [two, four, four * two].entries()) {
        expect(distance(paths.prices(step, m), mean)).toBeLessThan(3);
      }
    }
  });

  test('grows by a given drift on average', () => {
    for (const blockLength of [1, 4, 50]) {
      const drifting = new Paths({ ...spec, blockLength, drifts: [3, -1] }, 30_000);
      for (let step = 0; step < 3; step++) {
        for (const [m, drift] of [3, -1].entries()) {
          const growth = Math.exp((drift * 2 * (step + 1)) / 365);
          expect(distance(drifting.prices(step, m), growth)).toBeLessThan(3);
        }
      }
    }
  });

  test('takes rows whole, one after the other within a block', () => {
    // Each row can be told from the growth that it makes, and both markets have it at once.
    const distinct = Array.from({ length: 50 }, (_, i) => [(i + 1) / 1_000, -(i + 1) / 1_000]);
    const paths = new Paths({ ...spec, steps: 6, history: distinct, blockLength: 3 }, 400);
    const seen = new Set<number>();
    for (let p = 0; p < 400; p++) {
      const rows = Array.from({ length: 6 }, (_, step) => {
        const [a, b] = [0, 1].map((m) => {
          const before = step === 0 ? 1 : paths.prices(step - 1, m)[p]!;
          return Math.round((paths.prices(step, m)[p]! / before - 1) * 1_000);
        });
        expect(b).toBe(-a!);
        return a! - 1;
      });
      expect([rows[1]! - rows[0]!, rows[2]! - rows[1]!]).toEqual([1, 1]);
      expect([rows[4]! - rows[3]!, rows[5]! - rows[4]!]).toEqual([1, 1]);
      seen.add(rows[0]!).add(rows[3]!);
    }
    // Every place that leaves room for a block, and none besides.
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, i) => i));
  });

  test('takes one number a block', () => {
    const dimensions = (blockLength: number) => buildModel({ ...spec, blockLength }).dimensions;
    expect([1, 2, 4, 5, 6, 200].map(dimensions)).toEqual([6, 3, 2, 2, 1, 1]);
  });

  test('reaches the first and the last row, and no further', () => {
    const model = buildModel({ ...spec, horizonDays: 1, steps: 1 });
    const block = blockOf(1, 2, 2);
    model.draw(new Float64Array([2 ** -53, 1 - 2 ** -53]), 2, block);
    expect(block.steps[0]![0]).toBeCloseTo(history[0]![0]!, 15);
    expect(block.steps[0]![1]).toBeCloseTo(history[199]![0]!, 15);
  });

  test('repeats the only row there is', () => {
    const paths = new Paths({ ...spec, history: [[-0.5, 0.1]] }, 3);
    expect(paths.returns(2, 0)[1]).toBeCloseTo(0.5 ** 6 - 1, 15);
    expect(paths.returns(2, 1)[2]).toBeCloseTo(1.1 ** 6 - 1, 14);
  });
});
