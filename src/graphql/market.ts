import { trimDecimal } from '../core/decimal.ts';
import { poolName } from './amounts.ts';
import { builder } from './builder.ts';
import { nodeId } from './ids.ts';
import { MarketRef, NodeInterface } from './refs.ts';

const MarginTier = builder
  .objectRef<{ notionalAbove: string; initialMarginRate: string; maintenanceMarginRate: string }>(
    'MarginTier',
  )
  .implement({
    fields: (t) => ({
      notionalAbove: t.expose('notionalAbove', { type: 'Decimal' }),
      initialMarginRate: t.expose('initialMarginRate', { type: 'Decimal' }),
      maintenanceMarginRate: t.expose('maintenanceMarginRate', { type: 'Decimal' }),
    }),
  });

MarketRef.implement({
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.id({
      resolve: (market, _, context) => nodeId('Market', poolName(context, market.poolId), market.symbol),
    }),
    symbol: t.exposeString('symbol'),
    contractSize: t.field({ type: 'Decimal', resolve: (market) => trimDecimal(market.contractSize) }),
    initialMarginRate: t.field({
      type: 'Decimal',
      resolve: (market) => trimDecimal(market.initialMarginRate),
    }),
    maintenanceMarginRate: t.field({
      type: 'Decimal',
      resolve: (market) => trimDecimal(market.maintenanceMarginRate),
    }),
    marginTiers: t.field({
      type: [MarginTier],
      resolve: ({ tierFloors, tierInitialRates, tierMaintenanceRates }) =>
        tierFloors.map((floor, i) => ({
          notionalAbove: trimDecimal(floor),
          initialMarginRate: trimDecimal(tierInitialRates[i]!),
          maintenanceMarginRate: trimDecimal(tierMaintenanceRates[i]!),
        })),
    }),
    markBand: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: ({ markBand }) => (markBand === null ? null : trimDecimal(markBand)),
    }),
    maxPosition: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: ({ maxPosition }) => (maxPosition === null ? null : trimDecimal(maxPosition)),
    }),
    markPrice: t.field({
      type: 'Decimal',
      nullable: true,
      resolve: ({ markPrice }) => (markPrice === null ? null : trimDecimal(markPrice)),
    }),
    markedAt: t.expose('markedAt', { type: 'DateTime', nullable: true }),
  }),
});
