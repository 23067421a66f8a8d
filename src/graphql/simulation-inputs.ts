import { builder } from './builder.ts';
import { AllocationMethod } from './refs.ts';
import { CloseOutAt } from './stress-inputs.ts';

/** What simulations take; ranges are checked by src/settlement and by the models. */

const required = { required: true } as const;

const SamplingKind = builder.enumType('SamplingKind', { values: ['PSEUDO', 'ANTITHETIC', 'SOBOL'] as const });

const JumpInput = builder.inputType('JumpInput', {
  fields: (t) => ({
    intensity: t.float(required),
    mean: t.float(required),
    deviation: t.float(required),
  }),
});
const MarketModelInput = builder.inputType('MarketModelInput', {
  fields: (t) => ({
    market: t.string(required),
    volatility: t.float(required),
    drift: t.float(),
    jumpBeta: t.float(),
    ownJumps: t.field({ type: JumpInput }),
    shift: t.float(),
  }),
});

const GbmInput = builder.inputType('GbmInput', {
  fields: (t) => ({
    markets: t.field({ type: [MarketModelInput], ...required }),
    correlation: t.field({ type: t.listRef(['Float'] as const) }),
    unshifted: t.float(),
  }),
});
const MertonInput = builder.inputType('MertonInput', {
  fields: (t) => ({
    markets: t.field({ type: [MarketModelInput], ...required }),
    correlation: t.field({ type: t.listRef(['Float'] as const) }),
    commonJumps: t.field({ type: JumpInput }),
    unshifted: t.float(),
  }),
});
const StudentTInput = builder.inputType('StudentTInput', {
  fields: (t) => ({
    markets: t.field({ type: [MarketModelInput], ...required }),
    correlation: t.field({ type: t.listRef(['Float'] as const) }),
    degreesOfFreedom: t.float(required),
    unshifted: t.float(),
  }),
});
const BootstrapInput = builder.inputType('BootstrapInput', {
  fields: (t) => ({
    markets: t.stringList(required),
    history: t.field({ type: t.listRef(['Float'] as const), ...required }),
    rowDays: t.float(),
    blockLength: t.int(),
    drifts: t.floatList(),
  }),
});
const SimulationScenarioInput = builder.inputType('SimulationScenarioInput', {
  fields: (t) => ({ returns: t.floatList(required), probability: t.float(required) }),
});
const SimulationScenariosInput = builder.inputType('SimulationScenariosInput', {
  fields: (t) => ({
    markets: t.stringList(required),
    scenarios: t.field({ type: [SimulationScenarioInput], ...required }),
  }),
});
const SimulationModelInput = builder.inputType('SimulationModelInput', {
  isOneOf: true,
  fields: (t) => ({
    gbm: t.field({ type: GbmInput }),
    merton: t.field({ type: MertonInput }),
    studentT: t.field({ type: StudentTInput }),
    bootstrap: t.field({ type: BootstrapInput }),
    scenarios: t.field({ type: SimulationScenariosInput }),
  }),
});

export const StartSimulationInput = builder.inputType('StartSimulationInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    model: t.field({ type: SimulationModelInput, ...required }),
    horizonDays: t.float(),
    steps: t.int(),
    paths: t.int(),
    seed: t.string(),
    sampling: t.field({ type: SamplingKind }),
    closeOutAt: t.field({ type: CloseOutAt }),
    slippage: t.field({ type: 'Decimal' }),
    levels: t.floatList(),
    fundSizes: t.field({ type: ['Decimal'] }),
    methods: t.field({ type: [AllocationMethod] }),
  }),
});

export const FundDepletionInput = builder.inputType('FundDepletionInput', {
  fields: (t) => ({
    pool: t.string(required),
    inflowPerDay: t.field({ type: 'Decimal' }),
    claimsPerDay: t.float(),
    meanClaim: t.field({ type: 'Decimal' }),
    days: t.int(),
    paths: t.int(),
    seed: t.string(),
  }),
});
