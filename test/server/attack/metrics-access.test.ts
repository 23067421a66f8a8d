import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSame } from '../../../src/server/metrics-access.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

/** Who may read /metrics. */

const TOKEN = 'a token for the scraper';
let open: TestServer;
let closed: TestServer;
beforeAll(async () => {
  open = await startTestServer();
  closed = await startTestServer({ databaseUrl: open.databaseUrl, metricsToken: TOKEN });
});
afterAll(async () => {
  await closed.close();
  await open.close();
});

const status = async ({ url }: TestServer, headers: Record<string, string> = {}) =>
  (await fetch(`${url}/metrics`, { headers })).status;

it('without a token is this machine alone, and nothing that a proxy on it forwards', async () => {
  expect(await status(open)).toBe(200);
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
    expect(await status(open, { [header]: '127.0.0.1' }), header).toBe(403);
});

it('with a token is whoever shows it, from wherever, and nobody else', async () => {
  expect(await status(closed, { authorization: `Bearer ${TOKEN}` })).toBe(200);
  expect(await status(closed, { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '192.0.2.1' })).toBe(
    200,
  );
  for (const authorization of [
    '',
    'Bearer',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    TOKEN,
    `Basic ${TOKEN}`,
  ])
    expect(await status(closed, { authorization }), authorization).toBe(403);
  expect(await status(closed)).toBe(403);
});

it('compares whole texts, whatever their length', () => {
  expect(isSame(TOKEN, TOKEN)).toBe(true);
  for (const guess of ['', TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase(), 'é'.repeat(9_999)])
    expect(isSame(guess, TOKEN)).toBe(false);
});
