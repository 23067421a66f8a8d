import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ONE } from '../../src/core/decimal.ts';
import { Refusal } from '../../src/core/refusal.ts';
import {
  compare,
  type Fraction,
  floor,
  fraction,
  minus,
  over,
  plus,
  reduced,
  sum,
  times,
  whole,
  ZERO,
} from '../support/oracle-fractions.ts';
import { clear, type LiabilityNetwork } from '../support/quant/clearing.ts';

function network(
  liabilities: number[][],
  outsideAssets: number[],
  outsideRecovery = 1,
  networkRecovery = 1,
): LiabilityNetwork {
  return {
    liabilities: liabilities.map((row) => row.map(BigInt)),
    outsideAssets: outsideAssets.map(BigInt),
    outsideRecovery: BigInt(Math.round(outsideRecovery * 1000)) * 10n ** 15n,
    networkRecovery: BigInt(Math.round(networkRecovery * 1000)) * 10n ** 15n,
  };
}

const sharesOf = (of: LiabilityNetwork): Fraction[] =>
  clear(of).shares.map(({ numerator, denominator }) => fraction(numerator, denominator));
const texts = (of: LiabilityNetwork): string[] =>
  clear(of).shares.map(({ numerator, denominator }) => `${numerator}/${denominator}`);

/** What a node has at these shares of the debts of all. */
function assetsAt({ liabilities, outsideAssets }: LiabilityNetwork, shares: Fraction[], i: number): Fraction {
  return plus(whole(outsideAssets[i]!), receiptsAt(liabilities, shares, i));
}
const receiptsAt = (liabilities: LiabilityNetwork['liabilities'], shares: Fraction[], i: number): Fraction =>
  sum(liabilities.map((row, j) => times(whole(row[i]!), shares[j]!)));
const debtOf = ({ liabilities }: LiabilityNetwork, i: number): bigint =>
  liabilities[i]!.reduce((total, debt) => total + debt, 0n);

/** Rogers and Veraart's Φ: pay in full, or what is recovered. */
function phi(of: LiabilityNetwork, shares: Fraction[]): Fraction[] {
  return shares.map((_, i) => {
    const debt = whole(debtOf(of, i));
    if (compare(assetsAt(of, shares, i), debt) >= 0) return whole(1n);
    const recovered = plus(
      times(fraction(of.outsideRecovery, ONE), whole(of.outsideAssets[i]!)),
      times(fraction(of.networkRecovery, ONE), receiptsAt(of.liabilities, shares, i)),
    );
    return over(recovered, debt);
  });
}

/** Solves for the shares where exactly `defaults` default, by elimination in fractions; null where that has no single solution. */
function sharesWhere(of: LiabilityNetwork, defaults: readonly boolean[]): Fraction[] | null {
  const n = defaults.length;
  const beta = fraction(of.networkRecovery, ONE);
  const rows = defaults.map((defaulting, i) => {
    if (!defaulting) return [...defaults.map((_, j) => whole(i === j ? 1n : 0n)), whole(1n)];
    const row = defaults.map((_, j) =>
      i === j ? whole(debtOf(of, i)) : times(beta, whole(-of.liabilities[j]![i]!)),
    );
    return [...row, times(fraction(of.outsideRecovery, ONE), whole(of.outsideAssets[i]!))];
  });
  for (let k = 0; k < n; k++) {
    const pivot = rows.findIndex((row, i) => i >= k && row[k]!.n !== 0n);
    if (pivot < 0) return null;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = 0; i < n; i++) {
      if (i === k || rows[i]![k]!.n === 0n) continue;
      const factor = over(rows[i]![k]!, rows[k]![k]!);
      rows[i] = rows[i]!.map((cell, j) => reduced(minus(cell, times(factor, rows[k]![j]!))));
    }
  }
  return rows.map((row, i) => reduced(over(row[n]!, row[i]!)));
}

/** All clearing vectors, by trying every set of defaults: Φ(p) = p. */
function allClearingVectors(of: LiabilityNetwork): Fraction[][] {
  const n = of.outsideAssets.length;
  const found: Fraction[][] = [];
  for (let set = 0; set < 2 ** n; set++) {
    const shares = sharesWhere(
      of,
      of.outsideAssets.map((_, i) => (set >> i) % 2 === 1),
    );
    if (!shares?.every((share) => compare(share, ZERO) >= 0 && compare(share, whole(1n)) <= 0)) continue;
    if (phi(of, shares).every((share, i) => compare(share, shares[i]!) === 0)) found.push(shares);
  }
  return found;
}

/** Φ over and over in doubles, from paying in full or from paying nothing. */
function iterated(of: LiabilityNetwork, from: 0 | 1): number[] {
  const debts = of.outsideAssets.map((_, i) => Number(debtOf(of, i)));
  const [alpha, beta] = [Number(of.outsideRecovery) / 1e18, Number(of.networkRecovery) / 1e18];
  let shares: number[] = debts.map((debt) => (debt === 0 ? 1 : from));
  for (let round = 0; round < 5_000; round++) {
    shares = shares.map((_, i) => {
      const receipts = of.liabilities.reduce((total, row, j) => total + Number(row[i]!) * shares[j]!, 0);
      const outside = Number(of.outsideAssets[i]!);
      if (outside + receipts >= debts[i]! * (1 - 1e-13)) return 1;
      return (alpha * outside + beta * receipts) / debts[i]!;
    });
  }
  return shares;
}

const anyNetwork = (most: number): fc.Arbitrary<LiabilityNetwork> =>
  fc.integer({ min: 1, max: most }).chain((n) =>
    fc
      .record({
        liabilities: fc.array(
          fc.array(fc.oneof(fc.constant(0n), fc.bigInt(0n, 20n), fc.bigInt(0n, 10n ** 12n)), {
            minLength: n,
            maxLength: n,
          }),
          { minLength: n, maxLength: n },
        ),
        outsideAssets: fc.array(fc.oneof(fc.constant(0n), fc.bigInt(0n, 20n), fc.bigInt(0n, 10n ** 12n)), {
          minLength: n,
          maxLength: n,
        }),
        outsideRecovery: fc.oneof(fc.constantFrom(0n, ONE / 2n, ONE), fc.bigInt(0n, ONE)),
        networkRecovery: fc.oneof(fc.constantFrom(0n, ONE / 2n, ONE), fc.bigInt(0n, ONE)),
      })
      .map((of) => ({
        ...of,
        liabilities: of.liabilities.map((row, i) => row.map((debt, j) => (i === j ? 0n : debt))),
      })),
  );

describe('known networks', () => {
  test('two nodes that owe each other the same and have nothing: all pay', () => {
    // Eisenberg and Noe, appendix 2: every (t, t) clears, and with 0.01 beside only (1, 1).
    expect(
      texts(
        network(
          [
            [0, 1],
            [1, 0],
          ],
          [0, 0],
        ),
      ),
    ).toEqual(['1/1', '1/1']);
    expect(
      texts(
        network(
          [
            [0, 100],
            [100, 0],
          ],
          [1, 0],
        ),
      ),
    ).toEqual(['1/1', '1/1']);
  });

  test('three banks and their depositors', () => {
    // The network of the example of default_clearing() in Gandy and Veraart's package systemicrisk, × 8, by hand. The last node is
    // owed from outside.
    const debts = [
      [0, 4, 4, 12],
      [4, 0, 4, 4],
      [4, 4, 0, 4],
      [0, 0, 0, 0],
    ];
    // Bank 1 pays 12 of 20; bank 2 then has 11.4 of 12; together 20x = 8 + 4y and 12y = 9 + 4x.
    const noble = clear(network(debts, [4, 5, 6, 0]));
    expect(texts(network(debts, [4, 5, 6, 0]))).toEqual(['33/56', '53/56', '1/1', '1/1']);
    expect(noble.defaultedIn).toEqual([1, 2, 0, 0]);
    expect(noble.rounds).toBe(2);
    // 6 + 4 (33 + 53) / 56 − 12 = 1/7 is rounded down; the depositors get ⌊12 × 33/56⌋ + ⌊4 × 53/56⌋ + 4.
    expect(noble.equities[2]).toBe(0n);
    expect(noble.payments.map((row) => row[3])).toEqual([7n, 3n, 4n, 0n]);
    // α = ½, β = 0.7: bank 1 pays 7.6 of 20, which sinks the two others: 20x = 2 + 2.8 (y + z), …
    const costly = network(debts, [4, 5, 6, 0], 0.5, 0.7);
    expect(clear(costly).defaultedIn).toEqual([1, 2, 2, 0]);
    const [x, y, z] = sharesOf(costly).map(({ n, d }) => Number(n) / Number(d));
    expect(20 * x!).toBeCloseTo(2 + 2.8 * (y! + z!), 14);
    expect(12 * y!).toBeCloseTo(2.5 + 2.8 * (x! + z!), 14);
    expect(12 * z!).toBeCloseTo(3 + 2.8 * (x! + y!), 14);
  });

  test('a ring that a shock of a tenth reaches', () => {
    // Owed around 4, 3 and 2, outside 17, 18 and 8, with 18, 18 and 9 left: the first pays 20 of 21, the second still has 17/21.
    const ring = network(
      [
        [0, 400, 0, 1700],
        [0, 0, 300, 1800],
        [200, 0, 0, 800],
        [0, 0, 0, 0],
      ],
      [1800, 1800, 900, 0],
    );
    expect(texts(ring)).toEqual(['20/21', '1/1', '1/1', '1/1']);
    expect(clear(ring).equities).toEqual([0n, 80n, 200n, 1619n + 1800n + 800n]);
  });

  test('costs of default make clearing vectors many; the greatest is answered', () => {
    // Both can pay if both do; where neither does, each pays a tenth: 10x = ½ + 5x.
    const pair = network(
      [
        [0, 10],
        [10, 0],
      ],
      [1, 1],
      0.5,
      0.5,
    );
    expect(allClearingVectors(pair).length).toBe(2);
    expect(texts(pair)).toEqual(['1/1', '1/1']);
    expect(iterated(pair, 0)).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.1, 9)]);
  });

  test('a chain falls link by link, and exactly enough is enough', () => {
    const chain = (first: number) =>
      network(
        [
          [0, 10, 0, 0],
          [0, 0, 10, 0],
          [0, 0, 0, 10],
          [0, 0, 0, 0],
        ],
        [first, 0, 0, 0],
      );
    expect(clear(chain(9)).defaultedIn).toEqual([1, 2, 3, 0]);
    expect(clear(chain(9)).rounds).toBe(3);
    expect(clear(chain(9)).equities).toEqual([0n, 0n, 0n, 9n]);
    expect(clear(chain(10)).rounds).toBe(0);
    expect(clear(network([], []))).toMatchObject({ shares: [], rounds: 0 });
  });
});

describe('any network', () => {
  test('gets the greatest of all clearing vectors', () => {
    let several = 0;
    fc.assert(
      fc.property(anyNetwork(5), (of) => {
        const shares = sharesOf(of);
        expect(phi(of, shares).every((share, i) => compare(share, shares[i]!) === 0)).toBe(true);
        const all = allClearingVectors(of);
        if (all.length > 1) several++;
        for (const other of all) {
          expect(other.every((share, i) => compare(share, shares[i]!) <= 0)).toBe(true);
        }
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(several).toBeGreaterThan(0);
  });

  test('gets what iteration comes to from above, and no less than from below', () => {
    fc.assert(
      fc.property(anyNetwork(8), (of) => {
        const shares = sharesOf(of).map(({ n, d }) => Number((n * 10n ** 15n) / d) / 1e15);
        for (const [i, share] of iterated(of, 1).entries()) expect(share).toBeCloseTo(shares[i]!, 6);
        for (const [i, share] of iterated(of, 0).entries()) expect(share).toBeLessThan(shares[i]! + 1e-6);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test('has limited liability, absolute priority and proportional payments, rounded down', () => {
    fc.assert(
      fc.property(anyNetwork(7), (of) => {
        const { payments, equities, defaultedIn, rounds } = clear(of);
        const shares = sharesOf(of);
        for (const [i, row] of payments.entries()) {
          const left = minus(assetsAt(of, shares, i), whole(debtOf(of, i)));
          // Who pays in full may keep the rest; who does not keeps nothing, and had too little.
          expect(defaultedIn[i] === 0).toBe(compare(left, ZERO) >= 0);
          expect(equities[i]).toBe(defaultedIn[i] === 0 ? floor(left) : 0n);
          const paid = row.reduce((total, payment) => total + payment, 0n);
          expect(compare(whole(paid), assetsAt(of, shares, i))).toBeLessThanOrEqual(0);
          for (const [j, payment] of row.entries()) {
            expect(payment).toBe(floor(times(whole(of.liabilities[i]![j]!), shares[i]!)));
          }
        }
        expect(Math.max(0, ...defaultedIn)).toBe(rounds);
        expect(new Set(defaultedIn.filter((round) => round > 0)).size).toBe(rounds);
      }),
      { numRuns: 150, seed: 3 },
    );
  });

  test('without costs loses nothing: what all have is what there was', () => {
    fc.assert(
      fc.property(anyNetwork(6), (any) => {
        const of = { ...any, outsideRecovery: ONE, networkRecovery: ONE };
        const shares = sharesOf(of);
        const owned = sum(
          shares.map((share, i) => minus(assetsAt(of, shares, i), times(share, whole(debtOf(of, i))))),
        );
        expect(compare(owned, sum(of.outsideAssets.map(whole)))).toBe(0);
        // With costs nobody gets more.
        for (const [i, share] of sharesOf(any).entries()) {
          expect(compare(share, shares[i]!)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  test('pays no less when somebody has more, or recovers more', () => {
    fc.assert(
      fc.property(anyNetwork(6), fc.nat(5), fc.bigInt(1n, 10n ** 12n), (of, who, more) => {
        const richer = of.outsideAssets.map(
          (own, i) => own + (i === who % of.outsideAssets.length ? more : 0n),
        );
        const half = (rate: bigint) => (rate + ONE) / 2n;
        const kinder = {
          outsideRecovery: half(of.outsideRecovery),
          networkRecovery: half(of.networkRecovery),
        };
        const shares = sharesOf(of);
        for (const better of [
          { ...of, outsideAssets: richer },
          { ...of, ...kinder },
        ]) {
          for (const [i, share] of sharesOf(better).entries()) {
            expect(compare(share, shares[i]!)).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});

test('sixty nodes that all default are cleared exactly', () => {
  const n = 60;
  const of: LiabilityNetwork = {
    liabilities: Array.from({ length: n + 1 }, (_, i) =>
      Array.from({ length: n + 1 }, (_, j) =>
        i === n || i === j
          ? 0n
          : j === n
            ? 10n ** 12n
            : BigInt(((i * 7919 + j * 104_729) % 1000) + 1) * 10n ** 9n,
      ),
    ),
    outsideAssets: Array.from({ length: n + 1 }, (_, i) => BigInt(i) * 10n ** 7n),
    outsideRecovery: (ONE * 9n) / 10n,
    networkRecovery: (ONE * 8n) / 10n,
  };
  const { shares, defaultedIn } = clear(of);
  expect(defaultedIn.filter((round) => round > 0).length).toBe(n);
  for (const [i, share] of iterated(of, 1).entries()) {
    const { numerator, denominator } = shares[i]!;
    expect(Number((numerator * 10n ** 15n) / denominator) / 1e15).toBeCloseTo(share, 9);
  }
});

test.each([
  ['liabilities', { liabilities: [[0n, 1n], [0n]] }],
  [
    'liabilities',
    {
      liabilities: [
        [0n, -1n],
        [0n, 0n],
      ],
    },
  ],
  [
    'liabilities',
    {
      liabilities: [
        [1n, 1n],
        [0n, 0n],
      ],
    },
  ],
  ['outsideAssets', { outsideAssets: [1n] }],
  ['outsideAssets', { outsideAssets: [1n, -1n] }],
  ['outsideRecovery', { outsideRecovery: ONE + 1n }],
  ['networkRecovery', { networkRecovery: -1n }],
])('%s that mean nothing are refused', (name, change) => {
  const wrong = {
    ...network(
      [
        [0, 1],
        [1, 0],
      ],
      [1, 1],
    ),
    ...change,
  };
  expect(() => clear(wrong)).toThrow(Refusal);
  expect(() => clear(wrong)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', path: expect.arrayContaining([name]) }),
  );
});
