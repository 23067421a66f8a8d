import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/server/address.ts';
import { NO_LIMITS } from '../../../src/server/limits.ts';
import { EventStream } from '../../support/event-stream.ts';
import { eventually } from '../../support/eventually.ts';
import { winnersBook } from '../../support/notice-book.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import {
  admin,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../../support/server.ts';
import { send } from './ways.ts';

/** How much one caller may ask for: the same count over HTTP, event streams and sockets. */

let server: TestServer;
beforeAll(async () => {
  // Over ten seconds: thirty points a trader, ninety whoever may do more, twenty an address.
  server = await startTestServer({
    limits: { ...NO_LIMITS, traderPoints: 3, staffPoints: 9, anonymousPoints: 2 },
    proxyHops: 1,
  });
  await winnersBook(await server.caller(admin), await server.caller(integrator), 'pool', 2);
});
afterAll(() => server.close());

const VIEWER = '{ viewer { subject } }';
let others = 0;
/** A trader that nobody else is. */
const someone = () => signToken(trader(`trader-${others++}`));
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** How many small requests pass until one is refused, after the document is known. */
async function countUntilRefused(token: string | null, address = '192.0.2.1'): Promise<number> {
  for (let passed = 0; passed < 300; passed++) {
    const { status } = await send(server.url, token, { query: VIEWER }, from(address));
    if (status === 429) return passed;
  }
  throw new Error('never refused');
}

it('refuses what is beyond it with 429, RATE_LIMITED, a whole number of seconds and what to do', async () => {
  const token = await someone();
  await countUntilRefused(token);
  for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
    const answer = await send(server.url, token, { query: VIEWER }, { headers: { accept } });
    expect(answer.status).toBe(429);
    const seconds = answer.headers.get('retry-after')!;
    expect(seconds).toMatch(/^([1-9]|10)$/);
    expect(JSON.parse(answer.text)).toEqual({
      errors: [
        {
          message: `You ask for more than 3 points a second: wait ${seconds} s, and ask less often or for smaller pages.`,
          extensions: { code: 'RATE_LIMITED', retryAfter: Number(seconds) },
        },
      ],
    });
  }
});

it('counts by subject, whatever token, transport and method', async () => {
  await send(server.url, await someone(), { query: VIEWER });
  const claims = trader('many-tokens');
  const [first, second] = [await signToken(claims), await signToken({ ...claims, pools: ['pool'] })];
  for (let i = 0; i < 10; i++) await send(server.url, first, { query: VIEWER });
  for (let i = 0; i < 10; i++) await send(server.url, second, null, { query: VIEWER });
  const raw = await RawSocket.open(server, first);
  for (let i = 0; i < 10; i++) raw.subscribe(`${i}`, VIEWER);
  await eventually('ten answers', () => raw.messages.filter(({ type }) => type === 'next').length === 10);
  raw.subscribe('more', VIEWER);
  const { payload } = await raw.first('error', 'more');
  expect(payload).toEqual([
    {
      message: expect.stringContaining('points a second'),
      extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
    },
  ]);
  raw.subscribe('stream', 'subscription { lossNotices(pool: "pool") { cursor } }');
  expect((await raw.first('error', 'stream')).payload[0].extensions.code).toBe('RATE_LIMITED');
  const stream = new EventStream(server.url, second, {
    query: 'subscription { lossNotices(pool: "pool") { cursor } }',
  });
  await eventually('the end', () => stream.ended);
  expect([stream.status, JSON.parse(stream.body).errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
  raw.end();
  // Another one is not held up by it.
  expect((await send(server.url, await someone(), { query: VIEWER })).status).toBe(200);
});

it('counts what is asked for, not only how often', async () => {
  const page = (first: number) =>
    `{ pool(name: "pool") { accounts(first: ${first}) { edges { node { ref } } } } }`;
  const patient = await someone();
  await send(server.url, patient, { query: page(1_000) });
  const greedy = await someone();
  expect((await send(server.url, greedy, { query: page(1_000) })).status).toBe(200);
  expect((await send(server.url, greedy, { query: page(1_000) })).status).toBe(429);
  // Known by now, and twenty points: one of them passes where thirty of the small would.
  expect(await countUntilRefused(await someone())).toBe(30);
});

it('gives those who may do more than a trader a measure of their own', async () => {
  expect(await countUntilRefused(await signToken({ sub: 'backend', roles: ['INTEGRATOR', 'TRADER'] }))).toBe(
    90,
  );
});

it('counts all who show no valid token by address: guesses at tokens too', async () => {
  expect(await countUntilRefused(null, '192.0.2.7')).toBe(20);
  expect((await send(server.url, 'garbage', { query: VIEWER }, from('192.0.2.7'))).status).toBe(429);
  for (let i = 0; i < 20; i++)
    expect((await send(server.url, `guess-${i}`, { query: VIEWER }, from('192.0.2.8'))).status).toBe(401);
  expect((await send(server.url, 'guess', { query: VIEWER }, from('192.0.2.8'))).status).toBe(429);
  // Who signs in from the same address is not held up, and asking for leave (CORS) is free.
  expect((await send(server.url, await someone(), { query: VIEWER }, from('192.0.2.8'))).status).toBe(200);
  const preflight = await fetch(`${server.url}/graphql`, { method: 'OPTIONS', ...from('192.0.2.8') });
  expect(preflight.status).not.toBe(429);
});

describe('an address', () => {
  const request = (remoteAddress: string, forwarded?: string) =>
    ({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    }) as unknown as IncomingMessage;

  it('is the peer, and what proxies of the operator say where there are some; the rest is invented', () => {
    expect(addressOf(request('192.0.2.1', '198.51.100.1'), 0)).toBe('192.0.2.1');
    expect(addressOf(request('10.0.0.1', '203.0.113.9, 198.51.100.1'), 1)).toBe('198.51.100.1');
    expect(addressOf(request('10.0.0.1', '203.0.113.9, 198.51.100.1, 10.0.0.2'), 2)).toBe('198.51.100.1');
    expect(addressOf(request('10.0.0.1'), 1)).toBe('10.0.0.1');
    expect(addressOf(request('10.0.0.1', '203.0.113.9'), 2)).toBe('10.0.0.1');
    expect(addressOf(request('10.0.0.1', 'x'.repeat(10_000)), 1)).toHaveLength(64);
  });

  it('of IPv6 is its network, and IPv4 in it is IPv4', () => {
    expect(addressOf(request('::ffff:192.0.2.1'), 0)).toBe('192.0.2.1');
    for (const host of ['2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', '2001:db8:1:2::'])
      expect(addressOf(request(host), 0)).toBe('2001:db8:1:2');
    expect(addressOf(request('2001:db8::1'), 0)).toBe('2001:db8:0:0');
    expect(addressOf(request('::1'), 0)).toBe('0:0:0:0');
  });
});
