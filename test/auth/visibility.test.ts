import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { NO_LIMITS } from '../../src/server/limits.ts';
import { mutate, succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Answer,
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/**
 * For a trader, other accounts are as if they were not there. Everything about others is named SECRET here, and every
 * way that the schema has is walked: the word must not come up, in plain or in a cursor, an id or a proof.
 */

const OTHERS = 'SECRET';
const PUBLIC = 'the-loss';

/** What happens in the pool, as its notices tell it: a loss with recourse, part of it recovered; one that was reversed. */
const LOSS_NOTICES = ['LOSS_OPENED', 'SETTLED', 'RECOVERED', 'LOSS_OPENED', 'SETTLED', 'REVERSED', 'HALTED'];
const HAIRCUT_NOTICES = ['HAIRCUT', 'REFUND', 'HAIRCUT', 'REVERSAL'];

let server: TestServer;
let alice: Caller;
let root: Caller;
beforeAll(async () => {
  server = await startTestServer({
    limits: NO_LIMITS,
    webhooks: { allowsPrivate: true, concurrency: 0 },
  });
  root = await server.caller(admin);
  const venue = await server.caller(integrator);
  alice = await server.caller(trader('alice'));
  const pool = 'pool';
  const tiers = [
    { tier: 'OWN_COLLATERAL' },
    { tier: 'OWNER_RECOURSE' },
    { tier: 'OPERATOR_CAPITAL', capPerEvent: '3' },
    { tier: 'INSURANCE_FUND' },
    { tier: 'SOCIALIZATION' },
  ];
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6, rules: { tiers } });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  const accounts = [
    { ref: 'alice-1', owner: 'alice' },
    { ref: 'alice-2', owner: 'alice' },
    ...['a', 'b', 'c', 'venue'].map((name) => ({
      ref: `${OTHERS}-${name}`,
      owner: `${OTHERS}-owner-${name}`,
    })),
    ...['bankrupt-1', 'bankrupt-2', 'debtor'].map((name) => ({
      ref: `${OTHERS}-${name}`,
      owner: `${OTHERS}-owner`,
    })),
  ];
  await succeed(venue, 'upsertAccounts', { pool, accounts });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    marks: [{ market: 'BTC', price: '101' }],
    positions: ['alice-1', 'alice-2', 'a', 'b', 'c', 'debtor'].map((name, i) => ({
      account: name.startsWith('alice') ? name : `${OTHERS}-${name}`,
      market: 'BTC',
      size: name === 'debtor' ? '50' : String(1_000 * (i + 1)),
      entryPrice: '100',
    })),
    transfers: accounts.map(({ ref }) => ({
      account: ref,
      kind: 'DEPOSIT',
      amount: '1000',
      ref: `${OTHERS}-note`,
    })),
  });
  await succeed(venue, 'contributeToFund', {
    pool,
    idempotencyKey: 'fund',
    amount: '15',
    kind: 'OPERATOR_CONTRIBUTION',
    ref: `${OTHERS}-gift`,
  });
  await succeed(root, 'withdrawFromFund', {
    pool,
    idempotencyKey: 'withdraw',
    amount: '5',
    ref: `${OTHERS}-taken`,
  });
  for (const [call, name] of [
    [root, OTHERS],
    [alice, 'alice'],
  ] as const) {
    await succeed(call, 'createWebhook', {
      pool,
      idempotencyKey: `${name}-key`,
      url: `http://127.0.0.1:9/${name}-hook`,
      stream: 'HAIRCUT_NOTICES',
      accounts: [name === 'alice' ? 'alice-1' : `${OTHERS}-a`],
      description: `${name}-words`,
    });
  }
  const settled: string[] = [];
  for (const i of [1, 2]) {
    await succeed(venue, 'postTransfers', {
      pool,
      idempotencyKey: `loss ${i}`,
      transfers: [{ account: `${OTHERS}-bankrupt-${i}`, kind: 'REALIZED_PNL', amount: '-1500' }],
    });
    await succeed(venue, 'reportBankruptcy', {
      pool,
      idempotencyKey: `report ${i}`,
      ref: `${PUBLIC}-${i}`,
      account: `${OTHERS}-bankrupt-${i}`,
    });
    const { sequence } = await succeed(venue, 'settleLosses', { pool, idempotencyKey: `settle ${i}` });
    settled.push(sequence);
    if (i === 2) break;
    await succeed(venue, 'recordRecovery', {
      pool,
      idempotencyKey: 'recovery',
      lossEvent: `${PUBLIC}-1`,
      amount: '5',
      ref: `${OTHERS}-estate`,
    });
  }
  await succeed(root, 'reverseSettlement', {
    pool,
    idempotencyKey: 'reverse',
    settlement: settled[1],
    reason: 'the marks were wrong',
  });
  await succeed(root, 'updatePoolRules', {
    pool,
    idempotencyKey: 'rules',
    rules: { method: 'RISK_WEIGHTED' },
  });
  await succeed(root, 'setHaircutCaps', {
    pool,
    caps: [{ account: `${OTHERS}-a`, maxHaircutRate: '0.123' }],
  });
  await succeed(root, 'haltPool', { pool, idempotencyKey: 'halt', reason: 'maintenance' });
});
afterAll(() => server.close());

/** An answer as text, with what its cursors and ids hold beside them. */
function openly(answer: unknown): string {
  const text = JSON.stringify(answer);
  const hidden = [...text.matchAll(/"([\w-]{8,})"/g)].map(([, word]) =>
    Buffer.from(word!, 'base64url').toString('latin1'),
  );
  return `${text}\n${hidden.join('\n')}`;
}

const MAX_DEPTH = 7;

const INPUTS: Record<string, string> = {
  fundDepletion: '{ pool: "pool", claimsPerDay: 0.1, meanClaim: "5", paths: 10 }',
  checkTrade: `{ pool: "pool", account: "${OTHERS}-a", market: "BTC", size: "1", price: "100" }`,
  stressTest: '{ pool: "pool", shocks: { scenarios: [{ name: "crash", common: "-0.9" }] } }',
};

/** Arguments that reach as far as possible. */
function argumentsOf(field: GraphQLField<unknown, unknown>): string {
  const values: Record<string, string> = {
    name: '"pool"',
    ref: `"${OTHERS}-a"`,
    input: INPUTS[field.name] ?? '{ pool: "pool", extraDeficit: "100" }',
    id: '$id',
    ids: '[$id]',
    pool: '"pool"',
  };
  const needed = field.args.filter((arg) => isNonNullType(arg.type));
  if (field.args.some(({ name }) => name === 'after') && field.name.endsWith('Notices'))
    return '(pool: "pool", after: "0")';
  return needed.length === 0 ? '' : `(${needed.map((arg) => `${arg.name}: ${values[arg.name]}`).join(', ')})`;
}

/** The object types that a field may lead to. */
function targetsOf(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const target = getNamedType(field.type);
  if (isUnionType(target)) return target.getTypes();
  if (isInterfaceType(target)) return schema.getPossibleTypes(target);
  return isObjectType(target) ? [target] : [];
}

/** The fields that were asked for, as Type.field. */
const walked = new Set<string>();

/** Every chain of fields from a type down, each ending in all of its scalars. A type comes twice on one at most. */
function* chains(type: GraphQLObjectType, path: readonly string[], depth = MAX_DEPTH): Generator<string> {
  const fields = Object.values(type.getFields());
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type))).map(({ name }) => name);
  for (const name of leaves) walked.add(`${type.name}.${name}`);
  yield leaves.join(' ') || '__typename';
  if (path.length >= depth) return;
  for (const field of fields) {
    const targets = targetsOf(field);
    for (const object of targets) {
      if (path.filter((name) => name === object.name).length >= (object.name === 'Pool' ? 1 : 2)) continue;
      for (const inner of chains(object, [...path, object.name], depth)) {
        const selection = targets.length > 1 ? `... on ${object.name} { ${inner} }` : inner;
        walked.add(`${type.name}.${field.name}`);
        yield `${field.name}${argumentsOf(field)} { ${selection} }`;
      }
    }
  }
}

/** How many chains come in one operation: they stay within the limits of a document. */
const AT_ONCE = 25;

/** Every way from a root field, as documents that hold some chains each; of a node, those from its type. */
function* documents(
  operation: string,
  field: GraphQLField<unknown, unknown>,
  { only, depth }: { only?: string; depth?: number } = {},
): Generator<string> {
  const args = argumentsOf(field);
  const variables = args.includes('$id') ? ' ($id: ID!)' : '';
  const targets = targetsOf(field);
  for (const type of targets.filter(({ name }) => !only || name === only)) {
    const all = [...chains(type, [type.name], depth)];
    for (let i = 0; i < all.length; i += AT_ONCE) {
      const part = all
        .slice(i, i + AT_ONCE)
        .map((chain, k) => (chain.includes('{') ? `c${k}: ${chain}` : chain));
      const selection = targets.length > 1 ? `... on ${type.name} { ${part.join(' ')} }` : part.join(' ');
      yield `${operation}${variables} { ${field.name}${args} { ${selection} } }`;
    }
  }
}

const idOf = (parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
const decoded = (id: string): string[] => JSON.parse(Buffer.from(id, 'base64url').toString());

describe('nothing of others comes up', () => {
  const query = schema.getQueryType()!.getFields();

  /** Asks all that there is to ask from some fields, and answers with the texts of the answers. */
  async function walk(call: Caller, fields: string[], id?: string): Promise<string[]> {
    // All the way from a pool; from a node, and from what leads to accounts that a pool leads to, two steps less, for time.
    const depth = MAX_DEPTH - 2;
    const from = (name: string) =>
      id !== undefined ? { only: decoded(id)[0]!, depth } : name === 'pool' ? {} : { depth };
    const texts: string[] = [];
    for (const document of fields.flatMap((name) => [...documents('query', query[name]!, from(name))])) {
      const answer = await call(document, id === undefined ? undefined : { id });
      expect(answer.errors, document).toBeUndefined();
      texts.push(openly(answer.data));
    }
    return texts;
  }

  it('on any way from any root field of the schema', async () => {
    // Simulations are not for traders at all: access.test. A webhook by its id: webhooks/owners.test.
    const fields = Object.keys(query).filter(
      (name) => !['node', 'nodes', 'simulation', 'webhook'].includes(name),
    );
    expect(fields).toContain('compareAllocations');
    const texts = await walk(alice, fields);
    for (const text of texts) expect(text).not.toContain(OTHERS);
    expect(texts.join('')).toContain('alice-1');
    expect(texts.join('')).toContain('alice-hook');
    // Who reads everything finds it on the same ways: so they lead there.
    const everything = (await walk(root, fields)).join('');
    for (const what of [
      '-a',
      '-hook',
      '-words',
      '-owner-b',
      '-gift',
      '-taken',
      '-estate',
      '-debtor',
      '-bankrupt-1',
      '-bankrupt-2',
    ])
      expect(everything).toContain(`${OTHERS}${what}`);
    expect(everything).toContain('0.123');
  }, 120_000);

  it('from any node that is public, or its own', async () => {
    const { data } = await root(`{ pool(name: "pool") { id markets { id }
      insuranceFund { id entries { edges { node { id } } } }
      lossEvents { edges { node { id recoveries { id } } } }
      settlements { edges { node { id } } } alice: account(ref: "alice-1") { id haircuts { edges { node { id } } } } } }`);
    const ids = [...new Set([...JSON.stringify(data).matchAll(/"id":"([\w-]+)"/g)].map(([, id]) => id!))];
    const types = new Set(ids.map((id) => decoded(id)[0]!));
    expect([...types].sort()).toEqual(
      schema
        .getPossibleTypes(schema.getType('Node') as never)
        .map(({ name }) => name)
        .sort(),
    );
    for (const id of ids) {
      const texts = await walk(alice, ['node'], id);
      for (const text of texts) expect(text, decoded(id).join(' ')).not.toContain(OTHERS);
      expect(texts.join('')).toContain(id);
    }
    const recovery = ids.find((id) => decoded(id)[0] === 'Recovery')!;
    expect((await walk(root, ['node'], recovery)).join('')).toContain(`${OTHERS}-estate`);
  }, 120_000);

  it('in notices, whatever is selected of them', async () => {
    const expected = {
      haircutNotices: [...HAIRCUT_NOTICES, ...HAIRCUT_NOTICES].sort(),
      lossNotices: [...LOSS_NOTICES].sort(),
    };
    const fields = schema.getSubscriptionType()!.getFields();
    // What an owner hears of margins: server/alerts.
    expect(
      Object.keys(fields)
        .filter((name) => name !== 'simulationProgress')
        .sort(),
    ).toEqual([...Object.keys(expected), 'marginAlerts']);
    for (const [name, kinds] of Object.entries(expected)) {
      for (const document of documents('subscription', fields[name]!)) {
        const query = document.replace(/ \} \}$/, ' theKind: kind } }');
        const stream = new EventStream(server.url, alice.token, { query });
        await eventually('all notices', () => stream.results.length >= kinds.length);
        stream.end();
        expect(openly(stream.results), query).not.toContain(OTHERS);
        for (const { errors } of stream.results) expect(errors, query).toBeUndefined();
        const seen = stream.results.map(
          (result) => (result.data as Record<string, { theKind: string }>)[name]!.theKind,
        );
        expect(seen.sort()).toEqual(kinds);
      }
    }
    // Who hears everything hears of others on the same ways.
    const stream = new EventStream(server.url, root.token, {
      query: `subscription { haircutNotices(pool: "pool", after: "0") { kind explanation haircut { proof { document } } } }`,
    });
    await eventually('a notice of another', () => openly(stream.results).includes(`${OTHERS}-debtor`));
    stream.end();
  }, 120_000);
});

describe('of a pool that is not theirs', () => {
  const query = schema.getQueryType()!.getFields();
  it.each([
    ['a trader who owns accounts in it', { sub: 'alice', roles: ['TRADER'] }],
    ['an analyst', { sub: 'analyst', roles: ['ANALYST'] }],
    ['an integrator', { sub: 'venue', roles: ['INTEGRATOR'] }],
    ['an administrator', { sub: 'root', roles: ['ADMIN'] }],
  ] as const)('nothing at all comes up to %s with a token of another', async (_, claims) => {
    const call = await server.caller({ ...claims, pools: ['another'] });
    const ids = ['Pool', 'InsuranceFund', 'Account', 'Market', 'LossEvent', 'Settlement'].map((type) =>
      idOf([
        type,
        'pool',
        ...(type === 'Account' ? ['alice-1'] : type === 'Market' ? ['BTC'] : []),
        ...(type === 'LossEvent' ? [`${PUBLIC}-1`] : []),
      ]),
    );
    for (const field of Object.values(query))
      for (const document of documents('query', field, { depth: 1 }))
        for (const id of document.includes('$id') ? ids : [undefined]) {
          const { data, errors } = await call(document, id === undefined ? undefined : { id });
          const text = openly(data ?? null);
          expect(text, document).not.toMatch(/SECRET|alice-|the-loss|:"pool"|BTC|USDC/);
          for (const error of errors ?? [])
            expect(error.extensions.code, document).toMatch(/FORBIDDEN|BAD_USER_INPUT/);
        }
    for (const name of Object.keys(schema.getSubscriptionType()!.getFields())) {
      if (name === 'simulationProgress') continue;
      const stream = new EventStream(server.url, call.token, {
        query: `subscription { ${name}(pool: "pool", after: "0") { cursor } }`,
      });
      await eventually('the end', () => stream.ended);
      expect(stream.results[0]!.errors![0]!.extensions.code).toBe('FORBIDDEN');
    }
    expect(await sheet(call.token)).toBe(403);
  });

  const sheet = async (token: string) =>
    (await fetch(`${server.url}/sheets/pool/1.csv`, { headers: { authorization: `Bearer ${token}` } }))
      .status;

  it('sheets are not for traders, though their own lines stand in them', async () => {
    expect(await sheet(alice.token)).toBe(403);
    // Who reads everything finds the place, and nothing at that sequence.
    expect(await sheet(root.token)).toBe(404);
  });
});

/** What a trader cannot reach at all (auth/access), or hears elsewhere, and why. */
const NOT_WALKED: Record<string, string> = {
  Simulation: 'analysts only',
  MarginAlert: 'server/alerts tells an owner its own',
};

it('leaves no field of the schema out', () => {
  const reachable = new Set<GraphQLObjectType>();
  const visit = (type: GraphQLObjectType) => {
    if (reachable.has(type) || type.name in NOT_WALKED) return;
    reachable.add(type);
    for (const field of Object.values(type.getFields())) for (const target of targetsOf(field)) visit(target);
  };
  const roots = [schema.getQueryType()!, schema.getSubscriptionType()!];
  for (const root of roots)
    for (const field of Object.values(root.getFields())) for (const target of targetsOf(field)) visit(target);
  const missing = [...reachable].flatMap((type) =>
    Object.keys(type.getFields())
      .map((name) => `${type.name}.${name}`)
      .filter((field) => !walked.has(field)),
  );
  expect(reachable.size).toBeGreaterThan(50);
  expect(missing).toEqual([]);
});

describe('others are as if they were not there', () => {
  const same = async (
    document: (name: string) => string,
    variables: (name: string) => Record<string, unknown> = () => ({}),
  ): Promise<Answer> => {
    const [there, not] = await Promise.all(
      [`${OTHERS}-a`, 'nobody-here'].map((name) => alice(document(name), variables(name))),
    );
    expect(there).toEqual(not);
    return there!;
  };

  it('by ref, by id, and by filter', async () => {
    const { data } = await same((name) => `{ pool(name: "pool") { account(ref: "${name}") { ref } } }`);
    expect(data.pool.account).toBeNull();
    const byId = await same(
      () => 'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } }',
      (name) => ({ id: idOf(['Account', 'pool', name]) }),
    );
    expect(byId.data).toEqual({ node: null, nodes: [null, null] });
    const filtered = await same(
      () =>
        'query ($o: String) { pool(name: "pool") { accounts(filter: { owner: $o }) { totalCount edges { cursor } pageInfo { hasNextPage endCursor } } } }',
      (name) => ({ o: name.replace('-a', '-owner-a') }),
    );
    expect(filtered.data.pool.accounts.totalCount).toBe(0);
  });

  it('by the id of a haircut', async () => {
    const { data } = await root(
      '{ pool(name: "pool") { settlements { edges { node { haircuts { edges { node { id account { owner } } } } } } } } }',
    );
    const haircuts = data.pool.settlements.edges[0].node.haircuts.edges.map(
      (edge: { node: unknown }) => edge.node,
    );
    expect(haircuts.length).toBe(6);
    for (const { id, account } of haircuts) {
      const answer = await alice(
        'query ($id: ID!) { node(id: $id) { __typename } nodes(ids: [$id]) { __typename } }',
        { id },
      );
      const mine = account.owner === 'alice' ? { __typename: 'Haircut' } : null;
      expect(answer.data).toEqual({ node: mine, nodes: [mine] });
    }
  });

  it('in counts and pages: only own rows, though the sums are of all', async () => {
    const query = `{ pool(name: "pool") {
      totals { accounts profitableAccounts balance equity openInterest haircutCapacity openDeficit uncovered }
      accounts { totalCount edges { node { ref } } } bankrupt: accounts(filter: { status: BANKRUPT }) { totalCount }
      profitable: accounts(filter: { profitable: true }, first: 1) { totalCount pageInfo { hasNextPage } }
      last: accounts(last: 1) { edges { node { ref } } pageInfo { hasPreviousPage } }
      insuranceFund { balance entries { totalCount edges { node { amount ref } } } }
      lossEvents { totalCount edges { node { ref deficit fundDraw socialized uncovered account { ref } } } }
      settlements { edges { node { deficit socialized haircutCount haircutRatio { decimal } haircuts { totalCount edges { node { account { ref } } } } } } } }
      previewSettlement(input: { pool: "pool", extraDeficit: "100" }) { ... on SettlementPreview { deficit socialized haircutCount haircutCapacity haircutRatio { numerator denominator } haircuts { amount account { ref } } } } }`;
    const own = (await alice(query)).data;
    const all = (await root(query)).data;
    expect(own.pool.accounts).toEqual({
      totalCount: 2,
      edges: [{ node: { ref: 'alice-1' } }, { node: { ref: 'alice-2' } }],
    });
    expect(own.pool.bankrupt.totalCount).toBe(0);
    expect(own.pool.profitable).toEqual({ totalCount: 2, pageInfo: { hasNextPage: true } });
    expect(own.pool.last).toEqual({
      edges: [{ node: { ref: 'alice-2' } }],
      pageInfo: { hasPreviousPage: true },
    });
    expect(own.pool.totals).toEqual(all.pool.totals);
    expect(all.pool.totals.accounts).toBe(9);
    expect(own.pool.insuranceFund.balance).toBe(all.pool.insuranceFund.balance);
    // The contribution, the withdrawal and the first settlement's draw.
    expect(own.pool.insuranceFund.entries.totalCount).toBe(3);
    expect(
      own.pool.insuranceFund.entries.edges.map((edge: { node: { ref: unknown } }) => edge.node.ref),
    ).toEqual([null, null, null]);
    expect(all.pool.insuranceFund.entries.edges[0].node.ref).toBe(`${OTHERS}-gift`);
    expect(
      own.pool.lossEvents.edges.map((edge: { node: { account: unknown } }) => edge.node.account),
    ).toEqual([null, null]);
    const [settlement] = own.pool.settlements.edges;
    expect(settlement.node.haircuts).toEqual({
      totalCount: 2,
      edges: [{ node: { account: { ref: 'alice-1' } } }, { node: { account: { ref: 'alice-2' } } }],
    });
    expect(settlement.node.haircutCount).toBe(6);
    const { haircuts: ownHaircuts, ...ownSums } = own.previewSettlement;
    const { haircuts: allHaircuts, ...allSums } = all.previewSettlement;
    expect(ownSums).toEqual(allSums);
    // The debtor's account gave up all that it had won.
    expect(allHaircuts).toHaveLength(5);
    expect(ownHaircuts).toEqual(
      allHaircuts.filter((haircut: { account: { ref: string } }) => haircut.account.ref.startsWith('alice')),
    );
  });

  it('to a page that begins at the cursor of an account that is not its own', async () => {
    const { data } = await root(
      '{ pool(name: "pool") { accounts(first: 3) { edges { cursor node { ref } } } settlements { edges { node { haircuts { edges { cursor } } } } } } }',
    );
    for (const { cursor } of data.pool.accounts.edges) {
      const answer = await alice(
        'query ($c: String) { pool(name: "pool") { a: accounts(after: $c) { edges { node { ref } } } b: accounts(before: $c) { edges { node { ref } } } } }',
        { c: cursor },
      );
      const refs = [...answer.data.pool.a.edges, ...answer.data.pool.b.edges].map(
        (edge: { node: { ref: string } }) => edge.node.ref,
      );
      for (const ref of refs) expect(ref).toMatch(/^alice/);
    }
    for (const { cursor } of data.pool.settlements.edges[0].node.haircuts.edges) {
      const answer = await alice(
        'query ($c: String) { pool(name: "pool") { settlements { edges { node { haircuts(after: $c) { edges { node { account { ref } } } } } } } } }',
        { c: cursor },
      );
      expect(openly(answer)).not.toContain(OTHERS);
    }
  });

  it('to a subscription that asks for them, in the same words', async () => {
    const ask = async (ref: string) => {
      const stream = new EventStream(server.url, alice.token, {
        query: 'subscription ($a: [String!]) { haircutNotices(pool: "pool", accounts: $a) { cursor } }',
        variables: { a: ['alice-1', ref] },
      });
      await eventually('an end', () => stream.ended);
      return stream.results;
    };
    const there = await ask(`${OTHERS}-a`);
    expect(there).toEqual(await ask('nobody-here'));
    expect(there[0]!.errors![0]!.extensions.code).toBe('FORBIDDEN');
  });

  it('and a trader changes nothing, not even its own', async () => {
    const answer = await alice(
      'mutation { postTransfers(input: { pool: "pool", idempotencyKey: "x", transfers: [{ account: "alice-1", kind: DEPOSIT, amount: "1" }] }) { __typename } }',
    );
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const analyst = await server.caller({ sub: 'analyst', roles: ['ANALYST'] });
    await expect(mutate(analyst, 'settleLosses', { pool: 'pool', idempotencyKey: 'y' })).rejects.toThrow();
  });
});
