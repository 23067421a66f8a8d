import { IMPACT_LAWS } from '../simulation/slippage.ts';
import { builder } from './builder.ts';

/** What stress tests take; digits and ranges are checked by src/settlement. */

const required = { required: true } as const;

export const CloseOutAt = builder.enumType('CloseOutAt', {
  values: ['BELOW_ZERO', 'BELOW_MAINTENANCE'] as const,
});
const ImpactLaw = builder.enumType('ImpactLaw', { values: IMPACT_LAWS });

const MarketBetaInput = builder.inputType('MarketBetaInput', {
  fields: (t) => ({ market: t.string(required), beta: t.field({ type: 'Decimal', ...required }) }),
});
const MarketShockInput = builder.inputType('MarketShockInput', {
  fields: (t) => ({ market: t.string(required), change: t.field({ type: 'Decimal', ...required }) }),
});
const MarketDepthInput = builder.inputType('MarketDepthInput', {
  fields: (t) => ({ market: t.string(required), depth: t.field({ type: 'Decimal', ...required }) }),
});

const SlippageInput = builder.inputType('SlippageInput', {
  fields: (t) => ({
    share: t.field({ type: 'Decimal' }),
    depths: t.field({ type: [MarketDepthInput] }),
    law: t.field({ type: ImpactLaw }),
    permanentShare: t.field({ type: 'Decimal' }),
  }),
});

const StressScenarioInput = builder.inputType('StressScenarioInput', {
  fields: (t) => ({
    name: t.string(required),
    common: t.field({ type: 'Decimal' }),
    betas: t.field({ type: [MarketBetaInput] }),
    markets: t.field({ type: [MarketShockInput] }),
  }),
});
const StressFactorInput = builder.inputType('StressFactorInput', {
  fields: (t) => ({
    name: t.string(required),
    betas: t.field({ type: [MarketBetaInput] }),
    changes: t.field({ type: ['Decimal'], ...required }),
  }),
});
const StressShocksInput = builder.inputType('StressShocksInput', {
  isOneOf: true,
  fields: (t) => ({
    scenarios: t.field({ type: [StressScenarioInput] }),
    grid: t.field({ type: [StressFactorInput] }),
  }),
});

export const StressTestInput = builder.inputType('StressTestInput', {
  fields: (t) => ({
    pool: t.string(required),
    shocks: t.field({ type: StressShocksInput, ...required }),
    closeOutAt: t.field({ type: CloseOutAt }),
    slippage: t.field({ type: SlippageInput }),
    fundChange: t.field({ type: 'Decimal' }),
    contagion: t.boolean(),
  }),
});
