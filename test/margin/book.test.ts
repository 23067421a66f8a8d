import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecimalColumn } from '../../src/margin/book/decimal-column.ts';
import { leastRatio, mostRatio, NearestSearch } from '../../src/margin/book/nearest.ts';
import { RiskBook } from '../../src/margin/book/risk-book.ts';
import {
  HEALTHS,
  type Health,
  healthOf,
  type Margin,
  type MarginTerms,
  marginOf,
} from '../../src/margin/margin.ts';
import { marginTerms, opened, quantity } from './generators.ts';

/* The book against margin.ts itself: it may take any way to a health, but not to another one. */

const ONE = 10n ** 18n;
const VALUE = 10n ** 54n;
const abs = (n: bigint) => (n < 0n ? -n : n);

interface Held {
  readonly marketNo: number;
  readonly size: bigint;
  readonly cost: bigint;
}

interface Account {
  readonly balance: bigint;
  readonly active: boolean;
  readonly positions: readonly Held[];
}

/** A book beside the plain numbers that were put into it. */
class Pair {
  readonly book: RiskBook;
  readonly markets: MarginTerms[] = [];
  readonly accounts: Account[] = [];
  readonly decimals: number;

  constructor(decimals: number) {
    this.decimals = decimals;
    this.book = new RiskBook(decimals);
  }

  setMarket(marketNo: number, terms: MarginTerms): void {
    this.markets[marketNo - 1] = terms;
    this.book.setMarket(marketNo, terms);
  }

  setAccount(accountNo: number, account: Account): void {
    this.accounts[accountNo - 1] = account;
    this.book.setAccount(accountNo, account, account.positions);
  }

  setBalance(accountNo: number, balance: bigint): void {
    this.accounts[accountNo - 1] = { ...this.accounts[accountNo - 1]!, balance };
    this.book.setBalance(accountNo, balance);
  }

  holdingsOf({ positions }: Account) {
    return positions.map(({ marketNo, size, cost }) => ({
      position: { size, cost },
      terms: this.markets[marketNo - 1]!,
    }));
  }

  marginOf(account: Account): Margin {
    return marginOf(account.balance, this.holdingsOf(account), this.decimals);
  }

  healthOf(account: Account): Health {
    return account.active ? healthOf(this.marginOf(account)) : 'SAFE';
  }

  /** The order of nearest(), sorted as a whole. */
  order(): number[] {
    const perAtom = VALUE / 10n ** BigInt(this.decimals);
    const rows = this.accounts.flatMap((account, i) => {
      let [equity, notional] = [account.balance * perAtom, 0n];
      for (const { position, terms } of this.holdingsOf(account)) {
        const worth = terms.mark === null ? position.cost : position.size * terms.contractSize * terms.mark;
        equity += worth - position.cost;
        notional += abs(worth);
      }
      return account.active && (notional > 0n || equity < 0n) ? [{ accountNo: i + 1, equity, notional }] : [];
    });
    return rows
      .sort((a, b) => {
        if (a.notional === 0n || b.notional === 0n) {
          if (a.notional !== b.notional) return a.notional === 0n ? -1 : 1;
          return a.accountNo - b.accountNo;
        }
        const [left, right] = [a.equity * b.notional, b.equity * a.notional];
        return left < right ? -1 : left > right ? 1 : a.accountNo - b.accountNo;
      })
      .map(({ accountNo }) => accountNo);
  }

  /** Everything that the book says, against the plain numbers. */
  check(): void {
    const { book, accounts } = this;
    book.remargin();
    expect(accounts.map((_, i) => book.healthOf(i + 1))).toEqual(accounts.map((a) => this.healthOf(a)));
    const counts = Object.fromEntries(
      HEALTHS.map((health) => [
        health,
        accounts.filter((a) => a.active && this.healthOf(a) === health).length,
      ]),
    );
    expect(book.countByHealth()).toEqual(counts);
    accounts.forEach((account, i) => {
      const margin = this.marginOf(account);
      expect(book.marginOf(i + 1)).toEqual(margin);
      expect(book.unrealizedOf(i + 1)).toBe(margin.unrealized);
      expect(book.balanceOf(i + 1)).toBe(account.balance);
      expect(book.isActive(i + 1)).toBe(account.active);
      expect(book.positionsOf(i + 1)).toEqual(account.positions);
      expect(book.holdingsOf(i + 1)).toEqual(
        this.holdingsOf(account).map((holding, j) => ({
          ...holding,
          marketNo: account.positions[j]!.marketNo,
        })),
      );
    });
    expect(book.accountCount).toBe(accounts.length);
    expect(book.positionCount).toBe(accounts.reduce((sum, { positions }) => sum + positions.length, 0));
    const order = this.order();
    expect(book.nearest(accounts.length + 1)).toEqual(order);
    expect(book.nearest(2)).toEqual(order.slice(0, 2));
  }
}

const MARKETS = 3;
const account: fc.Arbitrary<Account> = fc.record({
  balance: fc.oneof(
    fc.bigInt({ min: -100n, max: 100n }),
    fc.bigInt({ min: -(10n ** 9n), max: 10n ** 10n }),
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
  ),
  active: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  positions: fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: MARKETS }), opened)
      .map(([marketNo, { size, entry }]) => ({ marketNo, size, cost: size * entry * ONE })),
    { maxLength: 5 },
  ),
});

/** What happens to a pool, as indices into what is there by then. */
const step = fc.oneof(
  fc.record({ do: fc.constant('mark' as const), market: fc.nat(), mark: fc.option(quantity, { freq: 8 }) }),
  fc.record({ do: fc.constant('terms' as const), market: fc.nat(), terms: marginTerms }),
  fc.record({ do: fc.constant('account' as const), index: fc.nat(), account }),
  fc.record({ do: fc.constant('balance' as const), index: fc.nat(), balance: account.map((a) => a.balance) }),
);

const decimals = fc.constantFrom(0, 2, 6, 18);
const pool = fc
  .record({
    decimals,
    markets: fc.array(marginTerms, { minLength: MARKETS, maxLength: MARKETS }),
    accounts: fc.array(account, { minLength: 1, maxLength: 8 }),
  })
  .map(({ decimals, markets, accounts }) => () => {
    const pair = new Pair(decimals);
    for (const [i, terms] of markets.entries()) pair.setMarket(i + 1, terms);
    for (const [i, account] of accounts.entries()) pair.setAccount(i + 1, account);
    return pair;
  });

describe('RiskBook', () => {
  test('says what margin.ts says, through ticks, new terms and updates', () => {
    fc.assert(
      fc.property(pool, fc.array(step, { maxLength: 12 }), (makePair, steps) => {
        const pair = makePair();
        pair.check();
        for (const step of steps) {
          if (step.do === 'mark' || step.do === 'terms') {
            const i = step.market % MARKETS;
            pair.setMarket(
              i + 1,
              step.do === 'terms' ? step.terms : { ...pair.markets[i]!, mark: step.mark },
            );
          } else if (step.do === 'account') {
            pair.setAccount((step.index % (pair.accounts.length + 1)) + 1, step.account);
          } else {
            pair.setBalance((step.index % pair.accounts.length) + 1, step.balance);
          }
          pair.check();
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is exact on a threshold and one atom to either side of it, however wide the numbers', () => {
    const targets = ['zero', 'maintenance', 'initial'] as const;
    fc.assert(
      fc.property(pool, (makePair) => {
        const pair = makePair();
        for (const target of targets) {
          for (const off of [-1n, 0n, 1n]) {
            pair.accounts.forEach((account, i) => {
              const margin = pair.marginOf(account);
              const equity = (target === 'zero' ? 0n : margin[target]) + off;
              pair.setBalance(i + 1, equity - margin.unrealized);
              expect(pair.book.marginOf(i + 1).equity).toBe(equity);
            });
            pair.check();
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is exact for an account of many positions that hedge each other', () => {
    const pair = new Pair(18);
    const mark = 12_345_678_901_234_567_891n;
    pair.setMarket(1, { contractSize: ONE, mark, initialRate: 0n, maintenanceRate: 0n, tiers: [] });
    // Sizes that no double holds; hedged in pairs, but for one unit of 10^-18, and bought in another order than sold.
    const sizes = Array.from({ length: 150 }, (_, i) => BigInt(i + 1) * 987_654_321_987_654_321_987n + 1n);
    const positions = [...sizes, ...sizes.map((size) => -size)].map((size, i) => ({
      marketNo: 1,
      size,
      cost: size * ONE * (mark - BigInt(i % 7)),
    }));
    for (const balance of [-1n, 0n, 1n]) {
      const unrealized = pair.marginOf({ balance: 0n, active: true, positions }).unrealized;
      pair.setAccount(1, { balance: balance - unrealized, active: true, positions });
      pair.check();
      expect(pair.book.healthOf(1)).toBe(balance < 0n ? 'BANKRUPT' : 'SAFE');
    }
  });

  test('keeps a maintenance margin above the initial one: what is below it is liquidatable', () => {
    const pair = new Pair(0);
    const [initialRate, maintenanceRate] = [ONE / 10n, ONE / 5n];
    pair.setMarket(1, { contractSize: ONE, mark: ONE, initialRate, maintenanceRate, tiers: [] });
    const positions = [{ marketNo: 1, size: 1000n * ONE, cost: 1000n * VALUE }];
    pair.setAccount(1, { balance: 150n, active: true, positions });
    pair.check();
    expect(pair.book.healthOf(1)).toBe('LIQUIDATABLE');
  });

  test('moves blocks that grow, reuses those that shrink, and lets go of what is dead', () => {
    const pair = new Pair(6);
    for (let i = 1; i <= 3; i++) {
      const mark = BigInt(100 + i) * ONE;
      pair.setMarket(i, {
        contractSize: ONE,
        mark,
        initialRate: ONE / 10n,
        maintenanceRate: ONE / 20n,
        tiers: [],
      });
    }
    const accountOf = (accountNo: number, count: number, round: number): Account => ({
      balance: BigInt(accountNo * 1000 + round),
      active: true,
      positions: Array.from({ length: count }, (_, i) => {
        // Every seventh is too wide for 64 bits.
        const size =
          BigInt(accountNo + i + round) * ((accountNo + i) % 7 === 0 ? 10n ** 33n + 1n : 10n ** 16n);
        return { marketNo: ((accountNo + i) % 3) + 1, size, cost: size * 101n * 10n ** 36n + BigInt(i) };
      }),
    });
    const accounts = 1_200;
    const sizes: number[] = [];
    for (let round = 0; round < 8; round++) {
      for (let accountNo = 1; accountNo <= accounts; accountNo++) {
        pair.setAccount(
          accountNo,
          accountOf(accountNo, [1, 2, 4, 0, 3, 5, 1, 6][(round + accountNo) % 8]!, round),
        );
      }
      const read = pair.accounts.map((_, i) => pair.book.positionsOf(i + 1));
      expect(read).toEqual(pair.accounts.map(({ positions }) => positions));
      sizes.push(pair.book.byteLength);
    }
    pair.check();
    // 3,300 positions live at any time; without compaction there would be ten times as many places by now.
    expect(pair.book.byteLength).toBeLessThan(accounts * 60 + 3 * 3_300 * 30);
    expect(Math.max(...sizes)).toBeLessThan(accounts * 60 + 5 * 3_300 * 30);
  });

  test('refuses gaps, markets that it does not know, and terms that its bound does not hold for', () => {
    const good: MarginTerms = {
      contractSize: ONE,
      mark: ONE,
      initialRate: ONE / 10n,
      maintenanceRate: ONE / 20n,
      tiers: [{ floor: ONE, initialRate: ONE / 5n, maintenanceRate: ONE / 10n }],
    };
    const book = new RiskBook(6);
    expect(() => book.setMarket(2, good)).toThrow('without a gap');
    const tier = good.tiers[0]!;
    const bad: Partial<MarginTerms>[] = [
      { mark: -1n },
      { contractSize: -1n },
      { initialRate: -1n },
      { maintenanceRate: -1n },
      { tiers: [{ ...tier, initialRate: ONE + 1n }] },
      { tiers: [{ ...tier, maintenanceRate: ONE / 21n }] },
      { tiers: [{ ...tier, floor: 0n }] },
      { tiers: [tier, tier] },
    ];
    for (const terms of bad) expect(() => book.setMarket(1, { ...good, ...terms })).toThrow();
    book.setMarket(1, good);
    expect(() => book.setAccount(2, { balance: 0n, active: true }, [])).toThrow('without a gap');
    const stranger = { marketNo: 2, size: ONE, cost: 0n };
    expect(() => book.setAccount(1, { balance: 0n, active: true }, [stranger])).toThrow('market of the book');
    expect(book.accountCount).toBe(0);
  });
});

describe('nearest', () => {
  /** Equity ÷ notional is (1000 + tilt) ÷ 1000 of 10^21 atoms: tilts are far below what doubles can tell. */
  function tilted(tilts: readonly bigint[]): Pair {
    const pair = new Pair(18);
    pair.setMarket(1, { contractSize: ONE, mark: ONE, initialRate: 0n, maintenanceRate: 0n, tiers: [] });
    tilts.forEach((tilt, i) => {
      const size = 1000n * ONE * (i % 2 === 0 ? 1n : -1n);
      const positions = [{ marketNo: 1, size, cost: size * ONE * ONE }];
      pair.setAccount(i + 1, { balance: 1000n * ONE + tilt, active: true, positions });
    });
    return pair;
  }

  test('compares exactly what doubles cannot tell, ties by number', () => {
    const { book } = tilted([2n, 0n, 1n, -1n, 0n, 2n, -1n]);
    expect(book.nearest(9)).toEqual([4, 7, 2, 5, 3, 1, 6]);
    expect(book.nearest(3)).toEqual([4, 7, 2]);
    expect(book.nearest(0)).toEqual([]);
    expect(book.nearest(2, 7)).toEqual([2, 5]);
    expect(book.nearest(9, 5, (accountNo) => accountNo !== 1)).toEqual([3, 6]);
    expect(book.nearest(9, 6)).toEqual([]);
  });

  test('puts debts without a notional first and leaves out what neither holds nor owes anything', () => {
    const pair = tilted([0n]);
    pair.setMarket(2, { contractSize: ONE, mark: 0n, initialRate: 0n, maintenanceRate: 0n, tiers: [] });
    const worthless = [{ marketNo: 2, size: ONE, cost: 5n * VALUE }];
    pair.setAccount(2, { balance: -1n, active: true, positions: [] });
    pair.setAccount(3, { balance: 0n, active: true, positions: [] });
    pair.setAccount(4, { balance: 5n * ONE - 1n, active: true, positions: worthless });
    pair.setAccount(5, { balance: 5n * ONE, active: true, positions: worthless });
    pair.setAccount(6, { balance: -9n, active: false, positions: [] });
    // One atom of notional beside a balance that doubles cannot tell it from.
    const speck = [{ marketNo: 1, size: 1n, cost: ONE * ONE }];
    pair.setAccount(7, { balance: 10n ** 37n, active: true, positions: speck });
    pair.check();
    expect(pair.book.nearest(9)).toEqual([2, 4, 1, 7]);
    expect(pair.book.nearest(9, 2)).toEqual([4, 1, 7]);
    expect(pair.book.nearest(9, 5)).toEqual([]);
  });

  test('pages through the order whatever is accepted, over many runs of accounts', () => {
    const random = (i: number, salt: number) => (i * 7919 + salt * 104_729 + i * i * 31) % 10_007;
    const pair = new Pair(2);
    pair.setMarket(1, { contractSize: ONE, mark: 7n * ONE, initialRate: 0n, maintenanceRate: 0n, tiers: [] });
    for (let i = 1; i <= 3_000; i++) {
      const size = BigInt((random(i, 1) % 40) - 20) * ONE;
      const positions = i % 5 === 0 ? [] : [{ marketNo: 1, size, cost: size * 6n * ONE * ONE }];
      pair.setAccount(i, {
        balance: BigInt((random(i, 2) % 300) - 50) * 100n,
        active: i % 11 !== 0,
        positions,
      });
    }
    const order = pair.order();
    expect(pair.book.nearest(5_000)).toEqual(order);
    const accept = (accountNo: number) => accountNo % 3 !== 0;
    const wanted = order.filter(accept);
    for (const size of [1, 7, 500]) {
      const paged: number[] = [];
      while (paged.length < 1_200) {
        const page = pair.book.nearest(size, paged.at(-1) ?? null, accept);
        if (page.length === 0) break;
        paged.push(...page);
        if (size === 1 && paged.length > 60) break;
      }
      expect(paged).toEqual(wanted.slice(0, paged.length));
      expect(paged.length).toBeGreaterThan(60);
    }
  });
});

describe('the search for the nearest', () => {
  test('knows between which ratios an account is, whatever its figures are off by', () => {
    const figure = fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: -5, max: 5 }));
    const error = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000 }));
    fc.assert(
      fc.property(figure, figure, error, (equity, notional, error) => {
        fc.pre(notional > 0);
        const bounds = [leastRatio, mostRatio].map((ratio) => ratio(equity, notional, error)) as [
          number,
          number,
        ];
        for (const e of [equity - error, equity, equity + error]) {
          for (const n of [notional - error, notional, notional + error]) {
            if (n <= 0) expect(bounds).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
            else expect(bounds[0] <= e / n && e / n <= bounds[1]).toBe(true);
          }
        }
        // And no wider than the corners, but for the last digits.
        if (notional <= error) return;
        const corners = [-error, error].flatMap((e) =>
          [-error, error].map((n) => (equity + e) / (notional + n)),
        );
        expect(bounds[0]).toBeCloseTo(Math.min(...corners), 9);
        expect(bounds[1]).toBeCloseTo(Math.max(...corners), 9);
      }),
      { numRuns: 500 },
    );
  });

  test('finds the first of any row of numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (row, count) => {
          const search = new NearestSearch(count);
          row.forEach((equity, accountNo) => {
            if (search.mayTake(equity)) search.take(accountNo, equity, equity);
          });
          const standing = (accountNo: number) => ({
            accountNo,
            equity: BigInt(row[accountNo]!),
            notional: 1n,
          });
          const expected = [...row.keys()].sort((a, b) => row[a]! - row[b]! || a - b).slice(0, count);
          expect(search.finish(standing)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('a column of decimals gives back any integer, overwritten or copied', () => {
  const value = fc.oneof(
    fc
      .tuple(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.nat(60))
      .map(([n, e]) => n * 10n ** BigInt(e)),
    fc.constantFrom(0n, 2n ** 63n, 2n ** 63n - 1n, -(2n ** 63n), 1n - 2n ** 63n, 10n ** 114n, 10n ** 300n),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), value, fc.nat(5)), { maxLength: 40 }), (writes) => {
      const [column, other] = [new DecimalColumn(2), new DecimalColumn(6)];
      column.reserve(6);
      const plain = Array<bigint>(6).fill(0n);
      for (const [index, value, from] of writes) {
        other.set(from, value);
        if (from % 2 === 0) column.set(index, value);
        else column.copy(index, other, from);
        plain[index] = value;
        expect(plain.map((_, i) => column.get(i))).toEqual(plain);
      }
    }),
    { numRuns: 300 },
  );
});
