import { bivariateCdf } from './normal.ts';
import { type Diffusion, type Jumps, jumpMean, poissonCounts } from './price-law.ts';

export interface JumpingMarket {
  readonly diffusion: Diffusion;
  /** What only this market has. */
  readonly own: Jumps;
  /** A common jump J multiplies this market's price by e^{βJ}. */
  readonly beta: number;
}

/** What a market makes of the common jumps. */
export const commonOf = ({ beta }: JumpingMarket, { rate, mean, deviation }: Jumps): Jumps => ({
  rate,
  mean: beta * mean,
  deviation: Math.abs(beta) * deviation,
});

/**
 * P(S₁ ≤ k₁, S₂ ≤ k₂) of two markets with correlated diffusions, jumps of their own, and common jumps that both follow by their betas:
 * given the three numbers of jumps, ln S₁ and ln S₂ are jointly normal. Merton, 1976, as a triple series.
 */
export function jointBelow(
  [first, second]: readonly [JumpingMarket, JumpingMarket],
  common: Jumps,
  correlation: number,
  [k1, k2]: readonly [number, number],
): number {
  const { horizon } = first.diffusion;
  const likely = ({ rate }: Jumps) =>
    poissonCounts(rate * horizon)
      .map((weight, count) => ({ weight, count }))
      .filter(({ weight }) => weight > 1e-12);
  const diffused = correlation * first.diffusion.volatility * second.diffusion.volatility * horizon;
  let sum = 0;
  for (const both of likely(common)) {
    const covariance = diffused + both.count * first.beta * second.beta * common.deviation ** 2;
    for (const one of likely(first.own)) {
      const a = standard(first, common, one.count, both.count, k1);
      for (const other of likely(second.own)) {
        const b = standard(second, common, other.count, both.count, k2);
        const weight = both.weight * one.weight * other.weight;
        if (weight < 1e-13) continue;
        sum += weight * bivariateCdf(a.at, b.at, covariance / (a.deviation * b.deviation));
      }
    }
  }
  return sum;
}

/** Given its numbers of jumps: the standard deviation of ln S, and where ln k lies in units of it. */
function standard(market: JumpingMarket, common: Jumps, ownCount: number, commonCount: number, k: number) {
  const { drift, volatility, horizon } = market.diffusion;
  const shared = commonOf(market, common);
  const compensation = market.own.rate * jumpMean(market.own) + shared.rate * jumpMean(shared);
  const mean =
    (drift - volatility ** 2 / 2 - compensation) * horizon +
    ownCount * market.own.mean +
    commonCount * shared.mean;
  const deviation = Math.sqrt(
    volatility ** 2 * horizon + ownCount * market.own.deviation ** 2 + commonCount * shared.deviation ** 2,
  );
  return { deviation, at: (Math.log(k) - mean) / deviation };
}
