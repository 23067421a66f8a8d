import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile, seriousFaults, shiftsOf } from './console.ts';

/** What holds of every page: for whoever cannot see it, on a small screen, in both colour schemes, by keyboard. */

const browser = consoleForThisFile();
let server: TestServer;
let settlement = '';
beforeAll(async () => {
  server = await startTestServer();
  const [root, venue] = await Promise.all([server.caller(admin), server.caller(integrator)]);
  await openBook(root, venue, {
    pool: 'p',
    winners: { alice: 600, bob: 300, carol: 100 },
    deficit: 250,
    fund: 50,
  });
  await succeed(venue, 'reportBankruptcy', bankruptcy('p'));
  await succeed(venue, 'settleLosses', { pool: 'p', idempotencyKey: 'settle' });
  const { data } = await root('{ pool(name: "p") { settlements(last: 1) { edges { node { id } } } } }');
  settlement = encodeURIComponent(data.pool.settlements.edges[0].node.id);
});
afterAll(() => server?.close());

/** Reads everything, and owns an account too. */
const reader = { sub: 'owner-alice', roles: ['TRADER', 'ANALYST'] as const };

interface PageCase {
  readonly name: string;
  readonly path: () => string;
  /** What is there once it has its data. */
  readonly there: string;
}

const PAGES: readonly PageCase[] = [
  { name: 'pools', path: () => '/', there: 'Haircut capacity' },
  { name: 'a pool', path: () => '/pools/p', there: 'Sizes per market' },
  { name: 'settlements', path: () => '/pools/p/settlements', there: 'Pro rata' },
  { name: 'a settlement', path: () => `/pools/p/settlements/${settlement}`, there: 'Find an account' },
  { name: 'methods', path: () => '/pools/p/methods', there: 'No loss is open' },
  { name: 'stress', path: () => '/pools/p/stress', there: 'all else as the sliders stand' },
  { name: 'simulation', path: () => '/pools/p/simulation', there: 'Nothing was simulated yet' },
  { name: 'accounts', path: () => '/accounts', there: 'Haircuts ever' },
  { name: 'an account', path: () => '/accounts/p/alice', there: '✓ proven' },
  { name: 'the session', path: () => '/sign-in', there: 'Another token' },
  { name: 'no page', path: () => '/pools/p/nothing', there: 'There is no such page' },
];

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it.each(PAGES)('axe finds nothing serious on $name', async ({ path, there }) => {
    const { page } = await browser.open(server.url + path(), { as: reader, colorScheme });
    await page.getByText(there).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});

/** What sticks out to the right, where the page can be scrolled sideways. */
const TOO_WIDE = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
  .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML.slice(0, 120))`;

describe.each([
  [320, 640],
  [768, 1024],
  [1920, 1080],
])('at %i pixels', (width, height) => {
  it.each(PAGES)(
    'nothing is wider than the page, and nothing jumps as it comes: $name',
    async ({ path, there }) => {
      const { page } = await browser.open(server.url + path(), { as: reader, viewport: { width, height } });
      await page.getByText(there).first().waitFor();
      expect(await page.evaluate(TOO_WIDE)).toEqual([]);
      const { sum, nodes } = await shiftsOf(page);
      expect([sum < 0.02, sum < 0.02 ? [] : nodes]).toEqual([true, []]);
    },
  );
});

describe('colours', () => {
  const ground = 'getComputedStyle(document.documentElement).backgroundColor';

  it('follow the system until the reader chooses, and keep the choice from the first paint on', async () => {
    const { page } = await browser.open(server.url, { as: reader, colorScheme: 'light' });
    const light = await page.evaluate(ground);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await page.evaluate(ground);
    expect(dark).not.toBe(light);
    await page.getByLabel('Colours').selectOption('light');
    expect(await page.evaluate(ground)).toBe(light);
    // With no script of the console's own at all.
    await page.route('**/assets/*.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: '' }),
    );
    await page.reload();
    expect(await page.evaluate(ground)).toBe(light);
  });
});

describe('by keyboard', () => {
  it('leads past the frame, through tabs and tables, and says where it is', async () => {
    const { page } = await browser.open(server.url, { as: reader });
    await page.getByRole('link', { name: 'p', exact: true }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Pools');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'p', exact: true }).waitFor();
    // The new page's heading has the focus, so that it is read out.
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.title()).toBe('p · Shearwater');
  });

  it('shows where the focus is', async () => {
    const { page } = await browser.open(server.url, { as: reader });
    await page.getByRole('link', { name: 'p', exact: true }).waitFor();
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect(outline).not.toBe('none');
    }
  });
});

describe('loading', () => {
  it('paints the frame before a script or data has come', async () => {
    const { page } = await browser.open(server.url, { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Shearwater' }).waitFor();
    await page.getByText('Opening…').waitFor();
  });

  it('takes less than 250 KB compressed, all files together', async () => {
    const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.gz'));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
    expect(files.length).toBeGreaterThan(2);
    expect(sizes.reduce((all, size) => all + size, 0)).toBeLessThan(250_000);
  });

  it('reaches nobody but the server', async () => {
    const { page } = await browser.open('about:blank');
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${server.url}/pools/p`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect([...asked]).toEqual([server.url]);
  });

  it('ships no map and no word of where it was built', async () => {
    const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith('.map'))).toEqual([]);
    for (const name of names.filter((each) => each.endsWith('.js')))
      expect(await readFile(join(folder, name), 'utf8')).not.toContain(process.cwd());
  });
});
