import type { LossRules } from '../../core/rules.ts';
import type { CloseOutTerms } from '../book.ts';
import type { AccountSums } from '../kernel/kernel.ts';
import type { PathBlock } from '../models/model.ts';
import type { PathOutcomes } from './outcomes.ts';

/** Runs blocks of paths: closes out, settles at the end of each step, and adds up what accounts came to. */
export interface Engine {
  readonly blockPaths: number;
  readonly sums: AccountSums;
  clear(): void;
  run(block: PathBlock, paths: number, outcomes: PathOutcomes): void;
}

/** The waterfall as an engine sees it; amounts in units of the asset. */
export interface EngineTerms extends CloseOutTerms {
  /** The fund above its reserve, at least 0; 0 where it is no tier. */
  readonly fundAvailable: number;
  readonly operatorPays: boolean;
  readonly socializes: boolean;
}

/**
 * Whether sums over accounts are all that a settlement under these rules takes: the operator pays before the fund, each loss by itself, and
 * what is left is shared pro rata by all winners.
 */
export function isProRata({ tiers, method, scope }: LossRules): boolean {
  const paying = tiers.filter((tier) => tier !== 'OWN_COLLATERAL' && tier !== 'SOCIALIZATION');
  const inOrder = paying.every((tier) => tier === 'OPERATOR_CAPITAL' || tier === 'INSURANCE_FUND');
  const operatorFirst = paying[0] !== 'INSURANCE_FUND' || paying.length === 1;
  return method === 'PRO_RATA' && scope === 'POOL' && inOrder && operatorFirst;
}

/** @param unit atoms per unit of the asset */
export function termsOf(
  rules: LossRules,
  fundBalance: bigint,
  unit: number,
  closing: Pick<CloseOutTerms, 'closeOutAt' | 'slippage'>,
): EngineTerms {
  const { tiers, fundReserve, fundCap, operatorCap } = rules;
  const hasFund = tiers.includes('INSURANCE_FUND');
  const operatorPays = tiers.includes('OPERATOR_CAPITAL');
  const amount = (atoms: bigint) => Number(atoms) / unit;
  const available = fundBalance > fundReserve ? fundBalance - fundReserve : 0n;
  return {
    ...closing,
    fundAvailable: hasFund ? amount(available) : 0,
    operatorPays,
    operatorCap: operatorPays ? amount(operatorCap) : 0,
    fundCap: !hasFund ? 0 : fundCap === null ? Number.POSITIVE_INFINITY : amount(fundCap),
    socializes: tiers.includes('SOCIALIZATION'),
  };
}
