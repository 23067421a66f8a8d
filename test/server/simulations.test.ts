import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import { type Child, startMain } from '../support/child.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { admin, type Caller, integrator, signToken } from '../support/server.ts';

/** A simulation whose server is killed is brought to its end by another, with the digits that it would have had. */

const pool = 'outlived';
const analyst = { sub: 'quant', roles: ['ANALYST'] as const };
const children: Child[] = [];
let database: TestDatabase;
const startServer = async (): Promise<Child> => {
  const child = await startMain({ DATABASE_URL: database.url, SIMULATION_THREADS: '1' });
  children.push(child);
  return child;
};

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(children.map((child) => child.end()));
  await database.drop();
});

async function openPool(root: Caller, venue: Caller): Promise<void> {
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
  const refs = Array.from({ length: 40 }, (_, i) => `t${i}`);
  await succeed(venue, 'upsertAccounts', { pool, accounts: refs.map((ref) => ({ ref, owner: ref })) });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: refs.map((account, i) => ({
      account,
      market: 'BTC',
      size: i % 2 === 0 ? '1' : '-1',
      entryPrice: '100',
    })),
    transfers: refs.map((account, i) => ({ account, kind: 'DEPOSIT', amount: `${15 + 3 * i}` })),
  });
}

const model = { gbm: { markets: [{ market: 'BTC', volatility: 1.2 }] } };
const PROGRESS = `subscription ($id: ID!) { simulationProgress(id: $id) { status progress result { expectedResidual { value standardError } } } }`;

it('survives kill -9 of the server that works on it, and tells how far it is', async () => {
  const first = await startServer();
  const call = await first.caller(analyst as never);
  await openPool(await first.caller(admin), await first.caller(integrator));
  const input = { pool, model, horizonDays: 60, steps: 20, paths: 300_000, seed: '5' };
  const { id } = await succeed(call, 'startSimulation', { ...input, idempotencyKey: 'one' });
  const stateOf = async (caller: Caller, of: string) =>
    dataOf(
      await caller(
        `query ($id: ID!) { simulation(id: $id) { status progress result { paths expectedResidual { value standardError }
          accounts { edges { node { account { ref } expectedHaircut { value standardError } } } } } } }`,
        { id: of },
      ),
    ).simulation;
  await eventually('it is under way', async () => {
    const { status } = await stateOf(call, id);
    expect(status).not.toBe('DONE');
    return status === 'RUNNING';
  });
  first.kill('SIGKILL');
  await first.exited;

  const second = await startServer();
  const other = await second.caller(analyst as never);
  const token = await signToken(analyst as never);
  const stream = await new EventStream(second.url, token, { query: PROGRESS, variables: { id } }).opened();
  await eventually('the end', () => stream.ended, 60_000);
  const told = stream.results.map(({ data }) => data.simulationProgress);
  expect(told[0]).toMatchObject({ status: 'RUNNING', result: null });
  expect(told.at(-1)).toMatchObject({ status: 'DONE', progress: 1 });
  const done = await stateOf(other, id);
  expect(told.at(-1).result.expectedResidual).toEqual(done.result.expectedResidual);

  const again = await succeed(other, 'startSimulation', { ...input, idempotencyKey: 'two' });
  await eventually('the second', async () => (await stateOf(other, again.id)).status === 'DONE', 60_000);
  expect((await stateOf(other, again.id)).result).toEqual(done.result);
}, 120_000);
