/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The life of an account. */
export type AccountStatus =
  /** It takes transfers and positions, and bears haircuts where it has profit. */
  | 'ACTIVE'
  /** Reported bankrupt: its positions are closed out, it takes no more transfers or positions, and it bears nothing. */
  | 'BANKRUPT'
  /** Closed for good. No call of this release closes an account. */
  | 'CLOSED';

/** The kinds of refusal. */
export type ErrorCode =
  /** The account is BANKRUPT or CLOSED. Leave it out. */
  | 'ACCOUNT_NOT_ACTIVE'
  /** That name is taken. Use what is there, or choose another name. */
  | 'ALREADY_EXISTS'
  /**
   * The pool was busy with another mutation for too long. Send the same call again. Results without this member tell it as
   * RATE_LIMITED in `errors`.
   */
  | 'CONFLICT_RETRY'
  /** The idempotency key was used with another input. Send that input, or choose a new key. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The withdrawal is more than the account or the fund may give. Withdraw less, or reduce positions. */
  | 'INSUFFICIENT_FUNDS'
  /** A value is malformed, out of range or contradictory. Mend what `path` names. */
  | 'INVALID_INPUT'
  /** More than is allowed: of a position in its market, or of what one caller may have at once. The message says what to reduce. */
  | 'LIMIT_EXCEEDED'
  /** The loss event is covered in full. Leave it out. */
  | 'LOSS_ALREADY_SETTLED'
  /** A loss event is OPEN. Settle it first. */
  | 'LOSS_OPEN'
  /** A mark moves by more than the market's band. Send it again with `confirm: true` if it is right. */
  | 'MARK_HELD'
  /** No loss is open. Report a bankruptcy first. */
  | 'NOTHING_TO_SETTLE'
  /** At these prices the account's equity is not below zero. Liquidate it instead. */
  | 'NOT_BANKRUPT'
  /** The input names something that is not there. Create it, or mend the name. */
  | 'NOT_FOUND'
  /** The account is SAFE or in MARGIN_CALL at the marks. Leave it. */
  | 'NOT_LIQUIDATABLE'
  /** The settlement can no longer be taken back. Reverse the later one first, or record what comes back as a recovery. */
  | 'NOT_REVERSIBLE'
  /** The pool is halted. Wait until an administrator resumes it. */
  | 'POOL_HALTED'
  /** A mark is older than the rules allow. Publish a fresh one, or settle as ADMIN with a reason. */
  | 'STALE_MARKS'
  /** A loss event is OPEN and the pool's rules hold withdrawals. Withdraw after the settlement. */
  | 'WITHDRAWALS_GATED'
  /** The pool takes its positions the other way. Send what the rule `positionSource` says. */
  | 'WRONG_POSITION_SOURCE';

/** Which losses to settle. All that are settled in one call share one snapshot of marks and profits. */
export type SettleLossesInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /**
   * Loss events by ref, each once; all that are OPEN when omitted. A PARTIALLY_COVERED one is settled again, for what is
   * uncovered, when it is named.
   */
  lossEvents?: Array<string> | null | undefined;
  /** The pool's name. */
  pool: string;
  /**
   * Why to settle although marks are older than the rules allow, 1 to 255 bytes: everyone who may read the settlement reads it. Needs
   * the role ADMIN.
   */
  staleMarksReason?: string | null | undefined;
};

export type ContractTypesQueryVariables = Exact<{
  pool: string;
  ref: string;
  status?: AccountStatus | null | undefined;
}>;


export type ContractTypesQuery = { pool: { sequence: string, decimals: number, account: { balance: string, lastNoticeSequence: string | null } | null, accounts: { totalCount: number } } | null };

export type ContractSettleMutationVariables = Exact<{
  input: SettleLossesInput;
}>;


export type ContractSettleMutation = { settleLosses:
    | { __typename: 'ConflictRetryError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'LossAlreadySettledError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, path: Array<string> | null }
    | { __typename: 'Settlement', socialized: string, settledAt: string }
    | { __typename: 'StaleMarksError', code: ErrorCode, path: Array<string> | null }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ContractTypesDocument = new TypedDocumentString(`
    query ContractTypes($pool: String!, $ref: String!, $status: AccountStatus) {
  pool(name: $pool) {
    sequence
    decimals
    account(ref: $ref) {
      balance
      lastNoticeSequence
    }
    accounts(filter: { status: $status }) {
      totalCount
    }
  }
}
    `) as unknown as TypedDocumentString<ContractTypesQuery, ContractTypesQueryVariables>;
export const ContractSettleDocument = new TypedDocumentString(`
    mutation ContractSettle($input: SettleLossesInput!) {
  settleLosses(input: $input) {
    __typename
    ... on Settlement {
      socialized
      settledAt
    }
    ... on Error {
      code
      path
    }
  }
}
    `) as unknown as TypedDocumentString<ContractSettleMutation, ContractSettleMutationVariables>;