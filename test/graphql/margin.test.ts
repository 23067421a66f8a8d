import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, mutate, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Margin, trades and liquidations over the API: what a trader, a venue and a risk team ask. */

let server: TestServer;
let root: Caller;
let venue: Caller;
let ann: Caller;
const pool = 'margin';
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  ann = await server.caller(trader('ann'));
  const rules = {
    positionSource: 'FILLS',
    maxMarkAgeSeconds: 3600,
    liquidationFeeRate: '0.01',
    liquidatorShare: '0.25',
    liquidatorAccount: 'desk',
    liquidationOrder: 'LARGEST_LOSS',
  };
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 2, rules });
  const tier = { notionalAbove: '1500', initialMarginRate: '0.2', maintenanceMarginRate: '0.1' };
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [
      {
        symbol: 'BTC',
        initialMarginRate: '0.1',
        maintenanceMarginRate: '0.05',
        marginTiers: [tier],
        markBand: '0.5',
        maxPosition: '100',
      },
      { symbol: 'ETH', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' },
    ],
  });
  await succeed(venue, 'publishMarks', {
    pool,
    marks: [
      { market: 'BTC', price: '100' },
      { market: 'ETH', price: '50' },
    ],
  });
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: [
      { ref: 'a', owner: 'ann' },
      { ref: 'a-eth', owner: 'ann', isolatedMarket: 'ETH' },
      { ref: 'house', owner: 'venue' },
      { ref: 'desk', owner: 'venue' },
    ],
  });
  await succeed(venue, 'postTransfers', {
    pool,
    idempotencyKey: 'cash',
    transfers: [{ account: 'a', kind: 'DEPOSIT', amount: '250' }],
  });
  const fill = (account: string, size: string) => ({
    trade: 't1',
    account,
    market: 'BTC',
    size,
    price: '100',
    fee: '0.5',
  });
  const fills = { pool, idempotencyKey: 'fills', fills: [fill('a', '20'), fill('house', '-20')] };
  expect(await succeed(venue, 'recordFills', fills)).toMatchObject({ count: 2 });
});
afterAll(() => server.close());

const MARGIN = 'equity notional initialMargin maintenanceMargin marginRatio effectiveLeverage health';

describe('a trader sees', () => {
  it('its margin, at the marks and at any others, and the prices that end it', async () => {
    const { data } = await ann(`{ pool(name: "${pool}") {
      markets { symbol marginTiers { notionalAbove initialMarginRate maintenanceMarginRate } markBand maxPosition }
      account(ref: "a") { margin { ${MARGIN} } isolatedMarket { symbol }
        fallen: margin(marks: [{ market: "BTC", price: "92.5" }]) { equity maintenanceMargin health }
        positions { size entryPrice notional initialMargin maintenanceMargin liquidationPrice bankruptcyPrice } }
      isolated: account(ref: "a-eth") { isolatedMarket { symbol } margin { ${MARGIN} } } } }`);
    expect(data.pool.markets[0]).toEqual({
      symbol: 'BTC',
      marginTiers: [{ notionalAbove: '1500', initialMarginRate: '0.2', maintenanceMarginRate: '0.1' }],
      markBand: '0.5',
      maxPosition: '100',
    });
    // 2,000 of notional: 1,500 × 10 % + 500 × 20 %, and half of it for maintenance.
    expect(data.pool.account.margin).toEqual({
      equity: '249.50',
      notional: '2000.00',
      initialMargin: '250.00',
      maintenanceMargin: '125.00',
      marginRatio: '0.12475',
      effectiveLeverage: '8.016032064128256513',
      health: 'MARGIN_CALL',
    });
    expect(data.pool.account.fallen).toEqual({
      equity: '99.50',
      maintenanceMargin: '110.00',
      health: 'LIQUIDATABLE',
    });
    // 249.5 + 20 p − 2,000 = 2 p − 75 at p = 1,675.5 ÷ 18; and = 0 at 87.525.
    expect(data.pool.account.positions).toEqual([
      {
        size: '20',
        entryPrice: '100',
        notional: '2000.00',
        initialMargin: '250.00',
        maintenanceMargin: '125.00',
        liquidationPrice: '93.083333333333333334',
        bankruptcyPrice: '87.525',
      },
    ]);
    expect(data.pool.account.isolatedMarket).toBeNull();
    expect(data.pool.isolated).toEqual({
      isolatedMarket: { symbol: 'ETH' },
      margin: {
        equity: '0.00',
        notional: '0.00',
        initialMargin: '0.00',
        maintenanceMargin: '0.00',
        marginRatio: null,
        effectiveLeverage: null,
        health: 'SAFE',
      },
    });
    for (const marks of ['{ market: "XYZ", price: "1" }', '{ market: "BTC", price: "-1" }']) {
      const { errors } = await ann(
        `{ pool(name: "${pool}") { account(ref: "a") { margin(marks: [${marks}]) { equity } } } }`,
      );
      expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('whether it may trade, and of accounts that are not its own nothing', async () => {
    const ask = async (caller: Caller, account: string, size: string) =>
      dataOf(
        await caller(
          `query ($input: CheckTradeInput!) { checkTrade(input: $input) { __typename ... on TradeCheck {
            allowed reason size entryPrice liquidationPrice realizedPnl margin { ${MARGIN} } } ... on Error { code path } } }`,
          { input: { pool, account, market: 'BTC', size, price: '100' } },
        ),
      ).checkTrade;
    expect(await ask(ann, 'a', '1')).toMatchObject({
      allowed: false,
      reason: 'The equity would be 8 % below the initial margin: add collateral, or trade less.',
      margin: { initialMargin: '270.00', health: 'MARGIN_CALL' },
    });
    expect(await ask(ann, 'a', '-5')).toMatchObject({
      allowed: true,
      reason: null,
      size: '15',
      realizedPnl: '0.00',
    });
    const absent = { __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'account'] };
    expect(await ask(ann, 'house', '1')).toEqual(absent);
    expect(await ask(ann, 'nobody', '1')).toEqual(absent);
    expect((await ask(venue, 'house', '1')).__typename).toBe('TradeCheck');
  });
});

describe('a venue', () => {
  it('liquidates, and the fund shows its income', async () => {
    expect(
      await mutate(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '1' }] }),
    ).toMatchObject({
      __typename: 'MarkHeldError',
      code: 'MARK_HELD',
    });
    await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '92.5' }] });
    const done = await succeed(venue, 'liquidate', {
      pool,
      idempotencyKey: 'liquidate',
      account: 'a',
      atMarks: true,
      takeoverAccount: 'house',
    });
    expect(done).toMatchObject({
      account: { ref: 'a', status: 'ACTIVE' },
      healthBefore: 'LIQUIDATABLE',
      healthAfter: 'SAFE',
      equityBefore: '99.50',
      lossEvent: null,
    });
    expect(Number(done.fundFee) + Number(done.liquidatorFee)).toBeCloseTo(Number(done.fee), 9);
    const { data } =
      await ann(`{ pool(name: "${pool}") { rules { positionSource maxMarkAgeSeconds liquidationOrder liquidationFeeRate
        liquidatorShare liquidatorAccount }
      insuranceFund { flows { inflows { kind amount } inflow draws withdrawals daysOfCover } } } }`);
    expect(data.pool.rules).toEqual({
      positionSource: 'FILLS',
      maxMarkAgeSeconds: 3600,
      liquidationOrder: 'LARGEST_LOSS',
      liquidationFeeRate: '0.01',
      liquidatorShare: '0.25',
      liquidatorAccount: null,
    });
    expect(data.pool.insuranceFund.flows).toEqual({
      inflows: [{ kind: 'LIQUIDATION_FEE', amount: done.fundFee }],
      inflow: done.fundFee,
      draws: '0.00',
      withdrawals: '0.00',
      daysOfCover: null,
    });
    // What it needs an administrator for is refused to it.
    const { errors } = await venue(
      `mutation { settleLosses(input: { pool: "${pool}", idempotencyKey: "x", staleMarksReason: "late" }) { __typename } }`,
    );
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
  });

  it('ends what is below zero as a loss event, drawn from the fund', async () => {
    await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '60' }] });
    const done = await succeed(venue, 'liquidate', {
      pool,
      idempotencyKey: 'bankrupt',
      account: 'a',
      atMarks: true,
      takeoverAccount: 'house',
      ref: 'the-loss',
    });
    expect(done).toMatchObject({ healthAfter: 'BANKRUPT', fee: '0.00', lossEvent: { ref: 'the-loss' } });
    expect(done.equityAfter).toBe(`-${done.lossEvent.deficit}`);
    const settled = await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
    const { data } = await root(
      `{ pool(name: "${pool}") { insuranceFund { balance flows(days: 1) { draws daysOfCover } } } }`,
    );
    expect(data.pool.insuranceFund.flows).toEqual({ draws: settled.fundDraw, daysOfCover: '0' });
    const bad = await root(`{ pool(name: "${pool}") { insuranceFund { flows(days: 0) { draws } } } }`);
    expect(bad.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });
});
