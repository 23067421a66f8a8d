export type RefusalCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_INPUT'
  | 'IDEMPOTENCY_CONFLICT'
  | 'NOT_BANKRUPT'
  | 'ACCOUNT_NOT_ACTIVE'
  | 'LOSS_ALREADY_SETTLED'
  | 'NOTHING_TO_SETTLE'
  | 'WITHDRAWALS_GATED'
  | 'INSUFFICIENT_FUNDS'
  | 'LOSS_OPEN'
  | 'NOT_REVERSIBLE'
  | 'POOL_HALTED'
  | 'MARK_HELD'
  | 'STALE_MARKS'
  | 'LIMIT_EXCEEDED'
  | 'WRONG_POSITION_SOURCE'
  | 'NOT_LIQUIDATABLE'
  | 'CONFLICT_RETRY';

export type Path = readonly (string | number)[];

/**
 * A request that the rules do not allow. The message says what to do about it, the path names the input that is at
 * fault. Thrown inside a transaction it rolls everything back; callers get it as a typed result.
 */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: RefusalCode;
  readonly path: Path | null;

  constructor(code: RefusalCode, message: string, path: Path | null = null) {
    super(message);
    this.code = code;
    this.path = path;
  }
}
