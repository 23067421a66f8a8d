import { VALUE_SCALE } from '../position.ts';
import { approximate } from './approximate.ts';
import type { Blocks } from './blocks.ts';
import { MARKET_WIDTH, type MarketColumns, TIER_WIDTH } from './market-columns.ts';

/** What floats say of a run of accounts, in atoms. */
export class Readings {
  readonly equities: Float64Array;
  readonly notionals: Float64Array;
  readonly initials: Float64Array;
  readonly maintenances: Float64Array;
  /** By no more than this is an equity, a notional, or an equity less a requirement, off the exact one. */
  readonly errors: Float64Array;

  constructor(length: number) {
    this.equities = new Float64Array(length);
    this.notionals = new Float64Array(length);
    this.initials = new Float64Array(length);
    this.maintenances = new Float64Array(length);
    this.errors = new Float64Array(length);
  }
}

/** 2u: twice what one rounding moves a double by at most, relative to it. */
const TWO_ROUNDINGS = 2 ** -52;

/** What is rounded however few positions there are, and how often for each of them without tiers: see below. */
const FIXED = 24;
const PER_POSITION = 3;

/**
 * Values the accounts from `from` to before `to`. It allocates nothing where all markets have marks.
 *
 * `bases` is balance − Σ cost, so equity is base + Σ size × price. With n positions, T tiers, the notional N and u = 2^-53,
 * figures are off by at most, to first order in u:
 *  - an equity (2n + 8) u (|base| + N): a base or an entry value comes with 4 roundings, a size with 2, a price with 3, their
 *    product is one more, and each of at most 2n sums is at most |base| + N;
 *  - a requirement (n (1 + T) + 12) u N: what is above a floor is off by 9 u of the notional, a raise by 2 u of itself, their
 *    product by one more, all raises together are at most 1, and each of n (1 + T) sums is at most N;
 *  - their difference u (|base| + 2 N) more.
 * Together less than (n (3 + T) + 24) u (|base| + N). `errors` is twice that: room for the terms of second order, for the
 * roundings of the bound itself, and for a few of whoever reads it.
 */
export function measure(
  blocks: Blocks,
  bases: Float64Array,
  markets: MarketColumns,
  from: number,
  to: number,
  out: Readings,
): void {
  const { marketNos, sizes, starts, counts } = blocks;
  const { rows, tiers } = markets;
  const { equities, notionals, initials, maintenances, errors } = out;
  const perPosition = PER_POSITION + markets.mostTiers;
  for (let accountNo = from; accountNo < to; accountNo++) {
    const base = bases[accountNo]!;
    const start = starts[accountNo]!;
    const count = counts[accountNo]!;
    let equity = base;
    let notional = 0;
    let initial = 0;
    let maintenance = 0;
    for (let place = start; place < start + count; place++) {
      const row = marketNos[place]! * MARKET_WIDTH;
      const worth = sizes[place]! * rows[row]!;
      equity += worth;
      let value = Math.abs(worth);
      if (value > rows[row + 3]!) {
        if (rows[row + 3]! < 0) {
          // No mark: the position is worth what it cost.
          const cost = approximate(blocks.costAt(place), VALUE_SCALE - markets.decimals);
          equity += cost;
          value = Math.abs(cost);
        }
        const steps = tiers[marketNos[place]!]!;
        for (let i = 0; i < steps.length && value > steps[i]!; i += TIER_WIDTH) {
          initial += (value - steps[i]!) * steps[i + 1]!;
          maintenance += (value - steps[i]!) * steps[i + 2]!;
        }
      }
      notional += value;
      initial += value * rows[row + 1]!;
      maintenance += value * rows[row + 2]!;
    }
    const i = accountNo - from;
    equities[i] = equity;
    notionals[i] = notional;
    initials[i] = initial;
    maintenances[i] = maintenance;
    errors[i] = (count * perPosition + FIXED) * TWO_ROUNDINGS * (Math.abs(base) + notional);
  }
}
