import { floorDiv, ONE } from './decimal.ts';
import { max, min } from './money.ts';

/** What an account carries from one haircut to the next: b, before and after its offset. All atoms. */
export interface Burden {
  /** What haircuts took since b last was zero; falls by refunds and reversals. ≥ 0. */
  readonly borne: bigint;
  /** Net REALIZED_PNL since then; 0 while nothing is borne. */
  readonly realized: bigint;
}

export const NO_BURDEN: Burden = { borne: 0n, realized: 0n };

/** b: the haircuts that still count against the unrealized profit. Profit realized since then has paid for the rest. */
export function countedBurden({ borne, realized }: Burden): bigint {
  return realized > 0n ? max(0n, borne - realized) : borne;
}

/** b after a haircut. Where none counted any more, it starts anew: what was paid for does not offset the new one. */
export function afterHaircut(burden: Burden, haircut: bigint): Burden {
  return countedBurden(burden) === 0n
    ? { borne: haircut, realized: 0n }
    : { borne: burden.borne + haircut, realized: burden.realized };
}

/** b after net realized PnL. */
export function afterRealized(burden: Burden, netRealized: bigint): Burden {
  return burden.borne === 0n ? NO_BURDEN : { borne: burden.borne, realized: burden.realized + netRealized };
}

/** b after part of a haircut that it still counts was given back. */
export function afterRefund({ borne, realized }: Burden, refund: bigint): Burden {
  return refund >= borne ? NO_BURDEN : { borne: borne - refund, realized };
}

/**
 * Which profit bears: UNREALIZED is u, at the marks. SESSION is what was made since the pool's last cut, realized or
 * not, so that closing a position does not dodge the haircut.
 */
export type ProfitBasis = 'UNREALIZED' | 'SESSION';

export interface Bearing {
  readonly balance: bigint;
  /** u at the marks, floored once for the account. */
  readonly unrealized: bigint;
  /** g, the profit by the pool's basis: u, or PnL realized since the cut + u − u at the cut. */
  readonly gain: bigint;
  readonly burden: Burden;
}

/** w = max(0, min(g − b, e)): the profit less the haircuts that it bore before, within the equity. */
export function haircutableProfit({ balance, unrealized, gain, burden }: Bearing): bigint {
  if (gain <= 0n) return 0n;
  return max(0n, min(gain - countedBurden(burden), balance + unrealized));
}

/**
 * min(w, max(0, ⌊β g⌋ − b)): the most that an account gives up now, so that all settlements together take at most
 * ⌊β g⌋ of the same profit.
 *
 * @param maxRate β in units of 10^-18, 0 to 10^18
 */
export function haircutCap(bearing: Bearing, profit: bigint, maxRate: bigint): bigint {
  if (profit === 0n || maxRate === ONE) return profit;
  const allowed = floorDiv(maxRate * bearing.gain, ONE) - countedBurden(bearing.burden);
  return min(profit, max(0n, allowed));
}
