import { describe, expect, test } from 'vitest';
import { type LiquidateInput, liquidate } from '../../src/settlement/liquidation.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { Random } from '../model/random.ts';
import { checkInvariants } from '../support/invariants.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function leveraged(rules: LossRulesInput = {}, decimals = 2): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules });
  await upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: ['BTC', 'ETH'].map((symbol) => ({
      symbol,
      initialMarginRate: '0.1',
      maintenanceMarginRate: '0.05',
    })),
  });
  for (const symbol of ['BTC', 'ETH']) await pool.mark(symbol, '100');
  await pool.accounts('house', 'desk');
  return pool;
}

const run = (pool: PoolUnderTest, input: Partial<LiquidateInput>, idempotencyKey = fresh('key')) =>
  liquidate(venue.runtime, {
    pool: pool.name,
    idempotencyKey,
    account: 'a',
    takeoverAccount: 'house',
    ...(input.closeouts ? {} : { atMarks: true }),
    ...input,
  });

interface Seen {
  readonly fee: string;
  readonly health_after: string;
  readonly closes: string[];
}

/** What is stored of a liquidation. */
async function row(pool: PoolUnderTest, { sequence }: { sequence: bigint }): Promise<Seen> {
  const poolId = await pool.poolId();
  const [found] = await venue.sql`
    select fee::text, fund_fee::text, liquidator_fee::text, realized::text, health_before, health_after, equity_before::text,
           equity_after::text, loss_sequence from liquidations where pool_id = ${poolId} and sequence = ${sequence.toString()}`;
  const closes = await venue.sql`
    select m.symbol, trim_scale(c.size)::text as size, trim_scale(c.price)::text as price from liquidation_closes c
    join markets m using (pool_id, market_no) where c.pool_id = ${poolId} and c.sequence = ${sequence.toString()} order by ordinal`;
  return {
    ...(found as Seen),
    closes: closes.map(({ symbol, size, price }) => `${symbol} ${size} @ ${price}`),
  };
}

describe('a liquidation', () => {
  test('closes the part that brings the account back to SAFE, and no step more', async () => {
    const pool = await leveraged({ liquidationFeeRate: '0.01' }, 6);
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.position('a', 'BTC', 10, 100);
    await pool.position('house', 'BTC', -10, 100);
    await pool.mark('BTC', '94');
    // Equity 40 is below 5 % of 940. Of x closed at 94: 40 − 0.94 x ≥ 9.4 (10 − x), so x ≥ 54 / 8.46 = 6.382978…
    const done = await row(pool, await run(pool, {}));
    expect(done).toMatchObject({
      closes: ['BTC 6.382979 @ 94'],
      fee: '6000000',
      fund_fee: '6000000',
      health_before: 'LIQUIDATABLE',
      health_after: 'SAFE',
      equity_before: '40000000',
      equity_after: '34000000',
      loss_sequence: null,
    });
    expect(await pool.position1('a', 'BTC')).toMatchObject({ size: '3.617021' });
    expect(await pool.position1('house', 'BTC')).toMatchObject({ size: '-3.617021' });
    expect(await pool.fundBalance()).toBe(6_000_000n);
    expect(await refusalOf(run(pool, {}))).toEqual({ code: 'NOT_LIQUIDATABLE', path: ['input', 'account'] });
  });

  test.each([
    ['LARGEST_MARGIN', ['ETH 20 @ 99', 'BTC']],
    ['LARGEST_LOSS', ['BTC 10 @ 93', 'ETH']],
    ['SMALLEST_LOSS', ['ETH 20 @ 99', 'BTC']],
  ] as const)('goes by %s, one position after the other', async (liquidationOrder, [first, then]) => {
    const pool = await leveraged({ liquidationOrder });
    await pool.transfer('a', 'DEPOSIT', 130);
    await pool.position('a', 'BTC', 10, 100);
    await pool.position('a', 'ETH', 20, 100);
    await pool.mark('BTC', '93');
    await pool.mark('ETH', '99');
    const { closes, health_after } = await row(pool, await run(pool, {}));
    expect(closes[0]).toBe(first);
    expect(closes[1]).toMatch(new RegExp(`^${then} `));
    expect(health_after).toBe('SAFE');
  });

  test('takes no more fee than the equity that is left, and shares it as the rules say', async () => {
    const pool = await leveraged({
      liquidationFeeRate: '0.05',
      liquidatorShare: '0.3',
      liquidatorAccount: 'desk',
    });
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.position('a', 'BTC', 10, 100);
    await pool.mark('BTC', '90.01');
    // 0.10 of equity are left of a fee of 45: 0.03 to the desk and the rest to the fund.
    const done = await row(pool, await run(pool, {}));
    expect(done).toMatchObject({
      closes: ['BTC 10 @ 90.01'],
      fee: '10',
      fund_fee: '7',
      liquidator_fee: '3',
      equity_after: '0',
    });
    expect((await pool.account('desk')).balance).toBe(3n);
    expect((await pool.account('a')).balance).toBe(0n);
    // Who is not there gets nothing, and the fund all.
    const other = await leveraged({ liquidatorShare: '1', liquidatorAccount: 'nobody' });
    await other.transfer('a', 'DEPOSIT', 100);
    await other.position('a', 'BTC', 10, 100);
    await other.mark('BTC', '94');
    expect(await row(other, await run(other, { feeRate: '0.01' }))).toMatchObject({
      liquidator_fee: '0',
      fund_fee: '599', // of 6.381915 closed, floored to cents
    });
  });

  test('opens a loss event by itself over what is below zero', async () => {
    const pool = await leveraged({ liquidationFeeRate: '0.01' });
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.position('a', 'BTC', 10, 100);
    await pool.position('house', 'BTC', -10, 100);
    await pool.mark('BTC', '85');
    await pool.profits({ winner: 100 });
    const committed = await run(pool, { ref: 'gone' });
    expect(await row(pool, committed)).toMatchObject({
      fee: '0',
      health_after: 'BANKRUPT',
      loss_sequence: `${committed.sequence}`,
    });
    expect(await pool.event('gone')).toMatchObject({ status: 'OPEN', deficit: 5000n });
    expect(await pool.account('a')).toMatchObject({ status: 'BANKRUPT', balance: -5000n });
    await pool.settle();
    expect((await pool.account('a')).balance).toBe(0n);
    // Without positions there is nothing to close, and without a name it gets one.
    await pool.transfer('b', 'FEE', -3);
    const next = await run(pool, { account: 'b' });
    expect(await pool.event(`liquidation-${next.sequence}`)).toMatchObject({ deficit: 300n });
  });

  test('closes at the prices of the caller, by size or as much as it takes', async () => {
    const pool = await leveraged({}, 6);
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.position('a', 'BTC', 10, 100);
    await pool.mark('BTC', '94');
    const partly = await row(
      pool,
      await run(pool, { closeouts: [{ market: 'BTC', price: '93', size: '2' }] }),
    );
    expect(partly).toMatchObject({
      closes: ['BTC 2 @ 93'],
      realized: '-14000000',
      health_after: 'MARGIN_CALL',
      equity_after: '38000000',
    });
    await pool.mark('BTC', '93');
    // Equity 30, 744 of notional: closed at 92, x ≥ (74.4 − 30) / 8.3.
    const rest = await row(pool, await run(pool, { closeouts: [{ market: 'BTC', price: '92' }] }));
    expect(rest).toMatchObject({ closes: ['BTC 5.349398 @ 92'], health_after: 'SAFE' });
  });

  test('answers a repeated call as the first time', async () => {
    const pool = await leveraged();
    await pool.transfer('a', 'DEPOSIT', 100);
    await pool.position('a', 'BTC', 10, 100);
    await pool.mark('BTC', '94');
    const first = await run(pool, {}, 'again');
    expect(await run(pool, {}, 'again')).toEqual(first);
  });
});

test('refused, and nothing changed', async () => {
  const pool = await leveraged();
  await pool.transfer('a', 'DEPOSIT', 100);
  await pool.position('a', 'BTC', 10, 100);
  const at = (...path: (string | number)[]) => ['input', ...path];
  expect(await refusalOf(run(pool, {}))).toEqual({ code: 'NOT_LIQUIDATABLE', path: at('account') });
  await pool.mark('BTC', '94');
  const cases: [Partial<LiquidateInput>, string, (string | number)[]][] = [
    [{ account: 'nobody' }, 'NOT_FOUND', at('account')],
    [{ takeoverAccount: 'nobody' }, 'NOT_FOUND', at('takeoverAccount')],
    [{ takeoverAccount: 'a' }, 'INVALID_INPUT', at('takeoverAccount')],
    [{ closeouts: [{ market: 'BTC', price: '1' }], atMarks: true }, 'INVALID_INPUT', at('closeouts')],
    [{ atMarks: false }, 'INVALID_INPUT', at('closeouts')],
    [{ closeouts: [] }, 'INVALID_INPUT', at('closeouts')],
    [{ closeouts: [{ market: 'ETH', price: '1' }] }, 'INVALID_INPUT', at('closeouts', 0, 'market')],
    [{ closeouts: [{ market: 'BTC', price: '1', size: '11' }] }, 'INVALID_INPUT', at('closeouts', 0, 'size')],
    [{ closeouts: [{ market: 'BTC', price: '1', size: '-1' }] }, 'INVALID_INPUT', at('closeouts', 0, 'size')],
    [{ feeRate: '1.01' }, 'INVALID_INPUT', at('feeRate')],
    [{ ref: ' ' }, 'INVALID_INPUT', at('ref')],
  ];
  for (const [input, code, path] of cases) expect(await refusalOf(run(pool, input))).toEqual({ code, path });
});

test('cascades of random liquidations conserve what there is, down to the last atom', async () => {
  const random = new Random(11);
  const pool = await leveraged(
    {
      liquidationFeeRate: '0.0075',
      liquidatorShare: '0.4',
      liquidatorAccount: 'desk',
      maxHaircutRate: '0.8',
    },
    6,
  );
  const poolId = await pool.poolId();
  const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
  await pool.accounts(...names);
  await pool.transfers(
    names.map((account) => ({
      account,
      kind: 'DEPOSIT',
      amount: `${random.int(50, 400)}.${random.int(100000, 999999)}`,
    })),
  );
  for (const account of names) {
    for (const market of ['BTC', 'ETH']) {
      const size = random.int(-2000, 2000) / 100;
      if (size === 0) continue;
      const entryPrice = String(random.int(9000, 11000) / 100);
      await pool.positions([{ account, market, size: String(size), entryPrice }]);
    }
  }
  // The house is the other side of everything, so that every market adds up to zero.
  for (const market of ['BTC', 'ETH']) {
    const [sum] = await venue.sql`
      select trim_scale(-sum(size))::text as size from positions s join markets m using (pool_id, market_no)
      where s.pool_id = ${poolId} and m.symbol = ${market}`;
    await pool.position('house', market, sum!.size, 100);
  }
  const total = async () => {
    const [sum] = await venue.sql`
      select (sum(balance + unrealized))::text as equity from account_state where pool_id = ${poolId}`;
    return BigInt(sum!.equity) + (await pool.fundBalance());
  };
  const lopsided = () => venue.sql`
    select market_no, sum(size) as size from positions where pool_id = ${poolId} group by 1 having sum(size) <> 0`;
  const seen = { liquidated: 0, partial: 0, bankrupt: 0, settled: 0 };
  for (let tick = 0; tick < 14; tick++) {
    for (const market of ['BTC', 'ETH']) await pool.mark(market, String(random.int(7500, 12500) / 100));
    for (const account of names) {
      const before = await total();
      const committed = await run(pool, { account }).catch((error: { code?: string }) => {
        if (error.code === 'NOT_LIQUIDATABLE' || error.code === 'ACCOUNT_NOT_ACTIVE') return null;
        throw error;
      });
      if (!committed) continue;
      const { health_after, closes } = await row(pool, committed);
      seen.liquidated++;
      if (health_after === 'BANKRUPT') seen.bankrupt++;
      else if (closes.length > 0) seen.partial++;
      // PnL is floored once an account: each that was touched may move by an atom.
      const moved = (await total()) - before;
      expect(moved <= 3n && moved >= -3n, `${moved}`).toBe(true);
      expect(await checkInvariants(venue.sql, { zeroSum: false })).toEqual([]);
      expect(await lopsided()).toEqual([]);
    }
    const [open] = await venue.sql`select from loss_events where pool_id = ${poolId} and status = 'OPEN'`;
    if (open) {
      const before = await total();
      await pool.settle();
      seen.settled++;
      expect(await total()).toBe(before);
    }
  }
  expect(Object.entries(seen).filter(([, times]) => times < 2)).toEqual([]);
}, 60_000);
