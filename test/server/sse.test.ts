import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually, within } from '../support/eventually.ts';
import { HAIRCUT_NOTICES, LOSS_NOTICES, pause } from '../support/listen.ts';
import { subscribers } from '../support/metrics.ts';
import {
  expectUnbroken,
  type Heard,
  LEAN_NOTICES,
  settleOne,
  winnerRef,
  winnersBook,
} from '../support/notice-book.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Notices over server-sent events: the same as over WebSocket, by graphql-sse's client and by hand. */

const POOL = 'pool';
const WINNERS = 5;

let server: TestServer;
let venue: Caller;
let round = 0;
beforeAll(async () => {
  server = await startTestServer();
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, POOL, WINNERS);
  await settle();
});
afterAll(() => server.close());

const settle = () => settleOne(venue, POOL, ++round, 10);
const due = () => round * WINNERS;
const listen = (
  query: string,
  variables: Record<string, unknown>,
  token: string | null = venue.token,
  method: 'GET' | 'POST' = 'POST',
) => new EventStream(server.url, token, { query, variables: { pool: POOL, ...variables } }, method);

/** graphql-sse in its default, distinct connections mode. */
function client(token: string) {
  return createClient({
    url: `${server.url}/graphql`,
    retryAttempts: 0,
    headers: { authorization: `Bearer ${token}` },
  });
}

function hear(sse: ReturnType<typeof client>, variables: Record<string, unknown>, query = LEAN_NOTICES) {
  const results: { data?: Record<string, Heard> | null; errors?: readonly unknown[] }[] = [];
  let stop = () => {};
  const ended = new Promise<unknown>((resolve) => {
    stop = sse.subscribe<Record<string, Heard>>(
      { query, variables: { pool: POOL, ...variables } },
      {
        next: (result) => results.push(result as never),
        error: resolve,
        complete: () => resolve('complete'),
      },
    );
  });
  const notices = () => results.flatMap(({ data }) => (data ? Object.values(data) : []));
  return {
    results,
    notices,
    ended,
    stop,
    until: (n: number) => eventually(`${n} notices`, () => notices().length >= n),
  };
}

describe('by POST and by GET', () => {
  it.each(['POST', 'GET'] as const)('%s replays and then hears live, each once, in order', async (method) => {
    const all = listen(LEAN_NOTICES, { after: '0' }, venue.token, method);
    const losses = listen(LOSS_NOTICES, { after: '0' }, venue.token, method);
    await all.until(due());
    expect(all.status).toBe(200);
    expect(all.contentType).toMatch(/^text\/event-stream/);
    for (let i = 0; i < 3; i++) await settle();
    await all.until(due());
    await losses.until(2 * round);
    await pause(200);
    expect(all.values).toHaveLength(due());
    expectUnbroken(all.values);
    expect(losses.values.map(({ kind }) => kind)).toEqual(
      Array.from({ length: round }, () => ['LOSS_OPENED', 'SETTLED']).flat(),
    );
    all.end();
    losses.end();
  });

  it('resumes after any cursor, on a new connection, what it missed meanwhile included', async () => {
    const first = listen(LEAN_NOTICES, { after: '0' });
    await first.until(due());
    const whole = [...first.values];
    first.end();
    await settle();
    for (const at of [0, 3, WINNERS - 1, whole.length - 1]) {
      const rest = listen(LEAN_NOTICES, { after: whole[at].cursor });
      await rest.until(due() - at - 1);
      expect(rest.values.slice(0, whole.length - at - 1)).toEqual(whole.slice(at + 1));
      expectUnbroken([...whole.slice(0, at + 1), ...rest.values]);
      rest.end();
    }
  });

  it('tells a trader its own only', async () => {
    const token = (await server.caller(trader(`owner-${winnerRef(2)}`))).token;
    const own = listen(HAIRCUT_NOTICES, { after: '0' }, token);
    await own.until(round);
    await pause(200);
    expect(own.values).toHaveLength(round);
    expect(new Set(own.values.map(({ haircut }) => haircut.account.ref))).toEqual(new Set([winnerRef(2)]));
    own.end();
  });
});

describe('a refused one', () => {
  it.each([
    ['an unknown pool', integrator, { pool: 'none' }, 'BAD_USER_INPUT'],
    ['garbage to resume after', integrator, { after: 'garbage' }, 'BAD_USER_INPUT'],
    ["somebody else's account", trader('alice'), { accounts: [winnerRef(0)] }, 'FORBIDDEN'],
    ['no role', { sub: 'nobody' }, {}, 'FORBIDDEN'],
  ])('is told why, and its stream ends: %s', async (_, claims, variables, code) => {
    for (const method of ['POST', 'GET'] as const) {
      const stream = listen(LEAN_NOTICES, variables, await signToken(claims), method);
      await eventually('the end', () => stream.ended);
      expect(stream.results.map(({ errors }) => errors?.map(({ extensions }) => extensions.code))).toEqual([
        [code],
      ]);
      expect(stream.ended).toBe('complete');
    }
  });

  it.each([
    ['no token', null],
    ['a token that is none', 'garbage'],
  ])('is told so and hears nothing: %s', async (_, token) => {
    for (const method of ['POST', 'GET'] as const) {
      const stream = listen(LEAN_NOTICES, {}, token, method);
      await eventually('the end', () => stream.ended);
      const result = stream.results[0] ?? JSON.parse(stream.body);
      expect(result.errors[0].extensions.code).toBe('UNAUTHENTICATED');
      expect(result.data ?? null).toBeNull();
    }
  });

  it('is told so by graphql-sse as well', async () => {
    const sse = client(venue.token);
    const { results, ended } = hear(sse, { after: 'garbage' });
    await within('the end', ended);
    expect(results).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
    sse.dispose();
  });
});

it("hears the same by graphql-sse's client", async () => {
  const sse = client(venue.token);
  const listener = hear(sse, { after: '0' });
  await listener.until(due());
  await settle();
  await listener.until(due());
  await pause(200);
  expectUnbroken(listener.notices());
  expect(listener.notices()).toHaveLength(due());
  listener.stop();
  sse.dispose();
});

it('lets go of a subscriber when its connection is cut, without waiting for the next notice', async () => {
  const quiet = await startTestServer({ databaseUrl: server.databaseUrl });
  const params = { query: LEAN_NOTICES, variables: { pool: POOL } };
  const streams = (['GET', 'POST', 'POST'] as const).map(
    (how) => new EventStream(quiet.url, venue.token, params, how),
  );
  await eventually('three subscribers', async () => (await subscribers(quiet.url)) === 3);
  for (const stream of streams) stream.end();
  try {
    await eventually('no subscriber', async () => (await subscribers(quiet.url)) === 0, 8_000);
  } finally {
    await quiet.close();
  }
});

it('stays open while nothing is due', async () => {
  const stream = await listen(LEAN_NOTICES, {}).opened();
  await pause(500);
  expect(stream.ended).toBeNull();
  await settle();
  await stream.until(WINNERS);
  stream.end();
});

it('ends with UNAUTHENTICATED when its token expires, and resumes with a new one', async () => {
  const short = await signToken({ ...integrator, expiresIn: 5 });
  const stream = listen(LEAN_NOTICES, { after: '0' }, short);
  await stream.until(due());
  await eventually('the end', () => stream.ended);
  expect(stream.ended).toBe('complete');
  expect(stream.results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(stream.values).toHaveLength(due());
  const cursor = stream.values.at(-1).cursor;
  await settle();
  const rest = listen(LEAN_NOTICES, { after: cursor });
  await rest.until(WINNERS);
  await pause(200);
  expectUnbroken([...stream.values, ...rest.values]);
  rest.end();
});

it('answers queries as one result and mutations too, by their roles, on a stream', async () => {
  const query = listen('{ viewer { subject } }', {});
  await eventually('the end', () => query.ended);
  expect(query.results).toEqual([{ data: { viewer: { subject: 'venue' } } }]);
  const mutation = `mutation ($pool: String!) { publishMarks(input: { pool: $pool, marks: [{ market: "BTC", price: "101" }] }) {
    __typename ... on PublishMarksPayload { sequence } } }`;
  const allowed = listen(mutation, {});
  await eventually('the end', () => allowed.ended);
  expect(allowed.results).toMatchObject([{ data: { publishMarks: { __typename: 'PublishMarksPayload' } } }]);
  const refused = listen(mutation, {}, await signToken(trader('alice')));
  await eventually('the end', () => refused.ended);
  expect(refused.results).toMatchObject([{ errors: [{ extensions: { code: 'FORBIDDEN' } }] }]);
  // A GET must not write, whatever it accepts.
  const before = await succeed(venue, 'publishMarks', {
    pool: POOL,
    marks: [{ market: 'BTC', price: '101' }],
  });
  const byGet = listen(mutation, {}, venue.token, 'GET');
  await eventually('the end', () => byGet.ended);
  expect(byGet.results.some(({ data }) => data)).toBe(false);
  const after = await succeed(venue, 'publishMarks', {
    pool: POOL,
    marks: [{ market: 'BTC', price: '101' }],
  });
  expect(BigInt(after.sequence)).toBe(BigInt(before.sequence) + 1n);
});
