import { canonicalDecimal, formatScaled, SCALE, scaleDecimal } from '../../core/decimal.ts';

/** Decimal text made readable. Every digit that is shown is one of the text's own: nothing is computed in floats. */

export interface Digits {
  readonly sign: '' | '−';
  /** With a comma after each three. */
  readonly whole: string;
  /** With its point; empty where there is none. */
  readonly fraction: string;
}

export function digitsOf(decimal: string): Digits {
  const negative = decimal.startsWith('-');
  const [whole = '0', fraction] = (negative ? decimal.slice(1) : decimal).split('.');
  return {
    sign: negative ? '−' : '',
    whole: whole.replace(/\B(?=(\d{3})+$)/g, ','),
    fraction: fraction === undefined ? '' : `.${fraction}`,
  };
}

/** The whole text, for where it cannot be marked up. */
export function grouped(decimal: string): string {
  const { sign, whole, fraction } = digitsOf(decimal);
  return sign + whole + fraction;
}

/** At most so many fraction digits, cut off. */
export function cutTo(decimal: string, places: number): string {
  const point = decimal.indexOf('.');
  return point < 0 ? decimal : decimal.slice(0, point + 1 + places);
}

/** A share as percent: the point moved by two, cut off after so many digits. */
export function percentOf(share: string, fractionDigits = 2): string {
  const negative = share.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? share.slice(1) : share).split('.');
  const digits = fraction.padEnd(2 + fractionDigits, '0');
  const moved = `${whole}${digits.slice(0, 2)}`.replace(/^0+(?=\d)/, '');
  const rest = digits.slice(2, 2 + fractionDigits);
  return grouped(`${negative ? '-' : ''}${moved}${rest ? `.${rest}` : ''}`);
}

/** A part of a whole as a share with four digits, cut off; 0 of nothing. */
export function shareOf(part: string, whole: string): string {
  const all = atoms(whole);
  return all === 0n ? '0' : formatScaled((atoms(part) * 10_000n) / all, 4);
}

/** An amount in units of 10^-18, in which every asset's amounts are whole. */
export function atoms(decimal: string): bigint {
  const scaled = scaleDecimal(canonicalDecimal(decimal)!, SCALE, 10n ** 60n);
  if ('problem' in scaled) throw new Error(`${decimal} is no amount`);
  return scaled.value;
}

/** Whether an amount is zero, whatever its digits. */
export const isZero = (decimal: string): boolean => /^-?[0.]*$/.test(decimal);

/** A number to place a pixel by. It is never shown. */
export const pixels = (decimal: string): number => Number(decimal);

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
/** A tick of an axis: rough, as its place is. */
export const tick = (value: number): string => COMPACT.format(value);
