import { Refusal } from '../core/refusal.ts';

/**
 * An insurance fund over time, as Cramér and Lundberg have it: U(t) = initial + inflow × t − the claims until t, which come at
 * random at `rate` a day. The fund is ruined when U falls below 0. Amounts are doubles in whole units of the asset.
 */
export interface FundProcess {
  /** u ≥ 0. */
  readonly initial: number;
  /** c ≥ 0, a day. */
  readonly inflow: number;
  /** λ ≥ 0, claims a day. */
  readonly rate: number;
}

export interface ExponentialClaims extends FundProcess {
  /** m > 0, the mean claim. */
  readonly meanClaim: number;
}

/**
 * ψ(u), the probability that the fund is ever ruined: (λm/c) exp(−(1/m − λ/c) u), and 1 where c ≤ λm. Lundberg, 1903; Cramér, On the
 * mathematical theory of risk, 1930; Asmussen and Albrecher, Ruin probabilities, 2010.
 */
export function ruinProbability(process: ExponentialClaims): number {
  check(process, process.meanClaim);
  const { initial, inflow, rate, meanClaim } = process;
  if (rate === 0) return 0;
  const load = (rate * meanClaim) / inflow;
  return load >= 1 ? 1 : load * Math.exp((-initial / meanClaim) * (1 - load));
}

/**
 * ψ(u, T), the probability that the fund is ruined within a number of days.
 *
 * With μ = c/m and v = u/m it is an integral around 0 inside of both poles, 1 and λ/μ:
 *
 *     ψ(u, T) = 1/(2πi) ∮ exp(T (μw + λ/w − μ − λ) + v (w − 1)) (μw² − λ) / ((1 − w) (μw − λ)) dw
 *
 * On the circle |w| = √(λ/μ) that is the integral of Asmussen and Albrecher, Ruin probabilities, 2010, V.1 (of ψ(u, T) − ψ(u), the
 * residue at the pole that lies inside). The circle is free, and the one through the saddle of the exponent is taken, since there
 * nothing cancels: probabilities of 10^-50 have their digits too. Around a circle the trapezoidal rule converges exponentially.
 */
export function ruinProbabilityWithin(process: ExponentialClaims, days: number): number {
  check(process, process.meanClaim);
  checkDays(days);
  const { initial, inflow, rate: lambda, meanClaim } = process;
  if (lambda === 0 || days === 0) return 0;
  const mu = inflow / meanClaim;
  const v = initial / meanClaim;
  // Without a balance and without an inflow the first claim ruins.
  if (mu * days + v === 0) return -Math.expm1(-lambda * days);

  const pole = Math.min(1, lambda / mu);
  const saddle = Math.sqrt((lambda * days) / (mu * days + v));
  const curvature = 2 * Math.sqrt(lambda * days * (mu * days + v));
  // How far from the saddle the integrand stays near its largest; the circle keeps as far from the pole, on a logarithmic scale.
  const width = Math.min(1, 1 / Math.sqrt(curvature));
  const outside = Math.log(saddle / pole) > width;
  const inside = outside ? ruinProbability(process) : 0;
  // At the saddle the exponent is −(√(μT + v) − √(λT))²; doubles end at e^−745.
  if ((Math.sqrt(mu * days + v) - Math.sqrt(lambda * days)) ** 2 > 750) return inside;
  if (curvature > MOST_CURVATURE) throw new Refusal('INVALID_INPUT', 'Give fewer days.', ['days']);
  const radius = outside ? saddle : Math.min(saddle, pole * Math.exp(-width));

  const integrand = (angle: number): number => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [re, im] = [radius * cos, radius * sin];
    const growth = days * (mu * re + (lambda * cos) / radius - mu - lambda) + v * (re - 1);
    const turn = days * (mu * im - (lambda * sin) / radius) + v * im;
    // w (μw² − λ) / ((1 − w) (μw − λ)), as ((μw² − λ) w) × the conjugate of the rest.
    const square = { re: mu * (re * re - im * im) - lambda, im: 2 * mu * re * im };
    const top = { re: square.re * re - square.im * im, im: square.re * im + square.im * re };
    const bottom = multiply({ re: 1 - re, im: -im }, { re: mu * re - lambda, im: mu * im });
    const quotient = multiply(top, { re: bottom.re, im: -bottom.im });
    const size = Math.exp(growth) / (bottom.re ** 2 + bottom.im ** 2);
    return size * (quotient.re * Math.cos(turn) - quotient.im * Math.sin(turn));
  };
  return Math.min(1, Math.max(0, inside + meanAround(integrand)));
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

const multiply = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});

/** The mean of an even function with the period 2π: the trapezoidal rule, its points doubled until that no longer matters. */
function meanAround(f: (angle: number) => number): number {
  let points = 32;
  let sum = (f(0) + f(Math.PI)) / 2;
  for (let k = 1; k < points; k++) sum += f((Math.PI * k) / points);
  for (;;) {
    let between = 0;
    let scale = 0;
    for (let k = 0; k < points; k++) {
      const value = f((Math.PI * (k + 0.5)) / points);
      between += value;
      scale += Math.abs(value);
    }
    const change = Math.abs(between - sum) / (2 * points);
    sum += between;
    points *= 2;
    if (change <= 1e-14 * (scale / points) || points > MOST_POINTS) return sum / points;
  }
}

const MOST_POINTS = 1 << 20;
/** What these points suffice for: hundreds of millions of claims. */
const MOST_CURVATURE = 5e8;

/** A whole number of paths up to a limit and to a default, at least 1. */
export const pathsWithin = (limit: number, usual: number): number =>
  Math.max(1, Math.min(usual, Math.floor(limit)));

/** How large claims are: exponential with a mean, or one of those that there were, each as likely as the other. */
export type ClaimSizes = { readonly mean: number } | { readonly past: readonly number[] };

export interface SimulatedRuin {
  readonly probability: number;
  /** √(p (1 − p) / paths): 0 where all paths agree, which says that p is within some 3 / paths of there. */
  readonly standardError: number;
  /** The days at which paths were ruined, in the order of the paths; those that were not have none. */
  readonly times: readonly number[];
}

/**
 * The same by simulation, for any claims: paths × rate × days claims are drawn.
 *
 * @param random uniform in (0, 1), from a seed: the same numbers give the same answer
 */
export function simulateRuin(
  process: FundProcess,
  claims: ClaimSizes,
  days: number,
  paths: number,
  random: () => number,
): SimulatedRuin {
  const sizes = 'past' in claims ? claims.past : [claims.mean];
  if (sizes.length === 0) throw new Refusal('INVALID_INPUT', 'Give at least one past claim.', ['claims']);
  check(process, ...sizes);
  checkDays(days);
  if (!Number.isSafeInteger(paths) || paths < 1) {
    throw new Refusal('INVALID_INPUT', 'Simulate a whole number of paths, at least 1.', ['paths']);
  }
  const claim = (): number =>
    'past' in claims
      ? claims.past[Math.min(sizes.length - 1, Math.floor(random() * sizes.length))]!
      : -claims.mean * Math.log(random());
  const times: number[] = [];
  for (let path = 0; path < paths && process.rate > 0; path++) {
    let time = 0;
    let balance = process.initial;
    for (;;) {
      const wait = -Math.log(random()) / process.rate;
      time += wait;
      if (time > days) break;
      balance += process.inflow * wait - claim();
      if (balance < 0) {
        times.push(time);
        break;
      }
    }
  }
  const probability = times.length / paths;
  return { probability, standardError: Math.sqrt((probability * (1 - probability)) / paths), times };
}

function check({ initial, inflow, rate }: FundProcess, ...claims: readonly number[]): void {
  for (const [name, value] of Object.entries({ initial, inflow, rate })) {
    if (!Number.isFinite(value) || value < 0) {
      throw new Refusal('INVALID_INPUT', 'Give a number that is at least 0.', [name]);
    }
  }
  if (claims.some((claim) => !Number.isFinite(claim) || claim <= 0)) {
    throw new Refusal('INVALID_INPUT', 'A claim is a number above 0.', ['claims']);
  }
}

function checkDays(days: number): void {
  if (!Number.isFinite(days) || days < 0) {
    throw new Refusal('INVALID_INPUT', 'Give a number of days that is at least 0.', ['days']);
  }
}
