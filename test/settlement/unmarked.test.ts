import { expect, test } from 'vitest';
import { PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function withUnmarkedMarket() {
  const pool = await PoolUnderTest.create(venue);
  await pool.market('NEW');
  await pool.profits({ a: 100, b: 100 });
  await pool.position('a', 'NEW', 1, 7);
  return pool;
}

test('a market without a mark is valued at entry', async () => {
  const pool = await withUnmarkedMarket();
  expect((await pool.account('a')).unrealized).toBe(100n);
});

test('an account with a position in one bears nothing until a mark comes', async () => {
  const pool = await withUnmarkedMarket();
  await pool.loss('e', 120);
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    capacity: 100n,
    uncovered: 20n,
    haircuts: { b: 100n },
  });
  await pool.mark('NEW', '7');
  expect(await pool.settlement(await pool.settle(['e']))).toMatchObject({ haircuts: { a: 20n } });
});

test('nor is it closed out, whatever price is given', async () => {
  const pool = await withUnmarkedMarket();
  await pool.accounts('house');
  await pool.transfer('a', 'FEE', -1000);
  for (const closeouts of [undefined, [{ market: 'NEW', price: '0' }]]) {
    expect(
      await refusalOf(
        pool.report({
          ref: 'e',
          account: 'a',
          takeoverAccount: 'house',
          ...(closeouts ? { closeouts } : {}),
        }),
      ),
    ).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'closeouts'],
    });
  }
  await pool.mark('NEW', '7');
  await pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' });
  expect(await pool.event('e')).toMatchObject({ deficit: 900n });
});

test('a closed position in one holds nothing up', async () => {
  const pool = await withUnmarkedMarket();
  await pool.position('a', 'NEW', 0, 0);
  await pool.loss('e', 100);
  expect(await pool.settlement(await pool.settle())).toMatchObject({ haircuts: { a: 50n, b: 50n } });
});
