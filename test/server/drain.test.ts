import { afterEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { integrator, signToken, startTestServer, type TestServer } from '../support/server.ts';

/** How a server leaves: it says so first, and its clients do not all come back at once. */

let closing: Promise<void> | null = null;
let server: TestServer;
afterEach(() => closing ?? server.close());

it('is not ready any more while it still serves, for as long as load balancers need', async () => {
  server = await startTestServer({ drainDelayMs: 300 });
  const ready = () => fetch(`${server.url}/ready`).then(async (r) => [r.status, await r.text()]);
  const venue = await server.caller(integrator);
  const socket = await RawSocket.open(server, venue.token);
  expect(await ready()).toEqual([200, 'ready\n']);
  const began = performance.now();
  closing = server.close();
  expect(await ready()).toEqual([503, 'draining\n']);
  expect((await venue('{ viewer { subject } }')).data).toEqual({ viewer: { subject: 'venue' } });
  const response = await fetch(`${server.url}/health`);
  expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  socket.subscribe('1', '{ viewer { subject } }');
  expect((await socket.first('next', '1')).payload.data).toEqual({ viewer: { subject: 'venue' } });
  expect((await socket.closed).code).toBe(1001);
  expect(performance.now() - began).toBeGreaterThan(290);
  await closing;
  await expect(fetch(`${server.url}/ready`)).rejects.toThrow();
});

it('closes sockets one after another, in an order of chance, and each with a code to come back by', async () => {
  const SOCKETS = 200;
  server = await startTestServer();
  const token = await signToken(integrator);
  const closes: { socket: number; at: number; code: number }[] = [];
  for (let first = 0; first < SOCKETS; first += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const raw = await RawSocket.open(server, token);
        raw.socket.once('close', (code) => closes.push({ socket: first + i, at: performance.now(), code }));
      }),
    );
  }
  const began = performance.now();
  closing = server.close();
  await eventually('the close of every socket', () => closes.length === SOCKETS);
  await closing;
  expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([1001]));
  // 200 at 2,000 a second: a busy machine may be later, and is never earlier.
  expect(closes.at(-1)!.at - began).toBeGreaterThan(75);
  const order = closes.map(({ socket }) => socket);
  expect(order).not.toEqual([...order].sort((a, b) => a - b));
  const rising = order.filter((socket, i) => i > 0 && socket > order[i - 1]!).length;
  expect(rising, 'half of the neighbours, give or take').toBeLessThan(SOCKETS * 0.75);
});
