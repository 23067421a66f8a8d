import { describe, expect, test } from 'vitest';
import type { SampledPath } from '../../../src/simulation/engine/batch.ts';
import { burdenOf } from '../../../src/simulation/engine/burden.ts';
import { estimate } from '../../../src/simulation/engine/estimate.ts';
import { Histogram } from '../../../src/simulation/engine/histogram.ts';
import { quantilesOfSamples } from '../../../src/simulation/engine/sampled-quantiles.ts';
import { uniforms } from './random-books.ts';
import { bookOf, same } from './runs.ts';

interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The smallest value that at least that share of the weights does not exceed. */
function quantileOf(sorted: readonly Weighted[], level: number): number {
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= level * total * (1 - 1e-12)) return value;
  }
  return sorted.at(-1)!.value;
}

/** The mean of the worst 1 − level of the weights, ties in part. */
function shortfallOf(sorted: readonly Weighted[], level: number): number {
  const tail = (1 - level) * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let [left, sum] = [tail, 0];
  for (const { value, weight } of [...sorted].reverse()) {
    const part = Math.min(left, weight);
    sum += part * value;
    left -= part;
  }
  return sum / tail;
}

const LEVELS = [0.01, 0.2, 0.5, 0.75, 0.9, 0.99, 0.999];

describe('histogram', () => {
  test.each([
    { name: 'equal weights', weighed: () => 1 },
    { name: 'weights of importance sampling', weighed: (u: number) => 1 / (0.2 + 3 * u) },
  ])('of $name: quantiles and shortfalls are those of the sorted values but for a bin', ({ weighed }) => {
    const next = uniforms(41);
    // A third nothing, and the rest over twelve orders of magnitude.
    const items = Array.from({ length: 4_000 }, () => ({
      value: next() < 1 / 3 ? 0 : 10 ** (12 * next() - 6),
      weight: weighed(next()),
    }));
    const histogram = new Histogram();
    for (const { value, weight } of items) histogram.add(value, weight);
    const sorted = [...items].sort((a, b) => a.value - b.value);
    same(
      'total',
      histogram.total,
      items.reduce((sum, { weight }) => sum + weight, 0),
    );
    for (const level of LEVELS) {
      const exact = quantileOf(sorted, level);
      const { value, low, high } = histogram.quantile(level);
      expect(Math.abs(value - exact), `quantile ${level}`).toBeLessThanOrEqual(exact / 512);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      const shortfall = shortfallOf(sorted, level);
      expect(Math.abs(histogram.shortfall(level) - shortfall)).toBeLessThanOrEqual(shortfall / 512);
    }
    // Sums stay what they were: the worst of all outcomes are their mean.
    same('mean', histogram.shortfall(1e-15) / shortfallOf(sorted, 0), 1);
  });

  test('a value that has its bin to itself is told as it is', () => {
    const histogram = new Histogram();
    for (const value of [1e-9, 3, 7.25, 1e12]) histogram.add(value, 1);
    expect([0.25, 0.5, 0.75, 1 - 1e-9].map((level) => histogram.quantile(level).value)).toEqual([
      1e-9, 3, 7.25, 1e12,
    ]);
    // A level between two counts of four is the next value; a shortfall takes a part of one.
    expect(histogram.quantile(0.3).value).toBe(3);
    same('shortfall', histogram.shortfall(0.6) / 1e12, (0.25 + 0.15 * 7.25e-12) / 0.4);
  });

  test('a rank that rounding alone leaves open is met', () => {
    // Six tenths and two tenths add up to eight of which the six are less than three quarters, in doubles.
    const histogram = new Histogram();
    for (let i = 0; i < 8; i++) histogram.add(i < 6 ? 0 : 5, 0.1);
    expect(0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1).toBeLessThan(0.75 * histogram.total);
    expect([histogram.quantile(0.75).value, histogram.quantile(0.76).value]).toEqual([0, 5]);
  });

  test('intervals are the values at ranks of a binomial', () => {
    const histogram = new Histogram();
    // All in bins of their own.
    const n = 400;
    for (let i = 1; i <= n; i++) histogram.add(1.01 ** i, 1);
    const rank = (value: number) => Math.round(Math.log(value) / Math.log(1.01));
    for (const level of [0.1, 0.5, 0.9]) {
      const { value, low, high } = histogram.quantile(level);
      const error = 1.959964 * Math.sqrt(level * (1 - level) * n);
      expect(rank(value)).toBe(level * n);
      expect(rank(low)).toBe(Math.ceil(level * n - error));
      expect(rank(high)).toBe(Math.ceil(level * n + error));
    }
    // Twice the weights are no more paths.
    const doubled = new Histogram();
    for (let i = 1; i <= n; i++) doubled.add(1.01 ** i, 2);
    expect(doubled.quantile(0.9)).toEqual(histogram.quantile(0.9));
  });

  test('merging parts is adding up all, and what was handed over is gone', () => {
    const next = uniforms(42);
    const [whole, first, second, merged] = [0, 1, 2, 3].map(() => new Histogram());
    for (let i = 0; i < 1_000; i++) {
      const value = Math.max(0, next() - 0.3);
      whole!.add(value, 1);
      (i < 400 ? first : second)!.add(value, 1);
    }
    merged!.merge(first!.take());
    merged!.merge(second!.take());
    for (const level of LEVELS) expect(merged!.quantile(level)).toEqual(whole!.quantile(level));
    expect(merged!.rankAmongPositive(0.1)).toEqual(whole!.rankAmongPositive(0.1));
    expect([first!.total, first!.quantile(0.5).value, first!.shortfall(0.5)]).toEqual([0, 0, 0]);
  });

  test('where a value ranks among what is above 0', () => {
    const histogram = new Histogram();
    expect(histogram.rankAmongPositive(1)).toBeNull();
    histogram.add(0, 5);
    histogram.add(2, 0);
    for (const value of [1, 2, 2, 4]) histogram.add(value, 1);
    expect(histogram.rankAmongPositive(2)).toEqual({ low: 0.25, high: 0.75 });
    expect(histogram.rankAmongPositive(3)).toEqual({ low: 0.75, high: 0.75 });
    expect(histogram.rankAmongPositive(0)).toEqual({ low: 0, high: 0 });
    expect(histogram.rankAmongPositive(9)).toEqual({ low: 1, high: 1 });
  });

  test('what no double of a price comes to ends in the outer bins', () => {
    const histogram = new Histogram();
    histogram.add(1e-300, 1);
    histogram.add(1e300, 1);
    expect([histogram.quantile(0.4).value, histogram.quantile(0.9).value]).toEqual([1e-300, 1e300]);
  });
});

test('quantiles of samples are those of all paths, of which the others are 0', () => {
  const next = uniforms(43);
  const [accounts, total] = [7, 1_000];
  const samples: SampledPath[] = Array.from({ length: 150 }, () => ({
    weight: 0.2 + next(),
    haircuts: Float32Array.from({ length: accounts }, (_, i) => (next() < i / 6 ? next() * 100 : 0)),
  }));
  const levels = [0.9, 0.95, 0.99, 0.999];
  const columns = quantilesOfSamples(samples, total, 1_200, accounts, levels);
  for (let account = 0; account < accounts; account++) {
    const items = samples.map(({ weight, haircuts }) => ({ value: haircuts[account]!, weight }));
    const rest = total - items.reduce((sum, { weight }) => sum + weight, 0);
    const sorted = [{ value: 0, weight: rest }, ...items].sort((a, b) => a.value - b.value);
    levels.forEach((level, l) => {
      const { values, lows, highs } = columns[l]!;
      expect(values[account]).toBe(quantileOf(sorted, level));
      expect(lows[account]).toBeLessThanOrEqual(values[account]!);
      expect(highs[account]).toBeGreaterThanOrEqual(values[account]!);
    });
  }
  // Of equal weights that are all paths, the interval is that of a binomial.
  const all: SampledPath[] = Array.from({ length: 400 }, (_, i) => ({
    weight: 1,
    haircuts: Float32Array.of(i + 1),
  }));
  const [column] = quantilesOfSamples(all, 400, 400, 1, [0.9]);
  expect(column!.values[0]).toBe(360);
  const error = 1.959964 * Math.sqrt(0.09 * 400);
  expect(Math.abs(column!.lows[0]! - (360 - error))).toBeLessThan(2);
  expect(Math.abs(column!.highs[0]! - (360 + error))).toBeLessThan(2);
});

describe('estimates', () => {
  const next = uniforms(44);
  const batches = Array.from({ length: 40 }, () => Float64Array.of(90 + 20 * next(), 5 + next(), 100));
  const column = (k: number) => batches.map((sums) => sums[k]!);
  const meanOf = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
  const covariance = (a: readonly number[], b: readonly number[]) => {
    const [m, k] = [meanOf(a), meanOf(b)];
    return a.reduce((sum, each, i) => sum + (each - m) * (b[i]! - k), 0) / (a.length - 1);
  };

  test('a mean has the textbook’s error', () => {
    const { value, standardError } = estimate(batches, (sums) => sums[0]! / sums[2]!)!;
    const means = column(0).map((sum) => sum / 100);
    same('mean', value, meanOf(means));
    same('error', standardError!, Math.sqrt(covariance(means, means) / 40));
  });

  test('a quotient has that of the delta method, but for terms of 1 ÷ n', () => {
    const { value, standardError } = estimate(batches, (sums) => sums[0]! / sums[1]!)!;
    const [a, b] = [column(0), column(1)];
    const ratio = meanOf(a) / meanOf(b);
    same('quotient', value, ratio);
    const variance = covariance(a, a) - 2 * ratio * covariance(a, b) + ratio ** 2 * covariance(b, b);
    const delta = Math.sqrt(variance / 40) / meanOf(b);
    expect(Math.abs(standardError! / delta - 1)).toBeLessThan(0.01);
  });

  test('of one batch there is no error, and of nothing no value', () => {
    expect(estimate([Float64Array.of(3, 4)], (sums) => sums[0]! / sums[1]!)).toEqual({
      value: 0.75,
      standardError: null,
    });
    expect(
      estimate([Float64Array.of(0, 0), Float64Array.of(0, 0)], (sums) => sums[0]! / sums[1]!),
    ).toBeNull();
    // All that there is to estimate from is in one batch: without it there is no number.
    const lone = [Float64Array.of(0, 0), Float64Array.of(1, 2)];
    expect(estimate(lone, (sums) => sums[0]! / sums[1]!)).toEqual({ value: 0.5, standardError: null });
  });
});

test('how a burden is spread: Gini as the mean difference, HHI, and the ten largest of more', () => {
  const next = uniforms(45);
  for (const accountCount of [1, 9, 10, 24]) {
    const haircuts = Float64Array.from({ length: accountCount }, (_, i) => (i % 4 === 1 ? 0 : next() * 100));
    const total = haircuts.reduce((sum, each) => sum + each, 0);
    let differences = 0;
    for (const a of haircuts) for (const b of haircuts) differences += Math.abs(a - b);
    const [herfindahl, gini, topTen] = burdenOf(haircuts, { ...bookOf(0, []), accountCount });
    const squares = haircuts.reduce((sum, each) => sum + (each / total) ** 2, 0);
    same('HHI', herfindahl, squares);
    same('Gini', gini, differences / (2 * accountCount * total));
    const ten = [...haircuts].sort((a, b) => b - a).slice(0, 10);
    same('ten', topTen, ten.reduce((sum, each) => sum + each, 0) / total);
  }
  expect([...burdenOf(new Float64Array(3), { ...bookOf(0, []), accountCount: 3 })]).toEqual([NaN, NaN, NaN]);
});

test.each([0.5, 0.9, 0.99])('the error of a shortfall at %d is the one of its estimator', (level) => {
  // Of an exponential law what is beyond a quantile is that law again: the variance is (1 + level) ÷ (n (1 − level)).
  const n = 40_000;
  const histogram = new Histogram();
  for (let i = 0; i < n; i++) histogram.add(-Math.log(1 - (i + 0.5) / n), 1);
  const { value, standardError } = histogram.shortfallEstimate(level);
  expect(value).toBeCloseTo(1 - Math.log(1 - level), 2);
  expect(standardError! / Math.sqrt((1 + level) / (n * (1 - level)))).toBeCloseTo(1, 1);
});
