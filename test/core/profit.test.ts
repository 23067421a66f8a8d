import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterHaircut,
  afterRealized,
  type Burden,
  countedBurden,
  haircutableProfit,
  haircutCap,
  NO_BURDEN,
} from '../../src/core/profit.ts';
import * as oracle from '../support/oracle.ts';
import { atoms, rate } from './generators.ts';

const signed = fc.tuple(atoms(10n ** 40n), fc.boolean()).map(([n, below]) => (below ? -n : n));
const step: fc.Arbitrary<oracle.BurdenStep> = fc.oneof(
  atoms().map((n) => ({ haircut: n + 1n })),
  signed.map((realized) => ({ realized })),
  fc.constant({ flat: true } as const),
);

test('b follows its history as the oracle does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let burden: Burden = NO_BURDEN;
      for (const step of steps) {
        if ('flat' in step) burden = NO_BURDEN;
        else
          burden =
            'haircut' in step ? afterHaircut(burden, step.haircut) : afterRealized(burden, step.realized);
      }
      const expected = oracle.burdenOf(steps);
      expect(burden).toEqual({ borne: expected.b, realized: expected.net });
      expect(countedBurden(burden)).toBe(oracle.counted(expected));
    }),
    { numRuns: 500 },
  );
});

/** By the session the gain may be anything beside u; null: by u itself. */
const gains = fc.option(signed, { nil: null });

test('the profit that bears and its cap are what the oracle says', () => {
  fc.assert(
    fc.property(
      signed,
      signed,
      gains,
      atoms(),
      signed,
      rate,
      (balance, unrealized, other, borne, realized, rate) => {
        const gain = other ?? unrealized;
        const bearing = { balance, unrealized, gain, burden: { borne, realized } };
        const same = { balance, unrealized, gain, b: oracle.counted({ b: borne, net: realized }) };
        const profit = haircutableProfit(bearing);
        expect(profit).toBe(oracle.profitOf(same));
        expect(haircutCap(bearing, profit, rate)).toBe(oracle.capOf(same, oracle.fraction(rate, 10n ** 18n)));
      },
    ),
    { numRuns: 1000 },
  );
});

test('realized PnL pays for haircuts only where they came first', () => {
  expect(afterRealized(NO_BURDEN, 500n)).toEqual(NO_BURDEN);
  const paid = afterRealized(afterHaircut(NO_BURDEN, 60n), 100n);
  expect(countedBurden(paid)).toBe(0n);
  // What was paid for once does not pay for the next one.
  expect(countedBurden(afterHaircut(paid, 50n))).toBe(50n);
});

test('a gain that was realized bears while the equity is there, and none bears where there is no gain', () => {
  const burden = NO_BURDEN;
  // Won 100 since the cut and closed: u is 0 by now.
  const closed = { balance: 500n, unrealized: 0n, gain: 100n, burden };
  expect(haircutableProfit(closed)).toBe(100n);
  expect(haircutCap(closed, 100n, 10n ** 18n / 4n)).toBe(25n);
  expect(haircutableProfit({ ...closed, balance: 30n })).toBe(30n);
  // u is 70, but it was 90 at the cut: a loss of 20 since.
  expect(haircutableProfit({ ...closed, unrealized: 70n, gain: -20n })).toBe(0n);
});
