import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** A transaction whose connection broke while it was not asking anything is over, whatever its code goes on to do. */

let database: TestDatabase;
let db: Database;
let admin: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { poolSize: 1 });
  admin = openDatabase(database.url, { poolSize: 1 });
  await db.sql`create table written (n integer)`;
});
afterAll(async () => {
  await db.close();
  await admin.close();
  await database.drop();
});

it('writes nothing after it, and takes no answer from those who use the connection next', async () => {
  let goOn = () => {};
  const computed = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let wrote: Promise<unknown> | undefined;
  const over = inTransaction(db, 'read committed', async (sql) => {
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await admin.sql`select pg_terminate_backend(${row!.pid})`;
    // As a settlement that computes between two statements.
    await computed;
    wrote = sql`insert into written values (1)`.execute();
    await wrote;
  });
  await expect(over).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  // The connection is someone else's now, in the midst of a transaction of theirs.
  await inTransaction(db, 'read committed', async (sql) => {
    await sql`insert into written values (2)`;
    goOn();
    await eventually('the lost one goes on', () => wrote !== undefined);
    for (let n = 10; n < 20; n++) expect([...(await sql`select ${n}::int as n`)]).toEqual([{ n }]);
  });
  await expect(wrote).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect([...(await db.sql`select n from written`)]).toEqual([{ n: 2 }]);
});
