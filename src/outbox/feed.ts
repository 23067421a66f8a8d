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
  /** Of the commits that asked for the next pass, where somebody traces. */
  readonly traceparents: string[];
}

/** What the readers of one commit, or of some, are told from. */
export interface Source<T> {
  /** How many notices there are, for all accounts. */
  count(): Promise<number>;
  /** Who a notice is for. */
  whose(notice: T): { readonly accountNo: number; readonly accountOwner: string };
  /** The accounts of some owners, as they are now: those that were opened since are among them. */
  accountsOf(owners: readonly string[]): Promise<number[]>;
  read(filter: NoticeFilter, after: Position): Promise<T[]>;
}

/** From this share of all notices on, reading all and passing over the others' is cheaper than looking accounts up. */
const MANY = 1 / 16;

/**
 * One read for all subscribers that name accounts or an owner; those that want a whole pool read pages of their own, at
 * their own pace. Readers that attach during the read stand behind and replay it.
 */
export async function handOver<T extends Positioned>(
  all: ReadonlySet<AccountReader<T>>,
  from: Position,
  source: Source<T>,
): Promise<void> {
  const byAccount = new Map<number, Subscriber<T>[]>();
  const byOwner = new Map<string, Subscriber<T>[]>();
  for (const { filter, subscriber } of all) {
    if ('all' in filter) subscriber.hint();
    else if ('owner' in filter) add(byOwner, filter.owner, subscriber);
    else for (const accountNo of filter.accountNos) add(byAccount, accountNo, subscriber);
  }
  if (byAccount.size + byOwner.size === 0) return;
  const many = byAccount.size + byOwner.size >= (await source.count()) * MANY;
  const filter: NoticeFilter = many
    ? { all: true }
    : { accountNos: [...new Set([...byAccount.keys(), ...(await source.accountsOf([...byOwner.keys()]))])] };
  let page = await source.read(filter, from);
  while (page.length > 0) {
    // The database reads the next page while this one is sent.
    const next = page.length < BATCH ? null : source.read(filter, page.at(-1)!.position);
    for (const notice of page) {
      const { accountNo, accountOwner } = source.whose(notice);
      for (const subscriber of byAccount.get(accountNo) ?? []) subscriber.push([notice]);
      for (const subscriber of byOwner.get(accountOwner) ?? []) subscriber.push([notice]);
    }
    page = (await next) ?? [];
  }
}

function add<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
