import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
} from '../support/server.ts';
import { consoleForThisFile, shiftsOf } from './console.ts';

/** A pool's page, while a loss is reported and settled: nothing is reloaded, nothing is missed, nothing jumps. */

const browser = consoleForThisFile();
let server: TestServer;
let [root, venue]: Caller[] = [];
let [serial, pool] = [0, ''];
beforeAll(async () => {
  server = await startTestServer();
  [root, venue] = await Promise.all([server.caller(admin), server.caller(integrator)]);
});
afterAll(() => server?.close());
beforeEach(async () => {
  pool = `pool ${++serial}`;
  await openBook(root!, venue!, {
    pool,
    winners: { alice: 600, bob: 300, carol: 100 },
    deficit: 250,
    fund: 50,
  });
});

const at = (path = '') => `${server.url}/pools/${encodeURIComponent(pool)}${path}`;
const analyst = { sub: 'risk', roles: ['ANALYST'] as const };

it('shows what a settlement would do once a loss is open, and what it did once it is settled', async () => {
  const { page } = await browser.open(at(), { as: analyst });
  await page.getByText('No loss was settled yet').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const waterfall = page.getByRole('region', { name: 'Waterfall' });

  await succeed(venue!, 'reportBankruptcy', bankruptcy(pool));
  const losses = page.getByRole('region', { name: 'Loss events' }).first();
  await losses.getByRole('row', { name: /loss-1 Open 250.000000/ }).waitFor();
  await waterfall.getByRole('row', { name: 'Insurance fund 20.00 % 50.000000' }).waitFor();
  await waterfall.getByRole('row', { name: 'Haircuts of profit 80.00 % 200.000000' }).waitFor();
  await waterfall.getByText('3 accounts would give up 20.0000 % of their profit').waitFor();

  await succeed(venue!, 'settleLosses', { pool, idempotencyKey: 'settle' });
  await losses.getByRole('row', { name: /loss-1 Settled 250.000000/ }).waitFor();
  await waterfall.getByRole('link', { name: /^settlement \d+$/ }).waitFor();
  await waterfall.getByRole('row', { name: 'Uncovered nobody bears it 0.00 % 0.000000' }).waitFor();
  const fund = page.getByRole('region', { name: 'Insurance fund' });
  await fund.getByRole('row', { name: 'Drawn by settlements −50.000000' }).waitFor();
  await fund.getByRole('img', { name: /over 2 entries; now 0.000000 USDC/ }).waitFor();

  const { sum, nodes } = await shiftsOf(page);
  expect([sum < 0.01, sum < 0.01 ? [] : nodes]).toEqual([true, []]);
});

it('notices what has no notice of its own: marks, and with them who is in trouble', async () => {
  const { page } = await browser.open(at(), { as: analyst });
  const health = page.getByRole('region', { name: 'Accounts by health' });
  await health.getByRole('row', { name: /Bankrupt.*1$/ }).waitFor();
  await succeed(venue!, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
  await health.getByRole('row', { name: /Bankrupt.*0$/ }).waitFor();
  await page
    .getByRole('region', { name: 'Sizes per market' })
    .getByRole('row', { name: /BTC 100 1,000/ })
    .waitFor();
});

it('asks no more often of a pool that moves all the time', async () => {
  const { page } = await browser.open(at(), { as: analyst });
  await page.getByText('Live', { exact: true }).waitFor();
  let asked = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') asked++;
  });
  const until = Date.now() + 5_000;
  for (let i = 0; Date.now() < until; i++)
    await succeed(venue!, 'publishMarks', {
      pool,
      marks: [{ market: 'BTC', price: `101.${100 + (i % 800)}` }],
    });
  // For its sequence every three seconds, and then for what the page shows, which are a few questions.
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(40);
});

it('goes on after the connection was lost, and has what happened meanwhile', async () => {
  const { page, complaints } = await browser.open(at(), { as: analyst });
  await page.getByText('Live', { exact: true }).waitFor();
  await page.context().setOffline(true);
  await succeed(venue!, 'reportBankruptcy', bankruptcy(pool));
  await page.context().setOffline(false);
  await page.getByRole('row', { name: /loss-1 Open/ }).waitFor();
  // What the browser says of requests while there is no network is right.
  for (const line of complaints.splice(0)) expect(line).toMatch(/ERR_INTERNET_DISCONNECTED|Failed to load/);
});

it('opens a connection anew on which nothing answers any more, and is not live meanwhile', async () => {
  const { page } = await browser.open('about:blank');
  let connections = 0;
  await page.routeWebSocket('**/graphql', (socket) => {
    const upstream = socket.connectToServer();
    const isHalfOpen = ++connections === 1;
    // A laptop that slept: whatever is sent after the first answer goes nowhere.
    if (isHalfOpen)
      upstream.onMessage((message) => void (String(message).includes('ack') && socket.send(message)));
  });
  await page.goto(`${at()}#token=${await signToken(analyst)}`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Not live: trying again').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(connections).toBe(2);
});

it('asks again by itself where the server did not answer', async () => {
  const { page, complaints } = await browser.open(`${server.url}/`, { as: analyst });
  await page.getByRole('link', { name: pool, exact: true }).waitFor();
  await page.route('**/graphql', (route) =>
    route.request().postData()?.includes('PoolPage') ? route.abort() : route.continue(),
  );
  await page.getByRole('link', { name: pool, exact: true }).click();
  await page.getByText('It is asked again as soon as it can be reached').waitFor();
  await page.unroute('**/graphql');
  await page.getByText('No loss was settled yet').waitFor();
  for (const line of complaints.splice(0)) expect(line).toMatch(/Failed to load/);
});

it('says where there is no such pool, and where to go', async () => {
  const { page } = await browser.open(`${server.url}/pools/nowhere`, { as: analyst });
  await page.getByText('There is no pool “nowhere” that you may read.').waitFor();
  await page.getByRole('link', { name: 'those that there are' }).click();
  await page.getByRole('link', { name: pool }).waitFor();
});

it('shows a trader what is public, and nobody’s account', async () => {
  await succeed(venue!, 'reportBankruptcy', bankruptcy(pool));
  const { page } = await browser.open(at(), { as: { sub: 'owner-alice', roles: ['TRADER'] } });
  await page.getByRole('row', { name: /loss-1 Open/ }).waitFor();
  expect(await page.content()).not.toMatch(/owner-loser|carol/);
});
