import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { drain, UnusedConnections } from '../../src/server/drain.ts';
import type { ServerOptions } from '../../src/server/server.ts';
import { eventually, within } from '../support/eventually.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { integrator, signToken, startTestServer, type TestServer } from '../support/server.ts';

/** How a server leaves: it says so first, and its clients do not all come back at once. */

let started: TestServer | null = null;
let closing: Promise<void> | null = null;
afterEach(async () => {
  await (closing ?? started?.close());
  started = null;
  closing = null;
});

async function start(options?: Partial<ServerOptions>): Promise<TestServer> {
  started = await startTestServer(options);
  return started;
}

it('is not ready any more while it still serves, for as long as load balancers need', async () => {
  const server = await start({ drainDelayMs: 2_000 });
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
  expect(performance.now() - began).toBeGreaterThan(1_990);
  await closing;
  await expect(fetch(`${server.url}/ready`)).rejects.toThrow();
});

it('closes sockets one after another, in an order of chance, and each with a code to come back by', async () => {
  const SOCKETS = 200;
  const server = await start();
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

/** A bare server that is drained with nothing else to close, and keeps idle connections for a minute. */
async function bare(
  answer: (response: ServerResponse) => void,
): Promise<{ port: number; drain(): Promise<void> }> {
  const http = createServer({ keepAliveTimeout: 60_000 }, (_, response) => answer(response));
  const unused = new UnusedConnections(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const nothing = { close: async () => {} };
  return {
    port: (http.address() as AddressInfo).port,
    drain: () => drain({ server: http, unused, sockets: nothing, hub: nothing }),
  };
}

it.each([
  ['has sent nothing', ''],
  ['has sent half of a head', 'GET / HTTP/1.1\r\nhost: a'],
])('does not wait for who %s', async (_, sent) => {
  const { port, drain } = await bare((response) => response.end());
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.write(sent);
  // Whatever of it arrives, arrived: the server has answered one that came later.
  await fetch(`http://127.0.0.1:${port}/`);
  await within('the end of the drain', drain());
});

it('waits for an answer under way, and not for the connection that it leaves open', async () => {
  let release = () => {};
  const { port, drain } = await bare((response) => {
    response.write('a part,');
    release = () => response.end(' and the rest');
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const text = response.text();
  let isDrained = false;
  const drained = drain().then(() => {
    isDrained = true;
  });
  // Twice the time after which connections without a request are closed.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(isDrained).toBe(false);
  release();
  expect(await text).toBe('a part, and the rest');
  await within('the end of the drain', drained);
});
