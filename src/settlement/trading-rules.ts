import { type Path, Refusal } from '../core/refusal.ts';
import type { LiquidationOrder, PositionSource } from '../core/rules.ts';
import { checkName, checkRate } from './check.ts';
import { quantity } from './quantity.ts';

export interface TradingRulesInput {
  readonly positionSource?: PositionSource | null;
  readonly maxMarkAgeSeconds?: number | null;
  readonly liquidationOrder?: LiquidationOrder | null;
  readonly liquidationFeeRate?: string | null;
  readonly liquidatorShare?: string | null;
  readonly liquidatorAccount?: string | null;
}

/** Where positions come from, how old marks may be, and how accounts are liquidated. */
export interface TradingRules {
  readonly positionSource: PositionSource;
  /** Past it settlements wait for fresh marks; null for no limit. */
  readonly maxMarkAgeSeconds: number | null;
  readonly liquidationOrder: LiquidationOrder;
  /** Of the notional that is closed, in units of 10^-18. */
  readonly liquidationFeeRate: bigint;
  /** Of the fee, in units of 10^-18; the rest is the insurance fund's. */
  readonly liquidatorShare: bigint;
  readonly liquidatorAccount: string | null;
}

export const DEFAULT_TRADING_RULES: TradingRules = {
  positionSource: 'SNAPSHOTS',
  maxMarkAgeSeconds: null,
  liquidationOrder: 'LARGEST_MARGIN',
  liquidationFeeRate: 0n,
  liquidatorShare: 0n,
  liquidatorAccount: null,
};

/** The rules that an input makes of others: what it leaves out stays. */
export function checkTradingRules(before: TradingRules, input: TradingRulesInput, path: Path): TradingRules {
  const at = (field: string): Path => [...path, field];
  const rate = (field: 'liquidationFeeRate' | 'liquidatorShare') =>
    input[field] == null ? before[field] : checkRate(input[field], field, at(field));
  const age = input.maxMarkAgeSeconds ?? before.maxMarkAgeSeconds;
  if (age !== null && age < 0) {
    throw new Refusal(
      'INVALID_INPUT',
      'maxMarkAgeSeconds is above 0, or 0 for no limit.',
      at('maxMarkAgeSeconds'),
    );
  }
  if (input.liquidatorAccount != null) {
    checkName(input.liquidatorAccount, 'liquidatorAccount', at('liquidatorAccount'));
  }
  const rules: TradingRules = {
    positionSource: input.positionSource ?? before.positionSource,
    maxMarkAgeSeconds: age || null,
    liquidationOrder: input.liquidationOrder ?? before.liquidationOrder,
    liquidationFeeRate: rate('liquidationFeeRate'),
    liquidatorShare: rate('liquidatorShare'),
    liquidatorAccount: input.liquidatorAccount ?? before.liquidatorAccount,
  };
  if (rules.liquidatorShare > 0n && rules.liquidatorAccount === null) {
    throw new Refusal(
      'INVALID_INPUT',
      'Name a liquidatorAccount: without one nobody gets the share.',
      at('liquidatorAccount'),
    );
  }
  return rules;
}

/** The columns of these rules, in a pool's row and in a version's. */
export interface TradingRulesRow {
  position_source: PositionSource;
  max_mark_age_seconds: number | null;
  liquidation_order: LiquidationOrder;
  liquidation_fee_rate: string;
  liquidator_share: string;
  liquidator_account: string | null;
}

export const tradingRulesOf = (row: TradingRulesRow): TradingRules => ({
  positionSource: row.position_source,
  maxMarkAgeSeconds: row.max_mark_age_seconds,
  liquidationOrder: row.liquidation_order,
  liquidationFeeRate: quantity(row.liquidation_fee_rate),
  liquidatorShare: quantity(row.liquidator_share),
  liquidatorAccount: row.liquidator_account,
});
