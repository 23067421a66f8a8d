import { assert } from '../../core/assert.ts';
import { AtomColumn } from '../../core/atom-column.ts';
import { floorDiv } from '../../core/decimal.ts';
import {
  HEALTHS,
  type Health,
  type Holding,
  healthOf,
  type Margin,
  type MarginTerms,
  marginOf,
} from '../margin.ts';
import { positionNotional, positionPnl, VALUE_SCALE, valuePerAtom } from '../position.ts';
import { approximate } from './approximate.ts';
import { Blocks, type HeldPosition } from './blocks.ts';
import { withRoom } from './columns.ts';
import { MarketColumns } from './market-columns.ts';
import { measure, Readings } from './measure.ts';
import { byNearness, leastRatio, mostRatio, NearestSearch, type Standing, stands } from './nearest.ts';

/**
 * Equity is rounded down and a requirement up: where the two are further apart than this many atoms, rounding changes
 * nothing between them.
 */
const ROUNDED_ATOMS = 2;
/** Accounts that are measured before they are judged: their readings stay in the processor's cache. */
const RUN = 512;
const FEW = 1_024;

/** Places in HEALTHS. */
const [SAFE, MARGIN_CALL, LIQUIDATABLE, BANKRUPT] = [0, 1, 2, 3];

export interface BookAccount {
  /** In atoms. */
  readonly balance: bigint;
  /** The health of an account that is not active is of no interest: it is SAFE, counted nowhere and near to nothing. */
  readonly active: boolean;
}

/**
 * The margin of all accounts of a pool, in columns. Accounts and markets are known by their numbers, from 1 without a gap.
 * Amounts are bigint atoms, sizes bigint of 10^-18, costs bigint of 10^-54.
 *
 * A tick multiplies and adds doubles, with a bound of what they can be off by; only where a threshold is within that bound
 * does it ask the bigints. So every health is exactly what margin.ts says (docs/margin.md).
 */
export class RiskBook {
  readonly #decimals: number;
  readonly #markets: MarketColumns;
  readonly #blocks = new Blocks();
  readonly #balances = AtomColumn.of([0n]);
  /** balance − Σ cost in atoms, as near as a double comes. */
  #bases = new Float64Array(FEW);
  #active = new Uint8Array(FEW);
  #healths = new Uint8Array(FEW);
  readonly #readings = new Readings(RUN);
  readonly #reading = new Readings(1);

  /** @param decimals of the asset, 0 to 18: an atom is 10^-decimals of it */
  constructor(decimals: number) {
    this.#decimals = decimals;
    this.#markets = new MarketColumns(decimals);
  }

  get accountCount(): number {
    return this.#balances.length - 1;
  }

  get positionCount(): number {
    return this.#blocks.positionCount;
  }

  /** Of all columns; an account's balance takes eight bytes. */
  get byteLength(): number {
    const own = this.#bases.byteLength + this.#active.byteLength + this.#healths.byteLength;
    return own + 8 * this.#balances.length + this.#blocks.byteLength + this.#markets.byteLength;
  }

  /**
   * A market's terms, or its mark; a new one has the next number. Healths follow with the next remargin().
   *
   * @throws InvariantViolation where numbers leave a gap, or rates fall or leave 0 to 1
   */
  setMarket(marketNo: number, terms: MarginTerms): void {
    this.#markets.set(marketNo, terms);
  }

  /**
   * Replaces what is known of an account; a new one has the next number. Its health follows with the next remargin().
   *
   * @throws InvariantViolation where numbers leave a gap, or a position is in a market that was not set
   */
  setAccount(accountNo: number, { balance, active }: BookAccount, positions: readonly HeldPosition[]): void {
    assert(
      accountNo >= 1 && accountNo <= this.#balances.length,
      'accounts are numbered from 1 without a gap',
    );
    for (const { marketNo } of positions) {
      assert(marketNo >= 1 && marketNo <= this.#markets.count, 'a position is in a market of the book');
    }
    if (accountNo === this.#balances.length) this.#balances.push(0n);
    this.#bases = withRoom(this.#bases, accountNo + 1);
    this.#active = withRoom(this.#active, accountNo + 1);
    this.#healths = withRoom(this.#healths, accountNo + 1);
    this.#active[accountNo] = active ? 1 : 0;
    this.#blocks.put(accountNo, positions);
    this.setBalance(accountNo, balance);
  }

  /** Replaces the balance of an account that is there. Its health follows with the next remargin(). */
  setBalance(accountNo: number, balance: bigint): void {
    this.#balances.set(accountNo, balance);
    const perAtom = valuePerAtom(this.#decimals);
    const base = balance * perAtom - this.#blocks.costOf(accountNo);
    this.#bases[accountNo] = approximate(base, VALUE_SCALE - this.#decimals);
  }

  isActive(accountNo: number): boolean {
    return this.#active[accountNo] === 1;
  }

  /** In atoms. */
  balanceOf(accountNo: number): bigint {
    return this.#balances.get(accountNo);
  }

  /** Exactly as they were set, and in that order. */
  positionsOf(accountNo: number): readonly HeldPosition[] {
    return this.#blocks.positionsOf(accountNo);
  }

  /** The same with the present terms of their markets. */
  holdingsOf(accountNo: number): (Holding & { readonly marketNo: number })[] {
    return this.positionsOf(accountNo).map(({ marketNo, size, cost }) => ({
      marketNo,
      position: { size, cost },
      terms: this.#markets.terms[marketNo]!,
    }));
  }

  /** At the present marks, exactly, each figure rounded as margin.ts says. */
  marginOf(accountNo: number): Margin {
    return marginOf(this.balanceOf(accountNo), this.holdingsOf(accountNo), this.#decimals);
  }

  /** u at the present marks in atoms, floored once. */
  unrealizedOf(accountNo: number): bigint {
    const pnl = this.#blocks.worthOf(accountNo, this.#markets.exactPrices) - this.#blocks.costOf(accountNo);
    return floorDiv(pnl, valuePerAtom(this.#decimals));
  }

  /** As of the last remargin(). */
  healthOf(accountNo: number): Health {
    return HEALTHS[this.#healths[accountNo]!]!;
  }

  /** How many active accounts have each health, as of the last remargin(). */
  countByHealth(): Record<Health, number> {
    const counts = new Uint32Array(HEALTHS.length);
    for (let accountNo = 1; accountNo <= this.accountCount; accountNo++) {
      if (this.#active[accountNo] === 1) counts[this.#healths[accountNo]!]!++;
    }
    return {
      SAFE: counts[SAFE]!,
      MARGIN_CALL: counts[MARGIN_CALL]!,
      LIQUIDATABLE: counts[LIQUIDATABLE]!,
      BANKRUPT: counts[BANKRUPT]!,
    };
  }

  /** The tick: the health of every account at the present marks. */
  remargin(): void {
    this.#measureAll((from, to) => this.#judge(from, to));
  }

  #judge(from: number, to: number): void {
    const [active, bases, healths, { counts }] = [this.#active, this.#bases, this.#healths, this.#blocks];
    const { equities, initials, maintenances, errors } = this.#readings;
    for (let accountNo = from; accountNo < to; accountNo++) {
      const i = accountNo - from;
      const equity = equities[i]!;
      const bound = errors[i]! + ROUNDED_ATOMS;
      const overInitial = equity - initials[i]!;
      const overMaintenance = equity - maintenances[i]!;
      if (overInitial > bound && overMaintenance > bound) healths[accountNo] = SAFE;
      else if (active[accountNo] === 0) healths[accountNo] = SAFE;
      // Without positions the base is the balance, and the sign of a double is exact.
      else if (counts[accountNo] === 0) healths[accountNo] = bases[accountNo]! < 0 ? BANKRUPT : SAFE;
      else if (equity < -bound) healths[accountNo] = BANKRUPT;
      else if (equity > bound && overMaintenance < -bound) healths[accountNo] = LIQUIDATABLE;
      else if (overMaintenance > bound && overInitial < -bound) healths[accountNo] = MARGIN_CALL;
      else healths[accountNo] = HEALTHS.indexOf(healthOf(this.marginOf(accountNo)));
    }
  }

  /**
   * The numbers of active accounts from the nearest to bankruptcy on, at the present marks: by equity ÷ notional, both exact
   * and unrounded, ties by number; debts without a notional come first. Accounts with neither are left out.
   *
   * @param after only those behind this account, wherever it stands now
   * @param accept whether an account is wanted; asked only about those that may be among the first
   */
  nearest(
    count: number,
    after: number | null = null,
    accept: (accountNo: number) => boolean = () => true,
  ): number[] {
    const place = after === null ? null : this.#standingOf(after);
    if (count < 1 || (place && !stands(place))) return [];
    let [leastAfter, mostAfter] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (after !== null) {
      const { equities, notionals, errors } = this.#measureOne(after);
      leastAfter = leastRatio(equities[0]!, notionals[0]!, errors[0]!);
      mostAfter = mostRatio(equities[0]!, notionals[0]!, errors[0]!);
    }
    const isBehind = (accountNo: number, least: number, most: number): boolean =>
      place === null ||
      least > mostAfter ||
      (most >= leastAfter && byNearness(this.#standingOf(accountNo), place) > 0);
    const search = new NearestSearch(count);
    const { equities, notionals, errors } = this.#readings;
    this.#measureAll((from, to) => {
      for (let accountNo = from; accountNo < to; accountNo++) {
        const equity = equities[accountNo - from]!;
        const notional = notionals[accountNo - from]!;
        const error = errors[accountNo - from]!;
        const least = leastRatio(equity, notional, error);
        if (least === Number.POSITIVE_INFINITY || !search.mayTake(least)) continue;
        if (this.#active[accountNo] === 0 || !accept(accountNo)) continue;
        const most = mostRatio(equity, notional, error);
        if (isBehind(accountNo, least, most)) search.take(accountNo, least, most);
      }
    });
    return search.finish((accountNo) => this.#standingOf(accountNo));
  }

  /** As exact values of 10^-54. */
  #standingOf(accountNo: number): Standing {
    let equity = this.balanceOf(accountNo) * valuePerAtom(this.#decimals);
    let notional = 0n;
    for (const { position, terms } of this.holdingsOf(accountNo)) {
      equity += positionPnl(position, terms);
      notional += positionNotional(position, terms);
    }
    return { accountNo, equity, notional };
  }

  #measureOne(accountNo: number): Readings {
    measure(this.#blocks, this.#bases, this.#markets, accountNo, accountNo + 1, this.#reading);
    return this.#reading;
  }

  /** Calls back for each run of accounts, from a number to before another, when their readings are there. */
  #measureAll(read: (from: number, to: number) => void): void {
    const end = this.accountCount + 1;
    for (let from = 1; from < end; from += RUN) {
      const to = Math.min(from + RUN, end);
      measure(this.#blocks, this.#bases, this.#markets, from, to, this.#readings);
      read(from, to);
    }
  }
}
