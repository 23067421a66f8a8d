import type postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Statements that are sent behind others, without waiting for their answers: one that goes wrong takes none of theirs. */

let database: TestDatabase;
let db: Database;
let admin: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { poolSize: 3 });
  admin = openDatabase(database.url, { poolSize: 1 });
  await admin.sql`create table places (a integer)`;
  await admin.sql`insert into places values (1)`;
});
afterAll(async () => {
  await db.close();
  await admin.close();
  await database.drop();
});

/** Three at once, so that each connection has one. */
const onAll = <T>(body: (sql: postgres.TransactionSql) => Promise<T>): Promise<T[]> =>
  Promise.all([1, 2, 3].map(() => inTransaction(db, 'read committed', body)));

it('are sent again, with the transaction, where a table has other columns than when they were prepared', async () => {
  const read = async (sql: postgres.TransactionSql) => {
    const [[place], [sum]] = await Promise.all([
      sql`select * from places where a = ${1} for no key update`,
      sql`select 1 + ${2}::int as sum`,
    ]);
    return { ...place, ...sum };
  };
  expect(await onAll(read)).toEqual(Array(3).fill({ a: 1, sum: 3 }));
  for (const column of ['b', 'c']) {
    await admin.sql.unsafe(`alter table places add column ${column} integer`);
    const nulls = column === 'b' ? { b: null } : { b: null, c: null };
    expect(await onAll(read), column).toEqual(Array(3).fill({ a: 1, ...nulls, sum: 3 }));
  }
  // No transaction was left open.
  const [row] =
    await admin.sql`select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%'
    and datname = current_database()`;
  expect(row!.n).toBe(0);
  // Outside of a transaction the driver prepares it anew by itself.
  const ask = () => Promise.all([1, 2, 3, 4].map(() => db.sql`select * from places where a = ${1}`));
  await ask();
  await admin.sql`alter table places add column d integer`;
  for (const [place] of await ask()) expect(place).toEqual({ a: 1, b: null, c: null, d: null });
});

it('are refused alone where they cannot be written down', async () => {
  const values: unknown[] = [];
  const over = inTransaction(db, 'read committed', async (sql) => {
    const before = sql`select 1 as n`.execute();
    const wrong = sql`select ${undefined as never} as n`.execute();
    const after = sql`select 2 as n`.execute();
    values.push(...(await Promise.allSettled([before, wrong, after])));
  });
  await expect(over).rejects.toMatchObject({ code: 'UNDEFINED_VALUE' });
  expect(values).toMatchObject([
    { status: 'fulfilled', value: [{ n: 1 }] },
    { status: 'rejected', reason: { code: 'UNDEFINED_VALUE' } },
    { status: 'fulfilled', value: [{ n: 2 }] },
  ]);
  expect(await onAll(async (sql) => (await sql`select 3 as n`)[0]!.n)).toEqual([3, 3, 3]);
});
