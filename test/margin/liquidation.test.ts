import { expect, test } from 'vitest';
import { ONE } from '../../src/core/decimal.ts';
import { type Closable, planLiquidation } from '../../src/margin/liquidation.ts';
import type { MarginTier } from '../../src/margin/margin.ts';

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
