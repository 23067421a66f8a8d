import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Who is near to bankruptcy, and what would happen next: for risk teams the whole pool, for traders what is their own. */

let server: TestServer;
let root: Caller;
let venue: Caller;
let ann: Caller;
const pool = 'risk';
/** Longs of 10 at 100 with that much collateral; the marks fall to 90. */
const COLLATERAL = { rich: '500', safe: '190', called: '180', near: '140', 'a-near': '140', gone: '95' };

beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  ann = await server.caller(trader('ann'));
  await succeed(root, 'createPool', {
    name: pool,
    asset: 'USDC',
    decimals: 2,
    rules: { maxMarkAgeSeconds: 3600, liquidationFeeRate: '0.01' },
  });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: ['BTC', 'IDLE'].map((symbol) => ({
      symbol,
      initialMarginRate: '0.1',
      maintenanceMarginRate: '0.05',
    })),
  });
  await succeed(venue, 'publishMarks', {
    pool,
    marks: [
      { market: 'BTC', price: '90', asOf: '2020-01-01T00:00:00Z' },
      { market: 'IDLE', price: '1', asOf: '2020-01-01T00:00:00Z' },
    ],
  });
  const refs = Object.keys(COLLATERAL);
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: [
      ...refs.map((ref) => ({ ref, owner: ref === 'near' || ref === 'rich' ? 'ann' : 'other' })),
      { ref: 'debtor', owner: 'other' },
      { ref: 'empty', owner: 'ann' },
    ],
  });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: refs.map((account) => ({ account, market: 'BTC', size: '10', entryPrice: '100' })),
    transfers: [
      ...Object.entries(COLLATERAL).map(([account, amount]) => ({ account, kind: 'DEPOSIT', amount })),
      { account: 'debtor', kind: 'FEE', amount: '-1' },
    ],
  });
});
afterAll(() => server.close());

const LIST = `query ($after: String, $first: Int, $health: [AccountHealth!]) {
  accountsAtRisk(pool: "${pool}", after: $after, first: $first, health: $health) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { ref margin { health marginRatio } } } } }`;

const list = async (caller: Caller, variables: Record<string, unknown> = {}) => {
  const { accountsAtRisk } = dataOf(await caller(LIST, variables));
  return {
    ...accountsAtRisk,
    refs: accountsAtRisk.edges.map((edge: { node: { ref: string } }) => edge.node.ref),
  };
};

it('lists accounts from the nearest to bankruptcy on, in pages', async () => {
  const all = await list(root);
  // 40 of equity of 900 twice, in the order that they came.
  expect(all.refs).toEqual(['debtor', 'gone', 'near', 'a-near', 'called', 'safe', 'rich']);
  expect(all.edges[2].node.margin).toEqual({ health: 'LIQUIDATABLE', marginRatio: '0.044444444444444444' });
  expect(all.totalCount).toBe(7);
  const seen = [];
  let after = null;
  for (let more = true; more; ) {
    const page = await list(root, { first: 2, after });
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...page.refs);
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  expect(seen).toEqual(all.refs);
  expect((await list(root, { health: ['MARGIN_CALL', 'BANKRUPT'] })).refs).toEqual([
    'debtor',
    'gone',
    'called',
  ]);
  for (const variables of [
    { after: 'x' },
    { after: Buffer.from('["99"]').toString('base64url') },
    { first: -1 },
  ]) {
    const { errors } = await root(LIST, variables);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  }
});

it('shows a trader its own only, and counts them', async () => {
  const own = await list(ann);
  expect(own.refs).toEqual(['near', 'rich']);
  expect(own.totalCount).toBe(2);
  const { liquidationQueue } = dataOf(await ann(`{ liquidationQueue(pool: "${pool}") { account { ref } } }`));
  expect(liquidationQueue).toEqual([{ account: { ref: 'near' } }]);
});

it('says what would be liquidated next, as liquidating then does it', async () => {
  const { liquidationQueue } = dataOf(
    await root(`{ liquidationQueue(pool: "${pool}") { account { ref } health equity maintenanceMargin fee healthAfter deficit
      closes { market { symbol } size price } } }`),
  );
  expect(liquidationQueue.map((plan: { account: { ref: string } }) => plan.account.ref)).toEqual([
    'debtor',
    'gone',
    'near',
    'a-near',
  ]);
  expect(liquidationQueue[0]).toMatchObject({
    health: 'BANKRUPT',
    closes: [],
    deficit: '1.00',
    healthAfter: 'BANKRUPT',
  });
  expect(liquidationQueue[1]).toMatchObject({
    health: 'BANKRUPT',
    closes: [{ market: { symbol: 'BTC' }, size: '10', price: '90' }],
    deficit: '5.00',
    fee: '0.00',
  });
  const { account, ...plan } = liquidationQueue[2];
  const done = await succeed(venue, 'liquidate', {
    pool,
    idempotencyKey: 'next',
    account: account.ref,
    atMarks: true,
    takeoverAccount: 'rich',
  });
  expect({ fee: done.fee, healthAfter: done.healthAfter, size: done.closes[0].size }).toEqual({
    fee: plan.fee,
    healthAfter: plan.healthAfter,
    size: plan.closes[0].size,
  });
  // The queue follows at once.
  const after = dataOf(await root(`{ liquidationQueue(pool: "${pool}", first: 3) { account { ref } } }`));
  expect(after.liquidationQueue.map((plan: { account: { ref: string } }) => plan.account.ref)).toEqual([
    'debtor',
    'gone',
    'a-near',
  ]);
});

it('gauges what does not add up, and whose mark is old', async () => {
  const { data } = await ann(`{ pool(name: "${pool}") { gauges { unrealizedPnl health { health accounts }
    markets { market { symbol } longSize shortSize netSize isStale } } } }`);
  expect(data.pool.gauges.markets).toEqual([
    { market: { symbol: 'BTC' }, longSize: '60', shortSize: '0', netSize: '60', isStale: true },
    { market: { symbol: 'IDLE' }, longSize: '0', shortSize: '0', netSize: '0', isStale: false },
  ]);
  const counts = Object.fromEntries(
    data.pool.gauges.health.map((row: { health: string; accounts: number }) => [row.health, row.accounts]),
  );
  expect(counts).toMatchObject({ BANKRUPT: 2, LIQUIDATABLE: 1, MARGIN_CALL: 1 });
  expect(data.pool.gauges.unrealizedPnl).toMatch(/^-\d+\.\d\d$/);
});

it('follows a mark at once, on this server and on another', async () => {
  const other = await startTestServer({ databaseUrl: server.databaseUrl });
  try {
    await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '150' }] });
    for (const caller of [root, await other.caller(admin)]) {
      expect((await list(caller, { health: ['MARGIN_CALL', 'LIQUIDATABLE', 'BANKRUPT'] })).refs).toEqual([
        'debtor',
      ]);
    }
  } finally {
    await other.close();
  }
});

it('knows no pool that is not there', async () => {
  for (const query of [
    'accountsAtRisk(pool: "none") { totalCount }',
    'liquidationQueue(pool: "none") { fee }',
  ]) {
    const { errors } = await root(`{ ${query} }`);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  }
});

it('says what the accounts now in trouble could cost, as closing them out and settling then does', async () => {
  const name = 'exposure';
  await succeed(root, 'createPool', { name, asset: 'USDC', decimals: 2, rules: { fundReserve: '5' } });
  await succeed(venue, 'upsertMarkets', {
    pool: name,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool: name, marks: [{ market: 'BTC', price: '80' }] });
  const book = { gone: '10', near: '10', rich: '-12', small: '-8', house: '0.5' };
  await succeed(venue, 'upsertAccounts', {
    pool: name,
    accounts: Object.keys(book).map((ref) => ({ ref, owner: ref === 'rich' ? 'ann' : 'other' })),
  });
  await succeed(venue, 'applyUpdates', {
    pool: name,
    idempotencyKey: 'book',
    positions: Object.entries(book).map(([account, size]) => ({
      account,
      market: 'BTC',
      size,
      entryPrice: '100',
    })),
    transfers: Object.keys(book).map((account) => ({
      account,
      kind: 'DEPOSIT',
      amount: account === 'gone' ? '95' : account === 'near' ? '220' : '1000',
    })),
  });
  await succeed(venue, 'contributeToFund', {
    pool: name,
    idempotencyKey: 'fund',
    amount: '47',
    kind: 'OPERATOR_CONTRIBUTION',
  });
  const ask = async (caller: Caller, slippage: string | null) =>
    dataOf(
      await caller(
        `query ($s: Decimal) { pool(name: "${name}") { totals { haircutCapacity fundCoverage(slippage: $s) }
          rich: account(ref: "rich") { lossExposure(slippage: $s) { capacity capacityShare { numerator denominator } haircut
            haircutRate { decimal } deficit socialized uncovered touchedByFall touchedByRise } }
          gone: account(ref: "gone") { lossExposure { capacity haircut } } } }`,
        { s: slippage },
      ),
    ).pool;
  // `gone` owes 105; the fund gives 42 of it; 240 and 160 of profit bear 63.
  const seen = await ask(ann, null);
  expect(seen.rich.lossExposure).toEqual({
    capacity: '240.00',
    capacityShare: { numerator: '3', denominator: '5' },
    haircut: '37.80',
    haircutRate: { decimal: '0.1575' },
    deficit: '105.00',
    socialized: '63.00',
    uncovered: '0.00',
    touchedByFall: '0',
    touchedByRise: '0',
  });
  expect(seen.totals.fundCoverage).toBe('0.4');
  expect(seen.gone).toBeNull();
  // At 5 % of slippage `gone` owes 40 more, and `near`, which has 20, owes 20.
  expect((await ask(root, '0.05')).rich.lossExposure).toMatchObject({
    deficit: '165.00',
    socialized: '123.00',
  });
  expect((await ask(root, null)).gone.lossExposure).toEqual({ capacity: '0.00', haircut: '0.00' });
  const bad = await root(`{ pool(name: "${name}") { totals { fundCoverage(slippage: "1.5") } } }`);
  expect(bad.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');

  await succeed(venue, 'liquidate', {
    pool: name,
    idempotencyKey: 'l',
    account: 'gone',
    atMarks: true,
    takeoverAccount: 'house',
  });
  await succeed(venue, 'settleLosses', { pool: name, idempotencyKey: 's' });
  const { data } = await ann(
    `{ pool(name: "${name}") { account(ref: "rich") { haircuts { edges { node { amount } } } } } }`,
  );
  expect(data.pool.account.haircuts.edges).toEqual([{ node: { amount: '37.80' } }]);
});

it('says at which common move of the marks an account is first touched', async () => {
  const name = 'shock';
  await succeed(root, 'createPool', { name, asset: 'USDC', decimals: 6 });
  await succeed(venue, 'upsertMarkets', {
    pool: name,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool: name, marks: [{ market: 'BTC', price: '100' }] });
  const accounts = ['long', 'short', 'late'];
  await succeed(venue, 'upsertAccounts', {
    pool: name,
    accounts: accounts.map((ref) => ({ ref, owner: 'ann' })),
  });
  const line = (account: string, size: string, entryPrice: string) => ({
    account,
    market: 'BTC',
    size,
    entryPrice,
  });
  await succeed(venue, 'applyUpdates', {
    pool: name,
    idempotencyKey: 'book',
    // The second short is in profit only below 60.
    positions: [line('long', '10', '100'), line('short', '-6', '100'), line('late', '-4', '60')],
    transfers: accounts.map((account) => ({
      account,
      kind: 'DEPOSIT',
      amount: account === 'long' ? '200' : '1000',
    })),
  });
  await succeed(venue, 'contributeToFund', {
    pool: name,
    idempotencyKey: 'fund',
    amount: '50',
    kind: 'OPERATOR_CONTRIBUTION',
  });
  const { data } = await ann(`{ pool(name: "${name}") { accounts { edges { node { ref
    lossExposure { touchedByFall touchedByRise } } } } } }`);
  // At 100 − x the long owes 10 x − 200; the fund has 50, so x is just above 25.
  expect(data.pool.accounts.edges.map((edge: { node: unknown }) => edge.node)).toEqual([
    { ref: 'late', lossExposure: { touchedByFall: '0.400001', touchedByRise: null } },
    { ref: 'long', lossExposure: { touchedByFall: null, touchedByRise: null } },
    { ref: 'short', lossExposure: { touchedByFall: '0.250001', touchedByRise: null } },
  ]);
});

it('counts the profit of the session where the pool does', async () => {
  const name = 'session';
  await succeed(root, 'createPool', {
    name,
    asset: 'USDC',
    decimals: 2,
    rules: { profitBasis: 'SESSION' },
  });
  await succeed(venue, 'upsertMarkets', {
    pool: name,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  const marks = (price: string) =>
    succeed(venue, 'publishMarks', { pool: name, marks: [{ market: 'BTC', price }] });
  await marks('100');
  await succeed(venue, 'upsertAccounts', {
    pool: name,
    accounts: ['long', 'short', 'closed'].map((ref) => ({ ref, owner: 'ann' })),
  });
  const line = (account: string, size: string) => ({ account, market: 'BTC', size, entryPrice: '120' });
  await succeed(venue, 'applyUpdates', {
    pool: name,
    idempotencyKey: 'book',
    positions: [line('long', '10'), line('short', '-10')],
    transfers: [
      { account: 'long', kind: 'DEPOSIT', amount: '400' },
      { account: 'short', kind: 'DEPOSIT', amount: '1000' },
    ],
  });
  // The 200 that the short won until here count no more.
  await succeed(root, 'startSession', { pool: name, idempotencyKey: 'cut' });
  await succeed(venue, 'postTransfers', {
    pool: name,
    idempotencyKey: 'won',
    transfers: [{ account: 'closed', kind: 'REALIZED_PNL', amount: '100' }],
  });
  await marks('70');
  const { data } = await ann(`{ pool(name: "${name}") { accounts { edges { node { ref
    lossExposure { capacity haircut deficit } } } } } }`);
  // Since the cut the short won 300 and `closed` 100; the long owes 100.
  expect(data.pool.accounts.edges.map((edge: { node: unknown }) => edge.node)).toEqual([
    { ref: 'closed', lossExposure: { capacity: '100.00', haircut: '25.00', deficit: '100.00' } },
    { ref: 'long', lossExposure: { capacity: '0.00', haircut: '0.00', deficit: '100.00' } },
    { ref: 'short', lossExposure: { capacity: '300.00', haircut: '75.00', deficit: '100.00' } },
  ]);
});
