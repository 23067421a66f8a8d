import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** A simulation as an analyst runs it: queued, worked off in threads, and read. */

let server: TestServer;
let root: Caller;
let venue: Caller;
let analyst: Caller;
const pool = 'simulated';

beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  analyst = await server.caller({ sub: 'quant', roles: ['ANALYST'] });
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0' }],
  });
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: ['long', 'short'].map((ref) => ({ ref, owner: ref })),
  });
  const line = (account: string, size: string) => ({ account, market: 'BTC', size, entryPrice: '100' });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: [line('long', '1'), line('short', '-1')],
    transfers: [
      { account: 'long', kind: 'DEPOSIT', amount: '20' },
      { account: 'short', kind: 'DEPOSIT', amount: '1000' },
    ],
  });
  await succeed(venue, 'contributeToFund', {
    pool,
    idempotencyKey: 'fund',
    amount: '2',
    kind: 'OPERATOR_CONTRIBUTION',
  });
});
afterAll(() => server.close());

const SIMULATION = `id status sequence accountCount progress problem pool { name } createdAt startedAt finishedAt`;
const start = async (input: object, caller = analyst) =>
  dataOf(
    await caller(
      `mutation ($input: StartSimulationInput!) { startSimulation(input: $input) { __typename ... on Simulation { ${SIMULATION} }
        ... on Error { code message path } } }`,
      { input: { pool, ...input } },
    ),
  ).startSimulation;
const gbm = (volatility = 0.4) => ({ gbm: { markets: [{ market: 'BTC', volatility }] } });

async function done(id: string, selection: string): Promise<ReturnType<typeof dataOf>> {
  const ask = `query ($id: ID!) { simulation(id: $id) { ${SIMULATION} result { ${selection} } } }`;
  const ended = await eventually(
    'the simulation is done',
    async () => {
      const { simulation } = dataOf(await analyst(ask, { id }));
      return simulation.status === 'QUEUED' || simulation.status === 'RUNNING' ? null : simulation;
    },
    20_000,
  );
  expect(ended).toMatchObject({ status: 'DONE', progress: 1, problem: null });
  return ended;
}

const ESTIMATES = `paths batches probabilityOfBankruptcy { value standardError } probabilityOfSocialization { value standardError }
  probabilityOfUncovered { value } expectedDeficit { value standardError } expectedResidual { value standardError }
  expectedSocialized { value } expectedUncovered { value } expectedFundDraw { value } expectedHaircutRate { value standardError }
  expectedHaircutRateGivenSocialization { value } wrongWayRisk { value } residualAtRisk(level: 0.99) { value low high }
  expectedShortfall(level: 0.99) { value standardError } haircutAtRisk(level: 0.95) { value low high } cover1(level: 0.99) { ratio deficit { value low high } }
  cover2(level: 0.99) { ratio }
  fundCurve { fund probabilityOfSocialization { value } expectedResidual { value } slope } fundForTarget(probability: 0.05) { value low high }
  liquidations { from to probability { value } expectedHaircutRate { value } } burden { herfindahlIndex { value } gini { value } topTenShare { value } }
  methods { method accountsTouched { value } largestRate { value } gini { value } } auditedPaths auditDifference
  accounts { totalCount edges { cursor node { account { ref } expectedReturn { value standardError } expectedReturnNet { value } volatility { value }
    sharpe { value } sharpeNet { value } skew { value } returnDrag { value } expectedHaircut { value standardError }
    probabilityOfBankruptcy { value } probabilityOfProfit { value } haircutAtRisk(level: 0.95) { value low high } } } }`;

describe('a simulation', () => {
  it('answers with what would come, within its errors', async () => {
    const queued = await start({
      idempotencyKey: 'first',
      model: gbm(),
      horizonDays: 365,
      paths: 40_000,
      seed: '7',
      fundSizes: ['0', '2', '8', '32'],
      methods: ['PRO_RATA', 'TALMUD'],
    });
    expect(queued).toMatchObject({ __typename: 'Simulation', accountCount: 2, pool: { name: pool } });
    const { result, sequence } = await done(queued.id, ESTIMATES);
    expect(sequence).toBe(queued.sequence);
    expect(result.paths).toBe(40_000);
    // A put of strike 80 at a volatility of 0.4, and one of strike 78: Black and Scholes.
    for (const [seen, exact] of [
      [result.expectedDeficit, 6.391],
      [result.probabilityOfSocialization, 0.33687],
    ]) {
      expect(Math.abs(seen.value - exact)).toBeLessThan(3 * seen.standardError + 0.0005);
      expect(seen.standardError / exact).toBeLessThan(0.02);
    }
    expect(result.expectedResidual.value).toBeCloseTo(
      result.expectedSocialized.value + result.expectedUncovered.value,
      9,
    );
    expect(result.expectedDeficit.value).toBeCloseTo(
      result.expectedResidual.value + result.expectedFundDraw.value,
      9,
    );
    const { value, standardError } = result.expectedShortfall;
    expect(value).toBeGreaterThan(result.residualAtRisk.value);
    expect(standardError / value).toBeLessThan(0.05);
    // One long alone can be closed out: it is the largest, and the two largest.
    expect(result.cover1.ratio).toBeCloseTo(2 / result.cover1.deficit.value, 12);
    expect(result.cover2.ratio).toBe(result.cover1.ratio);
    for (const [i, point] of result.fundCurve.entries()) {
      const next = result.fundCurve[i + 1];
      if (!next) continue;
      expect(point.slope).toBeLessThanOrEqual(point.probabilityOfSocialization.value);
      expect(point.slope).toBeGreaterThanOrEqual(next.probabilityOfSocialization.value);
    }
    const [short, long] = result.accounts.edges.map((edge: { node: unknown }) => edge.node);
    expect(short.account.ref).toBe('short');
    expect(short.expectedHaircut.value).toBeCloseTo(result.expectedSocialized.value, 6);
    expect(short.expectedReturn.value - short.expectedReturnNet.value).toBeCloseTo(
      short.returnDrag.value,
      12,
    );
    expect(long.expectedHaircut.value).toBe(0);
    expect(long.probabilityOfBankruptcy.value).toBeCloseTo(result.probabilityOfBankruptcy.value, 12);
    expect(result.auditedPaths).toBe(64);
    expect(result.auditDifference).toBeLessThan(1e-6);
    expect(result.methods.map(({ method }: { method: string }) => method)).toEqual(['PRO_RATA', 'TALMUD']);
  }, 30_000);

  it('answers the same key with the same simulation, and the same seed with the same digits', async () => {
    const input = { idempotencyKey: 'again', model: gbm(), horizonDays: 30, paths: 2_000, seed: '11' };
    const first = await start(input);
    const id = (await start(input)).id;
    expect(id).toBe(first.id);
    expect(await start({ ...input, seed: '12' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const other = await start({ ...input, idempotencyKey: 'again-2' });
    expect(other.id).not.toBe(first.id);
    const [a, b] = [await done(first.id, ESTIMATES), await done(other.id, ESTIMATES)];
    expect(a.result).toEqual(b.result);
  }, 30_000);

  it('pages through its accounts by any column', async () => {
    const { id } = await start({ idempotencyKey: 'paged', model: gbm(), paths: 500 });
    await done(id, 'paths');
    const page = async (args: string) =>
      dataOf(
        await analyst(
          `query ($id: ID!) { simulation(id: $id) { result { accounts(${args}) { pageInfo { hasNextPage endCursor } edges { node { account { ref } } } } } } }`,
          { id },
        ),
      ).simulation.result.accounts;
    const first = await page('first: 1, sortBy: VOLATILITY');
    expect(first).toMatchObject({
      pageInfo: { hasNextPage: true },
      edges: [{ node: { account: { ref: 'long' } } }],
    });
    const second = await page(`first: 1, sortBy: VOLATILITY, after: "${first.pageInfo.endCursor}"`);
    expect(second).toMatchObject({
      pageInfo: { hasNextPage: false },
      edges: [{ node: { account: { ref: 'short' } } }],
    });
    expect((await page('first: 1, sortBy: VOLATILITY, descending: false')).edges[0].node.account.ref).toBe(
      'short',
    );
  }, 30_000);

  it('is told of until it ends, and can be ended before its time', async () => {
    const { id } = await start({
      idempotencyKey: 'long',
      model: gbm(),
      steps: 50,
      paths: 1_000_000,
      horizonDays: 50,
    });
    const { cancelSimulation } = dataOf(
      await analyst(
        `mutation ($id: ID!) { cancelSimulation(id: $id) { __typename ... on Simulation { status } ... on Error { code } } }`,
        { id },
      ),
    );
    expect(cancelSimulation).toEqual({ __typename: 'Simulation', status: 'CANCELLED' });
    const { simulation } = dataOf(
      await analyst(`query ($id: ID!) { simulation(id: $id) { status result { paths } } }`, { id }),
    );
    expect(simulation).toEqual({ status: 'CANCELLED', result: null });
    // What comes after it is not held up.
    const next = await start({ idempotencyKey: 'next', model: gbm(), paths: 100 });
    await done(next.id, 'paths');
  }, 30_000);
});

it('refuses what it cannot simulate, and says why', async () => {
  const at = (path: string[], input: object) => ({ path, input });
  const cases = [
    at(['input', 'paths'], { model: gbm(), paths: 10_000_001 }),
    at(['input', 'paths'], { model: gbm(), paths: 0 }),
    at(['input', 'model', 'vols', '0'], { model: gbm(-0.1) }),
    at(['input', 'model'], {
      model: {
        gbm: {
          markets: [
            { market: 'BTC', volatility: 1 },
            { market: 'BTC', volatility: 1 },
          ],
        },
      },
    }),
    at(['input', 'seed'], { model: gbm(), seed: '-1' }),
    at(['input', 'levels', '0'], { model: gbm(), levels: [1] }),
    at(['input', 'fundSizes', '0'], { model: gbm(), fundSizes: ['-1'] }),
  ];
  for (const [i, { path, input }] of cases.entries()) {
    const seen = await start({ idempotencyKey: `bad-${i}`, ...input });
    expect([i, seen.code, seen.path]).toEqual([i, 'INVALID_INPUT', path]);
  }
  expect(
    await start({
      idempotencyKey: 'matrix',
      model: {
        gbm: {
          markets: [{ market: 'BTC', volatility: 1 }],
          correlation: [
            [1, 0],
            [0, 1],
          ],
        },
      },
    }),
  ).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await start({ idempotencyKey: 'none', model: { gbm: { markets: [] } } })).toMatchObject({
    code: 'INVALID_INPUT',
  });
  const asTrader = await (await server.caller(trader('ann')))('{ simulation(id: "x") { id } }');
  expect(asTrader.errors![0]!.extensions.code).toBe('FORBIDDEN');
  expect(dataOf(await analyst('{ simulation(id: "x") { id } }')).simulation).toBeNull();
});
