import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { migrateQueue } from './job-queue.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));
const OLDEST_MAJOR = 15;

/** The folder of one migration, as drizzle-kit names it: 20261122115649_tables. */
const MIGRATION_NAME = /^\d{14}_/;

/** Any number that nothing else locks in the database. */
const LOCK = 5_348_415_742;

/** The server at DATABASE_URL cannot carry Shearwater. */
export class UnsupportedPostgresError extends Error {
  override readonly name = 'UnsupportedPostgresError';
  readonly code = 'UNSUPPORTED_POSTGRES';
}

/**
 * Applies the migrations that the database does not have yet, all in one transaction, and answers with their names; then those of the
 * queue of jobs, which brings its own. Servers that start at once take turns: the first one migrates, the others find nothing to do.
 *
 * @param onWait called where another process migrates the database, and this one waits for it
 */
export async function migrate(
  url: string,
  folder: string = MIGRATIONS_FOLDER,
  onWait: () => void = () => {},
): Promise<string[]> {
  // A client of its own: drizzle changes how a client parses dates, and the lock lives as long as the connection.
  const sql = postgres(url, { max: 1, idle_timeout: 0, max_lifetime: null, onnotice: () => {} });
  try {
    await assertSupported(sql);
    const [lock] = await sql`select pg_try_advisory_lock(${LOCK}) as taken`;
    if (!lock!.taken) {
      onWait();
      await sql`select pg_advisory_lock(${LOCK})`;
    }
    const before = await appliedNames(sql);
    await runMigrations(drizzle({ client: sql }), { migrationsFolder: folder });
    await migrateQueue(url);
    return [...(await appliedNames(sql))].filter((name) => !before.has(name));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * Whether the database has every migration of this version. It may have more: while a newer version is rolled out,
 * the older servers still serve. By name, as the migrator decides, so that `npm run migrate` always mends a false.
 */
export async function migrationsCurrent(
  sql: postgres.Sql,
  folder: string = MIGRATIONS_FOLDER,
): Promise<boolean> {
  const applied = await appliedNames(sql);
  const entries = await readdir(folder);
  const wanted = entries.filter((name) => MIGRATION_NAME.test(name));
  return wanted.every((name) => applied.has(name));
}

/** The names of the migrations that a database has; one that was never migrated has none. */
async function appliedNames(sql: postgres.Sql): Promise<ReadonlySet<string>> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`;
  if (!table?.present) return new Set();
  const rows = await sql<{ name: string }[]>`select name from drizzle.__drizzle_migrations order by id`;
  return new Set(rows.map((row) => row.name));
}

async function assertSupported(sql: postgres.Sql): Promise<void> {
  const [row] = await sql<
    { version: string; number: number }[]
  >`select current_setting('server_version') as version, current_setting('server_version_num')::int as number`;
  if (row && row.number >= OLDEST_MAJOR * 10_000) return;
  throw new UnsupportedPostgresError(
    `The server at DATABASE_URL is PostgreSQL ${row?.version}, and Shearwater needs ${OLDEST_MAJOR} or newer: set DATABASE_URL to such a server.`,
  );
}
