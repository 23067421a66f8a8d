import { describe, expect, test } from 'vitest';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import type { Committed } from '../../src/settlement/transaction.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

const recover = (
  pool: PoolUnderTest,
  lossEvent: string,
  amount: number | string,
  idempotencyKey = fresh('key'),
) => recordRecovery(venue.runtime, { pool: pool.name, idempotencyKey, lossEvent, amount: String(amount) });
const reverse = (pool: PoolUnderTest, { sequence }: Committed, idempotencyKey = fresh('key')) =>
  reverseSettlement(venue.runtime, {
    pool: pool.name,
    idempotencyKey,
    settlement: sequence.toString(),
    reason: 'marks were wrong',
  });

/** What a commit gave back, by account. */
async function givenBack(pool: PoolUnderTest, { sequence }: Committed): Promise<Record<string, bigint>> {
  const rows = await venue.sql`
    select a.ref, sum(-h.amount) as amount from haircuts h join accounts a using (pool_id, account_no)
    where h.pool_id = ${await pool.poolId()} and h.sequence = ${sequence.toString()} and h.restores is not null group by a.ref`;
  return Object.fromEntries(rows.map((row) => [row.ref, BigInt(row.amount)]));
}

async function eventNow(pool: PoolUnderTest, ref: string) {
  const [row] = await venue.sql`
    select * from loss_events where pool_id = ${await pool.poolId()} and ref = ${ref}`;
  const big = (name: string) => BigInt(row![name]);
  return {
    status: row!.status as string,
    recourse: big('recourse'),
    operator: big('operator_capital'),
    fund: big('fund_draw'),
    socialized: big('socialized'),
    uncovered: big('uncovered'),
    recovered: big('recovered'),
  };
}

describe('a recovery', () => {
  test('pays what is uncovered, then haircuts pro rata, then the fund', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.fund(40);
    await pool.profits({ a: 100, b: 200 });
    await pool.loss('e', 400);
    await pool.settle();
    expect(await eventNow(pool, 'e')).toMatchObject({ fund: 40n, socialized: 300n, uncovered: 60n });

    expect(await givenBack(pool, await recover(pool, 'e', 50))).toEqual({});
    expect(await eventNow(pool, 'e')).toMatchObject({
      status: 'PARTIALLY_COVERED',
      uncovered: 10n,
      recovered: 50n,
    });
    expect(await givenBack(pool, await recover(pool, 'e', 100))).toEqual({ a: 30n, b: 60n });
    expect(await eventNow(pool, 'e')).toMatchObject({ status: 'SETTLED', uncovered: 0n, socialized: 210n });
    expect((await pool.account('a')).balance).toBe(-70n);
    expect((await pool.account('bankrupt-of-e')).balance).toBe(0n);

    expect(await givenBack(pool, await recover(pool, 'e', 230))).toEqual({ a: 70n, b: 140n });
    expect(await eventNow(pool, 'e')).toMatchObject({ fund: 20n, socialized: 0n, recovered: 380n });
    expect(await pool.fundBalance()).toBe(20n);
    expect(await refusalOf(recover(pool, 'e', 21))).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'amount'],
    });
    await recover(pool, 'e', 20);
    expect(await eventNow(pool, 'e')).toEqual({
      status: 'SETTLED',
      recourse: 0n,
      operator: 0n,
      fund: 0n,
      socialized: 0n,
      uncovered: 0n,
      recovered: 400n,
    });
    expect(await pool.fundBalance()).toBe(40n);
    expect((await pool.account('a')).balance).toBe(0n);
  });

  test('of an OPEN event covers it, and settling takes only the rest', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100 });
    await pool.loss('e', 60);
    await recover(pool, 'e', 20);
    expect(await eventNow(pool, 'e')).toMatchObject({ status: 'OPEN', uncovered: 40n, recovered: 20n });
    expect((await pool.settlement(await pool.settle())).haircuts).toEqual({ a: 40n });
    await pool.loss('f', 5);
    await recover(pool, 'f', 5);
    expect((await eventNow(pool, 'f')).status).toBe('SETTLED');
    expect((await refusalOf(pool.settle(['f']))).code).toBe('LOSS_ALREADY_SETTLED');
  });

  test('of events settled together repays its own share, and leaves the others theirs', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 300, b: 600 });
    await pool.loss('e', 60);
    await pool.loss('f', 30);
    await pool.settle();
    expect(await givenBack(pool, await recover(pool, 'f', 30))).toEqual({ a: 10n, b: 20n });
    expect((await refusalOf(recover(pool, 'f', 1))).code).toBe('INVALID_INPUT');
    expect(await eventNow(pool, 'e')).toMatchObject({ socialized: 60n, recovered: 0n });
    expect(await givenBack(pool, await recover(pool, 'e', 60))).toEqual({ a: 20n, b: 40n });
  });

  test('repays several settlements of one event in one commit, each haircut with a notice of its own', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100, b: 100 });
    await pool.loss('e', 300);
    const first = await pool.settle();
    await pool.profits({ a: 200, b: 150 });
    const second = await pool.settle(['e']);
    expect((await pool.settlement(second)).haircuts).toEqual({ a: 67n, b: 33n });
    const { sequence } = await recover(pool, 'e', 150);
    const rows = await venue.sql`
      select a.ref, h.restores, -h.amount as amount, h.previous_sequence, h.ordinal, h.borne_after
      from haircuts h join accounts a using (pool_id, account_no)
      where h.pool_id = ${await pool.poolId()} and h.sequence = ${sequence.toString()} order by h.ordinal`;
    expect(
      rows.map((r) => [r.ref, BigInt(r.restores), r.amount, BigInt(r.previous_sequence), r.borne_after]),
    ).toEqual([
      ['a', first.sequence, '50', second.sequence, '117'],
      ['a', second.sequence, '34', sequence, '83'],
      ['b', first.sequence, '50', second.sequence, '83'],
      ['b', second.sequence, '16', sequence, '67'],
    ]);
  });

  test.each([
    ['that was taken back', true],
    ['that stands', false],
  ])('repays haircuts before the fund also after a settlement of other rules %s', async (_, isReversed) => {
    const pool = await PoolUnderTest.create(venue);
    await pool.fund(10);
    await pool.profits({ a: 50 });
    await pool.loss('e', 100);
    await pool.settle();
    expect(await eventNow(pool, 'e')).toMatchObject({ fund: 10n, socialized: 50n, uncovered: 40n });
    await pool.rules({ waterfall: 'FUND_ONLY' });
    await pool.fund(20);
    const second = await pool.settle(['e']);
    if (isReversed) await reverse(pool, second);
    await pool.rules({ waterfall: 'FUND_THEN_SOCIALIZE' });
    const uncovered = isReversed ? 40 : 20;
    expect(await givenBack(pool, await recover(pool, 'e', uncovered + 30))).toEqual({ a: 30n });
    expect(await eventNow(pool, 'e')).toMatchObject({
      fund: isReversed ? 10n : 30n,
      socialized: 20n,
      uncovered: 0n,
    });
  });

  test('lowers b: the profit that was given back can bear again', async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { maxHaircutRate: '0.5' } });
    await pool.profits({ a: 100 });
    await pool.loss('e', 80);
    await pool.settle();
    expect(await pool.account('a')).toMatchObject({ borne: 50n, balance: -50n });
    // 30 were never covered: they come first.
    await recover(pool, 'e', 50);
    expect(await pool.account('a')).toMatchObject({ borne: 30n, balance: -30n });
    await pool.loss('f', 100);
    expect((await pool.settlement(await pool.settle())).haircuts).toEqual({ a: 20n });
  });

  test('does not lower the b of another profit: one that was flat in between, or that a haircut found paid for', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100, b: 100 });
    await pool.loss('e', 100);
    await pool.settle();
    await pool.profits({ a: 0 });
    await pool.profits({ a: 100 });
    await pool.transfer('b', 'REALIZED_PNL', 50);
    await pool.loss('f', 60);
    await pool.settle();
    const before = await pool.account('a');
    expect([before.borne, (await pool.account('b')).borne]).toEqual([20n, 40n]);
    await recover(pool, 'e', 100);
    expect(await pool.account('a')).toMatchObject({ borne: 20n, balance: before.balance + 50n });
    expect((await pool.account('b')).borne).toBe(40n);
  });

  test('goes back through every tier that paid, the last one first', async () => {
    const pool = await PoolUnderTest.create(venue, {
      rules: {
        tiers: [
          { tier: 'OWN_COLLATERAL' },
          { tier: 'OWNER_RECOURSE' },
          { tier: 'INSURANCE_FUND', capPerEvent: '20' },
          { tier: 'OPERATOR_CAPITAL', capPerEvent: '30' },
          { tier: 'SOCIALIZATION' },
        ],
      },
    });
    await pool.fund(100);
    await pool.ownedAccounts({ broke: 'twin', twin: 'twin' });
    await pool.profits({ a: 500, twin: 10 });
    await pool.transfer('broke', 'REALIZED_PNL', -100);
    await pool.report({ ref: 'e', account: 'broke' });
    const settled = await pool.settle();
    expect((await pool.settlement(settled)).haircuts).toEqual({ a: 40n, twin: 10n });
    expect(await eventNow(pool, 'e')).toMatchObject({
      recourse: 10n,
      fund: 20n,
      operator: 30n,
      socialized: 40n,
    });
    const left = async () => {
      const { recourse, fund, operator, socialized } = await eventNow(pool, 'e');
      return [socialized, operator, fund, recourse];
    };
    await recover(pool, 'e', 55);
    expect(await left()).toEqual([0n, 15n, 20n, 10n]);
    await recover(pool, 'e', 30);
    expect(await left()).toEqual([0n, 0n, 5n, 10n]);
    expect(await givenBack(pool, await recover(pool, 'e', 15))).toEqual({ twin: 10n });
    expect(await left()).toEqual([0n, 0n, 0n, 0n]);
    expect(await pool.fundBalance()).toBe(100n);
  });

  test('gives an account that went bankrupt since what is its own, and that account owes what it owed', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100, b: 100 });
    await pool.loss('e', 100);
    await pool.settle();
    await pool.profits({ a: 0 });
    await pool.report({ ref: 'f', account: 'a' });
    await recover(pool, 'e', 60);
    expect((await pool.account('a')).balance).toBe(-50n + 30n);
    expect((await pool.settlement(await pool.settle())).haircuts).toEqual({ b: 50n });
    expect((await pool.account('a')).balance).toBe(30n);
  });

  test('is refused where there is nothing that it could be of', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.loss('e', 10);
    expect(await refusalOf(recover(pool, 'nothing', 1))).toEqual({
      code: 'NOT_FOUND',
      path: ['input', 'lossEvent'],
    });
    for (const amount of ['0', '-1', '0.5', '11']) {
      expect(await refusalOf(recover(pool, 'e', amount))).toEqual({
        code: 'INVALID_INPUT',
        path: ['input', 'amount'],
      });
    }
  });

  test('under one key is one', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100 });
    await pool.loss('e', 10);
    await pool.settle();
    const once = await recover(pool, 'e', 4, 'the key');
    expect(await recover(pool, 'e', 4, 'the key')).toEqual(once);
    expect((await eventNow(pool, 'e')).recovered).toBe(4n);
  });
});

describe('a reversal', () => {
  test('leaves everybody with what they had, and the events open again', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.fund(40);
    await pool.profits({ a: 100, b: 200 });
    await pool.loss('e', 100);
    await pool.loss('f', 50);
    const before = [await pool.account('a'), await pool.account('b'), await pool.account('bankrupt-of-e')];
    const settled = await pool.settle();
    expect(await givenBack(pool, await reverse(pool, settled))).toEqual({ a: 37n, b: 73n });
    expect([await pool.account('a'), await pool.account('b'), await pool.account('bankrupt-of-e')]).toEqual(
      before,
    );
    expect(await pool.fundBalance()).toBe(40n);
    expect(await eventNow(pool, 'e')).toMatchObject({
      status: 'OPEN',
      uncovered: 100n,
      fund: 0n,
      socialized: 0n,
    });
    // And it can be settled again, by then right marks.
    expect((await pool.settlement(await pool.settle())).haircuts).toEqual({ a: 37n, b: 73n });
  });

  test('is refused where the fund could not hold what comes back to it', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.fund(40);
    await pool.loss('e', 40);
    const settled = await pool.settle();
    const most = 10n ** 38n - 1n;
    for (let i = 0n; i < 10n; i++) await pool.fund(((most + i) / 10n).toString());
    expect(await refusalOf(reverse(pool, settled))).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'settlement'],
    });
    expect(await pool.fundBalance()).toBe(most);
  });

  test('is refused twice, after a recovery, and under a later settlement', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100 });
    await pool.loss('e', 150);
    const first = await pool.settle();
    await pool.profits({ a: 130 });
    const second = await pool.settle(['e']);
    const refused = { code: 'NOT_REVERSIBLE', path: ['input', 'settlement'] };
    expect(await refusalOf(reverse(pool, first))).toEqual(refused);
    await reverse(pool, second);
    expect((await eventNow(pool, 'e')).status).toBe('PARTIALLY_COVERED');
    expect(await refusalOf(reverse(pool, second))).toEqual(refused);
    await reverse(pool, first);
    expect((await eventNow(pool, 'e')).status).toBe('OPEN');
    const third = await pool.settle();
    await recover(pool, 'e', 21);
    expect(await refusalOf(reverse(pool, third))).toEqual(refused);
    expect(await refusalOf(reverse(pool, { ...third, sequence: 1n }))).toEqual({
      code: 'NOT_FOUND',
      path: ['input', 'settlement'],
    });
  });

  test('is what a halted pool takes', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100 });
    await pool.loss('e', 10);
    const settled = await pool.settle();
    await pool.halt();
    expect((await refusalOf(recover(pool, 'e', 1))).code).toBe('POOL_HALTED');
    await reverse(pool, settled);
    expect((await pool.account('a')).balance).toBe(0n);
  });
});
