import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { codeOf, EmbeddedPostgresError } from './error.ts';

/** Any number that nothing else locks in the database `postgres`. */
const LOCK = 5_348_415_741;
const RETAKE_MS = 500;

/**
 * One connection for as long as a process uses the embedded PostgreSQL, with a shared advisory lock. Who gets the
 * lock exclusively is the last one and may stop the server. PostgreSQL releases the lock of a process that dies, so
 * there is nothing to clean up; and who comes while the last one stops the server waits for the lock, loses the
 * connection, and starts the server anew.
 */
export class Hold {
  readonly #sql: postgres.Sql;
  #state: 'taking' | 'held' | 'released' = 'taking';
  #retaking = false;

  /** Rejects when the server is not reachable, is not the one on `data`, or does not know the password. */
  static async take(url: string, data: string): Promise<Hold> {
    const hold = new Hold(url);
    try {
      const [row] = await hold.#sql`select current_setting('data_directory') as data`;
      if (row?.data !== data) {
        throw new EmbeddedPostgresError(
          'START_FAILED',
          `Another PostgreSQL (${row?.data}) listens on the port that ${data} was started on.`,
        );
      }
      await hold.#lock();
      hold.#state = 'held';
      return hold;
    } catch (error) {
      await hold.close();
      if (codeOf(error) !== '28P01') throw error;
      throw new EmbeddedPostgresError(
        'DATA_UNUSABLE',
        `The database in ${data} does not accept the password in DATA_DIR/postgres-password: put back the file that belongs to it.`,
        { cause: error },
      );
    }
  }

  private constructor(url: string) {
    this.#sql = postgres(url, {
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 10,
      // We do our own waiting; letting go of a server that is gone must not wait at all.
      backoff: () => 0,
      connection: { application_name: 'shearwater embedded owner' },
      // Asked for on a connection that is just being closed, array types reject with nobody to catch it.
      fetch_types: false,
      // Unlocking on a connection that was opened anew warns that there was no lock.
      onnotice: () => {},
      onclose: () => void this.#retake(),
    });
  }

  /** Makes the database when it is not there. */
  async ensureDatabase(name: string): Promise<void> {
    const found = await this.#sql`select 1 from pg_database where datname = ${name}`;
    if (found.length > 0) return;
    try {
      await this.#sql`create database ${this.#sql(name)}`;
    } catch (error) {
      // Another process made it at the same moment: duplicate_database, or unique_violation in pg_database.
      if (codeOf(error) !== '42P04' && codeOf(error) !== '23505') throw error;
    }
  }

  /** Gives up the hold. True when nobody else has one: then no one can get one until `close`. */
  async release(): Promise<boolean> {
    this.#state = 'released';
    try {
      await this.#sql`select pg_advisory_unlock_all()`;
      const [row] = await this.#sql`select pg_try_advisory_lock(${LOCK}) as last`;
      return row?.last === true;
    } catch {
      // The server is gone or shutting down: there is nothing for us to stop.
      return false;
    }
  }

  async close(): Promise<void> {
    this.#state = 'released';
    await this.#sql.end({ timeout: 1 });
  }

  async #lock(): Promise<void> {
    await this.#sql`select pg_advisory_lock_shared(${LOCK})`;
  }

  /** After a crash of one backend PostgreSQL closes all connections: the lock went with ours. */
  async #retake(): Promise<void> {
    if (this.#retaking) return;
    this.#retaking = true;
    while (this.#state === 'held') {
      try {
        await this.#lock();
        break;
      } catch {
        await sleep(RETAKE_MS, undefined, { ref: false });
      }
    }
    this.#retaking = false;
  }
}
