import { expect, test } from 'vitest';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();
const SOMEONE_ELSE = 'z';

/** a has borne 50 of its profit of 100, and z as much. */
async function haircutAccount() {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100, [SOMEONE_ELSE]: 100 });
  await pool.loss('e', 100);
  await pool.settle();
  expect(await pool.account('a')).toMatchObject({ balance: -50n, borne: 50n, realized: 0n });
  return pool;
}

test('b ends when the account is flat, and begins anew with the next position', async () => {
  const pool = await haircutAccount();
  await pool.position('a', 'PNL', 0, 0);
  expect(await pool.account('a')).toMatchObject({ balance: -50n, borne: 0n, realized: 0n });
  await pool.profits({ a: 100 });
  await pool.loss('again', 10);
  // a can bear 50, which is its equity; z what is left of its 100.
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    capacity: 100n,
    haircuts: { a: 5n, z: 5n },
  });
  expect(await pool.account('a')).toMatchObject({ borne: 5n });
});

test('b stands while another position is open', async () => {
  const pool = await haircutAccount();
  await pool.market('BTC');
  await pool.mark('BTC', '1');
  await pool.position('a', 'BTC', 1, 1);
  await pool.position('a', 'PNL', 0, 0);
  expect(await pool.account('a')).toMatchObject({ borne: 50n });
  await pool.position('a', 'BTC', 0, 0);
  expect(await pool.account('a')).toMatchObject({ borne: 0n });
});

test('b stands through marks that take the profit away and bring it back', async () => {
  const pool = await haircutAccount();
  await pool.mark('PNL', '0');
  await pool.mark('PNL', '1');
  await pool.loss('again', 1000);
  expect(await pool.settlement(await pool.settle())).toMatchObject({ haircuts: { a: 50n, z: 50n } });
});

test('closing that was overtaken by a later update ends nothing', async () => {
  const pool = await haircutAccount();
  await pool.position('a', 'PNL', 0, 0, venue.clock.at(-3600));
  expect(await pool.account('a')).toMatchObject({ borne: 50n, unrealized: 100n });
});

test('a fill that closes and its PnL, in one call, leave neither burden nor offset behind', async () => {
  const pool = await haircutAccount();
  await pool.update({
    positions: [{ account: 'a', market: 'PNL', size: '0', entryPrice: '0' }],
    transfers: [{ account: 'a', kind: 'REALIZED_PNL', amount: '100' }],
  });
  expect(await pool.account('a')).toMatchObject({ balance: 50n, borne: 0n, realized: 0n });
});

test('only REALIZED_PNL offsets b, and only as a net of gains', async () => {
  const pool = await haircutAccount();
  for (const kind of ['FEE', 'FUNDING', 'DEPOSIT'] as const) await pool.transfer('a', kind, 100);
  expect(await pool.account('a')).toMatchObject({ borne: 50n, realized: 0n });
  await pool.transfer('a', 'REALIZED_PNL', -30);
  await pool.transfer('a', 'REALIZED_PNL', 40);
  expect(await pool.account('a')).toMatchObject({ borne: 50n, realized: 10n });
  await pool.loss('again', 1000);
  // 100 − (50 − 10) for a, 50 for z.
  expect(await pool.settlement(await pool.settle())).toMatchObject({ haircuts: { a: 60n, z: 50n } });
});

test('a head between two haircuts carries what came before it', async () => {
  const pool = await haircutAccount();
  await pool.transfer('a', 'DEPOSIT', 7);
  await pool.loss('second', 20);
  await pool.settle();
  expect(await pool.account('a')).toMatchObject({ balance: -53n, borne: 60n });
  await pool.loss('third', 20);
  await pool.settle();
  expect(await pool.account('a')).toMatchObject({ balance: -63n, borne: 70n });
  await pool.transfer('a', 'FEE', -1);
  expect(await pool.account('a')).toMatchObject({ balance: -64n, borne: 70n });
});
