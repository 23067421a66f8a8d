/** The largest distance of the ranks' distribution from the uniform one. */
export function kolmogorovSmirnov(sorted: readonly number[]): number {
  return sorted.reduce(
    (largest, rank, i) => Math.max(largest, (i + 1) / sorted.length - rank, rank - i / sorted.length),
    0,
  );
}

/** P(a distance at least that), by Kolmogorov's series with Stephens' correction for small n (J. R. Statist. Soc. B 32, 1970). */
export function kolmogorovTail(distance: number, n: number): number {
  const x = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  if (x < 0.2) return 1;
  let tail = 0;
  for (let k = 1; k <= 100; k++) tail += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, tail));
}
