import { afterAll, beforeAll, expect, it } from 'vitest';
import { succeed } from '../support/api.ts';
import { admin, type Claims, signToken, startTestServer, type TestServer } from '../support/server.ts';
import { consoleForThisFile } from './console.ts';

/** Who is signed in, and by what. */

const browser = consoleForThisFile();
let server: TestServer;
let own: TestServer;
beforeAll(async () => {
  [server, own] = await Promise.all([startTestServer(), startTestServer({ hasLocalAdministrator: true })]);
  for (const each of [server, own])
    await succeed(await each.caller(admin), 'createPool', { name: 'p', asset: 'USDC', decimals: 6 });
});
afterAll(() => Promise.all([server?.close(), own?.close()]));

const analyst: Claims = { sub: 'risk', roles: ['ANALYST'], pools: ['p'] };
const LOCAL = 'Signed in by itself as this machine’s administrator';

it('takes a pasted token, keeps it in the tab alone, and says what it allows', async () => {
  const { page } = await browser.open(`${server.url}/pools/p`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const field = page.getByLabel('Bearer token');
  await field.fill('nonsense');
  await page.keyboard.press('Enter');
  await page.getByText('This is no token').waitFor();
  await field.fill(await signToken({ ...analyst, expiresIn: -60 }));
  await page.keyboard.press('Enter');
  await page.getByText('This token has expired').waitFor();
  const token = await signToken(analyst);
  await field.fill(`Bearer ${token}`);
  await page.keyboard.press('Enter');
  // It stays where it was opened.
  await page.getByRole('heading', { name: 'p', exact: true }).waitFor();
  expect(await page.evaluate('Object.values(sessionStorage)')).toEqual([token]);
  expect(await page.evaluate('[Object.values(localStorage), document.cookie]')).toEqual([[], '']);
  await page.getByRole('link', { name: 'risk' }).click();
  await page.getByText('ANALYST', { exact: true }).waitFor();
  expect(await page.getByRole('definition').allInnerTexts()).toEqual([
    'risk',
    'ANALYST',
    'p',
    expect.stringMatching(/UTC$/),
  ]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
});

it('takes a token from the fragment and removes it from the address', async () => {
  const { page } = await browser.open(`${server.url}/pools/p`, { as: analyst });
  await page.getByRole('heading', { name: 'p', exact: true }).waitFor();
  expect(page.url()).toBe(`${server.url}/pools/p`);
});

it('says when the token expires, and goes on where it was with the next one', async () => {
  const { page } = await browser.open(`${server.url}/pools/p`, { as: { ...analyst, expiresIn: 8 } });
  await page.getByText('The token has expired: paste a new one to go on.').waitFor();
  await page.getByLabel('Bearer token').fill(await signToken(analyst));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'p', exact: true }).waitFor();
});

it('says what the server says of a token that it does not take', async () => {
  const [head, , signature] = (await signToken(analyst)).split('.');
  const claims = Buffer.from(JSON.stringify({ sub: 'x', roles: ['ADMIN'], exp: 4e9 })).toString('base64url');
  const { page, complaints } = await browser.open(`${server.url}/#token=${head}.${claims}.${signature}`);
  await page.getByText('The token is not valid here: check who signed it.').waitFor();
  // The browser tells of every answer with a status of an error.
  for (const line of complaints.splice(0)) expect(line).toMatch(/401|WebSocket/);
});

it('opens signed in where the server is this machine’s alone, and says so on every page', async () => {
  const { page } = await browser.open(own.url);
  await page.getByRole('link', { name: 'local-administrator' }).waitFor();
  for (const path of [
    '/',
    '/pools/p',
    '/pools/p/settlements',
    '/pools/p/methods',
    '/pools/p/stress',
    '/accounts',
    '/sign-in',
  ]) {
    await page.goto(own.url + path);
    await page.getByText(LOCAL).waitFor();
  }
  await page.getByText('whoever opens its console here is its administrator').waitFor();
  // It is asked for each time, and kept nowhere.
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
});

it('shows no page of another site anything', async () => {
  const { page, complaints } = await browser.open(server.url);
  await page.route('https://evil.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>evil</p>' }),
  );
  await page.goto('https://evil.example/');
  const asked = await page.evaluate(
    `fetch('${own.url}/local-session', { method: 'POST' }).then((r) => r.text(), () => 'refused')`,
  );
  expect(asked).toBe('refused');
  complaints.splice(0);
});
