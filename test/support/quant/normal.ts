import { integrate } from './quadrature.ts';
import { continuedFraction } from './special.ts';

/** φ(x). The square is split so that far tails keep their digits (Cody, 1969). */
export function normalDensity(x: number): number {
  if (Math.abs(x) > 40) return 0;
  const head = Math.trunc(x * 16) / 16;
  return (Math.exp(-(head * head) / 2) * Math.exp((-(x - head) * (x + head)) / 2)) / Math.sqrt(2 * Math.PI);
}

/** ½ + φ(x) (x + x³/3 + x⁵/15 + …) near 0 (Marsaglia, Evaluating the normal distribution, 2004), Mills's ratio as a fraction beyond. */
export function normalCdf(x: number): number {
  if (x > 1) return 1 - normalCdf(-x);
  if (x < -1) {
    if (x < -40) return 0;
    return (
      normalDensity(x) /
      continuedFraction(
        -x,
        (n) => n,
        () => -x,
      )
    );
  }
  let term = x;
  let sum = 0;
  for (let n = 1; sum + term !== sum; n += 2) {
    sum += term;
    term *= (x * x) / (n + 2);
  }
  return 0.5 + normalDensity(x) * sum;
}

/** Φ⁻¹, by Newton's method on ln Φ, which is concave. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  let x = p < 0.1 ? -Math.sqrt(-2 * Math.log(p)) : 0;
  for (let round = 0; round < 60; round++) {
    const cdf = normalCdf(x);
    const step = ((Math.log(cdf) - Math.log(p)) * cdf) / normalDensity(x);
    x -= step;
    if (Math.abs(step) <= 1e-16 * Math.abs(x)) break;
  }
  return x;
}

/** P(X ≤ h, Y ≤ k) of standard normals with correlation r: Plackett's identity, A reduction formula for normal multivariate integrals, 1954. */
export function bivariateCdf(h: number, k: number, r: number): number {
  if (h === -Infinity || k === -Infinity) return 0;
  if (h === Infinity) return normalCdf(k);
  if (k === Infinity) return normalCdf(h);
  if (r >= 1) return normalCdf(Math.min(h, k));
  if (r <= -1) return Math.max(0, normalCdf(h) - normalCdf(-k));
  const end = Math.asin(r);
  const density = (angle: number): number => {
    const cos = Math.cos(angle);
    return Math.exp(-(h * h + k * k - 2 * h * k * Math.sin(angle)) / (2 * cos * cos));
  };
  const sum = end >= 0 ? integrate(density, 0, end) : -integrate(density, end, 0);
  return normalCdf(h) * normalCdf(k) + sum / (2 * Math.PI);
}
