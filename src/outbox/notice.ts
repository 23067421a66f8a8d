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

const CURSOR = /^n(\d{1,18})\.(\d{1,10})$/;
const SEQUENCE = /^\d{1,18}$/;

/** The cursor of a notice: opaque to clients, and never mistaken for a plain sequence. */
export function formatCursor({ sequence, ordinal }: Position): string {
  return Buffer.from(`n${sequence}.${ordinal}`).toString('base64url');
}

/** Reads `after`: the cursor of a notice, or a pool sequence for all past it. Null when it is neither. */
export function parseAfter(after: string): Position | null {
  if (SEQUENCE.test(after)) return afterSequence(BigInt(after));
  const [, sequence, ordinal] = CURSOR.exec(Buffer.from(after, 'base64url').toString('latin1')) ?? [];
  return sequence === undefined
    ? null
    : { sequence: BigInt(sequence), ordinal: Math.min(Number(ordinal), WHOLE) };
}
