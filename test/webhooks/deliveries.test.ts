import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../../src/server/limits.ts';
import { bankruptcy, dataOf, mutate, openBook, succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { Receiver, status, taken, verify } from '../support/receiver.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** What receivers get, over real connections; docs/invariants.md, I200 on. */

let server: TestServer;
let root: Caller;
let venue: Caller;
let aheadMs = 0;
/** What its clock says, where it stands. */
let standsAt: number | null = null;
const clock = {
  now: () => new Date(standsAt ?? Date.now() + aheadMs).toISOString().replace('Z', '000Z'),
};
beforeAll(async () => {
  server = await startTestServer({
    limits: NO_LIMITS,
    clock,
    webhooks: { allowsPrivate: true, firstRetryMs: 50, timeoutMs: 4_000 },
  });
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(() => server?.close());

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  await receiver.close();
});

let pools = 0;
/** A pool with three winners and a loss that is reported: settling it takes three haircuts. */
async function reported(): Promise<string> {
  const pool = `pool-${++pools}`;
  await openBook(root, venue, { pool, winners: { ann: 60, bob: 30, cat: 10 }, deficit: 50 });
  await succeed(venue, 'reportBankruptcy', bankruptcy(pool));
  return pool;
}
const settle = (pool: string) => succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });

let keys = 0;
async function register(call: Caller, pool: string, input: Record<string, unknown> = {}) {
  const { webhook, secret } = await succeed(call, 'createWebhook', {
    pool,
    idempotencyKey: `webhook-${++keys}`,
    url: receiver.url,
    stream: 'HAIRCUT_NOTICES',
    ...input,
  });
  return { id: webhook.id as string, secret: secret as string };
}
async function stateOf(call: Caller, id: string) {
  const fields =
    'enabled failures failingSince nextAttemptAt problem deliveredSequence deliveredAt url stream withProofs';
  const answer = await call(`query ($id: ID!) { webhook(id: $id) { ${fields} } }`, { id });
  return dataOf(answer).webhook;
}
const heard = (count: number) => eventually(`${count} notices`, () => receiver.notices.length >= count);
/** Every account's notice, in the order that they came. */
const refs = () => receiver.notices.map((notice) => notice.haircut.account.ref);

describe('a notice', () => {
  it('arrives signed, as the subscription tells it, and the webhook says so', async () => {
    const pool = await reported();
    const { id, secret } = await register(venue, pool, { withProofs: true });
    const { sequence } = await settle(pool);
    await heard(3);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const [delivery] = receiver.deliveries;
    expect(receiver.deliveries).toHaveLength(1);
    expect(verify(delivery!, secret)).toMatchObject({ type: 'haircutNotices', data: { pool } });
    expect(() => verify({ ...delivery!, body: `${delivery!.body} ` }, secret)).toThrow();
    expect(delivery!.headers['content-type']).toBe('application/json');

    const stream = new EventStream(server.url, venue.token, {
      query: `subscription { haircutNotices(pool: "${pool}", after: "0") { cursor sequence previousSequence kind amount committedAt
        explanation haircut { id sequence amount profit cap balanceBefore balanceAfter account { ref owner }
        settlement { sequence method deficit fundDraw residual socialized haircutCount } proof { document } } } }`,
    });
    await eventually('the same over a subscription', () => stream.results.length >= 3);
    stream.end();
    expect(receiver.notices).toEqual(
      stream.results.map(({ data }) => (data as Record<string, unknown>).haircutNotices),
    );
    expect(receiver.notices[0]).toMatchObject({ sequence, amount: '-30.000000', kind: 'HAIRCUT' });
    const state = await eventually('its state', async () => {
      const now = await stateOf(venue, id);
      return now.deliveredSequence === sequence && now;
    });
    expect(state).toMatchObject({ enabled: true, failures: 0, failingSince: null, problem: null });
  });

  it('of a loss, and of a margin, arrives at who listens to that', async () => {
    const pool = await reported();
    await register(venue, pool, { stream: 'LOSS_NOTICES', after: '0' });
    await register(venue, pool, { stream: 'MARGIN_ALERTS', after: '0' });
    await settle(pool);
    await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '200000' }] });
    await succeed(venue, 'upsertAccounts', { pool, accounts: [{ ref: 'thin', owner: 'thin' }] });
    await succeed(venue, 'applyUpdates', {
      pool,
      idempotencyKey: 'thin',
      positions: [{ account: 'thin', market: 'BTC', size: '1', entryPrice: '200000' }],
      transfers: [{ account: 'thin', kind: 'DEPOSIT', amount: '1' }],
    });
    const losses = () => receiver.notices.filter((notice) => notice.kind);
    await eventually('the losses', () => losses().length >= 2);
    expect(losses().map(({ kind }) => kind)).toEqual(['LOSS_OPENED', 'SETTLED']);
    expect(losses()[0].lossEvent).toEqual({ ref: 'loss-1', deficit: '50.000000' });
    const alert = await eventually('the alert', () =>
      receiver.notices.find((notice) => notice.health && notice.account.ref === 'thin'),
    );
    expect(alert).toMatchObject({ health: 'LIQUIDATABLE', previousHealth: 'SAFE', equity: '1.000000' });
  });

  it('arrives of the accounts that were named, and of a trader’s own', async () => {
    const pool = await reported();
    const ann = await server.caller(trader('owner-ann'));
    await register(venue, pool, { accounts: ['cat'] });
    const own = await Receiver.start();
    await register(ann, pool, { url: own.url });
    await settle(pool);
    await heard(1);
    await eventually('the own', () => own.notices.length >= 1);
    expect(refs()).toEqual(['cat']);
    expect(own.notices.map((notice) => notice.haircut.account.ref)).toEqual(['ann']);
    await own.close();
  });
});

describe('a receiver that fails', () => {
  it('is tried again with the same notice of the same name, and nothing later comes before it', async () => {
    const pool = await reported();
    const { id, secret } = await register(venue, pool);
    receiver.answer = status(500);
    await settle(pool);
    await succeed(venue, 'recordRecovery', {
      pool,
      idempotencyKey: 'back',
      lossEvent: 'loss-1',
      amount: '5',
    });
    await eventually('some attempts', () => receiver.deliveries.length >= 3);
    const failing = await stateOf(venue, id);
    expect(failing).toMatchObject({
      enabled: true,
      problem: 'The receiver answered 500.',
      deliveredSequence: null,
    });
    expect(failing.failures).toBeGreaterThan(0);
    expect(Date.parse(failing.nextAttemptAt)).toBeGreaterThan(Date.parse(failing.failingSince));
    receiver.answer = taken;
    const before = receiver.deliveries.length;
    await eventually('the rest', () => receiver.deliveries.length >= before + 2);
    const bodies = new Map(receiver.deliveries.map(({ id: name, body }) => [name, body]));
    expect(bodies.size).toBe(2);
    for (const delivery of receiver.deliveries) {
      expect(delivery.body).toBe(bodies.get(delivery.id));
      verify(delivery, secret);
    }
    const order = receiver.deliveries.map(({ notices }) => notices[0].kind);
    expect(order).toEqual([...Array(order.length - 1).fill('HAIRCUT'), 'REFUND']);
    const well = await eventually('its state', async () => {
      const now = await stateOf(venue, id);
      return now.failures === 0 && now;
    });
    expect(well).toMatchObject({ problem: null, failingSince: null, nextAttemptAt: null });
  });

  it.each([
    ['takes its time', (() => {}) as never, 'The receiver did not answer within 4 seconds.'],
    [
      'redirects',
      status(302, { location: 'http://127.0.0.1:1/' }),
      'The receiver answered 302, and redirects are not followed.',
    ],
    [
      'hangs up',
      ((_: unknown, request: { socket: { destroy(): void } }) => request.socket.destroy()) as never,
      'The receiver could not be reached (ECONNRESET).',
    ],
  ])('because it %s is told by its webhook', async (_, answer, problem) => {
    const pool = await reported();
    const { id } = await register(venue, pool);
    receiver.answer = answer;
    await settle(pool);
    await eventually('the reason', async () => (await stateOf(venue, id)).problem === problem);
  });

  it('is asked again no sooner than it wants', async () => {
    const pool = await reported();
    const { id } = await register(venue, pool);
    receiver.answer = status(429, { 'retry-after': '600' });
    await settle(pool);
    const state = await eventually('a failure', async () => {
      const now = await stateOf(venue, id);
      return now.failures === 1 && now;
    });
    expect(Date.parse(state.nextAttemptAt) - Date.parse(state.failingSince)).toBeGreaterThanOrEqual(600_000);
  });

  it('with 410 Gone is let be, and is told the rest once it is enabled', async () => {
    const pool = await reported();
    const { id } = await register(venue, pool);
    receiver.answer = status(410);
    await settle(pool);
    const state = await eventually('its end', async () => {
      const now = await stateOf(venue, id);
      return !now.enabled && now;
    });
    expect(state.problem).toBe('The receiver answered 410 Gone: it wants no more notices.');
    expect(receiver.deliveries).toHaveLength(1);
    receiver.answer = taken;
    await succeed(venue, 'updateWebhook', { id, enabled: true });
    await heard(6);
    expect(receiver.deliveries[1]!.id).toBe(receiver.deliveries[0]!.id);
  });

  it('for three days is let be', async () => {
    const pool = await reported();
    const { id } = await register(venue, pool);
    receiver.answer = status(503);
    await settle(pool);
    await eventually('a failure', async () => (await stateOf(venue, id)).failures > 0);
    aheadMs = 3 * 24 * 3_600_000;
    const state = await eventually('its end', async () => {
      const now = await stateOf(venue, id);
      return !now.enabled && now;
    });
    aheadMs = 0;
    expect(state.problem).toMatch(
      /^The receiver answered 503\. It has failed since .*: enable it once that is mended\.$/,
    );
  });
});

describe('commits', () => {
  it('are delivered one after the other, also where their servers’ clocks differ so that two say the same', async () => {
    const pool = await reported();
    const { id } = await register(venue, pool, { stream: 'LOSS_NOTICES', after: '0' });
    await heard(1);
    await succeed(venue, 'updateWebhook', { id, enabled: false });
    const now = Date.now();
    try {
      standsAt = now + 1_000;
      await settle(pool);
      standsAt = now;
      const recover = (amount: string) =>
        succeed(venue, 'recordRecovery', { pool, idempotencyKey: amount, lossEvent: 'loss-1', amount });
      await recover('1');
      standsAt = now + 1_000;
      await recover('2');
      // Right after it, and at the same time.
      await recover('3');
    } finally {
      standsAt = null;
    }
    await succeed(venue, 'updateWebhook', { id, enabled: true });
    await heard(5);
    const sequences = receiver.notices.map((notice) => notice.sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => Number(a) - Number(b)));
    expect(new Set(sequences).size).toBe(5);
    expect(receiver.deliveries.map(({ body }) => JSON.parse(body).data.notices.length)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });
});

describe('its owner', () => {
  it('has it replayed from any sequence, with the names of before', async () => {
    const pool = await reported();
    const { id } = await register(venue, pool);
    const { sequence } = await settle(pool);
    await heard(3);
    await succeed(venue, 'replayWebhook', { id, after: '0' });
    await heard(6);
    expect(receiver.deliveries[1]!.id).toBe(receiver.deliveries[0]!.id);
    await succeed(venue, 'replayWebhook', { id, after: receiver.notices[1].cursor });
    await heard(7);
    expect(receiver.notices[6]).toEqual(receiver.notices[2]);
    const beyond = await mutate(venue, 'replayWebhook', { id, after: String(BigInt(sequence) + 1n) });
    expect(beyond).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'after'] });
  });

  it('changes over to a new secret without missing one', async () => {
    const pool = await reported();
    const { id, secret } = await register(venue, pool);
    const next = (await succeed(venue, 'rotateWebhookSecret', { id })).secret;
    await settle(pool);
    await heard(3);
    verify(receiver.deliveries[0]!, secret);
    verify(receiver.deliveries[0]!, next);
    const last = (await succeed(venue, 'rotateWebhookSecret', { id, overlapHours: 0 })).secret;
    await succeed(venue, 'replayWebhook', { id, after: '0' });
    await heard(6);
    verify(receiver.deliveries[1]!, last);
    for (const old of [secret, next]) expect(() => verify(receiver.deliveries[1]!, old)).toThrow();
  });

  it('ends it, moves it elsewhere, and stops it for a while', async () => {
    const pool = await reported();
    const ended = await register(venue, pool);
    const kept = await register(venue, pool);
    await succeed(venue, 'deleteWebhook', { id: ended.id });
    expect(await stateOf(venue, ended.id)).toBeNull();
    await succeed(venue, 'updateWebhook', { id: kept.id, enabled: false });
    await settle(pool);
    const elsewhere = await Receiver.start();
    await succeed(venue, 'updateWebhook', { id: kept.id, url: elsewhere.url, description: 'moved' });
    expect(await stateOf(venue, kept.id)).toMatchObject({ enabled: false, url: elsewhere.url });
    await succeed(venue, 'updateWebhook', { id: kept.id, enabled: true });
    await eventually('the three', () => elsewhere.notices.length >= 3);
    verify(elsewhere.deliveries[0]!, kept.secret);
    expect(receiver.deliveries).toEqual([]);
    await elsewhere.close();
  });

  it('hears nothing more once its tokens are revoked, until it comes with a new one', async () => {
    const pool = await reported();
    const claims = { sub: 'left', roles: ['INTEGRATOR'] } as const;
    const left = await server.caller(claims);
    const { id } = await register(left, pool);
    await succeed(root, 'revokeTokens', { subject: 'left' });
    await settle(pool);
    // Tokens are told apart by the second.
    const again = await eventually('a token that is good', async () => {
      const call = await server.caller(claims);
      return (await call('{ viewer { subject } }')).errors === undefined && call;
    });
    const state = await eventually('its end', async () => {
      const now = await stateOf(again, id);
      return !now.enabled && now;
    });
    expect(state.problem).toBe('The tokens of its owner were revoked: enable it with a new one.');
    expect(receiver.deliveries).toEqual([]);
    await succeed(again, 'updateWebhook', { id, enabled: true });
    await heard(3);
  });
});
