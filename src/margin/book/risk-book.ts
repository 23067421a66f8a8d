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
import { MarketColumns, TIER_WIDTH } from './market-columns.ts';

/** Half the distance between 1 and the next double: what one rounding is off by at most. */
const ROUNDING = 2 ** -53;
/** Atoms by which rounding equity down and requirements up may move a threshold. */
const ATOMS = 2;
/** Of a ratio: far above what its doubles can be off by, far below any difference that matters. */
const SLACK = 1e-12;
const FEW = 1_024;

/** BANKRUPT, LIQUIDATABLE, MARGIN_CALL, SAFE as places in HEALTHS. */
const [SAFE, MARGIN_CALL, LIQUIDATABLE, BANKRUPT] = [0, 1, 2, 3];

export interface BookAccount {
  /** In atoms. */
  readonly balance: bigint;
  /** An account that is not has no health of interest: it counts as SAFE. */
  readonly active: boolean;
}

/**
 * The margin of all accounts of a pool, in columns. Accounts and markets are known by their numbers, from 1 without a gap.
 *
 * A tick multiplies and adds doubles, with a bound of what they can be off by; only where a threshold is within that bound
 * does it ask the bigints. So every health is exactly what margin.ts says (docs/margin.md).
 */
export class RiskBook {
  readonly #decimals: number;
  readonly #markets: MarketColumns;
  readonly #blocks = new Blocks();
  readonly #balances = new AtomColumn();
  /** balance − Σ cost in atoms, as near as a double comes. */
  #bases = new Float64Array(FEW);
  #active = new Uint8Array(FEW);
  #healths = new Uint8Array(FEW);
  /** equity ÷ notional; −∞ where there is debt and no position, +∞ where there is neither. */
  #ratios = new Float64Array(FEW);

  constructor(decimals: number) {
    this.#decimals = decimals;
    this.#markets = new MarketColumns(decimals);
    this.#balances.push(0n);
  }

  get accountCount(): number {
    return this.#balances.length - 1;
  }

  get positionCount(): number {
    return this.#blocks.positionCount;
  }

  /** Of all columns; an account's balance takes eight bytes. */
  get byteLength(): number {
    const own =
      this.#bases.byteLength + this.#active.byteLength + this.#healths.byteLength + this.#ratios.byteLength;
    return own + 8 * this.#balances.length + this.#blocks.byteLength + this.#markets.byteLength;
  }

  /** Its terms, or its mark: healths follow with the next remargin(). */
  setMarket(marketNo: number, terms: MarginTerms): void {
    this.#markets.set(marketNo, terms);
  }

  /** Replaces what is known of an account; a new one has the next number. Its health follows with the next remargin(). */
  setAccount(accountNo: number, { balance, active }: BookAccount, positions: readonly HeldPosition[]): void {
    if (accountNo === this.#balances.length) this.#balances.push(0n);
    this.#bases = withRoom(this.#bases, accountNo + 1);
    this.#active = withRoom(this.#active, accountNo + 1);
    this.#healths = withRoom(this.#healths, accountNo + 1);
    this.#ratios = withRoom(this.#ratios, accountNo + 1);
    this.#active[accountNo] = active ? 1 : 0;
    this.#blocks.put(accountNo, positions);
    this.setBalance(accountNo, balance);
  }

  setBalance(accountNo: number, balance: bigint): void {
    this.#balances.set(accountNo, balance);
    let base = balance * valuePerAtom(this.#decimals);
    const start = this.#blocks.starts[accountNo]!;
    const count = this.#blocks.counts[accountNo]!;
    for (let place = start; place < start + count; place++) base -= this.#blocks.costAt(place);
    this.#bases[accountNo] = approximate(base * 10n ** BigInt(this.#decimals), VALUE_SCALE);
  }

  isActive(accountNo: number): boolean {
    return this.#active[accountNo] === 1;
  }

  balanceOf(accountNo: number): bigint {
    return this.#balances.get(accountNo);
  }

  /** Exactly as they were set. */
  positionsOf(accountNo: number): readonly HeldPosition[] {
    return this.#blocks.positionsOf(accountNo);
  }

  holdingsOf(accountNo: number): Holding[] {
    return this.positionsOf(accountNo).map(({ marketNo, size, cost }) => ({
      position: { size, cost },
      terms: this.#markets.terms[marketNo]!,
    }));
  }

  /** At the present marks, exactly. */
  marginOf(accountNo: number): Margin {
    return marginOf(this.balanceOf(accountNo), this.holdingsOf(accountNo), this.#decimals);
  }

  /** u in atoms, floored once. */
  unrealizedOf(accountNo: number): bigint {
    let pnl = 0n;
    for (const { position, terms } of this.holdingsOf(accountNo)) pnl += positionPnl(position, terms);
    return floorDiv(pnl, valuePerAtom(this.#decimals));
  }

  /** As of the last remargin(). */
  healthOf(accountNo: number): Health {
    return HEALTHS[this.#healths[accountNo]!]!;
  }

  /** How many active accounts have each health, as of the last remargin(). */
  countByHealth(): Record<Health, number> {
    const counts = { SAFE: 0, MARGIN_CALL: 0, LIQUIDATABLE: 0, BANKRUPT: 0 };
    for (let accountNo = 1; accountNo <= this.accountCount; accountNo++) {
      if (this.#active[accountNo] === 1) counts[this.healthOf(accountNo)]++;
    }
    return counts;
  }

  /** The tick: the health of every account at the present marks. Allocates nothing but for what has to be decided exactly. */
  remargin(): void {
    const { prices, initialRates, maintenanceRates, plainUpTo, tiers, mostTiers } = this.#markets;
    const { starts, counts, marketNos, sizes } = this.#blocks;
    const [bases, active, healths, ratios] = [this.#bases, this.#active, this.#healths, this.#ratios];
    const last = this.accountCount;
    // Each of n terms is a product of doubles that are off by four roundings at most, and is added up with the others;
    // a tier adds a subtraction and a product. Twice what that comes to.
    const perTerm = 2 * ROUNDING;
    const fixed = (40 + 16 * mostTiers) * 2 * ROUNDING;
    for (let accountNo = 1; accountNo <= last; accountNo++) {
      if (active[accountNo] === 0) {
        healths[accountNo] = SAFE;
        ratios[accountNo] = Number.POSITIVE_INFINITY;
        continue;
      }
      const base = bases[accountNo]!;
      const count = counts[accountNo]!;
      if (count === 0) {
        // The sign of a double is exact.
        healths[accountNo] = base < 0 ? BANKRUPT : SAFE;
        ratios[accountNo] = base < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        continue;
      }
      let [equity, notional, initial, maintenance] = [base, 0, 0, 0];
      let isPlain = true;
      const end = starts[accountNo]! + count;
      for (let place = starts[accountNo]!; place < end; place++) {
        const marketNo = marketNos[place]!;
        const value = sizes[place]! * prices[marketNo]!;
        const size = value < 0 ? -value : value;
        equity += value;
        notional += size;
        initial += size * initialRates[marketNo]!;
        maintenance += size * maintenanceRates[marketNo]!;
        if (size > plainUpTo[marketNo]!) {
          // A market without a mark is valued at entry: by the bigints.
          if (plainUpTo[marketNo]! < 0) isPlain = false;
          const steps = tiers[marketNo]!;
          for (let i = 0; i < steps.length && size > steps[i]!; i += TIER_WIDTH) {
            initial += (size - steps[i]!) * steps[i + 1]!;
            maintenance += (size - steps[i]!) * steps[i + 2]!;
          }
        }
      }
      const bound = ATOMS + ((base < 0 ? -base : base) + notional) * (fixed + count * perTerm);
      ratios[accountNo] = equity / notional;
      if (isPlain && equity - initial > bound) healths[accountNo] = SAFE;
      else if (isPlain && equity < -bound) healths[accountNo] = BANKRUPT;
      else if (isPlain && equity > bound && maintenance - equity > bound) healths[accountNo] = LIQUIDATABLE;
      else if (isPlain && equity - maintenance > bound && initial - equity > bound)
        healths[accountNo] = MARGIN_CALL;
      else this.#decide(accountNo, isPlain);
    }
  }

  /** What doubles cannot tell. */
  #decide(accountNo: number, isPlain: boolean): void {
    this.#healths[accountNo] = HEALTHS.indexOf(healthOf(this.marginOf(accountNo)));
    if (isPlain && !Number.isNaN(this.#ratios[accountNo]!)) return;
    const { equity, notional } = this.#values(accountNo);
    this.#ratios[accountNo] =
      notional === 0n
        ? equity < 0n
          ? Number.NEGATIVE_INFINITY
          : Number.POSITIVE_INFINITY
        : approximate((equity * 10n ** 18n) / notional, 18);
  }

  /** Equity and notional as exact values, before any rounding. */
  #values(accountNo: number): { readonly equity: bigint; readonly notional: bigint } {
    let equity = this.balanceOf(accountNo) * valuePerAtom(this.#decimals);
    let notional = 0n;
    for (const { position, terms } of this.holdingsOf(accountNo)) {
      equity += positionPnl(position, terms);
      notional += positionNotional(position, terms);
    }
    return { equity, notional };
  }

  /**
   * Active accounts from the nearest to bankruptcy on: by equity ÷ notional, ties by number; debts without a position come
   * first. Accounts without a position or a debt are left out. As of the last remargin().
   *
   * @param after only those behind this account, wherever it stands now
   */
  nearest(
    count: number,
    after: number | null = null,
    accept: (accountNo: number) => boolean = () => true,
  ): number[] {
    const ratios = this.#ratios;
    const from = after === null ? Number.NEGATIVE_INFINITY : ratios[after]! - slack(ratios[after]!);
    const near: number[] = [];
    for (let accountNo = 1; accountNo <= this.accountCount; accountNo++) {
      if (ratios[accountNo]! < Number.POSITIVE_INFINITY && ratios[accountNo]! >= from && accept(accountNo))
        near.push(accountNo);
    }
    const values = new Map<number, { readonly equity: bigint; readonly notional: bigint }>();
    const valuesOf = (accountNo: number) => {
      const known = values.get(accountNo) ?? this.#values(accountNo);
      values.set(accountNo, known);
      return known;
    };
    const compare = (a: number, b: number): number => {
      const [x, y] = [ratios[a]!, ratios[b]!];
      if (x === y && !Number.isFinite(x)) return a - b;
      if (Math.abs(x - y) > slack(x) + slack(y) || !Number.isFinite(x) || !Number.isFinite(y))
        return x < y ? -1 : 1;
      const [left, right] = [valuesOf(a), valuesOf(b)];
      const difference = left.equity * right.notional - right.equity * left.notional;
      return difference < 0n ? -1 : difference > 0n ? 1 : a - b;
    };
    const behind = after === null ? near : near.filter((accountNo) => compare(accountNo, after) > 0);
    return smallest(behind, count, ratios).sort(compare).slice(0, count);
  }
}

const slack = (ratio: number): number => (Number.isFinite(ratio) ? SLACK * (1 + Math.abs(ratio)) : 0);

/** Those whose ratio is among the `count` smallest, and what is too near to the last of them to tell. */
function smallest(accounts: readonly number[], count: number, ratios: Float64Array): number[] {
  if (accounts.length <= count || count === 0) return accounts.slice(0, count === 0 ? 0 : undefined);
  const sorted = Float64Array.from(accounts, (accountNo) => ratios[accountNo]!).sort();
  const most = sorted[count - 1]!;
  return accounts.filter((accountNo) => ratios[accountNo]! <= most + 2 * slack(most));
}
