import { execute, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createContext } from '../../src/graphql/context.ts';
import { publicError } from '../../src/graphql/errors.ts';
import { schema } from '../../src/graphql/schema.ts';
import { settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { queryServices } from '../support/services.ts';

/**
 * One request has one answer, whichever way it takes: Yoga's, which runs a document for the first time and everything
 * unusual; the short way of a known query; and graphql-js itself, which neither compiles nor caches.
 */

let server: TestServer;
let reader: Caller;
beforeAll(async () => {
  server = await startTestServer();
  const root = await server.caller(admin);
  const venue = await server.caller(integrator);
  reader = await server.caller({ sub: 'analyst', roles: ['ANALYST'] });
  await winnersBook(root, venue, 'pool', 3);
  await settleOne(venue, 'pool', 1, 6);
  await settleOne(venue, 'pool', 2, 3);
});
afterAll(() => server.close());

interface Params {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

interface Seen {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function ask(params: Params, headers: Record<string, string> = {}): Promise<Seen> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${reader.token}`,
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
  };
}

/** `extensions: {}` in the parameters keeps a request off the short way; to Yoga they mean nothing. */
const askYoga = (params: Params) => ask({ ...params, extensions: {} } as Params);

/** graphql-js on the same schema and database. */
async function reference({ query, variables, operationName }: Params) {
  const db = openDatabase(server.databaseUrl, { poolSize: 2 });
  try {
    const services = queryServices(db);
    const viewer = {
      subject: 'analyst',
      roles: ['ANALYST' as const],
      pools: null,
      expiresAt: Number.MAX_SAFE_INTEGER,
      issuedAt: null,
      keyId: null,
    };
    const result = await execute({
      schema,
      document: parse(query),
      variableValues: variables as Record<string, unknown>,
      operationName: operationName as string,
      contextValue: createContext(services, viewer),
    });
    const { data, errors } = result as { data?: unknown; errors?: unknown[] };
    return JSON.parse(
      JSON.stringify({
        data,
        ...(errors ? { errors: errors.map((error) => publicError(error, () => {})) } : {}),
      }),
    );
  } finally {
    await db.close();
  }
}

const ACCOUNT = Buffer.from(JSON.stringify(['Account', 'pool', winnerRef(0)])).toString('base64url');
const SETTLEMENT = (sequence: number) =>
  Buffer.from(JSON.stringify(['Settlement', 'pool', String(sequence)])).toString('base64url');

const FINE: Record<string, Params> = {
  'a field': { query: '{ viewer { subject roles } }' },
  __typename: { query: '{ __typename viewer { __typename } a: __typename }' },
  aliases: {
    query:
      '{ a: pool(name: "pool") { x: name y: name } b: pool(name: "none") { x: name } pool(name: "pool") { name } }',
  },
  'fragments, nested and repeated': {
    query: `query { pool(name: "pool") { ...A ...B } } fragment A on Pool { name ...B } fragment B on Pool { asset insuranceFund { balance ...C } }
      fragment C on InsuranceFund { pool { name } balance }`,
  },
  'one field selected in parts': {
    query: `{ pool(name: "pool") { accounts(first: 1) { totalCount } accounts(first: 1) { edges { cursor } } accounts(first: 1) { edges { node { ref } } } } }`,
  },
  'interfaces and unions': {
    query: `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Account { ref } ... on Settlement { sequence marks { symbol price } } ... on Pool { name } }
      previewSettlement(input: { pool: "pool", extraDeficit: "5" }) { __typename ... on SettlementPreview { socialized haircuts(first: 2) { amount account { ref } } } ... on Error { code } } }`,
    variables: { ids: [ACCOUNT, SETTLEMENT(1), 'nothing', ACCOUNT] },
  },
  'a refusal in a union': {
    query:
      '{ previewSettlement(input: { pool: "none" }) { __typename ... on Error { code message path } } other: previewSettlement(input: { pool: "pool" }) { ... on NothingToSettleError { code } } }',
  },
  'a fragment on an interface, in a union': {
    query:
      '{ previewSettlement(input: { pool: "none" }) { ...F ... on NotFoundError { path } } } fragment F on Error { __typename code ... on NotFoundError { message } }',
  },
  'variables, and defaults that they fall back to': {
    query:
      'query ($name: String! = "pool", $first: Int = 2, $after: String) { pool(name: $name) { accounts(first: $first, after: $after) { edges { node { ref } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }',
    variables: {},
  },
  'variables that are null': {
    query:
      'query ($first: Int = 2, $after: String, $filter: AccountFilter) { pool(name: "pool") { accounts(first: $first, after: $after, filter: $filter) { totalCount edges { node { ref } } } } }',
    variables: { first: null, after: null, filter: null },
  },
  'variables in an input object': {
    query:
      'query ($p: Boolean, $s: AccountStatus) { pool(name: "pool") { accounts(filter: { profitable: $p, status: $s, owner: null }) { totalCount } } }',
    variables: { p: true, s: 'ACTIVE' },
  },
  'an input object as a variable': {
    query: 'query ($f: AccountFilter) { pool(name: "pool") { accounts(filter: $f) { totalCount } } }',
    variables: { f: { status: 'BANKRUPT' } },
  },
  'a single value where a list is asked for': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: ACCOUNT },
  },
  'a variable that nobody uses but the list': {
    query:
      'query ($refs: [String!]) { previewSettlement(input: { pool: "pool", lossEvents: $refs, extraDeficit: "1" }) { __typename } }',
    variables: {},
  },
  '@include and @skip, on': {
    query:
      'query ($yes: Boolean!, $no: Boolean!) { viewer { subject @include(if: $yes) roles @skip(if: $no) } pools(first: 1) @include(if: $yes) { totalCount } }',
    variables: { yes: true, no: false },
  },
  '@include and @skip, off, on the same document': {
    query:
      'query ($yes: Boolean!, $no: Boolean!) { viewer { subject @include(if: $yes) roles @skip(if: $no) } pools(first: 1) @include(if: $yes) { totalCount } }',
    variables: { yes: false, no: false },
  },
  '@include and @skip together, on fragments': {
    query: `query ($a: Boolean = true, $b: Boolean = false) { pool(name: "pool") { name ...F @include(if: $a) ... on Pool @skip(if: $b) { decimals status } ... @include(if: false) { asset } sequence @include(if: true) @skip(if: true) } }
      fragment F on Pool { rules { waterfall maxHaircutRate } }`,
    variables: { b: true },
  },
  'a fragment that one spread skips and another includes': {
    query:
      'query ($a: Boolean!) { pool(name: "pool") { ...F @skip(if: $a) ...F } } fragment F on Pool { name }',
    variables: { a: true },
  },
  'the operation that is named': {
    query: 'query A { viewer { subject } } query B { pool(name: "pool") { name } }',
    operationName: 'B',
  },
  'the only operation, named as nothing': { query: 'query A { viewer { subject } }', operationName: null },
  'a page from the end, and one between two cursors': {
    query:
      '{ pool(name: "pool") { settlements(last: 1) { totalCount pageInfo { hasPreviousPage } edges { node { sequence haircuts { edges { cursor node { id amount previousSequence settlement { sequence } account { ref equity } } } } } } } } }',
  },
  'everything of a pool': {
    query: `{ pools { edges { cursor node { id name asset decimals status sequence rules { waterfall method profitBasis maxHaircutRate fundReserve withdrawalsWhileLossOpen }
      insuranceFund { id balance available entries { totalCount } } markets { id symbol contractSize markPrice markedAt } totals { accounts profitableAccounts balance equity openInterest haircutCapacity openDeficit uncovered }
      lossEvents { edges { node { id ref status deficit account { ref status } settlements { sequence haircutRatio { numerator denominator decimal } settledAt } } } }
      accounts { edges { node { id ref owner balance unrealizedPnl equity totalHaircut haircutableProfit lastNoticeSequence positions { size entryPrice notional unrealizedPnl market { symbol } } haircuts { edges { node { profit balanceBefore balanceAfter } } } } } } } } } }`,
  },
  introspection: {
    query:
      '{ __type(name: "Account") { name kind description fields { name type { kind name ofType { name } } } } __schema { queryType { name } directives { name } } }',
  },
  'text that JSON escapes': {
    query: '{ pool(name: "\\u0000 \\" \\n 💶 \\u2028") { name } p: pool(name: """block " text""") { name } }',
  },
};

/** Runs, and fails in part or whole. */
const FAILING: Record<string, Params> = {
  'a nullable field that fails beside others': {
    query: '{ viewer { subject } pool(name: "pool") { name } myAccounts(first: -1) { totalCount } }',
  },
  'a page that is too long': {
    query: '{ pool(name: "pool") { name accounts(first: 1001) { totalCount } } }',
  },
  'first and last at once': {
    query: '{ pool(name: "pool") { accounts(first: 1, last: 1) { totalCount } } }',
  },
  'two fields that fail': {
    query:
      '{ a: pool(name: "pool") { accounts(first: -1) { totalCount } } b: pool(name: "pool") { settlements(after: "garbage") { totalCount } } }',
  },
  'fields that fail deep in a list': {
    query:
      '{ pool(name: "pool") { accounts { edges { node { ref haircuts(first: -1) { totalCount } } } } } }',
  },
  'a budget that is spent': {
    query:
      '{ pool(name: "pool") { accounts(first: 1000) { edges { node { haircuts(first: 1000) { edges { node { id } } } } } } x: accounts(first: 1000) { edges { node { haircuts(first: 999) { edges { node { id } } } } } } } }',
  },
  'an amount that the pool has no digits for': {
    query:
      '{ previewSettlement(input: { pool: "pool", extraDeficit: "0.00000000001" }) { __typename ... on Error { code message path } } }',
  },
};

/** Refused before anything runs. */
const REFUSED: Record<string, Params> = {
  'no such field': { query: '{ nothing }' },
  'no document': { query: '' },
  'a syntax error': { query: '{ pool(name: "pool" { name }' },
  'an argument of another type': { query: '{ pool(name: 5) { name } }' },
  'a variable missing': { query: 'query ($name: String!) { pool(name: $name) { name } }', variables: {} },
  'variables missing altogether': { query: 'query ($name: String!) { pool(name: $name) { name } }' },
  'a variable null where it must not be': {
    query: 'query ($name: String!) { pool(name: $name) { name } }',
    variables: { name: null },
  },
  'a variable of another type': {
    query: 'query ($name: String!) { pool(name: $name) { name } }',
    variables: { name: { a: 1 } },
  },
  'an Int that is a fraction': {
    query: 'query ($n: Int) { pools(first: $n) { totalCount } }',
    variables: { n: 1.5 },
  },
  'an Int beyond 32 bits': {
    query: 'query ($n: Int) { pools(first: $n) { totalCount } }',
    variables: { n: 2 ** 40 },
  },
  'an enum value that is none': {
    query: 'query ($s: LossEventStatus) { pool(name: "pool") { lossEvents(status: $s) { totalCount } } }',
    variables: { s: 'LOST' },
  },
  'a field that the input has not': {
    query: 'query ($f: AccountFilter) { pool(name: "pool") { accounts(filter: $f) { totalCount } } }',
    variables: { f: { colour: 'red' } },
  },
  'a Decimal as a number': {
    query:
      'query ($d: Decimal) { previewSettlement(input: { pool: "pool", extraDeficit: $d }) { __typename } }',
    variables: { d: 1.1 },
  },
  'a Decimal that is none': {
    query:
      'query ($d: Decimal) { previewSettlement(input: { pool: "pool", extraDeficit: $d }) { __typename } }',
    variables: { d: 'NaN' },
  },
  'a Decimal literal as a number': {
    query: '{ previewSettlement(input: { pool: "pool", extraDeficit: 1.1 }) { __typename } }',
  },
  'a null in a list that has none': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: [null] },
  },
  'an operation that is not there': { query: 'query A { __typename }', operationName: 'B' },
  'none of two operations named': { query: 'query A { __typename } query B { __typename }' },
  'a fragment that includes itself': {
    query: '{ pool(name: "pool") { ...A } } fragment A on Pool { insuranceFund { pool { ...A } } }',
  },
  'a directive without its argument': { query: '{ viewer @include { subject } }' },
  'nesting too deep': {
    query: `{ pool(name: "pool") { ${'insuranceFund { pool { '.repeat(10)} name ${'} }'.repeat(10)} } }`,
  },
  'too many fields': {
    query: `{ pool(name: "pool") { ${Array.from({ length: 1_001 }, (_, i) => `f${i}: name`).join(' ')} } }`,
  },
  'too many root fields': {
    query: `{ ${Array.from({ length: 21 }, (_, i) => `f${i}: __typename`).join(' ')} }`,
  },
  'too many tokens': { query: `{ ${'__typename '.repeat(5_001)} }` },
};

const cases = (group: Record<string, Params>) => Object.entries(group);

/** Three times by the short way: the first request of a document is Yoga's, and makes it known. */
async function compare(params: Params): Promise<Seen> {
  const yoga = await askYoga(params);
  for (let i = 0; i < 3; i++) {
    const short = await ask(params);
    expect(short.text).toBe(yoga.text);
    expect(short.status).toBe(yoga.status);
    expect(short.type.replace(/\s/g, '')).toBe(yoga.type.replace(/\s/g, ''));
  }
  return yoga;
}

describe('the same bytes', () => {
  it.each(cases(FINE))('of what succeeds: %s', async (_, params) => {
    const { status, text } = await compare(params);
    expect(status).toBe(200);
    const answer = JSON.parse(text);
    expect(answer.errors).toBeUndefined();
    expect(answer).toEqual(await reference(params));
  });

  it.each(cases(FAILING))('of what fails while it runs: %s', async (_, params) => {
    const { text } = await compare(params);
    const answer = JSON.parse(text);
    const expected = await reference(params);
    expect(answer.data).toEqual(expected.data);
    // graphql-jit reports every field that fails, graphql-js those before the first that it cannot leave null.
    // Where in the document, only graphql-js says.
    for (const { locations: _where, ...error } of expected.errors ?? [])
      expect(answer.errors).toContainEqual(error);
  });

  it.each(cases(REFUSED))('of what is refused: %s', async (_, params) => {
    const { text } = await compare(params);
    const answer = JSON.parse(text);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors.length).toBeGreaterThan(0);
    for (const { extensions } of answer.errors) expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  it('to whoever asks without a token, with a bad one, and without a role', async () => {
    const params = { query: '{ pools { totalCount } viewer { subject } }' };
    await ask(params);
    for (const authorization of [
      '',
      'Bearer garbage',
      'Basic eHh4',
      `Bearer ${(await server.caller({ sub: 'x' })).token}`,
    ]) {
      const short = await ask(params, { authorization });
      const long = await ask({ ...params, extensions: {} } as Params, { authorization });
      expect(short).toEqual(long);
      expect(JSON.parse(short.text).data ?? null).toBeNull();
    }
  });

  it('as GET and as graphql-response+json, statuses aside', async () => {
    for (const params of [
      FINE.aliases!,
      FINE['variables, and defaults that they fall back to']!,
      FAILING['first and last at once']!,
    ]) {
      const known = JSON.parse((await ask(params)).text);
      const url = new URL('/graphql', server.url);
      url.searchParams.set('query', params.query);
      url.searchParams.set('variables', JSON.stringify(params.variables ?? {}));
      const got = await fetch(url, {
        headers: { authorization: `Bearer ${reader.token}`, accept: 'application/json' },
      });
      expect(await got.json()).toEqual(known);
      expect(JSON.parse((await ask(params, { accept: 'application/graphql-response+json' })).text)).toEqual(
        known,
      );
      expect(JSON.parse((await ask(params, { accept: '*/*' })).text)).toEqual(known);
    }
  });

  it('when many ask at once, each its own', async () => {
    const query =
      'query ($name: String!, $first: Int) { pool(name: $name) { name accounts(first: $first) { edges { node { ref } } } } }';
    await ask({ query, variables: { name: 'pool', first: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        ask({ query, variables: { name: i % 3 === 0 ? 'none' : 'pool', first: i % 4 } }),
      ),
    );
    for (const [i, { text }] of answers.entries()) {
      const { pool } = JSON.parse(text).data;
      if (i % 3 === 0) expect(pool).toBeNull();
      else expect(pool.accounts.edges).toHaveLength(i % 4);
    }
  });
});
