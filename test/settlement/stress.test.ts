import { describe, expect, test } from 'vitest';
import { Books } from '../../src/settlement/books.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { setHaircutCaps } from '../../src/settlement/rule-changes.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import type { StressTestInput } from '../../src/settlement/stress-input.ts';
import { StressTests, stressTest } from '../../src/settlement/stress-test.ts';
import { Random } from '../model/random.ts';
import { text } from '../model/world.ts';
import { clear } from '../support/quant/clearing.ts';
import { PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function openPool(rules: LossRulesInput = {}, decimals = 2): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules });
  const rates = { initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
  await upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: ['BTC', 'ETH'].map((symbol) => ({ symbol, ...rates })),
  });
  for (const symbol of ['BTC', 'ETH']) await pool.mark(symbol, '100');
  return pool;
}

/** An account with a balance and one position. */
async function hold(
  pool: PoolUnderTest,
  ref: string,
  balance: number,
  size: number,
  entry = 100,
  market = 'BTC',
) {
  await pool.transfer(ref, balance < 0 ? 'FUNDING' : 'DEPOSIT', balance);
  await pool.position(ref, market, size, entry);
}

const ask = async (pool: PoolUnderTest, input: Omit<StressTestInput, 'pool'>) => {
  const books = new Books();
  const { scenarios } = await stressTest({ db: venue.db, books }, { pool: pool.name, ...input });
  const refs = await venue.sql<{ account_no: number; ref: string }[]>`
    select account_no, ref from accounts where pool_id = ${await pool.poolId()}`;
  const refOf = new Map(refs.map((row) => [row.account_no, row.ref]));
  return scenarios.map((scenario) => ({
    ...scenario,
    left: Object.fromEntries(scenario.closedOut.map((row) => [refOf.get(row.accountNo)!, row.left])),
    haircuts: Object.fromEntries(
      scenario.accountNos.map((accountNo, i) => [refOf.get(accountNo)!, scenario.haircuts.get(i)]),
    ),
  }));
};
const fall = (change: string): StressTestInput['shocks'] => ({
  scenarios: [{ name: 'fall', common: change }],
});

describe('contagion', () => {
  test('a haircut that leaves a winner below its maintenance margin closes it out too', async () => {
    const pool = await openPool();
    await hold(pool, 'long', 1200, 100);
    await hold(pool, 'thin', -100, -10, 120);
    await hold(pool, 'winner', 1000, -10);
    await pool.fund(350);
    // At 80 the long owes 800: 450 over the fund, nine tenths of 300 + 200. `thin` is left with 30 of the 40 that it has to have.
    const [seen] = await ask(pool, { shocks: fall('-0.2') });
    expect(seen!.rounds).toEqual([
      { closedOut: 1, deficit: 80000n, socialized: 45000n, uncovered: 0n },
      { closedOut: 1, deficit: 80000n, socialized: 20000n, uncovered: 25000n },
    ]);
    expect(seen).toMatchObject({
      left: { long: -80000n, thin: 30000n },
      haircuts: { winner: 20000n },
      waterfall: { fundDraw: 35000n, profitTotal: 20000n },
    });
    const [first] = await ask(pool, { shocks: fall('-0.2'), contagion: false });
    expect(first!.rounds).toHaveLength(1);
    expect(first!.haircuts).toEqual({ thin: 27000n, winner: 18000n });
    const [below] = await ask(pool, { shocks: fall('-0.2'), closeOutAt: 'BELOW_ZERO' });
    expect(below!.rounds).toHaveLength(1);
  });

  test('that would go on for thousands of rounds is refused, and the book is as it was', async () => {
    const pool = await openPool({}, 6);
    const refs = Array.from({ length: 3_000 }, (_, i) => `n${String(i).padStart(4, '0')}`);
    await pool.accounts(...refs);
    await pool.transfers(refs.map((account) => ({ account, kind: 'DEPOSIT', amount: '10' })));
    // Each 100 that are sold move the mark by 0.001, and the i-th is in trouble below 100 − (i − ½) × 0.001, the first at once.
    const entry = (i: number) => (10 + 0.95 * (100 - (i - 0.5) * 0.001)).toFixed(6);
    await pool.positions(
      refs.map((account, i) => ({ account, market: 'BTC', size: '1', entryPrice: entry(i) })),
    );
    const alone = { shocks: fall('-0.01'), contagion: false };
    const before = await ask(pool, alone);
    const slippage = { depths: [{ market: 'BTC', depth: '100000' }], permanentShare: '1' };
    expect(await refusalOf(ask(pool, { shocks: fall('0'), slippage }))).toEqual({
      code: 'LIMIT_EXCEEDED',
      path: ['input'],
    });
    expect(await ask(pool, alone)).toEqual(before);
  });

  test('what is closed out moves the mark, and that closes out the next', async () => {
    const pool = await openPool();
    await hold(pool, 'first', 300, 20);
    await hold(pool, 'second', 225, 10);
    await hold(pool, 'short', 5000, -30);
    const shocks = fall('-0.15');
    // At 85 the first has 0 left; 1,700 sold at a depth of 170 a percent is 10 %: 8.50 a contract.
    const depths = [{ market: 'BTC', depth: '170' }];
    const [still] = await ask(pool, { shocks, slippage: { depths } });
    expect(still!.left).toEqual({ first: -17000n });
    expect(still!.marks.find(({ shocked }) => shocked === 85n * 10n ** 18n)!.after).toBe(85n * 10n ** 18n);
    // Half of it stays: at 80.75 the second has 32.50 of the 40.375 that it has to have. Then 2,550 are sold: 15 %.
    const [moved] = await ask(pool, { shocks, slippage: { depths, permanentShare: '0.5' } });
    expect(moved!.rounds.map(({ closedOut }) => closedOut)).toEqual([1, 1]);
    // 85 − 12.75: 20 × (72.25 − 100) + 300, and 10 × (72.25 − 100) + 225.
    expect(moved!.left).toEqual({ first: -25500n, second: -5250n });
    expect(moved!.marks[0]).toMatchObject({
      before: 100n * 10n ** 18n,
      shocked: 85n * 10n ** 18n,
      after: 78625n * 10n ** 15n,
    });
    const [flat] = await ask(pool, { shocks, slippage: { share: '0.01' } });
    expect(flat!.left).toEqual({ first: -1700n });
    // √: 1 % × √(1,700 ÷ 17) is 10 % too.
    const [root] = await ask(pool, {
      shocks,
      slippage: { depths: [{ market: 'BTC', depth: '17' }], law: 'SQUARE_ROOT' },
    });
    expect(root!.left).toEqual({ first: -17000n });
  });
});

test('a grid is every combination of its factors, each at most all of the mark', async () => {
  const pool = await openPool();
  await hold(pool, 'long', 200, 10);
  await hold(pool, 'short', 2000, -10);
  const seen = await ask(pool, {
    shocks: {
      grid: [
        { name: 'crypto', betas: [{ market: 'BTC', beta: '1.5' }], changes: ['0', '-0.2', '-0.8'] },
        { name: 'ether', betas: [{ market: 'ETH', beta: '1' }], changes: ['0.1', '-0.1'] },
      ],
    },
  });
  expect(seen.map(({ changes }) => changes.map((change) => Number(change) / 1e18))).toEqual([
    [0, 0.1],
    [0, -0.1],
    [-0.2, 0.1],
    [-0.2, -0.1],
    [-0.8, 0.1],
    [-0.8, -0.1],
  ]);
  expect(seen.map(({ marks }) => marks.map(({ shocked }) => Number(shocked / 10n ** 15n) / 1000))).toEqual([
    [100, 110, 1],
    [100, 90, 1],
    [70, 110, 1],
    [70, 90, 1],
    [0, 110, 1],
    [0, 90, 1],
  ]);
  // At 70 the long owes 100, and at 0 all of the 800 that it did not have.
  expect(seen.map(({ waterfall }) => waterfall.deficit)).toEqual([0n, 0n, 10000n, 10000n, 80000n, 80000n]);
  expect(seen[0]!.rounds).toEqual([]);
});

test('a change of the fund is a change of what it can pay', async () => {
  const pool = await openPool();
  await hold(pool, 'long', 200, 10);
  await hold(pool, 'short', 2000, -10);
  await pool.fund(50);
  const draws = [];
  for (const fundChange of ['0', '30', '-20', '-80']) {
    const [seen] = await ask(pool, { shocks: fall('-0.3'), fundChange });
    draws.push([seen!.fundBefore, seen!.waterfall.fundDraw, seen!.waterfall.socialized]);
  }
  expect(draws).toEqual([
    [5000n, 5000n, 5000n],
    [8000n, 8000n, 2000n],
    [3000n, 3000n, 7000n],
    [0n, 0n, 10000n],
  ]);
});

test.each([
  [1, { maxHaircutRate: '0.6' }],
  [2, { method: 'TALMUD' }],
  [3, { scope: 'MARKET' }],
  [4, { method: 'RISK_WEIGHTED', fundReserve: '7' }],
  [5, { profitBasis: 'SESSION' }],
] as const)(
  'what it says is what comes when it happens, to the atom: seed %i, %o',
  async (seed, rules) => {
    const random = new Random(seed);
    const pool = await openPool(rules, 6);
    await pool.transfer('house', 'DEPOSIT', 1_000_000);
    // It buys below the mark, and is not to bear what that wins: the scenario has no house.
    await setHaircutCaps(venue.runtime, {
      pool: pool.name,
      caps: [{ account: 'house', maxHaircutRate: '0' }],
    });
    let checked = 0;
    const names = Array.from({ length: 14 }, (_, i) => `t${i}`);
    for (const ref of names) {
      await pool.transfer(ref, 'DEPOSIT', `${random.int(100, 600)}.${random.int(100000, 999999)}`);
      for (const market of random.some(['BTC', 'ETH']))
        await pool.position(
          ref,
          market,
          `${random.int(-3000, 3000) / 100}`,
          `${random.int(9000, 11000) / 100}`,
        );
    }
    await pool.fund(40);
    for (let tick = 0; tick < 3; tick++) {
      const markets = ['BTC', 'ETH'].map((market) => ({ market, change: `${random.int(-300, 300) / 1000}` }));
      const [seen] = await ask(pool, {
        shocks: { scenarios: [{ name: 'tick', markets }] },
        closeOutAt: 'BELOW_ZERO',
        slippage: { share: '0.01' },
        contagion: false,
      });
      const marks = seen!.marks.map(({ marketNo, shocked }) => [marketNo, shocked] as const);
      const symbols = await venue.sql<{ market_no: number; symbol: string }[]>`
      select market_no, symbol from markets where pool_id = ${await pool.poolId()}`;
      const symbolOf = new Map(symbols.map((row) => [row.market_no, row.symbol]));
      for (const [no, mark] of marks) await pool.mark(symbolOf.get(no)!, text(mark, 18));
      for (const [ref, left] of Object.entries(seen!.left)) {
        const held = await venue.sql<{ symbol: string; size: string; mark: string }[]>`
        select m.symbol, s.size, m.mark_price as mark from positions s join accounts a using (pool_id, account_no)
        join markets m using (pool_id, market_no) where s.pool_id = ${await pool.poolId()} and a.ref = ${ref} and s.size <> 0`;
        const closeouts = held.map(({ symbol, size, mark }) => {
          const exact = BigInt(Math.round(Number(mark) * 1e6)) * 10n ** 12n;
          const price = Number(size) > 0 ? (exact * 99n) / 100n : (exact * 101n) / 100n;
          return { market: symbol, price: text(price, 18) };
        });
        await pool.report({ ref: `${ref}-gone`, account: ref, takeoverAccount: 'house', closeouts });
        expect((await pool.event(`${ref}-gone`)).deficit).toBe(-left);
      }
      if (Object.keys(seen!.left).length === 0) continue;
      checked++;
      const settled = await pool.settlement(await pool.settle());
      const { deficit, fundDraw, socialized, uncovered } = seen!.waterfall;
      expect([settled.deficit, settled.draw, settled.socialized, settled.uncovered]).toEqual([
        deficit,
        fundDraw,
        socialized,
        uncovered,
      ]);
      expect(settled.haircuts).toEqual(seen!.haircuts);
    }
    expect(checked).toBeGreaterThan(0);
  },
  30_000,
);

test('refused, and why', async () => {
  const pool = await openPool();
  const shock = (scenario: object): StressTestInput['shocks'] => ({
    scenarios: [{ name: 's', ...scenario }],
  });
  const cases: [Omit<StressTestInput, 'pool'>, string, (string | number)[]][] = [
    [{ shocks: { scenarios: [] } }, 'INVALID_INPUT', ['shocks']],
    [{ shocks: { grid: [] } }, 'INVALID_INPUT', ['shocks']],
    [{ shocks: shock({ name: ' ' }) }, 'INVALID_INPUT', ['shocks', 'scenarios', 0, 'name']],
    [{ shocks: shock({ common: '-1.01' }) }, 'INVALID_INPUT', ['shocks', 'scenarios', 0, 'common']],
    [
      { shocks: shock({ markets: [{ market: 'DOGE', change: '0' }] }) },
      'NOT_FOUND',
      ['shocks', 'scenarios', 0, 'markets', 0, 'market'],
    ],
    [
      { shocks: { grid: [{ name: 'f', changes: Array.from({ length: 401 }, () => '0') }] } },
      'INVALID_INPUT',
      ['shocks', 'grid'],
    ],
    [{ shocks: shock({ common: '0' }), slippage: { share: '2' } }, 'INVALID_INPUT', ['slippage', 'share']],
    [
      { shocks: shock({ common: '0' }), slippage: { depths: [{ market: 'BTC', depth: '0' }] } },
      'INVALID_INPUT',
      ['slippage', 'depths', 0, 'depth'],
    ],
    [{ shocks: shock({ common: '0' }), fundChange: '0.001' }, 'INVALID_INPUT', ['fundChange']],
  ];
  for (const [input, code, path] of cases)
    expect(await refusalOf(ask(pool, input))).toEqual({ code, path: ['input', ...path] });
});

test('one caller has two under way, and no more', async () => {
  const pool = await openPool();
  await hold(pool, 'long', 200, 10);
  const tests = new StressTests({ db: venue.db, books: new Books() });
  const run = (subject: string) => tests.run({ pool: pool.name, shocks: fall('-0.3') }, subject);
  const first = [run('ann'), run('ann')];
  expect(await refusalOf(run('ann'))).toEqual({ code: 'LIMIT_EXCEEDED', path: ['input'] });
  await run('ben');
  await Promise.all(first);
  await run('ann');
});

/*
 * A pool is a network: losers owe it what they lost, and it owes winners what they won. Settling by PRO_RATA is the clearing of Eisenberg
 * and Noe, with the fund as what the pool has beside; close-out costs are Rogers and Veraart's costs of default.
 */
test.each([
  [0, '0', 60],
  [1, '0', 0],
  [2, '0.03', 0],
])(
  'haircuts are the clearing payments that are lacking: case %i, slippage %s, fund %i',
  async (seed, share, fund) => {
    const random = new Random(seed);
    const pool = await openPool({}, 6);
    const pairs = 6;
    for (let i = 0; i < pairs; i++) {
      const entry = random.int(80, 140);
      await hold(pool, `long-${i}`, 300, 10, entry);
      await hold(pool, `short-${i}`, 3_000, -10, entry);
    }
    if (fund > 0) await pool.fund(fund);
    const [seen] = await ask(pool, { shocks: fall('-0.3'), closeOutAt: 'BELOW_ZERO', slippage: { share } });
    expect(Object.keys(seen!.left).length).toBeGreaterThan(1);

    const rows = await venue.sql<{ ref: string; balance: string; pnl: string }[]>`
    select a.ref, a.balance, floor(position_pnl(s.size, s.cost, 1, 70) * 1e6) as pnl from accounts a
    join positions s using (pool_id, account_no) where a.pool_id = ${await pool.poolId()} order by a.ref`;
    const nodes = rows.map((row) => ({ ref: row.ref, pnl: BigInt(row.pnl), balance: BigInt(row.balance) }));
    // The pool is the last node.
    const hub = nodes.length;
    const liabilities = [...nodes, null].map((from) =>
      [...nodes, null].map((to) => {
        if (from && !to && from.pnl < 0n) return -from.pnl;
        return !from && to && to.pnl > 0n ? to.pnl : 0n;
      }),
    );
    const cost = (700n * BigInt(Math.round(Number(share) * 1e6))) / 300n;
    const { payments } = clear({
      liabilities,
      outsideAssets: [...nodes.map(({ balance }) => balance), BigInt(fund) * 1_000_000n],
      outsideRecovery: 10n ** 18n - cost * 10n ** 12n,
      networkRecovery: 10n ** 18n,
    });
    nodes.forEach(({ ref, pnl }, i) => {
      if (pnl <= 0n) return;
      const lacking = pnl - payments[hub]![i]!;
      const difference = lacking - (seen!.haircuts[ref] ?? 0n);
      expect(difference >= -2n && difference <= 2n, `${ref}: ${lacking} ${seen!.haircuts[ref]}`).toBe(true);
    });
  },
);
