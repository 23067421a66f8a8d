import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile } from './console.ts';

/** A settlement's page: who bore what, as a file too, and whether it holds. */

const browser = consoleForThisFile();
const WINNERS = { alice: 600, bob: 300, '=carol': 100 };
let server: TestServer;
let [root, venue]: Caller[] = [];
beforeAll(async () => {
  server = await startTestServer();
  [root, venue] = await Promise.all([server.caller(admin), server.caller(integrator)]);
  await openBook(root!, venue!, { pool: 'p', winners: WINNERS, deficit: 250, fund: 50 });
  await succeed(venue!, 'reportBankruptcy', bankruptcy('p'));
});
afterAll(() => server?.close());

const analyst = { sub: 'risk', roles: ['ANALYST'] as const };

async function openSettlement(as: Parameters<typeof browser.open>[1] = { as: analyst }): Promise<Page> {
  const { page } = await browser.open(`${server.url}/pools/p/settlements`, as);
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('heading', { name: /^Settlement \d+ · p$/ }).waitFor();
  return page;
}

it('compares all methods on the open loss, and on one more', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/methods`, { as: analyst });
  await page.getByRole('row', { name: /^Pro rata 200.000000/ }).waitFor();
  expect(await page.getByRole('region', { name: 'Methods' }).getByRole('row').count()).toBe(1 + 7);
  await page.getByLabel('A loss to try').fill('much');
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('Write an amount in the pool’s asset').waitFor();
  await page.getByLabel('A loss to try').fill('100.5');
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /^Pro rata 300.500000/ }).waitFor();
  await succeed(venue!, 'settleLosses', { pool: 'p', idempotencyKey: 'settle' });
});

it('spells out what the proof of a haircut shows', async () => {
  const page = await openSettlement();
  await page.getByRole('row', { name: /alice 120.000000 600.000000 20.00 %/ }).waitFor();
  await page.getByRole('button', { name: 'Check the proof of alice' }).click();
  await page.getByText('It holds, checked in this browser').waitFor();
  await page.getByText(/account alice gave up 120\.000000 of a profit of 600\.000000/).waitFor();
  await page.getByText(/Figures and tree hash to the root [0-9a-f]{64}, the one that you know/).waitFor();
});

it('says what is wrong with a proof that was changed on the way', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/settlements`, { as: analyst });
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('HaircutProof')) return route.continue();
    const answer = await route.fetch();
    const body = (await answer.text()).replaceAll(
      '\\"amount\\":\\"120000000\\"',
      '\\"amount\\":\\"110000000\\"',
    );
    await route.fulfill({ response: answer, body });
  });
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Check the proof of alice' }).click();
  await page.getByText('It does not hold').waitFor();
  await page.getByText(/the figures make its amount 120\.000000, and it is 110\.000000/).waitFor();
});

it('checks the whole sheet', async () => {
  const page = await openSettlement();
  await page.getByRole('button', { name: 'Check every haircut' }).click();
  await page.getByText(/3 haircuts, each account once/).waitFor();
  await page.getByText(/come out the same allocated anew/).waitFor();
});

it('exports what the API says, and no formula for spreadsheets', async () => {
  const page = await openSettlement();
  const save = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name }).click(),
    ]);
    return readFile(await download.path(), 'utf8');
  };
  expect(await save('Export CSV')).toBe(
    [
      'account,amount,profit,cap,recovered',
      `"'=carol",20.000000,100.000000,100.000000,0.000000`,
      '"alice",120.000000,600.000000,600.000000,0.000000',
      '"bob",60.000000,300.000000,300.000000,0.000000',
      '',
    ].join('\r\n'),
  );
  const { pool, asset, haircuts } = JSON.parse(await save('Export JSON'));
  expect([pool, asset]).toEqual(['p', 'USDC']);
  expect(haircuts[1]).toEqual({
    ...{
      account: 'alice',
      amount: '120.000000',
      profit: '600.000000',
      cap: '600.000000',
      recovered: '0.000000',
    },
  });
});

it('shows a trader its own haircut, and no sheet', async () => {
  const page = await openSettlement({ as: { sub: 'owner-bob', roles: ['TRADER'] } });
  await page.getByRole('row', { name: /bob 60.000000/ }).waitFor();
  expect(await page.getByText('alice').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Check every haircut' }).count()).toBe(0);
});

it('says that a settlement was taken back, while it is looked at', async () => {
  const page = await openSettlement();
  await page.getByRole('row', { name: /alice 120.000000 600.000000 20.00 % 0.000000/ }).waitFor();
  const { data } = await root!(
    '{ pool(name: "p") { settlements(last: 1) { edges { node { sequence } } } } }',
  );
  const settlement = data.pool.settlements.edges[0].node.sequence;
  const reason = 'the mark was wrong';
  await succeed(root!, 'reverseSettlement', { pool: 'p', idempotencyKey: 'reverse', settlement, reason });
  await page.getByText(/Taken back on .*: the mark was wrong\./).waitFor();
  await page.getByRole('row', { name: /alice 120.000000 600.000000 20.00 % 120.000000/ }).waitFor();
});

it('reads what was given back that nobody told it of: while it looked, and before it knew how far the pool was', async () => {
  await openBook(root!, venue!, { pool: 'q', winners: { alice: 600, bob: 400 }, deficit: 250 });
  await succeed(venue!, 'reportBankruptcy', bankruptcy('q'));
  await succeed(venue!, 'settleLosses', { pool: 'q', idempotencyKey: 'settle' });
  const { data } = await root!('{ pool(name: "q") { settlements(last: 1) { edges { node { id } } } } }');
  const recover = (idempotencyKey: string) =>
    succeed(venue!, 'recordRecovery', { pool: 'q', idempotencyKey, lossEvent: 'loss-1', amount: '50' });

  const { page } = await browser.open(`${server.url}/`, { as: analyst });
  // A socket that opens, and on which nothing is ever heard.
  await page.routeWebSocket('**/graphql', () => {});
  const held = Promise.withResolvers<void>();
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('PoolVersion')) await held.promise;
    await route.continue();
  });
  await page.goto(
    `${server.url}/pools/q/settlements/${encodeURIComponent(data.pool.settlements.edges[0].node.id)}`,
  );
  await page.getByRole('row', { name: /alice 150.000000 600.000000 25.00 % 0.000000/ }).waitFor();
  await recover('early');
  held.resolve();
  await page.getByRole('row', { name: /alice 150.000000 600.000000 25.00 % 30.000000/ }).waitFor();
  await recover('late');
  await page.getByRole('row', { name: /alice 150.000000 600.000000 25.00 % 60.000000/ }).waitFor();
});

it('gives no tick to a haircut that is another than the one its proof is of', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/settlements`, { as: analyst });
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('SettlementHaircuts')) return route.continue();
    const answer = await route.fetch();
    const body = (await answer.text()).replace('"profit":"600.000000"', '"profit":"900.000000"');
    await route.fulfill({ response: answer, body });
  });
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Check the proof of alice' }).click();
  await page.getByText('It does not hold').waitFor();
  await page
    .getByText('It says that the profit is 900.000000, and the proof that it is 600.000000.')
    .waitFor();
});

it('asks again by itself for haircuts where the server did not answer', async () => {
  const { page, complaints } = await browser.open(`${server.url}/pools/p/settlements`, { as: analyst });
  await page.route('**/graphql', (route) =>
    route.request().postData()?.includes('SettlementHaircuts') ? route.abort() : route.continue(),
  );
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByText('Failed to fetch').waitFor();
  await page.unroute('**/graphql');
  await page.getByRole('row', { name: /alice 120.000000/ }).waitFor();
  for (const line of complaints.splice(0)) expect(line).toMatch(/Failed to load/);
});
