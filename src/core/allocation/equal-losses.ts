import type { Method } from './claims.ts';

/**
 * Constrained equal losses: h = min(cap, λ). Everybody gives up the same amount, as far as its cap goes: large winners
 * are spared, and splitting an account multiplies what its owner pays (Aumann and Maschler, J. Econ. Theory 36, 1985;
 * Thomson 2019).
 */
export const equalLosses: Method = {
  needsExposures: false,
  weights: ({ profits }) => profits,
  scale: 1n,
  phases: [({ cap }) => ({ slope: 1n, offset: 0n, low: 0n, high: cap })],
};
