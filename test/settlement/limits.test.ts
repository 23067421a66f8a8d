import { describe, expect, test } from 'vitest';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { type MarkInput, publishMarks } from '../../src/settlement/marks.ts';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

/** What is held to limits before it can do harm: marks that jump or grow old, sizes, margin by size, isolated accounts. */

const venue = venueForThisFile();
const marks = (pool: PoolUnderTest, ...list: MarkInput[]) =>
  publishMarks(venue.runtime, { pool: pool.name, marks: list });
const market = (pool: PoolUnderTest, more: Record<string, unknown>) =>
  upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05', ...more }],
  });

async function markOf(pool: PoolUnderTest): Promise<string | null> {
  const [row] = await venue.sql`
    select trim_scale(mark_price)::text as mark from markets where pool_id = ${await pool.poolId()} and symbol = 'BTC'`;
  return row!.mark;
}

describe('a mark beyond the band of its market', () => {
  test('is held until it is confirmed, with everything else of its call', async () => {
    const pool = await PoolUnderTest.create(venue);
    await market(pool, { markBand: '0.1' });
    const held = { code: 'MARK_HELD', path: ['input', 'marks', 0, 'price'] };
    await marks(pool, { market: 'BTC', price: '1000000' });
    await marks(pool, { market: 'BTC', price: '900000' });
    expect(
      await refusalOf(marks(pool, { market: 'BTC', price: '990000.01' }, { market: 'PNL', price: '2' })),
    ).toEqual(held);
    expect(await refusalOf(marks(pool, { market: 'BTC', price: '809999' }))).toEqual(held);
    expect(await refusalOf(pool.update({ marks: [{ market: 'BTC', price: '0' }] }))).toEqual(held);
    expect(await markOf(pool)).toBe('900000');
    await marks(pool, { market: 'BTC', price: '990000' });
    await marks(pool, { market: 'BTC', price: '1', confirm: true });
    expect(await markOf(pool)).toBe('1');
    // From nothing every step is beyond a share of it.
    await marks(pool, { market: 'BTC', price: '0', confirm: true });
    expect(await refusalOf(marks(pool, { market: 'BTC', price: '0.000000000000000001' }))).toEqual(held);
    await market(pool, { markBand: '0' });
    await marks(pool, { market: 'BTC', price: '500' });
    expect(await markOf(pool)).toBe('500');
  });

  test('is passed over where it is older than what is stored', async () => {
    const pool = await PoolUnderTest.create(venue);
    await market(pool, { markBand: '0.1' });
    await marks(pool, { market: 'BTC', price: '100' });
    expect(
      (await marks(pool, { market: 'BTC', price: '1', asOf: '2020-01-01T00:00:00.000000Z' })).count,
    ).toBe(0);
    expect(await markOf(pool)).toBe('100');
  });
});

describe('marks that grow old', () => {
  test('hold settlements up, unless somebody says why not to wait', async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { maxMarkAgeSeconds: 60 } });
    await pool.profits({ winner: 100 });
    await pool.market('IDLE');
    await pool.mark('IDLE', '1', '2020-01-01T00:00:00.000000Z');
    await pool.loss('e', 10);
    await pool.mark('PNL', '1', venue.clock.at(-90));
    // Older marks are passed over, so the clock has to go on.
    for (let i = 0; i < 100; i++) venue.clock.now();
    expect(await refusalOf(pool.settle())).toEqual({ code: 'STALE_MARKS', path: ['input', 'pool'] });
    const settle = (staleMarksReason: string) =>
      settleLosses(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key'), staleMarksReason });
    expect(await refusalOf(settle('a "quote"'))).toMatchObject({ path: ['input', 'staleMarksReason'] });
    const { sequence } = await settle('the feed is down');
    const reasonAt = async (at: bigint) =>
      (
        await venue.sql`select stale_marks_reason as r from settlements where pool_id = ${await pool.poolId()} and sequence = ${at.toString()}`
      )[0]!.r;
    expect(await reasonAt(sequence)).toBe('the feed is down');
    await pool.mark('PNL', '1');
    await pool.loss('f', 10);
    // Marks are fresh: there was no reason to need one.
    expect(await reasonAt((await settle('just in case')).sequence)).toBeNull();
  });
});

describe('positions and margin by size', () => {
  test('no position goes above the limit of its market', async () => {
    const pool = await PoolUnderTest.create(venue);
    await market(pool, { maxPosition: '2.5' });
    await pool.position('a', 'BTC', '-2.5', 1);
    expect(await refusalOf(pool.position('a', 'BTC', '2.500000000000000001', 1))).toEqual({
      code: 'LIMIT_EXCEEDED',
      path: ['input', 'positions', 0, 'size'],
    });
    // Left out, limits stay; 0 takes them back.
    await market(pool, {});
    expect((await refusalOf(pool.position('a', 'BTC', 3, 1))).code).toBe('LIMIT_EXCEEDED');
    await market(pool, { maxPosition: '0' });
    await pool.position('a', 'BTC', 3, 1);
  });

  test('a withdrawal leaves the initial margin that the tiers ask for, to the atom', async () => {
    const pool = await PoolUnderTest.create(venue);
    const tier = (notionalAbove: string, initialMarginRate: string, maintenanceMarginRate = '0.05') => ({
      notionalAbove,
      initialMarginRate,
      maintenanceMarginRate,
    });
    await market(pool, { marginTiers: [tier('1000', '0.2'), tier('2000', '0.5')] });
    await pool.mark('BTC', '100');
    await pool.transfer('a', 'DEPOSIT', 1000);
    await pool.position('a', 'BTC', 30, 100);
    // 10 % of 1,000, 20 % of the next, 50 % of the third: 800.
    expect(await refusalOf(pool.transfer('a', 'WITHDRAWAL', -201))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await pool.transfer('a', 'WITHDRAWAL', -200);
    const path = (...at: (string | number)[]) => ['input', 'markets', 0, 'marginTiers', ...at];
    const cases = [
      [[tier('0', '0.2')], path(0, 'notionalAbove')],
      [[tier('5', '0.2'), tier('5', '0.3')], path(1, 'notionalAbove')],
      [[tier('5', '0.09')], path(0)],
      [[tier('5', '0.2', '0.3')], path(0, 'maintenanceMarginRate')],
      [[tier('5', '1.2')], path(0, 'initialMarginRate')],
      [Array.from({ length: 51 }, (_, i) => tier(String(i + 1), '0.2')), path()],
    ] as const;
    for (const [marginTiers, at] of cases)
      expect(await refusalOf(market(pool, { marginTiers }))).toEqual({ code: 'INVALID_INPUT', path: at });
    // New rates have to go with the tiers that stay.
    expect(await refusalOf(market(pool, { initialMarginRate: '0.3' }))).toEqual({
      code: 'INVALID_INPUT',
      path: path(0),
    });
    await market(pool, { marginTiers: [] });
    await pool.transfer('a', 'WITHDRAWAL', -500);
  });
});

describe('an isolated account', () => {
  test('holds positions in its market alone, keeps its mode, and gets collateral from its owner', async () => {
    const pool = await PoolUnderTest.create(venue);
    await market(pool, {});
    const accounts = (...list: { ref: string; owner: string; isolatedMarket?: string }[]) =>
      upsertAccounts(venue.runtime, { pool: pool.name, accounts: list });
    await accounts(
      { ref: 'cross', owner: 'ann' },
      { ref: 'iso', owner: 'ann', isolatedMarket: 'BTC' },
      { ref: 'bob', owner: 'bob' },
    );
    const line = (account: string, symbol: string) => ({
      account,
      market: symbol,
      size: '1',
      entryPrice: '100',
    });
    await pool.mark('BTC', '100');
    await pool.positions([line('iso', 'BTC'), line('cross', 'PNL')]);
    expect(await refusalOf(pool.positions([line('iso', 'PNL')]))).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'positions', 0, 'market'],
    });
    const mode = { code: 'INVALID_INPUT', path: ['input', 'accounts', 0, 'isolatedMarket'] };
    expect(await refusalOf(accounts({ ref: 'iso', owner: 'ann', isolatedMarket: 'PNL' }))).toEqual(mode);
    expect(await refusalOf(accounts({ ref: 'cross', owner: 'ann', isolatedMarket: 'BTC' }))).toEqual(mode);
    expect(await refusalOf(accounts({ ref: 'new', owner: 'ann', isolatedMarket: 'XYZ' }))).toEqual({
      ...mode,
      code: 'NOT_FOUND',
    });
    await accounts({ ref: 'iso', owner: 'ann' });
    // One call is as its items in turn.
    const [cross, isolated] = [
      { ref: 'twice', owner: 'ann' },
      { ref: 'twice', owner: 'ann', isolatedMarket: 'BTC' },
    ];
    expect(await refusalOf(accounts(cross, isolated))).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'accounts', 1, 'isolatedMarket'],
    });
    await accounts(isolated, cross);
    await accounts(cross, isolated);
    expect(await refusalOf(accounts({ ...isolated, isolatedMarket: 'PNL' }))).toEqual(mode);

    await pool.transfers([{ account: 'cross', kind: 'DEPOSIT', amount: '200' }]);
    const move = (from: string, to: string, amount: number, back = amount) =>
      pool.transfers([
        { account: from, kind: 'COLLATERAL', amount: `-${amount}` },
        { account: to, kind: 'COLLATERAL', amount: `${back}` },
      ]);
    await move('cross', 'iso', 50);
    expect([(await pool.account('cross')).balance, (await pool.account('iso')).balance]).toEqual([150n, 50n]);
    const unbalanced = { code: 'INVALID_INPUT', path: ['input', 'transfers', 1, 'amount'] };
    expect(await refusalOf(move('cross', 'iso', 50, 49))).toEqual(unbalanced);
    expect(await refusalOf(move('cross', 'bob', 50))).toMatchObject({ code: 'INVALID_INPUT' });
    // It goes out like a withdrawal: within the initial margin, and not while a loss is open.
    expect(await refusalOf(move('iso', 'cross', 41))).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    await move('iso', 'cross', 40);
    await pool.loss('e', 1);
    expect(await refusalOf(move('cross', 'iso', 1))).toMatchObject({ code: 'WITHDRAWALS_GATED' });
  });
});
