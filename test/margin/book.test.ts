import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecimalColumn } from '../../src/margin/book/decimal-column.ts';
import { RiskBook } from '../../src/margin/book/risk-book.ts';
import {
  HEALTHS,
  type Health,
  healthOf,
  type Margin,
  type MarginTerms,
  marginOf,
} from '../../src/margin/margin.ts';

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
        const worth =
          terms.mark === null ? position.cost : position.size * terms.contractSize * terms.mark;
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
      HEALTHS.map((health) => [health, accounts.filter((a) => a.active && this.healthOf(a) === health).length]),
    );
    expect(book.countByHealth()).toEqual(counts);
    accounts.forEach((account, i) => {
      const margin = this.marginOf(account);
      expect(book.marginOf(i + 1)).toEqual(margin);
      expect(book.unrealizedOf(i + 1)).toBe(margin.unrealized);
      expect(book.balanceOf(i + 1)).toBe(account.balance);
      expect(book.isActive(i + 1)).toBe(account.active);
      expect(book.positionsOf(i + 1)).toEqual(account.positions);
      expect(book.holdingsOf(i + 1)).toEqual(this.holdingsOf(account));
    });
    expect(book.accountCount).toBe(accounts.length);
    expect(book.positionCount).toBe(accounts.reduce((sum, { positions }) => sum + positions.length, 0));
    const order = this.order();
    expect(book.nearest(accounts.length + 1)).toEqual(order);
    expect(book.nearest(2)).toEqual(order.slice(0, 2));
  }
}

const sign = fc.constantFrom(1n, -1n);
/** Round, with all digits, tiny, and wider than 64 bits or than any double holds. */
const quantity = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 2000n }).map((n) => (n * ONE) / 100n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 100n * ONE }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 9n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 10n ** 36n, max: 10n ** 38n - 1n }) },
);
const rates = fc
  .array(fc.bigInt({ min: 0n, max: 100n }), { minLength: 2, maxLength: 5 })
  .map((list) => list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((rate) => (rate * ONE) / 100n));
const terms: fc.Arbitrary<MarginTerms> = fc
  .record({
    contractSize: fc.oneof({ weight: 3, arbitrary: fc.constant(ONE) }, quantity),
    mark: fc.oneof(
      { weight: 8, arbitrary: quantity },
      { weight: 1, arbitrary: fc.constantFrom(null, 0n) },
    ),
    initial: rates,
    maintenance: rates,
    floors: fc.uniqueArray(fc.bigInt({ min: 1n, max: 5000n }), { maxLength: 4 }),
  })
  .map(({ contractSize, mark, initial, maintenance, floors }) => ({
    contractSize,
    mark,
    initialRate: initial[0]!,
    maintenanceRate: maintenance[0]!,
    tiers: floors
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, Math.min(initial.length, maintenance.length) - 1)
      .map((floor, i) => ({
        floor: floor * ONE,
        initialRate: initial[i + 1]!,
        maintenanceRate: maintenance[i + 1]!,
      })),
  }));

const MARKETS = 3;
const account: fc.Arbitrary<Account> = fc.record({
  balance: fc.oneof(
    fc.bigInt({ min: -100n, max: 100n }),
    fc.bigInt({ min: -(10n ** 9n), max: 10n ** 10n }),
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
  ),
  active: fc.boolean().map((active) => active || undefined === 0),
  positions: fc.array(
    fc.record({ marketNo: fc.integer({ min: 1, max: MARKETS }), size: quantity, entry: quantity, sign }).map(
      ({ marketNo, size, entry, sign }) => ({ marketNo, size: size * sign, cost: size * sign * entry * ONE }),
    ),
    { maxLength: 5 },
  ),
});
