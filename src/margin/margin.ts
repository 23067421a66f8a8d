import { ceilDiv, floorDiv, ONE, SCALE } from '../core/decimal.ts';
import { abs } from '../core/money.ts';
import {
  type MarketTerms,
  type Position,
  positionNotional,
  positionPnl,
  VALUE_SCALE,
  valuePerAtom,
} from './position.ts';

/*
 * Margin of an account at given marks (docs/margin.md). As in position.ts a value is bigint of 10^-54, a price, size or
 * rate bigint of 10^-18; a requirement, value × rate, is bigint of 10^-72 ("weighed value").
 */

/** What is required of the part of a notional that is above `floor`, until the next tier begins. */
export interface MarginTier {
  /** In units of 10^-18 of the asset, > 0, ascending from tier to tier. */
  readonly floor: bigint;
  readonly initialRate: bigint;
  readonly maintenanceRate: bigint;
}

/** A market with what it requires. Rates rise, or stay, from tier to tier, and are at most 1. */
export interface MarginTerms extends MarketTerms {
  /** Of the notional below the first tier. */
  readonly initialRate: bigint;
  readonly maintenanceRate: bigint;
  readonly tiers: readonly MarginTier[];
}

export interface Holding {
  readonly position: Position;
  readonly terms: MarginTerms;
}

export type MarginKind = 'initialRate' | 'maintenanceRate';

const VALUE_PER_QUANTITY = 10n ** BigInt(VALUE_SCALE - SCALE);

/**
 * What a notional requires, as a weighed value: like a tax, each part of it at the rate of the tier that it lies in, so that
 * no growth of a position makes the requirement jump. Σ (notional − floor)⁺ × (rate − rate before).
 *
 * @param notional a value ≥ 0
 */
export function requirement(notional: bigint, terms: MarginTerms, kind: MarginKind): bigint {
  let rate = terms[kind];
  let total = notional * rate;
  for (const tier of terms.tiers) {
    const above = notional - tier.floor * VALUE_PER_QUANTITY;
    if (above <= 0n) break;
    total += above * (tier[kind] - rate);
    rate = tier[kind];
  }
  return total;
}

/** How many tiers a notional reaches into. */
export function tiersOf(notional: bigint, { tiers }: MarginTerms): number {
  return tiers.filter(({ floor }) => notional > floor * VALUE_PER_QUANTITY).length;
}

/** An account at the marks, in atoms. */
export interface Margin {
  readonly balance: bigint;
  /** u, floored once. */
  readonly unrealized: bigint;
  /** e = balance + u. */
  readonly equity: bigint;
  /** Σ |size| × contract size × mark, floored. */
  readonly notional: bigint;
  /** Rounded up. */
  readonly initial: bigint;
  readonly maintenance: bigint;
}

export function marginOf(balance: bigint, holdings: readonly Holding[], decimals: number): Margin {
  let [pnl, notional, initial, maintenance] = [0n, 0n, 0n, 0n];
  for (const { position, terms } of holdings) {
    const size = positionNotional(position, terms);
    pnl += positionPnl(position, terms);
    notional += size;
    initial += requirement(size, terms, 'initialRate');
    maintenance += requirement(size, terms, 'maintenanceRate');
  }
  const perAtom = valuePerAtom(decimals);
  const unrealized = floorDiv(pnl, perAtom);
  return {
    balance,
    unrealized,
    equity: balance + unrealized,
    notional: floorDiv(notional, perAtom),
    initial: ceilDiv(initial, perAtom * ONE),
    maintenance: ceilDiv(maintenance, perAtom * ONE),
  };
}

/** From the best to the worst. */
export const HEALTHS = ['SAFE', 'MARGIN_CALL', 'LIQUIDATABLE', 'BANKRUPT'] as const;
export type Health = (typeof HEALTHS)[number];

/**
 * BANKRUPT below an equity of 0, LIQUIDATABLE below the maintenance margin, MARGIN_CALL below the initial margin: it may
 * open nothing more and has to add collateral; else SAFE.
 */
export function healthOf({ equity, initial, maintenance }: Margin): Health {
  if (equity < 0n) return 'BANKRUPT';
  if (equity < maintenance) return 'LIQUIDATABLE';
  return equity < initial ? 'MARGIN_CALL' : 'SAFE';
}

/** e ÷ notional in units of 10^-18, cut toward zero; null without a notional. */
export const marginRatio = ({ equity, notional }: Margin): bigint | null =>
  notional === 0n ? null : (equity * ONE) / notional;

/** notional ÷ e in units of 10^-18, cut off; null where nothing is left to lever. */
export const leverageOf = ({ equity, notional }: Margin): bigint | null =>
  equity <= 0n ? null : (notional * ONE) / equity;

/** The prices of one position at which its account changes, the other positions held still. Units of 10^-18. */
export interface CriticalPrices {
  /** Equity equals the maintenance margin. */
  readonly liquidation: bigint | null;
  /** Equity is 0. */
  readonly bankruptcy: bigint | null;
}

/**
 * Where equity(p) = balance + Σ others' PnL + size × contract size × p − cost meets the maintenance margin, or 0. Both
 * sides are lines in p between the tiers' floors, so the price is found exactly and rounded to 10^-18 toward the side on
 * which the account still stands: up for a long, down for a short.
 *
 * Null where no price ≥ 0 does it: a long with collateral for a fall to 0, or an account that its other positions sank.
 */
export function criticalPrices(
  balance: bigint,
  holdings: readonly Holding[],
  index: number,
  decimals: number,
): CriticalPrices {
  const { position, terms } = holdings[index]!;
  const slope = position.size * terms.contractSize;
  if (slope === 0n) return { liquidation: null, bankruptcy: null };
  let rest = balance * valuePerAtom(decimals) - position.cost;
  let required = 0n;
  holdings.forEach(({ position, terms }, i) => {
    if (i === index) return;
    rest += positionPnl(position, terms);
    required += requirement(positionNotional(position, terms), terms, 'maintenanceRate');
  });
  const none: MarginTerms = { ...terms, maintenanceRate: 0n, tiers: [] };
  return {
    liquidation: crossing(slope, rest * ONE - required, terms),
    bankruptcy: crossing(slope, rest * ONE, none),
  };
}

/** The price p ≥ 0 at which slope × p + rest is the requirement of |slope| × p; rest is a weighed value. */
function crossing(slope: bigint, rest: bigint, terms: MarginTerms): bigint | null {
  const long = slope > 0n;
  // At p = 0 a long stands or never falls; a short has fallen or falls at some price.
  if (long ? rest >= 0n : rest < 0n) return null;
  const size = abs(slope);
  // Within a tier the requirement is rate × size × p − credit.
  let [rate, credit] = [terms.maintenanceRate, 0n];
  for (const next of [...terms.tiers, null]) {
    const fall = long ? ONE - rate : ONE + rate;
    const needed = abs(rest + credit);
    const floor = next && next.floor * VALUE_PER_QUANTITY;
    // Where all of the notional is required a fall changes nothing.
    if (fall > 0n && (floor === null || needed <= floor * fall)) {
      return long ? ceilDiv(needed, size * fall) : floorDiv(needed, size * fall);
    }
    if (!next) break;
    credit += next.floor * VALUE_PER_QUANTITY * (next.maintenanceRate - rate);
    rate = next.maintenanceRate;
  }
  return null;
}
