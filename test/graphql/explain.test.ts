import { afterAll, beforeAll, expect, it } from 'vitest';
import { succeed } from '../support/api.ts';
import { EventStream } from '../support/event-stream.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** The sentence that a bearer reads: what it says is so, and the sum in it comes to what was taken. */

let server: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(() => server?.close());

interface Book {
  readonly rules: Record<string, unknown>;
  /** Profits at a mark of 101, by account and market; a loser's are below zero. */
  readonly profits: Record<string, Record<string, number>>;
  readonly deposits: Record<string, number>;
  readonly owners?: Record<string, string>;
}

/** Settles the loss of account loser, and answers what each account was told. */
async function told(
  pool: string,
  { rules, profits, deposits, owners = {} }: Book,
): Promise<Record<string, string>> {
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 2, rules });
  const margins = { initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
  const markets = ['BTC', 'ETH'];
  await succeed(venue, 'upsertMarkets', { pool, markets: markets.map((symbol) => ({ symbol, ...margins })) });
  const refs = [...Object.keys(profits), 'venue'];
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: refs.map((ref) => ({ ref, owner: owners[ref] ?? ref })),
  });
  await succeed(venue, 'applyUpdates', {
    ...{ pool, idempotencyKey: 'book' },
    marks: markets.map((market) => ({ market, price: '101' })),
    positions: Object.entries(profits).flatMap(([account, won]) =>
      Object.entries(won).map(([market, n]) => ({ account, market, size: String(n), entryPrice: '100' })),
    ),
    transfers: Object.entries(deposits).map(([account, n]) => ({
      account,
      kind: 'DEPOSIT',
      amount: String(n),
    })),
  });
  const report = { ref: 'loss', account: 'loser', takeoverAccount: 'venue' };
  await succeed(venue, 'reportBankruptcy', { pool, idempotencyKey: 'report', ...report });
  const { haircutCount } = await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
  const stream = new EventStream(server.url, venue.token, {
    query: `subscription { haircutNotices(pool: "${pool}", after: "0") { explanation haircut { account { ref } } } }`,
  });
  await stream.until(haircutCount);
  stream.end();
  return Object.fromEntries(
    stream.values.map(({ explanation, haircut }) => [haircut.account.ref, explanation]),
  );
}

it('shared by the whole pool says the sum', async () => {
  const sentences = await told('pool', {
    rules: {},
    profits: { a: { BTC: 100 }, b: { ETH: 300 }, loser: { BTC: -100 } },
    deposits: { a: 100, b: 100, loser: 60 },
  });
  expect(sentences).toEqual({
    a: 'Account a gave up 10.00 USDC, 10 % of its profit of 100.00, because bankrupt accounts lost 40.00 more than their collateral and the insurance fund covered, and that is shared in proportion to profit (40.00 × 100.00 ÷ 400.00 = 10.00).',
    b: 'Account b gave up 30.00 USDC, 10 % of its profit of 300.00, because bankrupt accounts lost 40.00 more than their collateral and the insurance fund covered, and that is shared in proportion to profit (40.00 × 300.00 ÷ 400.00 = 30.00).',
  });
});

it('borne by the winners of a market says so, and no sum of the whole pool', async () => {
  const sentences = await told('markets', {
    rules: { scope: 'MARKET' },
    profits: { a: { BTC: 100 }, b: { ETH: 300 }, loser: { BTC: -100 } },
    deposits: { a: 100, b: 100, loser: 60 },
  });
  expect(sentences).toEqual({
    a: 'Account a gave up 40.00 USDC, 40 % of its profit of 100.00, because bankrupt accounts lost 40.00 more than their collateral and the insurance fund covered, and that is shared first among those who won in the markets where it was lost, in proportion to profit.',
  });
});

it('left over by the loser’s own other account says the sum of what the others share, of the profit that is left', async () => {
  const sentences = await told('recourse', {
    rules: { tiers: ['OWN_COLLATERAL', 'OWNER_RECOURSE', 'SOCIALIZATION'].map((tier) => ({ tier })) },
    profits: { a: { BTC: 100 }, own: { ETH: 20 }, loser: { BTC: -100 } },
    deposits: { a: 100, loser: 60 },
    owners: { own: 'loser' },
  });
  expect(sentences.own).toContain('because another account of its owner went bankrupt');
  expect(sentences.a).toContain('(20.00 × 100.00 ÷ 100.00 = 20.00)');
});
