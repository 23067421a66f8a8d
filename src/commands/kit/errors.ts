import { SettingsError } from '../../server/settings.ts';
import { EXIT, type ExitCode } from './command.ts';

/** The command was called wrongly. The message says how to call it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** The server said no. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Nobody answers. The message says who, and what to try. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'UNREACHABLE';
}

/** Failures to connect, as Node and the PostgreSQL driver name them. */
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'],
  // PostgreSQL starts, or stops.
  ...['57P01', '57P03'],
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof SettingsError) return EXIT.USAGE;
  return error instanceof UnreachableError || isUnreachable(error) ? EXIT.UNREACHABLE : EXIT.REFUSED;
}

export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnreachable)) return true;
  return UNREACHABLE.has((error as { code?: string }).code ?? '') || isUnreachable(error.cause);
}

/** The message and those of its causes. Drizzle's first says which statement failed and only its cause says why. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RefusedError) return `${error.code}: ${error.message}`;
  // Connecting to a name with several addresses fails with several errors and no message of its own.
  const own =
    error.message || (error instanceof AggregateError ? error.errors.map(describe).join('; ') : error.name);
  return error.cause === undefined ? own : `${own}\n${describe(error.cause)}`;
}

/** Does what needs DATABASE_URL, and says so where no PostgreSQL answers there. */
export async function reachingDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new UnreachableError(
      `No PostgreSQL answers at DATABASE_URL (${describe(error)}): check the address, and that it runs.`,
    );
  }
}
