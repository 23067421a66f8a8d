import { floorDiv } from '../core/decimal.ts';
import { abs } from '../core/money.ts';

/*
 * Exact value of positions. Sizes, contract sizes and prices are bigint of 10^-18; a product of the three, and so a
 * cost, is bigint of 10^-54 ("value").
 */

/** Fraction digits of a value. */
export const VALUE_SCALE = 54;
const VALUE_ONE = 10n ** BigInt(VALUE_SCALE);

export interface Position {
  /** Signed: long above 0, short below. */
  readonly size: bigint;
  /** size × contract size × entry price, exactly; its sign is the size's. */
  readonly cost: bigint;
}

export interface MarketTerms {
  readonly contractSize: bigint;
  /** Null until the first mark comes: the position is then valued at entry. */
  readonly mark: bigint | null;
}

const VALUES_PER_ATOM = Array.from(
  { length: VALUE_SCALE + 1 },
  (_, decimals) => VALUE_ONE / 10n ** BigInt(decimals),
);

/** Values in atoms: how many values of 10^-54 make one atom. */
export function valuePerAtom(decimals: number): bigint {
  return VALUES_PER_ATOM[decimals]!;
}

/** Unrealized PnL as an exact value: size × contract size × mark − cost. */
export function positionPnl(position: Position, { contractSize, mark }: MarketTerms): bigint {
  return mark === null ? 0n : position.size * contractSize * mark - position.cost;
}

/** |size| × contract size × mark (entry without one), as an exact value. */
export function positionNotional(position: Position, { contractSize, mark }: MarketTerms): bigint {
  return abs(mark === null ? position.cost : position.size * contractSize * mark);
}

/** u: the exact PnL of all positions, floored once for the account, in atoms. */
export function unrealizedPnl(pnls: Iterable<bigint>, decimals: number): bigint {
  let total = 0n;
  for (const pnl of pnls) total += pnl;
  return floorDiv(total, valuePerAtom(decimals));
}

/** The entry price in units of 10^-18, cut toward zero: for show, the cost is what counts. 0 for a closed position. */
export function entryPrice(position: Position, contractSize: bigint): bigint {
  return position.size === 0n ? 0n : position.cost / (position.size * contractSize);
}

/**
 * Adds a trade to a position at average cost. What reduces the position realizes its share of the cost, floored to
 * whole atoms; the cost takes up that rounding, so PnL realized plus unrealized changes by nothing but the trade.
 * A trade through zero closes everything and opens the rest at its own price.
 *
 * @param size  signed, units of 10^-18
 * @param price units of 10^-18
 * @returns the new position and the realized PnL in atoms
 */
export function addTrade(
  position: Position,
  size: bigint,
  price: bigint,
  contractSize: bigint,
  decimals: number,
): { position: Position; realized: bigint } {
  const tradeCost = size * contractSize * price;
  const next = position.size + size;
  const reduces = position.size !== 0n && position.size > 0n !== size > 0n;
  if (!reduces) return { position: { size: next, cost: position.cost + tradeCost }, realized: 0n };

  const closed = abs(size) < abs(position.size) ? -size : position.size;
  // closed × contract size × price − cost × closed / size, over the common denominator |size|
  const denominator = abs(position.size);
  const sign = position.size > 0n ? 1n : -1n;
  const exactPnl = closed * contractSize * price * denominator - position.cost * closed * sign;
  const perAtom = valuePerAtom(decimals);
  const realized = floorDiv(exactPnl, denominator * perAtom);
  const cost = next === 0n ? 0n : position.cost + tradeCost + realized * perAtom;
  return { position: { size: next, cost }, realized };
}
