import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** How well simulations foretold what came, and how long the fund lasts. */

let server: TestServer;
let root: Caller;
let venue: Caller;
const pool = 'foretold';

beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 2 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0' }],
  });
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: ['long', 'short', 'house'].map((ref) => ({ ref, owner: ref })),
  });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: [
      { account: 'long', market: 'BTC', size: '1', entryPrice: '100' },
      { account: 'short', market: 'BTC', size: '-1', entryPrice: '100' },
    ],
    transfers: [
      { account: 'long', kind: 'DEPOSIT', amount: '20' },
      { account: 'short', kind: 'DEPOSIT', amount: '100' },
    ],
  });
});
afterAll(() => server.close());

const SCORE = `{ forecastScore(pool: "${pool}") { settlements meanRank kolmogorovSmirnov pValue levels { level observed }
  recent { rate rank settlement { sequence socialized } } } }`;

it('is a score of nothing before anything was foretold', async () => {
  expect(dataOf(await root(SCORE)).forecastScore).toEqual({
    settlements: 0,
    meanRank: null,
    kolmogorovSmirnov: null,
    pValue: null,
    levels: [],
    recent: [],
  });
  const none = await root('{ forecastScore(pool: "none") { settlements } }');
  expect(none.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
});

it('ranks what came among what was foretold', async () => {
  const { id } = await succeed(venue, 'startSimulation', {
    pool,
    idempotencyKey: 'simulation',
    horizonDays: 365,
    paths: 20_000,
    model: { gbm: { markets: [{ market: 'BTC', volatility: 0.4 }] } },
  });
  await eventually(
    'the simulation is done',
    async () =>
      dataOf(await root(`query ($id: ID!) { simulation(id: $id) { status } }`, { id })).simulation.status ===
      'DONE',
  );
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '64' }] });
  await succeed(venue, 'reportBankruptcy', {
    pool,
    idempotencyKey: 'gone',
    ref: 'gone',
    account: 'long',
    takeoverAccount: 'house',
  });
  const { sequence } = await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
  const score = dataOf(await root(SCORE)).forecastScore;
  // At 64 the long owes 16 of the 36 that the short won.
  expect(score).toMatchObject({
    settlements: 1,
    recent: [{ rate: '0.444444444444444444', settlement: { sequence, socialized: '16.00' } }],
  });
  // Below 80 at all: the log price is normal with mean −0.08 and a deviation of 0.4, and a deeper fall costs a larger share.
  const cdf = (price: number) => normalCdf((Math.log(price / 100) + 0.08) / 0.4);
  const expected = 1 - cdf(64) / cdf(80);
  expect(Math.abs(Number(score.recent[0].rank) - expected)).toBeLessThan(0.02);
  expect(score.meanRank).toBeCloseTo(Number(score.recent[0].rank), 12);
});

/** By Simpson's rule: good to more digits than are needed here. */
function normalCdf(x: number): number {
  const steps = 2_000;
  const width = (x + 10) / steps;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(-10) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(-10 + i * width);
  return (sum * width) / 3;
}

const deplete = async (input: object) =>
  dataOf(
    await root(
      `query ($input: FundDepletionInput!) { fundDepletion(input: $input) { __typename ... on Error { code path message }
        ... on FundDepletion { initial inflowPerDay claimsPerDay meanClaim ruinProbability ruinProbabilityWithin
          simulated { value standardError } } } }`,
      { input: { pool, ...input } },
    ),
  ).fundDepletion;

it('says how likely the fund is to run dry, by formula and by simulation', async () => {
  await succeed(venue, 'contributeToFund', {
    pool,
    idempotencyKey: 'fund',
    amount: '400',
    kind: 'OPERATOR_CONTRIBUTION',
  });
  const seen = await deplete({ inflowPerDay: '50', claimsPerDay: 0.5, meanClaim: '80', days: 90, seed: '3' });
  expect(seen).toMatchObject({ initial: '400.00', inflowPerDay: 50, claimsPerDay: 0.5, meanClaim: 80 });
  // ψ = λm/c e^(−(1/m − λ/c) u) = 0.8 e^(−1).
  expect(seen.ruinProbability).toBeCloseTo(0.8 * Math.exp(-1), 12);
  expect(seen.ruinProbabilityWithin).toBeLessThan(seen.ruinProbability);
  expect(Math.abs(seen.simulated.value - seen.ruinProbabilityWithin)).toBeLessThan(
    3 * seen.simulated.standardError,
  );
  // The 400 of the last 30 days are an inflow of 13.33 a day.
  expect((await deplete({ claimsPerDay: 0.1, meanClaim: '10' })).inflowPerDay).toBeCloseTo(400 / 30, 12);
});

it('refuses what it cannot work out', async () => {
  for (const [input, path] of [
    [{ claimsPerDay: 1 }, 'meanClaim'],
    [{ meanClaim: '0', claimsPerDay: 1 }, 'meanClaim'],
    [{ meanClaim: '1', claimsPerDay: -1 }, 'claimsPerDay'],
    [{ meanClaim: '1', claimsPerDay: 1, days: 0 }, 'days'],
    [{ meanClaim: '1', claimsPerDay: 1000, days: 3000, paths: 1000 }, 'paths'],
    [{ meanClaim: '1', claimsPerDay: 10_000, days: 3000 }, 'paths'],
    [{ meanClaim: '1', claimsPerDay: 1, inflowPerDay: '-1' }, 'inflowPerDay'],
    [{ meanClaim: '1', claimsPerDay: 1, seed: 'x' }, 'seed'],
  ] as const) {
    expect(await deplete(input)).toMatchObject({ code: 'INVALID_INPUT', path: ['input', path] });
  }
  expect(await deplete({ pool: 'none', meanClaim: '1', claimsPerDay: 1 })).toMatchObject({
    code: 'NOT_FOUND',
  });
});
