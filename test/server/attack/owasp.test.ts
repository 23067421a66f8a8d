import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WEIGHTS } from '../../../src/graphql/cost.ts';
import { Engine } from '../../../src/graphql/engine.ts';
import { MAX_DEPTH, MAX_TOKENS } from '../../../src/graphql/limits.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { succeed } from '../../support/api.ts';
import { winnersBook } from '../../support/notice-book.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../../support/server.ts';
import { expectRefused, send, times } from './ways.ts';

/**
 * The points of OWASP's GraphQL cheat sheet, one test each. Those that graphql-cop checks too are in graphql-cop.test, rate limits in
 * rates.test, access by role in auth/access and auth/visibility.
 */

let server: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer({ isProduction: true });
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  await winnersBook(root, venue, 'pool', 2);
});
afterAll(() => server.close());

const refused = (query: string, why: RegExp) => expectRefused(server.url, root.token, query, why);
const codeOf = async (query: string, variables: Record<string, unknown> = {}) =>
  (await root(query, variables)).errors?.[0]?.extensions.code;

it('Input Validation: what is too long, of another type or unknown is refused', async () => {
  const query =
    'mutation ($i: UpsertAccountsInput!) { upsertAccounts(input: $i) { __typename ... on Error { code } } }';
  for (const accounts of [
    [{ ref: 'x'.repeat(300), owner: 'a' }],
    [{ ref: '', owner: 'a' }],
    [{ ref: 'a\u0000b', owner: 'a' }],
    Array.from({ length: 10_001 }, (_, i) => ({ ref: `r${i}`, owner: 'a' })),
    [{ ref: 5, owner: 'a' }],
    [{ ref: 'a', owner: 'a', isAdmin: true }],
    [{ ref: 'a', owner: 'a', constructor: 1 }],
  ]) {
    const answer = JSON.stringify(await venue(query, { i: { pool: 'pool', accounts } }));
    expect(answer).toMatch(/INVALID_INPUT|BAD_USER_INPUT/);
  }
});

it('Injection: what looks like SQL is a name like any other', async () => {
  const evil = '; drop table pools; -- $1';
  await succeed(venue, 'upsertAccounts', { pool: 'pool', accounts: [{ ref: evil, owner: evil }] });
  const read =
    'query ($e: String!) { pool(name: "pool") { account(ref: $e) { ref } accounts(filter: { owner: $e }) { totalCount } } }';
  expect((await root(read, { e: evil })).data.pool).toEqual({
    account: { ref: evil },
    accounts: { totalCount: 1 },
  });
  expect((await root(read, { e: `'${evil}` })).data.pool).toEqual({
    account: null,
    accounts: { totalCount: 0 },
  });
  for (const keys of [[`'${evil}`], ['\u0000'], ["1' or '1'='1"]]) {
    const cursor = Buffer.from(JSON.stringify(keys)).toString('base64url');
    const answer = await root(
      'query ($c: String) { pool(name: "pool") { accounts(after: $c) { edges { cursor } } settlements(after: $c) { edges { cursor } } } }',
      { c: cursor },
    );
    expect(JSON.stringify(answer)).not.toMatch(/INTERNAL|syntax/);
  }
  const sql = postgres(server.databaseUrl, { max: 1, fetch_types: false });
  expect([...(await sql`select count(*)::int as pools from pools`)]).toEqual([{ pools: 1 }]);
  await sql.end();
});

it('DoS, depth: no deeper than the limit', async () => {
  const nest = (depth: number): string =>
    depth === 0 ? 'name' : `insuranceFund { pool { ${nest(depth - 1)} } }`;
  const pairs = Math.floor((MAX_DEPTH - 2) / 2);
  expect((await root(`{ pool(name: "pool") { ${nest(pairs)} } }`)).errors).toBeUndefined();
  await refused(`{ pool(name: "pool") { ${nest(pairs + 1)} } }`, /nests deeper/);
});

it('DoS, tokens and bombs: a document is not read to its end, and refusing it takes no time', async () => {
  for (const extra of [{}, { extensions: {} }]) {
    const long = { query: `{ ${'a '.repeat(MAX_TOKENS + 1)} }`, ...extra };
    expect((await send(server.url, root.token, long)).text).toMatch(/tokens/i);
  }
  const doubling = (count: number, last: string) =>
    times(count, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`) + last;
  for (const query of [
    `{ ${'a{'.repeat(2_400)} b ${'}'.repeat(2_400)} }`,
    `{ ${'...{'.repeat(1_600)} nothing ${'}'.repeat(1_600)} }`,
    `{ pool(name: ${'['.repeat(2_400)}${']'.repeat(2_400)}) { name } }`,
    `{ pool(name: ${'{a:'.repeat(1_600)}1${'}'.repeat(1_600)}) { name } }`,
    `query ($v: ${'['.repeat(2_400)}Int${']'.repeat(2_400)}) { pool(name: $v) { name } }`,
    `{ ${times(700, () => 'pool(name: "pool") { name }')} }`,
    // Fields of one name are compared with each other: the square of their number.
    `{ pool(name: "pool") { ${times(990, () => 'nothing')} } }`,
    `{ pool(name: "pool") { ${times(480, () => 'fund: insuranceFund { nothing }')} } }`,
    `{ ...F0 } ${doubling(300, 'fragment F300 on Query { __typename nothing }')}`,
    `{ ${times(500, () => '...F')} } fragment F on Query { ${times(500, () => 'viewer { subject }')} }`,
    `query (${times(1_600, (i) => `$v${i}: Int`)}) { __typename }`,
  ]) {
    const began = performance.now();
    const { text } = await send(server.url, root.token, { query });
    expect(text, query.slice(0, 60)).toContain('BAD_USER_INPUT');
    expect(text.length).toBeLessThan(6_000);
    expect(performance.now() - began, query.slice(0, 60)).toBeLessThan(1_500);
  }
  // Variables that nest are no deeper than their types.
  const nested = `{"query":"query ($f: AccountFilter) { pool(name: \\"pool\\") { accounts(filter: $f) { totalCount } } }","variables":{"f":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
  expect((await send(server.url, root.token, nested)).text).toContain('BAD_USER_INPUT');
});

it('DoS, amounts: no page beyond its limit, and no rows beyond those of an operation', async () => {
  for (const args of ['first: 1001', 'last: 1001', 'first: -1', 'first: 2147483647', 'first: 1, last: 1'])
    expect(await codeOf(`{ pool(name: "pool") { accounts(${args}) { edges { cursor } } } }`), args).toBe(
      'BAD_USER_INPUT',
    );
  expect(await codeOf('{ pool(name: "pool") { queue(first: 10001) { place } } }')).toBe('BAD_USER_INPUT');
  // Of each account, of whom there are four, pages of lengths that are not read together.
  const page = (i: number) => `h${i}: haircuts(first: ${1_000 - i}) { edges { cursor } }`;
  const answer = await root(`{ pool(name: "pool") { accounts { edges { node { ${times(45, page)} } } } } }`);
  expect(answer.errors?.[0]?.message).toMatch(/more than 100000 rows/);
});

it('DoS, cost: what is asked for is counted by its size', () => {
  const engine = new Engine(schema);
  const points = (query: string, variables: Record<string, unknown> = {}) => {
    expect(engine.prepare(query), query).toHaveProperty('document');
    return engine.weigh({ query, operationName: null, variables }).points;
  };
  expect(points('{ __typename }')).toBe(1);
  expect(points('{ pool(name: "pool") { name asset status } }')).toBe(1);
  const page = (first: string) =>
    `{ pool(name: "pool") { accounts(first: ${first}) { totalCount edges { cursor node { ref balance } } } } }`;
  // Of each edge its cursor, its node and two fields of that: 4 values, and 4 beside them.
  expect(points(page('100'))).toBe(5);
  expect(points(page('1000'))).toBe(41);
  const byVariable = `query ($n: Int = 100) ${page('$n')}`;
  expect(points(byVariable)).toBe(5);
  expect(points(byVariable, { n: 1_000 })).toBe(41);
  expect(points(byVariable, { n: -5 })).toBe(1);
  expect(points(byVariable, { n: 'many' })).toBe(5);
  const fragments = `query ($n: Int) { pool(name: "pool") { accounts(first: $n) { totalCount ...C } } }
    fragment C on AccountConnection { edges { ...E } } fragment E on AccountEdge { cursor node { ref balance } }`;
  expect(points(fragments, { n: 1_000 })).toBe(41);
  // 100 ids, a node and an id of each.
  expect(points('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(100).fill('x') })).toBe(7);
  const deep = `{ pool(name: "pool") { accounts(first: 1000) { edges { node { haircuts(first: 1000) { edges { cursor } } } } } } }`;
  expect(points(deep)).toBe(1_000);
  const marks = 'mutation ($i: PublishMarksInput!) { publishMarks(input: $i) { __typename } }';
  expect(points(marks, { i: { pool: 'pool', marks: Array(10).fill({}) } })).toBe(1);
  expect(points(marks, { i: { pool: 'pool', marks: Array(10_000).fill({}) } })).toBe(501);
  const literal = times(100, () => '{ market: "BTC", price: "1" }');
  expect(
    points(`mutation { publishMarks(input: { pool: "pool", marks: [${literal}] }) { __typename } }`),
  ).toBe(6);
  expect(points('{ compareAllocations(input: { pool: "pool" }) { __typename } }')).toBe(101);
  // What comes for the first time costs more, and so does what is refused: it was parsed all the same.
  const fresh = new Engine(schema);
  const first = (query: string, operationName: string | null = null) =>
    fresh.weigh({ query, operationName, variables: {} }).points;
  expect(first('{ __typename }')).toBe(11);
  expect(first('{ nothing }')).toBe(10);
  expect(first('{ __typename }', 'Other')).toBe(1);
  for (const name of Object.keys(WEIGHTS)) {
    const [type, field] = name.split('.') as [string, string];
    expect((schema.getType(type) as { getFields(): object } | undefined)?.getFields(), name).toHaveProperty(
      field,
    );
  }
});

it('DoS, memory: names of operations that a document does not have are not kept', async () => {
  const engine = new Engine(schema);
  const query = 'query A { __typename }';
  const prepared = engine.prepare(query);
  if (!('document' in prepared)) throw new Error('refused');
  const { document } = prepared;
  for (const operationName of ['A', 'B', 'C']) {
    engine.weigh({ query, operationName, variables: {} });
    await engine.execute({ schema, document, operationName, contextValue: {} });
  }
  expect([[...prepared.operations.keys()], [...prepared.costs.keys()]]).toEqual([['A'], ['A']]);
});

it('Batching Attacks: one document runs one operation, and guesses by alias are few', async () => {
  expect(await codeOf('query A { viewer { subject } } query B { pools { totalCount } }')).toBe(
    'BAD_USER_INPUT',
  );
  await refused(`{ ${times(21, (i) => `a${i}: node(id: "x${i}") { id }`)} }`, /root fields/);
});

it('Access Control, IDOR: an id of another is as if it were not there', async () => {
  const alice = await server.caller(trader('alice'));
  const { data } = await root('{ pool(name: "pool") { accounts { edges { node { id } } } } }');
  const ids: string[] = data.pool.accounts.edges.map(({ node }: { node: { id: string } }) => node.id);
  expect(ids.length).toBeGreaterThan(1);
  const answer = await alice('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
  expect(answer.data.nodes).toEqual(ids.map(() => null));
});

it('Errors: nothing of the inside, and no more than ten', async () => {
  const { text } = await send(server.url, root.token, { query: `{ ${times(19, (i) => `f${i}`)} }` });
  // graphql-js says in one more that it stopped.
  expect(JSON.parse(text).errors.length).toBeLessThanOrEqual(11);
  expect(text).not.toMatch(/stack|\.ts|node_modules/);
});

it('Dependencies: one graphql, and versions that are exact', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
  const { dependencies, devDependencies, optionalDependencies } = read('package.json');
  const all: [string, string][] = Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  });
  for (const [name, version] of all) expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  const paths = Object.keys(read('package-lock.json').packages);
  expect(paths.filter((path) => /(^|\/)node_modules\/graphql$/.test(path))).toEqual(['node_modules/graphql']);
});
