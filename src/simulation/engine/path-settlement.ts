import { METHODS } from '../../core/allocation/allocation.ts';
import { AtomColumn } from '../../core/atom-column.ts';
import type { Bearers } from '../../core/bearers.ts';
import { max } from '../../core/money.ts';
import type { LossRules } from '../../core/rules.ts';
import type { OpenLoss } from '../../core/settlement.ts';
import type { SimulationBook } from '../book.ts';

/** What settling a step of one path takes, in atoms as near as doubles come. */
export interface PathSettlement {
  readonly bearers: Bearers;
  /** The accounts behind the bearers. */
  readonly accounts: readonly number[];
  readonly losses: readonly OpenLoss[];
  readonly fundBalance: bigint;
}

/** Where the accounts of a path stand at the end of a step; amounts in units of the asset. */
export interface PathState {
  /** By market, since the marks. */
  readonly returns: Float64Array;
  /** Σ exposure × return of each account that is open. */
  readonly changes: Float64Array;
  /** What each account gave at earlier steps. */
  readonly taken: Float64Array;
  /** Above 0 for accounts that are closed out. */
  readonly closed: Uint8Array;
}

interface Sizes {
  readonly notionals: AtomColumn;
  readonly costs: AtomColumn;
}

interface Won extends Sizes {
  readonly bearers: number[];
  readonly markets: number[];
  readonly pnls: AtomColumn;
}

/** Makes of the doubles of a path what core/settlement.ts settles. */
export class SettlementMaker {
  readonly #book: SimulationBook;
  readonly #rules: LossRules;
  readonly #slippage: number;
  readonly #unit: number;
  readonly #needsSizes: boolean;

  /**
   * @param unit atoms per unit of the asset
   * @param comparing whether methods besides the pool's own will divide what is settled
   */
  constructor(book: SimulationBook, rules: LossRules, slippage: number, unit: number, comparing: boolean) {
    this.#book = book;
    this.#rules = rules;
    this.#slippage = slippage;
    this.#unit = unit;
    this.#needsSizes = comparing || METHODS[rules.method].needsExposures;
  }

  /** @param deficits of the accounts that this step closed out below zero */
  make(state: PathState, deficits: ReadonlyMap<number, number>, fundBalance: bigint): PathSettlement {
    const { accountCount, equities, gains, burdens, rates, owners } = this.#book;
    const { scope, tiers } = this.#rules;
    const { returns, changes, taken, closed } = state;
    const accounts: number[] = [];
    const column = () => new AtomColumn();
    const [unrealized, ownGains, borne, maxRates] = [column(), column(), column(), column()];
    const sizes: Sizes | null = this.#needsSizes ? { notionals: column(), costs: column() } : null;
    const won: Won | null =
      scope === 'MARKET'
        ? { bearers: [], markets: [], pnls: column(), notionals: column(), costs: column() }
        : null;
    for (let account = 0; account < accountCount; account++) {
      const gain = gains[account]! + changes[account]!;
      if (closed[account] || gain <= 0) continue;
      unrealized.push(this.#atoms(equities[account]! + changes[account]! - taken[account]!));
      ownGains.push(this.#atoms(gain));
      borne.push(this.#atoms(burdens[account]! + taken[account]!));
      // As exact as doubles are: a rate of nine digits would be thousands of atoms off.
      maxRates.push(BigInt(Math.round(rates[account]! * 1e15)) * 1_000n);
      this.#addPositions(account, returns, accounts.length, sizes, won);
      accounts.push(account);
    }
    const zeros = new AtomColumn(accounts.length);
    const bearers: Bearers = {
      // What an account is worth stands in `unrealized`: only their sum matters.
      balances: zeros,
      unrealized,
      gains: ownGains,
      borne,
      realized: zeros,
      maxRates,
      sizes,
      marketProfits: won,
    };
    const ofOwner = tiers.includes('OWNER_RECOURSE')
      ? Map.groupBy(accounts.keys(), (i) => owners[accounts[i]!]!)
      : new Map<number, number[]>();
    const losses = [...deficits].map(([account, deficit]) => ({
      ref: String(account).padStart(10, '0'),
      deficit: max(1n, this.#atoms(deficit)),
      fundPaid: 0n,
      operatorPaid: 0n,
      owner: { name: String(owners[account]!), accounts: ofOwner.get(owners[account]!) ?? [] },
      marketLosses: scope === 'MARKET' ? this.#marketLosses(account, returns) : [],
    }));
    return { bearers, accounts, losses, fundBalance };
  }

  /** Atoms, rounded to the nearest; what no double holds counts as the most that one does. */
  #atoms(amount: number): bigint {
    const atoms = Math.round(amount * this.#unit);
    return BigInt(Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, atoms)) || 0);
  }

  #addPositions(
    account: number,
    returns: Float64Array,
    bearer: number,
    sizes: Sizes | null,
    won: Won | null,
  ): void {
    const { starts, markets, exposures, pnls, costs } = this.#book;
    let [notional, cost] = [0, 0];
    for (let p = starts[account]!; p < starts[account + 1]!; p++) {
      const simple = returns[markets[p]!]!;
      const size = Math.abs(exposures[p]!) * (1 + simple);
      notional += size;
      cost += costs[p]!;
      const pnl = this.#atoms(pnls[p]! + exposures[p]! * simple);
      if (!won || pnl <= 0n) continue;
      won.bearers.push(bearer);
      won.markets.push(markets[p]!);
      won.pnls.push(pnl);
      won.notionals.push(this.#atoms(size));
      won.costs.push(this.#atoms(costs[p]!));
    }
    sizes?.notionals.push(this.#atoms(notional));
    sizes?.costs.push(this.#atoms(cost));
  }

  #marketLosses(account: number, returns: Float64Array): OpenLoss['marketLosses'] {
    const { starts, markets, exposures, pnls } = this.#book;
    const losses: { marketNo: number; loss: bigint }[] = [];
    for (let p = starts[account]!; p < starts[account + 1]!; p++) {
      const simple = returns[markets[p]!]!;
      const cost = this.#slippage * Math.abs(exposures[p]!) * (1 + simple);
      const loss = -this.#atoms(pnls[p]! + exposures[p]! * simple - cost);
      if (loss > 0n) losses.push({ marketNo: markets[p]!, loss });
    }
    return losses;
  }
}
