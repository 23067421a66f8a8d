/** The mean of some numbers and its standard error. */
export function meanOf(values: ArrayLike<number>): { mean: number; error: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** How many standard errors the mean of some numbers lies from what it should be. */
export function distance(values: ArrayLike<number>, expected: number): number {
  const { mean, error } = meanOf(values);
  return Math.abs(mean - expected) / error;
}

/** Pearson's chi-square of uniform numbers in equal cells, as a standard normal number (Wilson and Hilferty). */
export function unevenness(uniforms: Iterable<number>, cells: number): number {
  const counts = new Float64Array(cells);
  let total = 0;
  for (const u of uniforms) {
    counts[Math.floor(u * cells)]! += 1;
    total++;
  }
  let statistic = 0;
  for (const count of counts) statistic += (count - total / cells) ** 2 / (total / cells);
  const degrees = cells - 1;
  return (Math.cbrt(statistic / degrees) - 1 + 2 / (9 * degrees)) / Math.sqrt(2 / (9 * degrees));
}

export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [meanOf(a).mean, meanOf(b).mean];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
