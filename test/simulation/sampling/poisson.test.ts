import { describe, expect, test } from 'vitest';
import { PoissonTable } from '../../../src/simulation/sampling/poisson.ts';
import { sampler } from '../../../src/simulation/sampling/sampler.ts';
import { distance } from './statistics.ts';

const PROBABILITIES = [2 ** -53, 1e-6, 0.01, 0.5, 0.9, 0.999, 1 - 2 ** -40];
/** Of each mean the quantiles of those probabilities, by SciPy 1.17. */
const QUANTILES: [number, number[]][] = [
  [0, [0, 0, 0, 0, 0, 0, 0]],
  [1e-6, [0, 0, 0, 0, 0, 0, 1]],
  [0.01, [0, 0, 0, 0, 0, 1, 4]],
  [1, [0, 0, 0, 1, 2, 5, 14]],
  [3.7, [0, 0, 0, 4, 6, 11, 24]],
  [700, [494, 578, 639, 700, 734, 783, 894]],
  [100_000, [97_415, 98_500, 99_265, 100_000, 100_405, 100_979, 102_237]],
];

describe("the inverse of Poisson's CDF", () => {
  test('agrees with SciPy', () => {
    for (const [mean, values] of QUANTILES) {
      const table = new PoissonTable(mean);
      expect(PROBABILITIES.map((u) => table.quantile(u))).toEqual(values);
    }
  });

  test('steps exactly where the CDF does', () => {
    const table = new PoissonTable(2);
    let [cdf, p] = [0, Math.exp(-2)];
    for (let k = 0; k < 15; k++) {
      cdf += p;
      p *= 2 / (k + 1);
      expect(table.quantile(cdf * (1 - 1e-14))).toBe(k);
      expect(table.quantile(cdf * (1 + 1e-14))).toBe(k + 1);
    }
  });

  test('has the mean and the variance of the distribution', () => {
    const uniforms = new Float64Array(40_000);
    sampler('PSEUDO', 5n, 1).batch(0).next(uniforms.length, uniforms);
    for (const mean of [0.03, 0.9, 12, 4_000]) {
      const table = new PoissonTable(mean);
      const counts = uniforms.map((u) => table.quantile(u));
      expect(distance(counts, mean)).toBeLessThan(3);
      expect(
        distance(
          counts.map((count) => (count - mean) ** 2),
          mean,
        ),
      ).toBeLessThan(3);
    }
  });

  test('answers at the ends of what a sampler gives', () => {
    for (const mean of [0, 1e-12, 0.5, 30, 1e5]) {
      const table = new PoissonTable(mean);
      for (const u of [2 ** -53, 1 - 2 ** -53]) expect(Number.isInteger(table.quantile(u))).toBe(true);
    }
  });
});
