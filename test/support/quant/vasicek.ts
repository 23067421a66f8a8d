import { binomialCdf, binomialPmf } from './discrete.ts';
import { normalCdf, normalDensity, normalQuantile } from './normal.ts';
import { lognormal, put } from './price-law.ts';
import { integrate, type RealFunction } from './quadrature.ts';

/**
 * Accounts that are alike, each long in a market of its own, with ln S_i = m + s (√ρ Z + √(1 − ρ) ε_i): given the factor Z they are
 * independent. Vasicek, Probability of loss on loan portfolio, 1987, and Loan portfolio value, 2002.
 */
export interface FactorPool {
  /** Of ln S. */
  readonly mean: number;
  readonly deviation: number;
  /** ρ between two markets' ln S, 0 < ρ < 1. */
  readonly correlation: number;
  readonly equity: number;
  readonly exposure: number;
}

const strikeOf = ({ equity, exposure }: FactorPool): number => 1 - equity / exposure;

/** p = Φ((ln k − m) / s). */
export const bankruptcy = (pool: FactorPool): number =>
  normalCdf((Math.log(strikeOf(pool)) - pool.mean) / pool.deviation);

/** p(z) = Φ((Φ⁻¹(p) − √ρ z) / √(1 − ρ)): the share of bankrupt accounts in a large pool where the factor is z. */
export const shareGiven = (p: number, correlation: number, z: number): number =>
  normalCdf((normalQuantile(p) - Math.sqrt(correlation) * z) / Math.sqrt(1 - correlation));

/** P(share ≤ x) of a large pool. */
export const shareCdf = (p: number, correlation: number, x: number): number =>
  normalCdf((Math.sqrt(1 - correlation) * normalQuantile(x) - normalQuantile(p)) / Math.sqrt(correlation));

/** The q-quantile of the share: p(z) at the factor that is worse with probability 1 − q. */
export const shareQuantile = (p: number, correlation: number, q: number): number =>
  shareGiven(p, correlation, -normalQuantile(q));

/** E[f(Z)], Z standard normal. */
export const overFactor = (f: RealFunction): number =>
  integrate((z) => f(z) * normalDensity(z), -12, 12, [-6, -3, 0, 3, 6]);

/** P(j of n are bankrupt): a binomial, mixed over the factor. */
export const countPmf = (p: number, correlation: number, n: number, j: number): number =>
  overFactor((z) => binomialPmf(n, shareGiven(p, correlation, z), j));

/** P(at most j of n are bankrupt). */
export const countCdf = (p: number, correlation: number, n: number, j: number): number =>
  overFactor((z) => binomialCdf(n, shareGiven(p, correlation, z), j));

/** The least count that is not exceeded with probability q. */
export function countQuantile(p: number, correlation: number, n: number, q: number): number {
  let j = 0;
  while (countCdf(p, correlation, n, j) < q) j++;
  return j;
}

/** What an account's deficit is on average where the factor is z: X puts under the law that is left. It falls with z. */
export function deficitGiven(pool: FactorPool, z: number): number {
  const law = lognormal(
    pool.mean + pool.deviation * Math.sqrt(pool.correlation) * z,
    pool.deviation * Math.sqrt(1 - pool.correlation),
  );
  return pool.exposure * put(law, strikeOf(pool));
}

/** The q-quantile of the deficit an account in a large pool. */
export const deficitQuantile = (pool: FactorPool, q: number): number =>
  deficitGiven(pool, -normalQuantile(q));

/** E[(deficit − fund)⁺], both an account, of a large pool. */
export const expectedExcess = (pool: FactorPool, fund: number): number =>
  overFactor((z) => Math.max(0, deficitGiven(pool, z) - fund));
