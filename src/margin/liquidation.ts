import { floorDiv, ONE } from '../core/decimal.ts';
import { abs, max, min } from '../core/money.ts';
import type { LiquidationOrder } from '../core/rules.ts';
import { type Holding, marginOf, requirement, tiersOf } from './margin.ts';
import { addTrade, type Position, positionNotional, positionPnl, valuePerAtom } from './position.ts';

/** A position that may be closed, at a price in units of 10^-18. */
export interface Closable extends Holding {
  readonly price: bigint;
}

/** How much of a position is closed: signed as the position is. */
export interface Close {
  readonly index: number;
  readonly size: bigint;
}

/** What closes leave: the balance with realized PnL, in atoms, and the positions. */
export interface Closed {
  readonly balance: bigint;
  readonly holdings: readonly Holding[];
  /** What each close realized, in atoms, floored. */
  readonly realized: readonly bigint[];
  /** Σ |size| × contract size × close-out price, a value. */
  readonly turnover: bigint;
}

/** Parts of positions are closed in steps of 10^-6 contracts: no venue trades less, and nobody reads more digits. */
const STEP = ONE / 1_000_000n;

/** The order in which positions are closed; equal ones stay in the order that they came in. */
export function closingOrder(holdings: readonly Holding[], order: LiquidationOrder): number[] {
  const rank = ({ position, terms }: Holding): bigint =>
    order === 'LARGEST_MARGIN'
      ? requirement(positionNotional(position, terms), terms, 'maintenanceRate')
      : positionPnl(position, terms) * (order === 'LARGEST_LOSS' ? -1n : 1n);
  const ranks = holdings.map(rank);
  return holdings
    .map((_, index) => index)
    .sort((a, b) => (ranks[a]! > ranks[b]! ? -1 : ranks[a]! < ranks[b]! ? 1 : a - b));
}

export function applyCloses(
  balance: bigint,
  holdings: readonly Closable[],
  closes: readonly Close[],
  decimals: number,
): Closed {
  const after: Holding[] = [...holdings];
  const realized: bigint[] = [];
  let turnover = 0n;
  let cash = balance;
  for (const { index, size } of closes) {
    const { terms, price } = holdings[index]!;
    const trade = addTrade(after[index]!.position, -size, price, terms.contractSize, decimals);
    after[index] = { position: trade.position, terms };
    realized.push(trade.realized);
    cash += trade.realized;
    turnover += abs(size) * terms.contractSize * price;
  }
  return { balance: cash, holdings: after, realized, turnover };
}

/** The fee of a liquidation in atoms, floored: a share of what was closed, and never more than the equity that is left. */
export function liquidationFee(turnover: bigint, feeRate: bigint, equity: bigint, decimals: number): bigint {
  return max(0n, min(equity, fullFee(turnover, feeRate, decimals)));
}

const fullFee = (turnover: bigint, feeRate: bigint, decimals: number): bigint =>
  floorDiv(turnover * feeRate, valuePerAtom(decimals) * ONE);

/** What closes would leave. */
interface Remainder {
  readonly equity: bigint;
  /** The fee without regard to what there is to pay it from. */
  readonly fee: bigint;
  readonly initial: bigint;
  /** How many tiers of its market the position that is closed reaches. */
  readonly tier: number;
}

/** SAFE once the fee is paid, which is never more than the equity. */
const suffices = ({ equity, fee, initial }: Remainder): boolean =>
  equity >= 0n && max(0n, equity - fee) >= initial;

const surplus = ({ equity, fee, initial }: Remainder): bigint => equity - fee - initial;

/** Atoms by which a surplus may be above the line through two others: equity and fee are floored, the margin is rounded up. */
const ROUNDED = 3n;

/** Some sixty find a part where closing more frees more than it costs. */
const MOST_LOOKS = 2_000;

/**
 * The fewest steps of a range after which it suffices; null where none does. Halves the range, and passes over a half only where it cannot: where
 * its best equity, its lowest fee and its lowest margin together would not, as each moves one way, whatever it is rounded to; and where, in
 * one tier, the surplus is short at both ends, as it is a line between them. Where closing frees as much as it costs, to a few atoms over the
 * whole position, rounding alone decides, and nobody looks at every step: null too.
 */
function fewest(from: bigint, to: bigint, leaves: (steps: bigint) => Remainder): bigint | null {
  let looks = 0;
  const search = (from: bigint, to: bigint): bigint | null => {
    looks += 2;
    if (from > to || looks > MOST_LOOKS) return null;
    const [first, last] = [leaves(from), leaves(to)];
    const best = { ...last, equity: max(first.equity, last.equity), fee: first.fee };
    if (!suffices(best)) return null;
    const isLine = first.tier === last.tier && last.initial > 0n;
    if (isLine && max(surplus(first), surplus(last)) + ROUNDED < 0n) return null;
    if (from === to) return from;
    const middle = (from + to) / 2n;
    return search(from, middle) ?? search(middle + 1n, to);
  };
  return search(from, to);
}

/**
 * The least that brings an account back to SAFE, position by position in the order given: each is closed in full until one
 * is reached of which a part does. That part is the smallest, in steps of 10^-6 contracts; where closing frees nothing but what is rounded away, all.
 *
 * @param done closes that were made already, of other positions or of parts of these
 */
export function planLiquidation(
  balance: bigint,
  holdings: readonly Closable[],
  order: readonly number[],
  feeRate: bigint,
  decimals: number,
  done: readonly Close[] = [],
): Close[] {
  const closes = [...done];
  const leaves = (next: readonly Close[], index: number): Remainder => {
    const closed = applyCloses(balance, holdings, next, decimals);
    const { equity, initial } = marginOf(closed.balance, closed.holdings, decimals);
    const { position, terms } = closed.holdings[index]!;
    const tier = tiersOf(positionNotional(position, terms), terms);
    return { equity, fee: fullFee(closed.turnover, feeRate, decimals), initial, tier };
  };
  for (const index of order) {
    if (suffices(leaves(closes, index))) break;
    const size = left(holdings[index]!.position, index, closes);
    if (size === 0n) continue;
    const sign = size > 0n ? 1n : -1n;
    const part = (steps: bigint): Close => ({ index, size: sign * min(steps * STEP, abs(size)) });
    const all = (abs(size) + STEP - 1n) / STEP;
    // Closed in full it is rounded by itself, so that the last step is not one of the range.
    closes.push(part(fewest(1n, all - 1n, (steps) => leaves([...closes, part(steps)], index)) ?? all));
  }
  return closes;
}

function left({ size }: Position, index: number, closes: readonly Close[]): bigint {
  return closes.reduce((rest, close) => (close.index === index ? rest - close.size : rest), size);
}
