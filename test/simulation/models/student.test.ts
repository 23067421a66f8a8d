import { describe, expect, test } from 'vitest';
import type { StudentSpec } from '../../../src/simulation/models/student.ts';
import { correlationOf, distance, unevenness } from '../sampling/statistics.ts';
import { Paths } from './paths.ts';

const spec: StudentSpec = {
  kind: 'STUDENT_T',
  horizonDays: 10,
  steps: 1,
  drifts: [0.4, 0],
  vols: [0.8, 1.5],
  correlation: [
    [1, 0.6],
    [0.6, 1],
  ],
  tail: null,
  degreesOfFreedom: 5,
};

/** A market's log returns by the end of a step, less their mean, in standard deviations. */
function standardized(
  paths: Paths,
  { drifts, vols, horizonDays, steps }: StudentSpec,
  step: number,
  m: number,
): Float64Array {
  const years = (horizonDays / 365) * ((step + 1) / steps);
  const mean = (drifts[m]! - vols[m]! ** 2 / 2) * years;
  return paths.logs(step, m).map((x) => (x - mean) / (vols[m]! * Math.sqrt(years)));
}

/** The CDF of Student's t in closed form. */
const CDF: Record<number, (t: number) => number> = {
  3: (t) => 0.5 + (t / Math.sqrt(3) / (1 + t ** 2 / 3) + Math.atan(t / Math.sqrt(3))) / Math.PI,
  4: (t) => 0.5 + (3 / 8) * (t / Math.sqrt(1 + t ** 2 / 4)) * (1 - t ** 2 / (12 * (1 + t ** 2 / 4))),
};

describe("Student's t", () => {
  test('has the distribution of t, scaled to the volatility', () => {
    for (const nu of [3, 4]) {
      const paths = new Paths({ ...spec, degreesOfFreedom: nu }, 40_000, 'PSEUDO', 4n);
      for (const m of [0, 1]) {
        const t = standardized(paths, spec, 0, m).map((x) => x * Math.sqrt(nu / (nu - 2)));
        expect(Math.abs(unevenness(t.map(CDF[nu]!), 200))).toBeLessThan(3);
      }
    }
  });

  test('has the volatility and the kurtosis at each step: returns of steps are independent', () => {
    const fat = { ...spec, steps: 4, degreesOfFreedom: 14 };
    const paths = new Paths(fat, 60_000, 'PSEUDO', 5n);
    for (let step = 0; step < 4; step++) {
      for (const m of [0, 1]) {
        const x = standardized(paths, fat, step, m);
        expect(distance(x, 0)).toBeLessThan(3);
        expect(
          distance(
            x.map((v) => v ** 2),
            1,
          ),
        ).toBeLessThan(3);
        expect(
          distance(
            x.map((v) => v ** 4),
            3 + 6 / 10 / (step + 1),
          ),
        ).toBeLessThan(3);
      }
    }
    const [before, after] = [paths.logs(1, 0), paths.logs(2, 0)];
    expect(
      Math.abs(
        correlationOf(
          before,
          after.map((x, p) => x - before[p]!),
        ),
      ),
    ).toBeLessThan(3 / Math.sqrt(60_000));
  });

  test('has the correlations, and crashes of all markets together', () => {
    const paths = new Paths(
      {
        ...spec,
        correlation: [
          [1, 0],
          [0, 1],
        ],
      },
      60_000,
      'PSEUDO',
      6n,
    );
    const [a, b] = [0, 1].map((m) => standardized(paths, spec, 0, m));
    expect(
      distance(
        a!.map((x, p) => x * b![p]!),
        0,
      ),
    ).toBeLessThan(3);
    // Their one χ² makes E[x² y²] = (ν − 2)/(ν − 4), where independent numbers have 1.
    const calm = {
      ...spec,
      degreesOfFreedom: 20,
      correlation: [
        [1, 0],
        [0, 1],
      ],
    };
    const mild = new Paths(calm, 60_000);
    const [c, d] = [0, 1].map((m) => standardized(mild, calm, 0, m));
    expect(
      distance(
        c!.map((x, p) => x ** 2 * d![p]! ** 2),
        18 / 16,
      ),
    ).toBeLessThan(3);
    const crashes = a!.reduce((count, x, p) => count + (x < -2 && b![p]! < -2 ? 1 : 0), 0);
    expect(crashes).toBeGreaterThan(3 * 60_000 * 0.0227 ** 2);
    const both = new Paths(spec, 60_000);
    const [e, f] = [0, 1].map((m) => standardized(both, spec, 0, m));
    expect(
      distance(
        e!.map((x, p) => x * f![p]!),
        0.6,
      ),
    ).toBeLessThan(3);
  });

  test('is nearly normal with many degrees of freedom', () => {
    const paths = new Paths({ ...spec, degreesOfFreedom: 10_000, steps: 3 }, 40_000);
    for (const m of [0, 1]) {
      expect(distance(paths.prices(-1, m), Math.exp((spec.drifts[m]! * 10) / 365))).toBeLessThan(3);
    }
  });

  test('keeps to finite returns above −1 with hardly more than 2 degrees of freedom', () => {
    const wild = new Paths({ ...spec, degreesOfFreedom: 2.0001, vols: [50, 50] }, 20_000, 'SOBOL');
    for (const m of [0, 1])
      expect(wild.returns(0, m).every((value) => value > -1 && Number.isFinite(value))).toBe(true);
  });

  test('grows by exactly its drift without volatility', () => {
    for (const price of new Paths({ ...spec, vols: [0, 0], steps: 3 }, 5).prices(-1, 0)) {
      expect(price).toBeCloseTo(Math.exp((0.4 * 10) / 365), 15);
    }
  });
});
