/**
 * Where a notice stands in its pool's order. Haircut notices share the sequence of their settlement and are told apart
 * by their rank in the byte order of account refs; loss notices have a sequence of their own and rank 0.
 */
export interface Position {
  readonly sequence: bigint;
  readonly ordinal: number;
}

export interface Positioned {
  readonly position: Position;
}

/** Past everything of a sequence: where a reader stands who has handled the whole of it. */
const WHOLE = 2 ** 31 - 1;

export const afterSequence = (sequence: bigint): Position => ({ sequence, ordinal: WHOLE });

export function isAfter(a: Position, b: Position): boolean {
  return a.sequence > b.sequence || (a.sequence === b.sequence && a.ordinal > b.ordinal);
}

/**
 * Which history a position is of, in few letters: the time of the commit there. After a restore to an earlier state the
 * same numbers come again with other commits behind them.
 */
export const historyMark = (committedAt: string): string =>
  BigInt(committedAt.replace(/\D/g, '')).toString(36);

/** Where a reader resumes. */
export interface Resumption extends Position {
  /** The mark of the history that it has read; null when it names a plain number. */
  readonly history: string | null;
}

const CURSOR = /^n(\d{1,18})\.(\d{1,10})(?:\.([0-9a-z]{1,16}))?$/;
const SEQUENCE = /^\d{1,18}$/;

/** Notices come by the thousand from one commit: its mark is worked out once. */
let lastMark = { committedAt: '', mark: '' };

/** The cursor of a notice: opaque to clients, and never mistaken for a plain sequence. */
export function formatCursor({ sequence, ordinal }: Position, committedAt: string): string {
  if (lastMark.committedAt !== committedAt) lastMark = { committedAt, mark: historyMark(committedAt) };
  return Buffer.from(`n${sequence}.${ordinal}.${lastMark.mark}`).toString('base64url');
}

/** Reads `after`: the cursor of a notice, or a pool sequence for all past it. Null when it is neither. */
export function parseAfter(after: string): Resumption | null {
  if (SEQUENCE.test(after)) return { ...afterSequence(BigInt(after)), history: null };
  const [, sequence, ordinal, history] =
    CURSOR.exec(Buffer.from(after, 'base64url').toString('latin1')) ?? [];
  return sequence === undefined
    ? null
    : { sequence: BigInt(sequence), ordinal: Math.min(Number(ordinal), WHOLE), history: history ?? null };
}
