import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_LIMITS } from '../../src/server/limits.ts';
import { dataOf, mutate, openBook, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  type Claims,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Whose a webhook is, and what it may be made for (I205). Nothing is delivered here. */

let server: TestServer;
let venue: Caller;
let ann: Caller;
beforeAll(async () => {
  server = await startTestServer({ limits: NO_LIMITS, webhooks: { allowsPrivate: true, concurrency: 0 } });
  venue = await server.caller(integrator);
  ann = await server.caller(trader('owner-ann'));
  await openBook(await server.caller(admin), venue, {
    pool: 'pool',
    winners: { ann: 60, bob: 30 },
    deficit: 50,
  });
});
afterAll(() => server?.close());

let keys = 0;
const input = (more: Record<string, unknown> = {}) => ({
  pool: 'pool',
  idempotencyKey: `key-${++keys}`,
  url: 'http://127.0.0.1:9/',
  stream: 'HAIRCUT_NOTICES',
  ...more,
});

it('is as if it were not there for anybody but its owner', async () => {
  const { webhook } = await succeed(ann, 'createWebhook', input());
  const others: Claims[] = [
    ...[
      integrator,
      admin,
      trader('owner-bob'),
      { sub: 'owner-ann', roles: ['TRADER'], pools: ['another'] } as const,
    ],
  ];
  const { id } = webhook;
  const nowhere = Buffer.from(JSON.stringify(['Webhook', 'pool', 'nowhere'])).toString('base64url');
  for (const claims of others) {
    const other = await server.caller(claims);
    for (const [name, more] of [
      ['updateWebhook', { enabled: false }],
      ['replayWebhook', { after: '0' }],
      ['rotateWebhookSecret', {}],
      ['deleteWebhook', {}],
    ] as const) {
      const answer = await mutate(other, name, { id, ...more });
      expect(answer).toMatchObject({ code: 'NOT_FOUND' });
      expect(answer).toEqual(await mutate(other, name, { id: nowhere, ...more }));
    }
    const read = await other('query ($id: ID!) { webhook(id: $id) { url } }', { id });
    expect(dataOf(read).webhook).toBeNull();
  }
  for (const claims of [integrator, trader('owner-bob')]) {
    const other = await server.caller(claims);
    expect(dataOf(await other('{ webhooks(pool: "pool") { id } }')).webhooks).toEqual([]);
  }
  const own = await ann(
    `query ($id: ID!) { webhook(id: $id) { url enabled pool { name } } webhooks(pool: "pool") { id } }`,
    { id },
  );
  expect(dataOf(own)).toEqual({
    webhook: { url: 'http://127.0.0.1:9/', enabled: true, pool: { name: 'pool' } },
    webhooks: [{ id }],
  });
  await succeed(ann, 'deleteWebhook', { id });
});

it('shows its secret once, also to who repeats the call', async () => {
  const asked = input();
  const first = await succeed(venue, 'createWebhook', asked);
  expect(first.secret).toMatch(/^whsec_/);
  const again = await succeed(venue, 'createWebhook', asked);
  expect(again).toEqual({ ...first, secret: null });
  expect(await mutate(venue, 'createWebhook', { ...asked, withProofs: true })).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
  // Another's key is not in the way.
  const others = await succeed(ann, 'createWebhook', asked);
  expect(others.secret).not.toBeNull();
  expect(others.webhook.id).not.toBe(first.webhook.id);
});

it('of a trader hears of its own accounts only, and of no losses', async () => {
  const named = (account: string) => mutate(ann, 'createWebhook', input({ accounts: ['ann', account] }));
  const foreign = await named('bob');
  expect(foreign).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'accounts'] });
  expect(foreign).toEqual(await named('nobody'));
  const losses = await ann(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }',
    { input: input({ stream: 'LOSS_NOTICES' }) },
  );
  expect(losses.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  // An analyst who also trades is told what a trader is.
  const both = await server.caller({ sub: 'owner-ann', roles: ['ANALYST', 'TRADER'] });
  expect(await mutate(both, 'createWebhook', input({ accounts: ['bob'] }))).toMatchObject({
    code: 'INVALID_INPUT',
  });
});

it('made with a role that its owner no longer has is not there for it', async () => {
  const was = await server.caller({ sub: 'promoted', roles: ['INTEGRATOR'] });
  const { webhook } = await succeed(was, 'createWebhook', input());
  const now = await server.caller(trader('promoted'));
  expect(await mutate(now, 'updateWebhook', { id: webhook.id, enabled: true })).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(dataOf(await now('{ webhooks(pool: "pool") { id } }')).webhooks).toEqual([]);
});

it.each([
  ['an unknown pool', { pool: 'nowhere' }, 'NOT_FOUND', ['input', 'pool']],
  ['a place beyond the last', { after: '999999' }, 'INVALID_INPUT', ['input', 'after']],
  ['a place that is none', { after: 'soon' }, 'INVALID_INPUT', ['input', 'after']],
  ['no accounts', { accounts: [] }, 'INVALID_INPUT', ['input', 'accounts']],
  ['an unknown account', { accounts: ['nobody'] }, 'INVALID_INPUT', ['input', 'accounts']],
  [
    'accounts of losses',
    { stream: 'LOSS_NOTICES', accounts: ['ann'] },
    'INVALID_INPUT',
    ['input', 'accounts'],
  ],
  ['an address of link-local', { url: 'http://169.254.169.254/' }, 'INVALID_INPUT', ['input', 'url']],
  ['a control character', { description: 'a\nb' }, 'INVALID_INPUT', ['input', 'description']],
])('is refused with %s', async (_, more, code, path) => {
  expect(await mutate(venue, 'createWebhook', input(more))).toMatchObject({ code, path });
});

it('has no more than five secrets at once, for no longer than a week', async () => {
  const { webhook } = await succeed(venue, 'createWebhook', input());
  const { id } = webhook;
  const rotate = (more = {}) => mutate(venue, 'rotateWebhookSecret', { id, ...more });
  for (const overlapHours of [-1, 169])
    expect(await rotate({ overlapHours })).toMatchObject({ code: 'INVALID_INPUT' });
  for (let i = 0; i < 4; i++) expect((await rotate()).secret).toMatch(/^whsec_/);
  expect(await rotate()).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect((await rotate({ overlapHours: 0 })).secret).toMatch(/^whsec_/);
});

it('is one of at most twenty of a subject in a pool, also where they are made at once', async () => {
  const many = await server.caller({ sub: 'many', roles: ['INTEGRATOR'] });
  const made = await Promise.all(Array.from({ length: 25 }, () => mutate(many, 'createWebhook', input())));
  expect(made.filter(({ code }) => code === 'LIMIT_EXCEEDED')).toHaveLength(5);
  expect(dataOf(await many('{ webhooks(pool: "pool") { id } }')).webhooks).toHaveLength(20);
});
