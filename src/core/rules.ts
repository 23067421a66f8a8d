import type { AllocationMethod } from './allocation/allocation.ts';
import type { WeightRules } from './allocation/claims.ts';
import type { ProfitBasis } from './profit.ts';

/** The tiers that can cover a deficit, in the order that they are listed here where a pool uses them all. */
export const TIERS = [
  'OWN_COLLATERAL',
  'OWNER_RECOURSE',
  'OPERATOR_CAPITAL',
  'INSURANCE_FUND',
  'SOCIALIZATION',
] as const;
export type Tier = (typeof TIERS)[number];

/** The waterfalls that need no list. */
export type Waterfall = 'FUND_THEN_SOCIALIZE' | 'FUND_ONLY' | 'SOCIALIZE_ONLY';

export const tiersOf = (waterfall: Waterfall): readonly Tier[] => [
  'OWN_COLLATERAL',
  ...(waterfall === 'SOCIALIZE_ONLY' ? [] : (['INSURANCE_FUND'] as const)),
  ...(waterfall === 'FUND_ONLY' ? [] : (['SOCIALIZATION'] as const)),
];

/** The short name of a list of tiers: what it does with the fund and the profitable accounts. */
export function waterfallOf(tiers: readonly Tier[]): Waterfall {
  if (!tiers.includes('SOCIALIZATION')) return 'FUND_ONLY';
  return tiers.includes('INSURANCE_FUND') ? 'FUND_THEN_SOCIALIZE' : 'SOCIALIZE_ONLY';
}

/** Whose profit bears: that of the whole pool, or of the markets in which the bankrupt lost. */
export type LossScope = 'POOL' | 'MARKET';
/** Under MARKET, where what a market's winners cannot bear goes. */
export type MarketOverflow = 'POOL' | 'UNCOVERED';

/** How a pool covers losses. Amounts in atoms, rates in units of 10^-18. */
export interface LossRules extends WeightRules {
  /** OWN_COLLATERAL first, SOCIALIZATION last where there is one. */
  readonly tiers: readonly Tier[];
  readonly fundReserve: bigint;
  /** What the fund pays for one event at most, over all its settlements; null for no limit. */
  readonly fundCap: bigint | null;
  /** What the operator pays for one event at most, over all its settlements. */
  readonly operatorCap: bigint;
  readonly method: AllocationMethod;
  readonly profitBasis: ProfitBasis;
  /** β. */
  readonly maxHaircutRate: bigint;
  readonly scope: LossScope;
  readonly overflow: MarketOverflow;
}

/** Where a pool's positions come from: whole positions set by the venue, or its fills. */
export type PositionSource = 'SNAPSHOTS' | 'FILLS';

/** Which position a liquidation closes first. */
export type LiquidationOrder = 'LARGEST_MARGIN' | 'LARGEST_LOSS' | 'SMALLEST_LOSS';
