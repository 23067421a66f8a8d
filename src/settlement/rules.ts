import type postgres from 'postgres';
import type { AllocationMethod } from '../core/allocation/allocation.ts';
import { LEVERAGE_UNIT } from '../core/allocation/risk-weighted.ts';
import { ONE } from '../core/decimal.ts';
import type { ProfitBasis } from '../core/profit.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import {
  type LossRules,
  type LossScope,
  type MarketOverflow,
  type Tier,
  tiersOf,
  type Waterfall,
  waterfallOf,
} from '../core/rules.ts';
import { parseTiers } from '../db/columns.ts';
import { checkAmount, checkQuantity, checkRate } from './check.ts';
import { quantity, quantityText } from './quantity.ts';
import {
  checkTradingRules,
  DEFAULT_TRADING_RULES,
  type TradingRules,
  type TradingRulesInput,
  type TradingRulesRow,
  tradingRulesOf,
} from './trading-rules.ts';

type Sql = postgres.TransactionSql;

export interface TierInput {
  readonly tier: Tier;
  readonly capPerEvent?: string | null;
  readonly reserve?: string | null;
}

export interface LossRulesInput extends TradingRulesInput {
  readonly waterfall?: Waterfall | null;
  readonly tiers?: readonly TierInput[] | null;
  readonly method?: AllocationMethod | null;
  readonly leverageExponent?: number | null;
  readonly maxLeverage?: string | null;
  readonly profitBasis?: ProfitBasis | null;
  readonly scope?: LossScope | null;
  readonly overflow?: MarketOverflow | null;
  readonly maxHaircutRate?: string | null;
  readonly fundReserve?: string | null;
  readonly withdrawalsWhileLossOpen?: 'BLOCK' | 'ALLOW' | null;
}

/** Everything that a pool's rules say: how losses are covered, and what goes before them. */
export interface PoolRules extends LossRules, TradingRules {
  readonly withdrawalsGated: boolean;
}

export const DEFAULT_RULES: PoolRules = {
  tiers: tiersOf('FUND_THEN_SOCIALIZE'),
  fundReserve: 0n,
  fundCap: null,
  operatorCap: 0n,
  method: 'PRO_RATA',
  leverageExponent: 1,
  maxLeverage: null,
  profitBasis: 'UNREALIZED',
  scope: 'POOL',
  overflow: 'POOL',
  maxHaircutRate: ONE,
  withdrawalsGated: true,
  ...DEFAULT_TRADING_RULES,
};

const MAX_LEVERAGE_EXPONENT = 4;
/** What leverage counts in, in units of 10^-18. */
const LEVERAGE_STEP = ONE / LEVERAGE_UNIT;

/** The rules that an input makes of others: what it leaves out stays. Refuses what cannot add up. */
export function checkRules(
  before: PoolRules,
  input: LossRulesInput,
  decimals: number,
  path: Path,
): PoolRules {
  const invalid = (message: string, ...at: (string | number)[]) =>
    new Refusal('INVALID_INPUT', message, [...path, ...at]);
  const amount = (text: string, what: string, ...at: (string | number)[]) => {
    const atoms = checkAmount(text, decimals, [...path, ...at]);
    if (atoms < 0n) throw invalid(`${what} must be at least 0.`, ...at);
    return atoms;
  };

  let { tiers, fundReserve, fundCap, operatorCap } = before;
  if (input.fundReserve != null) fundReserve = amount(input.fundReserve, 'fundReserve', 'fundReserve');
  if (input.waterfall != null) {
    tiers = tiersOf(input.waterfall);
    [fundCap, operatorCap] = [null, 0n];
  }
  if (input.tiers != null) {
    tiers = checkTiers(input.tiers, invalid);
    if (input.waterfall != null && waterfallOf(tiers) !== input.waterfall) {
      throw invalid(
        `These tiers are ${waterfallOf(tiers)}: leave waterfall out, or mend the list.`,
        'waterfall',
      );
    }
    [fundCap, operatorCap] = [null, 0n];
    for (const [index, { tier, capPerEvent, reserve }] of input.tiers.entries()) {
      const cap =
        capPerEvent == null ? null : amount(capPerEvent, 'capPerEvent', 'tiers', index, 'capPerEvent');
      if (tier === 'INSURANCE_FUND') fundCap = cap;
      if (tier === 'OPERATOR_CAPITAL') operatorCap = cap!;
      if (reserve == null) continue;
      const kept = amount(reserve, 'reserve', 'tiers', index, 'reserve');
      if (input.fundReserve != null && kept !== fundReserve) {
        throw invalid('The reserve contradicts fundReserve: give one of the two.', 'tiers', index, 'reserve');
      }
      fundReserve = kept;
    }
  }

  const exponent = input.leverageExponent ?? before.leverageExponent;
  if (exponent < 0 || exponent > MAX_LEVERAGE_EXPONENT) {
    throw invalid(`leverageExponent must be between 0 and ${MAX_LEVERAGE_EXPONENT}.`, 'leverageExponent');
  }
  let { maxLeverage } = before;
  if (input.maxLeverage != null) {
    const limit = checkQuantity(input.maxLeverage, 'maxLeverage', [...path, 'maxLeverage']);
    if (limit < 0n || (limit > 0n && limit < LEVERAGE_STEP)) {
      throw invalid(
        'maxLeverage is at least 0.000001, the step that leverage counts in, or 0 for no limit.',
        'maxLeverage',
      );
    }
    maxLeverage = limit === 0n ? null : limit;
  }
  const rules: PoolRules = {
    tiers,
    fundReserve,
    fundCap,
    operatorCap,
    method: input.method ?? before.method,
    leverageExponent: exponent,
    maxLeverage,
    profitBasis: input.profitBasis ?? before.profitBasis,
    scope: input.scope ?? before.scope,
    overflow: input.overflow ?? before.overflow,
    maxHaircutRate:
      input.maxHaircutRate == null
        ? before.maxHaircutRate
        : checkRate(input.maxHaircutRate, 'maxHaircutRate', [...path, 'maxHaircutRate']),
    withdrawalsGated:
      input.withdrawalsWhileLossOpen == null
        ? before.withdrawalsGated
        : input.withdrawalsWhileLossOpen === 'BLOCK',
    ...checkTradingRules(before, input, path),
  };
  if (rules.scope === 'MARKET' && rules.profitBasis === 'SESSION') {
    throw invalid(
      'PnL that was realized belongs to no market here: with the basis SESSION the scope is POOL.',
      input.scope == null ? 'profitBasis' : 'scope',
    );
  }
  return rules;
}

function checkTiers(
  list: readonly TierInput[],
  invalid: (message: string, ...at: (string | number)[]) => Refusal,
): readonly Tier[] {
  const tiers = list.map(({ tier }) => tier);
  if (tiers[0] !== 'OWN_COLLATERAL') {
    throw invalid('The first tier is OWN_COLLATERAL: a bankrupt pays with what it has.', 'tiers');
  }
  for (const [index, { tier, capPerEvent, reserve }] of list.entries()) {
    if (tiers.indexOf(tier) !== index)
      throw invalid(`${tier} is in the list twice: keep one.`, 'tiers', index, 'tier');
    if (tier === 'SOCIALIZATION' && index !== list.length - 1) {
      throw invalid(
        'SOCIALIZATION is the last tier: what comes behind it would never pay.',
        'tiers',
        index,
        'tier',
      );
    }
    if (tier === 'OPERATOR_CAPITAL' && capPerEvent == null) {
      throw invalid(
        'OPERATOR_CAPITAL needs a capPerEvent: nobody pays without a limit.',
        'tiers',
        index,
        'capPerEvent',
      );
    }
    if (capPerEvent != null && tier !== 'OPERATOR_CAPITAL' && tier !== 'INSURANCE_FUND') {
      throw invalid(`${tier} takes no capPerEvent: leave it out.`, 'tiers', index, 'capPerEvent');
    }
    if (reserve != null && tier !== 'INSURANCE_FUND') {
      throw invalid(`${tier} takes no reserve: leave it out.`, 'tiers', index, 'reserve');
    }
  }
  if (!tiers.includes('INSURANCE_FUND') && !tiers.includes('SOCIALIZATION')) {
    throw invalid('Name INSURANCE_FUND or SOCIALIZATION: without both most losses stay uncovered.', 'tiers');
  }
  return tiers;
}

/** The columns of rules, in a pool's row and in a version's. */
export interface RulesRow extends TradingRulesRow {
  waterfall: Waterfall;
  tiers: string;
  method: AllocationMethod;
  leverage_exponent: number;
  max_leverage: string | null;
  profit_basis: ProfitBasis;
  scope: LossScope;
  overflow: MarketOverflow;
  max_haircut_rate: string;
  fund_reserve: string;
  fund_cap: string | null;
  operator_cap: string;
  withdrawals_while_loss_open: string;
}

export function rulesOf(row: RulesRow): PoolRules {
  return {
    tiers: parseTiers(row.tiers),
    fundReserve: BigInt(row.fund_reserve),
    fundCap: row.fund_cap === null ? null : BigInt(row.fund_cap),
    operatorCap: BigInt(row.operator_cap),
    method: row.method,
    leverageExponent: row.leverage_exponent,
    maxLeverage: row.max_leverage === null ? null : quantity(row.max_leverage),
    profitBasis: row.profit_basis,
    scope: row.scope,
    overflow: row.overflow,
    maxHaircutRate: quantity(row.max_haircut_rate),
    withdrawalsGated: row.withdrawals_while_loss_open === 'BLOCK',
    ...tradingRulesOf(row),
  };
}

/** The columns of rules, in the order of their values below. */
export const ruleNames = (sql: Sql) =>
  sql`waterfall, tiers, method, leverage_exponent, max_leverage, profit_basis, scope, overflow, max_haircut_rate, fund_reserve,
      fund_cap, operator_cap, withdrawals_while_loss_open, position_source, max_mark_age_seconds, liquidation_order,
      liquidation_fee_rate, liquidator_share, liquidator_account`;

export const ruleValues = (sql: Sql, rules: PoolRules) =>
  sql`${waterfallOf(rules.tiers)}, ${rules.tiers as string[]}::text[], ${rules.method}, ${rules.leverageExponent}::smallint,
      ${rules.maxLeverage === null ? null : quantityText(rules.maxLeverage)}::numeric, ${rules.profitBasis}, ${rules.scope},
      ${rules.overflow}, ${quantityText(rules.maxHaircutRate)}::numeric, ${rules.fundReserve.toString()}::numeric,
      ${rules.fundCap?.toString() ?? null}::numeric, ${rules.operatorCap.toString()}::numeric,
      ${rules.withdrawalsGated ? 'BLOCK' : 'ALLOW'}, ${rules.positionSource}, ${rules.maxMarkAgeSeconds}::int,
      ${rules.liquidationOrder}, ${quantityText(rules.liquidationFeeRate)}::numeric, ${quantityText(rules.liquidatorShare)}::numeric,
      ${rules.liquidatorAccount}::text`;
