import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

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
 * Applies the migrations that the database does not have yet, all in one transaction. Servers that start at once
 * take turns: the first one migrates, the others find nothing to do.
 */
export async function migrate(url: string, folder: string = MIGRATIONS_FOLDER): Promise<void> {
  // A client of its own: drizzle changes how a client parses dates, and the lock lives as long as the connection.
  const sql = postgres(url, { max: 1, idle_timeout: 0, max_lifetime: null, onnotice: () => {} });
  try {
    await assertSupported(sql);
    await sql`select pg_advisory_lock(${LOCK})`;
    await runMigrations(drizzle({ client: sql }), { migrationsFolder: folder });
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
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`;
  if (!table?.present) return false;
  const rows = await sql<{ name: string | null }[]>`select name from drizzle.__drizzle_migrations`;
  const applied = new Set(rows.map((row) => row.name));
  const entries = await readdir(folder);
  const wanted = entries.filter((name) => MIGRATION_NAME.test(name));
  return wanted.every((name) => applied.has(name));
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
