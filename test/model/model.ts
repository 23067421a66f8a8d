import * as oracle from '../support/oracle.ts';
import { ModelAccount } from './account.ts';
import { type ModelEvent, type ModelSettlement, standing, statusOf, sumsOf } from './losses.ts';
import type { ModelRules } from './rules.ts';

/*
 * A pool as plain objects: what the service promises, held in memory by the shortest code that says it. Sizes and
 * prices are integers of 10^-18, costs of 10^-54, money is atoms. What losses do to it is in losses.ts.
 */

const ONE = 10n ** 18n;

export interface ModelMarket {
  readonly contractSize: bigint;
  readonly marginRate: bigint;
  mark: bigint | null;
}

const sizeOf = (n: bigint): bigint => (n < 0n ? -n : n);

export class ModelPool {
  readonly decimals: number;
  rules: ModelRules;
  rulesVersion = 1;
  halted = false;
  /** The sequence of the last cut. */
  session = 0n;
  fund = 0n;
  sequence = 0n;
  readonly accounts = new Map<string, ModelAccount>();
  readonly markets = new Map<string, ModelMarket>();
  readonly events = new Map<string, ModelEvent>();
  readonly settlements = new Map<bigint, ModelSettlement>();

  constructor(decimals: number, rules: ModelRules) {
    this.decimals = decimals;
    this.rules = rules;
  }

  addAccount(ref: string, owner: string): void {
    this.accounts.set(ref, new ModelAccount(owner));
  }

  account(ref: string): ModelAccount {
    return this.accounts.get(ref)!;
  }

  get openEvents(): string[] {
    return [...this.events].filter(([, event]) => statusOf(event) === 'OPEN').map(([ref]) => ref);
  }

  // ── what accounts are worth ────────────────────────────────────────────────────────────────────────────────────

  get #perAtom(): bigint {
    return 10n ** BigInt(54 - this.decimals);
  }

  #atoms(exact: bigint): bigint {
    return oracle.floor({ n: exact, d: this.#perAtom });
  }

  holdings(ref: string) {
    return [...this.account(ref).positions]
      .filter(([, { size }]) => size !== 0n)
      .map(([symbol, { size, cost }]) => {
        const market = this.markets.get(symbol)!;
        const { contractSize, mark } = market;
        const value = mark === null ? cost : size * contractSize * mark;
        return { symbol, size, cost, market, pnl: value - cost, notional: sizeOf(value) };
      });
  }

  unmarked(ref: string): boolean {
    return this.holdings(ref).some(({ market }) => market.mark === null);
  }

  unrealized(ref: string): bigint {
    return this.#atoms(oracle.total(this.holdings(ref).map(({ pnl }) => pnl)));
  }

  equity(ref: string): bigint {
    return this.account(ref).balance + this.unrealized(ref);
  }

  /** Profit by the pool's basis. */
  gain(ref: string): bigint {
    const { sessionRealized, atCut } = this.account(ref);
    return this.unrealized(ref) + (this.rules.profitBasis === 'SESSION' ? sessionRealized - atCut : 0n);
  }

  initialMargin(ref: string): bigint {
    const exact = oracle.total(
      this.holdings(ref).map(({ notional, market }) => notional * market.marginRate),
    );
    return -oracle.floor({ n: -exact, d: this.#perAtom * ONE });
  }

  /** The account as one that may bear a loss. */
  bearer(ref: string): oracle.PoolAccount {
    const { balance, b, owner, cap } = this.account(ref);
    const holdings = this.holdings(ref);
    return {
      ref,
      owner,
      balance,
      unrealized: this.unrealized(ref),
      gain: this.gain(ref),
      b,
      beta: oracle.least(oracle.parse(this.rules.maxHaircutRate), oracle.parse(cap ?? '1')),
      notional: this.#atoms(oracle.total(holdings.map(({ notional }) => notional))),
      cost: this.#atoms(oracle.total(holdings.map(({ cost }) => sizeOf(cost)))),
      won: holdings
        .map(({ symbol, pnl, notional, cost }) => ({
          market: symbol,
          pnl: this.#atoms(pnl),
          notional: this.#atoms(notional),
          cost: this.#atoms(sizeOf(cost)),
        }))
        .filter(({ pnl }) => pnl > 0n),
    };
  }

  // ── money and positions ────────────────────────────────────────────────────────────────────────────────────────

  realize(ref: string, pnl: bigint): void {
    const account = this.account(ref);
    if (this.rules.profitBasis === 'SESSION') account.sessionRealized += pnl;
    else account.offset(pnl);
  }

  setPosition(ref: string, symbol: string, size: bigint, price: bigint): void {
    const cost = size * this.markets.get(symbol)!.contractSize * price;
    this.account(ref).positions.set(symbol, { size, cost });
  }

  /** b ends where an account that closed something is flat; a session's stands. */
  endBurdenIfFlat(ref: string): void {
    if (this.holdings(ref).length === 0 && this.rules.profitBasis === 'UNREALIZED')
      this.account(ref).endBurden();
  }

  /** Profit counts from here, and what was borne until here counts no more. */
  cut(sequence: bigint): void {
    this.session = sequence;
    for (const [ref, account] of this.accounts) {
      account.sessionRealized = 0n;
      account.atCut = this.unrealized(ref);
      account.endBurden();
    }
  }

  // ── bankruptcies ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves a position at a price into an account: average cost, the closed part realized, floored. */
  #take(ref: string, symbol: string, size: bigint, price: bigint): bigint {
    const { positions } = this.account(ref);
    const { contractSize } = this.markets.get(symbol)!;
    const own = positions.get(symbol) ?? { size: 0n, cost: 0n };
    const traded = size * contractSize * price;
    let realized = 0n;
    if (own.size !== 0n && own.size > 0n !== size > 0n) {
      const closed = sizeOf(size) < sizeOf(own.size) ? sizeOf(size) : sizeOf(own.size);
      const pnl = (own.size * contractSize * price - own.cost) * closed;
      realized = oracle.floor({ n: pnl, d: sizeOf(own.size) * this.#perAtom });
    }
    const next = own.size + size;
    const cost = next === 0n ? 0n : own.cost + traded + realized * this.#perAtom;
    positions.set(symbol, { size: next, cost });
    return realized;
  }

  /** What each position comes to at these prices, the mark where there is none. */
  #closeouts(ref: string, prices: ReadonlyMap<string, bigint>) {
    return this.holdings(ref).map(({ symbol, size, cost, market }) => {
      const price = prices.get(symbol) ?? market.mark!;
      return { symbol, size, price, pnl: size * market.contractSize * price - cost };
    });
  }

  /** What would be owed after closing out at these prices; above 0 the account is bankrupt. */
  deficitAt(ref: string, prices: ReadonlyMap<string, bigint>): bigint {
    const pnl = oracle.total(this.#closeouts(ref, prices).map((line) => line.pnl));
    return -(this.account(ref).balance + this.#atoms(pnl));
  }

  bankrupt(event: string, ref: string, takeover: string | null, prices: ReadonlyMap<string, bigint>): void {
    const deficit = this.deficitAt(ref, prices);
    const account = this.account(ref);
    const closeouts = this.#closeouts(ref, prices);
    const lost = closeouts
      .map(({ symbol, pnl }) => ({ market: symbol, loss: -this.#atoms(pnl) }))
      .filter(({ loss }) => loss > 0n);
    let realized = 0n;
    for (const { symbol, size, price } of closeouts) {
      realized += this.#take(takeover!, symbol, size, price);
      account.positions.set(symbol, { size: 0n, cost: 0n });
    }
    account.status = 'BANKRUPT';
    account.balance = -deficit;
    account.endBurden();
    if (takeover !== null) {
      this.account(takeover).balance += realized;
      this.realize(takeover, realized);
      this.endBurdenIfFlat(takeover);
    }
    this.events.set(event, { ref: event, account: ref, deficit, lost, recovered: 0n, settlements: [] });
  }

  /** Everything that a reader could see of it. */
  picture() {
    return {
      sequence: this.sequence,
      status: this.halted ? 'HALTED' : 'ACTIVE',
      session: this.session,
      fund: this.fund,
      rulesVersion: this.rulesVersion,
      rules: this.rules,
      accounts: sayEach(this.accounts, (ref, { status, owner, balance, burden, cap, notices }) => ({
        status,
        owner,
        balance,
        unrealized: this.unrealized(ref),
        // What a bankrupt made in a session is of no account any more.
        gain: status === 'ACTIVE' ? this.gain(ref) : null,
        borne: burden.b,
        realized: burden.net,
        cap,
        lastNotice: notices.at(-1) ?? null,
      })),
      positions: sayEach(this.accounts, (_, { positions }) => Object.fromEntries(positions)),
      events: sayEach(this.events, (_, event) => ({
        status: statusOf(event),
        deficit: event.deficit,
        ...sumsOf(event),
        recovered: event.recovered,
        rounds: event.settlements.length,
        standing: standing(event).length,
        lost: Object.fromEntries(event.lost.map(({ market, loss }) => [market, loss])),
      })),
    };
  }
}

const sayEach = <T, U>(items: ReadonlyMap<string, T>, say: (ref: string, item: T) => U): Record<string, U> =>
  Object.fromEntries([...items].map(([ref, item]) => [ref, say(ref, item)]));
