import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';

/** What the global setup made, for all test processes. */
export interface TestServer {
  /** An administrator's connection. */
  readonly url: string;
  /** Databases whose names begin with it belong to this run, and go with it. */
  readonly prefix: string;
  /** A database with all migrations and no rows. */
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestServer;
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Drops the database even while connections to it are open. */
  drop(): Promise<void>;
}

/** A migrated database of the caller's own, cloned from the template. What is not dropped goes at the end of the run. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(inject('postgres').template);
}

/** A database without anything in it: for what a migration or a dump fills. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const { url, prefix } = inject('postgres');
  const name = `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  // Files are copied in 0.1 s; the default writes every page to the log and takes twice as long.
  await withAdmin(
    url,
    (sql) => sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`,
  );
  return {
    url: urlOfDatabase(url, name),
    drop: () => withAdmin(url, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  };
}

/** The same server and user, another database. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs something on a connection that is closed afterwards. */
export async function withAdmin(
  url: string,
  work: (sql: postgres.Sql) => PromiseLike<unknown>,
): Promise<void> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
