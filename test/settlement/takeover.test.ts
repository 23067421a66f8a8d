import { describe, expect, test } from 'vitest';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function marketSizes(pool: PoolUnderTest): Promise<Record<string, string>> {
  const rows = await venue.sql`
    select m.symbol, trim_scale(sum(s.size))::text as size from positions s join markets m using (pool_id, market_no)
    where s.pool_id = ${await pool.poolId()} group by m.symbol`;
  return Object.fromEntries(rows.map((row) => [row.symbol, row.size]));
}

/** a is long BTC and short ETH against b; marks at entry. */
async function book() {
  const pool = await PoolUnderTest.create(venue, { decimals: 2 });
  for (const market of ['BTC', 'ETH']) {
    await pool.market(market);
    await pool.mark(market, '100');
  }
  await pool.accounts('a', 'b', 'house');
  const line = (account: string, market: string, size: number) => ({
    account,
    market,
    size: `${size}`,
    entryPrice: '100',
  });
  await pool.positions([
    line('a', 'BTC', 3),
    line('a', 'ETH', -2),
    line('b', 'BTC', -3),
    line('b', 'ETH', 2),
  ]);
  return pool;
}

describe('closing out a bankrupt', () => {
  test("moves its positions at the marks: every market's sizes still add up, and so does the money", async () => {
    const pool = await book();
    await pool.transfer('a', 'DEPOSIT', 50);
    await pool.mark('BTC', '60');
    await pool.mark('ETH', '110');
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    expect(await pool.event('e')).toMatchObject({ deficit: 9000n });
    expect(await marketSizes(pool)).toEqual({ BTC: '0', ETH: '0' });
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '0', cost: '0' });
    expect(await pool.position1('house', 'BTC')).toEqual({ size: '3', cost: '180' });
    expect(await pool.position1('house', 'ETH')).toEqual({ size: '-2', cost: '-220' });
    expect(await pool.account('a')).toMatchObject({ status: 'BANKRUPT', balance: -9000n, unrealized: 0n });
    expect(await pool.account('house')).toMatchObject({ balance: 0n, unrealized: 0n });
    expect((await pool.account('b')).unrealized).toBe(14000n);
  });

  test('at the prices given, the mark where none is; the takeover account gains what they differ by', async () => {
    const pool = await book();
    await pool.mark('BTC', '60');
    await pool.report({
      ref: 'e',
      account: 'a',
      takeoverAccount: 'house',
      closeouts: [{ market: 'BTC', price: '50' }],
    });
    expect(await pool.event('e')).toMatchObject({ deficit: 15000n });
    expect(await pool.account('house')).toMatchObject({ balance: 0n, unrealized: 3000n });
  });

  test('against what the takeover account holds, realizes its PnL', async () => {
    const pool = await book();
    await pool.position('house', 'BTC', -5, 90);
    await pool.mark('BTC', '60');
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    // 3 of the 5 short at 90 are closed at 60.
    expect(await pool.account('house')).toMatchObject({ balance: 9000n, unrealized: 6000n });
    expect(await pool.position1('house', 'BTC')).toEqual({ size: '-2', cost: '-180' });
    expect(await marketSizes(pool)).toEqual({ BTC: '-5', ETH: '0' });
  });

  test('through zero of what the takeover account holds', async () => {
    const pool = await book();
    await pool.position('house', 'BTC', -1, 90);
    await pool.mark('BTC', '60');
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    expect(await pool.account('house')).toMatchObject({ balance: 3000n, unrealized: 0n });
    expect(await pool.position1('house', 'BTC')).toEqual({ size: '2', cost: '120' });
  });

  test('floors its loss once over all positions, not once each', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 0 });
    for (const market of ['X', 'Y']) {
      await pool.market(market);
      await pool.mark(market, '1');
    }
    await pool.accounts('a', 'house');
    for (const market of ['X', 'Y']) await pool.position('a', market, '0.5', '2');
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    expect(await pool.event('e')).toMatchObject({ deficit: 1n });
  });

  test("ends the takeover account's burden where it leaves it flat", async () => {
    const pool = await book();
    await pool.position('house', 'BTC', -3, 100);
    await pool.mark('BTC', '60');
    await pool.loss('first', 100);
    await pool.settle();
    expect((await pool.account('house')).borne).toBeGreaterThan(0n);
    await pool.mark('ETH', '100');
    await pool.position('a', 'ETH', 0, 0);
    await pool.position('b', 'ETH', 0, 0);
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    expect(await pool.position1('house', 'BTC')).toEqual({ size: '0', cost: '0' });
    expect(await pool.account('house')).toMatchObject({ borne: 0n, realized: 0n });
  });

  test('lets what the takeover account realizes by it pay for the haircuts that it bore', async () => {
    const pool = await book();
    await pool.position('house', 'BTC', -5, 100);
    await pool.mark('BTC', '60');
    await pool.loss('first', 64);
    await pool.settle();
    // house bears 40 of 200, b 24 of 120.
    expect(await pool.account('house')).toMatchObject({ borne: 4000n, realized: 0n });
    await pool.report({
      ref: 'e',
      account: 'a',
      takeoverAccount: 'house',
      closeouts: [{ market: 'BTC', price: '90' }],
    });
    expect(await pool.account('house')).toMatchObject({
      balance: -1000n,
      unrealized: 8000n,
      borne: 4000n,
      realized: 3000n,
    });
    // Of its 80 it can bear 70, b 96 of its 120.
    expect(await pool.settlement(await pool.settle())).toMatchObject({
      profitTotal: 16600n,
      haircuts: { house: 1265n, b: 1735n },
    });
  });

  test('a late update from before it opens none of its positions again', async () => {
    const pool = await book();
    const before = venue.clock.at(0);
    await pool.mark('BTC', '60');
    await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
    await pool.position('house', 'BTC', 99, 1, before);
    expect(await pool.position1('house', 'BTC')).toEqual({ size: '3', cost: '180' });
  });
});

describe('sizes and costs at the edge of what inputs may be', () => {
  test('a takeover account that comes to hold more than 10^20 is answered, now and at the next bankruptcy', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 0 });
    await pool.market('DUST');
    await pool.mark('DUST', '0.000000001');
    const size = `9${'0'.repeat(19)}`;
    await pool.accounts('a', 'b', 'c', 'house');
    for (const ref of ['a', 'b', 'c']) await pool.position(ref, 'DUST', size, '0.000000002');
    const answers = [];
    for (const ref of ['a', 'b', 'c']) {
      answers.push(
        await pool.report({ ref: `e-${ref}`, account: ref, takeoverAccount: 'house' }).then(
          () => 'done',
          (error: unknown) => (error as { code?: string }).code ?? String(error),
        ),
      );
    }
    for (const answer of answers) expect(['done', 'INVALID_INPUT']).toContain(answer);
  });
});
