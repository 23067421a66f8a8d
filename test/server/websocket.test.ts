import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { Listener, LOSS_NOTICES, pause } from '../support/listen.ts';
import { subscribers } from '../support/metrics.ts';
import { expectUnbroken, type Heard, LEAN_NOTICES, settleOne, winnersBook } from '../support/notice-book.ts';
import { quietPort } from '../support/port.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { Resuming } from '../support/resuming.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** graphql-transport-ws at /graphql: who may open a socket, what it carries, and how it ends. */

const POOL = 'pool';
const WINNERS = 3;
const ALLOWED = 'https://app.example.com';

let server: TestServer;
let venue: Caller;
let round = 0;
beforeAll(async () => {
  server = await startTestServer({ allowedOrigins: [ALLOWED] });
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, POOL, WINNERS);
});
afterAll(() => server.close());

const settle = () => settleOne(venue, POOL, ++round, 6);

/** The status line that an upgrade is answered with. */
function upgrade(path: string, headers: Record<string, string> = {}): Promise<string> {
  const { host, hostname, port } = new URL(server.url);
  const lines = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    ...headers,
  };
  return within(
    'an answer to the upgrade',
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('data', (data) => {
        socket.destroy();
        resolve(String(data).split('\r\n')[0]!.replace('HTTP/1.1 ', ''));
      });
      socket.once('close', () => resolve('closed without an answer'));
      socket.write(
        `GET ${path} HTTP/1.1\r\n${Object.entries(lines)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\r\n')}\r\n\r\n`,
      );
    }),
  );
}

describe('an upgrade', () => {
  it('is accepted without an origin, from its own, and from one that is allowed', async () => {
    const { host, port } = new URL(server.url);
    expect(await upgrade('/graphql')).toMatch(/^101/);
    expect(await upgrade('/graphql', { Origin: server.url })).toMatch(/^101/);
    expect(await upgrade('/graphql', { Origin: ALLOWED })).toMatch(/^101/);
    expect(
      await upgrade('/graphql', { Host: `localhost:${port}`, Origin: `http://localhost:${port}` }),
    ).toMatch(/^101/);
    expect(await upgrade('/graphql?from=somewhere', { Origin: `http://${host}` })).toMatch(/^101/);
  });

  it.each([
    'https://evil.example.com',
    'null',
    'https://app.example.com.evil.example.com',
    'https://app.example.com:444',
    'http://app.example.com',
    'https://sub.app.example.com',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'file://',
    'not an origin',
    '',
  ])('of a page from elsewhere is refused with 403: %s', async (origin) => {
    expect(await upgrade('/graphql', { Origin: origin })).toMatch(/^403/);
  });

  it.each(['/', '/graphql/', '/graphql/x', '/health', '/metrics', '/%67raphql', '/GRAPHQL'])(
    'elsewhere than /graphql is refused with 404: %s',
    async (path) => {
      expect(await upgrade(path)).toMatch(/^404/);
    },
  );

  it('of another protocol than graphql-transport-ws is closed with 4406', async () => {
    const raw = new RawSocket(server.url, { protocol: 'graphql-ws' });
    expect((await within('the close', raw.closed)).code).toBeOneOf([1006, 4406]);
  });
});

describe('a token', () => {
  it('comes in connection_init', async () => {
    const raw = await RawSocket.open(server, venue.token);
    raw.subscribe('1', '{ viewer { subject roles } }');
    expect((await raw.first('next', '1')).payload).toEqual({
      data: { viewer: { subject: 'venue', roles: ['INTEGRATOR'] } },
    });
    await raw.first('complete', '1');
    raw.end();
  });

  it.each([
    ['garbage', async () => 'Bearer garbage'],
    ['not a bearer', async () => 'Basic dTpw'],
    ['expired', async () => `Bearer ${await signToken({ ...integrator, expiresIn: -60 })}`],
    ['forged', async () => `Bearer ${(await signToken(integrator)).slice(0, -6)}AAAAAA`],
  ])(
    'that is not valid closes the socket with 4403, and nothing is answered: %s',
    async (_, authorization) => {
      const raw = new RawSocket(server.url);
      await new Promise((resolve) => raw.socket.once('open', resolve));
      raw.send({ type: 'connection_init', payload: { authorization: await authorization() } });
      const { code, reason } = await within('the close', raw.closed);
      expect(code).toBe(4403);
      expect(reason).toMatch(/token|authorization/);
      expect(raw.messages).toEqual([]);
    },
  );

  it('that is not there leaves every operation unauthenticated', async () => {
    const raw = await RawSocket.open(server, null);
    raw.subscribe('query', '{ pools { totalCount } }');
    raw.subscribe('mutation', 'mutation { publishMarks(input: { pool: "pool", marks: [] }) { __typename } }');
    raw.subscribe('subscription', LEAN_NOTICES, { pool: POOL });
    for (const id of ['query', 'mutation', 'subscription']) {
      const { payload } = await raw.first('next', id);
      expect(payload.errors[0].extensions.code).toBe('UNAUTHENTICATED');
      expect(payload.data ?? null).toBeNull();
      await raw.first('complete', id);
    }
    raw.end();
  });

  it('that expires closes the socket, with its subscriptions and before anything else is heard', async () => {
    const raw = await RawSocket.open(server, await signToken({ ...integrator, expiresIn: 5 }));
    raw.subscribe('1', LEAN_NOTICES, { pool: POOL });
    await eventually('a subscriber', async () => (await subscribers(server.url)) > 0);
    expect(await within('the close', raw.closed)).toEqual({
      code: 4403,
      reason: expect.stringContaining('expired'),
    });
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
    await settle();
    expect(raw.values('1')).toEqual([]);
  });

  it('that expires closes an idle socket too', async () => {
    const raw = await RawSocket.open(server, await signToken({ ...integrator, expiresIn: 1 }));
    expect(await within('the close', raw.closed)).toMatchObject({ code: 4403 });
  });

  it('from a function is asked for anew: clients reconnect and resume by themselves, again and again', async () => {
    await settle();
    let asked = 0;
    let isOver = false;
    // Many, because what happens at the same moment may happen in either order.
    const clients = Array.from({ length: 12 }, (_, i) =>
      createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 1_000,
        shouldRetry: () => true,
        retryWait: () => pause(20),
        connectionParams: async () => {
          asked++;
          await pause(i * 3);
          return { authorization: `Bearer ${await signToken({ ...integrator, expiresIn: 2 })}` };
        },
      }),
    );
    const readers = clients.map((client) => new Resuming(client, LEAN_NOTICES, POOL, '0'));
    const before = round;
    const settling = (async () => {
      for (let i = 0; i < 60 && !isOver; i++) {
        await settle();
        await pause(100);
      }
    })();
    await eventually('four connects each', () => asked >= 48, 30_000);
    isOver = true;
    await settling;
    for (const reader of readers) await reader.until(round * WINNERS);
    await pause(200);
    for (const reader of readers) reader.stop();
    for (const client of clients) await client.dispose();
    for (const reader of readers) {
      expectUnbroken(reader.notices);
      expect(reader.notices).toHaveLength(round * WINNERS);
    }
    expect(round).toBeGreaterThan(before);
    // The client library did it: no stream ended with an error that it takes for final.
    expect(readers.flatMap(({ ends }) => ends)).toEqual([]);
  }, 60_000);
});

describe('a socket', () => {
  it('carries queries and mutations as HTTP does, and refuses by role as HTTP does', async () => {
    const mark = `mutation { publishMarks(input: { pool: "pool", marks: [{ market: "BTC", price: "101" }] }) {
      __typename ... on PublishMarksPayload { pool { name } } } }`;
    const create = `mutation { createPool(input: { name: "pool", asset: "USDC", decimals: 6 }) { __typename } }`;
    const ask = async (token: string, query: string) => {
      const raw = await RawSocket.open(server, token);
      raw.subscribe('1', query);
      const { payload } = await raw.first('next', '1');
      raw.end();
      return payload;
    };
    expect(await ask(venue.token, mark)).toEqual({
      data: { publishMarks: { __typename: 'PublishMarksPayload', pool: { name: POOL } } },
    });
    for (const [claims, query] of [
      [trader('alice'), mark],
      [{ sub: 'analyst', roles: ['ANALYST' as const] }, mark],
      [integrator, create],
      [{ ...admin, pools: ['other'] }, create],
    ] as const) {
      const refused = await ask(await signToken(claims), query);
      expect(refused.errors[0].extensions.code).toBe('FORBIDDEN');
      expect(refused.data ?? null).toBeNull();
    }
    expect(await ask((await server.caller(admin)).token, create)).toEqual({
      data: { createPool: { __typename: 'AlreadyExistsError' } },
    });
  });

  it('refuses what does not parse or validate as an error of that operation, and goes on', async () => {
    const raw = await RawSocket.open(server, venue.token);
    raw.subscribe('syntax', '{ nothing');
    raw.subscribe('field', '{ nothing }');
    raw.subscribe(
      'deep',
      `{ pool(name: "pool") { ${'insuranceFund { pool { '.repeat(10)} name ${'} }'.repeat(10)} } }`,
    );
    raw.subscribe('variable', LEAN_NOTICES, {});
    raw.send({
      id: 'operation',
      type: 'subscribe',
      payload: { query: 'query A { __typename }', operationName: 'B' },
    });
    for (const id of ['syntax', 'field', 'deep', 'variable', 'operation']) {
      const answer = await eventually(`an answer to ${id}`, () =>
        raw.messages.find((message) => message.id === id),
      );
      const errors = answer.type === 'error' ? answer.payload : answer.payload.errors;
      expect(errors[0].extensions.code, id).toBe('BAD_USER_INPUT');
    }
    raw.subscribe('fine', '{ __typename }');
    expect((await raw.first('next', 'fine')).payload).toEqual({ data: { __typename: 'Query' } });
    raw.end();
  });

  it('hears several subscriptions, ends one without the others, and takes its id again', async () => {
    const raw = await RawSocket.open(server, venue.token);
    const [at] = [
      (await succeed(venue, 'publishMarks', { pool: POOL, marks: [{ market: 'BTC', price: '101' }] }))
        .sequence,
    ];
    raw.subscribe('haircuts', LEAN_NOTICES, { pool: POOL, after: at });
    raw.subscribe('losses', LOSS_NOTICES, { pool: POOL, after: at });
    await settle();
    await eventually(
      'notices',
      () => raw.values('haircuts').length === WINNERS && raw.values('losses').length === 2,
    );
    raw.send({ id: 'haircuts', type: 'complete' });
    await eventually('one subscriber', async () => (await subscribers(server.url)) === 1);
    await settle();
    await eventually('losses', () => raw.values('losses').length === 4);
    expect(raw.values('haircuts')).toHaveLength(WINNERS);
    raw.subscribe('haircuts', LEAN_NOTICES, {
      pool: POOL,
      after: (raw.values('haircuts').at(-1) as Heard).cursor,
    });
    await eventually('what was missed', () => raw.values('haircuts').length === 2 * WINNERS);
    raw.end();
  });

  it.each([
    ['no JSON', '{', 4400],
    ['a list', '[]', 4400],
    ['an unknown type', '{"type":"dance"}', 4400],
    ['a subscribe without a payload', '{"type":"subscribe","id":"1"}', 4400],
    ['a second connection_init', '{"type":"connection_init"}', 4429],
  ])('is closed by %s', async (_, message, code) => {
    const raw = await RawSocket.open(server, venue.token);
    raw.send(message);
    expect((await within('the close', raw.closed)).code).toBe(code);
  });

  it('is closed when it subscribes before it said who it is, or never says it', async () => {
    const hasty = new RawSocket(server.url);
    await new Promise((resolve) => hasty.socket.once('open', resolve));
    hasty.subscribe('1', '{ viewer { subject } }');
    expect((await within('the close', hasty.closed)).code).toBe(4401);
    const silent = new RawSocket(server.url);
    expect((await within('the close', silent.closed)).code).toBe(4408);
  });

  it('is closed with 1009 by a message larger than a mebibyte, and the server goes on', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const raw = await RawSocket.open(server, venue.token);
    raw.subscribe('1', `{ viewer { subject } } #${'x'.repeat(1024 * 1024)}`);
    expect((await within('the close', raw.closed)).code).toBe(1009);
    log.mockRestore();
    const next = await RawSocket.open(server, venue.token);
    next.subscribe('1', '{ __typename }');
    await next.first('next', '1');
    next.end();
  });

  it('carries a hundred operations at once, refuses the next as RATE_LIMITED, and takes it when one has ended', async () => {
    const own = await startTestServer({ databaseUrl: server.databaseUrl });
    const raw = await RawSocket.open(own, venue.token);
    for (let i = 0; i < 100; i++) raw.subscribe(`s${i}`, LOSS_NOTICES, { pool: POOL });
    await eventually('a hundred', async () => (await subscribers(own.url)) === 100);
    for (const id of ['more', 'and more']) {
      raw.subscribe(id, LOSS_NOTICES, { pool: POOL });
      const { payload } = await raw.first('error', id);
      expect(payload[0].extensions.code).toBe('RATE_LIMITED');
    }
    expect(await subscribers(own.url)).toBe(100);
    raw.send({ id: 's0', type: 'complete' });
    await eventually('ninety-nine', async () => (await subscribers(own.url)) === 99);
    raw.subscribe('room', LOSS_NOTICES, { pool: POOL });
    await eventually('a hundred', async () => (await subscribers(own.url)) === 100);
    raw.end();
    await eventually('none', async () => (await subscribers(own.url)) === 0);
    await own.close();
  });

  it('says nothing internal when something breaks under an operation', async () => {
    const broken = await startTestServer();
    const raw = await RawSocket.open(broken, (await broken.caller(admin)).token);
    const postgres = (await import('postgres')).default;
    const sql = postgres(broken.databaseUrl, { max: 1, fetch_types: false });
    await sql`alter table pools rename to hidden_pools`;
    await sql.end();
    raw.subscribe('query', '{ pools { edges { node { name } } } }');
    raw.subscribe('subscription', LEAN_NOTICES, { pool: POOL });
    raw.subscribe(
      'mutation',
      'mutation { createPool(input: { name: "x", asset: "USDC", decimals: 6 }) { __typename } }',
    );
    for (const id of ['query', 'subscription', 'mutation']) {
      const answer = await eventually(`an answer to ${id}`, () =>
        raw.messages.find((message) => message.id === id),
      );
      const errors = answer.type === 'error' ? answer.payload : answer.payload.errors;
      expect(errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
      expect(errors[0].message).toMatch(/quote [0-9a-f-]{36} when/);
      expect(JSON.stringify(raw.messages)).not.toMatch(/relation|hidden_pools|select|postgres|\.ts/);
    }
    raw.end();
    await broken.close();
  });
});

it('closes sockets with 1001 when the server shuts down, and clients that retry resume on the next one', async () => {
  const port = await quietPort();
  const first = await startTestServer({ databaseUrl: server.databaseUrl, port });
  const raw = await RawSocket.open(first, venue.token);
  raw.subscribe('1', LEAN_NOTICES, { pool: POOL });
  const client = first.socket(venue.token, { retries: 1_000 });
  const reader = new Resuming(client, LEAN_NOTICES, POOL, '0');
  await reader.until(round * WINNERS);
  await first.close();
  expect(await within('the close', raw.closed)).toMatchObject({
    code: 1001,
    reason: expect.stringContaining('shutting down'),
  });
  await settle();
  const second = await startTestServer({ databaseUrl: server.databaseUrl, port });
  await reader.until(round * WINNERS);
  expectUnbroken(reader.notices);
  reader.stop();
  await client.dispose();
  await second.close();
  // What graphql-ws takes for final would have ended a client that does not subscribe again by itself.
  expect(reader.ends).toEqual([]);
});

it('tells a reader of a client library without retries why it ended', async () => {
  const other = await startTestServer({ databaseUrl: server.databaseUrl });
  const client = other.socket(venue.token);
  const listener = new Listener(client, LEAN_NOTICES, { pool: POOL });
  await eventually('a subscriber', async () => (await subscribers(other.url)) === 1);
  await other.close();
  const why = await within('the end', listener.ended);
  expect(JSON.stringify(why) + String((why as { reason?: string }).reason)).toMatch(/shutting down|1001/);
  await client.dispose();
});
