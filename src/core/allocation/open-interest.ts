import type { Method } from './claims.ts';
import { inProportionToWeight } from './pro-rata.ts';

/**
 * Pro rata to open interest: h = min(cap, λ × notional), as Drift and Mango socialize losses: who holds more pays more,
 * whatever it won, as far as its profit goes. An account in profit without a notional bears last, by profit.
 */
export const openInterest: Method = {
  needsExposures: true,
  weights: (_, { notionals }) => notionals,
  scale: 1n,
  phases: inProportionToWeight,
};
