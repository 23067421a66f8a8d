import { AtomColumn } from '../core/atom-column.ts';
import type { MarketProfits, Sizes } from '../core/bearers.ts';
import { floorDiv } from '../core/decimal.ts';
import { abs, min } from '../core/money.ts';
import type { LossRules } from '../core/rules.ts';
import { pausesAt, type Steps } from '../core/steps.ts';
import { RiskBook } from '../margin/book/risk-book.ts';
import type { Health, Holding, MarginTerms } from '../margin/margin.ts';
import { positionNotional, positionPnl, valuePerAtom } from '../margin/position.ts';
import type { PoolBearers, Wanted } from './bearers.ts';

/** What a book keeps of an account beside its positions. Atoms; rates in units of 10^-18. */
export interface BookedAccount {
  readonly accountNo: number;
  readonly ref: string;
  readonly owner: string;
  readonly active: boolean;
  readonly balance: bigint;
  readonly borne: bigint;
  readonly realized: bigint;
  /** What its profit by the session has beside u: realized since the cut, less u at the cut. */
  readonly sessionBase: bigint;
  /** The sequence of its latest haircut notice, 0 where there is none. */
  readonly noticeSequence: bigint;
  readonly maxHaircutRate: bigint | null;
}

const NOBODY: ReadonlySet<number> = new Set();

/**
 * A pool in memory, in columns, at one sequence: what a settlement and every question about risk would otherwise scan the
 * tables for. It holds what is committed and nothing else; books.ts loads it and keeps it at the pool's sequence.
 */
export class PoolBook {
  readonly #risk: RiskBook;
  /** Something changed since the last tick. */
  #isStale = true;
  readonly #decimals: number;
  readonly #refs: string[] = [];
  readonly #owners: string[] = [];
  /** One text for all accounts of an owner. */
  readonly #ownerNames = new Map<string, string>();
  readonly #borne = new AtomColumn();
  readonly #realized = new AtomColumn();
  readonly #sessionBases = new AtomColumn();
  readonly #notices = new AtomColumn();
  readonly #maxRates = new Map<number, bigint>();
  /** The last alert of each account that ever had one. */
  readonly #alerts = new Map<number, { readonly alertNo: bigint; readonly health: Health }>();
  readonly #terms: MarginTerms[] = [];
  /** Account numbers in the byte order of refs. */
  #order: number[] = [];
  /** The places of markets in the order of their symbols, by number. */
  #places: number[] = [];

  constructor(decimals: number) {
    this.#decimals = decimals;
    this.#risk = new RiskBook(decimals);
  }

  /** Every account's margin at the present marks. */
  get risk(): RiskBook {
    if (this.#isStale) this.#risk.remargin();
    this.#isStale = false;
    return this.#risk;
  }

  /** Of its columns; names come on top. */
  get byteLength(): number {
    return this.#risk.byteLength + 4 * 8 * this.#borne.length;
  }

  get accountCount(): number {
    return Math.max(0, this.#refs.length - 1);
  }

  ownerOf(accountNo: number): string {
    return this.#owners[accountNo]!;
  }

  refOf(accountNo: number): string {
    return this.#refs[accountNo]!;
  }

  /** What each account has, and what its positions are worth at the present marks: what needs no tick. */
  get values(): Pick<RiskBook, 'balanceOf' | 'unrealizedOf'> {
    return this.#risk;
  }

  /** The health that an account's last alert told; SAFE before the first. */
  toldHealth(accountNo: number): Health {
    return this.#alerts.get(accountNo)?.health ?? 'SAFE';
  }

  /** The number of an account's last alert, 0 before the first. */
  lastAlertNo(accountNo: number): bigint {
    return this.#alerts.get(accountNo)?.alertNo ?? 0n;
  }

  setAlert(accountNo: number, alertNo: bigint, health: Health): void {
    this.#alerts.set(accountNo, { alertNo, health });
  }

  /** @param numbers the numbers of all markets, in the order of their symbols */
  setMarkets(numbers: readonly number[], termsOf: (marketNo: number) => MarginTerms): void {
    for (const marketNo of [...numbers].sort((a, b) => a - b)) {
      const terms = termsOf(marketNo);
      this.#terms[marketNo] = terms;
      this.#risk.setMarket(marketNo, terms);
    }
    this.#isStale = true;
    numbers.forEach((marketNo, place) => {
      this.#places[marketNo] = place;
    });
  }

  /** Accounts come in the order of their numbers when they are new. */
  setAccount(
    account: BookedAccount,
    positions: readonly { readonly marketNo: number; readonly size: bigint; readonly cost: bigint }[],
  ): void {
    const { accountNo, borne, realized, sessionBase, noticeSequence, maxHaircutRate } = account;
    this.#refs[accountNo] = account.ref;
    const owner = this.#ownerNames.get(account.owner) ?? account.owner;
    this.#ownerNames.set(owner, owner);
    this.#owners[accountNo] = owner;
    while (this.#borne.length <= accountNo) {
      this.#borne.push(0n);
      this.#realized.push(0n);
      this.#sessionBases.push(0n);
      this.#notices.push(0n);
    }
    this.#borne.set(accountNo, borne);
    this.#realized.set(accountNo, realized);
    this.#sessionBases.set(accountNo, sessionBase);
    this.#notices.set(accountNo, noticeSequence);
    if (maxHaircutRate === null) this.#maxRates.delete(accountNo);
    else this.#maxRates.set(accountNo, maxHaircutRate);
    this.#risk.setAccount(accountNo, account, positions);
    this.#isStale = true;
  }

  /** A row of haircuts, or of what was given back of one: the account's head from then on. */
  setHead(
    accountNo: number,
    head: {
      readonly balance: bigint;
      readonly borne: bigint;
      readonly realized: bigint;
      readonly sequence: bigint;
    },
  ): void {
    this.#borne.set(accountNo, head.borne);
    this.#realized.set(accountNo, head.realized);
    this.#notices.set(accountNo, head.sequence);
    this.#risk.setBalance(accountNo, head.balance);
    this.#isStale = true;
  }

  setOrder(order: number[]): void {
    this.#order = order;
  }

  /**
   * Who can bear a loss, as readBearers reads it out of the tables (bearers.ts). A test compares the two to the atom.
   */
  *bearers(
    { maxHaircutRate, profitBasis }: Pick<LossRules, 'maxHaircutRate' | 'profitBasis'>,
    wanted: Wanted,
    without: Pick<ReadonlySet<number>, 'has'> = NOBODY,
  ): Steps<PoolBearers> {
    const bySession = profitBasis === 'SESSION';
    const accountNos: number[] = [];
    const refs: string[] = [];
    const unrealized = new AtomColumn();
    const gains = bySession ? new AtomColumn() : unrealized;
    const column = () => new AtomColumn();
    const columns = {
      ...{ balances: column(), borne: column(), realized: column() },
      ...{ maxRates: column(), previousSequences: column() },
    };
    const sizes: Sizes | null = wanted.sizes
      ? { notionals: new AtomColumn(), costs: new AtomColumn() }
      : null;
    const someUnmarked = this.#terms.some((terms) => terms?.mark === null);
    for (const [i, accountNo] of this.#order.entries()) {
      if (pausesAt(i)) yield;
      if (!this.#risk.isActive(accountNo) || without.has(accountNo)) continue;
      const pnl = this.#risk.unrealizedOf(accountNo);
      const gain = bySession ? pnl + this.#sessionBases.get(accountNo) : pnl;
      if (gain <= 0n || (someUnmarked && this.isUnmarked(accountNo))) continue;
      accountNos.push(accountNo);
      refs.push(this.#refs[accountNo]!);
      unrealized.push(pnl);
      if (bySession) gains.push(gain);
      columns.balances.push(this.#risk.balanceOf(accountNo));
      columns.borne.push(this.#borne.get(accountNo));
      columns.realized.push(this.#realized.get(accountNo));
      columns.maxRates.push(min(maxHaircutRate, this.#maxRates.get(accountNo) ?? maxHaircutRate));
      columns.previousSequences.push(this.#notices.get(accountNo));
      if (sizes) this.#addSizes(accountNo, sizes);
    }
    const marketProfits = wanted.marketProfits ? this.#marketProfits(accountNos) : null;
    return { accountNos, refs, unrealized, gains, ...columns, sizes, marketProfits };
  }

  /** The active accounts in the byte order of their refs, with all that says what each can bear. Atoms; rates of 10^-18. */
  *accountsByRef({ maxHaircutRate, profitBasis }: Pick<LossRules, 'maxHaircutRate' | 'profitBasis'>) {
    for (const accountNo of this.#order) {
      if (!this.#risk.isActive(accountNo)) continue;
      const unrealized = this.#risk.unrealizedOf(accountNo);
      yield {
        accountNo,
        balance: this.#risk.balanceOf(accountNo),
        unrealized,
        gain: profitBasis === 'SESSION' ? unrealized + this.#sessionBases.get(accountNo) : unrealized,
        borne: this.#borne.get(accountNo),
        realized: this.#realized.get(accountNo),
        maxRate: min(maxHaircutRate, this.#maxRates.get(accountNo) ?? maxHaircutRate),
      };
    }
  }

  /** The numbers of all markets, in the order of their symbols. */
  marketNos(): number[] {
    return [...this.#places.keys()]
      .filter((marketNo) => marketNo in this.#places)
      .sort((a, b) => this.#places[a]! - this.#places[b]!);
  }

  positionsBySymbol(accountNo: number): (Holding & { readonly marketNo: number })[] {
    return this.#risk
      .holdingsOf(accountNo)
      .sort((a, b) => this.#places[a.marketNo]! - this.#places[b.marketNo]!);
  }

  /** The marks of all markets, by number; null where there is none. */
  marks(): Map<number, bigint | null> {
    return new Map(this.marketNos().map((marketNo) => [marketNo, this.#terms[marketNo]!.mark]));
  }

  /** Asks what would be at other marks; a market without one stays without. Nothing of it stays. */
  atMarks<T>(markOf: (mark: bigint, marketNo: number) => bigint, ask: () => T): T {
    const terms = this.#terms.slice();
    const move = (of: (now: MarginTerms, marketNo: number) => MarginTerms) => {
      terms.forEach((now, marketNo) => {
        this.#terms[marketNo] = of(now, marketNo);
        this.#risk.setMarket(marketNo, this.#terms[marketNo]!);
      });
      this.#isStale = true;
    };
    try {
      move((now, marketNo) => ({ ...now, mark: now.mark === null ? null : markOf(now.mark, marketNo) }));
      return ask();
    } finally {
      move((now) => now);
    }
  }

  /** Whether it holds a position in a market without a mark: then nobody can say what it is worth. */
  isUnmarked(accountNo: number): boolean {
    return this.#risk.positionsOf(accountNo).some(({ marketNo }) => this.#terms[marketNo]!.mark === null);
  }

  #addSizes(accountNo: number, sizes: Sizes): void {
    let [notional, cost] = [0n, 0n];
    for (const { position, terms } of this.#risk.holdingsOf(accountNo)) {
      notional += positionNotional(position, terms);
      cost += abs(position.cost);
    }
    const perAtom = valuePerAtom(this.#decimals);
    sizes.notionals.push(notional / perAtom);
    sizes.costs.push(cost / perAtom);
  }

  #marketProfits(accountNos: readonly number[]): MarketProfits {
    const rows = {
      bearers: [] as number[],
      markets: [] as number[],
      pnls: new AtomColumn(),
      notionals: new AtomColumn(),
      costs: new AtomColumn(),
    };
    const perAtom = valuePerAtom(this.#decimals);
    accountNos.forEach((accountNo, bearer) => {
      for (const { marketNo, position, terms } of this.positionsBySymbol(accountNo)) {
        const pnl = floorDiv(positionPnl(position, terms), perAtom);
        if (pnl <= 0n) continue;
        rows.bearers.push(bearer);
        rows.markets.push(marketNo);
        rows.pnls.push(pnl);
        rows.notionals.push(positionNotional(position, terms) / perAtom);
        rows.costs.push(abs(position.cost) / perAtom);
      }
    });
    return rows;
  }
}
