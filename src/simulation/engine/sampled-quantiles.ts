import type { SampledPath } from './batch.ts';

/** The normal quantile of 97.5 %. */
const Z = 1.959963984540054;

/**
 * Quantiles of each account's haircut over all paths, out of the loss paths that were gone through again: on the others it is 0. By order
 * statistics, with a 95 % interval of ranks as histogram.ts has it; what is beyond a rank is taken to be known by the sample alone.
 *
 * @param total Σ of the weights of all paths
 * @param squares Σ of their squares
 * @param levels ascending
 */
export function quantilesOfSamples(
  samples: readonly SampledPath[],
  total: number,
  squares: number,
  accountCount: number,
  levels: readonly number[],
): { values: Float64Array; lows: Float64Array; highs: Float64Array }[] {
  const columns = levels.map(() => ({
    values: new Float64Array(accountCount),
    lows: new Float64Array(accountCount),
    highs: new Float64Array(accountCount),
  }));
  const order = new Uint32Array(samples.length);
  const own = new Float64Array(samples.length);
  for (let account = 0; account < accountCount; account++) {
    let count = 0;
    samples.forEach(({ haircuts }, i) => {
      own[i] = haircuts[account]!;
      if (own[i]! > 0) order[count++] = i;
    });
    if (count === 0) continue;
    // Largest first: what is beyond a rank comes before it.
    const sorted = order.subarray(0, count).sort((a, b) => own[b]! - own[a]! || a - b);
    levels.forEach((level, l) => {
      const beyond = (1 - level) * total;
      const { values, lows, highs } = columns[l]!;
      const at = rank(samples, own, sorted, beyond);
      const error = Z * Math.hypot(level * Math.sqrt(at.squares), (1 - level) * Math.sqrt(squares));
      values[account] = at.value;
      lows[account] = rank(samples, own, sorted, beyond + error).value;
      highs[account] = rank(samples, own, sorted, Math.max(0, beyond - error)).value;
    });
  }
  return columns;
}

/** The largest value that at least that weight reaches; 0 where all that is above 0 weighs less. Σ weight² of what came before. */
function rank(
  samples: readonly SampledPath[],
  own: Float64Array,
  sorted: Uint32Array,
  beyond: number,
): { value: number; squares: number } {
  let [weight, squares] = [0, 0];
  for (const i of sorted) {
    weight += samples[i]!.weight;
    squares += samples[i]!.weight ** 2;
    if (weight > beyond * (1 + 1e-12)) return { value: own[i]!, squares };
  }
  return { value: 0, squares };
}
