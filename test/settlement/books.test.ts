import { describe, expect, test } from 'vitest';
import { claimsOf } from '../../src/core/bearers.ts';
import { atOnce } from '../../src/core/steps.ts';
import { inTransaction } from '../../src/db/database.ts';
import { type PoolBearers, readBearers } from '../../src/settlement/bearers.ts';
import { Books } from '../../src/settlement/books.ts';
import { recordFills } from '../../src/settlement/fills.ts';
import { liquidate } from '../../src/settlement/liquidation.ts';
import { lockedPool, type PoolRow } from '../../src/settlement/locked-pool.ts';
import type { PoolBook } from '../../src/settlement/pool-book.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import { resumePool, setHaircutCaps, startSession } from '../../src/settlement/rule-changes.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import { Random } from '../model/random.ts';
import { fresh, PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * A pool in memory has to say what the tables say, to the atom, whatever happened since it was loaded: each test keeps
 * one that follows, loads another anew, and reads the tables.
 */

const venue = venueForThisFile();
const WANTED = { sizes: true, marketProfits: true };

async function inSnapshot<T>(
  pool: PoolUnderTest,
  ask: (sql: never, row: ReturnType<typeof lockedPool>) => Promise<T>,
) {
  return inTransaction(venue.db, 'repeatable read read only', async (sql) => {
    const [row] = await sql<PoolRow[]>`select * from pools where name = ${pool.name}`;
    return ask(sql as never, lockedPool(row!));
  });
}

const ask = <T>(books: Books, pool: PoolUnderTest, question: (book: PoolBook) => T): Promise<T> =>
  inSnapshot(pool, (sql, row) => books.with(sql, row, false, question));

const plain = (bearers: PoolBearers) => ({
  ...bearers,
  ...Object.fromEntries(
    (['balances', 'unrealized', 'gains', 'borne', 'realized', 'maxRates', 'previousSequences'] as const).map(
      (name) => [name, [...bearers[name]]],
    ),
  ),
  sizes: { notionals: [...bearers.sizes!.notionals], costs: [...bearers.sizes!.costs] },
  marketProfits: {
    ...bearers.marketProfits!,
    pnls: [...bearers.marketProfits!.pnls],
    notionals: [...bearers.marketProfits!.notionals],
    costs: [...bearers.marketProfits!.costs],
  },
  claims: [...claimsOf(bearers).caps],
});

/** The book that followed, a book that is loaded now, and the tables say the same. Answers how many can bear. */
async function agree(books: Books, pool: PoolUnderTest): Promise<number> {
  const [followed, loaded, tables] = await Promise.all([
    inSnapshot(pool, (sql, row) =>
      books.with(sql, row, false, (book) => plain(atOnce(book.bearers(row.rules, WANTED)))),
    ),
    inSnapshot(pool, (sql, row) =>
      new Books().with(sql, row, false, (book) => plain(atOnce(book.bearers(row.rules, WANTED)))),
    ),
    inSnapshot(pool, async (sql, row) => plain(await readBearers(sql, row, WANTED))),
  ]);
  expect(followed).toEqual(tables);
  expect(loaded).toEqual(tables);
  const accounts = (book: PoolBook) =>
    Array.from({ length: book.accountCount }, (_, i) => ({
      balance: book.values.balanceOf(i + 1),
      unrealized: book.values.unrealizedOf(i + 1),
      name: [book.refOf(i + 1), book.ownerOf(i + 1)],
    }));
  const rows = await venue.sql`
    select ref, owner, balance, unrealized from account_state where pool_id = ${await pool.poolId()} order by account_no`;
  expect(await ask(books, pool, accounts)).toEqual(
    rows.map(({ ref, owner, balance, unrealized }) => ({
      balance: BigInt(balance),
      unrealized: BigInt(unrealized),
      name: [ref, owner],
    })),
  );
  return tables.refs.length;
}

/** The health that the book gives each account is that of its exact margin. */
async function healthsHold(books: Books, pool: PoolUnderTest): Promise<void> {
  const wrong = await ask(books, pool, ({ risk, accountCount }) => {
    risk.remargin();
    const state: (readonly [number, string, bigint, bigint])[] = [];
    for (let accountNo = 1; accountNo <= accountCount; accountNo++) {
      if (!risk.isActive(accountNo)) continue;
      const { equity, initial } = risk.marginOf(accountNo);
      state.push([accountNo, risk.healthOf(accountNo), equity, initial]);
    }
    return state;
  });
  const rows = await venue.sql`
    select account_no, (balance + unrealized)::text as equity, initial_margin::text as initial from account_state
    where pool_id = ${await pool.poolId()} and status = 'ACTIVE' order by account_no`;
  expect(wrong.map(([no, , equity, initial]) => [no, equity, initial])).toEqual(
    rows.map((row) => [row.account_no, BigInt(row.equity), BigInt(row.initial)]),
  );
  for (const [no, health, equity, initial] of wrong) {
    if (equity < 0n) expect([no, health]).toEqual([no, 'BANKRUPT']);
    else if (equity >= initial) expect([no, health]).toEqual([no, 'SAFE']);
    else expect(['MARGIN_CALL', 'LIQUIDATABLE']).toContain(health);
  }
}

const TIERS = [
  { tier: 'OWN_COLLATERAL' },
  { tier: 'OWNER_RECOURSE' },
  { tier: 'INSURANCE_FUND' },
  { tier: 'SOCIALIZATION' },
] as const;

test.each([
  [1, 'UNREALIZED'],
  [2, 'UNREALIZED'],
  [3, 'UNREALIZED'],
  [4, 'SESSION'],
] as const)(
  'follows whatever happens to a pool: seed %i, profit %s',
  async (seed, profitBasis) => {
    const random = new Random(seed);
    const pool = await PoolUnderTest.create(venue, {
      decimals: random.pick([0, 2, 18]),
      rules: { tiers: [...TIERS], profitBasis, maxHaircutRate: '0.7', liquidationFeeRate: '0.01' },
    });
    const books = new Books();
    const keyed = () => ({ pool: pool.name, idempotencyKey: fresh('key') });
    const refs = ['b', 'a', 'é', '\u{1f600}', '\uff01', 'B', 'aa', 'house'];
    await pool.accounts(...refs.slice(0, 4), 'house');
    for (const market of ['BTC', 'ETH', 'NEW']) await pool.market(market, random.pick(['1', '0.001', '2.5']));
    let most = 0;
    const events: string[] = [];
    const settlements: bigint[] = [];
    const steps: (() => Promise<unknown>)[] = [
      () => pool.mark(random.pick(['BTC', 'ETH']), `${random.int(50, 150)}.${random.int(0, 99)}`),
      () =>
        pool.position(
          random.pick(refs),
          random.pick(['BTC', 'ETH', 'BTC', 'NEW']),
          random.int(-9, 9),
          random.int(40, 160),
        ),
      () =>
        pool.transfer(
          random.pick(refs),
          random.pick(['DEPOSIT', 'DEPOSIT', 'FUNDING', 'REALIZED_PNL']),
          random.int(1, 300),
        ),
      () => pool.accounts(fresh('account')),
      async () => {
        const ref = fresh('loss');
        await pool.loss(ref, random.int(1, 80));
        events.push(ref);
      },
      async () => settlements.push((await settleLosses(venue.runtime, keyed())).sequence),
      () =>
        recordRecovery(venue.runtime, { ...keyed(), lossEvent: random.pick(events) ?? 'none', amount: '3' }),
      () =>
        reverseSettlement(venue.runtime, {
          ...keyed(),
          settlement: `${settlements.at(-1) ?? 0}`,
          reason: 'a test',
        }),
      () =>
        liquidate(venue.runtime, {
          ...keyed(),
          account: random.pick(refs),
          atMarks: true,
          takeoverAccount: 'house',
        }),
      () =>
        setHaircutCaps(venue.runtime, {
          pool: pool.name,
          caps: [{ account: random.pick(refs), maxHaircutRate: random.pick(['0.2', null]) }],
        }),
      () => pool.market(random.pick(['BTC', 'ETH', 'SOL']), '1', '0.2'),
      () => pool.fund(random.int(1, 9)),
      ...(profitBasis === 'SESSION' ? [() => startSession(venue.runtime, keyed())] : []),
    ];
    for (let i = 0; i < 120; i++) {
      await random
        .pick(steps)()
        .catch((error: { code?: string; path?: unknown }) => {
          if (error.path === undefined) throw error;
        });
      if (random.chance(0.4)) most = Math.max(most, await agree(books, pool));
    }
    await agree(books, pool);
    await healthsHold(books, pool);
    expect(most).toBeGreaterThan(1);
    expect(settlements.length).toBeGreaterThan(1);
  },
  60_000,
);

test('forgets at a session cut what was borne before it', async () => {
  const pool = await PoolUnderTest.create(venue, { rules: { profitBasis: 'SESSION' } });
  const books = new Books();
  await pool.profits({ a: 90, b: 30 });
  // What was realized since the cut is profit of the session too, with or without a position.
  await pool.transfer('c', 'REALIZED_PNL', 7);
  expect(await agree(books, pool)).toBe(3);
  await pool.loss('e', 60);
  await pool.settle();
  expect(await agree(books, pool)).toBe(3);
  await startSession(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key') });
  expect(await agree(books, pool)).toBe(0);
  await pool.profits({ a: 95 });
  await pool.transfer('b', 'REALIZED_PNL', 2);
  expect(await agree(books, pool)).toBe(2);
  await pool.rules({ profitBasis: 'UNREALIZED' });
  await agree(books, pool);
  await pool.loss('f', 30);
  await pool.settle();
  expect(await agree(books, pool)).toBe(2);
  // There and back again: two cuts.
  await pool.rules({ profitBasis: 'SESSION' });
  await pool.rules({ profitBasis: 'UNREALIZED' });
  expect(await agree(books, pool)).toBe(2);
});

test('follows fills', async () => {
  const pool = await PoolUnderTest.create(venue, { rules: { positionSource: 'FILLS' } });
  const books = new Books();
  await pool.accounts('a', 'b');
  await agree(books, pool);
  const fill = (account: string, size: string) => ({ trade: 't', account, market: 'PNL', size, price: '0' });
  await recordFills(venue.runtime, {
    pool: pool.name,
    idempotencyKey: 'k',
    fills: [fill('a', '5'), fill('b', '-5')],
  });
  expect(await agree(books, pool)).toBe(1);
});

describe('a settlement out of memory', () => {
  test('comes to what one out of the tables comes to', async () => {
    const outcomes = [];
    for (const books of [new Books(), null]) {
      const pool = await PoolUnderTest.create(venue, { rules: { method: 'RISK_WEIGHTED' } });
      await pool.profits({ a: 90, b: 10, c: 33 });
      if (books) await agree(books, pool);
      const runtime = books ? { ...venue.runtime, books } : venue.runtime;
      const settled = [];
      for (const [ref, deficit] of [
        ['e', 40],
        ['f', 50],
        ['g', 60],
      ] as const) {
        await pool.loss(ref, deficit);
        settled.push(
          await pool.settlement(await settleLosses(runtime, { pool: pool.name, idempotencyKey: ref })),
        );
        await pool.position('b', 'PNL', 10 + deficit, 0);
      }
      if (books) await agree(books, pool);
      outcomes.push(settled);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test('reads anew what was mended while the pool was halted', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 90, b: 10 });
    const poolId = await pool.poolId();
    await venue.sql`update positions set size = size + 1 where pool_id = ${poolId}`;
    const books = new Books();
    await agree(books, pool);
    await pool.halt();
    await agree(books, pool);
    await venue.sql`update positions set size = size - 1 where pool_id = ${poolId}`;
    await resumePool(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key') });
    expect(await agree(books, pool)).toBe(2);
  });

  test('reads anew what another history has: a database that was restored', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.profits({ a: 90 });
    const books = new Books();
    await agree(books, pool);
    // As after a restore: the same sequence, but other commits led there.
    await venue.sql.begin(async (sql) => {
      await sql`alter table journal disable trigger user`;
      await sql`update journal set committed_at = committed_at - interval '1 hour' where pool_id = ${await pool.poolId()}`;
      await sql`alter table journal enable trigger user`;
    });
    await venue.sql`update positions set size = size + 1 where pool_id = ${await pool.poolId()}`;
    await agree(books, pool);
    // And at a sequence that the restored one has not come to yet, under its lock.
    const other = await PoolUnderTest.create(venue);
    await other.profits({ a: 50 });
    const before = await inSnapshot(other, async (_, row) => row);
    await other.profits({ b: 50 });
    const known = new Books();
    await agree(known, other);
    const asked = await inTransaction(venue.db, 'read committed', (sql) =>
      known.with(sql, before, true, (book) => atOnce(book.bearers(before.rules, WANTED)).refs),
    );
    expect(asked).toEqual(['a', 'b']);
  });
});

test('follows in the background of a server, and says what goes wrong', async () => {
  const pool = await PoolUnderTest.create(venue);
  const problems: unknown[] = [];
  const books = new Books({ db: venue.db, clock: venue.clock, onError: (error) => problems.push(error) });
  const runtime = { ...venue.runtime, books };
  await pool.profits({ a: 90 });
  expect(books.has(await pool.poolId())).toBe(false);
  await pool.loss('e', 10);
  await settleLosses(runtime, { pool: pool.name, idempotencyKey: 'k' });
  await books.close();
  expect(books.has(await pool.poolId())).toBe(true);
  books.wake(-1);
  await books.close();
  expect(problems).toHaveLength(1);
  await agree(books, pool);
});
