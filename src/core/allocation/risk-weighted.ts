import { AtomColumn } from '../atom-column.ts';
import { ONE } from '../decimal.ts';
import { min } from '../money.ts';
import type { Method } from './claims.ts';
import { inProportionToWeight } from './pro-rata.ts';

/** Leverage counts in steps of 10^-6, cut off. */
export const LEVERAGE_UNIT = 10n ** 6n;

/** What leverage counts as at most: beyond a million no venue lends, and weights keep within 200 digits. */
const MOST_LEVERAGE = 10n ** 6n * LEVERAGE_UNIT;

/** Effective leverage: notional over equity, in units of 10^-6, cut off, at most `limit` (units of 10^-18). */
export function effectiveLeverage(notional: bigint, equity: bigint, limit: bigint | null): bigint {
  if (equity <= 0n) return 0n;
  const most = limit === null ? MOST_LEVERAGE : min(MOST_LEVERAGE, (limit * LEVERAGE_UNIT) / ONE);
  return min(most, (notional * LEVERAGE_UNIT) / equity);
}

/**
 * Risk-weighted pro rata: h = min(cap, λ × profit × leverage^k), in its budget-balanced form (Chitra,
 * Autodeleveraging: Impossibilities and Optimization, arXiv 2512.01112v3, risk-aware pro rata). Who took more risk for
 * the same profit gives up more. Without leverage (no notional) an account bears last, by profit.
 */
export const riskWeighted: Method = {
  needsExposures: true,
  weights: ({ profits }, { notionals, equities }, { leverageExponent, maxLeverage }) => {
    const weights = new AtomColumn(profits.length);
    for (let i = 0; i < profits.length; i++) {
      const leverage = effectiveLeverage(notionals.get(i), equities.get(i), maxLeverage);
      weights.set(i, profits.get(i) * leverage ** BigInt(leverageExponent));
    }
    return weights;
  },
  scale: 1n,
  phases: inProportionToWeight,
};
