import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mutate, succeed } from '../../support/api.ts';
import { EventStream } from '../../support/event-stream.ts';
import { eventually, within } from '../../support/eventually.ts';
import { LOSS_NOTICES } from '../../support/listen.ts';
import { subscribers } from '../../support/metrics.ts';
import { winnersBook } from '../../support/notice-book.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
} from '../../support/server.ts';

/** Tokens that are taken back, and keys that are withdrawn, while sockets and streams are open with them, on several servers. */

let one: TestServer;
let two: TestServer;
let root: Caller;
beforeAll(async () => {
  one = await startTestServer({ revocationPollMs: 50 });
  two = await startTestServer({ databaseUrl: one.databaseUrl, revocationPollMs: 50 });
  root = await one.caller(admin);
  await winnersBook(root, await one.caller(integrator), 'pool', 1);
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const variables = { pool: 'pool' };
const revoke = (input: Record<string, unknown>) => succeed(root, 'revokeTokens', input);
const ask = async (server: TestServer, token: string) => {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ viewer { subject } }"}',
  });
  return { status: response.status, text: await response.text() };
};
/** Tokens say to the second when they were issued. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1_010 - (Date.now() % 1_000)));

it('ends sockets and streams in mid-stream on every server, refuses what comes after, and leaves other subjects alone', async () => {
  const mallory = await signToken({ sub: 'mallory', roles: ['ANALYST'] });
  const bystander = await signToken({ sub: 'bystander', roles: ['ANALYST'] });
  const servers = [one, two];
  const sockets = await Promise.all(servers.map((server) => RawSocket.open(server, mallory)));
  for (const socket of sockets) socket.subscribe('1', LOSS_NOTICES, variables);
  const streams = servers.map(
    (server) => new EventStream(server.url, mallory, { query: LOSS_NOTICES, variables }),
  );
  const idle = await RawSocket.open(two, mallory);
  const others = servers.map(
    (server) => new EventStream(server.url, bystander, { query: LOSS_NOTICES, variables }),
  );
  for (const { url } of servers) await eventually('three', async () => (await subscribers(url)) === 3);
  expect((await ask(two, mallory)).status).toBe(200);

  const { subject, issuedBefore } = await revoke({ subject: 'mallory', reason: 'stolen' });
  expect(subject).toBe('mallory');
  expect(Math.abs(Date.parse(issuedBefore) - Date.now())).toBeLessThan(5_000);
  for (const socket of [...sockets, idle])
    expect(await within('the close', socket.closed)).toEqual({
      code: 4403,
      reason: expect.stringContaining('revoked'),
    });
  for (const stream of streams) {
    await eventually('the end', () => stream.ended);
    expect(stream.ended).toBe('complete');
    expect(stream.results.at(-1)!.errors![0]).toMatchObject({
      message: expect.stringContaining('revoked'),
      extensions: { code: 'UNAUTHENTICATED' },
    });
  }
  for (const server of servers) {
    expect(await ask(server, mallory)).toMatchObject({
      status: 401,
      text: expect.stringContaining('revoked'),
    });
    const late = new RawSocket(server.url);
    await new Promise((resolve) => late.socket.once('open', resolve));
    late.send({ type: 'connection_init', payload: { authorization: `Bearer ${mallory}` } });
    expect((await within('the close', late.closed)).code).toBe(4403);
    const sheet = await fetch(`${server.url}/sheets/pool/1.csv`, {
      headers: { authorization: `Bearer ${mallory}` },
    });
    expect(sheet.status).toBe(401);
    await eventually('the bystander alone', async () => (await subscribers(server.url)) === 1);
    expect((await ask(server, bystander)).status).toBe(200);
  }
  expect(others.map(({ ended }) => ended)).toEqual([null, null]);
  for (const stream of others) stream.end();

  // With a new token the subject is welcome again; a server that starts now knows of the old ones.
  await nextSecond();
  const renewed = await signToken({ sub: 'mallory', roles: ['ANALYST'] });
  const three = await startTestServer({ databaseUrl: one.databaseUrl });
  for (const server of [one, two, three]) {
    expect((await ask(server, renewed)).status).toBe(200);
    expect((await ask(server, mallory)).status).toBe(401);
  }
  await three.close();
}, 60_000);

it('ends a stream that was about to begin', async () => {
  const token = await signToken({ sub: 'owner-w000000', roles: ['TRADER'] });
  const sql = postgres(one.databaseUrl, { max: 2, onnotice: () => {} });
  try {
    let stream!: EventStream;
    await sql.begin(async (held) => {
      await held`lock table accounts in access exclusive mode`;
      stream = new EventStream(one.url, token, {
        query: 'subscription { haircutNotices(pool: "pool", accounts: ["w000000"]) { sequence } }',
      });
      await eventually('it reads its accounts', async () => {
        const [row] = await sql<[{ n: number }]>`
          select count(*)::int as n from pg_locks where not granted and relation = 'accounts'::regclass`;
        return row.n > 0;
      });
      await revoke({ subject: 'owner-w000000' });
      await eventually('the revocation', async () => (await ask(one, token)).status === 401);
    });
    await eventually('the end', () => stream.ended);
    expect(stream.results).toEqual([
      expect.objectContaining({
        errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })],
      }),
    ]);
  } finally {
    await sql.end();
  }
});

it('takes back what was issued up to a moment, never less than before, and none of the future', async () => {
  const token = await signToken({ sub: 'eve' });
  await revoke({ subject: 'eve', issuedBefore: '2020-01-01T00:00:00Z' });
  expect((await ask(one, token)).status).toBe(200);
  await revoke({ subject: 'eve' });
  await revoke({ subject: 'eve', issuedBefore: '2020-01-01T00:00:00Z' });
  expect((await ask(one, token)).status).toBe(401);
  expect(
    await mutate(root, 'revokeTokens', { subject: 'eve', issuedBefore: '2100-01-01T00:00:00Z' }),
  ).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['input', 'issuedBefore'],
  });
  expect(await mutate(root, 'revokeTokens', { subject: '' })).toMatchObject({ code: 'INVALID_INPUT' });
});

it('revokes from all servers at once without a gap, and each hears of all', async () => {
  const subjects = Array.from({ length: 12 }, (_, i) => `many-${i}`);
  const tokens = await Promise.all(subjects.map((sub) => signToken({ sub })));
  const callers = [root, await two.caller(admin)];
  await Promise.all(subjects.map((subject, i) => succeed(callers[i % 2]!, 'revokeTokens', { subject })));
  for (const server of [one, two])
    for (const token of tokens)
      await eventually('401', async () => (await ask(server, token)).status === 401);
  const sql = postgres(one.databaseUrl, { max: 1, fetch_types: false });
  const rows = await sql<{ number: string }[]>`select number from revocations order by number`;
  await sql.end();
  expect(rows.map(({ number }) => Number(number))).toEqual(rows.map((_, i) => i + 1));
});

it('lets nobody in before it could read which tokens were revoked', async () => {
  const sql = postgres(one.databaseUrl, { max: 1, fetch_types: false });
  await sql`alter table revocations rename to revocations_aside`;
  const blind = await startTestServer({ databaseUrl: one.databaseUrl, revocationPollMs: 50 });
  const token = await signToken(integrator);
  expect((await ask(blind, token)).text).toContain('INTERNAL_SERVER_ERROR');
  await sql`alter table revocations_aside rename to revocations`;
  await sql.end();
  await eventually('an answer', async () => (await ask(blind, token)).text.includes('"data"'));
  await blind.close();
});

it('ends what is open with a key that the provider withdrew, and nothing while the provider is away', async () => {
  const pairs = await Promise.all(
    ['kept', 'withdrawn'].map(async (kid) => ({
      kid,
      ...(await generateKeyPair('ES256', { extractable: true })),
    })),
  );
  let published = pairs;
  let isAway = false;
  const provider: Server = createServer(async (_, res) => {
    if (isAway) return void res.writeHead(503).end();
    const keys = await Promise.all(
      published.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' })),
    );
    res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  const server = await startTestServer({
    databaseUrl: one.databaseUrl,
    auth: { jwtSecret: undefined, jwksUrl, issuer: undefined, audience: undefined },
    keyWatchMs: 50,
  });
  const [kept, withdrawn] = await Promise.all(
    pairs.map(({ kid, privateKey }) =>
      new SignJWT({ roles: ['ANALYST'] })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setSubject('someone')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    ),
  );
  const stays = await RawSocket.open(server, kept!);
  const goes = await RawSocket.open(server, withdrawn!);
  const stream = await new EventStream(server.url, withdrawn!, { query: LOSS_NOTICES, variables }).opened();
  isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([goes.isClosed, stream.ended]).toEqual([false, null]);
  isAway = false;
  published = [pairs[0]!];
  expect(await within('the close', goes.closed)).toEqual({
    code: 4403,
    reason: expect.stringContaining('withdrawn'),
  });
  await eventually('the end', () => stream.ended);
  expect(stream.results.at(-1)!.errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  expect(stays.isClosed).toBe(false);
  stays.end();
  await server.close();
  provider.close();
});
