import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { eventually, within } from '../support/eventually.ts';
import { createTestDatabase, withAdmin } from '../support/postgres.ts';

/*
 * postgres.js keeps the query that a connection died with: the refusal of the next connection was taken for that one's answer, so that
 * whoever waited for the connection heard nothing until the database let somebody in, and rows were counted on from where it had come.
 */

it('a query that its connection died with leaves nothing to the next one: neither its refusal nor its rows', async () => {
  const database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const postgres = Object.assign(new URL(database.url), { pathname: '/postgres' }).href;
  const db = openDatabase(database.url, { poolSize: 1 });
  try {
    // Some pages of rows come, and then nothing.
    const long = db.sql`
      select n, case when n = 5000 then pg_sleep(60)::text end as waited from generate_series(1, 5000) as n`;
    const lost = expect(long).rejects.toThrow();
    await withAdmin(postgres, async (sql) => {
      const asleep = () =>
        sql`select 1 from pg_stat_activity where datname = ${name} and wait_event = 'PgSleep'`;
      await eventually('rows, and then a wait', async () => (await asleep()).length > 0);
      await sql`alter database ${sql(name)} with allow_connections false`;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    });
    await lost;
    const refused = within('a refusal', Promise.resolve(db.sql`select 1 as one`), 5_000);
    await expect(refused).rejects.toThrow('not currently accepting connections');
    await withAdmin(postgres, (sql) => sql`alter database ${sql(name)} with allow_connections true`);
    expect([...(await db.sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  } finally {
    await withAdmin(postgres, (sql) => sql`alter database ${sql(name)} with allow_connections true`);
    await db.close();
    await database.drop();
  }
});
