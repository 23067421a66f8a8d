import { expect, test } from 'vitest';
import { Refusal } from '../../src/core/refusal.ts';
import { dump } from '../support/invariants.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * Inputs that are each in range and add up to something that is not. Whatever the answer, it is an answer: success or
 * a refusal that names the field, never an error of the database.
 */

const venue = venueForThisFile();
const MOST = `1${'0'.repeat(37)}`;

async function answer(call: () => Promise<unknown>): Promise<'done' | Refusal> {
  const before = await dump(venue.sql);
  return call().then(
    () => 'done' as const,
    async (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      expect(await dump(venue.sql)).toBe(before);
      return error;
    },
  );
}

test('a balance of 10^37 atoms, twice and ten times over', async () => {
  const pool = await PoolUnderTest.create(venue);
  for (let i = 0; i < 9; i++) await pool.transfer('a', 'DEPOSIT', MOST);
  expect((await pool.account('a')).balance).toBe(9n * 10n ** 37n);
  expect(await answer(() => pool.transfer('a', 'DEPOSIT', MOST))).toMatchObject({ code: 'INVALID_INPUT' });
});

test('eleven deposits of 10^37 atoms to eleven accounts in one call', async () => {
  const pool = await PoolUnderTest.create(venue);
  const refs = Array.from({ length: 11 }, (_, i) => `a${i}`);
  await pool.accounts(...refs);
  await answer(() => pool.transfers(refs.map((account) => ({ account, kind: 'DEPOSIT', amount: MOST }))));
});

test('a deficit of 10^37 atoms, borne to the atom', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.position('a', 'PNL', '9'.repeat(19), 0);
  await pool.mark('PNL', `1${'0'.repeat(19)}`);
  await pool.loss('e', MOST);
  const { haircuts } = await pool.settlement(await pool.settle());
  expect(haircuts).toEqual({ a: 10n ** 37n });
});

test('eleven deficits of 10^37 atoms settled at once against one winner', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.position('a', 'PNL', '9'.repeat(20), 0);
  await pool.mark('PNL', '9'.repeat(20));
  for (let i = 0; i < 11; i++) await pool.loss(`e${i}`, MOST);
  await answer(() => pool.settle());
});

test('net realized PnL beyond 38 digits, taken out as it comes in', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100 });
  await pool.loss('e', 10);
  await pool.settle();
  for (let i = 0; i < 11; i++) {
    await answer(() => pool.transfer('a', 'REALIZED_PNL', MOST));
    await answer(() => pool.transfer('a', 'FEE', `-${MOST}`));
  }
});

test('a bankruptcy whose loss eats a balance near 38 digits', async () => {
  const pool = await PoolUnderTest.create(venue);
  for (let i = 0; i < 9; i++) await pool.transfer('a', 'DEPOSIT', MOST);
  await pool.accounts('house');
  await pool.position('a', 'PNL', `-${'9'.repeat(19)}`, 0);
  await pool.mark('PNL', `99${'0'.repeat(17)}`);
  await answer(() => pool.report({ ref: 'e', account: 'a', takeoverAccount: 'house' }));
});

test('a profit of 60 digits bears a loss of one atom', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 18 });
  await pool.market('BIG', '9'.repeat(20));
  await pool.position('a', 'BIG', '9'.repeat(20), 0);
  await pool.mark('BIG', '9'.repeat(20));
  await pool.loss('e', '0.000000000000000001');
  expect((await pool.settlement(await pool.settle())).haircuts).toEqual({ a: 1n });
});
