import { normalCdf, normalDensity } from './normal.ts';

/** E[(X − F)⁺] of X normal: s φ(z) + (m − F) Φ(z), z = (m − F) / s. Bachelier, Théorie de la spéculation, 1900. */
export function normalStopLoss(mean: number, deviation: number, fund: number): number {
  const z = (mean - fund) / deviation;
  return deviation * normalDensity(z) + (mean - fund) * normalCdf(z);
}

/** E[(X − F)⁺] of ln X normal (m, s): e^{m + s²/2} Φ(d + s) − F Φ(d), d = (m − ln F) / s. Black and Scholes, 1973. */
export function lognormalStopLoss(m: number, s: number, fund: number): number {
  const mean = Math.exp(m + (s * s) / 2);
  if (fund <= 0) return mean - fund;
  const d = (m - Math.log(fund)) / s;
  return mean * normalCdf(d + s) - fund * normalCdf(d);
}
