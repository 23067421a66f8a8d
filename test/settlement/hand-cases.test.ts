import { describe, expect, test } from 'vitest';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

interface Case {
  readonly name: string;
  readonly profits: Record<string, number>;
  readonly losses: Record<string, number>;
  readonly fund?: number;
  readonly rules?: LossRulesInput;
  readonly draw?: bigint;
  readonly uncovered?: bigint;
  readonly haircuts: Record<string, bigint>;
}

const cases: Case[] = [
  {
    name: '{15000, 5000} bear 10000',
    profits: { a: 15000, b: 5000 },
    losses: { e: 10000 },
    haircuts: { a: 7500n, b: 2500n },
  },
  {
    name: '{100, 100} bear 1: the tie goes to a, b gets no row',
    profits: { b: 100, a: 100 },
    losses: { e: 1 },
    haircuts: { a: 1n },
  },
  {
    name: '{100, 200, 300} bear 250',
    profits: { a: 100, b: 200, c: 300 },
    losses: { e: 250 },
    haircuts: { a: 42n, b: 83n, c: 125n },
  },
  { name: '{1, 1, 1} bear 2', profits: { c: 1, b: 1, a: 1 }, losses: { e: 2 }, haircuts: { a: 1n, b: 1n } },
  {
    name: 'ties by UTF-8 bytes, not by UTF-16 units',
    profits: { '\u{1f600}': 1, '\uff01': 1 },
    losses: { e: 1 },
    haircuts: { '\uff01': 1n },
  },
  {
    name: 'the fund first, down to its reserve',
    profits: { a: 100 },
    losses: { e: 80 },
    fund: 50,
    rules: { fundReserve: '20' },
    draw: 30n,
    haircuts: { a: 50n },
  },
  {
    name: 'a fund that suffices',
    profits: { a: 100 },
    losses: { e: 50 },
    fund: 50,
    draw: 50n,
    haircuts: {},
  },
  {
    name: 'FUND_ONLY socializes nothing',
    profits: { a: 100 },
    losses: { e: 80 },
    fund: 50,
    rules: { waterfall: 'FUND_ONLY' },
    draw: 50n,
    uncovered: 30n,
    haircuts: {},
  },
  {
    name: 'SOCIALIZE_ONLY leaves the fund alone',
    profits: { a: 100 },
    losses: { e: 80 },
    fund: 50,
    rules: { waterfall: 'SOCIALIZE_ONLY' },
    haircuts: { a: 80n },
  },
  {
    name: 'caps at β = ½: {6, 2, 1} bear 2',
    profits: { a: 6, b: 2, c: 1 },
    losses: { e: 2 },
    rules: { maxHaircutRate: '0.5' },
    haircuts: { a: 2n },
  },
  {
    name: 'β = 0 socializes nothing',
    profits: { a: 100 },
    losses: { e: 10 },
    rules: { maxHaircutRate: '0' },
    uncovered: 10n,
    haircuts: {},
  },
  { name: 'no profit anywhere', profits: {}, losses: { e: 7 }, uncovered: 7n, haircuts: {} },
  {
    name: 'two events as one loss',
    profits: { a: 15000, b: 5000 },
    losses: { e1: 4000, e2: 6000 },
    haircuts: { a: 7500n, b: 2500n },
  },
];

describe('a settlement by hand', () => {
  test.each(cases)('$name', async ({ profits, losses, fund, rules, draw = 0n, uncovered = 0n, haircuts }) => {
    const pool = await PoolUnderTest.create(venue, rules ? { rules } : {});
    if (Object.keys(profits).length > 0) await pool.profits(profits);
    if (fund) await pool.fund(fund);
    for (const [ref, deficit] of Object.entries(losses)) await pool.loss(ref, deficit);
    const committed = await pool.settle();
    const deficit = BigInt(Object.values(losses).reduce((a, b) => a + b, 0));
    const socialized = Object.values(haircuts).reduce((a, b) => a + b, 0n);
    expect(await pool.settlement(committed)).toMatchObject({
      deficit,
      draw,
      socialized,
      uncovered,
      haircuts,
    });
    expect(committed.count).toBe(Object.keys(haircuts).length);
    expect(await pool.fundBalance()).toBe(BigInt(fund ?? 0) - draw);
    for (const [ref, haircut] of Object.entries(haircuts))
      expect((await pool.account(ref)).balance).toBe(-haircut);
  });
});

test('profit 100, fund 50, loss 200: draw 50, socialized 100, uncovered 50, PARTIALLY_COVERED; and again', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100 });
  await pool.fund(50);
  await pool.loss('e', 200);
  const first = await pool.settlement(await pool.settle());
  expect(first).toMatchObject({ deficit: 200n, draw: 50n, socialized: 100n, uncovered: 50n });
  expect(await pool.event('e')).toMatchObject({
    status: 'PARTIALLY_COVERED',
    draw: 50n,
    socialized: 100n,
    uncovered: 50n,
  });
  expect((await pool.account('bankrupt-of-e')).balance).toBe(-50n);

  // Nothing more can bear: the profit was taken. The deficit of the second round is what was uncovered.
  const second = await pool.settlement(await pool.settle(['e']));
  expect(second).toMatchObject({ deficit: 50n, draw: 0n, socialized: 0n, uncovered: 50n, capacity: 0n });
  expect(await pool.event('e')).toMatchObject({ status: 'PARTIALLY_COVERED', rounds: 2, uncovered: 50n });

  await pool.fund(20);
  await pool.profits({ late: 100 });
  const third = await pool.settlement(await pool.settle(['e']));
  expect(third).toMatchObject({
    deficit: 50n,
    draw: 20n,
    socialized: 30n,
    uncovered: 0n,
    haircuts: { late: 30n },
  });
  expect(await pool.event('e')).toEqual({
    status: 'SETTLED',
    deficit: 200n,
    draw: 70n,
    socialized: 130n,
    uncovered: 0n,
    rounds: 3,
  });
  expect((await pool.account('bankrupt-of-e')).balance).toBe(0n);
});

test('losers: 100 on a margin of 60 and 50 on 80, fund 10, winners 90 and 60: deficit 40, draw 10, haircuts 18 and 12', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await pool.market('BTC');
  await pool.mark('BTC', '1');
  await pool.transfer('loser1', 'DEPOSIT', 60);
  await pool.transfer('loser2', 'DEPOSIT', 80);
  await pool.accounts('w90', 'w60', 'house');
  const line = (account: string, size: number) => ({
    account,
    market: 'BTC',
    size: String(size),
    entryPrice: '1',
  });
  await pool.positions([line('w90', 90), line('w60', 60), line('loser1', -100), line('loser2', -50)]);
  await pool.fund(10);
  await pool.mark('BTC', '2');
  await pool.report({ ref: 'e', account: 'loser1', takeoverAccount: 'house' });
  expect(await pool.event('e')).toMatchObject({
    status: 'OPEN',
    deficit: 40_000_000n,
    uncovered: 40_000_000n,
  });
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    deficit: 40_000_000n,
    draw: 10_000_000n,
    socialized: 30_000_000n,
    haircuts: { w90: 18_000_000n, w60: 12_000_000n },
  });
  expect((await pool.account('loser2')).balance).toBe(80_000_000n);
  expect((await pool.account('w90')).balance).toBe(-18_000_000n);
});

test('settling takes the OPEN events; a PARTIALLY_COVERED one is named', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.loss('old', 5);
  await pool.settle();
  await pool.loss('new', 7);
  await pool.profits({ a: 10 });
  expect(await pool.settlement(await pool.settle())).toMatchObject({ deficit: 7n, socialized: 7n });
  expect(await pool.event('old')).toMatchObject({ status: 'PARTIALLY_COVERED', uncovered: 5n, rounds: 1 });
  expect(await pool.settlement(await pool.settle(['old']))).toMatchObject({
    deficit: 5n,
    socialized: 3n,
    uncovered: 2n,
  });
});

test('events settled together share the draw by deficit and the rest by what remains, whatever their order', async () => {
  const outcomes = [];
  for (const order of [
    ['e1', 'e2', 'e3'],
    ['e3', 'e1', 'e2'],
  ]) {
    const deficits: Record<string, number> = { e1: 10, e2: 10, e3: 11 };
    const pool = await PoolUnderTest.create(venue);
    for (const ref of order) await pool.loss(ref, deficits[ref]!);
    await pool.profits(order[0] === 'e1' ? { a: 7, b: 9 } : { b: 9, a: 7 });
    await pool.fund(10);
    const settlement = await pool.settlement(await pool.settle(order));
    const events = await Promise.all(['e1', 'e2', 'e3'].map((ref) => pool.event(ref)));
    outcomes.push({ settlement, events });
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  // Draw 10 over 10, 10, 11: 3.226, 3.226, 3.548. Then 16 over 7, 7, 7: 5⅓ each, the atom left to e1.
  expect(outcomes[0]!.events.map(({ draw, socialized, uncovered }) => [draw, socialized, uncovered])).toEqual(
    [
      [3n, 6n, 1n],
      [3n, 5n, 2n],
      [4n, 5n, 2n],
    ],
  );
});

test('haircuts that still count are off the profit; profit realized since pays for them', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100, b: 100 });
  await pool.loss('e1', 100);
  expect(await pool.settlement(await pool.settle())).toMatchObject({ haircuts: { a: 50n, b: 50n } });
  await pool.transfer('a', 'REALIZED_PNL', 50);
  await pool.loss('e2', 30);
  // a has 100 left to bear with, b 50.
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    profitTotal: 150n,
    haircuts: { a: 20n, b: 10n },
  });
  expect(await pool.account('a')).toMatchObject({ balance: -20n, borne: 20n, realized: 0n });
  expect(await pool.account('b')).toMatchObject({ balance: -60n, borne: 60n, realized: 0n });
});

test('under β no run of settlements takes more than ⌊βu⌋', async () => {
  const pool = await PoolUnderTest.create(venue, { rules: { maxHaircutRate: '0.33' } });
  await pool.profits({ a: 100, b: 10 });
  await pool.loss('e0', 11);
  // Each haircut keeps the profit and the cap that bore it.
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    haircuts: { a: 10n, b: 1n },
    claims: { a: { w: 100n, cap: 33n }, b: { w: 10n, cap: 3n } },
  });
  for (const round of [1, 2, 3, 4]) {
    await pool.loss(`e${round}`, 12);
    await pool.settle();
  }
  expect((await pool.account('a')).balance).toBe(-33n);
  expect((await pool.account('b')).balance).toBe(-3n);
  expect(await pool.event('e4')).toMatchObject({ socialized: 0n, uncovered: 12n });
});

test('equity bounds what an account bears: a loss on its balance stays its own', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100, b: 100 });
  await pool.transfer('a', 'REALIZED_PNL', -70);
  await pool.loss('e', 500);
  expect(await pool.settlement(await pool.settle())).toMatchObject({
    capacity: 130n,
    haircuts: { a: 30n, b: 100n },
  });
  const { balance, unrealized } = await pool.account('a');
  expect(balance + unrealized).toBe(0n);
});
