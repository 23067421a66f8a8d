import type { LossRulesInput } from '../../src/settlement/rules.ts';
import * as oracle from '../support/oracle.ts';

/** The rules of a pool as the model has them: amounts in atoms, rates as text. */
export interface ModelRules extends Omit<oracle.PoolRules, 'weighing'> {
  readonly leverageExponent: number;
  readonly maxLeverage: string | null;
  readonly profitBasis: 'UNREALIZED' | 'SESSION';
  readonly maxHaircutRate: string;
  readonly withdrawals: 'BLOCK' | 'ALLOW';
  readonly positionSource: 'SNAPSHOTS' | 'FILLS';
  readonly liquidationOrder: 'LARGEST_MARGIN' | 'LARGEST_LOSS' | 'SMALLEST_LOSS';
  readonly liquidationFeeRate: string;
  readonly liquidatorShare: string;
  readonly liquidatorAccount: string | null;
}

export const FIRST_RULES: ModelRules = {
  tiers: ['OWN_COLLATERAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
  fundReserve: 0n,
  fundCap: null,
  operatorCap: 0n,
  method: 'PRO_RATA',
  leverageExponent: 1,
  maxLeverage: null,
  profitBasis: 'UNREALIZED',
  scope: 'POOL',
  overflow: 'POOL',
  maxHaircutRate: '1',
  withdrawals: 'BLOCK',
  positionSource: 'SNAPSHOTS',
  liquidationOrder: 'LARGEST_MARGIN',
  liquidationFeeRate: '0',
  liquidatorShare: '0',
  liquidatorAccount: null,
};

export const WATERFALLS: Record<oracle.WaterfallKind, readonly oracle.TierName[]> = {
  FUND_THEN_SOCIALIZE: ['OWN_COLLATERAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
  FUND_ONLY: ['OWN_COLLATERAL', 'INSURANCE_FUND'],
  SOCIALIZE_ONLY: ['OWN_COLLATERAL', 'SOCIALIZATION'],
};

/** The rules that a change makes of others: what it leaves out stays; a new list of tiers has its own caps. */
export function changedRules(before: ModelRules, input: LossRulesInput, decimals: number): ModelRules {
  const atoms = (text: string) =>
    oracle.floor(oracle.times(oracle.parse(text), oracle.whole(10n ** BigInt(decimals))));
  const given = input.tiers?.find(({ tier }) => tier === 'INSURANCE_FUND');
  const operator = input.tiers?.find(({ tier }) => tier === 'OPERATOR_CAPITAL');
  const reserve = given?.reserve ?? input.fundReserve;
  const replaced = input.tiers != null || input.waterfall != null;
  return {
    tiers:
      input.tiers?.map(({ tier }) => tier) ?? (input.waterfall ? WATERFALLS[input.waterfall] : before.tiers),
    fundCap: replaced ? (given?.capPerEvent != null ? atoms(given.capPerEvent) : null) : before.fundCap,
    operatorCap: replaced ? atoms(operator?.capPerEvent ?? '0') : before.operatorCap,
    fundReserve: reserve != null ? atoms(reserve) : before.fundReserve,
    method: input.method ?? before.method,
    leverageExponent: input.leverageExponent ?? before.leverageExponent,
    maxLeverage: input.maxLeverage === '0' ? null : (input.maxLeverage ?? before.maxLeverage),
    profitBasis: input.profitBasis ?? before.profitBasis,
    scope: input.scope ?? before.scope,
    overflow: input.overflow ?? before.overflow,
    maxHaircutRate: input.maxHaircutRate ?? before.maxHaircutRate,
    withdrawals: input.withdrawalsWhileLossOpen ?? before.withdrawals,
    positionSource: input.positionSource ?? before.positionSource,
    liquidationOrder: input.liquidationOrder ?? before.liquidationOrder,
    liquidationFeeRate: input.liquidationFeeRate ?? before.liquidationFeeRate,
    liquidatorShare: input.liquidatorShare ?? before.liquidatorShare,
    liquidatorAccount: input.liquidatorAccount ?? before.liquidatorAccount,
  };
}
