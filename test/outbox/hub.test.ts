import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { Hub } from '../../src/outbox/hub.ts';
import { afterSequence, type Position } from '../../src/outbox/notice.ts';
import type { HaircutNoticeRow, LossNoticeRow, NoticeFilter } from '../../src/outbox/read.ts';
import type { Subscriber } from '../../src/outbox/subscriber.ts';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import { eventually, within } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { fresh, PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/** The hub against a real outbox: what commits reaches every reader once, in order, whatever is lost on the way. */

const venue = venueForThisFile({ poolSize: 8 });

const NEVER = 3_600_000;
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface HubUnderTest {
  readonly hub: Hub;
  readonly errors: unknown[];
}

function newHub(options: { url?: string; pollMs?: number; db?: typeof venue.db } = {}): HubUnderTest {
  const errors: unknown[] = [];
  const hub = new Hub({
    db: options.db ?? venue.db,
    url: options.url ?? venue.url,
    onError: (error) => errors.push(error),
    pollMs: options.pollMs ?? NEVER,
    patienceMs: NEVER,
  });
  undo.push(() => hub.close(new Error('the test is over')).catch(() => {}));
  return { hub, errors };
}

/** Drinks a subscriber dry in the background. */
class Drinker<T> {
  readonly notices: T[] = [];
  readonly ended: Promise<unknown>;

  constructor(subscriber: Subscriber<T & { position: Position }>) {
    this.ended = (async () => {
      for await (const notice of subscriber) this.notices.push(notice);
      return null;
    })().catch((error: unknown) => error);
  }

  async until(count: number): Promise<void> {
    await eventually(`${count} notices`, () => this.notices.length >= count).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.notices.length}`);
    });
  }
}

const said = ({ haircut }: HaircutNoticeRow): string => `${haircut.accountRef}@${haircut.sequence}`;
const saidLoss = ({ kind, sequence }: LossNoticeRow): string => `${kind}@${sequence}`;

async function listen(
  { hub }: HubUnderTest,
  poolId: number,
  filter: NoticeFilter = { all: true },
  after: Position | null = null,
): Promise<Drinker<HaircutNoticeRow>> {
  return new Drinker(await hub.haircuts(poolId, filter, after, () => {}));
}

async function listenToLosses({ hub }: HubUnderTest, poolId: number, after: Position | null = null) {
  return new Drinker(await hub.losses(poolId, after, () => {}));
}

/** What the tables say was due past a sequence, in order: read without any code of the outbox. */
async function due(poolId: number, past: bigint, refs: readonly string[] | null = null): Promise<string[]> {
  const rows = await venue.sql`
    select a.ref, h.sequence from haircuts h join accounts a using (pool_id, account_no)
    where h.pool_id = ${poolId} and h.sequence > ${past.toString()} order by h.sequence, a.ref collate "C"`;
  return rows
    .filter(({ ref }) => refs === null || refs.includes(ref))
    .map(({ ref, sequence }) => `${ref}@${sequence}`);
}

async function poolOf(profits: Record<string, number>): Promise<{ pool: PoolUnderTest; poolId: number }> {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits(profits);
  return { pool, poolId: await pool.poolId() };
}

async function settle(pool: PoolUnderTest, deficit = 10): Promise<bigint> {
  await pool.loss(fresh('loss'), deficit);
  return (await pool.settle()).sequence;
}

const accountNo = async (poolId: number, ref: string): Promise<number> => {
  const [row] = await venue.sql`select account_no from accounts where pool_id = ${poolId} and ref = ${ref}`;
  return row!.account_no;
};

const NAMES = { a: 100_000, b: 100_000, Z: 100_000, ä: 100_000, 𝔷: 100_000, '～': 100_000 };

it('orders notices by sequence and then by the bytes of the ref, the same in replay and live', async () => {
  const { pool, poolId } = await poolOf(NAMES);
  const under = newHub();
  const live = await listen(under, poolId);
  for (let i = 0; i < 3; i++) await settle(pool, 60);
  await live.until(18);
  const replayed = await listen(under, poolId, { all: true }, afterSequence(0n));
  await replayed.until(18);
  expect(live.notices.map(said)).toEqual(await due(poolId, 0n));
  expect(replayed.notices.map(said)).toEqual(await due(poolId, 0n));
  // UTF-16 order and dictionary order are other orders.
  const order = live.notices.slice(0, 6).map(({ haircut }) => haircut.accountRef);
  expect(order).toEqual(['Z', 'a', 'b', 'ä', '～', '𝔷']);
});

it('resumes after any notice, in the middle of a settlement too', async () => {
  const { pool, poolId } = await poolOf(NAMES);
  const under = newHub();
  for (let i = 0; i < 2; i++) await settle(pool, 60);
  const all = await listen(under, poolId, { all: true }, afterSequence(0n));
  await all.until(12);
  for (const [i, { position }] of all.notices.entries()) {
    const rest = await listen(under, poolId, { all: true }, position);
    await rest.until(11 - i);
    expect(rest.notices.map(said)).toEqual(all.notices.slice(i + 1).map(said));
  }
});

it('proves with previousSequence that nothing is missing, for each account and for losses', async () => {
  const { pool, poolId } = await poolOf({ a: 100_000, b: 50_000 });
  const under = newHub();
  const haircuts = await listen(under, poolId);
  const losses = await listenToLosses(under, poolId);
  for (let i = 0; i < 4; i++) await settle(pool, 30);
  await pool.profits({ c: 100_000 });
  for (let i = 0; i < 3; i++) await settle(pool, 30);
  await haircuts.until(8 + 9);
  await losses.until(14);
  const last = new Map<string, bigint>();
  for (const { haircut } of haircuts.notices) {
    expect(haircut.previousSequence).toBe(last.get(haircut.accountRef) ?? null);
    last.set(haircut.accountRef, haircut.sequence);
  }
  let before: bigint | null = null;
  for (const { sequence, previousSequence } of losses.notices) {
    expect(previousSequence).toBe(before);
    before = sequence;
  }
});

it('loses and doubles nothing at the border, whoever attaches while it commits', async () => {
  const { pool, poolId } = await poolOf({ a: 1_000_000, b: 1_000_000, c: 1_000_000 });
  const under = newHub();
  const numbers = [await accountNo(poolId, 'a'), await accountNo(poolId, 'c')];
  const readers: { drinker: Drinker<HaircutNoticeRow>; past: bigint; refs: string[] | null; seen: bigint }[] =
    [];
  const lossReaders: { drinker: Drinker<LossNoticeRow>; past: bigint }[] = [];
  let isOver = false;
  const commits = (async () => {
    for (let i = 0; i < 25; i++) await settle(pool, 3);
    isOver = true;
  })();
  for (let i = 0; !isOver && i < 60; i++) {
    const past = await pool.sequence();
    const filter = ([{ all: true }, { accountNos: numbers }, { owner: 'b' }] as const)[i % 3]!;
    const refs = [null, ['a', 'c'], ['b']][i % 3]!;
    const isLive = i % 2 === 1;
    const drinker = await listen(under, poolId, filter, isLive ? null : afterSequence(past));
    // From here on at the latest a live reader has to hear everything.
    readers.push({ drinker, past: isLive ? -1n : past, refs, seen: await pool.sequence() });
    lossReaders.push({ drinker: await listenToLosses(under, poolId, afterSequence(past)), past });
    // Not all in the first moments.
    await sleep(i % 7);
  }
  await commits;
  expect(readers.length).toBeGreaterThan(20);
  for (const { drinker, past, refs, seen } of readers) {
    const all = await due(poolId, past < 0n ? 0n : past, refs);
    if (past >= 0n) {
      await drinker.until(all.length);
      expect(drinker.notices.map(said)).toEqual(all);
    } else {
      await drinker.until((await due(poolId, seen, refs)).length);
      // No position was named: it begins somewhere, and from there on has everything.
      const heard = drinker.notices.map(said);
      expect(heard).toEqual(heard.length === 0 ? [] : all.slice(-heard.length));
    }
  }
  const rows = await venue.sql`select kind, sequence from outbox where pool_id = ${poolId} order by sequence`;
  for (const { drinker, past } of lossReaders) {
    const all = rows.filter((row) => BigInt(row.sequence) > past).map((row) => `${row.kind}@${row.sequence}`);
    await drinker.until(all.length);
    expect(drinker.notices.map(saidLoss)).toEqual(all);
  }
});

it('hands a settlement of thousands to a reader that names its accounts: each once, in order', async () => {
  const refs = Array.from({ length: 3_000 }, (_, i) => `n${String(i).padStart(5, '0')}`);
  const { pool, poolId } = await poolOf(Object.fromEntries(refs.map((ref) => [ref, 1_000_000])));
  const rows =
    await venue.sql`select account_no from accounts where pool_id = ${poolId} and starts_with(ref, 'n')`;
  const under = newHub();
  const filter = { accountNos: rows.map((row) => row.account_no as number) };
  const readers = [await listen(under, poolId, filter)];
  for (let i = 0; i < 3; i++) {
    // One more each time, which has all that was before to read while the next settlement is handed over.
    const settled = settle(pool, 3_000);
    readers.push(await listen(under, poolId, filter, afterSequence(0n)));
    await settled;
  }
  const all = await due(poolId, 0n, refs);
  expect(all).toHaveLength(9_000);
  for (const reader of readers) {
    await reader.until(9_000);
    const heard = reader.notices.map(said);
    expect(heard.findIndex((one, i) => one !== all[i])).toBe(-1);
    expect(heard).toHaveLength(9_000);
  }
});

it('tells an owner of accounts that were opened after it subscribed', async () => {
  const { pool, poolId } = await poolOf({ a: 100_000 });
  const under = newHub();
  const own = await listen(under, poolId, { owner: 'late-owner' });
  await settle(pool);
  await upsertAccounts(venue.runtime, { pool: pool.name, accounts: [{ ref: 'late', owner: 'late-owner' }] });
  await pool.positions([{ account: 'late', market: 'PNL', size: '100000', entryPrice: '0' }]);
  const sequence = await settle(pool, 20);
  await own.until(1);
  expect(own.notices.map(said)).toEqual([`late@${sequence}`]);
});

it('keeps pools apart', async () => {
  const one = await poolOf({ a: 100_000 });
  const two = await poolOf({ a: 100_000 });
  const under = newHub();
  const [first, second] = [await listen(under, one.poolId), await listen(under, two.poolId)];
  const sequences = [await settle(one.pool), await settle(two.pool), await settle(one.pool)];
  await first.until(2);
  await second.until(1);
  expect(first.notices.map(said)).toEqual([`a@${sequences[0]}`, `a@${sequences[2]}`]);
  expect(second.notices.map(said)).toEqual([`a@${sequences[1]}`]);
});

it('hears by NOTIFY alone, without a poll', async () => {
  const { pool, poolId } = await poolOf({ a: 100_000 });
  const reader = await listen(newHub({ pollMs: NEVER }), poolId);
  await eventually('the LISTEN', async () => (await listeners()).length > 0);
  await settle(pool);
  await reader.until(1);
});

it('hears by polling alone when a NOTIFY never comes', async () => {
  const { pool, poolId } = await poolOf({ a: 100_000 });
  // NOTIFY does not leave its database: a hub that listens in another one hears none, ever.
  const elsewhere = await createTestDatabase();
  undo.push(() => elsewhere.drop());
  const under = newHub({ url: elsewhere.url, pollMs: 100 });
  const numbers = [await accountNo(poolId, 'a')];
  const readers = [
    await listen(under, poolId),
    await listen(under, poolId, { accountNos: numbers }),
    await listen(under, poolId, { owner: 'a' }),
  ];
  const losses = await listenToLosses(under, poolId);
  for (let i = 0; i < 3; i++) await settle(pool);
  for (const reader of readers) {
    await reader.until(3);
    expect(reader.notices.map(said)).toEqual(await due(poolId, 0n));
  }
  await losses.until(6);
  expect(losses.notices).toHaveLength(6);
});

const listeners = async () =>
  venue.sql`select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'`;

it('catches up by polling after its LISTEN backend was killed, again and again', async () => {
  const { pool, poolId } = await poolOf({ a: 1_000_000, b: 1_000_000 });
  const under = newHub({ pollMs: 100 });
  const reader = await listen(under, poolId);
  for (let i = 0; i < 5; i++) {
    const killed = await eventually('a LISTEN backend, or its return', async () => {
      const found = await listeners();
      return found.length > 0 || i > 0 ? found : null;
    });
    for (const { pid } of killed) await venue.sql`select pg_terminate_backend(${pid})`;
    await settle(pool);
    await reader.until(2 * (i + 1));
  }
  expect(reader.notices.map(said)).toEqual(await due(poolId, 0n));
});

it('serves the readers of several hubs on one database, whichever process commits', async () => {
  const { pool, poolId } = await poolOf({ a: 1_000_000, b: 1_000_000 });
  const hubs = [newHub(), newHub(), newHub()];
  const readers = await Promise.all(hubs.map((under) => listen(under, poolId)));
  await eventually('three LISTENs', async () => (await listeners()).length >= 3);
  for (let i = 0; i < 5; i++) await settle(pool);
  for (const reader of readers) {
    await reader.until(10);
    expect(reader.notices.map(said)).toEqual(await due(poolId, 0n));
  }
});

it('reads again what it could not read while backends died: readers that resume have each notice once', async () => {
  const { pool, poolId } = await poolOf({ a: 1_000_000, b: 1_000_000, c: 1_000_000 });
  const db = openDatabase(venue.url, { poolSize: 3 });
  undo.push(() => db.close());
  const under = newHub({ db, pollMs: 100 });
  const heard: HaircutNoticeRow[] = [];
  let isOver = false;
  let breaks = 0;
  const reading = (async () => {
    let after = afterSequence(0n);
    while (!isOver) {
      try {
        const subscriber = await under.hub.haircuts(poolId, { all: true }, after, () => {});
        undo.push(() => subscriber.return());
        for await (const notice of subscriber) {
          heard.push(notice);
          after = notice.position;
        }
        return;
      } catch {
        breaks++;
      }
    }
  })();
  const murderer = postgres(venue.url, { max: 1, fetch_types: false });
  undo.push(() => murderer.end());
  for (let i = 0; i < 8; i++) {
    await settle(pool, 3);
    // Everybody but the venue's own writers and the murderer: the hub's readers and its listener.
    const victims = await db.sql`select pg_backend_pid() as pid`.catch(() => []);
    for (const { pid } of victims) await murderer`select pg_terminate_backend(${pid})`;
    for (const { pid } of await listeners()) await murderer`select pg_terminate_backend(${pid})`;
  }
  const all = await due(poolId, 0n);
  await eventually(`${all.length} notices, not ${heard.length}`, () => heard.length >= all.length);
  expect(heard.map(said)).toEqual(all);
  isOver = true;
  await under.hub.close(new Error('over'));
  await within('the reader', reading);
  expect(breaks).toBeLessThan(100);
});

it('lets go of a pool when its last reader leaves, and of the listener when it closes', async () => {
  const { pool, poolId } = await poolOf({ a: 1_000_000 });
  const { hub } = newHub();
  const subscribers = [
    await hub.haircuts(poolId, { all: true }, null, () => {}),
    await hub.losses(poolId, null, () => {}),
  ];
  expect(hub.figures.subscribers).toBe(2);
  for (const subscriber of subscribers) await subscriber.return();
  expect(hub.figures.subscribers).toBe(0);
  await settle(pool);
  const late = new Drinker(await hub.haircuts(poolId, { all: true }, afterSequence(0n), () => {}));
  await late.until(1);
  await hub.close(new Error('shutting down'));
  expect(await late.ended).toMatchObject({ message: 'shutting down' });
  expect(hub.figures.subscribers).toBe(0);
});

it('ends its readers one after another where it is told how many a second', async () => {
  const { poolId } = await poolOf({ a: 1_000_000 });
  const { hub } = newHub();
  const ends: number[] = [];
  const readers = await Promise.all(
    Array.from({ length: 5 }, () => hub.haircuts(poolId, { all: true }, null, () => {})),
  );
  const ended = readers.map((reader) =>
    reader.next().catch((error: Error) => {
      ends.push(performance.now());
      return error.message;
    }),
  );
  await hub.close(new Error('shutting down'), 20);
  expect(await Promise.all(ended)).toEqual(Array(5).fill('shutting down'));
  expect(ends.at(-1)! - ends[0]!).toBeGreaterThan(150);
  expect(new Set(ends.map((at) => Math.round((at - ends[0]!) / 25))).size).toBe(5);
});

it.each([
  ['that names accounts', { accountNos: [1] }],
  ['of a whole pool', { all: true as const }],
])('tells for how long a reader %s has not taken what came; replaying is no delay', async (_, filter) => {
  const { pool, poolId } = await poolOf({ a: 1_000_000 });
  await settle(pool);
  const { hub } = newHub();
  const subscriber = await hub.haircuts(poolId, filter, afterSequence(0n), () => {});
  await subscriber.next();
  expect(hub.figures).toEqual({ subscribers: 1, queued: 0, deepest: 0, oldestUnsentMs: 0, stalled: 0 });
  const next = subscriber.next();
  await settle(pool);
  await within('the notice', next);
  await settle(pool);
  await settle(pool);
  if ('all' in filter) await within('the first of its page', subscriber.next());
  const waiting = 'all' in filter ? 1 : 2;
  await eventually('what waits', () => hub.figures.queued === waiting && hub.figures.oldestUnsentMs > 0);
  expect(hub.figures.deepest).toBe(waiting);
  const { oldestUnsentMs } = hub.figures;
  await sleep(60);
  expect(hub.figures.oldestUnsentMs).toBeGreaterThanOrEqual(oldestUnsentMs + 50);
  expect(hub.figures.oldestUnsentMs).toBeLessThan(10_000);
  for (let i = 0; i < waiting; i++) await subscriber.next();
  const idle = subscriber.next();
  await eventually('nothing that waits', () => hub.figures.oldestUnsentMs === 0);
  await subscriber.return();
  await idle;
});

it('ends whoever attaches to a hub that has closed, or is closing: nobody waits for ever', async () => {
  const { poolId } = await poolOf({ a: 1_000_000 });
  const { hub } = newHub();
  const attaching = hub.haircuts(poolId, { all: true }, null, () => {});
  const closing = hub.close(new Error('shutting down'));
  const outcomes = await Promise.all(
    [attaching, closing.then(() => hub.haircuts(poolId, { all: true }, null, () => {}))].map((attached) =>
      within(
        'an end',
        attached.then((subscriber) => subscriber.next()),
        3_000,
      ).then(
        (result) => (result.done ? 'ended' : 'a notice'),
        (error: Error) => error.message,
      ),
    ),
  );
  for (const outcome of outcomes) expect(['ended', 'shutting down']).toContain(outcome);
});
