import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusal.ts';
import { checkCorrelation, type Factor } from '../../../src/simulation/models/correlation.ts';
import { normalQuantile } from '../../../src/simulation/sampling/normal.ts';
import { sampler } from '../../../src/simulation/sampling/sampler.ts';

const check = (matrix: number[][]) => checkCorrelation(matrix, ['correlation']);

function product({ markets, rank, rows }: Factor): number[][] {
  return Array.from({ length: markets }, (_, i) =>
    Array.from({ length: markets }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += rows[i * rank + k]! * rows[j * rank + k]!;
      return sum;
    }),
  );
}

function refusalOf(matrix: number[][]): Refusal {
  try {
    check(matrix);
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('not refused');
}

/** Correlations of markets that hang on `factors` independent numbers. */
function randomCorrelation(markets: number, factors: number, seed: bigint): number[][] {
  const numbers = new Float64Array(markets * factors);
  sampler('PSEUDO', seed, 1).batch(0).next(numbers.length, numbers);
  const rows = Array.from({ length: markets }, (_, i) => {
    const row = [...numbers.subarray(i * factors, (i + 1) * factors)].map(normalQuantile);
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  });
  return rows.map((a, i) =>
    rows.map((b, j) => {
      const dot = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      return i === j ? 1 : Math.max(-1, Math.min(1, dot));
    }),
  );
}

const expectClose = (actual: number[][], expected: number[][]) => {
  for (const [i, row] of expected.entries()) {
    for (const [j, value] of row.entries()) expect(Math.abs(actual[i]![j]! - value)).toBeLessThan(2e-8);
  }
};

describe('a factor', () => {
  test('makes the matrix again, at any rank', () => {
    for (const [markets, factors] of [
      [1, 1],
      [2, 2],
      [5, 5],
      [5, 2],
      [12, 3],
      [30, 40],
      [60, 7],
      [250, 250],
    ] as const) {
      const matrix = randomCorrelation(markets, factors, BigInt(markets * 100 + factors));
      const factor = check(matrix);
      expectClose(product(factor), matrix);
      expect(factor.rank).toBe(Math.min(markets, factors));
    }
  });

  test('has as many columns as there are independent markets', () => {
    const ones = Array.from({ length: 4 }, () => [1, 1, 1, 1]);
    expect(check(ones)).toEqual({ markets: 4, rank: 1, rows: new Float64Array([1, 1, 1, 1]) });
    expect(
      check([
        [1, -1],
        [-1, 1],
      ]),
    ).toMatchObject({ rank: 1, rows: new Float64Array([1, -1]) });
    expect(
      check([
        [1, 0],
        [0, 1],
      ]).rank,
    ).toBe(2);
  });

  test('begins with the market on which most of the others hang', () => {
    const { rows } = check([
      [1, 0.1, 0.5],
      [0.1, 1, 0.6],
      [0.5, 0.6, 1],
    ]);
    expect([rows[0], rows[3], rows[6]]).toEqual([0.5, 0.6, 1]);
  });

  test('takes for 1 what is 1 but for rounding', () => {
    const matrix = [
      [1 - 2 ** -53, -1 - 1e-12],
      [-1 - 1e-12, 1 + 2 ** -52],
    ];
    expect(check(matrix)).toEqual({ markets: 2, rank: 1, rows: new Float64Array([1, -1]) });
  });

  test('allows for what rounding makes of a matrix at the border', () => {
    const c = 1 / 3;
    const matrix = [
      [1, 0.9, c],
      [0.9, 1, 0.9 * c + Math.sqrt(0.19 * (1 - c * c)) + 1e-10],
      [c, 0, 1],
    ];
    matrix[2]![1] = matrix[1]![2]!;
    expectClose(product(check(matrix)), matrix);
  });
});

describe('a matrix is refused', () => {
  test.each<[string, number[][], (string | number)[], string]>([
    ['that is not square', [[1, 0], [0]], ['correlation', 1], 'has 1 entries and there are 2 rows'],
    [
      'beyond 1',
      [
        [1, 1.01],
        [1.01, 1],
      ],
      ['correlation', 0, 1],
      'is 1.01: give a number from -1 to 1',
    ],
    [
      'with NaN',
      [
        [1, Number.NaN],
        [0, 1],
      ],
      ['correlation', 0, 1],
      'is NaN',
    ],
    [
      'with another diagonal',
      [
        [1, 0],
        [0, 0.9],
      ],
      ['correlation', 1, 1],
      'Market 1 has correlation 0.9 with itself: give 1',
    ],
    [
      'that is not symmetric',
      [
        [1, 0.2],
        [0.3, 1],
      ],
      ['correlation', 1, 0],
      'give both alike',
    ],
  ])('%s', (_, matrix, path, sentence) => {
    const refusal = refusalOf(matrix);
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', path });
    expect(refusal.message).toContain(sentence);
  });

  test('that contradicts itself, with the share of it that does not', () => {
    const contradicting = [
      // Eigenvalues 1.9, 1.9 and −0.8: 1/1.8 = 0.5555…
      [
        [1, 0.9, -0.9],
        [0.9, 1, 0.9],
        [-0.9, 0.9, 1],
      ],
      [
        [1, 1, 1],
        [1, 1, -1],
        [1, -1, 1],
      ],
      [
        [1, 0.99, 0.99],
        [0.99, 1, 0.9],
        [0.99, 0.9, 1],
      ],
    ];
    const shares = contradicting.map((matrix) => {
      const { message } = refusalOf(matrix);
      expect(message).toMatch(
        /^The correlations contradict each other \(market \d cannot move so with the others\)/,
      );
      return Number(/off the diagonal by ([\d.]+)\.$/.exec(message)![1]);
    });
    expect(shares.slice(0, 2)).toEqual([0.555, 0.5]);
    for (const [i, matrix] of contradicting.entries()) {
      const scaled = (share: number) => matrix.map((row, j) => row.map((c, k) => (j === k ? 1 : c * share)));
      check(scaled(shares[i]!));
      refusalOf(scaled(shares[i]! + 0.001));
    }
  });
});
