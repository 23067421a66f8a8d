import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { Auditor } from '../../src/settlement/auditor.ts';
import { Books } from '../../src/settlement/books.ts';
import { type Halt, Halts } from '../../src/settlement/halts.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { resumePool } from '../../src/settlement/rule-changes.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { fresh, PoolUnderTest, refusalOf, TestClock, type Venue } from '../support/venue.ts';

/*
 * Pools whose rows were broken by hand, past every trigger: they halt themselves, say why, and the others go on. Broken pools stay in
 * this file's database, which is why it is checked for no invariant at its end.
 */

let database: TestDatabase;
let venue: Venue;
/** A pool that nothing happens to: it must go on whatever becomes of the others. */
let witness: PoolUnderTest;
const errors: unknown[] = [];
const halts: Halt[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const db = openDatabase(database.url);
  const clock = new TestClock();
  const own = { db, clock, random: randomBytes, books: new Books() };
  const guard = new Halts({
    ...own,
    onHalt: (halt) => halts.push(halt),
    onError: (error) => errors.push(error),
  });
  venue = { db, clock, sql: db.sql, url: database.url, runtime: { ...own, halts: guard }, halts };
  witness = await PoolUnderTest.create(venue);
});
afterAll(async () => {
  await venue?.db.close();
  await database?.drop();
});

/** Does to the rows what no trigger allows. */
const tamper = (statement: string, id: number) =>
  venue.sql.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    const { count } = await sql.unsafe(statement.replaceAll(':pool', String(id)));
    expect(count, statement).toBeGreaterThan(0);
  });

/** A pool with all that has a sum: a fund, drawn; haircuts, and something given back of them; a loss that is open. */
async function busyPool(): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue, { decimals: 2 });
  await pool.fund(50);
  await pool.profits({ a: 90, b: 30 });
  await pool.loss('e', 100);
  await pool.settle();
  await recordRecovery(venue.runtime, {
    pool: pool.name,
    idempotencyKey: fresh('key'),
    lossEvent: 'e',
    amount: '10',
  });
  await pool.loss('open', 5);
  return pool;
}

const statusOf = async (pool: PoolUnderTest) => {
  const [row] = await venue.sql`select status, halt_reason, sequence from pools where name = ${pool.name}`;
  return row!;
};

async function auditUntil(isDone: () => Promise<boolean>): Promise<void> {
  const auditor = new Auditor({
    db: venue.db,
    halts: venue.runtime.halts as Halts,
    everyMs: 1,
    onError: (error) => errors.push(error),
  });
  try {
    await eventually('an audit', isDone);
  } finally {
    await auditor.close();
  }
}

/** The pool is halted, and said so in its journal and outbox; its next mutations are refused; the witness goes on. */
async function expectHalted(pool: PoolUnderTest, reason: RegExp, told = true): Promise<void> {
  const status = await statusOf(pool);
  expect(status).toMatchObject({ status: 'HALTED', halt_reason: expect.stringMatching(reason) });
  expect(status.halt_reason).toMatch(/^The pool halted itself: /);
  const [row] = await venue.sql`
    select j.mutation, o.kind, o.reason from pools p join journal j on j.pool_id = p.pool_id and j.sequence = p.sequence
    left join outbox o on o.pool_id = p.pool_id and o.sequence = p.sequence where p.name = ${pool.name}`;
  if (told) expect(row).toEqual({ mutation: 'haltItself', kind: 'HALTED', reason: status.halt_reason });
  expect(halts.splice(0)).toMatchObject([{ pool: pool.name, reason: status.halt_reason }]);
  expect(await refusalOf(pool.mark('PNL', '1'))).toMatchObject({ code: 'POOL_HALTED' });
  expect(
    await refusalOf(resumePool(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key') })),
  ).toEqual({
    code: 'POOL_HALTED',
    path: ['input', 'pool'],
  });
  await witness.mark('PNL', '1');
  expect(await statusOf(witness)).toMatchObject({ status: 'ACTIVE' });
  if (told) expect(errors.splice(0)).toEqual([]);
}

it('a mutation that meets a broken sum is rolled back, and its pool halts until the sums hold again', async () => {
  const pool = await busyPool();
  const id = await pool.poolId();
  await tamper('update pools set fund_balance = fund_balance + 1 where pool_id = :pool', id);
  const before = await pool.sequence();
  const deposit = () =>
    pool.transfers([{ account: 'a', kind: 'DEPOSIT', amount: '7' }], 'the key of a deposit');
  expect(await refusalOf(deposit())).toEqual({ code: 'POOL_HALTED', path: ['input', 'pool'] });
  await expectHalted(pool, /the balance of the insurance fund .* off by 0\.01\./);
  expect(await pool.sequence()).toBe(before + 1n);
  expect((await pool.account('a')).balance).toBe(-3_000n);

  await tamper('update pools set fund_balance = fund_balance - 1 where pool_id = :pool', id);
  await resumePool(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key') });
  await deposit();
  expect((await pool.account('a')).balance).toBe(-2_300n);
  const kinds = await venue.sql`select kind from outbox where pool_id = ${id} order by sequence desc limit 2`;
  expect(kinds.map((row) => row.kind)).toEqual(['RESUMED', 'HALTED']);
});

describe('a mutation that would move money wrongly halts the pool:', () => {
  it.each([
    [
      'a balance that is not where its last posting left it',
      'accounts',
      'UPDATE',
      'new.balance := new.balance + 1',
      /a balance, by its postings/,
    ],
    [
      'a posting to the fund that its entry does not know',
      'postings',
      'INSERT',
      "new.amount := new.amount + case new.ledger when 'FUND' then 1 when 'CLEARING' then -1 when 'OUTSIDE' then -1 else 0 end",
      /the insurance fund, by its postings/,
    ],
  ])('%s', async (_what, table, event, change, reason) => {
    const pool = await busyPool();
    await venue.sql.unsafe(`
      create function mistake() returns trigger language plpgsql as $$ begin ${change}; return new; end $$;
      create trigger mistake before ${event} on ${table} for each row execute function mistake()`);
    try {
      const before = await pool.sequence();
      const call = table === 'accounts' ? pool.transfer('a', 'DEPOSIT', 5) : pool.fund(5);
      expect(await refusalOf(call)).toMatchObject({ code: 'POOL_HALTED' });
      expect(await pool.sequence()).toBe(before + 1n);
      expect(await statusOf(pool)).toMatchObject({ halt_reason: expect.stringMatching(reason) });
      expect(halts.splice(0)).toHaveLength(1);
    } finally {
      await venue.sql.unsafe(`drop trigger mistake on ${table}; drop function mistake()`);
    }
    // What was wrong was never stored: the pool may go on at once.
    await resumePool(venue.runtime, { pool: pool.name, idempotencyKey: fresh('key') });
    await pool.fund(5);
  });
});

describe('an audit finds what no mutation reads:', () => {
  it.each([
    [
      'a fund entry',
      "update fund_entries set amount = amount + 3 where pool_id = :pool and kind = 'OPERATOR_CONTRIBUTION'",
      /insurance fund/,
    ],
    [
      'a fund entry and all that follows it',
      'update fund_entries set balance_after = balance_after + 3 where pool_id = :pool; update pools set fund_balance = fund_balance + 3 where pool_id = :pool',
      /insurance fund/,
    ],
    [
      'a posting',
      "update postings set amount = amount + 1 where pool_id = :pool and kind = 'LOSS_COVER'",
      /double entry/,
    ],
    [
      'a balance',
      "update accounts set balance = balance + 500 where pool_id = :pool and status = 'BANKRUPT'",
      /a balance .* off by 5\./,
    ],
    [
      'a haircut',
      'update haircuts set amount = amount - 1 where pool_id = :pool and restores is null and ordinal = 1',
      /a balance|haircuts of a settlement/,
    ],
    [
      'a haircut that is gone',
      'delete from haircuts where pool_id = :pool and restores is null and ordinal = 2',
      /./,
    ],
    [
      'a share of a settlement',
      'update settlement_events set socialized = socialized + 2, fund_draw = fund_draw - 2 where pool_id = :pool',
      /a settlement as the sum/,
    ],
    [
      'the head of a loss',
      "update loss_events set fund_draw = fund_draw - 1, socialized = socialized + 1 where pool_id = :pool and ref = 'e'",
      /a loss as the sum/,
    ],
    [
      'too much given back',
      'update haircuts set amount = amount * 100 where pool_id = :pool and restores is not null',
      /./,
    ],
    [
      'a commit that is gone',
      'delete from journal where pool_id = :pool and sequence = 3',
      /the journal without a gap .* off by 1\./,
    ],
    [
      'the number of accounts',
      'update pools set account_count = account_count + 1 where pool_id = :pool',
      /the number of accounts/,
    ],
  ])('%s', async (_what, statement, reason) => {
    const pool = await busyPool();
    await tamper(statement, await pool.poolId());
    await auditUntil(async () => (await statusOf(pool)).status === 'HALTED');
    await expectHalted(pool, reason);
  });

  it.each([
    [
      'the last commit',
      'delete from journal where pool_id = :pool and sequence = (select sequence from pools where pool_id = :pool)',
    ],
    [
      'the last notice',
      'delete from outbox where pool_id = :pool and sequence = (select last_loss_sequence from pools where pool_id = :pool)',
    ],
  ])(
    'and where %s is gone, so that the halt cannot be written as it should, it halts all the same',
    async (_what, statement) => {
      const pool = await busyPool();
      await tamper(statement, await pool.poolId());
      await auditUntil(async () => (await statusOf(pool)).status === 'HALTED');
      await expectHalted(pool, /the journal|loss notices/, false);
      // It says that it could not.
      expect(errors.splice(0).length).toBeGreaterThan(0);
    },
  );

  it('and leaves whole pools alone, one audit a period, whichever server makes it', async () => {
    const pool = await busyPool();
    const id = await pool.poolId();
    const auditors = Array.from(
      { length: 3 },
      () =>
        new Auditor({
          db: venue.db,
          halts: venue.runtime.halts as Halts,
          everyMs: 10_000,
          onError: (error) => errors.push(error),
        }),
    );
    const audited = async () => {
      const [row] =
        await venue.sql`select xmin::text as written, broken from pool_audits where pool_id = ${id}`;
      return row;
    };
    await eventually('the first audit', audited);
    const first = await audited();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await audited()).toEqual(first);
    await venue.sql`update pool_audits set audited_at = audited_at - interval '11 seconds' where pool_id = ${id}`;
    const due = await audited();
    await eventually('the second audit', async () => (await audited())!.written !== due!.written);
    await Promise.all(auditors.map((auditor) => auditor.close()));
    expect(first!.broken).toBe(0);
    expect(await statusOf(pool)).toMatchObject({ status: 'ACTIVE' });
    expect(halts).toEqual([]);
    expect(errors).toEqual([]);
  });
});
