import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusal.ts';
import type { ModelSpec } from '../../../src/simulation/models/build.ts';
import { checkCorrelation } from '../../../src/simulation/models/correlation.ts';
import { shiftOf, type TailSpec } from '../../../src/simulation/models/tail.ts';
import { normalCdf } from '../../../src/simulation/sampling/normal.ts';
import { distance, meanOf } from '../sampling/statistics.ts';
import { Paths } from './paths.ts';

const CORRELATION = [
  [1, 0.8, 0.3],
  [0.8, 1, 0.4],
  [0.3, 0.4, 1],
];
const tail: TailSpec = { shifts: [-2.5, null, null], unshifted: 0.2 };
const diffusion = {
  horizonDays: 20,
  drifts: [0.2, 0, -0.1],
  vols: [0.7, 1, 0.4],
  correlation: CORRELATION,
};
const NONE = { intensity: 0, mean: 0, sd: 0 };

const models = (steps: number, tail: TailSpec | null): ModelSpec[] => [
  { kind: 'GBM', ...diffusion, steps, tail },
  {
    kind: 'MERTON',
    ...diffusion,
    steps,
    tail,
    betas: [1, 1, 0.5],
    own: [NONE, NONE, { intensity: 20, mean: 0, sd: 0.05 }],
    common: { intensity: 5, mean: -0.05, sd: 0.05 },
  },
  { kind: 'STUDENT_T', ...diffusion, steps, tail, degreesOfFreedom: 4 },
];

/** What one may ask of a path: bounded, because the prices of Student's t have no mean. */
const QUESTIONS: ((a: number, b: number, c: number) => number)[] = [
  () => 1,
  (a) => Math.max(-a, 0),
  (a, b, c) => Math.max(0, -(a + b + c)),
  (a) => (a < -0.4 ? 1 : 0),
  (_, b) => (b > 0.2 ? 1 : 0),
  (a, _, c) => Math.min(1, Math.max(a, 0)) * (c < 0 ? 1 : 0.5),
];

const answers = (paths: Paths, question: (typeof QUESTIONS)[number]) => {
  const [a, b, c] = [0, 1, 2].map((m) => paths.returns(-1, m));
  return paths.weights.map((weight, p) => weight * question(a![p]!, b![p]!, c![p]!));
};

describe('importance sampling', () => {
  test.each([1, 3])('changes no expectation, in %i steps', (steps) => {
    for (const [i, spec] of models(steps, tail).entries()) {
      const shifted = new Paths(spec, 40_000, 'PSEUDO', 11n);
      const plain = new Paths(models(steps, null)[i]!, 40_000, 'PSEUDO', 111n);
      for (const question of QUESTIONS) {
        const [a, b] = [meanOf(answers(shifted, question)), meanOf(answers(plain, question))];
        expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(3 * Math.hypot(a.error, b.error));
      }
      expect(distance(shifted.weights, 1)).toBeLessThan(3);
    }
  });

  test('makes rare losses known by far fewer paths', () => {
    // ln P below its mean by three standard deviations and a half.
    const years = 20 / 365;
    const bound = Math.expm1((0.2 - 0.7 ** 2 / 2) * years - 3.5 * 0.7 * Math.sqrt(years));
    // Much of a fat tail is none of the normals' doing, so less of a shift is more there.
    const gains = [-3.5, -3.5, -1.5].map((shift, i) => {
      const spec = models(2, { shifts: [shift, null, null], unshifted: 0.2 })[i]!;
      const { mean, error } = meanOf(
        answers(new Paths(spec, 40_000, 'PSEUDO', 10n), (a) => (a < bound ? 1 : 0)),
      );
      if (spec.kind === 'GBM') expect(Math.abs(mean - normalCdf(-3.5))).toBeLessThan(3 * error);
      return (mean * (1 - mean)) / 40_000 / error ** 2;
    });
    expect(gains[0]).toBeGreaterThan(100);
    expect(gains[1]).toBeGreaterThan(10);
    expect(gains[2]).toBeGreaterThan(2);
  });

  test('gives no weight above 1 ÷ the share of unshifted paths', () => {
    for (const unshifted of [0.01, 0.2, 0.99]) {
      for (const spec of models(2, { shifts: [-3, null, 2], unshifted })) {
        const { weights } = new Paths(spec, 5_000, 'SOBOL');
        expect(Math.max(...weights)).toBeLessThanOrEqual(1 / unshifted);
        expect(Math.min(...weights)).toBeGreaterThan(0);
      }
    }
  });

  test('moves the mean of the log price by the deviations asked for, on the shifted share of the paths', () => {
    for (const spec of [models(3, tail)[0]!, models(3, tail)[2]!]) {
      const logs = new Paths(spec, 40_000).logs(-1, 0);
      const years = 20 / 365;
      const mean = (0.2 - 0.7 ** 2 / 2) * years;
      const deviations = logs.map((x) => (x - mean) / (0.7 * Math.sqrt(years)));
      expect(distance(deviations, 0.8 * -2.5)).toBeLessThan(3);
    }
  });

  test('by nothing weighs 1', () => {
    const { weights } = new Paths(models(2, { shifts: [0, 0, 0], unshifted: 0.3 })[0]!, 100);
    for (const weight of weights) expect(weight).toBeCloseTo(1, 15);
  });
});

describe('the shift', () => {
  const factor = checkCorrelation(CORRELATION, []);
  const moved = (theta: Float64Array, { rank, rows } = factor) =>
    Array.from({ length: rows.length / rank }, (_, i) =>
      theta.reduce((sum, value, j) => sum + value * rows[i * rank + j]!, 0),
    );
  const shift = (shifts: (number | null)[], of = factor, scale = 1) =>
    shiftOf({ shifts, unshifted: 0.2 }, of, scale, ['tail']);

  test('moves each market by what was asked for', () => {
    for (const shifts of [
      [-2, -1, 0.5],
      [0, 0, 3],
      [1, 1, 1],
    ]) {
      for (const [i, value] of moved(shift(shifts)).entries()) expect(value).toBeCloseTo(shifts[i]!, 12);
    }
    expect(moved(shift([-1, 0, 1], factor, 0.5))[2]).toBeCloseTo(2, 12);
  });

  test('takes markets that follow along by their correlation: it is the shortest there is', () => {
    for (const [i, value] of moved(shift([-2, null, null])).entries()) {
      expect(value).toBeCloseTo(-2 * CORRELATION[0]![i]!, 12);
    }
    expect(moved(shift([null, null, null]))).toEqual([0, 0, 0]);
  });

  test('moves markets that always move together alike, or is refused', () => {
    const alike = checkCorrelation(
      [
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
      [],
    );
    expect(moved(shift([-2, -2, 1], alike), alike).map((value) => Math.round(value * 1e9) / 1e9)).toEqual([
      -2, -2, 1,
    ]);
    expect(() => shift([-2, 1, null], alike)).toThrow('Market 1 always moves with markets before it');
    const nearly = checkCorrelation(
      [
        [1, 0.9999],
        [0.9999, 1],
      ],
      [],
    );
    expect(() => shift([-2, 2], nearly)).toThrow(/lie 282\.\d standard deviations out/);
  });

  test.each<[string, TailSpec, (string | number)[]]>([
    ['a share of 0', { shifts: [0, 0, 0], unshifted: 0 }, ['tail', 'unshifted']],
    ['a share of 1', { shifts: [0, 0, 0], unshifted: 1 }, ['tail', 'unshifted']],
    ['too few shifts', { shifts: [0, 0], unshifted: 0.1 }, ['tail', 'shifts']],
    ['a shift by 11', { shifts: [0, -11, 0], unshifted: 0.1 }, ['tail', 'shifts', 1]],
    ['a shift by NaN', { shifts: [0, 0, Number.NaN], unshifted: 0.1 }, ['tail', 'shifts', 2]],
  ])('is refused with %s', (_, spec, path) => {
    expect(() => shiftOf(spec, factor, 1, ['tail'])).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path }),
    );
    expect(() => shiftOf(spec, factor, 1, ['tail'])).toThrow(Refusal);
  });
});
