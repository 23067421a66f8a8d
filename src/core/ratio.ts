import { formatScaled, ONE, SCALE, trimDecimal } from './decimal.ts';

export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** An exact fraction ≥ 0 in lowest terms; 0/1 where the denominator is 0. */
export function ratio(numerator: bigint, denominator: bigint): Ratio {
  if (numerator === 0n || denominator === 0n) return { numerator: 0n, denominator: 1n };
  const divisor = gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** The fraction as decimal text, cut off (not rounded) after 18 digits. */
export function ratioDecimal({ numerator, denominator }: Ratio): string {
  return trimDecimal(formatScaled((numerator * ONE) / denominator, SCALE));
}
