import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { openLog } from '../../src/server/log.ts';
import { mutationText } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { winnersBook } from '../support/notice-book.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** What the log says of requests and operations, and what it never says. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Something that only variables hold. */
const MARKER = 'marker-of-a-variable';

const lines: string[] = [];
let server: TestServer;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer({ log: openLog('trace', { write: (line) => void lines.push(line) }) });
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, 'pool', 1);
});
afterAll(() => server.close());

const entries = () => lines.map((line) => JSON.parse(line));
const idOf = async (headers: Record<string, string>) =>
  (await fetch(`${server.url}/health`, { headers })).headers.get('x-request-id');

it('names a request as its caller does, or as its trace, or anew', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  expect(await idOf({ 'x-request-id': 'order:42/a.b=c' })).toBe('order:42/a.b=c');
  expect(await idOf({ 'x-request-id': 'order-42', traceparent })).toBe('order-42');
  expect(await idOf({ traceparent })).toBe(trace);
  const made = [await idOf({}), await idOf({})];
  for (const id of made) expect(id).toMatch(UUID);
  expect(made[0]).not.toBe(made[1]);
  for (const malformed of ['two words', 'x'.repeat(129), '"', '{}'])
    expect(await idOf({ 'x-request-id': malformed }), malformed).toMatch(UUID);
  for (const malformed of [
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `ff-${trace}-00f067aa0ba902b7-01`,
    trace,
  ])
    expect(await idOf({ traceparent: malformed }), malformed).toMatch(UUID);
});

it('says of each request by whom it is known, what was asked, and what came of it', async () => {
  await fetch(`${server.url}/sheets/pool/1.ndjson?${MARKER}`, { headers: { 'x-request-id': 'of-a-sheet' } });
  const line = await eventually('the line', () =>
    entries().find(({ requestId }) => requestId === 'of-a-sheet'),
  );
  expect(line).toEqual({
    level: 20,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    requestId: 'of-a-sheet',
    method: 'GET',
    path: '/sheets/pool/1.ndjson',
    status: 401,
    seconds: expect.any(Number),
    msg: 'answered',
  });
});

it('says of each operation what it was and what came of it, on a socket too', async () => {
  await venue('query Who { viewer { subject } }');
  const socket = await RawSocket.open(server, venue.token);
  socket.subscribe('op-1', 'query WhoOnASocket { viewer { subject } }');
  await socket.first('complete', 'op-1');
  socket.end();
  const line = (name: string) =>
    eventually('the line', () => entries().find((entry) => entry.name === name && entry.msg === 'ran'));
  const ran = { level: 20, kind: 'query', outcome: 'ok', seconds: expect.any(Number) };
  expect(await line('Who')).toMatchObject({ ...ran, requestId: expect.stringMatching(UUID) });
  expect(await line('WhoOnASocket')).toMatchObject({
    ...ran,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}\/op-1$/),
  });
});

it('gives errors of ours the id of their request, and of their operation on a socket; shows no token, no variable', async () => {
  const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    // An error that quotes a row, as drivers do.
    await sql.unsafe(`
      create function fail() returns trigger language plpgsql as $$
      begin raise unique_violation using message = 'broken', detail = '${MARKER}'; end $$;
      create trigger fail before insert on journal for each row execute function fail()`);
    const body = {
      query: mutationText('contributeToFund'),
      variables: {
        input: { pool: 'pool', idempotencyKey: MARKER, amount: '1', kind: 'LIQUIDATION_FEE', ref: MARKER },
      },
    };
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${venue.token}`,
        'x-request-id': 'of-a-request',
      },
      body: JSON.stringify(body),
    });
    expect(response.headers.get('x-request-id')).toBe('of-a-request');
    const [error] = ((await response.json()) as { errors: { message: string }[] }).errors;
    const reference = /quote (\S+) when/.exec(error!.message)![1];
    expect(entries().find((entry) => entry.reference === reference)).toMatchObject({
      level: 50,
      requestId: 'of-a-request',
      msg: 'an operation failed',
      err: { message: 'broken', code: '23505', stack: expect.stringContaining('src/settlement') },
    });

    const socket = await RawSocket.open(server, venue.token);
    socket.subscribe('op-7', body.query, body.variables);
    const answer = await socket.first('next', 'op-7');
    const other = /quote (\S+) when/.exec(answer.payload.errors[0].message)![1];
    const line = entries().find((entry) => entry.reference === other);
    expect(line.requestId).toMatch(/^[0-9a-f-]{36}\/op-7$/);
    const [socketId] = line.requestId.split('/');
    expect(entries()).toContainEqual(
      expect.objectContaining({ requestId: socketId, msg: 'a socket opened' }),
    );
    socket.end();
    await eventually('the end of the socket', () =>
      entries().some(({ requestId, msg }) => requestId === socketId && msg === 'a socket closed'),
    );
    const text = lines.join('');
    expect(text).not.toContain(MARKER);
    expect(text).not.toContain(venue.token);
    expect(text).not.toContain(venue.token.split('.')[1]);
  } finally {
    await sql.unsafe('drop trigger if exists fail on journal');
    await sql.end();
  }
});

it('answers an upgrade with the id of the socket', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { 'x-request-id': 'of-a-socket' },
  });
  const id = await new Promise((resolve, reject) => {
    socket.once('upgrade', ({ headers }) => resolve(headers['x-request-id']));
    socket.once('error', reject);
  });
  expect(id).toBe('of-a-socket');
  socket.terminate();
});
