import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ONE } from '../../src/core/decimal.ts';
import { applyCloses, type Closable, liquidationFee, planLiquidation } from '../../src/margin/liquidation.ts';
import { type MarginTier, marginOf } from '../../src/margin/margin.ts';

/** The planner where what a part leaves is not a line in it: tiers, poor prices, atoms that are worth many steps. */

const units = (text: string): bigint => BigInt(Math.round(Number(text) * 1e6)) * 10n ** 12n;

function long(
  size: string,
  mark: string,
  price: string,
  rates: [string, string],
  tiers: MarginTier[] = [],
): Closable {
  const [initialRate, maintenanceRate] = [units(rates[0]), units(rates[1])];
  const terms = { contractSize: ONE, mark: units(mark), initialRate, maintenanceRate, tiers };
  return {
    position: { size: units(size), cost: units(size) * ONE * units(mark) },
    terms,
    price: units(price),
  };
}

test('a part that lowers the tier saves an account that closing all of it would bankrupt', () => {
  const tier = { floor: 1_000n * ONE, initialRate: ONE / 2n, maintenanceRate: (ONE * 2n) / 5n };
  const holding = long('20', '100', '75', ['0.05', '0.04'], [tier]);
  // Of 6 sold 25 below the mark 250 of 400 are left, which is what 1,400 require: 5 % of 1,000 and half of 400.
  expect(planLiquidation(400n, [holding], [0], 0n, 0)).toEqual([{ index: 0, size: units('6') }]);
});

test('the least is the least, though the fee and the margin are rounded to whole atoms', () => {
  const holding = long('10.37', '98.3', '98.3', ['0.1', '0.1']);
  const [close] = planLiquidation(29n, [holding], [0], ONE / 100n, 0);
  // What suffices by hand: equity 29, fee ⌊0.983 x⌋, margin ⌈9.83 (10.37 − x)⌉.
  const enough = (steps: number): boolean => {
    const x = steps / 1e6;
    return 29 - Math.floor(0.983 * x + 1e-9) >= Math.ceil(9.83 * (10.37 - x) - 1e-9);
  };
  let least = 0;
  while (!enough(least)) least++;
  expect(close).toEqual({ index: 0, size: BigInt(least) * 10n ** 12n });
});

test('where no part suffices it is closed in full, and then the next', () => {
  const rates: [string, string] = ['0.1', '0.05'];
  const holdings = [long('10', '100', '80', rates), long('5', '100', '100', rates)];
  expect(planLiquidation(140n, holdings, [0, 1], 0n, 0)).toEqual([
    { index: 0, size: units('10') },
    { index: 1, size: units('5') },
  ]);
});

test('where closing frees what it costs, to the atom, it is closed in full: nobody looks at 10^12 steps', () => {
  // Initial margin, maintenance margin and fee are each 5 %, and the equity is one atom short.
  const holding = long('1000000', '100', '100', ['0.05', '0.05']);
  const balance = 500_000_000n - 1n;
  expect(planLiquidation(balance, [holding], [0], ONE / 20n, 2)).toEqual([
    { index: 0, size: units('1000000') },
  ]);
});

test('of few steps it is the first that suffices, as looking at each of them tells', () => {
  const STEP = 10n ** 12n;
  const rate = fc.bigInt(0n, 20n).map((n) => (n * ONE) / 40n);
  const tier = fc.record({ floor: fc.bigInt(1n, 60n), rise: rate });
  const asked = fc.record({
    steps: fc.bigInt(2n, 300n),
    /** Of one contract, so that a step is worth from a hundredth of an atom to some. */
    mark: fc.bigInt(10_000n, 4_000_000n),
    fall: fc.bigInt(0n, 40n),
    initialRate: rate,
    feeRate: rate,
    tiers: fc.array(tier, { maxLength: 3 }),
    balance: fc.bigInt(0n, 300n),
  });
  fc.assert(
    fc.property(asked, ({ steps, mark, fall, initialRate, feeRate, tiers, balance }) => {
      const least = (a: bigint, b: bigint) => (a < b ? a : b);
      let last = initialRate;
      const ascending = [...tiers]
        .sort((a, b) => Number(a.floor - b.floor))
        .filter(({ floor }, i, all) => floor !== all[i - 1]?.floor)
        .map(({ floor, rise }): MarginTier => {
          last = least(ONE, last + rise);
          return { floor: floor * ONE, initialRate: last, maintenanceRate: last };
        });
      const terms = {
        contractSize: ONE,
        mark: mark * ONE,
        initialRate,
        maintenanceRate: initialRate,
        tiers: ascending,
      };
      const size = steps * STEP;
      const holding: Closable = {
        position: { size, cost: size * ONE * mark * ONE },
        terms,
        price: (mark * ONE * (100n - fall)) / 100n,
      };
      const isSafe = (closed: bigint): boolean => {
        const after = applyCloses(balance, [holding], closed === 0n ? [] : [{ index: 0, size: closed }], 0);
        const { equity, initial } = marginOf(after.balance, after.holdings, 0);
        return equity >= 0n && equity - liquidationFee(after.turnover, feeRate, equity, 0) >= initial;
      };
      let first = 0n;
      while (first < steps && !isSafe(first * STEP)) first++;
      expect(planLiquidation(balance, [holding], [0], feeRate, 0)).toEqual(
        first === 0n ? [] : [{ index: 0, size: first * STEP }],
      );
    }),
    { numRuns: 2_000 },
  );
});
