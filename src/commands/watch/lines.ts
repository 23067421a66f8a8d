import type { HaircutNotice, LossNotice } from '../../client/feeds.ts';
import { paint, plain } from '../kit/output.ts';

/** A notice as a line for people. */

const line = ({ committedAt, sequence }: { committedAt: string; sequence: string }, text: string): string =>
  `${paint('dim', committedAt.slice(0, 19).replace('T', ' '))}  #${sequence}  ${text}`;

export const haircutLine = (notice: HaircutNotice): string =>
  line(
    notice,
    `${paint(notice.kind === 'HAIRCUT' ? 'red' : 'green', notice.kind)}  ${plain(notice.explanation)}`,
  );

export const lossLine = (notice: LossNotice): string =>
  line(notice, `${paint('bold', notice.kind)}  ${plain(whatHappened(notice))}`.trimEnd());

function whatHappened({ lossEvent, settlement, recovery, haltReason }: LossNotice): string {
  if (recovery) return `${recovery.amount} of ${lossEvent!.ref}`;
  if (lossEvent) return `${lossEvent.ref}, a deficit of ${lossEvent.deficit}`;
  if (!settlement) return haltReason ?? '';
  const { deficit, fundDraw, socialized, haircutCount, uncovered } = settlement;
  return `settlement ${settlement.sequence}: a deficit of ${deficit}, ${fundDraw} from the fund, ${socialized} from ${haircutCount} accounts, ${uncovered} uncovered`;
}
