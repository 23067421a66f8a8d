import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

export interface Database {
  /** Plain SQL with bound parameters: what writes set-wise. Timestamps come as text, numerics and int8 too. */
  readonly sql: postgres.Sql;
  /** The same connections through Drizzle's typed queries: what reads. */
  readonly orm: PostgresJsDatabase;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly poolSize?: number;
  /** Called once per statement sent; tests count with it. */
  readonly onStatement?: (text: string) => void;
}

/** How long a mutation waits for its pool's lock before it gives up with CONFLICT_RETRY. */
const LOCK_TIMEOUT_MS = 30_000;

export function connectionOptions(): { connection: Record<string, string | number>; onnotice: () => void } {
  return {
    connection: {
      application_name: 'shearwater',
      TimeZone: 'UTC',
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: 120_000,
    },
    onnotice: () => {},
  };
}

export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { onStatement } = options;
  const sql = postgres(url, {
    ...connectionOptions(),
    max: options.poolSize ?? 10,
    ...(onStatement ? { debug: (_connection: number, text: string) => onStatement(text) } : {}),
  });
  const orm = drizzle({ client: sql, jit: true });
  return { sql, orm, close: () => sql.end({ timeout: 5 }) };
}
