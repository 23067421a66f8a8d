import { type Claim, fixedAt, type Line, type Method } from './claims.ts';

/** min(cap, λ · weight) while there is weight; then who has none, in proportion to profit. */
export const inProportionToWeight: readonly ((claim: Claim) => Line)[] = [
  ({ weight, cap }) => (weight === 0n ? fixedAt(0n) : { slope: weight, offset: 0n, low: 0n, high: cap }),
  ({ weight, cap, profit }) =>
    weight > 0n || profit === 0n
      ? fixedAt(weight > 0n ? cap : 0n)
      : { slope: profit, offset: 0n, low: 0n, high: cap },
];

/**
 * Pro rata under caps: h = min(cap, λ × profit). The only symmetric rule that no splitting of accounts and no settling
 * in steps changes (O'Neill, Math. Soc. Sci. 2, 1982; Thomson, How to Divide When There Isn't Enough, 2019).
 */
export const proRata: Method = {
  needsExposures: false,
  weights: ({ profits }) => profits,
  scale: 1n,
  phases: inProportionToWeight.slice(0, 1),
};
