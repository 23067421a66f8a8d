import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_ALIASES, MAX_DIRECTIVES, MAX_FIELDS } from '../../../src/graphql/limits.ts';
import { winnersBook } from '../../support/notice-book.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../../support/server.ts';
import { everyWay, expectRefused, send, times } from './ways.ts';

/**
 * The checks of graphql-cop, one test each by its name, against a server as it runs in production. Where a check asks for something that
 * stands for a reason, its test says which.
 */

let server: TestServer;
let root: Caller;
beforeAll(async () => {
  server = await startTestServer({ isProduction: true });
  root = await server.caller(admin);
  await winnersBook(root, await server.caller(integrator), 'pool', 2);
});
afterAll(() => server.close());

const refused = (query: string, why: RegExp) => expectRefused(server.url, root.token, query, why);
const ways = (query: string) => everyWay(server.url, root.token, query);
const post = (body: unknown, headers: Record<string, string> = {}) =>
  send(server.url, root.token, body, { headers });

it('Alias Overloading', async () => {
  await refused(`{ ${times(101, (i) => `alias${i}: __typename`)} }`, /aliases|root fields/);
  // Nor inside of a field, nor in fragments that hide them.
  await refused(`{ pool(name: "pool") { ${times(MAX_ALIASES + 1, (i) => `a${i}: name`)} } }`, /aliases/);
  const hidden = `{ ... { ...F } } fragment F on Query { ${times(21, (i) => `a${i}: viewer { subject }`)} }`;
  await refused(hidden, /more than 20 root fields/);
});

it('Array-based Query Batching', async () => {
  const { status, text } = await post(Array.from({ length: 10 }, () => ({ query: '{ __typename }' })));
  expect([status, text.includes('"data"')]).toEqual([400, false]);
});

it('Directive Overloading', async () => {
  await refused(`query { __typename ${'@aa'.repeat(10)} }`, /Unknown directive/);
  const many = times(10, (i) => `a${i}: name ${'@include(if: true) '.repeat(6)}`);
  await refused(`{ pool(name: "pool") { ${many} } }`, /directives/);
  await refused(`{ __typename ${'@include(if: true) '.repeat(MAX_DIRECTIVES + 1)} }`, /directives/);
});

it('Circular Query using Introspection', async () => {
  const nest = (depth: number): string => (depth === 0 ? 'name' : `fields { type { ${nest(depth - 1)} } }`);
  await refused(`{ __schema { types { ${nest(6)} } } }`, /introspection/i);
  // In development, where introspection is allowed, its nesting is not.
  const open = await startTestServer({ databaseUrl: server.databaseUrl });
  const caller = await open.caller(admin);
  expect((await caller('{ __schema { queryType { name } } }')).data).toBeDefined();
  expect((await caller(`{ __schema { types { ${nest(6)} } } }`)).errors?.[0]?.message).toMatch(/depth/);
  await open.close();
});

it('Field Duplication', async () => {
  await refused(`{ ${times(500, () => '__typename')} }`, /root fields/);
  await refused(`{ pool(name: "pool") { ${times(MAX_FIELDS, () => 'name')} } }`, /more than 1000 fields/);
});

it('Introspection', async () => {
  for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Pool") { fields { name } } }'])
    await refused(query, /introspection/i);
});

it('Field Suggestions', async () => {
  for (const query of [
    '{ pol { name } }',
    '{ pool(nam: "pool") { name } }',
    '{ pool(name: "pool") { nam } }',
    '{ pool(name: "pool") { accounts(filter: { statu: ACTIVE }) { totalCount } } }',
    '{ pool(name: "pool") { accounts(filter: { status: ACTIV }) { totalCount } } }',
    '{ pool(name: "pool") { ... on Poool { name } } }',
    '{ __typename @includ(if: true) }',
    'query ($x: Strin) { pool(name: $x) { name } }',
    'mutation { createPol(input: {}) { __typename } }',
    'subscription { lossNotice(pool: "pool") { cursor } }',
  ])
    for (const [way, text] of Object.entries(await ways(query))) {
      expect(text, way).toMatch(/message/);
      expect(text, `${way}: ${query}`).not.toMatch(/did you mean/i);
    }
  // In variables too: of what is compiled, and of what graphql-js executes.
  const filtered = (directive: string) =>
    `query ($v: AccountFilter) { pool(name: "pool") { accounts(filter: $v) { totalCount ${directive} } } }`;
  for (const [query, v] of [
    [filtered(''), { statu: 'ACTIVE' }],
    [filtered(''), { status: 'ACTIV' }],
    [filtered('@include(if: true)'), { statu: 'ACTIVE' }],
    [filtered('@include(if: true)'), { status: 'ACTIV' }],
    [
      'mutation ($v: PublishMarksInput!) { publishMarks(input: $v) { __typename } }',
      { pol: 'pool', marks: [] },
    ],
  ] as const)
    for (const extra of [{}, { extensions: {} }]) {
      const { text } = await post({ query, variables: { v }, ...extra });
      expect(text).toContain('errors');
      expect(text).not.toMatch(/did you mean/i);
    }
});

it('what production hides, development shows', async () => {
  const open = await startTestServer({ databaseUrl: server.databaseUrl });
  const caller = await open.caller(admin);
  expect((await caller('{ pol { name } }')).errors?.[0]?.message).toMatch(/did you mean/i);
  expect(
    (
      await caller(
        'query ($v: AccountFilter) { pool(name: "pool") { accounts(filter: $v) { totalCount } } }',
        {
          v: { statu: 'ACTIVE' },
        },
      )
    ).errors?.[0]?.message,
  ).toMatch(/did you mean/i);
  const page = await fetch(`${open.url}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toMatch(/<html/i);
  await open.close();
});

it('GraphQL IDE', async () => {
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).not.toMatch(/<html|graphiql|playground/i);
  expect(page.status).toBeGreaterThanOrEqual(400);
});

it('GET Method Query Support', async () => {
  // It stands: it is in the specification, and EventSource knows nothing else. It needs the same header as a POST, which no page of
  // another site can send, and no cookie is ever read.
  const query = '{ viewer { subject } }';
  expect((await send(server.url, root.token, null, { query })).text).toContain('"subject":"root"');
  const cookie = `authorization=Bearer ${root.token}; token=${root.token}`;
  const bare = await send(server.url, null, null, { query, headers: { cookie } });
  expect(bare.text).toContain('UNAUTHENTICATED');
});

it('Mutation is allowed over GET (possible CSRF)', async () => {
  const query =
    'mutation { haltPool(input: { pool: "pool", idempotencyKey: "get", reason: "x" }) { __typename } }';
  expect((await send(server.url, root.token, null, { query })).status).toBe(405);
  const stream = await send(server.url, root.token, null, {
    query,
    headers: { accept: 'text/event-stream' },
  });
  expect(stream.text).not.toContain('"data":{');
  expect((await root('{ pool(name: "pool") { status } }')).data.pool.status).toBe('ACTIVE');
});

it.each([
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/plain;charset=UTF-8',
  'multipart/form-data; boundary=x',
  'application/graphql',
  'application/jsonx',
  '',
])('POST based url-encoded query (possible CSRF), and whatever a page can send unasked: %s', async (type) => {
  for (const body of [
    'query=%7B+__typename+%7D',
    '{"query":"{ __typename }"}',
    '{ __typename }',
    '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--',
  ]) {
    const { status, text } = await post(body, { 'content-type': type });
    expect(status).toBe(415);
    expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_USER_INPUT');
  }
});

it('TRACE mode', async () => {
  for (const text of Object.values(await ways('{ viewer { subject } }')))
    expect(text).not.toMatch(/"extensions"|tracing|duration/);
});

it('Unhandled Errors Detection', async () => {
  for (const query of ['qwerty cop { abc }', '{', 'query ($x: [[[) { a }', '\u0000', '{ pool(name: ) }'])
    for (const [way, text] of Object.entries(await ways(query))) {
      expect(text, way).toMatch(/BAD_USER_INPUT/);
      expect(text, way).not.toMatch(/stack|exception|node_modules|INTERNAL/);
    }
});
