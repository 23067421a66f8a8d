import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { currentScope } from './scope.ts';

/** What is shown of an error beside its message and stack. A driver's `detail` quotes rows, so it is not among them. */
const SHOWN = [
  'code',
  'schema_name',
  'table_name',
  'constraint_name',
  'routine',
  'syscall',
  'address',
  'port',
];

/**
 * Lines for people on a terminal, JSON for everything else. A line that is written while a request or an operation is under
 * way has its id. Nobody logs headers, documents or variables: there is no line to redact.
 */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin() {
      const scope = currentScope();
      return scope ? { requestId: scope.requestId } : {};
    },
    serializers: { err: describeError },
  };
  if (destination) return pino(options, destination);
  return process.stdout.isTTY
    ? pino(options, pretty({ sync: true, translateTime: 'HH:MM:ss' }))
    : pino(options);
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const shown = SHOWN.filter((key) => key in error).map((key) => [key, error[key as keyof Error]]);
  return {
    type: name,
    message,
    stack,
    ...Object.fromEntries(shown),
    ...(error instanceof AggregateError ? { errors: error.errors.map(describeError) } : {}),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
