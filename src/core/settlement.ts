import { allocate } from './allocation/allocation.ts';
import { apportion } from './apportion.ts';
import { assert } from './assert.ts';
import { AtomColumn } from './atom-column.ts';
import { type Bearers, claiming } from './bearers.ts';
import { max, min } from './money.ts';
import { compareBytes } from './order.ts';
import type { LossRules } from './rules.ts';
import { Capacity, type Part, winnersByMarket } from './socialize.ts';
import { atOnce, pausesAt, type Steps } from './steps.ts';

export interface OpenLoss {
  readonly ref: string;
  /** What is still to be covered, in atoms, > 0. */
  readonly deficit: bigint;
  /** What fund and operator have paid for it in earlier settlements, and nobody gave back: it counts towards their caps. */
  readonly fundPaid: bigint;
  readonly operatorPaid: bigint;
  /** The owner's other accounts with profit, as ascending indices among the bearers, the same for each loss of its name. */
  readonly owner: { readonly name: string; readonly accounts: readonly number[] } | null;
  /**
   * By what its deficit is divided over markets, above 0, each once and by symbol: what the bankrupt lost in each, or, once it was
   * settled, what the winners of each did not bear. Empty where it lost in none.
   */
  readonly marketLosses: readonly { readonly marketNo: number; readonly loss: bigint }[];
}

export interface SettlementInput<L extends OpenLoss> {
  readonly rules: LossRules;
  readonly fundBalance: bigint;
  readonly losses: readonly L[];
  readonly bearers: Bearers;
  /** The numbers of the pool's markets in the order of their symbols. */
  readonly marketOrder: readonly number[];
}

export interface LossShare<L extends OpenLoss> extends Covered {
  readonly loss: L;
  /** What of it came to each market and what its winners bore, where what they did not stays uncovered; empty otherwise. */
  readonly markets: readonly MarketShare[];
}

export interface MarketShare {
  readonly marketNo: number;
  readonly loss: bigint;
  readonly socialized: bigint;
}

/** How a deficit is covered: the five parts sum to it. */
export interface Covered {
  /** What the same owner's other accounts bear. */
  readonly recourse: bigint;
  readonly operatorCapital: bigint;
  readonly fundDraw: bigint;
  /** What the profitable accounts bear. */
  readonly socialized: bigint;
  /** What nobody bears. It is never dropped. */
  readonly uncovered: bigint;
}

export interface SettlementOutcome<L extends OpenLoss> extends Covered {
  readonly deficit: bigint;
  /** What comes to the last tier: socialized + uncovered. */
  readonly residual: bigint;
  /** U = Σcap, of what recourse left. */
  readonly capacity: bigint;
  /** Σw, of what recourse left: what the haircut ratio is taken of. */
  readonly profitTotal: bigint;
  /** What each bearer gives up in all, recourse included. */
  readonly haircuts: AtomColumn;
  readonly haircutCount: number;
  /** The profit and the most that it could give up, of each bearer, before anything was taken. */
  readonly profits: AtomColumn;
  readonly caps: AtomColumn;
  /** The allocations that the haircuts are the sum of, in the order that they were made. */
  readonly parts: readonly Part[];
  /** One per loss, in byte order of refs. */
  readonly shares: readonly LossShare<L>[];
}

/**
 * Settles losses jointly: their deficits run down the tiers of the waterfall together, and each loss gets its
 * proportional share of what a tier pays. The order of losses and of accounts cannot matter: losses are sorted here, and
 * bearers come in the byte order of refs.
 */
export function settleJointly<L extends OpenLoss>(input: SettlementInput<L>): SettlementOutcome<L> {
  return atOnce(settlingJointly(input));
}

/** The same, in steps. */
export function* settlingJointly<L extends OpenLoss>(input: SettlementInput<L>): Steps<SettlementOutcome<L>> {
  const { rules, bearers } = input;
  const losses = [...input.losses].sort((a, b) => compareBytes(a.ref, b.ref));
  const { profits, caps } = yield* claiming(bearers);
  const capacity = new Capacity(bearers, { profits, caps }, rules);
  const left = AtomColumn.of(losses.map((loss) => loss.deficit));
  const deficit = left.sum();
  const none = new AtomColumn(losses.length);
  const paid = { OWNER_RECOURSE: none, OPERATOR_CAPITAL: none, INSURANCE_FUND: none, SOCIALIZATION: none };
  const markets: MarketShare[][] = losses.map(() => []);
  let residual = 0n;
  let [total, allowed] = [capacity.profits.sum(), capacity.caps.sum()];
  for (const tier of rules.tiers) {
    if (tier === 'OWN_COLLATERAL') continue; // A deficit is what the bankrupt's own collateral left.
    if (tier === 'OWNER_RECOURSE') {
      paid[tier] = yield* recourse(losses, left, capacity);
      [total, allowed] = [capacity.profits.sum(), capacity.caps.sum()];
    } else if (tier === 'OPERATOR_CAPITAL') {
      paid[tier] = wanted(losses, left, ({ operatorPaid }) => rules.operatorCap - operatorPaid);
    } else if (tier === 'INSURANCE_FUND') {
      paid[tier] = fundDraws(input, losses, left);
    } else {
      residual = left.sum();
      paid[tier] =
        rules.scope === 'MARKET'
          ? yield* byMarket(input, losses, left, capacity, markets)
          : yield* byPool(left, capacity);
    }
    for (let i = 0; i < left.length; i++) left.set(i, left.get(i) - paid[tier].get(i));
  }
  if (!rules.tiers.includes('SOCIALIZATION')) residual = left.sum();

  const shares = losses.map((loss, i) => {
    const share = {
      loss,
      recourse: paid.OWNER_RECOURSE.get(i),
      operatorCapital: paid.OPERATOR_CAPITAL.get(i),
      fundDraw: paid.INSURANCE_FUND.get(i),
      socialized: paid.SOCIALIZATION.get(i),
      uncovered: left.get(i),
      markets: markets[i]!,
    };
    assert(
      Object.values(share).every((part) => typeof part !== 'bigint' || part >= 0n),
      'no tier pays too much',
    );
    return share;
  });
  const sum = (part: keyof Covered) => shares.reduce((all, share) => all + share[part], 0n);
  const covered = {
    recourse: sum('recourse'),
    operatorCapital: sum('operatorCapital'),
    fundDraw: sum('fundDraw'),
    socialized: sum('socialized'),
    uncovered: sum('uncovered'),
  };
  const haircuts = capacity.taken;
  let haircutCount = 0;
  for (let i = 0; i < haircuts.length; i++) {
    if (pausesAt(i)) yield;
    if (haircuts.get(i) === 0n) continue;
    haircutCount++;
    assert(haircuts.get(i) <= profits.get(i), 'a haircut is at most the profit');
  }
  assert(
    Object.values(covered).reduce((a, b) => a + b) === deficit,
    'what the tiers cover and what they do not is D',
  );
  assert(
    haircuts.sum() === covered.recourse + covered.socialized,
    'haircuts sum to recourse and what is socialized',
  );
  return {
    ...covered,
    deficit,
    residual,
    capacity: allowed,
    profitTotal: total,
    haircuts,
    haircutCount,
    profits,
    caps,
    parts: capacity.parts,
    shares,
  };
}

/** What each loss asks of a tier that pays for one event up to a limit, over all its settlements. */
function wanted<L extends OpenLoss>(
  losses: readonly L[],
  left: AtomColumn,
  limit: (loss: L) => bigint,
): AtomColumn {
  return AtomColumn.of(losses.map((loss, i) => min(left.get(i), max(0n, limit(loss)))));
}

/** The fund pays in proportion to the deficits, each within the cap per event, as far as it is above its reserve. */
function fundDraws<L extends OpenLoss>(
  { rules, fundBalance }: SettlementInput<L>,
  losses: readonly L[],
  left: AtomColumn,
): AtomColumn {
  const { fundCap, fundReserve } = rules;
  const wants = fundCap === null ? left : wanted(losses, left, ({ fundPaid }) => fundCap - fundPaid);
  const draw = min(wants.sum(), max(0n, fundBalance - fundReserve));
  return allocate('PRO_RATA', { profits: left, caps: wants }, left, draw).haircuts;
}

function* recourse(losses: readonly OpenLoss[], left: AtomColumn, capacity: Capacity): Steps<AtomColumn> {
  const paid = new AtomColumn(losses.length);
  const owners = new Map<string, number[]>();
  losses.forEach(({ owner }, i) => {
    if (owner && owner.accounts.length > 0) owners.set(owner.name, [...(owners.get(owner.name) ?? []), i]);
  });
  for (const name of [...owners.keys()].sort(compareBytes)) {
    const own = owners.get(name)!;
    const accounts = losses[own[0]!]!.owner!.accounts;
    const owed = AtomColumn.of(own.map((i) => left.get(i)));
    const profit = accounts.reduce((sum, account) => sum + capacity.profits.get(account), 0n);
    const taken = min(owed.sum(), profit);
    if (taken === 0n) continue;
    yield* capacity.recourse(accounts, taken);
    const shares = apportion(taken, owed);
    for (const [k, i] of own.entries()) paid.set(i, shares.get(k));
  }
  return paid;
}

function* byPool(left: AtomColumn, capacity: Capacity): Steps<AtomColumn> {
  return apportion(yield* capacity.fromPool(left.sum()), left);
}

/**
 * Divides each deficit over the markets that the bankrupt lost in, in proportion to its losses there; the winners of
 * each market bear their part, and what they cannot goes to the whole pool or stays, as the rules say. A bankrupt that
 * lost in no market is the whole pool's.
 */
function* byMarket<L extends OpenLoss>(
  { rules, bearers, marketOrder }: SettlementInput<L>,
  losses: readonly L[],
  left: AtomColumn,
  capacity: Capacity,
  shares: readonly MarketShare[][],
): Steps<AtomColumn> {
  const paid = new AtomColumn(losses.length);
  const winners = yield* winnersByMarket(bearers, capacity);
  const parts = new Map<number, AtomColumn>();
  const overflow = AtomColumn.of([...left]);
  losses.forEach(({ marketLosses }, i) => {
    if (marketLosses.length === 0) return;
    const shares = apportion(left.get(i), AtomColumn.of(marketLosses.map(({ loss }) => loss)));
    marketLosses.forEach(({ marketNo }, k) => {
      const part = parts.get(marketNo) ?? new AtomColumn(losses.length);
      part.set(i, shares.get(k));
      parts.set(marketNo, part);
    });
    if (rules.overflow === 'UNCOVERED') overflow.set(i, 0n);
  });
  const pay = (shares: AtomColumn) => {
    for (let i = 0; i < paid.length; i++) paid.set(i, paid.get(i) + shares.get(i));
  };
  for (const marketNo of marketOrder) {
    const part = parts.get(marketNo);
    if (!part) continue;
    const borne = apportion(yield* capacity.fromMarket(marketNo, winners.get(marketNo), part.sum()), part);
    pay(borne);
    for (let i = 0; i < overflow.length; i++) {
      if (rules.overflow === 'POOL') overflow.set(i, overflow.get(i) - borne.get(i));
      else if (part.get(i) > 0n) shares[i]!.push({ marketNo, loss: part.get(i), socialized: borne.get(i) });
    }
  }
  pay(apportion(yield* capacity.fromPool(overflow.sum()), overflow));
  return paid;
}
