import { describe, expect, test } from 'vitest';
import { exp, log } from '../../../src/simulation/sampling/elementary.ts';

/** Values by mpmath. */
const EXP = [
  [-700, 9.85967654375977e-305],
  [-20.5, 1.2501528663867426e-9],
  [-1, 0.36787944117144233],
  [-0.001, 0.999000499833375],
  [0.1, 1.1051709180756477],
  [1, Math.E],
  [33.3, 289738526663660.5],
  [700, 1.0142320547350045e304],
] as const;
const LOG = [
  [1e-310, -713.8013788281542],
  [1e-20, -46.051701859880914],
  [0.3, -1.2039728043259361],
  [0.7, -0.35667494393873245],
  [0.99999, -1.0000050000287824e-5],
  [1.00001, 9.999950000398841e-6],
  [1.5, 0.4054651081081644],
  [1e10, 23.025850929940457],
  [1e300, 690.7755278982137],
] as const;

/** One unit of the last place, relative, is between 2^-53 and 2^-52. */
const ULP = 2 ** -52;

describe('exp', () => {
  test('is right to the last place', () => {
    for (const [x, value] of EXP) expect(Math.abs(exp(x) / value - 1)).toBeLessThanOrEqual(ULP);
    for (let x = -708; x < 709; x += 0.0713) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(ULP);
    }
  });

  test('is exact at 0 and right beyond the range', () => {
    expect([0, -0, -745.2, -1e9, Number.NEGATIVE_INFINITY].map(exp)).toEqual([1, 1, 0, 0, 0]);
    expect([709.8, 1e9, Number.POSITIVE_INFINITY].map(exp)).toEqual(Array(3).fill(Number.POSITIVE_INFINITY));
    expect(exp(Number.NaN)).toBeNaN();
    expect(exp(-745)).toBe(5e-324);
    expect(exp(-740)).toBeCloseTo(4.2e-322, 323);
  });
});

describe('log', () => {
  test('is right to the last place', () => {
    for (const [x, value] of LOG) expect(Math.abs(log(x) / value - 1)).toBeLessThanOrEqual(ULP);
    for (let x = 1e-300; x < 1e300; x *= 1.7) {
      expect(Math.abs(log(x) / Math.log(x) - 1)).toBeLessThanOrEqual(ULP);
    }
  });

  test('is exact at 1 and right beyond the range', () => {
    expect(log(1)).toBe(0);
    expect([0, Number.POSITIVE_INFINITY].map(log)).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect([-1, Number.NaN].map(log)).toEqual([Number.NaN, Number.NaN]);
  });
});

/** These bits are the same on every machine, which Math.exp does not promise. */
test('digits are fixed', () => {
  expect([-12.3, 0.7, 3.3].map(exp)).toMatchInlineSnapshot(`
    [
      0.000004551744463083231,
      2.0137527074704766,
      27.112638920657883,
    ]
  `);
  expect([0.123, 0.9, 77.7].map(log)).toMatchInlineSnapshot(`
    [
      -2.0955709236097197,
      -0.10536051565782628,
      4.3528552573736015,
    ]
  `);
});
