import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NO_LIMITS } from '../../../src/server/limits.ts';
import { EventStream } from '../../support/event-stream.ts';
import { eventually, within } from '../../support/eventually.ts';
import { LOSS_NOTICES } from '../../support/listen.ts';
import { subscribers } from '../../support/metrics.ts';
import { winnersBook } from '../../support/notice-book.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import { admin, integrator, signToken, startTestServer, type TestServer } from '../../support/server.ts';

/** How much one may hold open: sockets, streams, subscriptions, and requests that do not come to an end. */

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer({
    limits: { ...NO_LIMITS, connectionsPerSubject: 3, subscriptions: 5, unauthenticatedPerAddress: 4 },
  });
  token = await signToken(integrator);
  await winnersBook(await server.caller(admin), await server.caller(integrator), 'pool', 1);
});
afterAll(() => server.close());

const variables = { pool: 'pool' };
const listen = (bearer: string) => new EventStream(server.url, bearer, { query: LOSS_NOTICES, variables });
const count = (n: number) => eventually(`${n}`, async () => (await subscribers(server.url)) === n);

/** The status that an upgrade is answered with, and the socket to let go of. */
async function stranger() {
  const raw = new RawSocket(server.url);
  const status = await new Promise<number>((resolve) => {
    raw.socket.once('open', () => resolve(101));
    raw.socket.once('unexpected-response', (_, response) => resolve(response.statusCode!));
  });
  return { raw, status };
}

it('of one subject are sockets and streams up to a number, together; who closes one may open another', async () => {
  const socket = await RawSocket.open(server, token);
  const streams = [await listen(token).opened(), await listen(token).opened()];
  await count(2);
  const more = listen(token);
  await eventually('the end', () => more.ended);
  expect(more.status).toBe(429);
  expect(more.results[0]?.errors?.[0] ?? JSON.parse(more.body).errors[0]).toMatchObject({
    message: expect.stringContaining('close one'),
    extensions: { code: 'RATE_LIMITED' },
  });
  const { raw } = await stranger();
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  // A code that clients take for a reason to come again later.
  expect(await within('the close', raw.closed)).toEqual({
    code: 1013,
    reason: expect.stringContaining('close one'),
  });
  const other = await RawSocket.open(server, await signToken({ sub: 'other', roles: ['ANALYST'] }));
  other.end();
  socket.end();
  await eventually('room', async () => {
    const next = await listen(token).opened();
    await new Promise((resolve) => setTimeout(resolve, 20));
    next.end();
    return next.status === 200;
  });
  for (const stream of streams) stream.end();
  await count(0);
});

it('of a process are subscriptions up to a number, whatever the transport; the next waits until one ends', async () => {
  const [a, b] = [await signToken({ ...integrator, sub: 'a' }), await signToken({ ...integrator, sub: 'b' })];
  const socket = await RawSocket.open(server, a);
  for (const id of ['1', '2', '3']) socket.subscribe(id, LOSS_NOTICES, variables);
  const streams = [await listen(b).opened(), await listen(b).opened()];
  await count(5);
  socket.subscribe('4', LOSS_NOTICES, variables);
  const refused = (await socket.first('next', '4')).payload.errors[0];
  expect(refused).toMatchObject({
    message: expect.stringContaining('5 subscriptions'),
    extensions: { code: 'RATE_LIMITED' },
  });
  expect(refused.extensions).not.toHaveProperty('http');
  const late = listen(await signToken(integrator));
  await eventually('the end', () => late.ended);
  expect(late.status).toBe(429);
  // A query is no subscription, and one that is refused takes no place.
  socket.subscribe('query', '{ viewer { subject } }');
  expect((await socket.first('next', 'query')).payload.data.viewer.subject).toBe('a');
  socket.send({ id: '1', type: 'complete' });
  await count(4);
  for (const id of ['x', 'y']) {
    socket.subscribe(id, LOSS_NOTICES, { pool: 'nowhere' });
    expect((await socket.first('next', id)).payload.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  }
  socket.subscribe('5', LOSS_NOTICES, variables);
  await count(5);
  for (const stream of streams) stream.end();
  socket.end();
  await count(0);
});

it('of an address are sockets without a token up to a number, and who signs in is not one of them', async () => {
  const waiting = await Promise.all(Array.from({ length: 4 }, stranger));
  expect(waiting.map(({ status }) => status)).toEqual([101, 101, 101, 101]);
  expect((await stranger()).status).toBe(429);
  waiting[0]!.raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await waiting[0]!.raw.first('connection_ack');
  const next = await stranger();
  expect(next.status).toBe(101);
  waiting[1]!.raw.end();
  await eventually('room', async () => {
    const { raw, status } = await stranger();
    raw.end();
    return status === 101;
  });
  for (const { raw } of [...waiting, next]) raw.end();
});

it('without a token a socket may stay half a minute, and is told why it ends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const raw = new RawSocket(server.url);
    await new Promise((resolve) => raw.socket.once('open', resolve));
    const acknowledged = new Promise((resolve) => raw.socket.once('message', resolve));
    raw.send({ type: 'connection_init' });
    await acknowledged;
    vi.advanceTimersByTime(29_000);
    expect(raw.isClosed).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(await raw.closed).toEqual({ code: 4401, reason: expect.stringContaining('send a token') });
  } finally {
    vi.useRealTimers();
  }
});

it('of a request that does not come to an end is cut off, however it dawdles', async () => {
  const hasty = await startTestServer({ headMs: 200, requestMs: 400 });
  const { hostname, port } = new URL(hasty.url);
  const dawdle = async (first: string): Promise<string> => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(first);
    const drip = setInterval(() => first && socket.write('x'), 50);
    await within('the end', closed, 5_000);
    clearInterval(drip);
    return text;
  };
  const answers = await Promise.all(
    [
      '',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"query":"',
    ].map(dawdle),
  );
  for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
  expect((await fetch(`${hasty.url}/health`)).status).toBe(200);
  await hasty.close();
});
