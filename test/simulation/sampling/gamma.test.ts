import { describe, expect, test } from 'vitest';
import { log } from '../../../src/simulation/sampling/elementary.ts';
import {
  ChiSquareTable,
  chiSquareCdf,
  chiSquareQuantile,
  logGamma,
} from '../../../src/simulation/sampling/gamma.ts';

/** Values by mpmath. */
const LOG_GAMMAS = [
  [0.1, 2.252712651734206],
  [0.5, 0.5723649429247001],
  [1.5, -0.12078223763524522],
  [2.5, 0.2846828704729192],
  [11.5, 16.292000476567242],
  [100, 359.1342053695754],
  [5000.5, 37586.884887281056],
] as const;

const PROBABILITIES = [2 ** -53, 1e-6, 0.01, 0.5, 0.9, 0.999, 1 - 2 ** -40];
/** Of each number of degrees of freedom the quantiles of those probabilities, by mpmath. */
const QUANTILES: [number, number[]][] = [
  [
    2.01,
    [
      2.671365243096182e-16, 2.14683146338274e-6, 0.020612358612614425, 1.395976590399728, 4.622510331648319,
      13.841866893745744, 55.49108463391308,
    ],
  ],
  [
    3,
    [
      5.585485757034481e-11, 0.00024181048720124283, 0.11483180189911704, 2.365973884375338,
      6.2513886311703235, 16.26623619623813, 59.11265089975018,
    ],
  ],
  [
    4.5,
    [
      2.4588356352063895e-7, 0.006537750872693487, 0.41728972580316936, 3.8537537676844726, 8.515060640872065,
      19.50636547083375, 63.94136109341796,
    ],
  ],
  [
    10,
    [
      0.003357915904105242, 0.3381260032429545, 2.5582121601872063, 9.341817765591967, 15.987179172105263,
      29.588298445074415, 78.68224761777748,
    ],
  ],
  [
    100,
    [
      23.52324925216732, 46.50133071589318, 70.0648949253998, 99.33412923598846, 118.4980038110621,
      149.44925277903872, 234.13377917971562,
    ],
  ],
  [
    10000,
    [
      8882.86400508667, 9342.10190723289, 9673.948839577635, 9999.333341235144, 10181.661613830378,
      10442.730565410178, 11029.374537402233,
    ],
  ],
];

test('the logarithm of Γ is right to 14 digits', () => {
  for (const [x, value] of LOG_GAMMAS) {
    expect(Math.abs(logGamma(x) - value)).toBeLessThan(1e-14 * Math.max(1, Math.abs(value)));
  }
  expect(logGamma(1)).toBeCloseTo(0, 13);
  expect(logGamma(2)).toBeCloseTo(0, 13);
});

describe('the inverse of the chi-square CDF', () => {
  test('is right into the far tails', () => {
    for (const [degrees, values] of QUANTILES) {
      for (const [i, u] of PROBABILITIES.entries()) {
        expect(Math.abs(chiSquareQuantile(u, degrees) / values[i]! - 1)).toBeLessThan(1e-12);
      }
    }
  });

  test('undoes the CDF', () => {
    for (const degrees of [0.5, 2.01, 7, 333]) {
      for (let u = 1e-12; u < 1; u *= 1.7) {
        expect(Math.abs(chiSquareCdf(chiSquareQuantile(u, degrees), degrees) / u - 1)).toBeLessThan(1e-12);
      }
    }
    expect(chiSquareCdf(0, 3)).toBe(0);
    // With 2 degrees of freedom it is an exponential distribution.
    expect(chiSquareCdf(1.7, 2)).toBeCloseTo(1 - Math.exp(-0.85), 14);
  });

  test('comes out of the table to 10 digits, at every number that a sampler gives', () => {
    for (const degrees of [2.01, 3, 4.5, 30, 10_000]) {
      const table = new ChiSquareTable(degrees);
      let worst = 0;
      for (let e = -53; e < -0.5; e += 0.0911) {
        for (const u of [2 ** e, 1 - 2 ** e]) {
          worst = Math.max(worst, Math.abs(table.logQuantile(u) - log(chiSquareQuantile(u, degrees))));
        }
      }
      expect(worst).toBeLessThan(1e-11);
    }
  });
});
