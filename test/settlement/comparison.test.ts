import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import { ratioDecimal } from '../../src/core/ratio.ts';
import { compareAllocations, type MethodOutcome } from '../../src/settlement/comparison.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { Random } from '../model/random.ts';
import { makeBook } from '../support/book.ts';
import { PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

async function compare(pool: PoolUnderTest, extraDeficit?: number) {
  const { methods } = await compareAllocations(venue.db, {
    pool: pool.name,
    ...(extraDeficit === undefined ? {} : { extraDeficit: String(extraDeficit) }),
  });
  return Object.fromEntries(methods.map((outcome) => [outcome.method, outcome])) as Record<
    string,
    MethodOutcome
  >;
}

describe('by hand: profits of 100, 200 and 300', () => {
  const profits = { a: 100, b: 200, c: 300 };

  test('what a loss of 200 comes to under each method', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 6 });
    await pool.profits(profits);
    const outcomes = await compare(pool, 200);
    const haircuts = (method: string) => [...outcomes[method]!.outcome.haircuts].map(Number);
    expect(haircuts('PRO_RATA')).toEqual([33_333_333, 66_666_667, 100_000_000]);
    expect(haircuts('CONSTRAINED_EQUAL_LOSSES')).toEqual([66_666_667, 66_666_667, 66_666_666]);
    expect(haircuts('CONSTRAINED_EQUAL_AWARDS')).toEqual([0, 50_000_000, 150_000_000]);
    expect(haircuts('TALMUD')).toEqual([50_000_000, 75_000_000, 75_000_000]);
    expect(Object.values(outcomes).map(({ touched }) => touched)).toContain(2);
    const awards = outcomes.CONSTRAINED_EQUAL_AWARDS!;
    // Shares of ¼ and ¾: HHI 10/16, as concentrated as 1.6 bearers; Gini over (0, 50, 150) is ½; b and c are all of it.
    expect(
      [awards.herfindahl, awards.effectiveNumber, awards.gini, awards.topTenShare].map(ratioDecimal),
    ).toEqual(['0.625', '1.6', '0.5', '1']);
    expect(ratioDecimal(awards.largestRate)).toBe('0.5');
    expect(awards.wipedOut).toBe(0);
  });

  test('splitting the largest account: pro rata stays, equal losses cost more, equal awards less', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 6 });
    await pool.profits(profits);
    const outcomes = await compare(pool, 150);
    const split = (method: string) => {
      const { before, after, changes } = outcomes[method]!.splitting;
      return [Number(before) / 1e6, Number(after) / 1e6, changes];
    };
    expect(split('PRO_RATA')).toEqual([75, 75, false]);
    expect(split('CONSTRAINED_EQUAL_LOSSES')).toEqual([50, 75, true]);
    // 66⅔, to the unit: the odd one goes to the account of the smallest ref.
    expect(split('CONSTRAINED_EQUAL_AWARDS')).toEqual([125, 66.666666, true]);
  });

  test('an owner of one atom in each of two markets is split into halves, of which one won in no market', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 0, rules: { scope: 'MARKET' } });
    await pool.accounts('a');
    for (const symbol of ['X', 'Y']) await pool.market(symbol, '1', '0');
    for (const symbol of ['X', 'Y']) await pool.mark(symbol, '101');
    await pool.positions(
      ['X', 'Y'].map((market) => ({ account: 'a', market, size: '1', entryPrice: '100' })),
    );
    const { PRO_RATA } = await compare(pool, 1);
    expect(PRO_RATA!.splitting).toMatchObject({ before: 1n, after: 1n, changes: false });
  });

  test('settling in two steps: pro rata ends the same, the Talmud does not', async () => {
    const pool = await PoolUnderTest.create(venue, { decimals: 6 });
    await pool.profits(profits);
    const outcomes = await compare(pool, 400);
    expect(outcomes.PRO_RATA!.steps.changes).toBe(false);
    expect(outcomes.CONSTRAINED_EQUAL_AWARDS!.steps.changes).toBe(false);
    expect(outcomes.TALMUD!.steps.changes).toBe(true);
    // At once 50, 125, 225. First 50, 75, 75, which leaves 50, 125, 225, of which 200 more take 25, 62½, 112½.
    const { before, after } = outcomes.TALMUD!.steps;
    expect([before, after]).toEqual([225_000_000n, 187_500_000n]);
  });
});

test('each method says what settling by it does, and the pool stays as it was', async () => {
  const random = new Random(31);
  for (const rules of [
    {},
    { scope: 'MARKET' },
    { profitBasis: 'SESSION', maxHaircutRate: '0.6' },
  ] as LossRulesInput[]) {
    const pool = await makeBook(venue, random, rules);
    const before = await pool.sequence();
    const outcomes = await compare(pool);
    expect(Object.keys(outcomes)).toEqual([...ALLOCATION_METHODS]);
    expect(await pool.sequence()).toBe(before);
    for (const method of ALLOCATION_METHODS) {
      await pool.rules({ method });
      const { outcome } = await previewSettlement(venue.db, { pool: pool.name });
      expect([...outcomes[method]!.outcome.haircuts]).toEqual([...outcome.haircuts]);
      expect(outcomes[method]!.outcome).toMatchObject({
        socialized: outcome.socialized,
        uncovered: outcome.uncovered,
      });
    }
  }
});

test('nobody in profit, and a loss of the fund alone: nothing to tell, and no error', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await pool.loss('e', 5);
  const { PRO_RATA, ADL_QUEUE } = await compare(pool);
  for (const outcome of [PRO_RATA!, ADL_QUEUE!]) {
    expect(outcome).toMatchObject({ touched: 0, wipedOut: 0 });
    expect(outcome.splitting).toEqual({ accountNo: null, before: 0n, after: 0n, changes: false });
    expect(ratioDecimal(outcome.gini)).toBe('0');
  }
});

test('refuses a list of no methods, or of one twice, and a pool with nothing open', async () => {
  const pool = await PoolUnderTest.create(venue);
  const ask = (input: object) => refusalOf(compareAllocations(venue.db, { pool: pool.name, ...input }));
  expect(await ask({ methods: [] })).toEqual({ code: 'INVALID_INPUT', path: ['input', 'methods'] });
  expect(await ask({ methods: ['TALMUD', 'TALMUD'] })).toEqual({
    code: 'INVALID_INPUT',
    path: ['input', 'methods', 1],
  });
  expect((await ask({})).code).toBe('NOTHING_TO_SETTLE');
});
