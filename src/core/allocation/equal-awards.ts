import type { Method } from './claims.ts';

/**
 * Constrained equal awards: h = min(cap, max(0, profit − λ)). Everybody keeps the same amount, λ, as far as its profit
 * goes: small winners are spared, and splitting an account lets its owner keep more (Aumann and Maschler 1985; Thomson
 * 2019).
 */
export const equalAwards: Method = {
  needsExposures: false,
  weights: ({ profits }) => profits,
  scale: 1n,
  phases: [({ profit, cap }) => ({ slope: -1n, offset: profit, low: 0n, high: cap })],
};
