import { connect, type Socket } from 'node:net';
import postgres from 'postgres';
import { type TurnLimits, Turns } from './turns.ts';

export interface Database {
  /** SQL with bound parameters. Timestamps, numerics and int8 come and go as text: nothing is cut on the way. */
  readonly sql: postgres.Sql;
  /**
   * Grows with each connection that is made. Behind a new one may be another server, or a database that was restored to an
   * earlier state: what was read before is then of another history, and memory proves itself before it is used again.
   */
  readonly generation: number;
  readonly connections: Connections;
  /** Who may ask for a pool's lock next, of those in this process. */
  readonly turns: Turns;
  /**
   * Says after a commit that the outbox has something to read, where a message broker does it; null where the transaction itself
   * does, by NOTIFY. Its connections have the setting shearwater.notify off.
   */
  readonly announce: ((payload: string) => void) | null;
  close(): Promise<void>;
}

/** What the connections of the pool are at, and how many statements wait for one. */
export interface Connections {
  readonly idle: number;
  /** In a transaction, or running statements. */
  readonly busy: number;
  readonly connecting: number;
  readonly waiting: number;
}

export interface DatabaseOptions {
  readonly poolSize?: number;
  readonly holdMs?: number | undefined;
  /** Writes are refused, whatever the server behind the address allows. */
  readonly readOnly?: boolean;
  readonly announce?: (payload: string) => void;
  readonly turns?: Partial<TurnLimits>;
  /** Called once per statement sent; tests count with it. */
  readonly onStatement?: (text: string) => void;
}

/** How long a mutation waits for its pool's lock before it gives up with CONFLICT_RETRY. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * How long a transaction may stay open while its process does nothing: a frozen server, or one whose machine is gone, must not hold
 * a pool for ever. Less than who waits for the pool is ready to wait, and more than any computation between two statements takes.
 */
export const HOLD_MS = 25_000;
export const APPLICATION_NAME = 'shearwater';

/**
 * Errors after which nobody can say whether a transaction committed: the connection broke, or the server ended it.
 */
const CONNECTION_LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNRESET',
  'EPIPE',
  // A process that was frozen inside a transaction: PostgreSQL ended it meanwhile, and says so in answer to whatever comes next.
  '25P03',
  '25P04',
  '57P01',
  '57P02',
  '57P03',
]);

export const isConnectionLost = (error: unknown): boolean =>
  CONNECTION_LOST.has((error as { code?: string } | null)?.code ?? '');

type Isolation = 'read committed' | 'repeatable read read only';

/**
 * A statement was prepared before a migration gave its tables other columns. The driver prepares it anew, but not inside the
 * transaction, which PostgreSQL has ended.
 */
const isStalePlan = (error: unknown): boolean => {
  const { code, routine } = (error ?? {}) as { code?: string; routine?: string };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
};
/** Each time one statement of one connection is forgotten: more than all that a transaction meets on all of them. */
const MAX_STALE = 200;

/**
 * Runs a transaction, and its body again where statements were prepared for tables as they had been; the isolation level is always
 * named. Use this and not `sql.begin`: when the connection breaks inside, postgres.js still sends a ROLLBACK, which then throws where
 * nobody can catch it and ends the process (porsager/postgres#1066). So a body that lost its connection stays pending, and begin itself
 * rejects by the close.
 */
export async function inTransaction<T>(
  db: Database,
  isolation: Isolation,
  body: (sql: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  for (let stale = 0; ; stale++) {
    try {
      return await transactionOnce(db, isolation, body);
    } catch (error) {
      if (!isStalePlan(error) || stale === MAX_STALE) throw error;
    }
  }
}

async function transactionOnce<T>(
  { sql }: Database,
  isolation: Isolation,
  body: (sql: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  const result = await sql.begin(`isolation level ${isolation}`, async (tx) => {
    try {
      return { value: await body(tx) };
    } catch (error) {
      if (isConnectionLost(error)) return new Promise<never>(() => {});
      throw error;
    }
  });
  return (result as { value: T }).value;
}

/**
 * A socket that sends at once. postgres.js writes the parts of a COPY one by one, and with Nagle's algorithm each waits
 * for the other side's delayed acknowledgement: 40 ms a time. It may not be connected yet: writes wait in it.
 */
function socketWithoutDelay(
  onConnecting: () => void,
): (options: { host: string[]; port: number[]; path?: string | false }) => Socket {
  let attempt = 0;
  return ({ host, port, path }) => {
    const socket = path
      ? connect(path)
      : connect({ host: host[attempt % host.length]!, port: port[attempt % port.length]! });
    attempt++;
    onConnecting();
    return socket.setNoDelay(true);
  };
}

/** A PostgreSQL array literal of texts and numbers; null stays null. */
function arrayLiteral(values: readonly unknown[]): string {
  const item = (value: unknown) =>
    value === null
      ? 'null'
      : typeof value === 'string'
        ? `"${value.replace(/[\\"]/g, '\\$&')}"`
        : String(value);
  return `{${values.map(item).join(',')}}`;
}

/** Dates and times as they are written: a Date would cut microseconds off, both ways. */
const INSTANTS: postgres.PostgresType<string> = {
  to: 1184,
  from: [1082, 1083, 1114, 1184],
  serialize: (text: string) => text,
  parse: (text: string) => text,
};

/** Arrays that statements bind, by their types' fixed numbers: bool, int4, text, int8, timestamptz, numeric. */
const ARRAY_OIDS = [1000, 1007, 1009, 1016, 1185, 1231];

/**
 * What every client of ours connects with. postgres.js would ask the server for its array types on each connect, and
 * when the connection breaks at that moment nobody catches the rejection; so the few that we use are named here.
 */
export function connectionOptions(holdMs = HOLD_MS, onConnecting: () => void = () => {}) {
  const arrays = ARRAY_OIDS.map((oid) => [
    `array${oid}`,
    { to: oid, from: [], serialize: arrayLiteral, parse: (text: string) => text },
  ]);
  return {
    connection: {
      application_name: APPLICATION_NAME,
      TimeZone: 'UTC',
      // Compiling a statement takes longer than any of ours runs; a forbidden plan's cost would set it off each time.
      jit: 'off',
      // Planning anew takes longer than most statements run. What scans a whole pool says otherwise for itself (planForWholePool).
      plan_cache_mode: 'force_generic_plan',
      // What a page joins it joins once: remembering it, as the planner would have it, is a tenth of the statement.
      enable_memoize: 'off',
      lock_timeout: LOCK_TIMEOUT_MS,
      // Who holds a transaction open and sends nothing; who takes nothing that is sent; whose machine answers no more. The one case
      // that no setting of PostgreSQL 15 covers is src/db/holders.ts.
      idle_in_transaction_session_timeout: holdMs,
      tcp_user_timeout: holdMs,
      tcp_keepalives_idle: 10,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 3,
    },
    socket: socketWithoutDelay(onConnecting),
    // Seconds. postgres.js would wait up to 20 s between attempts, shared by all connections: a database that is back
    // must be used again at once.
    backoff: (attempt: number) => Math.min(1, 0.05 * 2 ** attempt),
    fetch_types: false,
    types: { ...Object.fromEntries(arrays), date: INSTANTS } as Record<string, postgres.PostgresType>,
    onnotice: () => {},
  };
}

export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { onStatement, holdMs, readOnly, announce = null } = options;
  let generation = 0;
  const { connection, ...connecting } = connectionOptions(holdMs, () => generation++);
  const sql = postgres(url, {
    ...connecting,
    connection: {
      ...connection,
      ...(readOnly ? { default_transaction_read_only: true } : {}),
      ...(announce ? { 'shearwater.notify': 'off' } : {}),
    },
    max: options.poolSize ?? 10,
    ...(onStatement ? { debug: (_connection: number, text: string) => onStatement(text) } : {}),
  });
  return {
    sql,
    get generation() {
      return generation;
    },
    announce,
    turns: new Turns({ lapseMs: HOLD_MS, patienceMs: LOCK_TIMEOUT_MS, ...options.turns }),
    // Of our patch.
    get connections() {
      return (sql as unknown as { connections: () => Connections }).connections();
    },
    close: () => sql.end({ timeout: 5 }),
  };
}
