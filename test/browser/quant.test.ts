import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBook } from '../support/api.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile } from './console.ts';

/** Shocks and simulations. */

const browser = consoleForThisFile();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ simulationThreads: 1 });
  const [root, venue] = await Promise.all([server.caller(admin), server.caller(integrator)]);
  await openBook(root, venue, {
    pool: 'p',
    winners: { alice: 600, bob: 300, carol: 100 },
    deficit: 250,
    fund: 50,
  });
});
afterAll(() => server?.close());

const analyst = { sub: 'quant', roles: ['ANALYST'] as const };

it('answers a shock anew as its slider moves, by keyboard too', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/stress`, { as: analyst });
  const slider = page.getByRole('slider', { name: 'All marks' });
  await slider.focus();
  await page.keyboard.press('Home');
  await page.getByText('−60 %', { exact: true }).waitFor();
  // The longs bought at 100 with a million each: only the short that is bankrupt at the marks could be, and it gains.
  await page.getByText('Nobody is left below zero').waitFor();
  await page.keyboard.press('End');
  await page.getByText('+60 %', { exact: true }).waitFor();
  const outcome = page.getByRole('region', { name: 'At this shock' });
  await outcome.getByRole('row', { name: /^Insurance fund .* 50\.000000$/ }).waitFor();
  // The short of 1,000 at 100 with 750 less: 101 × 1.6 = 161.6, so it owes 61,600 − 750.
  await outcome.getByRole('row', { name: /^Deficit .* 60,850\.000000$/ }).waitFor();
  await page.getByText('all else as the sliders stand').waitFor();
  await page.getByText('As a table').click();
  await page.getByRole('row', { name: /^60 % 60,850\.000000 50\.000000/ }).waitFor();
});

it('asks again where the server had too much of the reader under way, until the curve is whole', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/stress`, { as: analyst });
  let refused = 0;
  await page.route('**/graphql', (route) => {
    if (!/query Stress\(/.test(route.request().postData() ?? '') || refused === 5) return route.continue();
    refused++;
    const stressTest = {
      __typename: 'LimitExceededError',
      code: 'LIMIT_EXCEEDED',
      message: 'You have 2 stress tests under way.',
    };
    return route.fulfill({ json: { data: { stressTest } } });
  });
  await page.reload();
  await page.getByText('all else as the sliders stand').waitFor();
  await page.getByRole('region', { name: 'At this shock' }).getByText('Closed out').waitFor();
  expect(refused).toBe(5);
});

it('runs a simulation to its end and shows what it came to', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/simulation`, { as: analyst });
  await page.getByText('Nothing was simulated yet').waitFor();
  await page.getByRole('slider', { name: 'Paths' }).focus();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page.getByText(/Done: [\d,]+ paths over the pool/).waitFor();
  for (const name of [
    'What more in the fund would change',
    'How large haircuts get',
    'What haircuts cost of the return',
  ])
    await page.getByRole('region', { name }).waitFor();
  expect(await page.getByRole('region', { name: 'Return drag' }).getByRole('row').count()).toBeGreaterThan(2);
  // It has an address of its own: whoever is sent it sees the same.
  const figures = () => page.locator('.figures').first().innerText();
  const seen = await figures();
  await page.reload();
  await page.getByText(/Done: [\d,]+ paths over the pool/).waitFor();
  expect(await figures()).toBe(seen);
});

it('says what a model lacks, in the server’s words', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/simulation`, { as: analyst });
  await page.getByLabel('Slippage of closing out').fill('2');
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page
    .getByRole('alert')
    .getByText(/slippage/i)
    .waitFor();
});

it('tells a trader that simulations are not for it, and lets it try a shock', async () => {
  const { page } = await browser.open(`${server.url}/pools/p/simulation`, {
    as: { sub: 'owner-alice', roles: ['TRADER'] },
  });
  await page
    .getByText(/they take a token with the role ANALYST, INTEGRATOR or ADMIN, and yours has TRADER/)
    .waitFor();
  await page.getByRole('link', { name: 'a shock' }).click();
  await page.getByRole('slider', { name: 'All marks' }).waitFor();
});
