import { afterAll, beforeAll, expect, it } from 'vitest';
import { SECRET, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile } from './console.ts';
import { type October, openOctober } from './october.ts';

/** 19,230 haircuts: read, drawn, measured and checked in the browser. */

const browser = consoleForThisFile();
let server: TestServer;
let october: October;
beforeAll(async () => {
  server = await startTestServer({ databasePoolSize: 10 });
  october = await openOctober(server.url, SECRET);
});
afterAll(() => server?.close());

it('stays readable, adds up, and holds, settled while it is looked at', async () => {
  const { page } = await browser.open(`${server.url}/pools/${october.pool}`, {
    as: { sub: 'risk', roles: ['ANALYST'] },
  });
  const waterfall = page.getByRole('region', { name: 'Waterfall' });
  await waterfall.getByText('19,230 accounts would give up 2.1797 % of their profit').waitFor();
  const { socialized, sequence } = await october.settle();
  await waterfall.getByRole('link', { name: `settlement ${sequence}` }).click();
  await page.getByRole('heading', { name: `Settlement ${sequence} · ${october.pool}` }).waitFor();
  await page.getByText('of 19,230').first().waitFor();
  await page.getByRole('slider', { name: 'Rank' }).waitFor();

  // The brackets have every account once, and sum to what was shared, to the last digit.
  const rows = await page.getByRole('region', { name: 'Haircuts by size' }).getByRole('row').all();
  let [accounts, sum] = [0, 0n];
  for (const row of rows.slice(1)) {
    const [count, together] = await row.getByRole('cell').allInnerTexts();
    accounts += Number(count!.replaceAll(',', ''));
    sum += BigInt(together!.replace(/[,.]/g, ''));
  }
  expect(accounts).toBe(19_230);
  expect(sum).toBe(BigInt(socialized.replace('.', '')));
  // The curve has a point per pixel, not one per account.
  const points = await page.evaluate(
    `document.querySelector('path.line.haircuts').getAttribute('d').split('L').length`,
  );
  expect(points).toBeLessThan(1_500);

  const slider = page.getByRole('slider', { name: 'Rank' });
  await slider.focus();
  await page.keyboard.press('End');
  await page.getByText('19,230 of 19,230').waitFor();

  await page.getByRole('button', { name: 'Check every haircut' }).click();
  await page.getByText(/19230 haircuts, each account once/).waitFor();
  await page.getByText(/come out the same allocated anew/).waitFor();
});
