import { describe, expect, test } from 'vitest';
import { queueScores } from '../../src/core/allocation/adl-queue.ts';
import { type AllocationMethod, METHODS as METHOD_RULES } from '../../src/core/allocation/allocation.ts';
import { effectiveLeverage } from '../../src/core/allocation/risk-weighted.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { allocate, type Claim, handClaims, ONE, type Rules } from './claim-book.ts';

/* Worked by hand, in an asset of 6 digits. */

/** Blank-separated amounts as atoms. */
const atoms = (text: string): bigint[] =>
  text.split(' ').map((amount) => {
    const [integer, digits = ''] = amount.split('.') as [string, string?];
    return BigInt(integer + digits.padEnd(6, '0'));
  });
const atom = (text: string): bigint => atoms(text)[0]!;

const haircuts = (method: AllocationMethod, claims: readonly Claim[], loss: string, rules?: Rules) => [
  ...allocate(method, claims, atom(loss), rules).haircuts.values(),
];

describe('profits 100, 200, 300', () => {
  const claims = handClaims(atoms('100 200 300'));
  test.each<[loss: string, AllocationMethod, expected: string]>([
    ['200', 'PRO_RATA', '33.333333 66.666667 100'],
    ['200', 'CONSTRAINED_EQUAL_LOSSES', '66.666667 66.666667 66.666666'],
    ['200', 'CONSTRAINED_EQUAL_AWARDS', '0 50 150'],
    ['200', 'TALMUD', '50 75 75'],
    ['400', 'PRO_RATA', '66.666667 133.333333 200'],
    ['400', 'CONSTRAINED_EQUAL_LOSSES', '100 150 150'],
    ['400', 'CONSTRAINED_EQUAL_AWARDS', '33.333334 133.333333 233.333333'],
    ['400', 'TALMUD', '50 125 225'],
    // The Mishnah's three widows: Ketubot 93a.
    ['100', 'TALMUD', '33.333334 33.333333 33.333333'],
    ['300', 'TALMUD', '50 100 150'],
  ])('bear %s by %s', (loss, method, expected) => {
    expect(haircuts(method, claims, loss)).toEqual(atoms(expected));
  });

  test.each<[AllocationMethod, alone: string, split: string]>([
    ['PRO_RATA', '25 50 75', '25 50 37.5 37.5'],
    ['CONSTRAINED_EQUAL_LOSSES', '50 50 50', '37.5 37.5 37.5 37.5'],
    ['CONSTRAINED_EQUAL_AWARDS', '0 25 125', '0 83.333334 33.333333 33.333333'],
  ])('the third cut in two, bearing 150 by %s', (method, alone, split) => {
    expect(haircuts(method, claims, '150')).toEqual(atoms(alone));
    expect(haircuts(method, handClaims(atoms('100 200 150 150')), '150')).toEqual(atoms(split));
  });

  test.each([
    ['150', '20 52 78'],
    ['240', '20 88 132'],
    ['420', '20 100 300'],
  ])('under caps of 20 %%, 50 %% and 100 %% bear %s pro rata', (loss, expected) => {
    expect(
      haircuts('PRO_RATA', handClaims(atoms('100 200 300'), { caps: atoms('20 100 300') }), loss),
    ).toEqual(atoms(expected));
  });
});

describe('caps on both sides of the level', () => {
  test('equal awards: profits 5 and 2 under caps 1 and 2 bear 1', () => {
    const { haircuts, figures } = allocate(
      'CONSTRAINED_EQUAL_AWARDS',
      handClaims([5n, 2n], { caps: [1n, 2n] }),
      1n,
    );
    expect([...haircuts.values()]).toEqual([1n, 0n]);
    // The second keeps its 2, so λ is 2 at least; the first gives all of its cap up to 4.
    expect(figures.level).toEqual({ numerator: 3n, denominator: 1n });
  });

  test('Talmud: profits 4 and 12 under caps 4 and 8 bear 10', () => {
    const { haircuts, figures } = allocate('TALMUD', handClaims([4n, 12n], { caps: [4n, 8n] }), 10n);
    expect([...haircuts.values()]).toEqual([2n, 8n]);
    expect(figures.phase).toBe(2);
  });

  test('Talmud: half a profit is half an atom', () => {
    expect([...allocate('TALMUD', handClaims([1n, 3n, 5n]), 4n).haircuts.values()]).toEqual([1n, 1n, 2n]);
    expect([...allocate('TALMUD', handClaims([1n, 1n]), 1n).haircuts.values()]).toEqual([1n, 0n]);
  });
});

describe('RISK_WEIGHTED', () => {
  // Leverages 10, 5, 1.
  const claims = handClaims(atoms('100 100 100'), {
    notionals: atoms('2000 1000 200'),
    equities: atoms('200 200 200'),
  });
  const rules = (leverageExponent: number, maxLeverage: bigint | null = null) => ({
    leverageExponent,
    maxLeverage,
  });

  test.each<[name: string, Rules, expected: string]>([
    ['leverage', rules(1), '100 50 10'],
    ['its square: the first meets its cap, the others bear 25 to 1', rules(2), '100 57.692308 2.307692'],
    ['exponent 0, which is pro rata', rules(0), '53.333334 53.333333 53.333333'],
    ['leverage counted up to 5', rules(1, 5n * ONE), '72.727273 72.727273 14.545454'],
    [
      'leverage counted up to nothing: who has no weight bears by profit',
      rules(1, 1n),
      '53.333334 53.333333 53.333333',
    ],
  ])('160 by %s', (_name, rules, expected) => {
    expect(haircuts('RISK_WEIGHTED', claims, '160', rules)).toEqual(atoms(expected));
  });

  test('who has no position bears last, by profit', () => {
    const some = handClaims(atoms('40 100 50 20'), { notionals: atoms('0 200 100 0') });
    expect(haircuts('RISK_WEIGHTED', some, '90')).toEqual(atoms('0 60 30 0'));
    expect(haircuts('RISK_WEIGHTED', some, '150')).toEqual(atoms('0 100 50 0'));
    expect(haircuts('RISK_WEIGHTED', some, '180')).toEqual(atoms('20 100 50 10'));
    expect(allocate('RISK_WEIGHTED', some, atom('150')).figures.phase).toBe(1);
    expect(allocate('RISK_WEIGHTED', some, atom('180')).figures.phase).toBe(2);
  });

  test('leverage counts in millionths, cut off, up to a million', () => {
    expect(effectiveLeverage(1n, 1_000_001n, null)).toBe(0n);
    expect(effectiveLeverage(1n, 1_000_000n, null)).toBe(1n);
    expect(effectiveLeverage(2n, 3n, null)).toBe(666_666n);
    expect(effectiveLeverage(2n, 3n, ONE / 2n)).toBe(500_000n);
    expect(effectiveLeverage(2n, 3n, ONE)).toBe(666_666n);
    expect(effectiveLeverage(10n ** 6n, 1n, null)).toBe(10n ** 12n);
    expect(effectiveLeverage(10n ** 37n, 1n, 10n ** 9n * ONE)).toBe(10n ** 12n);
    expect(effectiveLeverage(5n, 0n, null)).toBe(0n);
    expect(effectiveLeverage(5n, -1n, null)).toBe(0n);
  });
});

describe('OPEN_INTEREST', () => {
  const claims = handClaims(atoms('100 100 30 50 10'), { notionals: atoms('1000 500 2500 0 0') });
  test.each([
    ['20', '5 2.5 12.5 0 0'],
    // The largest holder has only 30 to give; the others bear 50, 2 to 1.
    ['80', '33.333333 16.666667 30 0 0'],
    ['230', '100 100 30 0 0'],
    // Who holds nothing bears last, by profit.
    ['242', '100 100 30 10 2'],
  ])('bears %s', (loss, expected) => {
    expect(haircuts('OPEN_INTEREST', claims, loss)).toEqual(atoms(expected));
  });

  test('profit does not weigh', () => {
    const same = handClaims(atoms('100 10'), { notionals: atoms('500 500') });
    expect(haircuts('OPEN_INTEREST', same, '20')).toEqual(atoms('10 10'));
  });
});

describe('ADL_QUEUE', () => {
  // Rate × leverage: a ¼ × 2 = ½, b ½ × 3 = 1½, c 1 × ½ = ½, d 1/100 × 101 = 1.01. The queue: b, d, a, c.
  const exposures = {
    costs: atoms('400 100 300 1000'),
    notionals: atoms('500 150 600 1010'),
    equities: atoms('250 50 1200 10'),
  };
  const claims = handClaims(atoms('100 50 300 10'), exposures);
  test.each([
    ['40', '0 40 0 0'],
    ['60', '0 50 0 10'],
    ['100', '40 50 0 10'],
    ['200', '100 50 40 10'],
    ['460', '100 50 300 10'],
  ])('bears %s from the front', (loss, expected) => {
    expect(haircuts('ADL_QUEUE', claims, loss)).toEqual(atoms(expected));
  });

  test('a cap passes the loss on to the next', () => {
    const capped = handClaims(atoms('100 50 300 10'), { ...exposures, caps: atoms('100 25 300 0') });
    expect(haircuts('ADL_QUEUE', capped, '100')).toEqual(atoms('75 25 0 0'));
    expect(haircuts('ADL_QUEUE', capped, '150')).toEqual(atoms('100 25 25 0'));
  });

  const column = (values: readonly bigint[]) => AtomColumn.of(values);
  const scoresOf = (profits: bigint[], notionals: bigint[], costs: bigint[], equities: bigint[]) => [
    ...queueScores(
      { profits: column(profits), caps: column(profits) },
      { notionals: column(notionals), costs: column(costs), equities: column(equities) },
    ),
  ];

  test('scores are cut off after 18 digits, and less than an atom divides as one', () => {
    expect(scoresOf([2n, 5n, 5n], [1n, 1n, 1n], [3n, 0n, 1n], [1n, 5n, 5n])).toEqual([
      666666666666666666n,
      ONE,
      ONE,
    ]);
    expect(scoresOf([5n, 5n], [7n, 0n], [5n, 5n], [-3n, 5n])).toEqual([7n * ONE, 0n]);
    // Below the last digit, a small score is none, and the tie goes by ref.
    const dust = handClaims([1n, 1n], { notionals: [0n, 1n], costs: [1n, 10n ** 19n], equities: [1n, 1n] });
    expect([...allocate('ADL_QUEUE', dust, 1n).haircuts.values()]).toEqual([1n, 0n]);
  });

  test('the weight is what stands ahead, and the level is the loss', () => {
    const weights = METHOD_RULES.ADL_QUEUE.weights(
      { profits: column(atoms('100 50 300 10')), caps: column(atoms('100 25 300 10')) },
      {
        notionals: column(exposures.notionals),
        costs: column(exposures.costs),
        equities: column(exposures.equities),
      },
      { leverageExponent: 1, maxLeverage: null },
    );
    expect([...weights]).toEqual(atoms('35 0 135 25'));
    expect(allocate('ADL_QUEUE', claims, atom('100')).figures.level).toEqual({
      numerator: atom('100'),
      denominator: 1n,
    });
  });
});
