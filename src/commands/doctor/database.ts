import postgres from 'postgres';
import { findEmbeddedPostgres } from '../../db/embedded.ts';
import { migrationsCurrent } from '../../db/migrate.ts';
import { describe } from '../kit/errors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { settingsOrFault } from './machine.ts';

const OLDEST = 150_000;
const TIMEOUT_SECONDS = 5;
/** Marks and tokens are judged by time: clocks that differ by more are a fault of the machine's. */
const SKEW_MS = 2_000;
/** Beside the pool a process has a connection for LISTEN and one for metrics. */
const OWN_CONNECTIONS = 2;

/** The database of these settings: whether it is there, holds what it takes, and keeps what it says. */
export async function* checkDatabase(): AsyncGenerator<Finding> {
  const settings = settingsOrFault();
  // The settings are told of already.
  if (typeof settings === 'string') return;
  const url = settings.databaseUrl ?? (await findEmbeddedPostgres(settings.dataDir).catch(() => null));
  if (url === null) {
    yield warn('database', 'the embedded PostgreSQL does not run', 'shearwater serve starts it');
    return;
  }
  const sql = postgres(url, { max: 1, connect_timeout: TIMEOUT_SECONDS, onnotice: () => {} });
  try {
    yield* examine(sql, settings.databasePoolSize);
  } catch (error) {
    yield fail(
      'database',
      describe(error),
      'check DATABASE_URL, and that PostgreSQL runs and lets this machine in',
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function* examine(sql: postgres.Sql, poolSize: number): AsyncGenerator<Finding> {
  const [row] = await sql<Record<string, string>[]>`
    select current_setting('server_version') as version, current_setting('server_version_num') as number,
      current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
      current_setting('synchronous_commit') as commit, current_setting('max_connections') as connections,
      current_setting('superuser_reserved_connections') as reserved`;
  const { version, number, fsync, pages, commit, connections, reserved } = row!;
  if (Number(number) >= OLDEST) yield ok('database', `PostgreSQL ${version}`);
  else yield fail('database', `PostgreSQL ${version}`, 'use PostgreSQL 15 or newer');

  if (await migrationsCurrent(sql)) yield ok('migrations', 'all applied');
  else yield fail('migrations', 'some are missing', 'run shearwater migrate');

  const risky = [fsync === 'off' && 'fsync', pages === 'off' && 'full_page_writes'].filter(Boolean);
  if (risky.length > 0)
    yield fail(
      'durability',
      `${risky.join(' and ')} is off`,
      'turn it on: a crash of the machine could lose or spoil the ledger',
    );
  else if (commit === 'off')
    yield warn(
      'durability',
      'synchronous_commit is off',
      'turn it on: a crash could lose the last commits, which callers were told of',
    );
  else yield ok('durability', `fsync on, synchronous_commit ${commit}`);

  const needed = poolSize + OWN_CONNECTIONS;
  const usable = Number(connections) - Number(reserved);
  const detail = `${usable} to be had, a server takes up to ${needed}`;
  if (usable >= needed) yield ok('connections', `${detail}: room for ${Math.floor(usable / needed)} servers`);
  else yield fail('connections', detail, 'raise max_connections, or lower DATABASE_POOL_SIZE');

  const before = Date.now();
  const [clock] = await sql<{ now: string }[]>`select extract(epoch from clock_timestamp()) * 1000 as now`;
  // Half of the way there and back is a guess that errs by less than the whole of it.
  const skew = Math.round(Number(clock!.now) - (before + Date.now()) / 2);
  if (Math.abs(skew) <= SKEW_MS) yield ok('clock', `${skew} ms between here and the database`);
  else
    yield warn(
      'clock',
      `the database's clock is ${skew} ms from this one`,
      'let both take their time from NTP',
    );
}
