import { Refusal, type RefusalCode } from '../core/refusal.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { codedError } from './errors.ts';
import type { ObjectRef } from './refs.ts';

const TYPES: Record<RefusalCode, string> = {
  NOT_FOUND: 'NotFoundError',
  INVALID_INPUT: 'InvalidInputError',
  NOTHING_TO_SETTLE: 'NothingToSettleError',
  ALREADY_EXISTS: 'AlreadyExistsError',
  POOL_HALTED: 'PoolHaltedError',
  LOSS_OPEN: 'LossOpenError',
  NOT_REVERSIBLE: 'NotReversibleError',
  ACCOUNT_NOT_ACTIVE: 'AccountNotActiveError',
  IDEMPOTENCY_CONFLICT: 'IdempotencyConflictError',
  WITHDRAWALS_GATED: 'WithdrawalsGatedError',
  INSUFFICIENT_FUNDS: 'InsufficientFundsError',
  NOT_BANKRUPT: 'NotBankruptError',
  LOSS_ALREADY_SETTLED: 'LossAlreadySettledError',
  CONFLICT_RETRY: 'ConflictRetryError',
  MARK_HELD: 'MarkHeldError',
  STALE_MARKS: 'StaleMarksError',
  LIMIT_EXCEEDED: 'LimitExceededError',
  WRONG_POSITION_SOURCE: 'WrongPositionSourceError',
  NOT_LIQUIDATABLE: 'NotLiquidatableError',
};

const ErrorCode = builder.enumType('ErrorCode', { values: Object.keys(TYPES) as RefusalCode[] });

/** A refusal as the result that it becomes: graphql-js takes an Error that is returned for one that was thrown. */
interface Refused {
  readonly __typename: string;
  readonly code: RefusalCode;
  readonly message: string;
  readonly path: readonly string[] | null;
}

const ErrorInterface = builder.interfaceRef<Refused>('Error').implement({
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCode }),
    message: t.exposeString('message'),
    path: t.stringList({ nullable: true, resolve: (refused) => refused.path }),
  }),
  resolveType: (refused) => refused.__typename,
});

const refs = Object.fromEntries(
  Object.entries(TYPES).map(([code, name]) => [
    code,
    builder.objectRef<Refused>(name).implement({ interfaces: [ErrorInterface] }),
  ]),
) as Record<RefusalCode, ObjectRef<Refused>>;

/** Rows and payloads say what they are, so that unions and Node can tell. */
export interface Typed {
  readonly __typename: string;
}

/** A result: the success, or one of these refusals. */
export function resultType<Success extends object>(
  name: string,
  success: ObjectRef<Success>,
  codes: readonly RefusalCode[],
) {
  const union = builder.unionType(name, {
    types: [success, ...codes.map((code) => refs[code])],
    resolveType: (value) => (value as Typed).__typename,
  });
  return { union, codes };
}

/** Runs what may refuse. A refusal that the result cannot carry can only be that the pool is busy. */
export async function orRefusal<T>(
  { onRefusal }: Pick<Context, 'onRefusal'>,
  codes: readonly RefusalCode[],
  run: () => Promise<T>,
): Promise<T | Refused> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, path } = error;
    onRefusal?.(code);
    if (codes.includes(code))
      return { __typename: TYPES[code], code, message, path: path?.map(String) ?? null };
    if (code === 'CONFLICT_RETRY') throw codedError('RATE_LIMITED', message);
    throw error;
  }
}
