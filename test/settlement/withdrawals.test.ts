import { describe, expect, test } from 'vitest';
import { dump } from '../support/invariants.ts';
import { PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();
const withdraw = (account: string, amount: number) =>
  ({ account, kind: 'WITHDRAWAL', amount: `-${amount}` }) as const;
const deposit = (account: string, amount: number) =>
  ({ account, kind: 'DEPOSIT', amount: `${amount}` }) as const;

describe('while a loss is open', () => {
  test('withdrawals are held until it is settled, and nothing else is', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.loss('e', 50);
    const before = await dump(venue.sql);
    expect(await refusalOf(pool.transfers([deposit('a', 1), withdraw('a', 1)]))).toEqual({
      code: 'WITHDRAWALS_GATED',
      path: ['input', 'transfers', 1, 'amount'],
    });
    expect(await refusalOf(pool.update({ transfers: [withdraw('a', 1)] }))).toMatchObject({
      code: 'WITHDRAWALS_GATED',
    });
    expect(await dump(venue.sql)).toBe(before);
    await pool.transfers([deposit('a', 1), { account: 'a', kind: 'FEE', amount: '-1' }]);
    await pool.settle();
    // What stays uncovered of a settled loss holds nobody's money.
    expect(await pool.event('e')).toMatchObject({ status: 'PARTIALLY_COVERED' });
    await pool.transfers([withdraw('a', 100)]);
    expect((await pool.account('a')).balance).toBe(0n);
  });

  test('they go through where the rules allow it', async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { withdrawalsWhileLossOpen: 'ALLOW' } });
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.loss('e', 50);
    await pool.transfers([withdraw('a', 100)]);
    expect((await pool.account('a')).balance).toBe(0n);
  });

  test('a loss in one pool holds nothing in another', async () => {
    const [one, two] = [await PoolUnderTest.create(venue), await PoolUnderTest.create(venue)];
    await one.loss('e', 50);
    await two.transfer('a', 'DEPOSIT', 100);
    await two.transfers([withdraw('a', 100)]);
  });
});

describe('a withdrawal is judged by what the whole call leaves', () => {
  test('of the balance', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.transfer('a', 'DEPOSIT', 10);
    const path = ['input', 'transfers', 0, 'amount'];
    expect(await refusalOf(pool.transfers([withdraw('a', 11)]))).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      path,
    });
    expect(await refusalOf(pool.transfers([withdraw('a', 6), withdraw('a', 6)]))).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      path,
    });
    // Below zero on the way, at zero in the end.
    await pool.transfers([withdraw('a', 15), deposit('a', 5)]);
    expect((await pool.account('a')).balance).toBe(0n);
  });

  test('of the equity above the initial margin, which both directions need', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.market('BTC', '2', '0.25');
    await pool.mark('BTC', '10');
    await pool.accounts('a');
    await pool.transfers([deposit('a', 100)]);
    // Notional 2 · 2 · 10 = 40, initial margin 10, no PnL at first.
    await pool.position('a', 'BTC', -2, 10);
    expect(await refusalOf(pool.transfers([withdraw('a', 91)]))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await pool.transfers([withdraw('a', 90)]);
    // At 12 the short has lost 8 and needs 12: equity 10 + 20 − 8.
    await pool.mark('BTC', '12');
    await pool.transfers([deposit('a', 20)]);
    expect(await refusalOf(pool.transfers([withdraw('a', 11)]))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await pool.transfers([withdraw('a', 10)]);
  });

  test('not by unrealized profit: the balance stays at zero or above', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 1000 });
    expect(await refusalOf(pool.transfers([withdraw('a', 1)]))).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  });

  test('together with the positions and marks of the same call', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.market('BTC', '1', '0.5');
    await pool.mark('BTC', '10');
    await pool.transfer('a', 'DEPOSIT', 10);
    await pool.position('a', 'BTC', 1, 10);
    const close = [{ account: 'a', market: 'BTC', size: '0', entryPrice: '0' }];
    expect(await refusalOf(pool.update({ transfers: [withdraw('a', 10)] }))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    const before = await dump(venue.sql);
    const crash = [{ market: 'BTC', price: '1' }];
    expect(await refusalOf(pool.update({ marks: crash, transfers: [withdraw('a', 5)] }))).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      path: ['input', 'transfers', 0, 'amount'],
    });
    expect(await dump(venue.sql)).toBe(before);
    await pool.update({ positions: close, transfers: [withdraw('a', 10)] });
    expect((await pool.account('a')).balance).toBe(0n);
  });

  test('and what was taken by a haircut is gone', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.profits({ a: 1000 });
    await pool.loss('e', 30);
    await pool.settle();
    expect(await refusalOf(pool.transfers([withdraw('a', 71)]))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await pool.transfers([withdraw('a', 70)]);
    expect((await pool.account('a')).balance).toBe(0n);
  });
});
