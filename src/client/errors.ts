import type { ErrorCode } from './generated/graphql.ts';

const CONTRACT_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
] as const;

/** Why a request was not answered: `errors[].extensions.code` of the contract, and what happens on the way. */
export type FailureCode = (typeof CONTRACT_CODES)[number] | 'UNREACHABLE' | 'GAP' | 'PROOF_DOES_NOT_HOLD';

/** A request that was not answered, or a stream that cannot go on. */
export class ShearwaterError extends Error {
  override readonly name = 'ShearwaterError';
  readonly code: FailureCode;
  /** When to come again, in seconds, where the server says. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: FailureCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number | null } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** The server's typed no: nothing was written. The message says what to do next. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  /** The input at fault, such as ['input', 'positions', '3', 'size']; null where no single input is. */
  readonly path: readonly string[] | null;

  constructor(code: ErrorCode, message: string, path: readonly string[] | null) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export interface GraphQLErrorShape {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfter?: number };
}

/** What the `errors` of an answer come to: the first one, as an error of ours. */
export function failureOf(
  errors: readonly GraphQLErrorShape[],
  retryAfterSeconds: number | null = null,
): ShearwaterError {
  const [first] = errors;
  const code = CONTRACT_CODES.find((known) => known === first?.extensions?.code) ?? 'INTERNAL_SERVER_ERROR';
  const message = first?.message ?? 'The server answered with an error and did not say which.';
  return new ShearwaterError(code, message, {
    cause: errors,
    retryAfterSeconds: first?.extensions?.retryAfter ?? retryAfterSeconds,
  });
}

/** Whether the same request may succeed later, as it is. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ShearwaterError &&
  (error.code === 'UNREACHABLE' || error.code === 'RATE_LIMITED' || error.code === 'INTERNAL_SERVER_ERROR');

/** Whether it is known that nothing was done, so that anything may be sent again. */
export const isUndone = (error: unknown): boolean =>
  (error instanceof ShearwaterError && error.code === 'RATE_LIMITED') ||
  (error instanceof Refusal && error.code === 'CONFLICT_RETRY');
