import type { Diffusion } from './price-law.ts';
import { integrate } from './quadrature.ts';
import { betaI, logGamma } from './special.ts';

export function studentDensity(freedom: number, x: number): number {
  const front = logGamma((freedom + 1) / 2) - logGamma(freedom / 2) - Math.log(freedom * Math.PI) / 2;
  return Math.exp(front - ((freedom + 1) / 2) * Math.log1p((x * x) / freedom));
}

/** P(t ≤ x) = ½ I_{ν/(ν+x²)}(ν/2, ½) for x ≤ 0 (DLMF 8.17, Student, 1908). */
export function studentCdf(freedom: number, x: number): number {
  const tail = betaI(freedom / 2, 0.5, freedom / (freedom + x * x)) / 2;
  return x <= 0 ? tail : 1 - tail;
}

/** ln S = location + scale × t, with ν degrees of freedom. */
export interface StudentReturn {
  readonly freedom: number;
  readonly location: number;
  readonly scale: number;
}

/** The log return with mean (μ − σ²/2) T and variance σ²T: the scale is σ √T √((ν − 2) / ν), ν > 2. */
export const studentReturn = ({ drift, volatility, horizon }: Diffusion, freedom: number): StudentReturn => ({
  freedom,
  location: (drift - volatility ** 2 / 2) * horizon,
  scale: volatility * Math.sqrt((horizon * (freedom - 2)) / freedom),
});

/** P(S ≤ k). */
export const studentBankruptcy = ({ freedom, location, scale }: StudentReturn, k: number): number =>
  studentCdf(freedom, (Math.log(k) - location) / scale);

/**
 * E[(k − S)⁺] by parts: ∫ P(S ≤ x) dx up to k, over u = x / k, which has no tail to cut off. (E[S] itself is infinite: only falls
 * have expectations.)
 */
export function studentPut(of: StudentReturn, k: number): number {
  return k <= 0 ? 0 : k * integrate((u) => studentBankruptcy(of, k * u), 0, 1);
}
