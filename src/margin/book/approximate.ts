/*
 * The only way from an exact number to a float in the risk book. What is decided by these floats carries a bound of their
 * error (measure.ts); what the bound leaves open is decided by the bigints.
 */

/** Powers of ten that a double holds exactly. */
const TENS = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
];

/**
 * value × 10^-digits. Rounded once, and once more for every eighteen digits begun: for 54 digits it is off by at most four
 * parts in 2^53. Zero and the sign are exact; beyond the range of a double it is ±Infinity.
 */
export function approximate(value: bigint, digits: number): number {
  let result = Number(value);
  for (let left = digits; left > 0; left -= 18) result /= TENS[Math.min(left, 18)]!;
  return result;
}
