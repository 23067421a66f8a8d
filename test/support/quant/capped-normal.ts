import { normalCdf, normalDensity } from './normal.ts';
import { type Summary, summaryOf } from './one-market.ts';

/**
 * The moments of min(X, c), X normal (m, s). With z = (c − m) / s and I_n = E[Zⁿ; Z ≤ z]: I₀ = Φ(z), I₁ = −φ(z),
 * I_n = (n − 1) I_{n−2} − z^{n−1} φ(z), by parts; min(X, c) is m + sZ up to z and c beyond. (Moments of a censored normal; Tobin,
 * Estimation of relationships for limited dependent variables, 1958, has the first.)
 */
export function cappedAbove(m: number, s: number, c: number): Summary {
  const z = (c - m) / s;
  const [below, density] = [normalCdf(z), normalDensity(z)];
  const i = [below, -density, below - z * density, -2 * density - z * z * density];
  const beyond = normalCdf(-z);
  return summaryOf([
    m * i[0]! + s * i[1]! + c * beyond,
    m ** 2 * i[0]! + 2 * m * s * i[1]! + s ** 2 * i[2]! + c ** 2 * beyond,
    m ** 3 * i[0]! + 3 * m ** 2 * s * i[1]! + 3 * m * s ** 2 * i[2]! + s ** 3 * i[3]! + c ** 3 * beyond,
  ]);
}

/** max(X, −c) = −min(−X, c): a loss of c at most. */
export function cappedBelow(m: number, s: number, c: number): Summary {
  const { mean, deviation, sharpe, skew } = cappedAbove(-m, s, c);
  return { mean: -mean, deviation, sharpe: -sharpe, skew: -skew };
}
