import type { PathOutcomes } from './outcomes.ts';

/** Sums over paths of what the pool came to, weighted: by their names, and then the tables below. */
const SCALARS = [
  'weight',
  'anyBankrupt',
  'anySocialized',
  'anyUncovered',
  'deficit',
  'residual',
  'socialized',
  'uncovered',
  'fundDraw',
  'winning',
  'rate',
  'rateSquared',
  'rateSocialized',
  'gain',
  'gainSquared',
  'rateGain',
] as const;
export type Scalar = (typeof SCALARS)[number];
const PLACE = Object.fromEntries(SCALARS.map((name, i) => [name, i])) as Record<Scalar, number>;

/** Paths are told apart by how many accounts they close out: from each of these numbers to before the next. */
export const LIQUIDATION_BOUNDS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000] as const;
const BUCKETS = LIQUIDATION_BOUNDS.length;

/** What a path's haircut rate is: what winners gave up over what they had won. Null where nobody won. */
export const rateOf = ({ socialized, profits }: PathOutcomes, path: number): number | null =>
  profits[path]! > 0 ? Math.min(1, socialized[path]! / profits[path]!) : null;

/** Adds up paths. Its sums are one column, so that batches are compared and merged without knowing what they are. */
export class Tally {
  readonly #fundSizes: readonly number[];
  #sums: Float64Array;

  /** @param fundSizes what the fund could have above its reserve instead */
  constructor(fundSizes: readonly number[]) {
    this.#fundSizes = fundSizes;
    this.#sums = this.#empty();
  }

  #empty(): Float64Array {
    return new Float64Array(SCALARS.length + 2 * BUCKETS + 2 * this.#fundSizes.length);
  }

  add(outcomes: PathOutcomes, path: number, weight: number): void {
    const sums = this.#sums;
    const put = (name: Scalar, value: number) => {
      sums[PLACE[name]]! += weight * value;
    };
    const { deficits, residuals, socialized, uncovered, fundDraws, profits, closed, bankrupt } = outcomes;
    const rate = rateOf(outcomes, path);
    put('weight', 1);
    if (rate !== null) {
      put('winning', 1);
      put('rate', rate);
      put('rateSquared', rate * rate);
      put('gain', profits[path]!);
      put('gainSquared', profits[path]! ** 2);
      put('rateGain', rate * profits[path]!);
    }
    const bucket = SCALARS.length + 2 * bucketOf(closed[path]!);
    if (rate !== null) {
      sums[bucket]! += weight;
      sums[bucket + 1]! += weight * rate;
    }
    if (deficits[path] === 0) return;
    if (bankrupt[path]! > 0) put('anyBankrupt', 1);
    if (socialized[path]! > 0) {
      put('anySocialized', 1);
      put('rateSocialized', rate ?? 0);
    }
    if (uncovered[path]! > 0) put('anyUncovered', 1);
    put('deficit', deficits[path]!);
    put('residual', residuals[path]!);
    put('socialized', socialized[path]!);
    put('uncovered', uncovered[path]!);
    put('fundDraw', fundDraws[path]!);
    const curve = SCALARS.length + 2 * BUCKETS;
    this.#fundSizes.forEach((fund, i) => {
      const residual = outcomes.asked[path]! - Math.min(fund, outcomes.wanted[path]!);
      // What is left by rounding alone is nothing.
      if (residual <= outcomes.asked[path]! * 1e-12) return;
      sums[curve + 2 * i]! += weight;
      sums[curve + 2 * i + 1]! += weight * residual;
    });
  }

  /** Hands over its sums, and begins anew. */
  take(): Float64Array {
    const sums = this.#sums;
    this.#sums = this.#empty();
    return sums;
  }
}

function bucketOf(count: number): number {
  let bucket = 0;
  while (bucket + 1 < BUCKETS && LIQUIDATION_BOUNDS[bucket + 1]! <= count) bucket++;
  return bucket;
}

/** Reads the sums of a tally. */
export const scalar = (sums: Float64Array, name: Scalar): number => sums[PLACE[name]]!;

/** The weight of the paths with a winner in a bucket, and Σ rate of them. */
export function bucketAt(sums: Float64Array, bucket: number): { weight: number; rate: number } {
  const at = SCALARS.length + 2 * bucket;
  return { weight: sums[at]!, rate: sums[at + 1]! };
}

/** The weight of the paths on which a fund of that size leaves something, and Σ of what. */
export function fundAt(sums: Float64Array, index: number): { weight: number; residual: number } {
  const at = SCALARS.length + 2 * BUCKETS + 2 * index;
  return { weight: sums[at]!, residual: sums[at + 1]! };
}
