import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addTrade,
  entryPrice,
  type Position,
  positionNotional,
  positionPnl,
  unrealizedPnl,
  valuePerAtom,
} from '../../src/margin/position.ts';
import * as oracle from '../support/oracle.ts';

const ONE = 10n ** 18n;

/** Sizes and prices of 10^-18: tiny, with all eighteen digits, round, and enormous. */
const quantity = fc.oneof(
  fc.bigInt({ min: 1n, max: 5n }),
  fc.bigInt({ min: 1n, max: 10n * ONE }),
  fc.bigInt({ min: 1n, max: 1000n }).map((n) => n * ONE),
  fc.bigInt({ min: 1n, max: 10n ** 38n - 1n }),
);
const price = fc.oneof(fc.constant(0n), quantity);
const signedSize = fc.tuple(quantity, fc.boolean()).map(([n, short]) => (short ? -n : n));
const decimals = fc.integer({ min: 0, max: 18 });
const trade = fc.record({ size: signedSize, price });

const exact = (value: bigint): oracle.Fraction => oracle.fraction(value, 10n ** 54n);
const scaled = (value: bigint): oracle.Fraction => oracle.fraction(value, ONE);
const atomsAsUnits = (atoms: bigint, decimals: number) => oracle.fraction(atoms, 10n ** BigInt(decimals));
const equal = (a: oracle.Fraction, b: oracle.Fraction) => expect(oracle.compare(a, b)).toBe(0);

/** Average cost in fractions, unrounded: what a reduction realizes is its share of the PnL at the trade's price. */
function exactRealized(
  position: Position,
  size: bigint,
  price: bigint,
  contractSize: bigint,
): oracle.Fraction {
  if (position.size === 0n || position.size > 0n === size > 0n) return oracle.ZERO;
  const magnitude = (n: bigint) => (n < 0n ? -n : n);
  const share = oracle.least(oracle.whole(1n), oracle.fraction(magnitude(size), magnitude(position.size)));
  const worth = oracle.times(oracle.times(scaled(position.size), scaled(contractSize)), scaled(price));
  return oracle.times(share, oracle.minus(worth, exact(position.cost)));
}

describe('addTrade', () => {
  test('conserves equity exactly, at any mark, through any run of trades', () => {
    fc.assert(
      fc.property(
        fc.array(trade, { minLength: 1, maxLength: 8 }),
        quantity,
        price,
        decimals,
        (trades, contractSize, mark, decimals) => {
          let position: Position = { size: 0n, cost: 0n };
          for (const { size, price } of trades) {
            const next = addTrade(position, size, price, contractSize, decimals);
            const before = exact(positionPnl(position, { contractSize, mark }));
            const traded = oracle.times(
              oracle.times(scaled(size), scaled(contractSize)),
              oracle.minus(scaled(mark), scaled(price)),
            );
            const after = oracle.plus(
              exact(positionPnl(next.position, { contractSize, mark })),
              atomsAsUnits(next.realized, decimals),
            );
            if (next.position.size === 0n) {
              // Nothing is left to carry what is below one atom: it is floored away, once.
              const lost = oracle.minus(oracle.plus(before, traded), after);
              expect(oracle.compare(lost, oracle.ZERO)).toBeGreaterThanOrEqual(0);
              expect(oracle.compare(lost, atomsAsUnits(1n, decimals))).toBeLessThan(0);
              expect(next.position.cost).toBe(0n);
            } else {
              equal(after, oracle.plus(before, traded));
            }
            position = next.position;
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('realizes the floored share of the PnL that the trade closes, and nothing where it adds', () => {
    fc.assert(
      fc.property(
        fc.array(trade, { minLength: 2, maxLength: 6 }),
        quantity,
        decimals,
        (trades, contractSize, decimals) => {
          let position: Position = { size: 0n, cost: 0n };
          for (const { size, price } of trades) {
            const expected = exactRealized(position, size, price, contractSize);
            const next = addTrade(position, size, price, contractSize, decimals);
            expect(next.realized).toBe(
              oracle.floor(oracle.times(expected, oracle.whole(10n ** BigInt(decimals)))),
            );
            expect(next.position.size).toBe(position.size + size);
            position = next.position;
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  // 6 decimals; sizes and prices in whole units; contract size 2.
  const cases: [
    name: string,
    from: [bigint, bigint],
    trade: [bigint, bigint],
    size: bigint,
    entry: bigint,
    realized: bigint,
  ][] = [
    ['opens', [0n, 0n], [3n, 10n], 3n, 10n, 0n],
    ['adds at the average', [1n, 10n], [1n, 20n], 2n, 15n, 0n],
    ['closes a part', [4n, 10n], [-1n, 15n], 3n, 10n, 10n],
    ['closes everything', [4n, 10n], [-4n, 9n], 0n, 0n, -8n],
    ['flips from long to short', [4n, 10n], [-6n, 12n], -2n, 12n, 16n],
    ['flips from short to long', [-4n, 10n], [6n, 12n], 2n, 12n, -16n],
    ['closes a part of a short', [-4n, 10n], [1n, 15n], -3n, 10n, -10n],
    ['closes at a price of zero', [1n, 10n], [-1n, 0n], 0n, 0n, -20n],
  ];
  test.each(cases)('%s', (_name, [size, entry], [tradeSize, tradePrice], left, newEntry, realized) => {
    const contractSize = 2n * ONE;
    const position = { size: size * ONE, cost: size * ONE * contractSize * entry * ONE };
    const next = addTrade(position, tradeSize * ONE, tradePrice * ONE, contractSize, 6);
    expect(next.position.size).toBe(left * ONE);
    expect(entryPrice(next.position, contractSize)).toBe(newEntry * ONE);
    expect(next.realized).toBe(realized * 10n ** 6n);
  });
});

describe('unrealizedPnl', () => {
  test('floors toward −∞ once per account, not once per position', () => {
    const third = valuePerAtom(6) / 3n;
    expect(unrealizedPnl([third, third, third + 2n], 6)).toBe(1n);
    expect(unrealizedPnl([-1n], 6)).toBe(-1n);
    expect(unrealizedPnl([-1n, 1n], 6)).toBe(0n);
    expect(unrealizedPnl([-third, -third], 6)).toBe(-1n);
    expect(unrealizedPnl([], 6)).toBe(0n);
  });

  test('is what the oracle makes of sizes and entry prices', () => {
    const line = fc.record({
      size: signedSize,
      entry: price,
      contractSize: quantity,
      mark: fc.option(price),
    });
    const text = (n: bigint) => {
      const digits = (n < 0n ? -n : n).toString().padStart(19, '0');
      return `${n < 0n ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18)}`;
    };
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), decimals, (lines, decimals) => {
        const pnls = lines.map(({ size, entry, contractSize, mark }) =>
          positionPnl({ size, cost: size * contractSize * entry }, { contractSize, mark }),
        );
        const expected = oracle.unrealizedOf(
          lines.map((l) => ({
            size: text(l.size),
            entry: text(l.entry),
            contractSize: text(l.contractSize),
            mark: l.mark === null ? null : text(l.mark),
          })),
          decimals,
        );
        expect(unrealizedPnl(pnls, decimals)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

test('a notional counts both directions, and the entry where there is no mark', () => {
  const terms = { contractSize: ONE, mark: 3n * ONE };
  const long = positionNotional({ size: 2n * ONE, cost: 0n }, terms);
  expect(long).toBe(6n * ONE ** 3n);
  expect(positionNotional({ size: -2n * ONE, cost: 0n }, terms)).toBe(long);
  expect(positionNotional({ size: -2n * ONE, cost: -7n }, { contractSize: ONE, mark: null })).toBe(7n);
});
