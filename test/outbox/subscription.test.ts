import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatCursor } from '../../src/outbox/notice.ts';
import { succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { HAIRCUT_NOTICES, Listener, LOSS_NOTICES, pause } from '../support/listen.ts';
import { subscribers } from '../support/metrics.ts';
import {
  expectUnbroken,
  LEAN_NOTICES,
  refOf,
  settleOne,
  winnerRef,
  winnersBook,
} from '../support/notice-book.ts';
import { RawSocket } from '../support/raw-socket.ts';
import {
  admin,
  type Caller,
  type Claims,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Who may hear what, from where on: asked of the API, over both transports. */

let server: TestServer;
let second: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ databaseUrl: server.databaseUrl });
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  await winnersBook(root, venue, 'pool', 4, (i) => (i < 2 ? 'alice' : 'bob'));
  await winnersBook(root, venue, 'other', 1);
  await settleOne(venue, 'pool', 'first', 8);
});
afterAll(async () => {
  await second.close();
  await server.close();
});

const tokenOf = async (claims: Claims): Promise<string> => (await server.caller(claims)).token;

/** How a subscription ends that is refused: its code, the same over WebSocket and over SSE. */
async function refusal(
  claims: Claims | null,
  query: string,
  variables: Record<string, unknown>,
): Promise<string> {
  const token = claims && (await tokenOf(claims));
  const raw = await RawSocket.open(server, token);
  raw.subscribe('1', query, variables);
  const overSocket = await eventually('an answer', () => raw.messages.find(({ id }) => id === '1'));
  raw.end();
  const stream = await new EventStream(server.url, token, { query, variables }).opened();
  await eventually('the end of the stream', () => stream.ended);
  const overSse = stream.results[0] ?? JSON.parse(stream.body);
  const codeOf = (result: { errors?: { extensions: { code: string }; message: string }[] }) =>
    result.errors?.[0]?.extensions.code ?? `no error: ${JSON.stringify(result)}`;
  const socketPayload = overSocket.type === 'error' ? { errors: overSocket.payload } : overSocket.payload;
  expect(codeOf(overSse)).toBe(codeOf(socketPayload));
  return codeOf(socketPayload);
}

describe('a subscription is refused', () => {
  it.each<[what: string, claims: Claims | null, variables: Record<string, unknown>, code: string]>([
    ['without a token', null, { pool: 'pool' }, 'UNAUTHENTICATED'],
    ['without a role', { sub: 'alice' }, { pool: 'pool' }, 'FORBIDDEN'],
    ['outside of the pools claim', { ...admin, pools: ['other'] }, { pool: 'pool' }, 'FORBIDDEN'],
    ['outside of an empty pools claim', { ...admin, pools: [] }, { pool: 'pool' }, 'FORBIDDEN'],
    [
      'outside of the pools claim, for a pool that is not there',
      { ...admin, pools: ['other'] },
      { pool: 'none' },
      'FORBIDDEN',
    ],
    ['for an unknown pool', admin, { pool: 'none' }, 'BAD_USER_INPUT'],
    ['for a pool with a NUL in its name', admin, { pool: 'po\0ol' }, 'BAD_USER_INPUT'],
    ['after garbage', admin, { pool: 'pool', after: 'garbage' }, 'BAD_USER_INPUT'],
    ['after nothing at all', admin, { pool: 'pool', after: '' }, 'BAD_USER_INPUT'],
    ['after a negative sequence', admin, { pool: 'pool', after: '-1' }, 'BAD_USER_INPUT'],
    ['after a sequence beyond the pool', admin, { pool: 'pool', after: '1000000' }, 'BAD_USER_INPUT'],
    [
      'after a cursor beyond the pool',
      admin,
      { pool: 'pool', after: formatCursor({ sequence: 1_000_000n, ordinal: 1 }, '2025-10-10 21:00:00+00') },
      'BAD_USER_INPUT',
    ],
  ])('%s', async (_, claims, variables, code) => {
    expect(await refusal(claims, LEAN_NOTICES, variables)).toBe(code);
    expect(await refusal(claims, LOSS_NOTICES, variables)).toBe(code);
  });

  it.each<[what: string, claims: Claims, accounts: string[], code: string]>([
    ['an account of somebody else', trader('alice'), [winnerRef(2)], 'FORBIDDEN'],
    ['one of somebody else among its own', trader('alice'), [winnerRef(0), winnerRef(3)], 'FORBIDDEN'],
    [
      'an account that is not there, as if it were of somebody else',
      trader('alice'),
      ['nobody'],
      'FORBIDDEN',
    ],
    [
      'an account that is not there, asked for by one who reads everything',
      integrator,
      ['nobody'],
      'BAD_USER_INPUT',
    ],
    ['one that is not there among others', integrator, [winnerRef(0), 'nobody'], 'BAD_USER_INPUT'],
    ['a NUL', integrator, ['w\0'], 'BAD_USER_INPUT'],
    ['nothing', integrator, [], 'BAD_USER_INPUT'],
    [
      'more than a call may carry',
      integrator,
      Array.from({ length: 10_001 }, (_, i) => `x${i}`),
      'BAD_USER_INPUT',
    ],
  ])('to accounts: %s', async (_, claims, accounts, code) => {
    const variables = { pool: 'pool', accounts };
    expect(await refusal(claims, LEAN_NOTICES, variables)).toBe(code);
  });

  it('and leaves no subscriber behind', async () => {
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
  });
});

describe('a subscription hears', () => {
  it('for a trader its own accounts only, one that is opened later among them, on whichever server', async () => {
    const client = second.socket(await tokenOf(trader('alice')));
    const own = new Listener(client, HAIRCUT_NOTICES, { pool: 'pool', after: '0' });
    const losses = new Listener(client, LOSS_NOTICES, { pool: 'pool', after: '0' });
    await own.until(2);
    await succeed(venue, 'upsertAccounts', {
      pool: 'pool',
      accounts: [
        { ref: 'late', owner: 'alice' },
        { ref: 'later', owner: 'bob' },
      ],
    });
    await succeed(venue, 'upsertPositions', {
      pool: 'pool',
      positions: ['late', 'later'].map((account) => ({
        account,
        market: 'BTC',
        size: '1000',
        entryPrice: '100',
      })),
    });
    const settlement = await settleOne(venue, 'pool', 'second', 12);
    expect(settlement.haircutCount).toBe(6);
    await own.until(5);
    await losses.until(4);
    await pause(200);
    expect(own.notices.map(({ haircut }) => haircut!.account.ref)).toEqual([
      winnerRef(0),
      winnerRef(1),
      'late',
      winnerRef(0),
      winnerRef(1),
    ]);
    await client.dispose();
  });

  it('for an integrator the whole pool, or just the accounts that it names, doubled names once', async () => {
    const client = server.socket(venue.token);
    const whole = new Listener(client, LEAN_NOTICES, { pool: 'pool', after: '0' });
    const named = new Listener(client, LEAN_NOTICES, {
      pool: 'pool',
      after: '0',
      accounts: [winnerRef(3), winnerRef(1), winnerRef(3)],
    });
    await whole.until(10);
    await named.until(4);
    await settleOne(venue, 'pool', 'third', 6);
    await whole.until(16);
    await named.until(6);
    await pause(200);
    expectUnbroken(whole.notices as never);
    expect(whole.notices).toHaveLength(16);
    expect((named.notices as never[]).map(refOf)).toEqual([1, 3, 1, 3, 1, 3].map(winnerRef));
    await client.dispose();
  });

  it('from a cursor the same as from any other server, and from the pool sequence only what is new', async () => {
    const one = server.socket(venue.token);
    const first = new Listener(one, LEAN_NOTICES, { pool: 'pool', after: '0' });
    await first.until(16);
    const { cursor } = first.notices[6]!;
    const two = second.socket(venue.token);
    const rest = new Listener(two, LEAN_NOTICES, { pool: 'pool', after: cursor });
    const fresh = new Listener(two, LEAN_NOTICES, { pool: 'pool', after: first.notices.at(-1)!.sequence });
    await rest.until(9);
    const settlement = await settleOne(venue, 'pool', 'fourth', 6);
    await fresh.until(6);
    await rest.until(15);
    await first.until(22);
    await pause(200);
    expect(rest.notices).toEqual(first.notices.slice(7));
    expect(fresh.notices).toEqual(first.notices.slice(16));
    expect(new Set(fresh.notices.map(({ sequence }) => sequence))).toEqual(new Set([settlement.sequence]));
    await one.dispose();
    await two.dispose();
  });

  it('on two servers on one database, whichever commits, the same', async () => {
    const venues = [venue, await second.caller(integrator)];
    const clients = [server.socket(venue.token), second.socket(venue.token)];
    const after = (
      (await venue('{ pool(name: "pool") { sequence } }')).data as { pool: { sequence: string } }
    ).pool.sequence;
    const listeners = clients.map((client) => new Listener(client, LEAN_NOTICES, { pool: 'pool', after }));
    for (let i = 0; i < 6; i++) await settleOne(venues[i % 2]!, 'pool', `two-${i}`, 6);
    for (const listener of listeners) await listener.until(36);
    await pause(200);
    expect(listeners[0]!.notices).toHaveLength(36);
    expect(listeners[1]!.notices).toEqual(listeners[0]!.notices);
    for (const client of clients) await client.dispose();
  });

  it('of a loss, where many ask the same, each what it may see', async () => {
    const query = `subscription Losses($pool: String!) { lossNotices(pool: $pool) { cursor sequence previousSequence kind
      settlement { haircutCount haircuts(first: 10) { edges { node { account { ref } } } } } } }`;
    const listen = async (claims: Claims) =>
      new Listener(server.socket(await tokenOf(claims)), query, { pool: 'pool' });
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
    const callers: Claims[] = [trader('alice'), trader('bob'), trader('alice'), integrator, admin];
    const listeners = await Promise.all(callers.map(listen));
    await eventually('five subscribers', async () => (await subscribers(server.url)) === 5);
    await settleOne(venue, 'pool', 'shared', 8);
    await Promise.all(listeners.map((listener) => listener.until(2)));
    for (const listener of listeners) listener.stop();
    const seen = listeners.map(({ notices }) => {
      const { settlement } = notices[1] as unknown as {
        settlement: { haircutCount: number; haircuts: { edges: { node: { account: { ref: string } } }[] } };
      };
      return [settlement.haircutCount, settlement.haircuts.edges.map(({ node }) => node.account.ref)];
    });
    const alices = ['late', winnerRef(0), winnerRef(1)];
    const bobs = ['later', winnerRef(2), winnerRef(3)];
    const all = [...alices, ...bobs].sort();
    expect(seen).toEqual([alices, bobs, alices, all, all].map((refs) => [6, refs]));
  });

  it('nothing after a notice that could not be read: the stream ends, and who resumes is told it', async () => {
    const query = `subscription ($pool: String!, $after: String) {
      haircutNotices(pool: $pool, after: $after) { cursor sequence haircut { account { ref balance } } } }`;
    const variables = { pool: 'pool', after: '0' };
    const open = () => new EventStream(server.url, venue.token, { query, variables });
    const whole = await open().opened();
    await whole.until(4);
    whole.end();
    const sql = postgres(server.databaseUrl, { max: 1, fetch_types: false });
    // What a notice asks for cannot be read, as when the database goes away in between.
    await sql`alter view account_state rename to account_state_hidden`;
    const failed = await open().opened();
    const raw = await RawSocket.open(server, venue.token);
    raw.subscribe('1', query, variables);
    await eventually('the end of the stream', () => failed.ended);
    await eventually('the completion', () => raw.messages.some(({ type }) => type === 'complete'));
    await sql`alter view account_state_hidden rename to account_state`;
    await sql.end();
    raw.end();
    expect(failed.results.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([
      'INTERNAL_SERVER_ERROR',
    ]);
    expect(raw.messages.filter(({ id }) => id === '1').map(({ type }) => type)).toEqual(['next', 'complete']);
    const resumed = await open().opened();
    await resumed.until(whole.values.length);
    expect(resumed.values.slice(0, whole.values.length)).toEqual(whole.values);
    resumed.end();
  });

  it('until its client leaves: then nothing of it stays on the server', async () => {
    const client = server.socket(venue.token);
    const listener = new Listener(client, LEAN_NOTICES, { pool: 'pool' });
    await eventually('a subscriber', async () => (await subscribers(server.url)) === 1);
    listener.stop();
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
    const raw = await RawSocket.open(server, venue.token);
    for (let i = 0; i < 20; i++)
      raw.subscribe(String(i), i % 2 ? LEAN_NOTICES : LOSS_NOTICES, { pool: 'pool' });
    await eventually('twenty subscribers', async () => (await subscribers(server.url)) === 20);
    raw.end();
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
    // Gone before the server could attach them.
    const hasty = await RawSocket.open(server, venue.token);
    for (let i = 0; i < 20; i++) hasty.subscribe(String(i), LEAN_NOTICES, { pool: 'pool' });
    hasty.socket.close();
    await hasty.closed;
    await pause(300);
    await eventually('no subscriber', async () => (await subscribers(server.url)) === 0);
    await client.dispose();
  });
});
