import fc from 'fast-check';
import type { MarginTerms } from '../../src/margin/margin.ts';

const ONE = 10n ** 18n;

/** Sizes and prices of 10^-18: round, with all digits, tiny, and wider than 64 bits or than any double holds. */
export const quantity = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 2000n }).map((n) => (n * ONE) / 100n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 100n * ONE }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 9n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 10n ** 36n, max: 10n ** 38n - 1n }) },
);

/** From 0 to 1 in hundredths, not falling; 1 itself comes often. */
const rates = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 99 }) }, fc.constant(100)), {
    minLength: 2,
    maxLength: 5,
  })
  .map((hundredths) => hundredths.sort((a, b) => a - b).map((rate) => (BigInt(rate) * ONE) / 100n));

export const marginTerms: fc.Arbitrary<MarginTerms> = fc
  .record({
    contractSize: fc.oneof({ weight: 3, arbitrary: fc.constant(ONE) }, quantity),
    mark: fc.oneof({ weight: 8, arbitrary: quantity }, { weight: 1, arbitrary: fc.constantFrom(null, 0n) }),
    initial: rates,
    maintenance: rates,
    floors: fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 4 }),
  })
  .map(({ contractSize, mark, initial, maintenance, floors }) => ({
    contractSize,
    mark,
    initialRate: initial[0]!,
    maintenanceRate: maintenance[0]!,
    tiers: floors
      .sort((a, b) => a - b)
      .slice(0, Math.min(initial.length, maintenance.length) - 1)
      .map((floor, i) => ({
        floor: BigInt(floor) * ONE,
        initialRate: initial[i + 1]!,
        maintenanceRate: maintenance[i + 1]!,
      })),
  }));

/** A position opened at some price: its cost is size × contract size × entry. */
export const opened = fc.record({
  size: fc.tuple(quantity, fc.boolean()).map(([size, short]) => (short ? -size : size)),
  entry: quantity,
});
