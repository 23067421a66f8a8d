/** What is played into a database before it is dumped: something of every kind that it stores, through the public API. */

export interface Step {
  readonly mutation: string;
  readonly input: Record<string, unknown>;
}

const winners = Array.from({ length: 8 }, (_, i) => `winner-${i + 1}`);

let keys = 0;
const step = (mutation: string, input: Record<string, unknown>): Step => ({ mutation, input });
const keyed = (mutation: string, input: Record<string, unknown>): Step =>
  step(mutation, { idempotencyKey: `key-${++keys}`, ...input });

/** A pool with winners in two markets, and everybody's collateral. */
function opening(pool: string, decimals: number): Step[] {
  const accounts = [...winners, 'loser', 'takeover', 'whale'];
  return [
    step('createPool', { name: pool, asset: 'USDC', decimals }),
    step('upsertMarkets', {
      pool,
      markets: ['BTC', 'ETH'].map((symbol) => ({
        symbol,
        initialMarginRate: '0.1',
        maintenanceMarginRate: '0.05',
      })),
    }),
    step('publishMarks', {
      pool,
      marks: [
        { market: 'BTC', price: '110' },
        { market: 'ETH', price: '55.5' },
      ],
    }),
    step('upsertAccounts', { pool, accounts: accounts.map((ref) => ({ ref, owner: `owner-of-${ref}` })) }),
    keyed('applyUpdates', {
      pool,
      transfers: accounts.map((account) => ({ account, kind: 'DEPOSIT', amount: '500' })),
      positions: winners.flatMap((account, i) => [
        { account, market: 'BTC', size: String(i + 1), entryPrice: '100' },
        { account, market: 'ETH', size: `-${i + 1}.5`, entryPrice: '60' },
      ]),
    }),
    keyed('contributeToFund', { pool, amount: '20', kind: 'OPERATOR_CONTRIBUTION', ref: 'seed money' }),
  ];
}

/** A bankrupt account that leaves that much. */
const loss = (pool: string, ref: string, deficit: string): Step[] => [
  step('upsertAccounts', { pool, accounts: [{ ref: `bankrupt-of-${ref}`, owner: 'gone' }] }),
  keyed('postTransfers', {
    pool,
    transfers: [{ account: `bankrupt-of-${ref}`, kind: 'REALIZED_PNL', amount: `-${deficit}` }],
  }),
  keyed('reportBankruptcy', { pool, ref, account: `bankrupt-of-${ref}` }),
];

/**
 * In order. Versions differ in what they know: a step that the server's schema does not have is passed over (dump.ts), so
 * that what is newer stands in steps of its own.
 */
export const SCENARIO: readonly Step[] = [
  ...opening('plain', 6),
  ...loss('plain', 'first', '25.000001'),
  keyed('settleLosses', { pool: 'plain' }),
  // More than all can bear: part of it stays uncovered, and is settled again.
  ...loss('plain', 'second', '100000'),
  keyed('settleLosses', { pool: 'plain' }),
  keyed('contributeToFund', { pool: 'plain', amount: '77.7', kind: 'LIQUIDATION_FEE' }),
  keyed('settleLosses', { pool: 'plain', lossEvents: ['second'] }),
  keyed('postTransfers', {
    pool: 'plain',
    transfers: [
      { account: 'winner-1', kind: 'FEE', amount: '-0.5' },
      { account: 'winner-2', kind: 'FUNDING', amount: '0.25' },
    ],
  }),
  ...loss('plain', 'third', '3'),

  ...opening('changed', 2),
  keyed('updatePoolRules', {
    pool: 'changed',
    rules: { method: 'TALMUD', scope: 'MARKET', overflow: 'UNCOVERED', maxHaircutRate: '0.5' },
  }),
  keyed('updatePoolRules', {
    pool: 'changed',
    rules: {
      tiers: [
        { tier: 'OWN_COLLATERAL' },
        { tier: 'INSURANCE_FUND', reserve: '5' },
        { tier: 'OPERATOR_CAPITAL', capPerEvent: '2' },
        { tier: 'SOCIALIZATION' },
      ],
    },
  }),
  step('setHaircutCaps', { pool: 'changed', caps: [{ account: 'winner-3', maxHaircutRate: '0.1' }] }),
  step('upsertAccounts', {
    pool: 'changed',
    accounts: [{ ref: 'second-of-loser', owner: 'owner-of-loser' }],
  }),
  keyed('postTransfers', {
    pool: 'changed',
    transfers: [{ account: 'second-of-loser', kind: 'DEPOSIT', amount: '4' }],
  }),
  step('upsertPositions', {
    pool: 'changed',
    positions: [{ account: 'loser', market: 'BTC', size: '-60', entryPrice: '100' }],
  }),
  keyed('reportBankruptcy', {
    pool: 'changed',
    ref: 'short',
    account: 'loser',
    takeoverAccount: 'takeover',
    closeouts: [{ market: 'BTC', price: '110' }],
  }),
  keyed('settleLosses', { pool: 'changed' }),
  keyed('recordRecovery', { pool: 'changed', lossEvent: 'short', amount: '21' }),
  ...loss('changed', 'mistaken', '8'),
  keyed('settleLosses', { pool: 'changed' }),
  keyed('reverseSettlement', {
    pool: 'changed',
    settlement: 'LAST',
    reason: 'the wrong account was reported',
  }),
  keyed('settleLosses', { pool: 'changed', lossEvents: ['mistaken'] }),
  keyed('updatePoolRules', { pool: 'changed', rules: { scope: 'POOL', profitBasis: 'SESSION' } }),
  keyed('startSession', { pool: 'changed' }),
  step('publishMarks', { pool: 'changed', marks: [{ market: 'BTC', price: '115' }] }),
  keyed('contributeToFund', { pool: 'changed', amount: '50', kind: 'OPERATOR_CONTRIBUTION' }),
  keyed('withdrawFromFund', { pool: 'changed', amount: '1.25' }),
  keyed('haltPool', { pool: 'changed', reason: 'for the dump' }),
  step('revokeTokens', { subject: 'somebody-who-left', reason: 'for the dump' }),

  // Nobody listens there: it stays as it is.
  keyed('createWebhook', {
    pool: 'plain',
    url: 'http://127.0.0.1:9/notices',
    stream: 'HAIRCUT_NOTICES',
    after: '0',
  }),

  step('createPool', {
    name: 'traded',
    asset: 'USDT',
    decimals: 4,
    rules: { positionSource: 'FILLS', liquidationFeeRate: '0.01' },
  }),
  step('upsertMarkets', {
    pool: 'traded',
    markets: [
      {
        symbol: 'BTC',
        initialMarginRate: '0.1',
        maintenanceMarginRate: '0.05',
        markBand: '0.5',
        marginTiers: [{ notionalAbove: '5000', initialMarginRate: '0.2', maintenanceMarginRate: '0.1' }],
      },
    ],
  }),
  step('publishMarks', { pool: 'traded', marks: [{ market: 'BTC', price: '100' }] }),
  step('upsertAccounts', {
    pool: 'traded',
    accounts: ['long', 'short', 'desk'].map((ref) => ({ ref, owner: ref })),
  }),
  step('upsertAccounts', {
    pool: 'traded',
    accounts: [{ ref: 'apart', owner: 'long', isolatedMarket: 'BTC' }],
  }),
  keyed('postTransfers', {
    pool: 'traded',
    transfers: ['long', 'short', 'desk'].map((account) => ({ account, kind: 'DEPOSIT', amount: '1000' })),
  }),
  keyed('recordFills', {
    pool: 'traded',
    fills: [
      { trade: 't1', account: 'long', market: 'BTC', size: '50', price: '100', fee: '1' },
      { trade: 't1', account: 'short', market: 'BTC', size: '-50', price: '100' },
    ],
  }),
  step('publishMarks', { pool: 'traded', marks: [{ market: 'BTC', price: '83' }] }),
  keyed('liquidate', { pool: 'traded', account: 'long', atMarks: true, takeoverAccount: 'desk' }),
  step('publishMarks', { pool: 'traded', marks: [{ market: 'BTC', price: '70' }] }),
  keyed('startSimulation', {
    pool: 'traded',
    paths: 400,
    horizonDays: 1,
    seed: '7',
    model: { gbm: { markets: [{ market: 'BTC', volatility: 0.9 }] } },
  }),
  step('publishMarks', { pool: 'traded', marks: [{ market: 'BTC', price: '40' }] }),
  keyed('liquidate', { pool: 'traded', account: 'long', atMarks: true, takeoverAccount: 'desk' }),
  keyed('settleLosses', { pool: 'traded' }),
];
