import * as oracle from '../support/oracle.ts';
import { ModelAccount } from './account.ts';
import { type ModelEvent, type ModelSettlement, standing, statusOf, sumsOf } from './losses.ts';
import { type Bracket, type Health, healthOf, type MarginKind, required } from './margin.ts';
import type { ModelRules } from './rules.ts';

/*
 * A pool as plain objects: what the service promises, held in memory by the shortest code that says it. Sizes and
 * prices are integers of 10^-18, costs of 10^-54, money is atoms. Trades and bankruptcies are in closeouts.ts,
 * liquidations in liquidations.ts, and what losses do to it in losses.ts.
 */

const ONE = 10n ** 18n;

export interface ModelMarket {
  readonly contractSize: bigint;
  readonly brackets: readonly Bracket[];
  mark: bigint | null;
}

export const sizeOf = (n: bigint): bigint => (n < 0n ? -n : n);

export class ModelPool {
  readonly decimals: number;
  rules: ModelRules;
  rulesVersion = 1;
  halted = false;
  /** The sequence of the last cut. */
  session = 0n;
  fund = 0n;
  sequence = 0n;
  /** What came from outside since the pool began, less what left it, in 10^-54. */
  brought = 0n;
  /** How often something was closed for good, and what it realized floored: each time less than an atom is gone. */
  roundings = 0n;
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

  /** Atoms in 10^-54. */
  exact(atoms: bigint): bigint {
    return atoms * 10n ** BigInt(54 - this.decimals);
  }

  atoms(exact: bigint): bigint {
    return oracle.floor({ n: exact, d: this.exact(1n) });
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
    return this.atoms(oracle.total(this.holdings(ref).map(({ pnl }) => pnl)));
  }

  equity(ref: string): bigint {
    return this.account(ref).balance + this.unrealized(ref);
  }

  /** Profit by the pool's basis. */
  gain(ref: string): bigint {
    const { sessionRealized, atCut } = this.account(ref);
    return this.unrealized(ref) + (this.rules.profitBasis === 'SESSION' ? sessionRealized - atCut : 0n);
  }

  margin(ref: string, kind: MarginKind): bigint {
    const lines = this.holdings(ref).map(({ notional, market }) => required(notional, market.brackets, kind));
    return this.marginAtoms(oracle.total(lines));
  }

  /** What is required goes up to whole atoms. */
  marginAtoms(exact: bigint): bigint {
    return -oracle.floor({ n: -exact, d: this.exact(ONE) });
  }

  health(ref: string): Health {
    const [initial, maintenance] = [this.margin(ref, 'initial'), this.margin(ref, 'maintenance')];
    return healthOf(this.equity(ref), { initial, maintenance });
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
      notional: this.atoms(oracle.total(holdings.map(({ notional }) => notional))),
      cost: this.atoms(oracle.total(holdings.map(({ cost }) => sizeOf(cost)))),
      won: holdings
        .map(({ symbol, pnl, notional, cost }) => ({
          market: symbol,
          pnl: this.atoms(pnl),
          notional: this.atoms(notional),
          cost: this.atoms(sizeOf(cost)),
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

  /** Money that comes from outside, or leaves below zero. */
  bring(ref: string, amount: bigint): void {
    this.account(ref).balance += amount;
    this.brought += this.exact(amount);
  }

  bringToFund(amount: bigint): void {
    this.fund += amount;
    this.brought += this.exact(amount);
  }

  /** A position as the venue says it is: a lower cost is profit that the venue knows of. */
  setPosition(ref: string, symbol: string, size: bigint, price: bigint): void {
    const { positions } = this.account(ref);
    const cost = size * this.markets.get(symbol)!.contractSize * price;
    this.brought -= cost - (positions.get(symbol)?.cost ?? 0n);
    positions.set(symbol, { size, cost });
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

export type Picture = ReturnType<ModelPool['picture']>;

const sayEach = <T, U>(items: ReadonlyMap<string, T>, say: (ref: string, item: T) => U): Record<string, U> =>
  Object.fromEntries([...items].map(([ref, item]) => [ref, say(ref, item)]));
