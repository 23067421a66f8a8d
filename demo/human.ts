import { ATOM_DIGITS, atoms } from './check.ts';
import { printMoney } from './decimal.ts';

/** "$23,191,104.48": to the cent, and to the millionth where there is a part of a cent. */
export function usd(amount: bigint | string): string {
  const value = typeof amount === 'string' ? atoms(amount) : amount;
  const sign = value < 0n ? '−' : '';
  const size = value < 0n ? -value : value;
  const text = size % 10_000n === 0n ? printMoney(size / 10_000n, 2) : printMoney(size, ATOM_DIGITS);
  return `${sign}$${text}`;
}

/** "$23,191,104.48": rounded to the cent, for tables that are read and not checked. */
export const roundUsd = (value: bigint): string => `$${printMoney((value + 5_000n) / 10_000n, 2)}`;

export const count = (value: number): string => value.toLocaleString('en-US');

export const seconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

/** A share of a whole as a percentage with so many digits. */
export const percent = (part: bigint, whole: bigint, digits = 2): string =>
  `${((Number(part) / Number(whole)) * 100).toFixed(digits)} %`;

export function table(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('   ')
      .trimEnd(),
  );
}
