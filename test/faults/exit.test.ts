import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, startMain } from '../support/child.ts';
import { within } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { admin } from '../support/server.ts';

/** A server that is told to stop ends, whatever its connections to the database were at just then. */

let database: TestDatabase;
let child: Child;
beforeAll(async () => {
  database = await createTestDatabase();
  child = await startMain({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await child?.end();
  await database?.drop();
});

it('with 0, after all of its backends were terminated', async () => {
  const root = await child.caller(admin);
  expect((await root('{ pools { totalCount } }')).data.pools.totalCount).toBe(0);
  const sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await sql.end();
  await root('{ pools { totalCount } }');
  child.kill('SIGTERM');
  expect(await within('the end', child.exited, 15_000)).toEqual({ code: 0, signal: null });
});
