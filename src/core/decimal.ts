/**
 * Exact decimals at the edge: text outside, bigint inside. No float takes part.
 *
 * A decimal is `-?digits(.digits)?`; exponents, signs of plus, blanks and bare points are not decimals.
 */

const DECIMAL = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/;
const SHAPE = /^-?\d+(\.\d+)?$/;

/** The longest text that is read as a decimal at all: enough for any number that fits, with room to refuse by range. */
export const MAX_DECIMAL_LENGTH = 1_000;

/** Fraction digits of prices, sizes, contract sizes and rates. */
export const SCALE = 18;

/** 10^SCALE: the unit in which prices, sizes and rates are bigint. */
export const ONE = 10n ** BigInt(SCALE);

/** The canonical text of a decimal (no leading or trailing zeros, no "-0"), or null when the text is none. */
export function canonicalDecimal(text: string): string | null {
  if (text.length > MAX_DECIMAL_LENGTH || !SHAPE.test(text)) return null;
  const [, sign, whole, fraction] = DECIMAL.exec(text)!;
  const magnitude = fraction ? `${whole}.${fraction}` : whole!;
  return magnitude === '0' ? '0' : `${sign}${magnitude}`;
}

export type ScaledDecimal = { readonly value: bigint } | { readonly problem: 'digits' | 'range' };

/**
 * A canonical decimal as an integer of 10^-digits. Refuses more fraction digits than that, and magnitudes above
 * `limit` (in the same unit); it never rounds.
 */
export function scaleDecimal(canonical: string, digits: number, limit: bigint): ScaledDecimal {
  const point = canonical.indexOf('.');
  const fractionDigits = point < 0 ? 0 : canonical.length - point - 1;
  if (fractionDigits > digits) return { problem: 'digits' };
  const integer = point < 0 ? canonical : canonical.slice(0, point) + canonical.slice(point + 1);
  const value = BigInt(integer + '0'.repeat(digits - fractionDigits));
  return value > limit || value < -limit ? { problem: 'range' } : { value };
}

/** An integer of 10^-digits as text with exactly that many fraction digits. */
export function formatScaled(value: bigint, digits: number): string {
  return placePoint(value.toString(), digits);
}

/** The same for an integer that is text already, as a database prints it. */
export function placePoint(integer: string, digits: number): string {
  if (digits === 0) return integer;
  const negative = integer.charCodeAt(0) === 45;
  const magnitude = (negative ? integer.slice(1) : integer).padStart(digits + 1, '0');
  const split = magnitude.length - digits;
  return `${negative ? '-' : ''}${magnitude.slice(0, split)}.${magnitude.slice(split)}`;
}

/** Decimal text without trailing zeros: how prices, sizes and rates are printed. */
export function trimDecimal(text: string): string {
  if (!text.includes('.')) return text;
  const trimmed = text.replace(/\.?0+$/, '');
  return trimmed === '-0' ? '0' : trimmed;
}

/** Division that rounds toward −∞. Precondition: divisor > 0. */
export function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend >= 0n || quotient * divisor === dividend ? quotient : quotient - 1n;
}

/** Division that rounds toward +∞. Precondition: divisor > 0. */
export function ceilDiv(dividend: bigint, divisor: bigint): bigint {
  return -floorDiv(-dividend, divisor);
}
