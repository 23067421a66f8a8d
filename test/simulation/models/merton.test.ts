import { describe, expect, test } from 'vitest';
import type { MertonSpec } from '../../../src/simulation/models/merton.ts';
import { distance } from '../sampling/statistics.ts';
import { Paths } from './paths.ts';

const NONE = { intensity: 0, mean: 0, sd: 0 };

const spec: MertonSpec = {
  kind: 'MERTON',
  horizonDays: 60,
  steps: 4,
  drifts: [0.3, -0.5, 0.1],
  vols: [0.6, 0.9, 0],
  correlation: [
    [1, 0.5, 0],
    [0.5, 1, 0],
    [0, 0, 1],
  ],
  tail: null,
  common: { intensity: 12, mean: -0.08, sd: 0.1 },
  betas: [1, 1.5, 0.5],
  own: [{ intensity: 30, mean: 0.02, sd: 0.05 }, NONE, { intensity: 2, mean: -0.3, sd: 0.2 }],
};

/** λ (mean² + sd²) and λ (e^(mean + sd²/2) − 1) a year, of a common jump times β. */
const variance = ({ intensity, mean, sd }: typeof NONE, beta = 1) =>
  intensity * beta ** 2 * (mean ** 2 + sd ** 2);
const growth = ({ intensity, mean, sd }: typeof NONE, beta = 1) =>
  intensity * (Math.exp(beta * mean + (beta * sd) ** 2 / 2) - 1);

describe("Merton's jump diffusion", () => {
  test('has the expected prices, means, variances and covariances of log prices at each step', () => {
    const paths = new Paths(spec, 40_000, 'PSEUDO', 2n);
    for (let step = 0; step < 4; step++) {
      const years = (15 * (step + 1)) / 365;
      const centred = [0, 1, 2].map((m) => {
        const [drift, vol, beta, own] = [spec.drifts[m]!, spec.vols[m]!, spec.betas[m]!, spec.own[m]!];
        expect(distance(paths.prices(step, m), Math.exp(drift * years))).toBeLessThan(3);
        const jumps = beta * spec.common.intensity * spec.common.mean + own.intensity * own.mean;
        const mean = (drift - vol ** 2 / 2 - growth(spec.common, beta) - growth(own) + jumps) * years;
        const logs = paths.logs(step, m);
        expect(distance(logs, mean)).toBeLessThan(3);
        const total = (vol ** 2 + variance(spec.common, beta) + variance(own)) * years;
        const offsets = logs.map((x) => x - mean);
        expect(
          distance(
            offsets.map((x) => x ** 2),
            total,
          ),
        ).toBeLessThan(3);
        return offsets;
      });
      for (const [a, b] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        const diffusion = spec.correlation[a]![b]! * spec.vols[a]! * spec.vols[b]!;
        const jumps = spec.betas[a]! * spec.betas[b]! * variance(spec.common);
        const products = centred[a]!.map((x, p) => x * centred[b]![p]!);
        expect(distance(products, (diffusion + jumps) * years)).toBeLessThan(3);
      }
    }
  });

  test('has its third moment: λ T E[J³]', () => {
    const skew: MertonSpec = {
      ...spec,
      steps: 1,
      drifts: [0],
      vols: [0.5],
      correlation: [[1]],
      betas: [1],
      own: [NONE],
      common: { intensity: 10, mean: -0.2, sd: 0.1 },
    };
    const years = 60 / 365;
    const mean = (-(0.5 ** 2) / 2 - growth(skew.common) - 10 * 0.2) * years;
    const cubes = new Paths(skew, 60_000).logs(0, 0).map((x) => (x - mean) ** 3);
    expect(distance(cubes, 10 * years * (-(0.2 ** 3) - 3 * 0.2 * 0.1 ** 2))).toBeLessThan(3);
  });

  test('keeps the expected price at extreme jumps', () => {
    const extremes: [MertonSpec['common'], number][] = [
      [{ intensity: 10_000, mean: 0.001, sd: 0.01 }, 1],
      [{ intensity: 0.5, mean: -5, sd: 0 }, 1],
      [{ intensity: 5, mean: 0.5, sd: 0.3 }, -2],
      [{ intensity: 100, mean: 0, sd: 0 }, 10],
    ];
    for (const [common, beta] of extremes) {
      const extreme: MertonSpec = {
        ...spec,
        steps: 2,
        drifts: [0.7],
        vols: [0.2],
        correlation: [[1]],
        betas: [beta],
        own: [NONE],
        common,
      };
      expect(distance(new Paths(extreme, 40_000).prices(-1, 0), Math.exp((0.7 * 60) / 365))).toBeLessThan(3);
    }
  });

  test('is geometric Brownian motion, digit for digit, without jumps', () => {
    const { common: _, betas: __, own: ___, ...diffusion } = spec;
    const without = new Paths({ ...spec, common: NONE, own: [NONE, NONE, NONE] }, 500, 'SOBOL');
    expect(without.block).toEqual(new Paths({ ...diffusion, kind: 'GBM' }, 500, 'SOBOL').block);
  });

  test('grows by exactly its drift without volatility and jumps', () => {
    const still = new Paths({ ...spec, vols: [0, 0, 0], common: NONE, own: [NONE, NONE, NONE] }, 5);
    for (const price of still.prices(-1, 1)) expect(price).toBeCloseTo(Math.exp((-0.5 * 60) / 365), 15);
  });
});
