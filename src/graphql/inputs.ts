import { builder } from './builder.ts';
import {
  AllocationMethod,
  LiquidationOrder,
  LossScope,
  MarketOverflow,
  PositionSource,
  ProfitBasis,
  Waterfall,
  WaterfallTierKind,
  WithdrawalPolicy,
} from './refs.ts';

/** What mutations take. Digits and ranges depend on the pool, so src/settlement checks them, not these types. */

const required = { required: true } as const;

const TransferKind = builder.enumType('TransferKind', {
  values: ['DEPOSIT', 'WITHDRAWAL', 'REALIZED_PNL', 'FEE', 'FUNDING', 'COLLATERAL'] as const,
});
const ContributionKind = builder.enumType('ContributionKind', {
  values: ['LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION'] as const,
});

const WaterfallTierInput = builder.inputType('WaterfallTierInput', {
  fields: (t) => ({
    tier: t.field({ type: WaterfallTierKind, ...required }),
    capPerEvent: t.field({ type: 'Decimal' }),
    reserve: t.field({ type: 'Decimal' }),
  }),
});

const LossRulesInput = builder.inputType('LossRulesInput', {
  fields: (t) => ({
    waterfall: t.field({ type: Waterfall }),
    tiers: t.field({ type: [WaterfallTierInput] }),
    method: t.field({ type: AllocationMethod }),
    leverageExponent: t.int(),
    maxLeverage: t.field({ type: 'Decimal' }),
    scope: t.field({ type: LossScope }),
    overflow: t.field({ type: MarketOverflow }),
    profitBasis: t.field({ type: ProfitBasis }),
    maxHaircutRate: t.field({ type: 'Decimal' }),
    fundReserve: t.field({ type: 'Decimal' }),
    withdrawalsWhileLossOpen: t.field({ type: WithdrawalPolicy }),
    positionSource: t.field({ type: PositionSource }),
    maxMarkAgeSeconds: t.int(),
    liquidationOrder: t.field({ type: LiquidationOrder }),
    liquidationFeeRate: t.field({ type: 'Decimal' }),
    liquidatorShare: t.field({ type: 'Decimal' }),
    liquidatorAccount: t.string(),
  }),
});

export const CreatePoolInput = builder.inputType('CreatePoolInput', {
  fields: (t) => ({
    name: t.string(required),
    asset: t.string(required),
    decimals: t.int(required),
    rules: t.field({ type: LossRulesInput }),
  }),
});

const MarginTierInput = builder.inputType('MarginTierInput', {
  fields: (t) => ({
    notionalAbove: t.field({ type: 'Decimal', ...required }),
    initialMarginRate: t.field({ type: 'Decimal', ...required }),
    maintenanceMarginRate: t.field({ type: 'Decimal', ...required }),
  }),
});

const MarketInput = builder.inputType('MarketInput', {
  fields: (t) => ({
    symbol: t.string(required),
    contractSize: t.field({ type: 'Decimal' }),
    initialMarginRate: t.field({ type: 'Decimal', ...required }),
    maintenanceMarginRate: t.field({ type: 'Decimal', ...required }),
    marginTiers: t.field({ type: [MarginTierInput] }),
    markBand: t.field({ type: 'Decimal' }),
    maxPosition: t.field({ type: 'Decimal' }),
  }),
});

export const UpsertMarketsInput = builder.inputType('UpsertMarketsInput', {
  fields: (t) => ({ pool: t.string(required), markets: t.field({ type: [MarketInput], ...required }) }),
});

const MarkInput = builder.inputType('MarkInput', {
  fields: (t) => ({
    market: t.string(required),
    price: t.field({ type: 'Decimal', ...required }),
    asOf: t.field({ type: 'DateTime' }),
    confirm: t.boolean(),
  }),
});

export const PublishMarksInput = builder.inputType('PublishMarksInput', {
  fields: (t) => ({ pool: t.string(required), marks: t.field({ type: [MarkInput], ...required }) }),
});

const AccountInput = builder.inputType('AccountInput', {
  fields: (t) => ({ ref: t.string(required), owner: t.string(required), isolatedMarket: t.string() }),
});

export const UpsertAccountsInput = builder.inputType('UpsertAccountsInput', {
  fields: (t) => ({ pool: t.string(required), accounts: t.field({ type: [AccountInput], ...required }) }),
});

const PositionInput = builder.inputType('PositionInput', {
  fields: (t) => ({
    account: t.string(required),
    market: t.string(required),
    size: t.field({ type: 'Decimal', ...required }),
    entryPrice: t.field({ type: 'Decimal', ...required }),
    asOf: t.field({ type: 'DateTime' }),
  }),
});

export const UpsertPositionsInput = builder.inputType('UpsertPositionsInput', {
  fields: (t) => ({ pool: t.string(required), positions: t.field({ type: [PositionInput], ...required }) }),
});

const TransferInput = builder.inputType('TransferInput', {
  fields: (t) => ({
    account: t.string(required),
    kind: t.field({ type: TransferKind, ...required }),
    amount: t.field({ type: 'Decimal', ...required }),
    ref: t.string(),
  }),
});

export const PostTransfersInput = builder.inputType('PostTransfersInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    transfers: t.field({ type: [TransferInput], ...required }),
  }),
});

export const ApplyUpdatesInput = builder.inputType('ApplyUpdatesInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    marks: t.field({ type: [MarkInput] }),
    positions: t.field({ type: [PositionInput] }),
    transfers: t.field({ type: [TransferInput] }),
  }),
});

export const ContributeToFundInput = builder.inputType('ContributeToFundInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    amount: t.field({ type: 'Decimal', ...required }),
    kind: t.field({ type: ContributionKind, ...required }),
    ref: t.string(),
  }),
});

const CloseoutInput = builder.inputType('CloseoutInput', {
  fields: (t) => ({ market: t.string(required), price: t.field({ type: 'Decimal', ...required }) }),
});

export const ReportBankruptcyInput = builder.inputType('ReportBankruptcyInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    ref: t.string(required),
    account: t.string(required),
    closeouts: t.field({ type: [CloseoutInput] }),
    takeoverAccount: t.string(),
  }),
});

export const SettleLossesInput = builder.inputType('SettleLossesInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    lossEvents: t.stringList(),
    staleMarksReason: t.string(),
  }),
});

export const RecordRecoveryInput = builder.inputType('RecordRecoveryInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    lossEvent: t.string(required),
    amount: t.field({ type: 'Decimal', ...required }),
    ref: t.string(),
  }),
});

export const ReverseSettlementInput = builder.inputType('ReverseSettlementInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    settlement: t.field({ type: 'Sequence', ...required }),
    reason: t.string(required),
  }),
});

export const UpdatePoolRulesInput = builder.inputType('UpdatePoolRulesInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    rules: t.field({ type: LossRulesInput, ...required }),
  }),
});

const HaircutCapInput = builder.inputType('HaircutCapInput', {
  fields: (t) => ({ account: t.string(required), maxHaircutRate: t.field({ type: 'Decimal' }) }),
});

export const SetHaircutCapsInput = builder.inputType('SetHaircutCapsInput', {
  fields: (t) => ({ pool: t.string(required), caps: t.field({ type: [HaircutCapInput], ...required }) }),
});

export const HaltPoolInput = builder.inputType('HaltPoolInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    reason: t.string(required),
  }),
});

export const ResumePoolInput = builder.inputType('ResumePoolInput', {
  fields: (t) => ({ pool: t.string(required), idempotencyKey: t.string(required) }),
});

export const StartSessionInput = builder.inputType('StartSessionInput', {
  fields: (t) => ({ pool: t.string(required), idempotencyKey: t.string(required) }),
});

export const WithdrawFromFundInput = builder.inputType('WithdrawFromFundInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    amount: t.field({ type: 'Decimal', ...required }),
    ref: t.string(),
  }),
});
