import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createContext } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { schema } from '../../src/graphql/schema.ts';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { queryServices, ROOT } from '../support/services.ts';

/** Nested queries cost a constant number of SQL statements, however many rows they meet. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const root = await server.caller(admin);
  const venue = await server.caller(integrator);
  for (const pool of ['one', 'two', 'three']) {
    const winners = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`w${i}`, 100 + i]));
    await openBook(root, venue, { pool, winners, deficit: 700, fund: 100 });
    await succeed(venue, 'reportBankruptcy', bankruptcy(pool));
    await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
  }
});
afterAll(() => server.close());

/** Statements that an operation sends, on connections that are warm. */
async function statements(
  query: string,
  variables: Record<string, unknown>,
): Promise<{ count: number; rows: number; data: unknown }> {
  let sent = 0;
  const db = openDatabase(server.databaseUrl, { poolSize: 1, onStatement: () => sent++ });
  const engine = new Engine(schema);
  const services = queryServices(db);
  const run = async () => {
    const prepared = engine.prepare(query);
    if (!('document' in prepared)) throw prepared[0];
    const contextValue = createContext(services, ROOT);
    return engine.execute({ schema, document: prepared.document, variableValues: variables, contextValue });
  };
  try {
    await run();
    sent = 0;
    const result = await run();
    expect(result.errors).toBeUndefined();
    const text = JSON.stringify(result.data);
    return { count: sent, rows: text.split('"ref"').length - 1, data: JSON.parse(text) };
  } finally {
    await db.close();
  }
}

const NESTED = `query ($pools: Int, $accounts: Int, $haircuts: Int) {
  pools(first: $pools) { edges { node { name
    markets { symbol markPrice }
    insuranceFund { balance entries(first: $haircuts) { totalCount edges { cursor node { amount settlement { sequence marks { symbol price } } } } } }
    lossEvents(first: $haircuts) { edges { node { ref account { ref } settlements { sequence lossEvents { ref } } } } }
    accounts(first: $accounts) { totalCount pageInfo { endCursor hasNextPage } edges { node {
      ref balance equity totalHaircut haircutableProfit
      positions { size entryPrice notional unrealizedPnl market { symbol } }
      haircuts(first: $haircuts) { totalCount edges { node { amount settlement { haircutRatio { decimal } } account { ref pool { name } } } } } } } }
    settlements(first: $haircuts) { edges { node { haircuts(first: $accounts) { edges { node { amount account { ref equity } } } } } } }
  } } }
}`;

it('reads three pools of thirty accounts with as many statements as one of four', async () => {
  const small = await statements(NESTED, { pools: 1, accounts: 4, haircuts: 1 });
  const large = await statements(NESTED, { pools: 3, accounts: 30, haircuts: 5 });
  expect(large.rows).toBeGreaterThan(small.rows * 10);
  // An entity that two branches of the query lead to is read in one batch, or in two when one branch is faster.
  expect(large.count).toBeLessThanOrEqual(small.count + 2);
  expect(large.count).toBeLessThanOrEqual(24);
});

it('refuses nested pages that multiply beyond the budget', async () => {
  const root = await server.caller(admin);
  const answer = await root(NESTED, { pools: 3, accounts: 1_000, haircuts: 1_000 });
  expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

it('asks a known pool for its name without a statement, and answers what it answers when the pool is read', async () => {
  const parts = [
    'id',
    'name asset decimals',
    'markets { symbol markPrice }',
    'accounts(first: 2) { totalCount edges { node { ref equity } } }',
    'account(ref: "w1") { ref balance }',
    'lossEvents { edges { node { ref deficit } } }',
    'settlements { edges { node { sequence } } }',
  ];
  for (const part of parts) {
    const [known, read] = await Promise.all([
      statements(`{ pool(name: "one") { ...on Pool { ${part} } } }`, {}),
      statements(`{ pool(name: "one") { ${part} status } }`, {}),
    ]);
    expect(known.count, part).toBe(read.count - 1);
    const { status, ...rest } = (read.data as { pool: Record<string, unknown> }).pool;
    expect(known.data, part).toEqual({ pool: rest });
    expect(status).toBe('ACTIVE');
  }
  expect(await statements('{ pool(name: "none") { name } }', {})).toMatchObject({ data: { pool: null } });
});

it('reads of accounts what is selected, and answers the same however it is selected', async () => {
  const fields = [
    'status',
    'balance',
    'unrealizedPnl',
    'equity',
    'isolatedMarket { symbol }',
    'margin { equity initialMargin }',
    'maxHaircutRate',
    'profit',
    'haircutableProfit',
    'lastNoticeSequence',
    'positions { size liquidationPrice }',
  ];
  const ask = async (selection: string) => {
    const list = `accounts(first: 30) { edges { node { ref ${selection} } } }`;
    const { data, count } = await statements(
      `{ pool(name: "two") { ${list} account(ref: "w7") { ${selection} } } }`,
      {},
    );
    const { accounts, account } = (
      data as { pool: { accounts: { edges: { node: object }[] }; account: object } }
    ).pool;
    return { nodes: accounts.edges.map(({ node }) => node), account, count };
  };
  const all = await ask(fields.join(' '));
  expect(all.nodes).toHaveLength(30);
  for (const field of fields) {
    const [name] = field.split(' ') as [keyof object];
    for (const written of [field, `... { ... on Account { ${field} } }`, `x: ${field} ${field}`]) {
      const one = await ask(written);
      expect(
        one.nodes.map((node) => node[name]),
        written,
      ).toEqual(all.nodes.map((node) => node[name]));
      expect(one.account[name], written).toEqual(all.account[name]);
    }
  }
  // One statement a list and one for the account, where a table or view tells it all.
  expect((await ask('status balance equity profit')).count).toBe(2);
});

it('reads of haircuts what is selected, and answers the same however it is selected', async () => {
  const fields = [
    'id',
    'sequence',
    'previousSequence',
    'settlement { sequence }',
    'account { ref owner }',
    'profit',
    'cap',
    'amount',
    'recovered',
    'proof { leaf document }',
    'balanceBefore',
    'balanceAfter',
  ];
  expect(Object.keys((schema.getType('Haircut') as GraphQLObjectType).getFields()).sort()).toEqual(
    fields.map((field) => field.split(' ')[0]).sort(),
  );
  const ask = async (selection: string) => {
    const list = `haircuts(first: 30) { edges { node { ${selection} } } }`;
    const { data } = await statements(
      `{ pool(name: "two") { account(ref: "w7") { ${list} } settlements { edges { node { ${list} } } } } }`,
      {},
    );
    const { account, settlements } = (data as { pool: unknown }).pool as {
      account: { haircuts: Listed };
      settlements: { edges: { node: { haircuts: Listed } }[] };
    };
    return [account.haircuts, settlements.edges[0]!.node.haircuts].flatMap(({ edges }) =>
      edges.map(({ node }) => node),
    );
  };
  const all = await ask(fields.join(' '));
  expect(all).toHaveLength(31);
  for (const field of fields) {
    const [name] = field.split(' ') as [string];
    expect(await ask(field), field).toEqual(all.map((node) => ({ [name]: node[name] })));
  }
});

it('tells the cursors of haircuts wherever they are asked for', async () => {
  const ask = async (page: string) => {
    const list = `haircuts(first: 30) { ${page} }`;
    const query = `{ pool(name: "two") { account(ref: "w7") { ${list} } settlements { edges { node { ${list} } } } } }
      fragment Page on HaircutConnection { pageInfo { startCursor } edges { ... { cursor } } }`;
    const { data } = await statements(page.includes('...Page') ? query : query.split('\n')[0]!, {});
    const { account, settlements } = (data as { pool: unknown }).pool as {
      account: { haircuts: Listed };
      settlements: { edges: { node: { haircuts: Listed } }[] };
    };
    return [account.haircuts, settlements.edges[0]!.node.haircuts];
  };
  const all = await ask('edges { cursor node { amount } } pageInfo { startCursor endCursor }');
  expect(all.map(({ edges }) => new Set(edges.map(({ cursor }) => cursor)).size)).toEqual([1, 30]);
  for (const { edges, pageInfo } of all) {
    expect(pageInfo).toEqual({ startCursor: edges[0]!.cursor, endCursor: edges.at(-1)!.cursor });
  }
  const cursors = all.map(({ edges }) => edges.map(({ cursor }) => ({ cursor })));
  expect((await ask('edges { cursor }')).map(({ edges }) => edges)).toEqual(cursors);
  const ends = all.map(({ pageInfo }) => ({ pageInfo: { endCursor: pageInfo!.endCursor } }));
  expect(await ask('pageInfo { endCursor }')).toEqual(ends);
  const pages = all.map(({ pageInfo }, i) => ({
    edges: cursors[i]!,
    pageInfo: { startCursor: pageInfo!.startCursor },
  }));
  expect(await ask('...Page')).toEqual(pages);
});

it('prints amounts and counts with them in one operation', async () => {
  const lists = (first: string, second: string) =>
    `{ pool(name: "two") { account(ref: "w7") {
      x: haircuts { edges { node { ${first} } } } y: haircuts { edges { node { ${second} } } } } } }`;
  const [printed, counted] = ['amount balanceAfter', 'balanceBefore'];
  const one = await statements(lists(printed!, counted!), {});
  const other = await statements(lists(counted!, printed!), {});
  type Both = { pool: { account: Record<'x' | 'y', Listed> } };
  const { x, y } = (one.data as Both).pool.account;
  expect((other.data as Both).pool.account).toEqual({ x: y, y: x });
  const [{ amount, balanceAfter }, { balanceBefore }] = [x.edges[0]!.node, y.edges[0]!.node];
  expect(Number(balanceBefore)).toBeCloseTo(Number(amount) + Number(balanceAfter), 6);
});

it('reads a page of a settlement by one statement, once it was asked for', async () => {
  const { data } = await statements('{ pool(name: "two") { settlements { edges { node { id } } } } }', {});
  const { id } = (data as { pool: { settlements: { edges: { node: { id: string } }[] } } }).pool.settlements
    .edges[0]!.node;
  const page = `query ($id: ID!) { node(id: $id) { ... on Settlement {
    haircuts(first: 20) { edges { cursor node { account { ref } sequence amount profit balanceAfter } } } } } }`;
  expect(await statements(page, { id })).toMatchObject({ count: 1, rows: 20 });
});

interface Listed {
  readonly edges: readonly { readonly cursor?: string; readonly node: Readonly<Record<string, unknown>> }[];
  readonly pageInfo?: { readonly startCursor: string; readonly endCursor: string };
}
