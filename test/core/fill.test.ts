import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate } from '../../src/core/allocation/allocation.ts';
import type { Line } from '../../src/core/allocation/claims.ts';
import { AT_HIGH, AT_LOW, filling } from '../../src/core/allocation/fill.ts';
import { InvariantViolation } from '../../src/core/assert.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { atOnce } from '../../src/core/steps.ts';
import { atoms } from './generators.ts';

/* The solver on lines that no method draws: any slopes of one sign, any bounds. */

/** A column that counts how often it is read. */
class Counting extends AtomColumn {
  reads = 0;
  override get(index: number): bigint {
    this.reads++;
    return super.get(index);
  }
}

const columnsOf = (lines: readonly Line[]) => {
  const column = (key: keyof Line) => {
    const counting = new Counting();
    for (const line of lines) counting.push(line[key]);
    return counting;
  };
  return {
    slopes: column('slope'),
    offsets: column('offset'),
    lows: column('low'),
    highs: column('high'),
  };
};

/** How many passes over all lines the solver made, by how often it asked for their offsets; the first read is the sum. */
function solve(lines: readonly Line[], amount: bigint) {
  const columns = columnsOf(lines);
  const { level, places } = atOnce(filling(columns, amount));
  return { level, places: [...places], passes: columns.offsets.reads / lines.length - 1 };
}

const size = fc.constantFrom(3n, 20n, 10n ** 12n, 2n ** 64n, 10n ** 40n);
const line = (max: bigint): fc.Arbitrary<Line> =>
  fc
    .record({
      slope: fc.oneof(fc.bigInt({ min: 0n, max: 3n }), atoms(max)),
      offset: fc.oneof(fc.constant(0n), fc.bigInt({ min: -max, max })),
      low: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max })),
      room: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max })),
    })
    .chain(({ slope, offset, low, room }) =>
      slope === 0n
        ? fc.constant({ slope, offset: low, low, high: low })
        : fc.constantFrom(
            { slope, offset, low, high: low + room },
            // A share of the whole cap: most lines are.
            { slope, offset: 0n, low: 0n, high: slope },
          ),
    );
const lines = fc
  .tuple(size, fc.boolean())
  .chain(([max, falling]) =>
    fc
      .array(line(max), { minLength: 1, maxLength: 12 })
      .map((list) => (falling ? list.map((item) => ({ ...item, slope: -item.slope })) : list)),
  );
const sum = (list: readonly Line[], key: 'low' | 'high') => list.reduce((all, item) => all + item[key], 0n);

const withAmount = lines.chain((list) =>
  fc.record({
    lines: fc.constant(list),
    amount: fc.oneof(
      { weight: 4, arbitrary: fc.bigInt({ min: sum(list, 'low'), max: sum(list, 'high') }) },
      { weight: 1, arbitrary: fc.constantFrom(sum(list, 'low'), sum(list, 'high')) },
    ),
  }),
);

test('finds the level at which all take the amount, exactly, and says who is at which bound', () => {
  fc.assert(
    fc.property(withAmount, ({ lines, amount }) => {
      const { level, places } = solve(lines, amount);
      const { numerator, denominator } = level;
      expect(denominator > 0n).toBe(true);
      let total = 0n;
      for (const [i, { slope, offset, low, high }] of lines.entries()) {
        const exact = slope * numerator + offset * denominator;
        const [least, most] = [low * denominator, high * denominator];
        const taken = exact > most ? most : exact < least ? least : exact;
        expect(taken).toBe(places[i] === AT_HIGH ? most : places[i] === AT_LOW ? least : exact);
        total += taken;
      }
      expect(total).toBe(amount * denominator);
    }),
    { numRuns: 2000 },
  );
});

test('the share of a whole cap keeps to its bounds below level 0 too', () => {
  const { level } = solve(
    [
      { slope: 1n, offset: 2n, low: 0n, high: 2n },
      { slope: 2n, offset: 0n, low: 0n, high: 2n },
    ],
    1n,
  );
  expect([level.numerator, level.denominator]).toEqual([-1n, 1n]);
});

test('stops where the bounds do not reach the amount, or pass it', () => {
  const flat: Line = { slope: 0n, offset: 2n, low: 2n, high: 2n };
  expect(() => solve([flat], 3n)).toThrow(InvariantViolation);
  expect(() => solve([flat], 1n)).toThrow(InvariantViolation);
  expect(() => solve([{ slope: 1n, offset: 0n, low: 0n, high: 5n }], 6n)).toThrow(InvariantViolation);
});

test('too much above and as much below leave the level where it is', () => {
  // At λ = 6/2 the first is 1 above its high and the second 1 below its low; the guess is right all the same.
  const { level, places } = solve(
    [
      { slope: -1n, offset: 5n, low: 0n, high: 1n },
      { slope: -1n, offset: 2n, low: 0n, high: 2n },
    ],
    1n,
  );
  expect([level.numerator, level.denominator, places]).toEqual([6n, 2n, [AT_HIGH, AT_LOW]]);
});

/** Of n lines, the k-th with weight 2^(n−k) and a high k times as much: a pass reaches one more high, and no other. */
const stairs = (n: bigint): Line[] =>
  Array.from({ length: Number(n) }, (_, i) => {
    const slope = 2n ** (n - BigInt(i) - 1n);
    return { slope, offset: 0n, low: 0n, high: slope * BigInt(i + 1) };
  });

test('takes a pass for each doubling of weights at worst', () => {
  const n = 120n;
  const list = stairs(n);
  const { passes } = solve(list, sum(list, 'high') - 1n);
  // The lines that are fixed are passed over: n passes, each over one line fewer.
  expect(passes).toBeGreaterThan(50);
  expect(passes).toBeLessThan(100);
});

test.each([
  ['2', 2n, 1n],
  ['3/2', 3n, 2n],
  ['10', 10n, 1n],
])('bounds on both sides in a progression of %s take a few passes', (_name, n, d) => {
  const values = Array.from({ length: 90 }, (_, i) => (1000n * n ** BigInt(i)) / d ** BigInt(i));
  let ahead = 0n;
  const families: Line[][] = [
    values.map((w) => ({ slope: 1n, offset: 0n, low: 0n, high: w })),
    values.map((w) => ({ slope: -1n, offset: w, low: 0n, high: w / 3n })),
    values.map((w) => ({ slope: -2n, offset: 2n * w, low: w, high: w + w / 2n })),
    values.map((w, i) => ({ slope: values[89 - i]!, offset: 0n, low: 0n, high: w })),
    [...values].reverse().map((high) => {
      ahead += high;
      return { slope: 1n, offset: high - ahead, low: 0n, high };
    }),
  ];
  for (const family of families) {
    const [low, high] = [sum(family, 'low'), sum(family, 'high')];
    for (const permille of [1n, 10n, 500n, 990n, 999n]) {
      const { passes } = solve(family, low + ((high - low) * permille) / 1000n);
      expect(passes).toBeLessThan(8);
    }
  }
});

test('twenty thousand accounts behind the worst hundred are a matter of passes, not of all pairs', () => {
  const worst = stairs(110n);
  const profits = AtomColumn.of(worst.map(({ slope }) => slope * 110n));
  const caps = AtomColumn.of(worst.map(({ high }) => high));
  for (let i = 0; i < 20_000; i++) {
    profits.push(110n);
    caps.push(110n);
  }
  const loss = caps.sum() - 20_000n * 55n;
  const { haircuts } = allocate('PRO_RATA', { profits, caps }, profits, loss);
  expect(haircuts.sum()).toBe(loss);
}, 5_000);
