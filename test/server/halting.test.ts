import { Writable } from 'node:stream';
import pino from 'pino';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mutate, succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { Listener, pause } from '../support/listen.ts';
import { metric } from '../support/metrics.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** A pool that halts itself, as those see it who call and listen. */

const QUERY = `subscription Losses($pool: String!, $after: String) {
  lossNotices(pool: $pool, after: $after) { cursor sequence previousSequence kind haltReason pool { status haltReason } } }`;

let server: TestServer;
let root: Caller;
let venue: Caller;
const lines: { level: number; msg: string; pool?: string; broken?: unknown }[] = [];
beforeAll(async () => {
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  server = await startTestServer({ auditMs: 300, log: pino({ level: 'error' }, log) });
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  await winnersBook(root, venue, 'broken', 2);
  await winnersBook(root, venue, 'whole', 2);
  await settleOne(venue, 'broken', 1, 4);
});
afterAll(() => server.close());

it('is told on lossNotices over both transports, refuses mutations, and goes on once it is mended and resumed', async () => {
  const client = server.socket(venue.token);
  const socket = new Listener(client, QUERY, { pool: 'broken', after: '0' });
  const stream = new EventStream(server.url, (await server.caller(trader('owner-w000000'))).token, {
    query: QUERY,
    variables: { pool: 'broken', after: '0' },
  });
  await socket.until(2);
  const sql = postgres(server.databaseUrl, { max: 1, fetch_types: false });
  const tamper = (by: number) =>
    sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update accounts set balance = balance + ${by} where ref = 'bankrupt-1'`;
    });
  await tamper(1_500_000);
  await socket.until(3);
  await stream.until(3);
  const reason =
    'The pool halted itself: a balance as the sum of its postings less its haircuts does not hold: it is off by 1.500000.';
  const told = { kind: 'HALTED', haltReason: reason, pool: { status: 'HALTED', haltReason: reason } };
  expect(socket.notices[2]).toMatchObject(told);
  expect(stream.values[2]).toMatchObject(told);
  const logged = lines.filter(({ msg }) => msg === reason);
  // The log says where, which not everybody may read.
  expect(logged).toEqual([
    expect.objectContaining({
      level: 50,
      pool: 'broken',
      broken: [
        expect.objectContaining({
          place: 'bankrupt-1',
          should: '0.000000',
          found: '1.500000',
          off: '1.500000',
        }),
      ],
    }),
  ]);

  expect(await metric(server.url, 'shearwater_self_halts_total')).toBe(1);
  const marks = { marks: [{ market: 'BTC', price: '101' }] };
  expect(await mutate(venue, 'publishMarks', { pool: 'broken', ...marks })).toMatchObject({
    code: 'POOL_HALTED',
  });
  await succeed(venue, 'publishMarks', { pool: 'whole', ...marks });
  const resume = (idempotencyKey: string) => mutate(root, 'resumePool', { pool: 'broken', idempotencyKey });
  expect(await resume('too early')).toMatchObject({
    code: 'POOL_HALTED',
    message: expect.stringContaining('off by 1.5'),
  });
  await tamper(-1_500_000);
  expect(await resume('mended')).toMatchObject({ status: 'ACTIVE' });
  await socket.until(4);
  expect(socket.notices[3]).toMatchObject({ kind: 'RESUMED', haltReason: null });
  expect(socket.notices[3]!.previousSequence).toBe(socket.notices[2]!.sequence);
  await settleOne(venue, 'broken', 2, 4);
  await socket.until(6);
  await pause(400);
  expect(socket.notices).toHaveLength(6);
  expect(lines).toHaveLength(1);
  socket.stop();
  stream.end();
  await client.dispose();
  await sql.end();
});
