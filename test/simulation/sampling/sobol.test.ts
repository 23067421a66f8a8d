import { describe, expect, test } from 'vitest';
import { SOBOL_DIMENSIONS, sobolColumns } from '../../../src/simulation/sampling/joe-kuo.ts';
import { sampler } from '../../../src/simulation/sampling/sampler.ts';
import { SobolSequence } from '../../../src/simulation/sampling/sobol.ts';
import { meanOf } from './statistics.ts';

type Scramble = ConstructorParameters<typeof SobolSequence>[1];

/** By dimension. */
function points(dimensions: number, count: number, scramble: Scramble, skipped = 0): Float64Array[] {
  const sequence = new SobolSequence(sobolColumns(dimensions), scramble);
  sequence.next(skipped, skipped, new Float64Array(dimensions * skipped));
  const into = new Float64Array(dimensions * count);
  sequence.next(count, count, into);
  return Array.from({ length: dimensions }, (_, d) => into.subarray(d * count, (d + 1) * count));
}

/** As it is, and randomized in three ways. */
const SCRAMBLES: Scramble[] = [
  null,
  ...[0, 1, 77].map((batch) => ({ k0: 0x9abcdef0, k1: 0x12345678, batch })),
];

describe('the sequence as it is', () => {
  test('begins as Joe and Kuo have it', () => {
    const first = points(4, 9, null).map((column) => [...column].map((u) => Math.floor(u * 16) / 16));
    expect(first).toEqual([
      [0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125, 0.1875],
      [0, 0.5, 0.25, 0.75, 0.375, 0.875, 0.125, 0.625, 0.3125],
      [0, 0.5, 0.25, 0.75, 0.625, 0.125, 0.875, 0.375, 0.9375],
      [0, 0.5, 0.25, 0.75, 0.875, 0.375, 0.625, 0.125, 0.4375],
    ]);
  });

  test('has in all 1,111 dimensions the points that SciPy has', () => {
    const columns = points(SOBOL_DIMENSIONS, 1_024, null);
    let sum = 0;
    for (let p = 0; p < 1_024; p++) {
      for (const column of columns) sum = (Math.imul(sum, 31) + Math.floor(column[p]! * 1_024)) | 0;
    }
    // scipy.stats.qmc.Sobol(d=1111, scramble=False, bits=32), SciPy 1.17, summed up likewise.
    expect(sum >>> 0).toBe(4_078_247_936);
    expect(Math.floor(columns[1_110]![1_023]! * 2 ** 32)).toBe(2_529_165_312);
  });
});

describe.each(SCRAMBLES)('scrambled by %o', (scramble) => {
  test('has one point in each interval of 2^-8, in every dimension and every run of 2^8 points', () => {
    for (const skipped of [0, 256, 768]) {
      for (const column of points(SOBOL_DIMENSIONS, 256, scramble, skipped)) {
        expect(new Set(column.map((u) => Math.floor(u * 256))).size).toBe(256);
      }
    }
  });

  test('has one point in each elementary rectangle of 2^-10 in its first two dimensions', () => {
    const [a, b] = points(2, 1_024, scramble);
    for (let bits = 0; bits <= 10; bits++) {
      const [across, up] = [2 ** bits, 2 ** (10 - bits)];
      const cells = new Set(Array.from(a!, (x, p) => Math.floor(x * across) * up + Math.floor(b![p]! * up)));
      expect(cells.size).toBe(1_024);
    }
  });

  test('has its share in each box of 8 × 8 × 8, in most triples of dimensions', () => {
    const columns = points(12, 4_096, scramble);
    let even = 0;
    for (let d = 0; d + 2 < 12; d++) {
      const counts = new Uint32Array(512);
      for (let p = 0; p < 4_096; p++) {
        const [x, y, z] = [0, 1, 2].map((k) => Math.floor(columns[d + k]![p]! * 8));
        counts[(x! * 8 + y!) * 8 + z!]!++;
      }
      if (counts.every((count) => count === 8)) even++;
    }
    expect(even).toBeGreaterThanOrEqual(6);
  });
});

test('a scramble changes the points, not which of them lie together', () => {
  const [plain] = points(1, 64, null);
  const [mixed] = points(1, 64, SCRAMBLES[1]!);
  expect(mixed).not.toEqual(plain);
  for (let p = 0; p < 64; p++) {
    for (let q = 0; q < p; q++) {
      // A digit depends on those before it alone: numbers agree in as many leading digits as they did.
      const agreed = (column: Float64Array) => Math.clz32((column[p]! * 2 ** 32) ^ (column[q]! * 2 ** 32));
      expect(agreed(mixed!)).toBe(agreed(plain!));
    }
  }
});

test('a mean of a smooth function converges faster than 1/√n, and without bias', () => {
  const dimensions = 6;
  /** ∏ (1 + (e^u − e + 1)/(2 + d)) has the mean 1: each factor has. */
  const integrand = (into: Float64Array, paths: number, p: number): number => {
    let product = 1;
    for (let d = 0; d < dimensions; d++) {
      product *= 1 + (Math.exp(into[d * paths + p]!) - Math.E + 1) / (2 + d);
    }
    return product;
  };
  const errors = [6, 8, 10, 12].map((bits) => {
    const paths = 2 ** bits;
    const numbers = sampler('SOBOL', 11n, dimensions);
    const into = new Float64Array(dimensions * paths);
    const means = Array.from({ length: 32 }, (_, batch) => {
      numbers.batch(batch).next(paths, into);
      let sum = 0;
      for (let p = 0; p < paths; p++) sum += integrand(into, paths, p);
      return sum / paths;
    });
    const { mean, error } = meanOf(means);
    expect(Math.abs(mean - 1)).toBeLessThan(3.5 * error);
    return error;
  });
  // 64 times the paths: chance makes 8 of it, a rate of 1/n 64.
  expect(errors[0]! / errors[3]!).toBeGreaterThan(64);
});
