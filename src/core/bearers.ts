import type { Claims, Exposures } from './allocation/claims.ts';
import { AtomColumn } from './atom-column.ts';
import { afterHaircut, haircutableProfit, haircutCap } from './profit.ts';
import { atOnce, pausesAt, type Steps } from './steps.ts';

/** Accounts with profit by the pool's basis: columns, one index an account, in the byte order of refs. Atoms. */
export interface Bearers {
  readonly balances: AtomColumn;
  /** u at the marks. */
  readonly unrealized: AtomColumn;
  /** g: the same column as `unrealized` where that is the basis. */
  readonly gains: AtomColumn;
  readonly borne: AtomColumn;
  readonly realized: AtomColumn;
  /** β of each, in units of 10^-18: the lower of the pool's and the account's own. */
  readonly maxRates: AtomColumn;
  /** Null where the method weighs none. */
  readonly sizes: Sizes | null;
  /** In which markets each one's profit stands; null where losses are the whole pool's. */
  readonly marketProfits: MarketProfits | null;
}

export type Sizes = Omit<Exposures, 'equities'>;

/** Unrealized profit above 0 of one account in one market: sorted by account, and within it by symbol. */
export interface MarketProfits extends Sizes {
  /** Index among the bearers. */
  readonly bearers: readonly number[];
  readonly markets: readonly number[];
  readonly pnls: AtomColumn;
}

/** What each can bear now. */
export function claimsOf(bearers: Bearers): Claims {
  return atOnce(claiming(bearers));
}

/** The same, in steps. */
export function* claiming(bearers: Bearers): Steps<Claims> {
  const { length } = bearers.balances;
  const profits = new AtomColumn(length);
  const caps = new AtomColumn(length);
  for (let i = 0; i < length; i++) {
    const bearing = {
      balance: bearers.balances.get(i),
      unrealized: bearers.unrealized.get(i),
      gain: bearers.gains.get(i),
      burden: { borne: bearers.borne.get(i), realized: bearers.realized.get(i) },
    };
    const profit = haircutableProfit(bearing);
    profits.set(i, profit);
    caps.set(i, haircutCap(bearing, profit, bearers.maxRates.get(i)));
    if (pausesAt(i)) yield;
  }
  return { profits, caps };
}

export function exposuresOf({ balances, unrealized, sizes }: Bearers): Exposures {
  const equities = new AtomColumn(balances.length);
  for (let i = 0; i < balances.length; i++) equities.set(i, balances.get(i) + unrealized.get(i));
  return { equities, ...(sizes ?? { notionals: NONE, costs: NONE }) };
}

const NONE = new AtomColumn();

/** The same accounts once they gave up their haircuts. */
export function afterHaircuts(bearers: Bearers, haircuts: AtomColumn): Bearers {
  const { length } = bearers.balances;
  const balances = new AtomColumn(length);
  const borne = new AtomColumn(length);
  const realized = new AtomColumn(length);
  for (let i = 0; i < length; i++) {
    const haircut = haircuts.get(i);
    const before = { borne: bearers.borne.get(i), realized: bearers.realized.get(i) };
    const after = haircut === 0n ? before : afterHaircut(before, haircut);
    balances.set(i, bearers.balances.get(i) - haircut);
    borne.set(i, after.borne);
    realized.set(i, after.realized);
  }
  return { ...bearers, balances, borne, realized };
}
