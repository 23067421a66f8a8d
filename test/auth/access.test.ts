import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { winnersBook } from '../support/notice-book.ts';
import { RawSocket } from '../support/raw-socket.ts';
import {
  admin,
  type Claims,
  integrator,
  post,
  signToken,
  startTestServer,
  type TestServer,
} from '../support/server.ts';

/**
 * The table of the process contract, for every root field that the schema has, on every transport. The fields come
 * from the schema, so that one that is added tomorrow is asked for here too.
 */

const POOL = 'pool';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const root = await server.caller(admin);
  const venue = await server.caller(integrator);
  await winnersBook(root, venue, POOL, 2, () => 'trader');
  await winnersBook(root, venue, 'other', 1, () => 'trader');
  await succeed(venue, 'startSimulation', {
    pool: POOL,
    idempotencyKey: 'simulation',
    model: { scenarios: { markets: ['BTC'], scenarios: [{ returns: [0], probability: 1 }] } },
  });
});
afterAll(() => server.close());

const idOf = (...keys: string[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');
const nodeOfPool = idOf('Pool', POOL);

/** A literal that satisfies a type, and names the pool wherever something may be named. */
function literal(type: GraphQLInputType, name: string): string {
  if (isNonNullType(type)) return literal(type.ofType, name);
  if (isListType(type)) return `[${literal(type.ofType, name)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const all = Object.values(type.getFields());
    const fields = type.isOneOf ? all.slice(0, 1) : all.filter((field) => isNonNullType(field.type));
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type, field.name)}`).join(', ')} }`;
  }
  if (type.name === 'Int') return '2';
  if (type.name === 'Float') return '0.5';
  if (type.name === 'Boolean') return 'true';
  if (type.name === 'ID') return `"${nodeOfPool}"`;
  if (type.name === 'Decimal' || type.name === 'Sequence') return '"1"';
  return name === 'pool' || name === 'name' ? `"${POOL}"` : '"anything"';
}

interface RootField {
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly name: string;
  readonly document: string;
}

function documentOf(operation: string, field: GraphQLField<unknown, unknown>): string {
  const required = (arg: GraphQLArgument) => isNonNullType(arg.type);
  const value = (arg: GraphQLArgument) =>
    field.name.endsWith('imulationProgress')
      ? `"${idOf('Simulation', POOL, '1')}"`
      : literal(arg.type, arg.name);
  const args = field.args.filter(required).map((arg) => `${arg.name}: ${value(arg)}`);
  const type = getNamedType(field.type);
  const isTyped = isUnionType(type) || (isObjectType(type) && !type.name.endsWith('Connection'));
  const selection = isTyped || !isObjectType(type) ? '__typename' : '__typename totalCount';
  return `${operation} { ${field.name}${args.length ? `(${args.join(', ')})` : ''} { ${selection} } }`;
}

const FIELDS: RootField[] = (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
  const type = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[operation]!;
  return Object.values(type.getFields()).map((field) => ({
    operation,
    name: field.name,
    document: documentOf(operation, field as GraphQLField<unknown, unknown>),
  }));
});

type Answer = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'BAD_USER_INPUT' | 'allowed';

const CALLERS: Record<string, Claims | null> = {
  'no token': null,
  'no roles': { sub: 'trader', roles: [] },
  'roles of another system': { sub: 'trader', roles: ['OWNER', 'admin', 'Admin'] as never },
  TRADER: { sub: 'trader', roles: ['TRADER'] },
  ANALYST: { sub: 'analyst', roles: ['ANALYST'] },
  INTEGRATOR: integrator,
  ADMIN: admin,
  'TRADER and ANALYST': { sub: 'trader', roles: ['TRADER', 'ANALYST'] },
  'TRADER and INTEGRATOR': { sub: 'trader', roles: ['TRADER', 'INTEGRATOR'] },
  'ADMIN of this pool': { ...admin, pools: [POOL] },
  'ADMIN of another pool': { ...admin, pools: ['other'] },
  'ADMIN of no pool': { ...admin, pools: [] },
  'TRADER of another pool': { sub: 'trader', roles: ['TRADER'], pools: ['other'] },
};

const READERS = ['TRADER', 'ANALYST', 'INTEGRATOR', 'ADMIN'];
const WRITERS = ['INTEGRATOR', 'ADMIN'];

/** Fields that name their pool in an argument; the others leave out what a token does not reach. */
const namesPool = ({ document }: RootField) =>
  /\((input: \{ )?(pool|name)?.*"pool"/.test(document) && !document.startsWith('query { pool(');

const ADMINISTRATION = new Set([
  'createPool',
  'updatePoolRules',
  'setHaircutCaps',
  'haltPool',
  'resumePool',
  'startSession',
  'withdrawFromFund',
  'reverseSettlement',
  'revokeTokens',
]);

const ANALYSIS = new Set(['startSimulation', 'cancelSimulation', 'simulation', 'simulationProgress']);
/** Webhooks: of those that tell a trader of its own accounts too. */
const WEBHOOKS = new Set([
  'webhook',
  'webhooks',
  ...['create', 'update', 'delete', 'replay'].map((verb) => `${verb}Webhook`),
  'rotateWebhookSecret',
]);
const NOTIFIED = ['TRADER', 'INTEGRATOR', 'ADMIN'];
/** They find what they are about by an id. */
const BY_ID = ['cancelSimulation', 'updateWebhook', 'deleteWebhook', 'replayWebhook', 'rotateWebhookSecret'];
const ANALYSTS = ['ANALYST', 'INTEGRATOR', 'ADMIN'];

/** The contract, in other words than src/auth has it in. */
function expected(field: RootField, claims: Claims | null): Answer {
  if (claims === null) return 'UNAUTHENTICATED';
  if (field.name === 'viewer') return 'allowed';
  const has = (...roles: string[]) => (claims.roles ?? []).some((role) => roles.includes(role));
  if (ANALYSIS.has(field.name)) {
    if (!has(...ANALYSTS)) return 'FORBIDDEN';
    // It is found by an id: of a pool that the token does not reach there is none.
    if (field.name === 'simulationProgress' && claims.pools && !claims.pools.includes(POOL))
      return 'BAD_USER_INPUT';
  } else if (WEBHOOKS.has(field.name)) {
    if (!has(...NOTIFIED)) return 'FORBIDDEN';
  } else if (field.name === 'revokeTokens') {
    // It names no pool: a token reaches all that its subject may use.
    return has('ADMIN') && !claims.pools ? 'allowed' : 'FORBIDDEN';
  } else if (field.operation === 'mutation') {
    if (!(ADMINISTRATION.has(field.name) ? has('ADMIN') : has(...WRITERS))) return 'FORBIDDEN';
  } else if (!has(...READERS)) return 'FORBIDDEN';
  return claims.pools && !claims.pools.includes(POOL) && namesPool(field) ? 'FORBIDDEN' : 'allowed';
}

function answerOf(
  field: RootField,
  payload: { data?: Record<string, unknown> | null; errors?: { extensions: { code: string } }[] },
): string {
  const codes = new Set((payload.errors ?? []).map(({ extensions }) => extensions.code));
  if (codes.size > 0) {
    expect(payload.data?.[field.name] ?? null, field.name).toBeNull();
    return [...codes].join(' ');
  }
  expect(payload.data, field.document).toHaveProperty(field.name);
  return 'allowed';
}

it('has a table to be checked against', () => {
  expect(FIELDS.length).toBeGreaterThanOrEqual(28);
  expect(
    FIELDS.filter(namesPool)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    [
      ...Object.keys(schema.getMutationType()!.getFields()).filter(
        (name) => ![...BY_ID, 'revokeTokens'].includes(name),
      ),
      ...Object.keys(schema.getSubscriptionType()!.getFields()).filter(
        (name) => name !== 'simulationProgress',
      ),
      'webhooks',
      'previewSettlement',
      'compareAllocations',
      'stressTest',
      'fundDepletion',
      'forecastScore',
      'checkTrade',
      'accountsAtRisk',
      'liquidationQueue',
    ].sort(),
  );
});

describe.each(Object.entries(CALLERS))('%s', (_, claims) => {
  const token = async () => claims && (await signToken(claims));

  it('over HTTP', async () => {
    const bearer = await token();
    const seen: Record<string, string> = {};
    for (const field of FIELDS.filter(({ operation }) => operation !== 'subscription')) {
      seen[field.name] = answerOf(
        field,
        (await post(server.url, { query: field.document }, bearer)) as never,
      );
    }
    expect(seen).toEqual(table(({ operation }) => operation !== 'subscription'));
  });

  it('over WebSocket', async () => {
    const raw = await RawSocket.open(server, await token());
    const seen: Record<string, string> = {};
    for (const field of FIELDS) raw.subscribe(field.name, field.document);
    for (const field of FIELDS) {
      seen[field.name] =
        field.operation === 'subscription' && expected(field, claims) === 'allowed'
          ? 'allowed'
          : answerOf(field, (await raw.first('next', field.name)).payload);
    }
    expect(seen).toEqual(table(() => true));
    expect(raw.messages.filter(({ type }) => type === 'error')).toEqual([]);
    raw.end();
  });

  it('over server-sent events', async () => {
    const bearer = await token();
    const seen: Record<string, string> = {};
    for (const field of FIELDS.filter(({ operation }) => operation === 'subscription')) {
      const stream = await new EventStream(server.url, bearer, { query: field.document }).opened();
      if (expected(field, claims) === 'allowed') {
        seen[field.name] = stream.results.length === 0 ? 'allowed' : answerOf(field, stream.results[0]!);
      } else {
        await eventually('the end', () => stream.ended);
        seen[field.name] = answerOf(field, stream.results[0] ?? JSON.parse(stream.body));
      }
      stream.end();
    }
    expect(seen).toEqual(table(({ operation }) => operation === 'subscription'));
  });

  const table = (which: (field: RootField) => boolean) =>
    Object.fromEntries(FIELDS.filter(which).map((field) => [field.name, expected(field, claims)]));
});

describe('a pools claim', () => {
  const ids = ['Pool', 'InsuranceFund'].map((type) =>
    Buffer.from(JSON.stringify([type, POOL])).toString('base64url'),
  );
  const account = Buffer.from(JSON.stringify(['Account', POOL, 'w000000'])).toString('base64url');
  const QUERY = `query ($ids: [ID!]!) { pool(name: "pool") { name } other: pool(name: "other") { name } pools { totalCount edges { node { name } } }
    myAccounts { totalCount edges { node { ref pool { name } } } } nodes(ids: $ids) { id } node(id: "${nodeOfPool}") { id } }`;

  it.each([
    ['a trader', { sub: 'trader', roles: ['TRADER'] }],
    ['an administrator', { sub: 'trader', roles: ['ADMIN'] }],
  ] as const)('confines the reading of %s to its pools, counts included', async (_, claims) => {
    const ask = async (pools?: string[]) =>
      (
        await post(
          server.url,
          { query: QUERY, variables: { ids: [...ids, account] } },
          await signToken({ ...claims, ...(pools ? { pools } : {}) }),
        )
      ).data;
    expect(await ask()).toMatchObject({
      pool: { name: POOL },
      pools: { totalCount: 2 },
      myAccounts: { totalCount: 3 },
      node: {},
    });
    expect(await ask(['other'])).toEqual({
      pool: null,
      other: { name: 'other' },
      pools: { totalCount: 1, edges: [{ node: { name: 'other' } }] },
      myAccounts: { totalCount: 1, edges: [{ node: { ref: 'w000000', pool: { name: 'other' } } }] },
      nodes: [null, null, null],
      node: null,
    });
    expect(await ask([])).toEqual({
      pool: null,
      other: null,
      pools: { totalCount: 0, edges: [] },
      myAccounts: { totalCount: 0, edges: [] },
      nodes: [null, null, null],
      node: null,
    });
    expect((await ask(['POOL', 'pool ', '*', 'po\0ol', '%'])).pools.totalCount).toBe(0);
  });

  it('lets an administrator create the pools that it names, and no other', async () => {
    const token = await signToken({ ...admin, pools: ['mine'] });
    const create = (name: string) =>
      post(
        server.url,
        {
          query: `mutation { createPool(input: { name: "${name}", asset: "USDC", decimals: 2 }) { __typename } }`,
        },
        token,
      );
    expect((await create('theirs')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await create('mine')).data.createPool.__typename).toBe('Pool');
  });
});

it('says who is calling: the subject, and the roles that mean something here', async () => {
  const token = await signToken({ sub: 'alice', roles: ['TRADER', 'OWNER' as never, 'ANALYST'] });
  expect(await post(server.url, { query: '{ viewer { subject roles } }' }, token)).toEqual({
    data: { viewer: { subject: 'alice', roles: ['TRADER', 'ANALYST'] } },
  });
});
