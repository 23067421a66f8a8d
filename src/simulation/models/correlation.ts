import type { Path } from '../../core/refusal.ts';
import { checkNumber, invalid } from './check.ts';

/** What rounding may leave of a zero, in units of a market's variance. */
const TOLERANCE = 1e-8;

/** A matrix A of one row a market with A Aᵀ the correlation matrix: market i's normal number is Σⱼ Aᵢⱼ zⱼ of independent ones. */
export interface Factor {
  readonly markets: number;
  /** Columns of A: fewer than markets where some of them always move together. */
  readonly rank: number;
  /** markets × rank, by row. */
  readonly rows: Float64Array;
}

/**
 * Checks a correlation matrix and factors it. Rank-deficient ones are allowed; those of a slightly negative eigenvalue (below
 * 10^-8) count as such.
 *
 * @throws Refusal when it is not square, symmetric, 1 on the diagonal, from −1 to 1 elsewhere and positive semidefinite
 */
export function checkCorrelation(matrix: readonly (readonly number[])[], path: Path): Factor {
  const n = matrix.length;
  const entries = new Float64Array(n * n);
  for (const [i, row] of matrix.entries()) {
    if (row.length !== n) {
      throw invalid(
        `Row ${i} of the correlations has ${row.length} entries and there are ${n} rows: give as many of both.`,
        [...path, i],
      );
    }
    for (const [j, entry] of row.entries()) {
      // What is 1 but for rounding is 1.
      const value = Math.abs(Math.abs(entry) - 1) <= TOLERANCE ? Math.sign(entry) : entry;
      checkNumber(value, `The correlation of markets ${i} and ${j}`, -1, 1, [...path, i, j]);
      entries[i * n + j] = value;
    }
  }
  for (let i = 0; i < n; i++) {
    if (entries[i * n + i] !== 1) {
      throw invalid(`Market ${i} has correlation ${entries[i * n + i]} with itself: give 1.`, [
        ...path,
        i,
        i,
      ]);
    }
    for (let j = 0; j < i; j++) {
      const [below, above] = [entries[i * n + j]!, entries[j * n + i]!];
      if (Math.abs(below - above) <= TOLERANCE) continue;
      throw invalid(
        `The correlation of markets ${i} and ${j} is ${below}, that of ${j} and ${i} is ${above}: give both alike.`,
        [...path, i, j],
      );
    }
  }
  const factor = factorOf(entries, n);
  if (typeof factor !== 'number') return factor;
  throw invalid(
    `The correlations contradict each other (market ${factor} cannot move so with the others): correct them, or multiply all off the diagonal by ${feasibleShare(entries, n)}.`,
    [...path, factor],
  );
}

/**
 * Pivoted Cholesky factorization. The next pivot is the market that explains most of what is left of the variance of all, so that
 * the first columns matter most, as Sobol's first dimensions like it. Answers a market at fault where the matrix is no covariance.
 */
function factorOf(correlation: Float64Array, n: number): Factor | number {
  const left = correlation.slice();
  const columns: Float64Array[] = [];
  while (columns.length < n) {
    const pivot = mostExplaining(left, n);
    if (pivot < 0) break;
    const root = Math.sqrt(left[pivot * n + pivot]!);
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) column[i] = left[i * n + pivot]! / root;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) left[i * n + j]! -= column[i]! * column[j]!;
      if (left[i * n + i]! < -TOLERANCE) return i;
    }
    // What the pivot has left is zero but for rounding, and must never be chosen again.
    for (let i = 0; i < n; i++) left[i * n + pivot] = left[pivot * n + i] = 0;
    columns.push(column);
  }
  const rest = left.findIndex((value) => Math.abs(value) > TOLERANCE);
  if (rest >= 0) return Math.floor(rest / n);
  const rank = columns.length;
  const rows = new Float64Array(n * rank);
  for (let i = 0; i < n; i++) for (let j = 0; j < rank; j++) rows[i * rank + j] = columns[j]![i]!;
  return { markets: n, rank, rows };
}

/** The market with variance left of which the most of all variance left hangs, Σᵢ sᵢₖ² / sₖₖ; −1 where none has. */
function mostExplaining(left: Float64Array, n: number): number {
  let [best, most] = [-1, 0];
  for (let k = 0; k < n; k++) {
    const own = left[k * n + k]!;
    if (own <= TOLERANCE) continue;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += left[k * n + i]! * left[k * n + i]!;
    if (sum / own > most) [best, most] = [k, sum / own];
  }
  return best;
}

/** The largest share in thousandths of the correlations that is no contradiction: 1/(1 − λ) for the smallest eigenvalue λ. */
function feasibleShare(correlation: Float64Array, n: number): number {
  let [good, bad] = [0, 1_000];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const scaled = correlation.map((value, at) => (at % (n + 1) === 0 ? 1 : (value * middle) / 1_000));
    if (typeof factorOf(scaled, n) === 'number') bad = middle;
    else good = middle;
  }
  return good / 1_000;
}
