import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TcpProxy } from '../campaign/proxy.ts';
import { eventually } from '../support/eventually.ts';
import { type Elsewhere, installClient } from '../support/installed.ts';
import { settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';
import { consoleForThisFile } from './console.ts';

/**
 * The client as npm packs it, in a page of another origin than the server's, as a trader app would have it: nothing is bundled, the browser
 * loads the package's own files and those of graphql-ws (I251).
 */

const PAGE = `<!doctype html><meta charset="utf-8"><title>A trader app</title><link rel="icon" href="data:,">
<script type="importmap">{ "imports": {
  "@shearwater/client": "/@shearwater/client/index.js",
  "graphql-ws/client": "/graphql-ws/dist/client.js"
} }</script>
<p>Here an app would be.</p>`;

/** What the page does: it listens, from where its localStorage says, and keeps what it hears. */
const LISTEN = (url: string, token: string, pool: string) => `(async () => {
  const { createShearwater, webStore, verifyProof } = await import('@shearwater/client');
  Object.assign(window, { heard: [], retries: 0, ended: null, verifyProof });
  const client = createShearwater({ url: '${url}', token: '${token}', onRetry: () => window.retries++ });
  const store = webStore(localStorage, 'haircuts of ${pool}');
  (async () => {
    for await (const { sequence, amount, haircut } of client.haircuts({ pool: '${pool}', store, verify: true }))
      window.heard.push({ sequence, amount, ref: haircut.account.ref, document: haircut.proof.document });
  })().catch((error) => { window.ended = error.code ?? String(error); });
})()`;

interface Heard {
  readonly sequence: string;
  readonly amount: string;
  readonly ref: string;
  readonly document: string;
}

const browser = consoleForThisFile();
let elsewhere: Elsewhere;
let files: Server;
let origin: string;
let server: TestServer;
let proxy: TcpProxy;
let url: string;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  elsewhere = await installClient();
  const serve = sirv(join(elsewhere.path, 'node_modules'));
  files = createServer((request, response) => {
    if (request.url !== '/') return serve(request, response, () => void response.writeHead(404).end());
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  server = await startTestServer({ allowedOrigins: [origin] });
  proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
  url = `http://127.0.0.1:${proxy.port}`;
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(async () => {
  await proxy?.close();
  await server?.close();
  files?.closeAllConnections();
  await new Promise((resolve) => (files ? files.close(resolve) : resolve(null)));
  await elsewhere?.remove();
});

const heardOn = async (page: Page, count: number): Promise<Heard[]> => {
  await eventually(`${count} notices`, async () => (await page.evaluate('window.heard.length')) === count);
  return page.evaluate('window.heard') as Promise<Heard[]>;
};
const storedOn = (page: Page) => page.evaluate('Object.values(localStorage)[0] ?? null');

it('hears each haircut once over a dropped socket and a page that is loaded anew, each proven', async () => {
  const pool = 'in-a-browser';
  const me = winnerRef(0);
  await winnersBook(root, venue, pool, 2);
  const { page, complaints } = await browser.open(origin);
  const token = await signToken(trader(`owner-${me}`));
  await page.evaluate(LISTEN(url, token, pool));
  // Without a place it begins now, and keeps that first.
  await eventually('a place', () => storedOn(page));
  const sequences: string[] = [];
  const settle = async (round: string) => {
    sequences.push((await settleOne(venue, pool, round, 4)).sequence);
  };
  await settle('heard');
  await heardOn(page, 1);

  expect(proxy.drop(() => true)).toBeGreaterThan(0);
  proxy.stall();
  await settle('while it is cut');
  await settle('and again');
  proxy.heal();
  const heard = await heardOn(page, 3);
  expect(heard.map(({ sequence }) => sequence)).toEqual(sequences);
  expect(heard.map(({ ref, amount }) => [ref, amount])).toEqual(sequences.map(() => [me, '-2.000000']));
  expect(await page.evaluate('window.retries')).toBeGreaterThan(0);

  // What is verified is what the page says, and what was changed is not.
  const [document] = heard.map((each) => each.document);
  const verdict = (text: string) =>
    page.evaluate(`window.verifyProof(${JSON.stringify(text)}).ok`) as Promise<boolean>;
  expect(await verdict(document!)).toBe(true);
  const forged = document!.replace('"amount":"2000000"', '"amount":"1000000"');
  expect(forged).not.toBe(document);
  expect(await verdict(forged)).toBe(false);

  // The tab is gone while the next one commits; localStorage is what is left.
  await eventually('the last to be kept', async () =>
    String(await storedOn(page)).startsWith(`${sequences.at(-1)}@`),
  );
  await page.goto('about:blank');
  await settle('nobody is there');
  await page.goto(origin);
  await page.evaluate(LISTEN(url, token, pool));
  await heardOn(page, 1);
  await settle('there again');
  expect((await heardOn(page, 2)).map(({ sequence }) => sequence)).toEqual(sequences.slice(3));
  expect(await page.evaluate('window.ended')).toBeNull();
  // The browser tells of the connection that was cut, and of nothing else.
  for (const line of complaints.splice(0))
    expect(line).toMatch(/WebSocket connection to .* failed|ERR_CONNECTION_RESET/);
});

it('is told nothing in a page of an origin that was not allowed', async () => {
  const pool = 'elsewhere';
  await winnersBook(root, venue, pool, 1);
  // The same files, under another name of this machine.
  const { page, complaints } = await browser.open(origin.replace('127.0.0.1', 'localhost'));
  await page.evaluate(LISTEN(url, await signToken(integrator), pool));
  await eventually('a refusal', async () => (await page.evaluate('window.retries')) as number);
  await settleOne(venue, pool, 'one', 1);
  expect(await page.evaluate('[window.heard, localStorage.length]')).toEqual([[], 0]);
  // It goes on trying, and complaining, as long as it is open.
  await page.close();
  expect(complaints.splice(0).join('\n')).toMatch(/CORS policy|Access-Control-Allow-Origin/);
});
