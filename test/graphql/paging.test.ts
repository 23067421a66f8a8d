import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bankruptcy, dataOf, openBook, succeed } from '../support/api.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let root: Caller;
// Byte order, which is neither the order of a locale nor that of UTF-16.
const REFS = ['A', 'Z', 'a', 'loser', 'venue', 'z', 'é', '！', '😀'];
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  const venue = await server.caller(integrator);
  const winners = Object.fromEntries(['😀', '！', 'é', 'z', 'a', 'Z', 'A'].map((ref) => [ref, 100]));
  await openBook(root, venue, { pool: 'p', winners, deficit: 70 });
  await succeed(venue, 'reportBankruptcy', bankruptcy('p'));
  await succeed(venue, 'settleLosses', { pool: 'p', idempotencyKey: 's' });
});
afterAll(() => server.close());

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String) { pool(name: "p") {
  accounts(first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { ref } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

async function page(variables: Record<string, unknown>) {
  const { accounts } = dataOf(await root(PAGE, variables)).pool;
  return { ...accounts, refs: accounts.edges.map((edge: { node: { ref: string } }) => edge.node.ref) };
}

describe('connections', () => {
  it('page forward through everything once, in byte order', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { refs, pageInfo, totalCount } = await page({ first: 2, after });
      expect(totalCount).toBe(REFS.length);
      seen.push(...refs);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(REFS);
  });

  it('page backward from the end', async () => {
    const end = await page({ last: 3 });
    expect(end.refs).toEqual(['é', '！', '😀']);
    expect(end.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const before = await page({ last: 3, before: end.pageInfo.startCursor });
    expect(before.refs).toEqual(['loser', 'venue', 'z']);
    expect(before.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  });

  it('answer an empty page with null cursors', async () => {
    expect(await page({ first: 0 })).toMatchObject({
      refs: [],
      pageInfo: { startCursor: null, endCursor: null },
    });
  });

  it.each([
    [{ first: 1, last: 1 }],
    [{ first: -1 }],
    [{ last: -1 }],
    [{ first: 1_001 }],
    [{ after: 'garbage' }],
    [{ after: Buffer.from('["a","b"]').toString('base64url') }],
    [{ before: Buffer.from('[1]').toString('base64url') }],
  ])('refuse %j', async (variables) => {
    const { errors } = await root(PAGE, variables);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('refuse a cursor of a number that no haircut has', async () => {
    const after = Buffer.from('["999999999999999999"]').toString('base64url');
    const { errors } = await root(
      `{ pool(name: "p") { settlements { edges { node { haircuts(first: 1, after: "${after}") { totalCount } } } } } }`,
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('order the haircuts of a settlement by account ref', async () => {
    const answer = dataOf(
      await root(
        '{ pool(name: "p") { settlements { edges { node { haircuts(first: 100) { edges { node { account { ref } } } } } } } } }',
      ),
    );
    const [settlement] = answer.pool.settlements.edges;
    const refs = settlement.node.haircuts.edges.map(
      (edge: { node: { account: { ref: string } } }) => edge.node.account.ref,
    );
    expect(refs).toEqual(REFS.filter((ref) => ref !== 'loser' && ref !== 'venue'));
  });

  it('filter by owner, status and profit', async () => {
    const query =
      'query ($f: AccountFilter) { pool(name: "p") { accounts(filter: $f) { totalCount edges { node { ref } } } } }';
    const count = async (f: Record<string, unknown>) =>
      dataOf(await root(query, { f })).pool.accounts.totalCount;
    expect(await count({ owner: 'owner-a' })).toBe(1);
    expect(await count({ status: 'BANKRUPT' })).toBe(1);
    expect(await count({ profitable: true })).toBe(7);
    expect(await count({ profitable: false, status: 'ACTIVE' })).toBe(1);
    expect(await count({ owner: 'nobody\u0000' })).toBe(0);
  });
});

describe('ids', () => {
  it('lead back to what they name, and to nothing else', async () => {
    const answer = dataOf(
      await root(`{ pool(name: "p") { id insuranceFund { id } markets { id } account(ref: "😀") { id haircuts { edges { node { id } } } }
        lossEvents { edges { node { id } } } settlements { edges { node { id } } } } }`),
    );
    const { pool } = answer;
    const ids = [
      pool.id,
      pool.insuranceFund.id,
      pool.markets[0].id,
      pool.account.id,
      pool.account.haircuts.edges[0].node.id,
      pool.lossEvents.edges[0].node.id,
      pool.settlements.edges[0].node.id,
    ];
    const nodes = dataOf(
      await root('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
        ids: [...ids, 'nonsense', ''],
      }),
    ).nodes;
    expect(nodes.slice(0, 7).map((node: { id: string }) => node.id)).toEqual(ids);
    expect(nodes.map((node: { __typename: string } | null) => node?.__typename ?? null)).toEqual([
      'Pool',
      'InsuranceFund',
      'Market',
      'Account',
      'Haircut',
      'LossEvent',
      'Settlement',
      null,
      null,
    ]);
  });
});
