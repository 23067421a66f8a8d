/** A number that was estimated, with what it may be off by. */
export interface Estimate {
  readonly value: number;
  /** By the delete-one jackknife over independent batches; null where there is one batch only. */
  readonly standardError: number | null;
}

/**
 * A function of sums, over all batches; its standard error by the delete-one jackknife (Efron and Stein, Ann. Statist. 9, 1981), which
 * serves means, ratios, correlations and whatever else is smooth in its sums. What is no number (0 ÷ 0: nothing to estimate from) is null.
 *
 * @param batches the sums of each independent batch, all of one length
 */
export function estimate(
  batches: readonly Float64Array[],
  of: (sums: Float64Array) => number,
): Estimate | null {
  const total = new Float64Array(batches[0]!.length);
  for (const sums of batches) addTo(total, sums, 1);
  const value = of(total);
  if (!Number.isFinite(value)) return null;
  if (batches.length < 2) return { value, standardError: null };
  const rest = new Float64Array(total.length);
  const values = batches.map((sums) => {
    rest.set(total);
    addTo(rest, sums, -1);
    return of(rest);
  });
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const spread = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const error = Math.sqrt((spread * (values.length - 1)) / values.length);
  return { value, standardError: Number.isFinite(error) ? error : null };
}

function addTo(total: Float64Array, sums: Float64Array, sign: number): void {
  for (let i = 0; i < total.length; i++) total[i]! += sign * sums[i]!;
}
