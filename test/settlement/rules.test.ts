import { describe, expect, test } from 'vitest';
import { withdrawFromFund } from '../../src/settlement/fund.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import {
  resumePool,
  type SetHaircutCapsInput,
  setHaircutCaps,
  startSession,
} from '../../src/settlement/rule-changes.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

const keyed = (pool: PoolUnderTest) => ({ pool: pool.name, idempotencyKey: fresh('key') });
const cut = (pool: PoolUnderTest) => startSession(venue.runtime, keyed(pool));
const recover = (pool: PoolUnderTest, lossEvent: string, amount: number) =>
  recordRecovery(venue.runtime, { ...keyed(pool), lossEvent, amount: String(amount) });
const reverse = (pool: PoolUnderTest, { sequence }: { sequence: bigint }) =>
  reverseSettlement(venue.runtime, { ...keyed(pool), settlement: sequence.toString(), reason: 'a test' });
const caps = (pool: PoolUnderTest, list: SetHaircutCapsInput['caps']) =>
  setHaircutCaps(venue.runtime, { pool: pool.name, caps: list });
const haircuts = async (pool: PoolUnderTest) => (await pool.settlement(await pool.settle())).haircuts;

describe('rules', () => {
  test('change by version, and a settlement names the one that it used', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100, b: 300 });
    await pool.loss('e', 100);
    const first = await pool.settle();
    await pool.rules({ method: 'CONSTRAINED_EQUAL_LOSSES' });
    await pool.rules({ maxHaircutRate: '0.9' });
    await pool.loss('f', 100);
    const second = await pool.settle();
    expect((await pool.settlement(first)).haircuts).toEqual({ a: 25n, b: 75n });
    expect((await pool.settlement(second)).haircuts).toEqual({ a: 50n, b: 50n });
    const id = await pool.poolId();
    const used =
      await venue.sql`select rules_version, method from settlements where pool_id = ${id} order by sequence`;
    expect(used.map((row) => [row.rules_version, row.method])).toEqual([
      [1, 'PRO_RATA'],
      [3, 'CONSTRAINED_EQUAL_LOSSES'],
    ]);
    const versions = await venue.sql`
      select version, method, trim_scale(max_haircut_rate)::text as rate, sequence from pool_rules where pool_id = ${id} order by version`;
    expect(versions.map((row) => [row.version, row.method, row.rate])).toEqual([
      [1, 'PRO_RATA', '1'],
      [2, 'CONSTRAINED_EQUAL_LOSSES', '1'],
      [3, 'CONSTRAINED_EQUAL_LOSSES', '0.9'],
    ]);
  });

  const refused: [name: string, rules: LossRulesInput, path: (string | number)[]][] = [
    ['tiers that do not begin with what the bankrupt has', { tiers: [{ tier: 'SOCIALIZATION' }] }, ['tiers']],
    ['no tiers', { tiers: [] }, ['tiers']],
    [
      'a tier twice',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'INSURANCE_FUND' }, { tier: 'INSURANCE_FUND' }] },
      ['tiers', 2, 'tier'],
    ],
    [
      'a tier behind socialization',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'SOCIALIZATION' }, { tier: 'INSURANCE_FUND' }] },
      ['tiers', 1, 'tier'],
    ],
    [
      'neither fund nor socialization',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'OPERATOR_CAPITAL', capPerEvent: '1' }] },
      ['tiers'],
    ],
    [
      'operator capital without a cap',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'OPERATOR_CAPITAL' }, { tier: 'SOCIALIZATION' }] },
      ['tiers', 1, 'capPerEvent'],
    ],
    [
      'a cap below zero',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'INSURANCE_FUND', capPerEvent: '-1' }] },
      ['tiers', 1, 'capPerEvent'],
    ],
    [
      'a cap on socialization',
      { tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'SOCIALIZATION', capPerEvent: '1' }] },
      ['tiers', 1, 'capPerEvent'],
    ],
    [
      'a reserve of nothing',
      { tiers: [{ tier: 'OWN_COLLATERAL', reserve: '1' }, { tier: 'SOCIALIZATION' }] },
      ['tiers', 0, 'reserve'],
    ],
    [
      'two reserves',
      { fundReserve: '2', tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'INSURANCE_FUND', reserve: '1' }] },
      ['tiers', 1, 'reserve'],
    ],
    [
      'a waterfall and tiers that contradict it',
      { waterfall: 'FUND_ONLY', tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'SOCIALIZATION' }] },
      ['waterfall'],
    ],
    ['an exponent out of range', { leverageExponent: 5 }, ['leverageExponent']],
    ['a leverage below zero', { maxLeverage: '-1' }, ['maxLeverage']],
    ['a market scope over sessions', { scope: 'MARKET', profitBasis: 'SESSION' }, ['scope']],
    ['a rate above one', { maxHaircutRate: '1.1' }, ['maxHaircutRate']],
  ];
  test.each(refused)('%s are refused, and nothing changes', async (_, rules, path) => {
    const pool = await PoolUnderTest.create(venue);
    const before = await pool.sequence();
    expect(await refusalOf(pool.rules(rules))).toEqual({
      code: 'INVALID_INPUT',
      path: ['input', 'rules', ...path],
    });
    expect(await pool.sequence()).toBe(before);
  });

  test('a cap per event counts over all its settlements', async () => {
    const pool = await PoolUnderTest.create(venue, {
      rules: {
        tiers: [
          { tier: 'OWN_COLLATERAL' },
          { tier: 'OPERATOR_CAPITAL', capPerEvent: '7' },
          { tier: 'INSURANCE_FUND', capPerEvent: '10', reserve: '5' },
        ],
      },
    });
    await pool.fund(100);
    await pool.loss('e', 50);
    await pool.loss('f', 12);
    await pool.settle();
    expect([(await pool.event('e')).draw, (await pool.event('f')).draw]).toEqual([10n, 5n]);
    expect([(await pool.event('e')).uncovered, (await pool.event('f')).uncovered]).toEqual([33n, 0n]);
    await pool.settle(['e']);
    expect((await pool.event('e')).uncovered).toBe(33n);
    expect(await pool.fundBalance()).toBe(85n);
  });

  test("recourse takes an owner's other profits first, beyond any cap, and shares the rest with all", async () => {
    const pool = await PoolUnderTest.create(venue, {
      rules: {
        maxHaircutRate: '0.5',
        tiers: [{ tier: 'OWN_COLLATERAL' }, { tier: 'OWNER_RECOURSE' }, { tier: 'SOCIALIZATION' }],
      },
    });
    await pool.ownedAccounts({ broke: 'twin', w1: 'twin', w2: 'twin', other: 'other' });
    await pool.profits({ w1: 10, w2: 30, other: 100 });
    await pool.transfer('broke', 'REALIZED_PNL', -60);
    await pool.report({ ref: 'e', account: 'broke' });
    expect(await haircuts(pool)).toEqual({ other: 20n, w1: 10n, w2: 30n });
  });

  test("a market's losers are borne by its winners, and the rest by the pool or by nobody", async () => {
    for (const [overflow, expected] of [
      ['POOL', { btc: 50n, eth: 70n }],
      ['UNCOVERED', { btc: 50n, eth: 40n }],
    ] as const) {
      const pool = await PoolUnderTest.create(venue, { rules: { scope: 'MARKET', overflow } });
      for (const market of ['BTC', 'ETH']) {
        await pool.market(market);
        await pool.mark(market, '100');
      }
      await pool.position('btc', 'BTC', 1, 50);
      await pool.position('eth', 'ETH', 1, 0);
      await pool.position('broke', 'BTC', 2, 120);
      await pool.position('broke', 'ETH', 1, 120);
      await pool.accounts('house');
      await pool.transfer('broke', 'REALIZED_PNL', -60);
      // It lost 40 in BTC and 20 in ETH, 120 in all: 80 fall to the winners of BTC, who have 50.
      await pool.report({ ref: 'e', account: 'broke', takeoverAccount: 'house' });
      expect(await haircuts(pool)).toEqual(expected);
    }
  });

  test("settled again, no market's winners bear what another's could not", async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { scope: 'MARKET', overflow: 'UNCOVERED' } });
    for (const market of ['A', 'B']) {
      await pool.market(market);
      await pool.mark(market, '2');
    }
    await pool.position('a', 'A', 30, 1);
    await pool.position('b', 'B', 200, 1);
    await pool.position('z', 'A', -60, 1);
    await pool.position('z', 'B', -40, 1);
    await pool.accounts('house');
    await pool.report({ ref: 'l', account: 'z', takeoverAccount: 'house' });
    expect(await haircuts(pool)).toEqual({ a: 30n, b: 40n });
    // What is uncovered is all of A's: its winner has nothing left, and B's have borne theirs.
    const again = async () => (await pool.settlement(await pool.settle(['l']))).haircuts;
    expect(await again()).toEqual({});
    // Whatever pays for some of it: a recovery, the fund; and new winners of A are asked for the rest.
    await recover(pool, 'l', 5);
    await pool.fund(10);
    expect(await again()).toEqual({});
    expect((await pool.event('l')).uncovered).toBe(15n);
    await pool.position('a2', 'A', 7, 1);
    const last = await pool.settle(['l']);
    expect((await pool.settlement(last)).haircuts).toEqual({ a2: 7n });
    await reverse(pool, last);
    expect(await again()).toEqual({ a2: 7n });
    expect((await pool.event('l')).uncovered).toBe(8n);
  });
});

describe('a haircut cap of its own', () => {
  test('(20 %, 50 %, 100 %) of 100, 200, 300 bear 150, 240 and all but 1 of 421', async () => {
    for (const [loss, expected, uncovered] of [
      [150, { a: 20n, b: 52n, c: 78n }, 0n],
      [240, { a: 20n, b: 88n, c: 132n }, 0n],
      [421, { a: 20n, b: 100n, c: 300n }, 1n],
    ] as const) {
      const pool = await PoolUnderTest.create(venue);
      await pool.profits({ a: 100, b: 200, c: 300 });
      await caps(pool, [
        { account: 'a', maxHaircutRate: '0.2' },
        { account: 'b', maxHaircutRate: '0.5' },
      ]);
      await pool.loss('e', loss);
      expect(await haircuts(pool)).toEqual(expected);
      expect((await pool.event('e')).uncovered).toBe(uncovered);
    }
  });

  test("is the lower of it and the pool's, and can be taken back", async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { maxHaircutRate: '0.5' } });
    await pool.profits({ a: 100, b: 100 });
    await caps(pool, [
      { account: 'a', maxHaircutRate: '0.9' },
      { account: 'b', maxHaircutRate: '0.1' },
    ]);
    await pool.loss('e', 100);
    expect(await haircuts(pool)).toEqual({ a: 50n, b: 10n });
    await caps(pool, [{ account: 'b', maxHaircutRate: null }]);
    expect((await pool.settlement(await pool.settle(['e']))).haircuts).toEqual({ b: 40n });
    const list = [{ account: 'b' }, { account: 'nobody' }];
    expect(await refusalOf(caps(pool, list))).toEqual({
      code: 'NOT_FOUND',
      path: ['input', 'caps', 1, 'account'],
    });
    const twice = [{ account: 'b' }, { account: 'b' }];
    expect((await refusalOf(caps(pool, twice))).code).toBe('INVALID_INPUT');
  });
});

describe('a session', () => {
  const session = () => PoolUnderTest.create(venue, { rules: { profitBasis: 'SESSION' } });

  test('closing a position does not dodge the haircut', async () => {
    const pool = await session();
    await pool.profits({ closer: 100, holder: 100 });
    await pool.update({
      positions: [{ account: 'closer', market: 'PNL', size: '0', entryPrice: '0' }],
      transfers: [{ account: 'closer', kind: 'REALIZED_PNL', amount: '100' }],
    });
    await pool.loss('e', 50);
    expect(await haircuts(pool)).toEqual({ closer: 25n, holder: 25n });
  });

  test('profit counts from the cut: what was unrealized then is behind it, and so is what was borne', async () => {
    const pool = await session();
    await pool.profits({ a: 100, b: 100 });
    await pool.loss('e', 40);
    expect(await haircuts(pool)).toEqual({ a: 20n, b: 20n });
    expect((await pool.account('a')).borne).toBe(20n);
    await cut(pool);
    expect((await pool.account('a')).borne).toBe(0n);
    await pool.loss('f', 10);
    expect(await haircuts(pool)).toEqual({});
    await pool.profits({ a: 130, b: 110 });
    await pool.transfer('b', 'REALIZED_PNL', 20);
    // 30 of a, 10 + 20 of b, since the cut.
    expect((await pool.settlement(await pool.settle(['f']))).haircuts).toEqual({ a: 5n, b: 5n });
    // b stands until the next cut, whatever is realized and however flat the account is.
    await pool.transfer('b', 'REALIZED_PNL', 1000);
    await pool.profits({ b: 0 });
    expect((await pool.account('b')).borne).toBe(5n);
  });

  test('takes no more than there is, nor more than β of it, over all settlements until the next cut', async () => {
    const pool = await PoolUnderTest.create(venue, {
      rules: { profitBasis: 'SESSION', maxHaircutRate: '0.5' },
    });
    await pool.profits({ a: 100 });
    for (const event of ['e', 'f']) {
      await pool.loss(event, 40);
      await pool.settle();
    }
    expect((await pool.account('a')).balance).toBe(-50n);
    // A withdrawal leaves equity that a haircut may not go below.
    const thin = await session();
    await thin.transfer('w', 'REALIZED_PNL', 100);
    await thin.transfer('w', 'WITHDRAWAL', -70);
    await thin.loss('e', 50);
    expect(await haircuts(thin)).toEqual({ w: 30n });
  });

  test('is not cut while a loss is open, nor in a pool without sessions', async () => {
    const pool = await session();
    await pool.loss('e', 10);
    expect(await refusalOf(cut(pool))).toEqual({ code: 'LOSS_OPEN', path: ['input', 'pool'] });
    expect((await refusalOf(pool.rules({ profitBasis: 'UNREALIZED' }))).code).toBe('LOSS_OPEN');
    await pool.settle();
    await cut(pool);
    const plain = await PoolUnderTest.create(venue);
    expect((await refusalOf(cut(plain))).code).toBe('INVALID_INPUT');
  });

  test('begins where the basis becomes SESSION', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100, b: 100 });
    await pool.transfer('b', 'REALIZED_PNL', 500);
    await pool.rules({ profitBasis: 'SESSION' });
    await pool.profits({ a: 150 });
    await pool.loss('e', 20);
    expect(await haircuts(pool)).toEqual({ a: 20n });
  });
});

describe('the life of a pool', () => {
  test('halted it takes nothing but what mends it, and resumed everything', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 100 });
    await pool.halt();
    expect((await refusalOf(pool.fund(1))).code).toBe('POOL_HALTED');
    expect((await refusalOf(pool.halt())).code).toBe('POOL_HALTED');
    await pool.rules({ maxHaircutRate: '0.5' });
    await caps(pool, [{ account: 'a', maxHaircutRate: '0.1' }]);
    await resumePool(venue.runtime, keyed(pool));
    expect((await refusalOf(resumePool(venue.runtime, keyed(pool)))).code).toBe('INVALID_INPUT');
    await pool.loss('e', 50);
    expect(await haircuts(pool)).toEqual({ a: 10n });
  });

  test('the fund gives no more than it has above its reserve, and nothing while a loss is open', async () => {
    const pool = await PoolUnderTest.create(venue, { rules: { fundReserve: '30' } });
    await pool.fund(100);
    const withdraw = (amount: string) => withdrawFromFund(venue.runtime, { ...keyed(pool), amount });
    expect(await refusalOf(withdraw('71'))).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      path: ['input', 'amount'],
    });
    await withdraw('40');
    expect(await pool.fundBalance()).toBe(60n);
    await pool.loss('e', 10);
    expect(await refusalOf(withdraw('1'))).toEqual({ code: 'LOSS_OPEN', path: ['input', 'pool'] });
    await pool.settle();
    expect((await refusalOf(withdraw('0'))).code).toBe('INVALID_INPUT');
    await withdraw('20');
    expect(await pool.fundBalance()).toBe(30n);
  });
});
