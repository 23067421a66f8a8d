import * as oracle from '../support/oracle.ts';

/*
 * A pool as plain objects: what the service promises, held in memory by the shortest code that says it. Sizes and
 * prices are integers of 10^-18, costs of 10^-54, money is atoms. Settlements are the oracle's.
 */

const ONE = 10n ** 18n;

export interface ModelMarket {
  readonly contractSize: bigint;
  readonly marginRate: bigint;
  mark: bigint | null;
}

export interface ModelAccount {
  status: 'ACTIVE' | 'BANKRUPT';
  balance: bigint;
  /** What happened to its b. */
  readonly history: oracle.BurdenStep[];
  readonly positions: Map<string, { size: bigint; cost: bigint }>;
  /** Sequences of its notices. */
  readonly notices: bigint[];
}

export interface ModelEvent {
  readonly account: string;
  readonly deficit: bigint;
  draw: bigint;
  socialized: bigint;
  uncovered: bigint;
  rounds: number;
}

export interface ModelRules {
  readonly waterfall: oracle.WaterfallKind;
  readonly maxHaircutRate: string;
  readonly fundReserve: bigint;
  readonly gated: boolean;
}

export interface ModelSettlement {
  readonly draw: bigint;
  readonly socialized: bigint;
  readonly uncovered: bigint;
  readonly haircuts: ReadonlyMap<string, bigint>;
  /** Profit and cap of those who bore something. */
  readonly claims: Record<string, { w: bigint; cap: bigint }>;
}

const sizeOf = (n: bigint): bigint => (n < 0n ? -n : n);

export class ModelPool {
  readonly decimals: number;
  readonly rules: ModelRules;
  readonly accounts = new Map<string, ModelAccount>();
  readonly markets = new Map<string, ModelMarket>();
  readonly events = new Map<string, ModelEvent>();
  fund = 0n;
  sequence = 0n;

  constructor(decimals: number, rules: ModelRules) {
    this.decimals = decimals;
    this.rules = rules;
  }

  addAccount(ref: string): void {
    this.accounts.set(ref, { status: 'ACTIVE', balance: 0n, history: [], positions: new Map(), notices: [] });
  }

  get openEvents(): string[] {
    return [...this.events].filter(([, event]) => event.rounds === 0).map(([ref]) => ref);
  }

  get #perAtom(): bigint {
    return 10n ** BigInt(54 - this.decimals);
  }

  holdings(ref: string) {
    return [...this.accounts.get(ref)!.positions]
      .filter(([, { size }]) => size !== 0n)
      .map(([symbol, position]) => ({ symbol, ...position, market: this.markets.get(symbol)! }));
  }

  unmarked(ref: string): boolean {
    return this.holdings(ref).some(({ market }) => market.mark === null);
  }

  unrealized(ref: string): bigint {
    const exact = this.holdings(ref)
      .filter(({ market }) => market.mark !== null)
      .reduce((sum, { size, cost, market }) => sum + size * market.contractSize * market.mark! - cost, 0n);
    return oracle.floor({ n: exact, d: this.#perAtom });
  }

  equity(ref: string): bigint {
    return this.accounts.get(ref)!.balance + this.unrealized(ref);
  }

  initialMargin(ref: string): bigint {
    const exact = this.holdings(ref).reduce((sum, { size, cost, market }) => {
      const notional = sizeOf(market.mark === null ? cost : size * market.contractSize * market.mark);
      return sum + notional * market.marginRate;
    }, 0n);
    return -oracle.floor({ n: -exact, d: this.#perAtom * ONE });
  }

  transfer(ref: string, amount: bigint, realized: boolean): void {
    const account = this.accounts.get(ref)!;
    account.balance += amount;
    if (realized && amount !== 0n) account.history.push({ realized: amount });
  }

  setPosition(ref: string, symbol: string, size: bigint, price: bigint): void {
    const cost = size * this.markets.get(symbol)!.contractSize * price;
    this.accounts.get(ref)!.positions.set(symbol, { size, cost });
  }

  /** b ends where an account that closed something is flat. */
  endBurdenIfFlat(ref: string): void {
    if (this.holdings(ref).length === 0) this.accounts.get(ref)!.history.push({ flat: true });
  }

  /** Moves a position at a price into an account: average cost, the closed part realized, floored. */
  #take(ref: string, symbol: string, size: bigint, price: bigint): bigint {
    const { positions } = this.accounts.get(ref)!;
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

  /** What would be owed after closing out at these prices; above 0 the account is bankrupt. */
  deficitAt(ref: string, prices: ReadonlyMap<string, bigint>): bigint {
    const exact = this.holdings(ref).reduce((sum, { symbol, size, cost, market }) => {
      return sum + size * market.contractSize * (prices.get(symbol) ?? market.mark!) - cost;
    }, 0n);
    return -(this.accounts.get(ref)!.balance + oracle.floor({ n: exact, d: this.#perAtom }));
  }

  bankrupt(event: string, ref: string, takeover: string | null, prices: ReadonlyMap<string, bigint>): void {
    const deficit = this.deficitAt(ref, prices);
    const account = this.accounts.get(ref)!;
    let realized = 0n;
    for (const { symbol, size, market } of this.holdings(ref)) {
      realized += this.#take(takeover!, symbol, size, prices.get(symbol) ?? market.mark!);
      account.positions.set(symbol, { size: 0n, cost: 0n });
    }
    account.status = 'BANKRUPT';
    account.balance = -deficit;
    account.history.push({ flat: true });
    if (takeover !== null) {
      this.transfer(takeover, realized, true);
      this.endBurdenIfFlat(takeover);
    }
    this.events.set(event, {
      account: ref,
      deficit,
      draw: 0n,
      socialized: 0n,
      uncovered: deficit,
      rounds: 0,
    });
  }

  settle(refs: readonly string[], sequence: bigint): ModelSettlement {
    const bearers = [...this.accounts]
      .filter(([ref, account]) => account.status === 'ACTIVE' && !this.unmarked(ref))
      .map(([ref, { balance, history }]) => {
        return {
          ref,
          balance,
          unrealized: this.unrealized(ref),
          b: oracle.counted(oracle.burdenOf(history)),
        };
      });
    const outcome = oracle.settle({
      waterfall: this.rules.waterfall,
      beta: oracle.parse(this.rules.maxHaircutRate),
      fundBalance: this.fund,
      fundReserve: this.rules.fundReserve,
      events: refs.map((ref) => ({ ref, deficit: this.events.get(ref)!.uncovered })),
      bearers,
    });
    this.fund -= outcome.draw;
    for (const { ref, draw, socialized, uncovered } of outcome.shares) {
      const event = this.events.get(ref)!;
      event.draw += draw;
      event.socialized += socialized;
      event.uncovered = uncovered;
      event.rounds++;
      this.accounts.get(event.account)!.balance = -uncovered;
    }
    const haircuts = new Map([...outcome.haircuts].filter(([, haircut]) => haircut > 0n));
    for (const [ref, haircut] of haircuts) {
      const account = this.accounts.get(ref)!;
      account.balance -= haircut;
      account.history.push({ haircut });
      account.notices.push(sequence);
      if (this.equity(ref) < 0n) throw new Error(`the oracle's own haircut leaves ${ref} below zero`);
    }
    const claims = Object.fromEntries(
      outcome.claims.filter(({ ref }) => haircuts.has(ref)).map(({ ref, w, cap }) => [ref, { w, cap }]),
    );
    const { draw, socialized, uncovered } = outcome;
    return { draw, socialized, uncovered, haircuts, claims };
  }

  /** Everything that a reader could see of it. */
  picture() {
    return {
      sequence: this.sequence,
      fund: this.fund,
      accounts: Object.fromEntries(
        [...this.accounts].map(([ref, account]) => {
          const { b, net } = oracle.burdenOf(account.history);
          const { status, balance, notices } = account;
          const state = { status, balance, unrealized: this.unrealized(ref), borne: b, realized: net };
          return [ref, { ...state, lastNotice: notices.at(-1) ?? null }];
        }),
      ),
      positions: Object.fromEntries(
        [...this.accounts].flatMap(([ref, { positions }]) =>
          [...positions].map(([symbol, { size, cost }]) => [`${ref} in ${symbol}`, { size, cost }]),
        ),
      ),
      events: Object.fromEntries(
        [...this.events].map(([ref, { deficit, draw, socialized, uncovered, rounds }]) => {
          const status = rounds === 0 ? 'OPEN' : uncovered === 0n ? 'SETTLED' : 'PARTIALLY_COVERED';
          return [ref, { status, deficit, draw, socialized, uncovered, rounds }];
        }),
      ),
    };
  }
}
