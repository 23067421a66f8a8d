import type { WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile } from './console.ts';

/** What a trader sees of its own account, in the moment that a loss is settled. */

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
  pool = `pool-${++serial}`;
  await openBook(root!, venue!, { pool, winners: { alice: 600, bob: 300, carol: 100 }, deficit: 250 });
});

const alice = { sub: 'owner-alice', roles: ['TRADER'] as const };
const settle = async () => {
  await succeed(venue!, 'reportBankruptcy', bankruptcy(pool));
  await succeed(venue!, 'settleLosses', { pool, idempotencyKey: 'settle' });
};

it('lists its accounts, and shows what others’ trouble could cost', async () => {
  const { page } = await browser.open(`${server.url}/accounts`, { as: alice });
  await page
    .getByRole('row', { name: new RegExp(`alice ${pool} Safe`) })
    .getByRole('link', { name: 'alice' })
    .click();
  await page.getByRole('heading', { name: 'alice' }).waitFor();
  // The loser has not been reported yet: closed out now it would leave 250, of which alice has six tenths.
  const cost = page.getByRole('region', { name: 'What others’ trouble could cost' });
  await cost.getByText('150.000000').waitFor();
  await cost.getByText('25.00 % of its profit').waitFor();
  await page.getByRole('region', { name: 'Place in the queue' }).getByText('of', { exact: true }).waitFor();
});

it('hears of its haircut as it is settled, with its sum and a tick for its proof', async () => {
  const { page } = await browser.open(`${server.url}/accounts/${pool}/alice`, { as: alice });
  await page.getByText('No haircut so far').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await settle();
  const haircuts = page.getByRole('region', { name: 'Haircuts' });
  await haircuts.getByText('−150.000000').waitFor();
  await haircuts.getByText(/Account alice gave up 150\.000000 USDC, 25(\.0+)? % of its profit/).waitFor();
  await haircuts.getByRole('button', { name: '✓ proven' }).click();
  await haircuts.getByText(/is leaf \d of 3 in the tree/).waitFor();
  await page.getByText('1,000,450.000000').first().waitFor();
});

it('shows a gap in what it was told, and mends it by asking', async () => {
  const { page } = await browser.open(`${server.url}/accounts`, { as: alice });
  let dropped = 0;
  await page.routeWebSocket('**/graphql', (socket) => {
    const upstream = socket.connectToServer();
    upstream.onMessage((message) => {
      if (dropped === 0 && String(message).includes('"haircutNotices"')) dropped++;
      else socket.send(message);
    });
  });
  await page.goto(`${server.url}/accounts/${pool}/alice`);
  await page.getByText('Live', { exact: true }).waitFor();
  await settle();
  // The first notice is lost on the way; what comes back of the loss is told after it.
  await succeed(venue!, 'recordRecovery', {
    pool,
    idempotencyKey: 'back',
    lossEvent: 'loss-1',
    amount: '50',
  });
  const haircuts = page.getByRole('region', { name: 'Haircuts' });
  await haircuts
    .getByText('+30.000000')
    .or(haircuts.getByText('30.000000', { exact: true }))
    .first()
    .waitFor();
  await haircuts
    .getByText('One notice did not arrive and was found by asking: nothing is missing.')
    .waitFor();
  await haircuts.getByText('−150.000000').waitFor();
  expect(dropped).toBe(1);
  // Of what came back only the haircut is proven, and the tick says no more.
  expect(await haircuts.getByRole('button', { name: '✓ proven' }).count()).toBe(1);
  await haircuts.getByRole('button', { name: '✓ haircut proven' }).click();
  await haircuts.getByText(/The 30\.000000 that came back came after that haircut/).waitFor();
});

it.each<[string, RegExp, string, string]>([
  ['amount', /"amount":"-150\.000000"/, '"amount":"-140.000000"', 'the balance changed by -140.000000'],
  ['profit', /"profit":"600\.000000"/, '"profit":"900.000000"', 'the profit is 900.000000'],
])('gives no tick to a notice whose %s is not what its proof is of', async (_, true_, false_, said) => {
  const { page } = await browser.open(`${server.url}/accounts`, { as: alice });
  await page.routeWebSocket('**/graphql', (socket) => {
    socket.connectToServer().onMessage((message) => socket.send(String(message).replace(true_, false_)));
  });
  await page.goto(`${server.url}/accounts/${pool}/alice`);
  await page.getByText('Live', { exact: true }).waitFor();
  await settle();
  const haircuts = page.getByRole('region', { name: 'Haircuts' });
  await haircuts.getByRole('button', { name: '✗ not proven' }).click();
  await haircuts.getByText(`It says that ${said}`).waitFor();
});

/** What ends the first subscription to notices, and tells nobody that it may come back. */
const ENDS: Readonly<Record<string, (socket: WebSocketRoute, id: string) => void>> = {
  'a close with 4500': (socket) => void socket.close({ code: 4500, reason: 'the database is away' }),
  'an error': (socket, id) =>
    socket.send(
      JSON.stringify({
        ...{ id, type: 'error' },
        payload: [{ message: 'Slowly.', extensions: { code: 'RATE_LIMITED' } }],
      }),
    ),
};

it.each(Object.keys(ENDS))(
  'hears of its haircut after %s, and says that it hears nothing meanwhile',
  async (how) => {
    const { page } = await browser.open(`${server.url}/accounts`, { as: alice });
    let asked = 0;
    let isAway = true;
    await page.routeWebSocket('**/graphql', (socket) => {
      const upstream = socket.connectToServer();
      socket.onMessage((message) => {
        const { type, id, payload } = JSON.parse(String(message));
        const isNotices = type === 'subscribe' && payload.query.includes('haircutNotices');
        if (isNotices) asked++;
        if (isNotices && isAway) ENDS[how]!(socket, id);
        else upstream.send(message);
      });
    });
    await page.goto(`${server.url}/accounts/${pool}/alice`);
    await page.getByText('Not live: trying again').waitFor();
    await settle();
    await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(2);
    expect(await page.getByText('Live', { exact: true }).count()).toBe(0);
    isAway = false;
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Haircuts' }).getByText('−150.000000').waitFor();
  },
);

it('does not find the account of another', async () => {
  const { page } = await browser.open(`${server.url}/accounts/${pool}/bob`, { as: alice });
  await page.getByText('There is no such account that you may read.').waitFor();
});
