import { min } from '../money.ts';
import type { Method } from './claims.ts';

/**
 * The Talmud rule: equal losses until everybody has given up half its profit, h = min(cap, profit ÷ 2, λ); beyond that
 * equal awards, h = min(cap, max(profit ÷ 2, profit − λ)). It treats losses and awards alike, and is the nucleolus of
 * the bankruptcy game (Aumann and Maschler 1985). Settling in steps ends elsewhere than settling at once.
 *
 * In half atoms, for half a profit may be half an atom.
 */
export const talmud: Method = {
  needsExposures: false,
  weights: ({ profits }) => profits,
  scale: 2n,
  phases: [
    ({ profit, cap }) => ({ slope: 2n, offset: 0n, low: 0n, high: min(2n * cap, profit) }),
    ({ profit, cap }) => ({ slope: -2n, offset: 2n * profit, low: min(2n * cap, profit), high: 2n * cap }),
  ],
};
