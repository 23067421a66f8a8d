import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimsOf } from '../../src/core/bearers.ts';
import { scaleDecimal } from '../../src/core/decimal.ts';
import { compareBytes } from '../../src/core/order.ts';
import { haircutableProfit, haircutCap } from '../../src/core/profit.ts';
import { marginOf } from '../../src/margin/margin.ts';
import { readBearers } from '../../src/settlement/bearers.ts';
import { lockedPool, type PoolRow } from '../../src/settlement/locked-pool.ts';
import { storedValue } from '../../src/settlement/positions.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import { quantity } from '../../src/settlement/quantity.ts';
import { readTotals } from '../../src/settlement/totals.ts';
import * as oracle from '../support/oracle.ts';
import { PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

/*
 * The same numbers are worked out in three places: SQL for one account (the view account_state), SQL for a whole pool
 * (readBearers), TypeScript (margin/ and core/). On random books, with settlements behind them, all agree to the atom.
 */

const venue = venueForThisFile();
const ONE = 10n ** 18n;

/** Decimal text below 10^whole with up to `digits` fraction digits. */
const decimal = (whole: number, digits: number, min = 0n) =>
  fc
    .tuple(
      fc.bigInt({ min: 0n, max: 10n ** BigInt(whole) - 1n }),
      fc.stringMatching(new RegExp(`^[0-9]{0,${digits}}$`)),
    )
    .map(([n, fraction]) => {
      const trimmed = fraction.replace(/0+$/, '');
      return trimmed === '' ? `${n < min ? min : n}` : `${n}.${trimmed}`;
    });
const signed = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.boolean()).map(([t, minus]) => (minus && t !== '0' ? `-${t}` : t));

const MARKETS = ['M1', 'M2', 'M3', 'NEW'];
const ACCOUNTS = ['a', 'b', 'B', 'é', '\uff01', '\u{1f600}', 'house'];

const book = fc.record({
  decimals: fc.integer({ min: 0, max: 18 }),
  rate: fc.constantFrom('1', '0.5', '0.333333333333333333', '0.000000000000000001', '0.9'),
  contractSizes: fc.array(
    decimal(2, 18, 1n).filter((t) => Number(t) > 0),
    { minLength: 4, maxLength: 4 },
  ),
  marks: fc.array(decimal(4, 18), { minLength: 3, maxLength: 3 }),
  rounds: fc.array(
    fc.record({
      positions: fc.array(
        fc.record({
          account: fc.constantFrom(...ACCOUNTS),
          market: fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom('M1', 'M2', 'M3') },
            { weight: 1, arbitrary: fc.constant('NEW') },
          ),
          size: signed(fc.oneof(decimal(3, 18), fc.constant('0'))),
          entryPrice: decimal(4, 18),
        }),
        { minLength: 3, maxLength: 10 },
      ),
      transfers: fc.array(
        fc.record({
          account: fc.constantFrom(...ACCOUNTS),
          kind: fc.constantFrom('REALIZED_PNL', 'FEE', 'FUNDING'),
          amount: signed(decimal(5, 0, 1n).filter((t) => t !== '0')),
        }),
        { maxLength: 5 },
      ),
      /** What is lost, in thousandths of what the pool can bear. */
      loss: fc.integer({ min: 1, max: 1400 }),
      marks: fc.array(decimal(4, 18), { minLength: 3, maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 4 },
  ),
});
type Book = typeof book extends fc.Arbitrary<infer T> ? T : never;

interface State {
  readonly ref: string;
  readonly status: string;
  readonly balance: bigint;
  readonly burden: { readonly borne: bigint; readonly realized: bigint };
  readonly unrealized: bigint;
  readonly unmarked: boolean;
}

/** What TypeScript makes of the stored positions, against what the view makes of them. */
async function statesOf(pool: PoolUnderTest, decimals: number): Promise<State[]> {
  const poolId = await pool.poolId();
  const rows = await venue.sql`select * from account_state where pool_id = ${poolId} order by ref`;
  const positions = await venue.sql`
    select s.account_no, s.size, s.cost, m.contract_size, m.mark_price, m.initial_margin_rate
    from positions s join markets m using (pool_id, market_no) where s.pool_id = ${poolId}`;
  return rows.map((row) => {
    const lines = positions
      .filter((p) => p.account_no === row.account_no)
      .map((p) => ({
        position: { size: quantity(p.size), cost: storedValue(p.cost) },
        terms: {
          contractSize: quantity(p.contract_size),
          mark: p.mark_price === null ? null : quantity(p.mark_price),
          initialRate: quantity(p.initial_margin_rate),
          maintenanceRate: 0n,
          tiers: [],
        },
      }));
    const { unrealized, initial } = marginOf(0n, lines, decimals);
    const unmarked = lines.some(({ position, terms }) => position.size !== 0n && terms.mark === null);
    expect([
      row.ref,
      BigInt(row.unrealized),
      BigInt(row.initial_margin),
      row.unmarked,
      row.open_positions,
    ]).toEqual([
      row.ref,
      unrealized,
      initial,
      unmarked,
      lines.filter(({ position }) => position.size !== 0n).length,
    ]);
    const burden = { borne: BigInt(row.borne), realized: BigInt(row.realized) };
    return { ref: row.ref, status: row.status, balance: BigInt(row.balance), burden, unrealized, unmarked };
  });
}

async function compareAll(pool: PoolUnderTest, { decimals, rate }: Book): Promise<bigint> {
  const states = await statesOf(pool, decimals);
  expect(states.map(({ ref }) => ref)).toEqual(states.map(({ ref }) => ref).sort(compareBytes));
  const scaled = scaleDecimal(rate, 18, ONE);
  const beta = 'value' in scaled ? scaled.value : 0n;
  const expected = states
    .filter(({ status, unmarked }) => status === 'ACTIVE' && !unmarked)
    .map((state) => {
      const bearing = { ...state, gain: state.unrealized };
      const profit = haircutableProfit(bearing);
      const same = { ...state, b: oracle.counted({ b: state.burden.borne, net: state.burden.realized }) };
      const cap = haircutCap(bearing, profit, beta);
      expect([profit, cap]).toEqual([oracle.profitOf(same), oracle.capOf(same, oracle.parse(rate))]);
      return { ref: state.ref, profit, cap, balance: state.balance, ...state.burden };
    })
    .filter(({ profit }) => profit > 0n);

  const poolId = await pool.poolId();
  const [row] = await venue.sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
  const bearers = await venue.sql.begin((tx) => readBearers(tx, lockedPool(row!)));
  const { profits, caps } = claimsOf(bearers);
  const names = await venue.sql`select account_no, ref from accounts where pool_id = ${poolId}`;
  const refOf = new Map(names.map((row) => [BigInt(row.account_no), row.ref as string]));
  expect(bearers.refs).toEqual(bearers.accountNos.map((accountNo) => refOf.get(BigInt(accountNo))));
  expect(
    bearers.refs
      .map((ref, i) => ({
        ref,
        profit: profits.get(i),
        cap: caps.get(i),
        balance: bearers.balances.get(i),
        borne: bearers.borne.get(i),
        realized: bearers.realized.get(i),
      }))
      .filter(({ profit }) => profit > 0n),
  ).toEqual(expected);

  const capacity = expected.reduce((sum, { cap }) => sum + cap, 0n);
  const balance = states.reduce((sum, state) => sum + state.balance, 0n);
  expect(await readTotals(venue.db, poolId)).toMatchObject({
    accounts: states.length,
    profitableAccounts: states.filter(({ unrealized }) => unrealized > 0n).length,
    balance,
    equity: balance + states.reduce((sum, { unrealized }) => sum + unrealized, 0n),
    haircutCapacity: capacity,
  });
  return capacity;
}

/** Settles what is open, and expects of it what the preview said a moment before, and of both what the oracle says. */
async function settleAsPreviewed(pool: PoolUnderTest, refs: readonly string[]): Promise<void> {
  const preview = await previewSettlement(venue.db, { pool: pool.name, lossEvents: refs });
  const settled = await pool.settlement(await pool.settle(refs));
  expect(settled).toMatchObject({
    deficit: preview.outcome.deficit,
    draw: preview.outcome.fundDraw,
    socialized: preview.outcome.socialized,
    uncovered: preview.outcome.uncovered,
    capacity: preview.outcome.capacity,
  });
  expect(Object.values(settled.haircuts)).toEqual(
    [...preview.outcome.haircuts].filter((haircut) => haircut > 0n),
  );
}

const text = (atoms: bigint, decimals: number): string => {
  const digits = atoms.toString().padStart(decimals + 1, '0');
  return decimals === 0
    ? digits
    : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '');
};

test('the view, the settlement and TypeScript value random books alike', async () => {
  await fc.assert(
    fc.asyncProperty(book, async (book) => {
      const pool = await PoolUnderTest.create(venue, {
        decimals: book.decimals,
        rules: { maxHaircutRate: book.rate },
      });
      for (const [i, market] of MARKETS.entries()) await pool.market(market, book.contractSizes[i]!, '0.037');
      const publish = (marks: readonly string[]) =>
        pool.update({ marks: marks.map((price, i) => ({ market: MARKETS[i]!, price })) });
      await publish(book.marks);
      await pool.accounts(...ACCOUNTS);
      for (const [i, round] of book.rounds.entries()) {
        await pool.positions(round.positions);
        if (round.transfers.length > 0)
          await pool.transfers(round.transfers as Parameters<PoolUnderTest['transfers']>[0]);
        const capacity = await compareAll(pool, book);
        const deficit = (capacity * BigInt(round.loss)) / 1000n + 1n;
        if (deficit <= 10n ** 37n) {
          await pool.loss(`loss-${i}`, text(deficit, book.decimals));
          await settleAsPreviewed(pool, [`loss-${i}`]);
        }
        await compareAll(pool, book);
        await publish(round.marks);
        await compareAll(pool, book);
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);

test('a preview adds a hypothetical deficit, shares it like a real one, and writes nothing', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 60, b: 40 });
  const ask = (extraDeficit: string) => previewSettlement(venue.db, { pool: pool.name, extraDeficit });
  expect([...(await ask('10')).outcome.haircuts]).toEqual([6n, 4n]);
  expect(await refusalOf(ask('0'))).toMatchObject({ code: 'NOTHING_TO_SETTLE' });
  await pool.loss('e', 20);
  const sequence = await pool.sequence();
  expect([...(await ask('10')).outcome.haircuts]).toEqual([18n, 12n]);
  expect((await ask('500')).outcome).toMatchObject({ deficit: 520n, socialized: 100n, uncovered: 420n });
  expect(await pool.sequence()).toBe(sequence);
});

test('neither the order in which accounts were made nor that of their rows matters', async () => {
  const profits = { '\u{1f600}': 7, b: 7, a: 7, '\uff01': 7, B: 7 };
  const outcomes = [];
  for (const entries of [Object.entries(profits), Object.entries(profits).reverse()]) {
    const pool = await PoolUnderTest.create(venue);
    for (const [ref, profit] of entries) await pool.profits({ [ref]: profit });
    for (const ref of entries[0]![0] === 'B' ? ['e1', 'e2'] : ['e2', 'e1']) await pool.loss(ref, 4);
    const { haircuts } = await pool.settlement(await pool.settle());
    outcomes.push({
      haircuts: Object.entries(haircuts),
      e1: await pool.event('e1'),
      e2: await pool.event('e2'),
    });
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[0]!.haircuts).toEqual([
    ['B', 2n],
    ['a', 2n],
    ['b', 2n],
    ['\uff01', 1n],
    ['\u{1f600}', 1n],
  ]);
});
