import { ceilDiv, floorDiv, ONE } from '../core/decimal.ts';
import { min } from '../core/money.ts';

/** How a price gives way to what is traded at once: in proportion to it, or to its square root (Almgren et al. 2005; Tóth et al. 2011). */
export const IMPACT_LAWS = ['LINEAR', 'SQUARE_ROOT'] as const;
export type ImpactLaw = (typeof IMPACT_LAWS)[number];

/** What closing out costs. Rates in units of 10^-18. */
export interface Slippage {
  /** Of any size. */
  readonly share: bigint;
  /** By market: the notional that moves its price by one percent, in units of 10^-18 of the asset, > 0. Others do not move. */
  readonly depths: ReadonlyMap<number, bigint>;
  readonly law: ImpactLaw;
  /** How much of what the price gave way stays in the mark, 0 to 1. */
  readonly permanentShare: bigint;
}

export const NO_SLIPPAGE: Slippage = {
  share: 0n,
  depths: new Map(),
  law: 'LINEAR',
  permanentShare: 0n,
};

/** What is closed out of one market in all, at the marks before anything gave way: a notional each side, in units of 10^-18. */
export interface ClosedOut {
  longs: bigint;
  shorts: bigint;
}

/** By how much a price gives way, as a share of itself, rounded up: 1 % × (notional ÷ depth), or × √(notional ÷ depth). */
function impact({ depths, law }: Slippage, marketNo: number, notional: bigint): bigint {
  const depth = depths.get(marketNo);
  if (depth === undefined || notional === 0n) return 0n;
  const times = ceilDiv(notional * ONE, depth);
  return ceilDiv(law === 'LINEAR' ? times : ceilRoot(times * ONE), 100n);
}

/**
 * The price at which a position is closed out while others are: the mark less the slippage for a long, and plus it for a short,
 * never below 0; rounded against the account.
 */
export function closingPrice(
  slippage: Slippage,
  marketNo: number,
  mark: bigint,
  size: bigint,
  { longs, shorts }: ClosedOut,
): bigint {
  const side = size > 0n ? longs : shorts;
  const share = slippage.share + impact(slippage, marketNo, side);
  return size > 0n ? floorDiv(mark * (ONE - min(ONE, share)), ONE) : ceilDiv(mark * (ONE + share), ONE);
}

/** The mark that is left: sales push it down and purchases up, by what stays of either; at least 0. */
export function markAfter(
  slippage: Slippage,
  marketNo: number,
  mark: bigint,
  { longs, shorts }: ClosedOut,
): bigint {
  const net = impact(slippage, marketNo, shorts) - impact(slippage, marketNo, longs);
  const factor = ONE * ONE + slippage.permanentShare * net;
  return factor <= 0n ? 0n : (mark * factor) / (ONE * ONE);
}

/** ⌈√value⌉, by Newton's method. */
function ceilRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root * root === value ? root : root + 1n;
    root = next;
  }
}
