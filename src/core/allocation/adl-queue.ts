import { AtomColumn } from '../atom-column.ts';
import { ONE } from '../decimal.ts';
import { max } from '../money.ts';
import { type Claims, type Exposures, fixedAt, type Method } from './claims.ts';

/**
 * The score that places an account in the queue: profit rate × effective leverage, (profit ÷ cost) × (notional ÷
 * equity), in units of 10^-18, cut off. A cost or an equity below one atom counts as one.
 */
export function queueScores({ profits }: Claims, { notionals, costs, equities }: Exposures): AtomColumn {
  const scores = new AtomColumn(profits.length);
  for (let i = 0; i < profits.length; i++) {
    const divisor = max(1n, costs.get(i)) * max(1n, equities.get(i));
    scores.set(i, (profits.get(i) * notionals.get(i) * ONE) / divisor);
  }
  return scores;
}

/** Indices from the front of the queue: the highest score first, ties to the smaller index. */
export function queueOrder(scores: AtomColumn): Uint32Array {
  return new Uint32Array(scores.length)
    .map((_, i) => i)
    .sort((a, b) => {
      const x = scores.get(a);
      const y = scores.get(b);
      return x > y ? -1 : x < y ? 1 : a - b;
    });
}

/**
 * The auto-deleveraging queue of the large venues, as a haircut: whoever ranks first by profit rate × leverage gives up
 * its cap, then the next, until the loss is covered: h = min(cap, max(0, λ − caps ahead)) with λ the loss. Closing a
 * winner against the bankrupt at the bankruptcy price costs it the same; here it keeps its position. The weight is the
 * sum of the caps that stand ahead.
 */
export const adlQueue: Method = {
  needsExposures: true,
  weights: (claims, exposures) => {
    const ahead = new AtomColumn(claims.caps.length);
    let caps = 0n;
    for (const i of queueOrder(queueScores(claims, exposures))) {
      ahead.set(i, caps);
      caps += claims.caps.get(i);
    }
    return ahead;
  },
  scale: 1n,
  phases: [
    ({ weight, cap }) => (cap === 0n ? fixedAt(0n) : { slope: 1n, offset: -weight, low: 0n, high: cap }),
  ],
};
