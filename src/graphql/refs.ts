import { METHODS } from '../core/allocation/allocation.ts';
import type { Ratio } from '../core/ratio.ts';
import { TIERS } from '../core/rules.ts';
import type {
  AccountRow,
  FundEntryRow,
  LiquidationRow,
  LossEventRow,
  MarketRow,
  PoolRow,
  PoolRulesRow,
  PositionRow,
  RecoveryRow,
  ReversalRow,
  SettlementRoot,
  SettlementRow,
} from '../db/rows.ts';
import { HEALTHS, type Margin } from '../margin/margin.ts';
import type { HaircutProof } from '../settlement/proofs.ts';
import type { QueuePlaceRow } from '../settlement/queue.ts';
import type { PoolTotals } from '../settlement/totals.ts';
import { builder } from './builder.ts';
import type { ListedHaircut } from './haircut-view.ts';

/*
 * The object types by name, before their fields: types refer to each other in circles, and each is filled in a file of
 * its own. What stands behind a type is the row that it was read from.
 */

/** What names an account. Its state is read when a field asks for it. */
export type AccountName = Pick<AccountRow, 'poolId' | 'accountNo' | 'ref' | 'owner'>;

/** An object type, whether its fields are there yet or not. */
export type ObjectRef<Shape> = PothosSchemaTypes.ObjectRef<
  typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never,
  Shape
>;

export const NodeInterface = builder.interfaceRef<object>('Node');

export const PoolRef = builder.objectRef<PoolRow>('Pool');
export const MarketRef = builder.objectRef<MarketRow>('Market');
export const AccountRef = builder.objectRef<AccountName | AccountRow>('Account');
/** A position among those of its account, which its critical prices depend on. */
export interface OpenPosition {
  readonly account: AccountName | AccountRow;
  readonly index: number;
  readonly all: readonly { readonly position: PositionRow; readonly market: MarketRow }[];
}
export const PositionRef = builder.objectRef<OpenPosition>('Position');
export const AccountMarginRef = builder.objectRef<Margin & { readonly poolId: number }>('AccountMargin');
export const PoolTotalsRef = builder.objectRef<PoolTotals & { readonly poolId: number }>('PoolTotals');
export const LiquidationRef = builder.objectRef<LiquidationRow>('Liquidation');
export const InsuranceFundRef = builder.objectRef<PoolRow>('InsuranceFund');
export const FundEntryRef = builder.objectRef<FundEntryRow>('FundEntry');
export const LossEventRef = builder.objectRef<LossEventRow>('LossEvent');
export const SettlementRef = builder.objectRef<SettlementRow>('Settlement');
export const HaircutRef = builder.objectRef<ListedHaircut>('Haircut');
export const RatioRef = builder.objectRef<Ratio>('Ratio');
export const LossRulesRef = builder.objectRef<PoolRulesRow>('LossRules');
export const CommitmentRef = builder.objectRef<SettlementRow & SettlementRoot>('Commitment');
export const HaircutProofRef = builder.objectRef<HaircutProof>('HaircutProof');
export const RecoveryRef = builder.objectRef<RecoveryRow>('Recovery');
export const ReversalRef = builder.objectRef<ReversalRow>('Reversal');
export const QueuePlaceRef = builder.objectRef<QueuePlaceRow>('QueuePlace');
export const LossScope = builder.enumType('LossScope', { values: ['POOL', 'MARKET'] as const });
export const MarketOverflow = builder.enumType('MarketOverflow', { values: ['POOL', 'UNCOVERED'] as const });
export const WaterfallTierKind = builder.enumType('WaterfallTierKind', { values: TIERS });

export const AccountStatus = builder.enumType('AccountStatus', {
  values: ['ACTIVE', 'BANKRUPT', 'CLOSED'] as const,
});
export const AccountHealth = builder.enumType('AccountHealth', { values: HEALTHS });
export const PositionSource = builder.enumType('PositionSource', { values: ['SNAPSHOTS', 'FILLS'] as const });
export const LiquidationOrder = builder.enumType('LiquidationOrder', {
  values: ['LARGEST_MARGIN', 'LARGEST_LOSS', 'SMALLEST_LOSS'] as const,
});
export const LossEventStatus = builder.enumType('LossEventStatus', {
  values: ['OPEN', 'SETTLED', 'PARTIALLY_COVERED'] as const,
});
export const AllocationMethod = builder.enumType('AllocationMethod', {
  values: Object.keys(METHODS) as (keyof typeof METHODS)[],
});
export const ProfitBasis = builder.enumType('ProfitBasis', { values: ['UNREALIZED', 'SESSION'] as const });
export const Waterfall = builder.enumType('Waterfall', {
  values: ['FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY'] as const,
});
export const WithdrawalPolicy = builder.enumType('WithdrawalPolicy', { values: ['BLOCK', 'ALLOW'] as const });

/** Marks a row with its type, for Node and for unions. */
export const typed = <const Name extends string, Row extends object>(
  name: Name,
  row: Row,
): Row & { __typename: Name } => ({
  ...row,
  __typename: name,
});
