import { describe, expect, test } from 'vitest';
import { normalCdf, normalDensity, normalQuantile } from '../../../src/simulation/sampling/normal.ts';

/** Values by mpmath. */
const QUANTILES = [
  [2 ** -53, -8.209536151601387],
  [2 ** -30, -6.009353565530744],
  [1e-10, -6.361340902404057],
  [2 ** -10, -3.0972690781987846],
  [0.001, -3.0902323061678136],
  [0.0625, -1.5341205443525463],
  [0.075, -1.439531470938456],
  [0.25, -0.6744897501960817],
  [0.4, -0.2533471031357997],
] as const;
const PROBABILITIES = [
  [-38, 2.88542835e-316],
  [-20, 2.7536241186062337e-89],
  [-8.25, 7.919726314642477e-17],
  [-5, 2.866515718791939e-7],
  [-3, 0.0013498980316300946],
  [-2, 0.02275013194817921],
  [-1.5, 0.06680720126885807],
  [-1.25, 0.10564977366685525],
  [-0.5, 0.3085375387259869],
  [0.5, 0.6914624612740131],
  [1, 0.8413447460685429],
  [2, 0.9772498680518208],
  [5, 0.9999997133484281],
] as const;

describe('the inverse of the normal CDF', () => {
  test('is right to 15 digits into the far tails', () => {
    for (const [u, z] of QUANTILES) expect(Math.abs(normalQuantile(u) / z - 1)).toBeLessThan(4e-16 * 3);
    for (const u of [2 ** -53, 2 ** -10, 0.0625, 0.25])
      expect(normalQuantile(1 - u)).toBe(-normalQuantile(u));
    expect(normalQuantile(0.5)).toBe(0);
  });

  test('undoes the CDF, which undoes it', () => {
    for (let z = -8.2; z < 4; z += 0.0317) {
      expect(Math.abs(normalQuantile(normalCdf(z)) - z)).toBeLessThan(
        2e-13 + (z > 0 ? 1e-16 / normalDensity(z) : 0),
      );
    }
    for (let u = 2 ** -53; u < 1; u *= 1.31) {
      expect(Math.abs(normalCdf(normalQuantile(u)) / u - 1)).toBeLessThan(3e-14);
    }
  });

  test('rises where its three formulas meet', () => {
    for (const u of [0.075, Math.exp(-25)]) {
      const [left, middle, right] = [u * (1 - 1e-12), u, u * (1 + 1e-12)].map(normalQuantile);
      expect(left!).toBeLessThan(middle!);
      expect(middle!).toBeLessThan(right!);
    }
  });
});

test('the normal CDF is right to 14 digits in both tails', () => {
  for (const [z, probability] of PROBABILITIES) {
    // Below 10^-308 doubles have fewer digits.
    const digits = z === -38 ? 1e-8 : 1e-14;
    expect(Math.abs(normalCdf(z) / probability - 1)).toBeLessThan(digits);
  }
  expect([-1e9, 0, 1e9].map(normalCdf)).toEqual([0, 0.5, 1]);
  expect(normalCdf(Number.NaN)).toBeNaN();
});

test('digits are fixed', () => {
  expect([1e-9, 0.03, 0.77].map(normalQuantile)).toMatchInlineSnapshot(`
    [
      -5.9978070150076865,
      -1.8807936081512509,
      0.7388468491852137,
    ]
  `);
});
