import { Chains, type Link } from './chain.ts';
import { ShearwaterError } from './errors.ts';
import type { Feed } from './feeds.ts';
import { cursorAt, placeOf, withHeads } from './place.ts';
import type { CursorStore } from './stores.ts';
import { follow, type Line } from './streams.ts';

export interface ListenOptions {
  readonly pool: string;
  /** The cursor of the last notice handled, or a number for all past it. What the store says goes first. */
  readonly after?: string | undefined;
  /** Where to load the cursor from, and to save it to. */
  readonly store?: CursorStore | undefined;
  /** Ends the iteration, quietly. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListenToAccountsOptions extends ListenOptions {
  /** 1 to 10,000 refs. When omitted, a trader hears of all its own accounts, other roles of the whole pool. */
  readonly accounts?: readonly string[] | undefined;
}

/** How long to wait for what was missing to be told again. */
const REFILL_MS = 30_000;

/** Of how many accounts a store keeps the last notice: some kilobytes at each save, where one for every account of a pool would be a database. */
const HEADS_KEPT = 100;

/**
 * Every notice past where it begins, each once, in order: over lost connections, restarts and expired tokens. A notice counts as handled,
 * and its cursor is saved, when the next one is asked for; with it goes of each account which notice was its last, so that one that was
 * missed before a restart is noticed by the account's first after it.
 *
 * @param start where to begin when neither store nor options say
 * @param check throws for a notice that is not to be believed
 */
export async function* listen<Notice extends { readonly cursor: string }>(
  line: Line,
  feed: Feed<Notice>,
  options: ListenToAccountsOptions,
  start: () => Promise<string | null>,
  check: (notice: Notice) => void = () => {},
): AsyncGenerator<Notice, void, undefined> {
  const { pool, accounts, store, signal } = options;
  const stored = (await store?.load()) ?? null;
  const begin = stored ?? options.after ?? (await start());
  // From the first moment on a restart begins here, and not at what is the present then.
  if (stored === null && begin !== null) await store?.save(begin);
  const place = placeOf(begin);
  let { after } = place;
  const chains = new Chains(place.floor, place.heads);
  const question = () => ({ query: feed.query, variables: { pool, accounts, after } });

  for await (const data of follow(line, question, { isEndless: true, signal })) {
    const notice = feed.noticeOf(data);
    const link = feed.linkOf(notice);
    if (chains.isKnown(link)) continue;
    const from = chains.gapBefore(link);
    const missed = from === null ? [] : await missing(line, feed, pool, from, link, signal);
    if (signal?.aborted) return;
    for (const next of [...missed, notice]) {
      const here = feed.linkOf(next);
      check(next);
      yield { ...next, cursor: cursorAt(here.number, next.cursor) };
      chains.add(here);
    }
    after = notice.cursor;
    await store?.save(withHeads(cursorAt(link.number, after), chains.heads(HEADS_KEPT)));
  }
}

/** What a chain has between a number and a link, told again. Throws where that does not close the gap. */
async function missing<Notice extends { readonly cursor: string }>(
  line: Line,
  feed: Feed<Notice>,
  pool: string,
  from: string,
  link: Link,
  signal: AbortSignal | undefined,
): Promise<Notice[]> {
  const found: Notice[] = [];
  const last = () => (found.length === 0 ? null : feed.linkOf(found.at(-1)!));
  const question = () => {
    const accounts = link.chain === '' ? undefined : [link.chain];
    return { query: feed.query, variables: { pool, accounts, after: found.at(-1)?.cursor ?? from } };
  };
  const patience = AbortSignal.timeout(REFILL_MS);
  const either = signal ? AbortSignal.any([signal, patience]) : patience;
  for await (const data of follow(line, question, { isEndless: true, signal: either })) {
    const notice = feed.noticeOf(data);
    const { number, previous, id } = feed.linkOf(notice);
    if (id === link.id || BigInt(number) > BigInt(link.number)) break;
    const before = last()?.number ?? null;
    const follows =
      before === null ? previous === null || BigInt(previous) <= BigInt(from) : previous === before;
    if (!follows) break;
    found.push(notice);
  }
  const end = last();
  if (!signal?.aborted && (end === null || end.number !== link.previous)) {
    const whose = link.chain === '' ? `of pool ${pool}` : `of account ${link.chain}`;
    throw new ShearwaterError(
      'GAP',
      `The notice ${link.number} ${whose} follows ${link.previous ?? 'none'}, and what came after ${end?.number ?? from} is not told. Read the pool anew, and report it to the venue.`,
    );
  }
  return found;
}
