import { assert } from '../../core/assert.ts';
import { ONE, SCALE } from '../../core/decimal.ts';
import type { MarginTerms } from '../margin.ts';
import { approximate } from './approximate.ts';
import { withRoom } from './columns.ts';

export const MARKET_WIDTH = 4;
export const TIER_WIDTH = 3;

const FEW = 16;

/** The terms of all markets: exactly as they were set, and as the doubles that a tick multiplies by. */
export class MarketColumns {
  readonly decimals: number;
  /** Exactly; at their market's number, like all columns. */
  readonly terms: (MarginTerms | undefined)[] = [undefined];
  /** Contract size × mark, bigint of 10^-36; null without a mark. */
  readonly exactPrices: (bigint | null)[] = [null];
  /**
   * What a tick multiplies by, MARKET_WIDTH numbers of each market side by side: the same price in atoms for a size of one unit
   * (0 without a mark), both rates, and the notional in atoms up to which these rates are all, which is the first tier's floor
   * (below 0 without a mark).
   */
  rows = new Float64Array(FEW * MARKET_WIDTH);
  /** At their market's number, TIER_WIDTH numbers of each tier: its floor in atoms, and by how much it raises either rate. */
  readonly tiers: Float64Array[] = [new Float64Array()];
  /** The most tiers that any market had. */
  mostTiers = 0;

  constructor(decimals: number) {
    this.decimals = decimals;
  }

  get count(): number {
    return this.terms.length - 1;
  }

  get byteLength(): number {
    return this.tiers.reduce((total, { byteLength }) => total + byteLength, this.rows.byteLength);
  }

  set(marketNo: number, terms: MarginTerms): void {
    const { contractSize, mark, initialRate, maintenanceRate } = terms;
    assert(marketNo >= 1 && marketNo <= this.count + 1, 'markets are numbered from 1 without a gap');
    assertTerms(terms);
    const unit = 10n ** BigInt(this.decimals);
    const tiers = new Float64Array(terms.tiers.length * TIER_WIDTH);
    let before: Rates = terms;
    terms.tiers.forEach((tier, i) => {
      tiers[i * TIER_WIDTH] = approximate(tier.floor * unit, SCALE);
      tiers[i * TIER_WIDTH + 1] = approximate(tier.initialRate - before.initialRate, SCALE);
      tiers[i * TIER_WIDTH + 2] = approximate(tier.maintenanceRate - before.maintenanceRate, SCALE);
      before = tier;
    });
    this.terms[marketNo] = terms;
    this.tiers[marketNo] = tiers;
    this.mostTiers = Math.max(this.mostTiers, terms.tiers.length);
    const price = mark === null ? null : contractSize * mark;
    this.exactPrices[marketNo] = price;
    this.rows = withRoom(this.rows, (marketNo + 1) * MARKET_WIDTH);
    this.rows.set(
      [
        approximate((price ?? 0n) * unit, 2 * SCALE),
        approximate(initialRate, SCALE),
        approximate(maintenanceRate, SCALE),
        mark === null ? -1 : (tiers[0] ?? Number.POSITIVE_INFINITY),
      ],
      marketNo * MARKET_WIDTH,
    );
  }
}

/** What the bound of the error of a tick takes for granted. */
function assertTerms(terms: MarginTerms): void {
  assert(terms.contractSize >= 0n && (terms.mark ?? 0n) >= 0n, 'contract size and mark are not below 0');
  let before = { floor: 0n, initialRate: 0n, maintenanceRate: 0n };
  assertRates(before, terms);
  before = { ...terms, floor: 0n };
  for (const tier of terms.tiers) {
    assert(tier.floor > before.floor, 'tiers ascend from above 0');
    assertRates(before, tier);
    before = tier;
  }
}

type Rates = Pick<MarginTerms, 'initialRate' | 'maintenanceRate'>;

function assertRates(before: Rates, rates: Rates): void {
  for (const kind of ['initialRate', 'maintenanceRate'] as const) {
    assert(rates[kind] >= before[kind] && rates[kind] <= ONE, 'rates are from 0 to 1 and do not fall');
  }
}
