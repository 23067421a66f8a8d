import { AtomColumn } from '../atom-column.ts';
import { ONE } from '../decimal.ts';
import { min } from '../money.ts';
import type { Method } from './claims.ts';
import { inProportionToWeight } from './pro-rata.ts';

/** Leverage counts in steps of 10^-6, cut off. */
export const LEVERAGE_UNIT = 10n ** 6n;

/** Effective leverage: notional over equity, in units of 10^-6, cut off, at most `limit` (units of 10^-18). */
export function effectiveLeverage(notional: bigint, equity: bigint, limit: bigint | null): bigint {
  if (equity <= 0n) return 0n;
  const leverage = (notional * LEVERAGE_UNIT) / equity;
  return limit === null ? leverage : min(leverage, (limit * LEVERAGE_UNIT) / ONE);
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
