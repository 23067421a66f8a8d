import { poissonPmf } from './discrete.ts';
import { normalCdf, normalDensity, normalQuantile } from './normal.ts';
import { integrate, type RealFunction } from './quadrature.ts';

/** The law of S = P / P₀, the price at the horizon over the mark. */
export interface PriceLaw {
  /** P(S ≤ x). */
  cdf(x: number): number;
  /** E[Sⁿ; S ≤ x]; x may be Infinity. */
  partial(n: number, x: number): number;
  quantile(p: number): number;
  /** The density of ln S, and where it has all its mass but some 10^-30. */
  logDensity(y: number): number;
  readonly logRange: readonly [number, number];
  /** Where ln S has its mass: parts of a quadrature start from these. */
  readonly logBreaks: readonly number[];
}

/** ln S normal: E[Sⁿ; S ≤ x] = exp(nm + n²s²/2) Φ((ln x − m)/s − ns), by completing the square. */
export function lognormal(m: number, s: number): PriceLaw {
  const partial = (n: number, x: number): number =>
    x <= 0 ? 0 : Math.exp(n * m + (n * n * s * s) / 2) * normalCdf((Math.log(x) - m) / s - n * s);
  return {
    partial,
    cdf: (x) => partial(0, x),
    quantile: (p) => Math.exp(m + s * normalQuantile(p)),
    logDensity: (y) => normalDensity((y - m) / s) / s,
    // Up to 16 s on the right: third powers move the mass by 3 s².
    logRange: [m - 12 * s, m + 12 * s + 3 * s * s],
    logBreaks: [m - 3 * s, m, m + 3 * s],
  };
}

export interface Diffusion {
  /** μ a year: E[S] = exp(μT), with jumps or without. */
  readonly drift: number;
  /** σ a year. */
  readonly volatility: number;
  /** T in years. */
  readonly horizon: number;
}

/** Geometric Brownian motion: ln S is normal with mean (μ − σ²/2) T and variance σ²T. Black and Scholes, 1973. */
export function gbm({ drift, volatility, horizon }: Diffusion): PriceLaw {
  return lognormal((drift - volatility ** 2 / 2) * horizon, volatility * Math.sqrt(horizon));
}

/** Jumps of one kind: `rate` a year, each multiplying the price by e^J, J normal. */
export interface Jumps {
  readonly rate: number;
  readonly mean: number;
  readonly deviation: number;
}

/** E[e^J] − 1: what a jump moves the price by on average. */
export const jumpMean = ({ mean, deviation }: Jumps): number => Math.expm1(mean + deviation ** 2 / 2);

/**
 * Merton's series: given how many jumps of each kind there are, ln S is normal; the numbers are Poisson. Merton, Option pricing
 * when underlying stock returns are discontinuous, 1976. With two kinds, such as a market's own jumps and those that all markets
 * have in common, it is a double series. The drift is less what jumps bring on average, so that E[S] = exp(μT).
 */
export function merton(diffusion: Diffusion, kinds: readonly Jumps[]): PriceLaw {
  const { drift, volatility, horizon } = diffusion;
  const compensation = kinds.reduce((sum, jumps) => sum + jumps.rate * jumpMean(jumps), 0);
  let terms = [
    {
      weight: 1,
      mean: (drift - compensation - volatility ** 2 / 2) * horizon,
      variance: volatility ** 2 * horizon,
    },
  ];
  for (const { rate, mean, deviation } of kinds) {
    const counts = poissonCounts(rate * horizon);
    terms = terms.flatMap((term) =>
      counts.map((weight, n) => ({
        weight: term.weight * weight,
        mean: term.mean + n * mean,
        variance: term.variance + n * deviation ** 2,
      })),
    );
  }
  return mixture(
    terms
      .filter(({ weight }) => weight > 1e-20)
      .map(({ weight, mean, variance }) => ({ weight, law: lognormal(mean, Math.sqrt(variance)) })),
  );
}

/** P(N = n) for n = 0, 1, … until the rest is below 10^-18. */
export function poissonCounts(mean: number): number[] {
  const counts: number[] = [];
  for (let n = 0; n <= mean || counts.at(-1)! > 1e-18; n++) counts.push(poissonPmf(mean, n));
  return counts;
}

/** A mixture: with each weight, its law. */
export function mixture(terms: readonly { readonly weight: number; readonly law: PriceLaw }[]): PriceLaw {
  const sum = (of: (law: PriceLaw) => number): number =>
    terms.reduce((total, { weight, law }) => total + weight * of(law), 0);
  const likely = terms.filter(({ weight }) => weight > 1e-6);
  const cdf = (x: number): number => sum((law) => law.cdf(x));
  const logRange: [number, number] = [
    Math.min(...terms.map(({ law }) => law.logRange[0])),
    Math.max(...terms.map(({ law }) => law.logRange[1])),
  ];
  return {
    cdf,
    partial: (n, x) => sum((law) => law.partial(n, x)),
    quantile: (p) => Math.exp(bisect((y) => cdf(Math.exp(y)) - p, ...logRange)),
    logDensity: (y) => sum((law) => law.logDensity(y)),
    logRange,
    logBreaks: likely.flatMap(({ law }) => law.logBreaks),
  };
}

/** Where an increasing function crosses 0. */
export function bisect(f: RealFunction, from: number, to: number): number {
  let [a, b] = [from, to];
  for (let round = 0; round < 200; round++) {
    const centre = (a + b) / 2;
    if (!(centre > a && centre < b)) break;
    if (f(centre) < 0) a = centre;
    else b = centre;
  }
  return (a + b) / 2;
}

/** E[f(S)] by quadrature over ln S, the second way of every closed form. @param kinks prices where f has kinks or jumps */
export function expect(law: PriceLaw, f: RealFunction, kinks: readonly number[] = []): number {
  const breaks = [...law.logBreaks, ...kinks.filter((x) => x > 0).map(Math.log)];
  return integrate((y) => f(Math.exp(y)) * law.logDensity(y), ...law.logRange, breaks);
}

/** E[(k − S)⁺], undiscounted. */
export const put = (law: PriceLaw, k: number): number => (k <= 0 ? 0 : k * law.cdf(k) - law.partial(1, k));

/** E[(S − k)⁺], undiscounted. */
export const call = (law: PriceLaw, k: number): number =>
  k === Infinity ? 0 : law.partial(1, Infinity) - law.partial(1, k) - k * (1 - law.cdf(k));

/** Black and Scholes's formula as printed: k Φ(−d₂) − e^{μT} Φ(−d₁), with P₀ = 1 and no discount. 1973. */
export function blackScholesPut({ drift, volatility, horizon }: Diffusion, k: number): number {
  const s = volatility * Math.sqrt(horizon);
  const d1 = (-Math.log(k) + drift * horizon) / s + s / 2;
  return k * normalCdf(s - d1) - Math.exp(drift * horizon) * normalCdf(-d1);
}

/** P(S ≤ k) = Φ(−d₂). */
export function digitalPut({ drift, volatility, horizon }: Diffusion, k: number): number {
  const s = volatility * Math.sqrt(horizon);
  return normalCdf((Math.log(k) - drift * horizon) / s + s / 2);
}
