import { describe, expect, test } from 'vitest';
import type { GbmSpec } from '../../../src/simulation/models/gbm.ts';
import { normalCdf } from '../../../src/simulation/sampling/normal.ts';
import { correlationOf, distance, meanOf, unevenness } from '../sampling/statistics.ts';
import { Paths } from './paths.ts';

const spec: GbmSpec = {
  kind: 'GBM',
  horizonDays: 30,
  steps: 5,
  drifts: [0.4, -0.2, 0],
  vols: [0.8, 1.2, 0.3],
  correlation: [
    [1, 0.7, -0.2],
    [0.7, 1, 0.1],
    [-0.2, 0.1, 1],
  ],
  tail: null,
};

const one = (drift: number, vol: number, horizonDays: number, steps: number): GbmSpec => ({
  kind: 'GBM',
  horizonDays,
  steps,
  drifts: [drift],
  vols: [vol],
  correlation: [[1]],
  tail: null,
});

describe('geometric Brownian motion', () => {
  test('has the expected prices, variances and correlations at each step', () => {
    const paths = new Paths(spec, 40_000);
    expect(paths.weights.every((weight) => weight === 1)).toBe(true);
    for (let step = 0; step < 5; step++) {
      const years = (6 * (step + 1)) / 365;
      for (const m of [0, 1, 2]) {
        const [drift, vol] = [spec.drifts[m]!, spec.vols[m]!];
        expect(distance(paths.prices(step, m), Math.exp(drift * years))).toBeLessThan(3);
        const mean = (drift - vol ** 2 / 2) * years;
        const logs = paths.logs(step, m);
        expect(distance(logs, mean)).toBeLessThan(3);
        expect(
          distance(
            logs.map((x) => (x - mean) ** 2),
            vol ** 2 * years,
          ),
        ).toBeLessThan(3);
        for (let other = 0; other < m; other++) {
          const correlation = spec.correlation[m]![other]!;
          // The standard error of a correlation of normals is (1 − ρ²)/√n.
          const error = Math.abs(correlationOf(logs, paths.logs(step, other)) - correlation);
          expect(error).toBeLessThan((3 * (1 - correlation ** 2)) / Math.sqrt(40_000));
        }
      }
    }
  });

  test('has the covariance of a Brownian path, however many steps there are', () => {
    for (const steps of [1, 2, 3, 7, 16, 30]) {
      const paths = new Paths(one(0, 1, 365, steps), 1 << 14, 'SOBOL');
      for (let j = 0; j < steps; j++) {
        for (let k = 0; k <= j; k++) {
          const [a, b] = [paths.logs(j, 0), paths.logs(k, 0)];
          const products = a.map((x, p) => (x + (j + 1) / steps / 2) * (b[p]! + (k + 1) / steps / 2));
          expect(meanOf(products).mean).toBeCloseTo((k + 1) / steps, 2);
        }
      }
    }
  });

  test('has the same law at the horizon in one step and in several', () => {
    const years = 10 / 365;
    for (const steps of [1, 4, 9]) {
      const logs = new Paths(one(0.5, 0.9, 10, steps), 20_000, 'PSEUDO', 3n).logs(-1, 0);
      const mean = (0.5 - 0.9 ** 2 / 2) * years;
      const uniforms = logs.map((x) => normalCdf((x - mean) / (0.9 * Math.sqrt(years))));
      expect(Math.abs(unevenness(uniforms, 100))).toBeLessThan(3);
    }
  });

  test('has the same law at the horizon for every kind of sampler', () => {
    for (const kind of ['ANTITHETIC', 'SOBOL'] as const) {
      const paths = new Paths(spec, 8_192, kind);
      for (const m of [0, 1, 2]) {
        expect(distance(paths.prices(-1, m), Math.exp((spec.drifts[m]! * 30) / 365))).toBeLessThan(3);
      }
    }
  });

  test('keeps the expected price at extreme volatilities, horizons and drifts', () => {
    for (const [drift, vol, days] of [
      [0, 3, 30],
      [50, 0.1, 7],
      [-50, 1, 3],
      [2, 0.5, 3_650 / 4],
      [0, 50, 0.01],
    ] as const) {
      const growth = Math.exp((drift * days) / 365);
      expect(distance(new Paths(one(drift, vol, days, 3), 60_000).prices(-1, 0), growth)).toBeLessThan(3);
    }
  });

  test('grows by exactly its drift without volatility', () => {
    const still = new Paths({ ...spec, vols: [0, 0, 0] }, 10);
    for (let step = 0; step < 5; step++) {
      for (const m of [0, 1, 2]) {
        const growth = Math.exp((spec.drifts[m]! * 6 * (step + 1)) / 365);
        for (const price of still.prices(step, m)) expect(Math.abs(price / growth - 1)).toBeLessThan(4e-16);
      }
    }
    expect(new Paths({ ...spec, drifts: [0, 0, 0], vols: [0, 0, 0] }, 4).returns(-1, 2)).toEqual(
      new Float64Array(4),
    );
  });

  test('never falls to nothing, and rises to no infinity', () => {
    const returns = new Paths(one(0, 50, 3_650, 2), 1_000).returns(-1, 0);
    expect(returns.every((value) => value > -1 && 1 / (1 + value) > 0)).toBe(true);
    const high = new Paths(one(50, 50, 3_650, 2), 1_000).returns(0, 0);
    expect(high.every((value) => value > -1 && Number.isFinite(value))).toBe(true);
    const sky = new Paths(one(50, 0, 3_650, 1), 2).returns(0, 0);
    expect([...sky]).toEqual([Math.exp(500) > 1e300 ? 1e300 : sky[0], sky[1]]);
  });

  test('moves markets of correlation 1 and −1 as one', () => {
    const paths = new Paths(
      {
        ...spec,
        drifts: [0.32, 0.32, 0.32],
        vols: [0.8, 0.8, 0.8],
        correlation: [
          [1, 1, -1],
          [1, 1, -1],
          [-1, -1, 1],
        ],
      },
      100,
    );
    for (const [p, log] of paths.logs(-1, 0).entries()) {
      expect(paths.logs(-1, 1)[p]).toBe(log);
      expect(paths.logs(-1, 2)[p]).toBeCloseTo(-log, 12);
    }
  });

  test('is closer to the expected price by Sobol than by chance', () => {
    const errors = (['PSEUDO', 'SOBOL'] as const).map((kind) => {
      const means = Array.from(
        { length: 16 },
        (_, batch) => meanOf(new Paths(spec, 1_024, kind, 5n, batch).prices(-1, 0)).mean,
      );
      return meanOf(means).error;
    });
    expect(errors[0]! / errors[1]!).toBeGreaterThan(20);
  });
});
