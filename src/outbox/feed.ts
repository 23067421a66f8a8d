import type { Position, Positioned } from './notice.ts';
import type { HaircutNoticeRow, LossNoticeRow, MarginAlertNotice, NoticeFilter } from './read.ts';
import type { Subscriber } from './subscriber.ts';

/** How many notices are read at once. */
export const BATCH = 1_000;

/** A reader of what happens to accounts. */
export interface AccountReader<T extends Positioned> {
  readonly filter: NoticeFilter;
  readonly subscriber: Subscriber<T>;
}

/** The subscribers of one pool in this process, and how far its outbox was handed to them. */
export interface Feed {
  readonly poolId: number;
  position: Position;
  /** When the commit at the position was made; null before the first. Another time there is another history. */
  committedAt: string | null;
  readonly haircuts: Set<AccountReader<HaircutNoticeRow>>;
  readonly losses: Set<Subscriber<LossNoticeRow>>;
  /** Margin alerts have numbers of their own. */
  alertPosition: Position;
  alertRaisedAt: string | null;
  readonly alerts: Set<AccountReader<MarginAlertNotice>>;
  /** The pass under way; a wake-up during it asks for one more. */
  running: Promise<void> | null;
  again: boolean;
}

/**
 * One read for all subscribers that name accounts; those that want a whole pool or an owner's accounts read pages of
 * their own, at their own pace. Readers that attach during the read stand behind and replay it.
 */
export async function handOver<T extends Positioned>(
  all: ReadonlySet<AccountReader<T>>,
  from: Position,
  accountOf: (notice: T) => number,
  read: (filter: NoticeFilter, after: Position) => Promise<T[]>,
): Promise<void> {
  const readers = new Map<number, Subscriber<T>[]>();
  for (const { filter, subscriber } of all) {
    if (!('accountNos' in filter)) {
      subscriber.hint();
      continue;
    }
    for (const accountNo of filter.accountNos) {
      const list = readers.get(accountNo);
      if (list) list.push(subscriber);
      else readers.set(accountNo, [subscriber]);
    }
  }
  if (readers.size === 0) return;
  const filter = { accountNos: [...readers.keys()] };
  let after = from;
  for (;;) {
    const page = await read(filter, after);
    for (const notice of page) {
      for (const subscriber of readers.get(accountOf(notice))!) subscriber.push([notice]);
    }
    if (page.length < BATCH) return;
    after = page.at(-1)!.position;
  }
}
