import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate, migrationsCurrent } from '../../src/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let sql: postgres.Sql;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});

beforeEach(async () => {
  await sql`drop schema if exists drizzle cascade`;
  await sql`drop table if exists first, second`;
  folder = await mkdtemp(join(tmpdir(), 'shearwater-migrations-'));
  await add('20250101000000_first', 'create table first (id int);');
  return () => rm(folder, { recursive: true });
});

afterAll(async () => {
  await sql?.end();
  await database?.drop();
});

test('a database is current when it has every migration of the folder', async () => {
  expect(await migrationsCurrent(sql, folder)).toBe(false);
  await migrate(database.url, folder);
  expect(await migrationsCurrent(sql, folder)).toBe(true);

  await add(
    '20250102000000_second',
    'create table second (id int);--> statement-breakpoint\ninsert into second values (2);',
  );
  expect(await migrationsCurrent(sql, folder)).toBe(false);
  await migrate(database.url, folder);
  expect(await migrationsCurrent(sql, folder)).toBe(true);
  expect([...(await sql`select id from second`)]).toEqual([{ id: 2 }]);
});

test('a database that a newer version has migrated further is current', async () => {
  await add('20250102000000_second', 'create table second (id int);');
  await migrate(database.url, folder);
  await rm(join(folder, '20250102000000_second'), { recursive: true });
  expect(await migrationsCurrent(sql, folder)).toBe(true);
});

test('servers that start at once migrate once', async () => {
  await add('20250102000000_second', 'create table second (id int); select pg_sleep(0.2);');
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, folder)));
  expect([...(await sql`select name from drizzle.__drizzle_migrations order by id`)]).toEqual([
    { name: '20250101000000_first' },
    { name: '20250102000000_second' },
  ]);
});

test('a migration that fails leaves nothing', async () => {
  await add('20250102000000_second', 'create table second (id int);--> statement-breakpoint\nselect 1/0;');
  await expect(migrate(database.url, folder)).rejects.toMatchObject({
    cause: { message: 'division by zero' },
  });
  expect([...(await sql`select to_regclass('first') as first, to_regclass('second') as second`)]).toEqual([
    { first: null, second: null },
  ]);
});

test('the databases of tests have the migrations of this version', async () => {
  const fresh = await createTestDatabase();
  const client = postgres(fresh.url, { max: 1 });
  try {
    expect(await migrationsCurrent(client)).toBe(true);
  } finally {
    await client.end();
    await fresh.drop();
  }
});

async function add(name: string, text: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'migration.sql'), text);
}
