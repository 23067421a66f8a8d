import type { Database } from '../db/database.ts';
import type { Announcements } from './broker.ts';

export interface HubOptions {
  readonly db: Database;
  readonly url: string;
  readonly onError: (error: unknown, doing: string) => void;
  /** What wakes the hub in place of LISTEN. */
  readonly announcements?: Announcements | null;
  /** A commit was announced, of whatever pool. */
  readonly onAnnounced?: () => void;
  /** How often the outbox is read when no NOTIFY came: what bounds the delay of a notice whose NOTIFY was lost. */
  readonly pollMs?: number;
  /** How long a subscriber may take nothing while notices wait for it. */
  readonly patienceMs?: number;
  /** What the subscribers are told whose pool was restored to an earlier state under them. */
  readonly restored?: () => Error;
  /** A commit's notices were handed to the subscribers of this process. */
  readonly onHandedOver?: (committedAt: string) => void;
  /** Runs a reading of the outbox: with the trace contexts of the commits whose NOTIFYs asked for it. */
  readonly runPass?: (traceparents: readonly string[], pass: () => Promise<void>) => Promise<void>;
}

/** The readers of a pool stand at a notice that the database no longer has. */
export class RestoredError extends Error {
  override name = 'RestoredError';
}
