import { type Allocation, allocatingBy } from './allocation/allocation.ts';
import type { Claims, Exposures } from './allocation/claims.ts';
import { apportion } from './apportion.ts';
import { AtomColumn } from './atom-column.ts';
import { type Bearers, exposuresOf } from './bearers.ts';
import { max, min } from './money.ts';
import type { LossRules } from './rules.ts';
import { pausesAt, type Steps } from './steps.ts';

/** Who bore a part of a settlement: one owner's other accounts, the winners of one market, or the pool's. */
export type PartScope = 'RECOURSE' | 'MARKET' | 'POOL';

/** One allocation of a settlement, over its own claims. */
export interface Part extends Allocation {
  readonly scope: PartScope;
  /** Of a MARKET part. */
  readonly marketNo: number | null;
  /** The accounts that its claims are of, as indices among the bearers; null where they are all, one by one. */
  readonly members: readonly number[] | null;
  readonly claims: Claims;
  readonly loss: bigint;
  readonly profitTotal: bigint;
  readonly capacity: bigint;
}

/** What the bearers can still give, as parts of a settlement take from it. */
export class Capacity {
  readonly profits: AtomColumn;
  readonly caps: AtomColumn;
  /** What each has given up so far. */
  readonly taken: AtomColumn;
  readonly parts: Part[] = [];
  readonly #bearers: Bearers;
  readonly #rules: LossRules;

  constructor(bearers: Bearers, claims: Claims, rules: LossRules) {
    const { length } = claims.profits;
    this.#bearers = bearers;
    this.#rules = rules;
    this.profits = claims.profits.copy();
    this.caps = claims.caps.copy();
    this.taken = new AtomColumn(length);
  }

  /** Takes `loss` from the other accounts of an owner, pro rata to profit and up to it: no cap shields a debtor. */
  *recourse(members: readonly number[], loss: bigint): Steps<void> {
    const profits = pick(this.profits, members);
    yield* this.#add('RECOURSE', null, members, { profits, caps: profits }, null, loss);
  }

  /** Takes as much of `loss` as the whole pool's caps allow, by the pool's method. Returns what it took. */
  *fromPool(loss: bigint): Steps<bigint> {
    const claims = { profits: this.profits.copy(), caps: this.caps.copy() };
    const taken = min(loss, claims.caps.sum());
    if (taken > 0n) yield* this.#add('POOL', null, null, claims, exposuresOf(this.#bearers), taken);
    return taken;
  }

  /** Takes as much of `loss` as the winners of a market can bear. Returns what it took. */
  *fromMarket(marketNo: number, winners: MarketWinners | undefined, loss: bigint): Steps<bigint> {
    if (!winners) return 0n;
    const { members, claims, exposures } = winners;
    const taken = min(loss, claims.caps.sum());
    if (taken > 0n) yield* this.#add('MARKET', marketNo, members, claims, exposures, taken);
    return taken;
  }

  *#add(
    scope: PartScope,
    marketNo: number | null,
    members: readonly number[] | null,
    claims: Claims,
    exposures: Exposures | null,
    loss: bigint,
  ): Steps<void> {
    // Recourse is the owner's own debt: it is shared in proportion to profit, whatever the pool's method.
    const method = exposures ? this.#rules.method : 'PRO_RATA';
    const allocation = yield* allocatingBy(method, claims, exposures ?? NO_EXPOSURES, this.#rules, loss);
    const { haircuts } = allocation;
    for (let k = 0; k < haircuts.length; k++) {
      if (pausesAt(k)) yield;
      const haircut = haircuts.get(k);
      if (haircut === 0n) continue;
      const i = members ? members[k]! : k;
      this.profits.set(i, this.profits.get(i) - haircut);
      this.caps.set(i, max(0n, this.caps.get(i) - haircut));
      this.taken.set(i, this.taken.get(i) + haircut);
    }
    const [profitTotal, capacity] = [claims.profits.sum(), claims.caps.sum()];
    this.parts.push({ ...allocation, scope, marketNo, members, claims, loss, profitTotal, capacity });
  }
}

/** Who won in a market, and what of its profit and cap stands there. */
export interface MarketWinners {
  readonly members: number[];
  readonly claims: Claims;
  readonly exposures: Exposures;
}

/**
 * Divides each account's profit over the markets that it won in, in proportion to what it won there, and its cap over
 * those: an account that won in two markets and lost in a third bears in the two, together no more than it has.
 */
export function* winnersByMarket(
  bearers: Bearers,
  { profits, caps }: Claims,
): Steps<Map<number, MarketWinners>> {
  const rows = bearers.marketProfits;
  const winners = new Map<number, MarketWinners>();
  if (!rows) return winners;
  const equity = (i: number) => bearers.balances.get(i) + bearers.unrealized.get(i);
  for (let from = 0; from < rows.bearers.length; ) {
    const i = rows.bearers[from]!;
    if (pausesAt(i)) yield;
    let until = from + 1;
    while (rows.bearers[until] === i) until++;
    const pnls = new AtomColumn();
    for (let row = from; row < until; row++) pnls.push(rows.pnls.get(row));
    // The half of a profit of one atom is one in no market.
    if (pnls.sum() === 0n) {
      from = until;
      continue;
    }
    const ownProfits = apportion(profits.get(i), pnls);
    const ownCaps = apportion(caps.get(i), ownProfits);
    for (let row = from; row < until; row++) {
      const market = rows.markets[row]!;
      let of = winners.get(market);
      if (!of) {
        of = {
          members: [],
          claims: { profits: new AtomColumn(), caps: new AtomColumn() },
          exposures: { notionals: new AtomColumn(), costs: new AtomColumn(), equities: new AtomColumn() },
        };
        winners.set(market, of);
      }
      of.members.push(i);
      of.claims.profits.push(ownProfits.get(row - from));
      of.claims.caps.push(ownCaps.get(row - from));
      of.exposures.notionals.push(rows.notionals.get(row));
      of.exposures.costs.push(rows.costs.get(row));
      of.exposures.equities.push(equity(i));
    }
    from = until;
  }
  return winners;
}

const NO_EXPOSURES: Exposures = {
  notionals: new AtomColumn(),
  costs: new AtomColumn(),
  equities: new AtomColumn(),
};

function pick(column: AtomColumn, indices: readonly number[]): AtomColumn {
  const picked = new AtomColumn(0, indices.length);
  for (const index of indices) picked.push(column.get(index));
  return picked;
}
