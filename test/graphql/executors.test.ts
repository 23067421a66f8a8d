import { type ExecutionResult, execute } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createContext, type Services } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { schema } from '../../src/graphql/schema.ts';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { queryServices, ROOT } from '../support/services.ts';

/** The compiled executor answers what graphql-js answers: graphql-jit is a peer to be checked, not believed. */

let server: TestServer;
let db: Database;
let services: Services;
const engine = new Engine(schema);
beforeAll(async () => {
  server = await startTestServer();
  const venue = await server.caller(integrator);
  await openBook(await server.caller(admin), venue, {
    pool: 'p',
    winners: { a: 60, b: 30, c: 10 },
    deficit: 50,
    fund: 20,
  });
  await succeed(venue, 'reportBankruptcy', bankruptcy('p'));
  await succeed(venue, 'settleLosses', { pool: 'p', idempotencyKey: 's' });
  db = openDatabase(server.databaseUrl, { poolSize: 2 });
  services = queryServices(db);
});
afterAll(async () => {
  await db.close();
  await server.close();
});

const QUERIES: [name: string, query: string, variables?: Record<string, unknown>][] = [
  [
    'scalars and enums',
    '{ pool(name: "p") { id name decimals status sequence rules { waterfall method maxHaircutRate } } }',
  ],
  ['a missing entity', '{ pool(name: "none") { name } node(id: "x") { id } }'],
  ['aliases', '{ x: pool(name: "p") { n: name } y: pool(name: "p") { s: sequence } }'],
  [
    'fragments and interfaces',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ...P ... on Account { ref equity } } } fragment P on Pool { name totals { equity } }',
    {
      ids: [
        Buffer.from('["Pool","p"]').toString('base64url'),
        Buffer.from('["Account","p","a"]').toString('base64url'),
        '?',
      ],
    },
  ],
  [
    'connections',
    '{ pool(name: "p") { accounts(first: 2) { totalCount edges { cursor node { ref haircuts { edges { node { amount previousSequence settlement { settledAt marks { price } } } } } } } pageInfo { hasNextPage endCursor } } } }',
  ],
  [
    'a union with its success',
    '{ previewSettlement(input: { pool: "p", extraDeficit: "7.5" }) { __typename ... on SettlementPreview { socialized haircutRatio { decimal } haircuts(first: 2) { amount account { ref } } } ... on Error { code path } } }',
  ],
  [
    'a union with a refusal',
    '{ previewSettlement(input: { pool: "p" }) { __typename ... on Error { code message path } } }',
  ],
  [
    'a union with another',
    '{ previewSettlement(input: { pool: "q" }) { __typename ... on NotFoundError { code path } } }',
  ],
  [
    'include and skip',
    'query ($yes: Boolean!) { pool(name: "p") { name @include(if: $yes) asset @skip(if: $yes) } }',
    { yes: true },
  ],
  [
    'a default',
    'query ($first: Int = 1) { pool(name: "p") { accounts(first: $first) { edges { node { ref } } } } }',
  ],
  [
    'an error in a field',
    '{ pool(name: "p") { name accounts(first: 5000) { totalCount } } viewer { subject } }',
  ],
  ['a missing variable', 'query ($name: String!) { pool(name: $name) { name } }', {}],
  [
    'a variable of the wrong type',
    'query ($first: Int) { pools(first: $first) { totalCount } }',
    { first: 'two' },
  ],
  [
    'a number for a Decimal',
    'query ($input: PreviewSettlementInput!) { previewSettlement(input: $input) { __typename } }',
    { input: { pool: 'p', extraDeficit: 1.5 } },
  ],
  [
    'an unknown field of an input',
    'query ($input: PreviewSettlementInput!) { previewSettlement(input: $input) { __typename } }',
    { input: { pool: 'p', more: 1 } },
  ],
  ['introspection', '{ __type(name: "Pool") { name fields { name type { name kind } } } }'],
];

const plain = (result: ExecutionResult) => ({
  data: result.data === undefined ? undefined : JSON.parse(JSON.stringify(result.data)),
  errors: result.errors?.map(({ message, path, extensions }) => ({ message, path, code: extensions?.code })),
});

describe('the compiled executor', () => {
  it.each(QUERIES)('answers %s as graphql-js does', async (_name, query, variableValues = {}) => {
    const prepared = engine.prepare(query);
    if (!('document' in prepared)) throw prepared[0];
    const args = () => ({
      schema,
      document: prepared.document,
      variableValues,
      contextValue: createContext(services, ROOT),
    });
    const reference = plain((await execute(args())) as ExecutionResult);
    expect(plain(await engine.execute(args()))).toEqual(reference);
    // And again, now that it is compiled.
    expect(plain(await engine.execute(args()))).toEqual(reference);
  });
});
