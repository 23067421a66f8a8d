import { describe, expect, test } from 'vitest';
import { checkTrade } from '../../src/settlement/check-trade.ts';
import { type FillInput, recordFills } from '../../src/settlement/fills.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { Random } from '../model/random.ts';
import { checkInvariants } from '../support/invariants.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function fillsPool(decimals = 2): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules: { positionSource: 'FILLS' } });
  await pool.market('BTC');
  await pool.mark('BTC', '100');
  await pool.accounts('a', 'b', 'house');
  return pool;
}

const fills = (
  pool: PoolUnderTest,
  list: readonly Omit<FillInput, 'market'>[],
  idempotencyKey = fresh('key'),
) =>
  recordFills(venue.runtime, {
    pool: pool.name,
    idempotencyKey,
    fills: list.map((fill) => ({ market: 'BTC', ...fill })),
  });
const one = (trade: string, account: string, size: string, price: string, fee?: string) => ({
  trade,
  account,
  size,
  price,
  ...(fee ? { fee } : {}),
});

describe('fills', () => {
  test('average cost, realized PnL and fees by hand, through zero', async () => {
    const pool = await fillsPool();
    await fills(pool, [one('t1', 'a', '2', '100', '0.10'), one('t2', 'a', '1', '103', '-0.04')]);
    // 303 for 3: two of them sold at 110 realize 220 − 202; then through zero: the third at 90 loses 11, 2 short at 90.
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '3', cost: '303' });
    expect((await pool.account('a')).balance).toBe(-6n);
    await fills(pool, [one('t3', 'a', '-2', '110')]);
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '1', cost: '101' });
    await fills(pool, [one('t4', 'a', '-3', '90')]);
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '-2', cost: '-180' });
    expect((await pool.account('a')).balance).toBe(-6n + 1800n - 1100n);
    await fills(pool, [one('t5', 'a', '2', '85.5')]);
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '0', cost: '0' });
    expect((await pool.account('a')).balance).toBe(694n + 900n);
  });

  test('a trade is recorded once an account, in one call or in two; with another price it is refused', async () => {
    const pool = await fillsPool();
    const both = [one('t1', 'a', '2', '100'), one('t1', 'b', '-2', '100')];
    expect((await fills(pool, [...both, both[0]!])).count).toBe(2);
    expect((await fills(pool, both)).count).toBe(0);
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '2', cost: '200' });
    for (const [changed, k] of [
      [[one('t1', 'a', '2', '101')], 0],
      [[one('t9', 'a', '1', '1'), one('t9', 'a', '1', '2')], 1],
    ] as const) {
      expect(await refusalOf(fills(pool, changed))).toEqual({
        code: 'IDEMPOTENCY_CONFLICT',
        path: ['input', 'fills', k, 'trade'],
      });
    }
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '2', cost: '200' });
  });

  test('what a profit bore is offset by what a fill realizes, and ends when the account is flat', async () => {
    const pool = await fillsPool(0);
    await fills(pool, [one('t1', 'a', '10', '90'), one('t1', 'b', '-10', '90')]);
    await pool.transfer('bankrupt', 'FUNDING', -40);
    await pool.report({ ref: 'e', account: 'bankrupt' });
    await pool.settle();
    expect(await pool.account('a')).toMatchObject({ balance: -40n, borne: 40n, realized: 0n });
    await fills(pool, [one('t2', 'a', '-4', '100')]);
    expect(await pool.account('a')).toMatchObject({ balance: 0n, borne: 40n, realized: 40n });
    await fills(pool, [one('t3', 'a', '-6', '100')]);
    expect(await pool.account('a')).toMatchObject({ balance: 60n, borne: 0n, realized: 0n });
  });

  test('random fills come to what average cost in plain numbers says, and sizes add up', async () => {
    const random = new Random(4);
    const pool = await fillsPool(6);
    const model = new Map(['a', 'b', 'house'].map((ref) => [ref, { size: 0n, cost: 0n, cash: 0n }]));
    // In millionths throughout: sizes and prices of three digits make costs of six, and nothing is rounded but shares of cost.
    for (let batch = 0; batch < 25; batch++) {
      const list = [];
      for (let k = 0; k < random.int(1, 6); k++) {
        const [buyer, seller] = random.shuffled(['a', 'b', 'house']);
        const [size, price, fee] = [
          BigInt(random.int(1, 9999)),
          BigInt(random.int(1, 200_000)),
          BigInt(random.int(-50, 99)),
        ];
        const trade = fresh('trade');
        for (const [ref, sign] of [
          [buyer!, 1n],
          [seller!, -1n],
        ] as const) {
          const own = model.get(ref)!;
          const signed = sign * size;
          if (own.size !== 0n && own.size > 0n !== signed > 0n) {
            const closed = abs(signed) < abs(own.size) ? -signed : own.size;
            const gain = floor(closed * price * abs(own.size) - own.cost * abs(closed), abs(own.size));
            own.cash += gain;
            own.cost += signed * price + gain;
            own.size += signed;
            if (own.size === 0n) own.cost = 0n;
          } else {
            own.cost += signed * price;
            own.size += signed;
          }
          own.cash -= fee;
          list.push(one(trade, ref, thousandths(signed), thousandths(price), millionths(fee)));
        }
      }
      await fills(pool, list);
      for (const [ref, own] of model) {
        expect((await pool.account(ref)).balance).toBe(own.cash);
        const stored = await pool.position1(ref, 'BTC');
        if (stored)
          expect(stored).toEqual({ size: trim(thousandths(own.size)), cost: trim(millionths(own.cost)) });
      }
    }
    expect(await checkInvariants(venue.sql)).toEqual([]);
  });
});

const abs = (n: bigint) => (n < 0n ? -n : n);
const floor = (a: bigint, b: bigint) => (a - (((a % b) + b) % b)) / b;
const digits = (n: bigint, count: number) => {
  const text = abs(n)
    .toString()
    .padStart(count + 1, '0');
  return `${n < 0n ? '-' : ''}${text.slice(0, -count)}.${text.slice(-count)}`;
};
const thousandths = (n: bigint) => digits(n, 3);
const millionths = (n: bigint) => digits(n, 6);
const trim = (text: string) => (/^-?0\.0+$/.test(text) ? '0' : text.replace(/\.?0+$/, ''));

describe('refused, and nothing changed', () => {
  test('the other way of taking positions', async () => {
    const pool = await fillsPool();
    const path = ['input', 'positions'];
    const position = { account: 'a', market: 'BTC', size: '1', entryPrice: '1' };
    expect(await refusalOf(pool.positions([position]))).toEqual({ code: 'WRONG_POSITION_SOURCE', path });
    expect(await refusalOf(pool.update({ positions: [position] }))).toEqual({
      code: 'WRONG_POSITION_SOURCE',
      path,
    });
    expect(await refusalOf(pool.transfer('a', 'REALIZED_PNL', 1))).toEqual({
      code: 'WRONG_POSITION_SOURCE',
      path: ['input', 'transfers', 0, 'kind'],
    });
    await pool.transfer('a', 'FUNDING', 1);
    const snapshots = await PoolUnderTest.create(venue);
    await snapshots.accounts('a');
    expect(
      await refusalOf(
        recordFills(venue.runtime, {
          pool: snapshots.name,
          idempotencyKey: fresh('key'),
          fills: [{ market: 'PNL', ...one('t', 'a', '1', '1') }],
        }),
      ),
    ).toEqual({ code: 'WRONG_POSITION_SOURCE', path: ['input', 'fills'] });
  });

  test('bankrupt accounts, unknown markets, nothing traded, sizes and costs out of range, limits', async () => {
    const pool = await fillsPool();
    await pool.transfer('gone', 'FUNDING', -5);
    await pool.report({ ref: 'gone', account: 'gone' });
    await upsertMarkets(venue.runtime, {
      pool: pool.name,
      markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0', maxPosition: '5' }],
    });
    const at = (field: string, index = 0) => ['input', 'fills', index, field];
    const cases = [
      [[one('t', 'gone', '1', '1')], 'ACCOUNT_NOT_ACTIVE', at('account')],
      [[one('t', 'nobody', '1', '1')], 'NOT_FOUND', at('account')],
      [[{ ...one('t', 'a', '1', '1'), market: 'XYZ' }], 'NOT_FOUND', at('market')],
      [[one('t', 'a', '0', '1')], 'INVALID_INPUT', at('size')],
      [[one('t', 'a', '1', '-1')], 'INVALID_INPUT', at('price')],
      [[one('t', 'a', '1', '1', '0.001')], 'INVALID_INPUT', at('fee')],
      [[one('t', 'a', '99999999999999999999', '99999999999999999999')], 'INVALID_INPUT', at('size')],
      [[one('t', 'a', '5', '1'), one('u', 'a', '0.5', '1')], 'LIMIT_EXCEEDED', at('size', 1)],
      [[one('', 'a', '5', '1')], 'INVALID_INPUT', at('trade')],
    ] as const;
    for (const [list, code, path] of cases)
      expect(await refusalOf(fills(pool, list))).toEqual({ code, path });
    expect(await pool.position1('a', 'BTC')).toBeNull();
    // What is above a limit that came later may still be reduced.
    await fills(pool, [one('t', 'a', '5', '1')]);
    await upsertMarkets(venue.runtime, {
      pool: pool.name,
      markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0', maxPosition: '1' }],
    });
    await fills(pool, [one('v', 'a', '-2', '1')]);
    expect(await pool.position1('a', 'BTC')).toEqual({ size: '3', cost: '3' });
  });
});

describe('checkTrade', () => {
  test('says whether an account stands after a trade, and why not, and writes nothing', async () => {
    const pool = await fillsPool();
    await pool.transfer('a', 'DEPOSIT', 100);
    const before = await pool.sequence();
    const ask = (size: string, price: string, account = 'a') =>
      checkTrade(venue.db, { pool: pool.name, account, market: 'BTC', size, price }, () => true);
    // 10 at 100 require 100 at 10 %.
    expect(await ask('10', '100')).toMatchObject({
      allowed: true,
      reason: null,
      health: 'SAFE',
      liquidationPrice: 90n * 10n ** 18n,
    });
    const over = await ask('10.1', '100');
    expect(over).toMatchObject({ allowed: false, health: 'MARGIN_CALL' });
    expect(over.reason).toBe(
      'The equity would be 1 % below the initial margin: add collateral, or trade less.',
    );
    expect(await ask('10', '111')).toMatchObject({ allowed: false, health: 'BANKRUPT' });
    expect((await ask('10', '111')).reason).toMatch(/insolvent/);
    await fills(pool, [one('t1', 'a', '10', '100')]);
    await pool.mark('BTC', '95');
    // Below the initial margin it may reduce, and not add.
    expect((await ask('-1', '95')).allowed).toBe(true);
    expect((await ask('1', '95')).allowed).toBe(false);
    expect((await ask('-1', '95')).realized).toBe(-500n);
    expect(await pool.sequence()).toBe(before + 2n);
    await expect(ask('1', '1', 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      checkTrade(
        venue.db,
        { pool: pool.name, account: 'a', market: 'BTC', size: '1', price: '1' },
        () => false,
      ),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['input', 'account'] });
  });
});
