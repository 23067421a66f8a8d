import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bankruptcy, dataOf, mutate, openBook, succeed } from '../support/api.ts';
import { Listener, type Notice } from '../support/listen.ts';
import {
  type Answer,
  admin,
  type Caller,
  type Claims,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** One loss from its comparison to its reversal, as those who bear it see it: over the API alone, and checked offline. */

const NOTICES = `subscription ($pool: String!, $after: String) { haircutNotices(pool: $pool, after: $after) {
  cursor sequence previousSequence kind amount committedAt explanation
  haircut { sequence amount profit cap recovered balanceAfter account { ref }
    settlement { sequence method commitment { root total profitTotal leaves } reversal { reason } }
    proof { document salt leaf path { left hash sum } } } } }`;
const LOSSES = `subscription ($pool: String!, $after: String) { lossNotices(pool: $pool, after: $after) {
  cursor sequence previousSequence kind lossEvent { ref } settlement { sequence reversal { reason } }
  recovery { amount haircuts } } }`;

let server: TestServer;
let root: Caller;
let venue: Caller;
let alice: Caller;

/** Runs `npm run verify -- -` as a trader does. */
function verify(text: string) {
  const script = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'verify', '-'], {
    encoding: 'utf8',
    input: text,
  });
  return { status, said: stdout + stderr };
}

beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  alice = await server.caller(trader('owner-a'));
  const winners = { a: 100, b: 200, c: 300 };
  await openBook(root, venue, { pool: 'p', winners, deficit: 240, fund: 40, rules: { method: 'TALMUD' } });
});
afterAll(() => server.close());

const tokenOf = async (claims: Claims) => (await server.caller(claims)).token;

async function heard(claims: Claims, query: string, count: number): Promise<Notice[]> {
  const client = server.socket(await tokenOf(claims));
  const listener = new Listener(client, query, { pool: 'p', after: '0' });
  await listener.until(count);
  listener.stop();
  await client.dispose();
  return listener.notices;
}

describe('before', () => {
  it('the methods are compared, and a trader sees the sums and its own', async () => {
    const query = `query { compareAllocations(input: { pool: "p", extraDeficit: "240", methods: [PRO_RATA, TALMUD, ADL_QUEUE] }) {
      ... on AllocationComparison { methods { method socialized accountsTouched largestRate { decimal } topTenShare
        largestBearers { account { ref } amount } splitting { changes account { ref } before after } } } } }`;
    const { methods } = dataOf(await venue(query)).compareAllocations;
    expect(methods.map((m: { method: string }) => m.method)).toEqual(['PRO_RATA', 'TALMUD', 'ADL_QUEUE']);
    expect(methods[1]).toMatchObject({ socialized: '200.000000', accountsTouched: 3, topTenShare: '1' });
    expect(methods[1].largestBearers.map((b: { amount: string }) => b.amount)).toEqual([
      '75.000000',
      '75.000000',
      '50.000000',
    ]);
    const own = dataOf(await alice(query)).compareAllocations.methods[0];
    expect(own.largestBearers).toEqual([{ account: { ref: 'a' }, amount: '33.333333' }]);
    // Of its own account, and of no other.
    expect(own.splitting).toEqual({
      changes: false,
      account: { ref: 'a' },
      before: '33.333333',
      after: '33.333334',
    });
    const nobody = await server.caller(trader('owner-of-nothing'));
    expect(dataOf(await nobody(query)).compareAllocations.methods[0]).toMatchObject({
      largestBearers: [],
      splitting: { changes: false, account: null, before: '0.000000', after: '0.000000' },
    });
  });

  it('a trader sees its place in the queue, and a sum of what is ahead', async () => {
    const query = '{ pool(name: "p") { queue(first: 10) { account { ref } place length ahead cap score } } }';
    const places = dataOf(await venue(query)).pool.queue;
    expect(places.map((p: { account: { ref: string } }) => p.account.ref)).toEqual(['c', 'b', 'a']);
    expect(dataOf(await alice(query)).pool.queue).toEqual([
      expect.objectContaining({
        account: { ref: 'a' },
        place: 3,
        length: 3,
        ahead: '500.000000',
        cap: '100.000000',
      }),
    ]);
    const own = dataOf(
      await alice('{ pool(name: "p") { account(ref: "a") { profit queuePlace { place ahead } } } }'),
    );
    expect(own.pool.account).toEqual({ profit: '100.000000', queuePlace: { place: 3, ahead: '500.000000' } });
  });
});

describe('the settlement', () => {
  it('commits to its haircuts, and each bearer can check its own from the notice alone', async () => {
    await succeed(venue, 'reportBankruptcy', bankruptcy('p'));
    await succeed(venue, 'settleLosses', { pool: 'p', idempotencyKey: 's' });
    const [notice] = await heard(trader('owner-a'), NOTICES, 1);
    expect(notice).toMatchObject({ kind: 'HAIRCUT', amount: '-50.000000' });
    expect(notice!.explanation).toMatch(/gave up 50\.000000 USDC, 50 % of its profit .* by the Talmud rule/);
    const text = JSON.stringify(notice);
    expect(text).not.toMatch(/owner-b|"b"|"c"/);
    expect(verify(text)).toMatchObject({ status: 0 });
    const forged = verify(text.replaceAll('50000000', '50000001'));
    expect(forged.status).toBe(1);
    expect(forged.said).toContain('NOT VALID');
    expect(verify(text.slice(0, -40)).status).toBe(2);
  });

  it('hands its whole sheet to those who may read every account, and to no other', async () => {
    const query =
      '{ pool(name: "p") { settlements(last: 1) { edges { node { commitment { sheetPath root leaves } } } } } }';
    const { sheetPath, root: hash } = dataOf(await venue(query)).pool.settlements.edges[0].node.commitment;
    const fetchAs = async (claims: Claims | null, path = sheetPath, method = 'GET') =>
      fetch(`${server.url}${path}`, {
        method,
        headers: claims ? { authorization: `Bearer ${await tokenOf(claims)}` } : {},
      });
    const analyst: Claims = { sub: 'quant', roles: ['ANALYST'] };
    const sheet = await (await fetchAs(analyst)).text();
    expect(sheet.split('\n')).toHaveLength(1 + 3 + 1 + 1);
    expect(sheet).toContain(hash);
    expect(verify(sheet)).toMatchObject({ status: 0 });
    expect(verify(sheet.replace('"account":"b","amount":"7', '"account":"b","amount":"8')).status).toBe(1);
    const csv = await fetchAs(analyst, sheetPath.replace('.ndjson', '.csv'));
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect((await csv.text()).split('\r\n')).toHaveLength(1 + 3 + 1);

    const statuses = await Promise.all([
      fetchAs(null),
      fetchAs(trader('owner-a')),
      fetchAs({ ...analyst, pools: ['other'] }),
      fetchAs(analyst, '/sheets/p/1.ndjson'),
      fetchAs(analyst, '/sheets/none/7.ndjson'),
      fetchAs(analyst, '/sheets/%E0%A4%A/7.ndjson'),
      fetchAs(analyst, '/sheets/p/7.exe'),
      fetchAs(analyst, sheetPath, 'POST'),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 403, 404, 404, 404, 404, 405]);
  });

  it('gives at most 100 proofs an operation', async () => {
    const winners = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`w${i}`, 10]));
    await openBook(root, venue, { pool: 'many', winners, deficit: 101 });
    await succeed(venue, 'reportBankruptcy', bankruptcy('many'));
    await succeed(venue, 'settleLosses', { pool: 'many', idempotencyKey: 's' });
    const query = `query ($first: Int!) { pool(name: "many") { settlements(last: 1) { edges { node {
      haircuts(first: $first) { edges { node { proof { leaf } } } } } } } } }`;
    const leaves = (answer: Answer) =>
      dataOf(answer).pool.settlements.edges[0].node.haircuts.edges.map(
        (edge: { node: { proof: { leaf: string } } }) => edge.node.proof.leaf,
      );
    expect(new Set(leaves(await venue(query, { first: 100 }))).size).toBe(100);
    expect((await venue(query, { first: 101 })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('after', () => {
  it('what comes back is a refund with a notice, a recovery in the list, and part of the sums', async () => {
    const recovery = await succeed(venue, 'recordRecovery', {
      pool: 'p',
      idempotencyKey: 'r',
      lossEvent: 'loss-1',
      amount: '80',
      ref: 'sold the estate',
    });
    expect(recovery).toMatchObject({ amount: '80.000000', haircuts: '80.000000', fund: '0.000000' });
    const [haircut, refund] = await heard(trader('owner-a'), NOTICES, 2);
    expect(refund).toMatchObject({
      kind: 'REFUND',
      amount: '20.000000',
      previousSequence: haircut!.sequence,
      haircut: { sequence: haircut!.sequence, amount: '50.000000', recovered: '20.000000' },
    });
    expect(refund!.explanation).toBe(
      `Account a gets back 20.000000 USDC of the haircut that it bore at sequence ${haircut!.sequence}, because money came back from the bankrupt account.`,
    );
    const event = dataOf(
      await alice(`{ pool(name: "p") { lossEvents { edges { node { status deficit fundDraw socialized uncovered recovered
        recoveries { id amount haircuts ref lossEvent { ref } } } } } account(ref: "a") { totalHaircut totalRecovered } } }`),
    );
    expect(event.pool.lossEvents.edges[0].node).toMatchObject({
      fundDraw: '40.000000',
      socialized: '120.000000',
      recovered: '80.000000',
      recoveries: [{ amount: '80.000000', ref: null, lossEvent: { ref: 'loss-1' } }],
    });
    expect(event.pool.account).toEqual({ totalHaircut: '50.000000', totalRecovered: '20.000000' });
    const { id } = event.pool.lossEvents.edges[0].node.recoveries[0];
    const node = await venue('query ($id: ID!) { node(id: $id) { id ... on Recovery { ref sequence } } }', {
      id,
    });
    expect(dataOf(node).node).toMatchObject({ id, ref: 'sold the estate' });
  });

  it('an administrator takes a settlement back, and everybody hears of it', async () => {
    const winners = { a: 60, b: 60 };
    await openBook(root, venue, { pool: 'q', winners, deficit: 30 });
    await succeed(venue, 'reportBankruptcy', bankruptcy('q'));
    const { sequence: settlement } = await succeed(venue, 'settleLosses', { pool: 'q', idempotencyKey: 's' });
    const input = { pool: 'q', idempotencyKey: 'undo', settlement, reason: 'the marks were of another day' };
    expect(
      (
        await venue(
          'mutation ($i: ReverseSettlementInput!) { reverseSettlement(input: $i) { __typename } }',
          { i: input },
        )
      ).errors?.[0]?.extensions.code,
    ).toBe('FORBIDDEN');
    const reversal = await succeed(root, 'reverseSettlement', input);
    expect(reversal).toMatchObject({ reason: input.reason, settlement: { sequence: settlement } });
    expect(await succeed(root, 'reverseSettlement', input)).toEqual(reversal);
    expect(await mutate(root, 'reverseSettlement', { ...input, idempotencyKey: 'again' })).toMatchObject({
      __typename: 'NotReversibleError',
      code: 'NOT_REVERSIBLE',
    });
    const client = server.socket(await tokenOf(trader('owner-a')));
    const notices = new Listener(client, NOTICES, { pool: 'q', after: '0' });
    const losses = new Listener(client, LOSSES, { pool: 'q', after: '0' });
    await Promise.all([notices.until(2), losses.until(3)]);
    expect(notices.notices[1]).toMatchObject({
      kind: 'REVERSAL',
      amount: '15.000000',
      haircut: { settlement: { reversal: { reason: input.reason } } },
    });
    expect(losses.notices.map(({ kind }) => kind)).toEqual(['LOSS_OPENED', 'SETTLED', 'REVERSED']);
    await client.dispose();
  });

  it('rules change by version, the pool halts and resumes, the fund gives what it may', async () => {
    const input = (key: string) => ({ pool: 'p', idempotencyKey: key });
    await succeed(root, 'updatePoolRules', {
      ...input('rules'),
      rules: {
        tiers: [
          { tier: 'OWN_COLLATERAL' },
          { tier: 'OPERATOR_CAPITAL', capPerEvent: '10' },
          { tier: 'INSURANCE_FUND', capPerEvent: '5', reserve: '1.5' },
          { tier: 'SOCIALIZATION' },
        ],
      },
    });
    const query = `{ pool(name: "p") { status haltReason rules { version waterfall fundReserve tiers { tier capPerEvent reserve } }
      ruleVersions { version method } settlements { edges { node { rules { version } } } } } }`;
    const { pool } = dataOf(await alice(query));
    expect(pool.rules).toEqual({
      version: 2,
      waterfall: 'FUND_THEN_SOCIALIZE',
      fundReserve: '1.500000',
      tiers: [
        { tier: 'OWN_COLLATERAL', capPerEvent: null, reserve: null },
        { tier: 'OPERATOR_CAPITAL', capPerEvent: '10.000000', reserve: null },
        { tier: 'INSURANCE_FUND', capPerEvent: '5.000000', reserve: '1.500000' },
        { tier: 'SOCIALIZATION', capPerEvent: null, reserve: null },
      ],
    });
    expect(pool.ruleVersions.map((rules: { version: number }) => rules.version)).toEqual([1, 2]);
    expect(pool.settlements.edges[0].node.rules.version).toBe(1);
    await succeed(root, 'haltPool', { ...input('halt'), reason: 'marks look wrong' });
    expect(dataOf(await alice(query)).pool).toMatchObject({
      status: 'HALTED',
      haltReason: 'marks look wrong',
    });
    expect(await mutate(venue, 'settleLosses', input('no'))).toMatchObject({ code: 'POOL_HALTED' });
    await succeed(root, 'resumePool', input('resume'));
    await succeed(root, 'contributeToFund', { ...input('in'), amount: '20', kind: 'OPERATOR_CONTRIBUTION' });
    expect(await mutate(root, 'withdrawFromFund', { ...input('out'), amount: '19' })).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    expect(await succeed(root, 'withdrawFromFund', { ...input('out'), amount: '18.5' })).toMatchObject({
      amount: '-18.500000',
      balanceAfter: '1.500000',
    });
    await succeed(root, 'setHaircutCaps', { pool: 'p', caps: [{ account: 'a', maxHaircutRate: '0.25' }] });
    expect(
      dataOf(await alice('{ pool(name: "p") { account(ref: "a") { maxHaircutRate } } }')).pool.account,
    ).toEqual({
      maxHaircutRate: '0.25',
    });
    expect(await mutate(root, 'startSession', input('cut'))).toMatchObject({ code: 'INVALID_INPUT' });
    await succeed(root, 'updatePoolRules', { ...input('basis'), rules: { profitBasis: 'SESSION' } });
    const cut = await succeed(root, 'startSession', input('session'));
    expect(dataOf(await alice('{ pool(name: "p") { sessionSequence } }')).pool.sessionSequence).toBe(
      cut.sequence,
    );
  });
});
