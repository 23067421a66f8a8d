import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** A stress test as an analyst asks for it; a trader finds the sums of all, and of the accounts its own. */

let server: TestServer;
let root: Caller;
let ann: Caller;
const pool = 'stressed';

beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  const venue = await server.caller(integrator);
  ann = await server.caller(trader('ann'));
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 2 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
  const sizes = { long: '20', 'ann-short': '-12', 'ben-short': '-8' };
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: Object.keys(sizes).map((ref) => ({ ref, owner: ref.startsWith('ann') ? 'ann' : 'ben' })),
  });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: Object.entries(sizes).map(([account, size]) => ({
      account,
      market: 'BTC',
      size,
      entryPrice: '100',
    })),
    transfers: Object.keys(sizes).map((account) => ({ account, kind: 'DEPOSIT', amount: '400' })),
  });
  await succeed(venue, 'contributeToFund', {
    pool,
    idempotencyKey: 'fund',
    amount: '50',
    kind: 'OPERATOR_CONTRIBUTION',
  });
});
afterAll(() => server.close());

const ASK = `query ($input: StressTestInput!) { stressTest(input: $input) { __typename ... on Error { code message path }
  ... on StressTest { scenarios { name changes sequence marks { market { symbol } before shocked after } closedOutCount bankruptCount
    closedOut { account { ref } equityBefore left round } deficit recourse operatorCapital fundDraw fundAfter residual haircutCapacity
    socialized uncovered haircutRatio { numerator denominator } profitBefore profitAfter haircutCount
    haircuts { account { ref } profit amount } rounds { closedOut deficit socialized uncovered } } } } }`;
const ask = async (caller: Caller, input: object) =>
  dataOf(await caller(ASK, { input: { pool, ...input } })).stressTest;

const SHOCKS = { shocks: { scenarios: [{ name: 'crash', common: '-0.25' }] } };

it('tells who is closed out, who pays, and what is left to the winners', async () => {
  // At 75 the long owes 100: the fund gives 50, and 300 and 200 of profit bear 50.
  const { scenarios } = await ask(root, SHOCKS);
  expect(scenarios).toEqual([
    {
      name: 'crash',
      changes: [],
      sequence: expect.any(String),
      marks: [{ market: { symbol: 'BTC' }, before: '100', shocked: '75', after: '75' }],
      closedOutCount: 1,
      bankruptCount: 1,
      closedOut: [{ account: { ref: 'long' }, equityBefore: '400.00', left: '-100.00', round: 1 }],
      deficit: '100.00',
      recourse: '0.00',
      operatorCapital: '0.00',
      fundDraw: '50.00',
      fundAfter: '0.00',
      residual: '50.00',
      haircutCapacity: '500.00',
      socialized: '50.00',
      uncovered: '0.00',
      haircutRatio: { numerator: '1', denominator: '10' },
      profitBefore: '500.00',
      profitAfter: '450.00',
      haircutCount: 2,
      haircuts: [
        { account: { ref: 'ann-short' }, profit: '300.00', amount: '30.00' },
        { account: { ref: 'ben-short' }, profit: '200.00', amount: '20.00' },
      ],
      rounds: [{ closedOut: 1, deficit: '100.00', socialized: '50.00', uncovered: '0.00' }],
    },
  ]);
});

it('shows a trader its own accounts only', async () => {
  const [all] = (await ask(root, SHOCKS)).scenarios;
  const [own] = (await ask(ann, SHOCKS)).scenarios;
  expect(own).toEqual({ ...all, closedOut: [], haircuts: [all.haircuts[0]] });
});

it('answers a grid as a curve', async () => {
  const changes = ['-0.3', '-0.25', '-0.2', '0', '0.3'];
  const { scenarios } = await ask(root, {
    shocks: { grid: [{ name: 'BTC', changes }] },
    fundChange: '-50',
    slippage: { share: '0.01', depths: [{ market: 'BTC', depth: '100000' }], law: 'SQUARE_ROOT' },
    closeOutAt: 'BELOW_ZERO',
  });
  const curve = scenarios.map((s: { changes: string[]; deficit: string }) => [...s.changes, s.deficit]);
  expect(curve.map(([change]: string[]) => change)).toEqual(changes);
  const deficits = curve.map(([, deficit]: string[]) => Number(deficit));
  expect(deficits[0]).toBeGreaterThan(deficits[1]);
  // At 75 it owes 100, and 20 × 75 × (1 % + 1 % × √0.015) more.
  expect(deficits[1]).toBeCloseTo(100 + 1500 * (0.01 + 0.01 * Math.sqrt(0.015)), 1);
  expect(deficits.slice(2, 4)).toEqual([0, 0]);
});

it('refuses what it cannot try, and says why', async () => {
  expect(await ask(root, { shocks: { scenarios: [{ name: 'x', common: '-2' }] } })).toMatchObject({
    __typename: 'InvalidInputError',
    path: ['input', 'shocks', 'scenarios', '0', 'common'],
  });
  expect(await ask(root, { ...SHOCKS, pool: 'none' })).toMatchObject({ __typename: 'NotFoundError' });
  const both = await root(ASK, {
    input: { pool, shocks: { scenarios: [], grid: [] } },
  });
  expect(both.errors![0]!.message).toMatch(/[Oo]ne/);
  const many = await root(
    `query ($input: StressTestInput!) { stressTest(input: $input) { ... on StressTest { scenarios { haircuts(first: 10001) { amount } } } } }`,
    { input: { pool, ...SHOCKS } },
  );
  expect(many.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
});
