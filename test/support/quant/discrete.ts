import { betaI, gammaQ, logGamma } from './special.ts';

export function poissonPmf(mean: number, k: number): number {
  if (mean === 0) return k === 0 ? 1 : 0;
  return Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
}

/** P(N ≤ k) = Q(k + 1, mean) (DLMF 8.4.10 and 8.11). */
export const poissonCdf = (mean: number, k: number): number => (k < 0 ? 0 : gammaQ(Math.floor(k) + 1, mean));

export function binomialPmf(n: number, p: number, k: number): number {
  if (k < 0 || k > n) return 0;
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  const choose = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return Math.exp(choose + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** P(K ≤ k) = I_{1−p}(n − k, k + 1) (DLMF 8.17.5). */
export function binomialCdf(n: number, p: number, k: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : betaI(n - Math.floor(k), Math.floor(k) + 1, 1 - p);
}
