import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Statements that find every connection at work wait for the first that is free, in their order. */

let database: TestDatabase;
let db: Database;
let admin: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { poolSize: 2 });
  admin = openDatabase(database.url, { poolSize: 1 });
});
afterAll(async () => {
  await db.close();
  await admin.close();
  await database.drop();
});

/** Other test files take advisory locks too, in databases of their own. */
const blocked = (count: number) =>
  eventually(`${count} statements wait for a lock`, async () => {
    const [row] = await admin.sql`
      select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
      where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`;
    return row!.n === count;
  });

it('wait behind none that takes long while another connection is free again', async () => {
  const done: string[] = [];
  const ask = (name: string, key: number) =>
    db.sql`select pg_advisory_lock(${key}), pg_advisory_unlock(${key})`.then(() => done.push(name));
  // Both connections are open, and know the statement.
  await Promise.all([ask('warm', 8), ask('warm', 9)]);
  done.length = 0;
  await admin.sql`select pg_advisory_lock(1), pg_advisory_lock(2)`;
  const long = ask('long', 1);
  const short = ask('short', 2);
  await blocked(2);
  expect(db.connections).toMatchObject({ idle: 0, busy: 2, waiting: 0 });
  const others = ['a', 'b', 'c', 'd'].map((name, i) => ask(name, 10 + i));
  expect(db.connections.waiting).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(db.connections).toMatchObject({ busy: 2, waiting: 4 });
  await admin.sql`select pg_advisory_unlock(2)`;
  await Promise.all([short, ...others]);
  // The long one is at it still, and nobody waited for it.
  expect(done).toEqual(['short', 'a', 'b', 'c', 'd']);
  await admin.sql`select pg_advisory_unlock(1)`;
  await long;
  expect(db.connections).toMatchObject({ idle: 2, busy: 0, waiting: 0 });
});

it('are answered before the connections are closed', async () => {
  const own = openDatabase(database.url, { poolSize: 1 });
  await own.sql`select`;
  const answers = Promise.all([1, 2, 3, 4, 5].map((n) => own.sql`select ${n}::int as n`));
  await null;
  const closed = own.close();
  expect((await answers).map(([row]) => row!.n)).toEqual([1, 2, 3, 4, 5]);
  await closed;
  // PostgreSQL ends a backend in its own time.
  await eventually('none is left but those of this file', async () => {
    const [row] = await admin.sql`
      select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    return row!.n <= 2;
  });
});
