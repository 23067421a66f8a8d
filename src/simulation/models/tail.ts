import type { Path } from '../../core/refusal.ts';
import { checkLength, checkNumber, invalid } from './check.ts';
import type { Factor } from './correlation.ts';

/** Importance sampling: most paths are drawn where the caller expects the losses, and weigh less for it. */
export interface TailSpec {
  /**
   * Per market how many standard deviations of its diffusion the mean of its log price at the horizon is moved by, from −10 to 10:
   * −2 for a fall. null for a market that follows the others as it is correlated with them.
   */
  readonly shifts: readonly (number | null)[];
  /** The share of the paths that are drawn as if there were no shift, from 0.01 to 0.99; about 0.2. No weight exceeds 1 ÷ that. */
  readonly unshifted: number;
}

/** A market whose row is this close to the span of the others' always moves with them. */
const SPANNED = 1e-6;
/** Further out even one path in a million would hardly have a weight that counts. */
const MAX_LENGTH = 20;

/**
 * The shift θ of the independent normals: the shortest one with Σⱼ Aᵢⱼ θⱼ = the shift of market i, for each market that names one.
 * By Gram and Schmidt over the rows of A.
 *
 * @param scale what a market's mean moves by per unit of its normal's mean: 1 for normals
 * @throws Refusal where markets that always move together are to be shifted apart, or nearly so
 */
export function shiftOf(
  { shifts, unshifted }: TailSpec,
  factor: Factor,
  scale: number,
  path: Path,
): Float64Array {
  const { markets, rank, rows } = factor;
  checkNumber(unshifted, 'The share of unshifted paths', 0.01, 0.99, [...path, 'unshifted']);
  checkLength(shifts, 'shifts', markets, [...path, 'shifts']);
  const theta = new Float64Array(rank);
  const basis: Float64Array[] = [];
  for (const [i, shift] of shifts.entries()) {
    if (shift === null) continue;
    checkNumber(shift, `The shift of market ${i}`, -10, 10, [...path, 'shifts', i]);
    const row = rows.subarray(i * rank, (i + 1) * rank);
    const missing = shift / scale - dot(row, theta);
    const own = row.slice();
    // Twice, because once leaves what rounding made of a row that is nearly spanned.
    for (const direction of [...basis, ...basis]) add(own, direction, -dot(own, direction));
    const length = Math.sqrt(dot(own, own));
    if (length < SPANNED) {
      if (Math.abs(missing) <= SPANNED) continue;
      throw invalid(
        `Market ${i} always moves with markets before it and cannot be shifted by ${shift} beside them: leave its shift out.`,
        [...path, 'shifts', i],
      );
    }
    add(theta, own, missing / (length * length));
    basis.push(own.map((value) => value / length));
  }
  const length = Math.sqrt(dot(theta, theta));
  if (length <= MAX_LENGTH) return theta;
  throw invalid(
    `These shifts lie ${length.toFixed(1)} standard deviations out as the markets are correlated, more than ${MAX_LENGTH}: make them smaller or more alike, or leave some out.`,
    [...path, 'shifts'],
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += what[i]! * times;
}
