import { assert } from '../../core/assert.ts';
import { ONE, SCALE } from '../../core/decimal.ts';
import type { MarginTerms } from '../margin.ts';
import { approximate } from './approximate.ts';
import { withRoom } from './columns.ts';

/** Numbers of a tier in its column: its floor in atoms, and by how much it raises either rate. */
export const TIER_WIDTH = 3;

const FEW = 16;

/** The terms of all markets: exactly as they were set, and as the doubles that a tick multiplies by. */
export class MarketColumns {
  readonly decimals: number;
  /** Exactly; at their market's number, like all columns. */
  readonly terms: (MarginTerms | undefined)[] = [undefined];
  /** Contract size × mark, bigint of 10^-36; null without a mark. */
  readonly exactPrices: (bigint | null)[] = [null];
  /** The same in atoms for a size of one unit; 0 without a mark. */
  prices = new Float64Array(FEW);
  initialRates = new Float64Array(FEW);
  maintenanceRates = new Float64Array(FEW);
  /** The notional in atoms up to which the rates above are all: the first tier's floor. Below 0 where a mark is missing. */
  plainUpTo = new Float64Array(FEW);
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
    return [this.prices, this.initialRates, this.maintenanceRates, this.plainUpTo, ...this.tiers].reduce(
      (total, { byteLength }) => total + byteLength,
      0,
    );
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
    for (const name of ['prices', 'initialRates', 'maintenanceRates', 'plainUpTo'] as const) {
      this[name] = withRoom(this[name], marketNo + 1);
    }
    const price = mark === null ? null : contractSize * mark;
    this.exactPrices[marketNo] = price;
    this.prices[marketNo] = approximate((price ?? 0n) * unit, 2 * SCALE);
    this.initialRates[marketNo] = approximate(initialRate, SCALE);
    this.maintenanceRates[marketNo] = approximate(maintenanceRate, SCALE);
    this.plainUpTo[marketNo] = mark === null ? -1 : (tiers[0] ?? Number.POSITIVE_INFINITY);
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
