import type { AtomColumn } from '../atom-column.ts';

/** Who can bear a loss, one index an account, in the byte order of account refs: the order that breaks ties. */
export interface Claims {
  /** w: the profit that can bear, in atoms, ≥ 0. */
  readonly profits: AtomColumn;
  /** The most that each gives up now, in atoms, 0 ≤ cap ≤ profit. */
  readonly caps: AtomColumn;
}

/** What methods weigh beside profit and cap, in atoms; read only for the methods that ask. */
export interface Exposures {
  /** Σ |size| × contract size × mark of each, floored, ≥ 0. */
  readonly notionals: AtomColumn;
  /** Σ |cost| of each: its notional at entry prices, floored, ≥ 0. */
  readonly costs: AtomColumn;
  /** balance + unrealized PnL, above 0 wherever there is profit. */
  readonly equities: AtomColumn;
}

/** One account's claim, weighed by the method. */
export interface Claim {
  readonly profit: bigint;
  readonly cap: bigint;
  /** ≥ 0; what it says is the method's. */
  readonly weight: bigint;
}

/** How one account's share moves with the level λ, in units of 1/scale atom: see fill.ts. */
export interface Line {
  readonly slope: bigint;
  readonly offset: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

export const fixedAt = (value: bigint): Line => ({ slope: 0n, offset: value, low: value, high: value });

/** What a pool may tune of the weights. */
export interface WeightRules {
  /** k in RISK_WEIGHTED's weight profit × leverage^k, 0 to 4. */
  readonly leverageExponent: number;
  /** What leverage counts as at most, in units of 10^-18; null for no limit. */
  readonly maxLeverage: bigint | null;
}

/**
 * A rule that divides a socialized loss: each share is a function of one level λ, min(cap, f(λ)), and the level is where
 * the shares sum to the loss. So one solver, one rounding and one verifier serve every method, and a new method is one
 * file and its line in the registry.
 */
export interface Method {
  /** Whether it weighs exposures: they are read only then. */
  readonly needsExposures: boolean;
  /** The weight of each claim, in the order of the claims. */
  weights(claims: Claims, exposures: Exposures, rules: WeightRules): AtomColumn;
  /** Shares are lines in units of 1/scale atom: 2 where a method knows half atoms. */
  readonly scale: bigint;
  /** Parts of the way from nothing to all caps, each beginning where the one before ends. Most methods have one. */
  readonly phases: readonly ((claim: Claim) => Line)[];
}
