import { onlyOwner } from '../auth/viewer.ts';
import { trimDecimal } from '../core/decimal.ts';
import type { Tier } from '../core/rules.ts';
import type { PoolRulesRow } from '../db/rows.ts';
import { amount } from './amounts.ts';
import { builder } from './builder.ts';
import {
  AllocationMethod,
  LiquidationOrder,
  LossRulesRef,
  LossScope,
  MarketOverflow,
  PositionSource,
  ProfitBasis,
  Waterfall,
  WaterfallTierKind,
  WithdrawalPolicy,
} from './refs.ts';

const WaterfallTier = builder
  .objectRef<{ readonly tier: Tier; readonly rules: PoolRulesRow }>('WaterfallTier')
  .implement({
    fields: (t) => ({
      tier: t.expose('tier', { type: WaterfallTierKind }),
      capPerEvent: t.field({
        type: 'Decimal',
        nullable: true,
        resolve: ({ tier, rules }, _, context) => {
          const cap =
            tier === 'INSURANCE_FUND'
              ? rules.fundCap
              : tier === 'OPERATOR_CAPITAL'
                ? rules.operatorCap
                : null;
          return cap === null ? null : amount(context, rules.poolId, cap);
        },
      }),
      reserve: t.field({
        type: 'Decimal',
        nullable: true,
        resolve: ({ tier, rules }, _, context) =>
          tier === 'INSURANCE_FUND' ? amount(context, rules.poolId, rules.fundReserve) : null,
      }),
    }),
  });

LossRulesRef.implement({
  fields: (t) => ({
    version: t.exposeInt('version'),
    since: t.expose('since', { type: 'DateTime' }),
    waterfall: t.expose('waterfall', { type: Waterfall }),
    tiers: t.field({
      type: [WaterfallTier],
      resolve: (rules) => rules.tiers.map((tier) => ({ tier, rules })),
    }),
    method: t.expose('method', { type: AllocationMethod }),
    leverageExponent: t.exposeInt('leverageExponent'),
    maxLeverage: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: ({ maxLeverage }) => (maxLeverage === null ? null : trimDecimal(maxLeverage)),
    }),
    profitBasis: t.expose('profitBasis', { type: ProfitBasis }),
    scope: t.expose('scope', { type: LossScope }),
    overflow: t.expose('overflow', { type: MarketOverflow }),
    maxHaircutRate: t.field({ type: 'Decimal', resolve: (rules) => trimDecimal(rules.maxHaircutRate) }),
    fundReserve: t.field({
      type: 'Decimal',
      resolve: (rules, _, context) => amount(context, rules.poolId, rules.fundReserve),
    }),
    withdrawalsWhileLossOpen: t.expose('withdrawalsWhileLossOpen', { type: WithdrawalPolicy }),
    positionSource: t.expose('positionSource', { type: PositionSource }),
    maxMarkAgeSeconds: t.exposeInt('maxMarkAgeSeconds', { nullable: true }),
    liquidationOrder: t.expose('liquidationOrder', { type: LiquidationOrder }),
    liquidationFeeRate: t.field({
      type: 'Decimal',
      resolve: (rules) => trimDecimal(rules.liquidationFeeRate),
    }),
    liquidatorShare: t.field({ type: 'Decimal', resolve: (rules) => trimDecimal(rules.liquidatorShare) }),
    // It names an account, which is not everybody's to read.
    liquidatorAccount: t.string({
      nullable: true,
      resolve: ({ liquidatorAccount }, _, { viewer }) =>
        onlyOwner(viewer!) === null ? liquidatorAccount : null,
    }),
  }),
});
