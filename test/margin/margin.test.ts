import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  criticalPrices,
  type Holding,
  healthOf,
  leverageOf,
  type MarginKind,
  type MarginTerms,
  marginOf,
  marginRatio,
  requirement,
} from '../../src/margin/margin.ts';
import * as oracle from '../support/oracle-fractions.ts';
import { marginTerms, opened } from './generators.ts';

const SCALE = 18n;
const ONE = 10n ** SCALE;
const VALUE = 10n ** 54n;
const KINDS = ['initialRate', 'maintenanceRate'] as const;

/** The integer of 10^-18 that a decimal text stands for. */
function scaled(text: string): bigint {
  const { n, d } = oracle.parse(text);
  return (n * ONE) / d;
}

// ── by hand: 6 decimals, contract size 1, a mark of 100, 10% and 5%, from 1,000 on 20% and 10%, from 5,000 on 50% and 25% ──

const DECIMALS = 6;
const btc: MarginTerms = {
  contractSize: ONE,
  mark: 100n * ONE,
  initialRate: scaled('0.1'),
  maintenanceRate: scaled('0.05'),
  tiers: [
    { floor: 1_000n * ONE, initialRate: scaled('0.2'), maintenanceRate: scaled('0.1') },
    { floor: 5_000n * ONE, initialRate: scaled('0.5'), maintenanceRate: scaled('0.25') },
  ],
};
/** A contract is a hundredth; no tiers. */
const eth: MarginTerms = {
  contractSize: scaled('0.01'),
  mark: 50n * ONE,
  initialRate: scaled('0.2'),
  maintenanceRate: scaled('0.1'),
  tiers: [],
};

function holding(terms: MarginTerms, size: string, entry: string): Holding {
  const signed = scaled(size);
  return { position: { size: signed, cost: signed * terms.contractSize * scaled(entry) }, terms };
}

const usd = (units: string): bigint => scaled(units) / 10n ** BigInt(18 - DECIMALS);

describe('requirement', () => {
  test.each([
    ['0', '0', '0'],
    ['999', '99.9', '49.95'],
    ['1000', '100', '50'],
    ['1001', '100.2', '50.1'],
    ['5000', '900', '450'],
    ['6000', '1400', '700'],
  ])(
    'of a notional of %s is %s and %s: each part at the rate of its tier',
    (notional, initial, maintenance) => {
      const value = scaled(notional) * 10n ** 36n;
      expect(requirement(value, btc, 'initialRate')).toBe(scaled(initial) * VALUE);
      expect(requirement(value, btc, 'maintenanceRate')).toBe(scaled(maintenance) * VALUE);
    },
  );
});

describe('an account by hand', () => {
  // 20 bought at 90; docs/margin.md has it.
  const long = [holding(btc, '20', '90')];

  test('has the figures of the example', () => {
    const margin = marginOf(usd('300'), long, DECIMALS);
    expect(margin).toEqual({
      balance: usd('300'),
      unrealized: usd('200'),
      equity: usd('500'),
      notional: usd('2000'),
      initial: usd('300'),
      maintenance: usd('150'),
    });
    expect(healthOf(margin)).toBe('SAFE');
    expect(marginRatio(margin)).toBe(scaled('0.25'));
    expect(leverageOf(margin)).toBe(scaled('4'));
    expect(criticalPrices(usd('300'), long, 0, DECIMALS)).toEqual({
      liquidation: scaled('80.555555555555555556'),
      bankruptcy: scaled('75'),
    });
  });

  test.each([
    ['100', 'SAFE'],
    ['99.999999', 'MARGIN_CALL'],
    ['-50', 'MARGIN_CALL'],
    ['-50.000001', 'LIQUIDATABLE'],
    ['-200', 'LIQUIDATABLE'],
    ['-200.000001', 'BANKRUPT'],
  ])('with a balance of %s is %s', (balance, health) => {
    expect(healthOf(marginOf(usd(balance), long, DECIMALS))).toBe(health);
  });

  test.each([
    // The requirement of 2,000 is in the second tier on either side: 22p = 2,350.
    ['a short', '300', ['-20', '100'], '106.818181818181818181', '115'],
    // 5p = 400 + 0.05 × 5p: the crossing is below the first tier.
    ['a small long', '100', ['5', '100'], '84.210526315789473685', '80'],
    // 60p − 5,600 = 450 + (60p − 5,000) ÷ 4: in the third tier.
    ['a long in the third tier', '400', ['60', '100'], '106.666666666666666667', '93.333333333333333334'],
    // 60p − 1,000 = 50 + (60p − 1,000) ÷ 10: the mark is in the third tier, the crossing in the second.
    [
      'a long that falls through a tier',
      '5000',
      ['60', '100'],
      '17.592592592592592593',
      '16.666666666666666667',
    ],
  ] as const)('%s has its prices', (_name, balance, [size, entry], liquidation, bankruptcy) => {
    const prices = criticalPrices(usd(balance), [holding(btc, size, entry)], 0, DECIMALS);
    expect(prices).toEqual({ liquidation: scaled(liquidation), bankruptcy: scaled(bankruptcy) });
  });

  test('holds the other positions still', () => {
    // ETH: 400 contracts of 0.01 short at 60, worth 50: +40, and 200 × 10% = 20 to maintain.
    const both = [...long, holding(eth, '-400', '60')];
    const margin = marginOf(usd('300'), both, DECIMALS);
    expect(margin).toMatchObject({ equity: usd('540'), notional: usd('2200'), maintenance: usd('170') });
    // 20p − 1,500 + 40 = 2p − 50 + 20, and 20p = 1,460.
    expect(criticalPrices(usd('300'), both, 0, DECIMALS)).toEqual({
      liquidation: scaled('79.444444444444444445'),
      bankruptcy: scaled('73'),
    });
    // 300 + 200 + 240 − 4p = 150 + 0.4p, and 4p = 740.
    expect(criticalPrices(usd('300'), both, 1, DECIMALS)).toEqual({
      liquidation: scaled('134.090909090909090909'),
      bankruptcy: scaled('185'),
    });
  });

  test('needs no price where none does it', () => {
    const none = { liquidation: null, bankruptcy: null };
    // All of it is paid for.
    expect(criticalPrices(usd('1800'), long, 0, DECIMALS)).toEqual(none);
    expect(criticalPrices(usd('1799.999999'), long, 0, DECIMALS).bankruptcy).toBe(scaled('0.00000005'));
    // The other position sank the account: no price of a short saves it.
    const sunk = [holding(eth, '-10', '50'), holding(btc, '10', '200')];
    expect(criticalPrices(0n, sunk, 0, DECIMALS)).toEqual(none);
    // A fall to nothing is the last moment of a short without a loss to bear.
    expect(criticalPrices(-usd('5'), [holding(eth, '-10', '50')], 0, DECIMALS)).toEqual({
      liquidation: 0n,
      bankruptcy: 0n,
    });
    expect(criticalPrices(usd('1'), [holding(btc, '0', '0'), ...long], 0, DECIMALS)).toEqual(none);
  });

  test('whose whole notional is required is liquidatable at any price, or at none', () => {
    const whole = { ...eth, maintenanceRate: ONE };
    // Long, and a part of it is borrowed: equity never reaches the notional.
    expect(criticalPrices(usd('2'), [holding(whole, '10', '50')], 0, DECIMALS)).toEqual({
      liquidation: null,
      bankruptcy: scaled('30'),
    });
    expect(criticalPrices(usd('5'), [holding(whole, '10', '50')], 0, DECIMALS).liquidation).toBeNull();
    // Short: 2 + 5 − 0.1p = 0.1p.
    expect(criticalPrices(usd('2'), [holding(whole, '-10', '50')], 0, DECIMALS)).toEqual({
      liquidation: scaled('35'),
      bankruptcy: scaled('70'),
    });
    // Only above 1,000: 20p − 1,500 = 50 + (20p − 1,000) never holds; 20p − 940 = p does, below.
    const tiers = [{ floor: 1_000n * ONE, initialRate: ONE, maintenanceRate: ONE }];
    const above = [holding({ ...btc, tiers }, '20', '90')];
    expect(criticalPrices(usd('300'), above, 0, DECIMALS).liquidation).toBeNull();
    // On the floor itself: 20p − 950 = 50 where 20p is 1,000.
    expect(criticalPrices(usd('850'), above, 0, DECIMALS).liquidation).toBe(scaled('50'));
    expect(criticalPrices(usd('860'), above, 0, DECIMALS).liquidation).toBe(scaled('49.47368421052631579'));
  });

  test('rounds equity and notional down, requirements up, and ratios toward zero', () => {
    const third = { ...eth, contractSize: ONE, mark: 1n, initialRate: 1n, maintenanceRate: 1n };
    const margin = marginOf(-3n, [holding(third, '1', '0.000000000000000002')], 0);
    expect(margin).toEqual({
      balance: -3n,
      unrealized: -1n,
      equity: -4n,
      notional: 0n,
      initial: 1n,
      maintenance: 1n,
    });
    expect([marginRatio(margin), leverageOf(margin)]).toEqual([null, null]);
    const figures = { ...margin, equity: -2n, notional: 3n };
    expect(marginRatio(figures)).toBe(-scaled('0.666666666666666666'));
    expect(leverageOf({ ...figures, equity: 0n })).toBeNull();
    expect(leverageOf({ ...figures, equity: 7n })).toBe(scaled('0.428571428571428571'));
    expect(marginRatio({ ...figures, equity: 0n })).toBe(0n);
  });

  test('without a position is bankrupt below zero and safe from there on', () => {
    expect(healthOf(marginOf(-1n, [], DECIMALS))).toBe('BANKRUPT');
    expect(healthOf(marginOf(0n, [], DECIMALS))).toBe('SAFE');
  });
});

// ── against plain fractions ──

const units = (value: bigint): oracle.Fraction => oracle.fraction(value, ONE);
const size = (fraction: oracle.Fraction): oracle.Fraction =>
  fraction.n < 0n ? oracle.minus(oracle.ZERO, fraction) : fraction;

/** Bracket by bracket, as a tax is explained: what lies in a tier, at that tier's rate. */
function owed(notional: oracle.Fraction, terms: MarginTerms, kind: MarginKind): oracle.Fraction {
  const brackets = [{ ...terms, floor: 0n }, ...terms.tiers];
  return oracle.sum(
    brackets.map((bracket, i) => {
      const next = brackets[i + 1];
      const top = next ? oracle.least(notional, units(next.floor)) : notional;
      const inside = oracle.most(oracle.ZERO, oracle.minus(top, units(bracket.floor)));
      return oracle.times(inside, units(bracket[kind]));
    }),
  );
}

/** Equity and maintenance margin in units, unrounded, with the mark of one position at `mark`. */
function stateAt(pool: Pool, index: number | null, mark: bigint | null) {
  let equity = oracle.fraction(pool.balance, 10n ** BigInt(pool.decimals));
  const notionals: oracle.Fraction[] = [];
  const required = { initialRate: oracle.ZERO, maintenanceRate: oracle.ZERO };
  pool.holdings.forEach(({ position, terms }, i) => {
    const cost = oracle.fraction(position.cost, VALUE);
    const at = i === index ? mark : terms.mark;
    const worth =
      at === null ? cost : [position.size, terms.contractSize, at].map(units).reduce(oracle.times);
    equity = oracle.plus(equity, oracle.minus(worth, cost));
    notionals.push(size(worth));
    for (const kind of KINDS) required[kind] = oracle.plus(required[kind], owed(size(worth), terms, kind));
  });
  return { equity, notional: oracle.sum(notionals), required };
}

interface Pool {
  readonly balance: bigint;
  readonly holdings: Holding[];
  readonly decimals: number;
}

const pool: fc.Arbitrary<Pool> = fc
  .record({
    balance: fc.oneof(
      fc.bigInt({ min: -100n, max: 100n }),
      fc.bigInt({ min: -(10n ** 10n), max: 10n ** 11n }),
      fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
    ),
    lines: fc.array(fc.tuple(opened, marginTerms), { minLength: 1, maxLength: 4 }),
    decimals: fc.constantFrom(0, 2, 6, 18),
  })
  .map(({ balance, lines, decimals }) => ({
    balance,
    decimals,
    holdings: lines.map(([{ size, entry }, terms]) => ({
      position: { size, cost: size * terms.contractSize * entry },
      terms,
    })),
  }));

const ceil = (fraction: oracle.Fraction): bigint => -oracle.floor(oracle.minus(oracle.ZERO, fraction));

test('every figure is that of plain fractions, rounded once', () => {
  fc.assert(
    fc.property(pool, (pool) => {
      const { equity, notional, required } = stateAt(pool, null, null);
      const atoms = (value: oracle.Fraction) =>
        oracle.times(value, oracle.whole(10n ** BigInt(pool.decimals)));
      const margin = marginOf(pool.balance, pool.holdings, pool.decimals);
      expect(margin).toEqual({
        balance: pool.balance,
        unrealized: oracle.floor(atoms(equity)) - pool.balance,
        equity: oracle.floor(atoms(equity)),
        notional: oracle.floor(atoms(notional)),
        initial: ceil(atoms(required.initialRate)),
        maintenance: ceil(atoms(required.maintenanceRate)),
      });
    }),
    { numRuns: 400 },
  );
});

describe('critical prices', () => {
  /** What is left above the threshold when the mark of the position is at a price. */
  const left = (pool: Pool, price: bigint, kind: 'liquidation' | 'bankruptcy'): oracle.Fraction => {
    const { equity, required } = stateAt(pool, 0, price);
    return kind === 'bankruptcy' ? equity : oracle.minus(equity, required.maintenanceRate);
  };
  const isBelow = (fraction: oracle.Fraction) => fraction.n < 0n;

  test.each(['bankruptcy', 'liquidation'] as const)(
    '%s: the account stands at the price, no more one unit further, and only where none does it is there none',
    (kind) => {
      let [found, missing] = [0, 0];
      fc.assert(
        fc.property(pool, (pool) => {
          const price = criticalPrices(pool.balance, pool.holdings, 0, pool.decimals)[kind];
          const { position, terms } = pool.holdings[0]!;
          const isLong = position.size > 0n;
          if (price === null) {
            missing++;
            const atZero = left(pool, 0n, kind);
            if (!isLong) expect(isBelow(atZero)).toBe(true);
            if (!isLong || !isBelow(atZero)) return;
            // A long that no rise saves: all that it gains is required of it.
            const last = terms.tiers.at(-1) ?? terms;
            expect([kind, last.maintenanceRate]).toEqual(['liquidation', ONE]);
            expect(isBelow(left(pool, 10n ** 80n, kind))).toBe(true);
            return;
          }
          found++;
          expect(price).toBeGreaterThanOrEqual(0n);
          const beyond = isLong ? price - 1n : price + 1n;
          const [at, further] = [left(pool, price, kind), left(pool, beyond, kind)];
          expect(isBelow(at)).toBe(false);
          expect(isBelow(further)).toBe(true);
          // And no more is left than one unit of the price is worth, twice that where the requirement moves with it.
          const unit = [size(units(position.size)), units(terms.contractSize), units(2n)];
          expect(oracle.compare(at, unit.reduce(oracle.times))).toBeLessThanOrEqual(0);
        }),
        { numRuns: 600 },
      );
      // Neither side of the property is empty.
      expect(found).toBeGreaterThan(100);
      expect(missing).toBeGreaterThan(50);
    },
  );
});

describe('the requirement', () => {
  /** Notionals about the floors of the tiers, and anywhere. */
  const notional = fc
    .oneof(
      fc.tuple(fc.integer({ min: 0, max: 5001 }), fc.bigInt({ min: -2n, max: 2n })),
      fc.tuple(fc.integer({ min: 1, max: 6000 }), fc.bigInt({ min: 0n, max: VALUE })),
    )
    .map(([floor, off]) => (BigInt(floor) * VALUE + off < 0n ? 0n : BigInt(floor) * VALUE + off));

  test('is that of the tiers one by one, never falls or jumps, and never rises slower than before', () => {
    fc.assert(
      fc.property(marginTerms, fc.array(notional, { minLength: 1, maxLength: 6 }), (terms, picked) => {
        const atFloors = terms.tiers.map(({ floor }) => floor * 10n ** 36n);
        for (const value of [...picked, ...atFloors]) {
          for (const kind of KINDS) {
            const at = (notional: bigint) => requirement(notional, terms, kind);
            const expected = owed(oracle.fraction(value, VALUE), terms, kind);
            expect(oracle.compare(oracle.fraction(at(value), VALUE * ONE), expected)).toBe(0);
            const [rise, next] = [at(value + 1n) - at(value), at(value + 2n) - at(value + 1n)];
            expect(rise >= 0n && next >= rise && next <= ONE).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
