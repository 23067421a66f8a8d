import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createContext, type Services } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { readData } from '../../src/graphql/printed.ts';
import { schema } from '../../src/graphql/schema.ts';
import { Books, type BooksOptions } from '../../src/settlement/books.ts';
import { Random } from '../model/random.ts';
import { queryServices, ROOT } from '../support/services.ts';
import { fresh, PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * Lists leave to the pool's book in memory what it knows, where the statement itself finds the database at the book's place. Whatever
 * the book is at, and whatever became of the database, the answer is what the tables say.
 */

const venue = venueForThisFile();

const LISTS = `query ($pool: String!, $first: Int!) { pool(name: $pool) {
  flat: accounts(first: $first) { edges { cursor node { ref balance } } }
  worth: accounts(first: $first) { edges { node { ref owner status equity unrealizedPnl } } }
  margins: accounts(last: $first) { edges { node { id balance equity margin { equity } } } }
  settlements(first: 50) { edges { node { sequence
    named: haircuts(first: $first) { edges { node { account { ref } amount } } }
    owned: haircuts(first: $first) { edges { cursor node { id amount account { ref owner balance } } } }
  } } }
} }`;

interface Asked {
  readonly answer: unknown;
  /** Statements that were sent. */
  readonly sent: number;
}

const engine = new Engine(schema);
/** Asks a database of the test's own, which tells of its statements before they are sent. */
async function withLists<T>(
  work: (
    ask: (pool: PoolUnderTest, books: Books, query?: string) => Promise<Asked>,
    own: { onStatement: (text: string) => void },
  ) => Promise<T>,
): Promise<T> {
  let sent = 0;
  const own = { onStatement: (_: string) => {} };
  const db = openDatabase(venue.url, {
    onStatement(text) {
      sent++;
      own.onStatement(text);
    },
  });
  const ask = async (pool: PoolUnderTest, books: Books, query = LISTS): Promise<Asked> => {
    const services: Services = { ...queryServices(db), books };
    const prepared = engine.prepare(query);
    if (!('document' in prepared)) throw prepared[0];
    const before = sent;
    const result = await engine.execute({
      schema,
      document: prepared.document,
      variableValues: { pool: pool.name, first: 40 },
      contextValue: createContext(services, ROOT),
    });
    expect(result.errors).toBeUndefined();
    return { answer: JSON.parse(JSON.stringify(readData(result))), sent: sent - before };
  };
  try {
    return await work(ask, own);
  } finally {
    await db.close();
  }
}

const following = (options: Partial<BooksOptions> = {}) =>
  new Books({
    db: venue.db,
    clock: venue.clock,
    onError: (error) => {
      throw error;
    },
    ...options,
  });

/** Books that know a pool as it is now. */
async function booksOf(pool: PoolUnderTest, books = following()): Promise<Books> {
  books.wake(await pool.poolId());
  await books.close();
  return books;
}

/** As the process finds it in tables alone. */
const NO_BOOKS = new Books();

const EQUITY = `query ($pool: String!, $first: Int!) { pool(name: $pool) {
  accounts(first: $first) { edges { node { ref equity } } } } }`;
const NAMES = `query ($pool: String!, $first: Int!) { pool(name: $pool) {
  settlements(first: 1) { edges { node { haircuts(first: $first) { edges { node { account { ref } } } } } } } } }`;

async function settledPool(): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue);
  await pool.transfer('a', 'DEPOSIT', 7);
  await pool.profits({ a: 90, b: 30 });
  await pool.loss('e', 40);
  await pool.settle();
  return pool;
}

test.each([1, 2, 3, 4])('answers as the tables do, whatever the book is at: seed %i', (seed) =>
  withLists(async (ask) => {
    const random = new Random(seed);
    const pool = await PoolUnderTest.create(venue, { decimals: random.pick([0, 2, 18]) });
    const books = following();
    for (const market of ['BTC', 'ETH', 'NEW']) await pool.market(market, random.pick(['1', '0.001', '2.5']));
    const refs = ['b', 'a', 'é', '\u{1f600}', 'B'];
    await pool.accounts(...refs);
    const steps = [
      () => pool.mark(random.pick(['BTC', 'ETH']), `${random.int(50, 150)}.${random.int(0, 99)}`),
      () =>
        pool.position(
          random.pick(refs),
          random.pick(['BTC', 'ETH', 'NEW']),
          random.int(-9, 9),
          random.int(40, 160),
        ),
      () => pool.transfer(random.pick(refs), random.pick(['DEPOSIT', 'REALIZED_PNL']), random.int(1, 300)),
      () => pool.accounts(fresh('account')),
      async () => {
        await pool.loss(fresh('loss'), random.int(1, 80));
        await pool.settle();
      },
    ];
    for (let i = 0; i < 25; i++) {
      await random
        .pick(steps)()
        .catch((error: { path?: unknown }) => {
          if (error.path === undefined) throw error;
        });
      if (random.chance(0.6)) await booksOf(pool, books);
      const [remembered, read] = [await ask(pool, books), await ask(pool, NO_BOOKS)];
      expect(remembered.answer).toEqual(read.answer);
      // What is not left to memory is worked out by the same statement.
      expect(remembered.sent).toBe(read.sent);
    }
    await books.close();
  }),
);

test('a list is answered out of memory where the pool stands at its place', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    const books = await booksOf(pool);
    const [equity, names] = [await ask(pool, books, EQUITY), await ask(pool, books, NAMES)];
    // What no commit tells of shows who answers: the tables, or memory.
    await venue.sql`update positions set size = size + 1 where pool_id = ${await pool.poolId()}`;
    expect((await ask(pool, books, EQUITY)).answer).toEqual(equity.answer);
    expect((await ask(pool, NO_BOOKS, EQUITY)).answer).not.toEqual(equity.answer);
    await venue.sql.begin(async (sql) => {
      await sql`alter table accounts disable trigger user`;
      await sql`update accounts set ref = ref || '!' where pool_id = ${await pool.poolId()}`;
    });
    expect((await ask(pool, books, NAMES)).answer).toEqual(names.answer);
    expect((await ask(pool, NO_BOOKS, NAMES)).answer).not.toEqual(names.answer);
    await venue.sql.begin(async (sql) => {
      await sql`update accounts set ref = rtrim(ref, '!') where pool_id = ${await pool.poolId()}`;
      await sql`alter table accounts enable trigger user`;
    });
    await venue.sql`update positions set size = size - 1 where pool_id = ${await pool.poolId()}`;
  }));

test('values are read where the pool has gone on, and names of those that the book knows are not', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    const books = await booksOf(pool);
    const woken: number[] = [];
    books.fellBehind = (poolId) => woken.push(poolId);
    const names = await ask(pool, books, NAMES);
    await pool.transfer('a', 'DEPOSIT', 5);
    expect(await ask(pool, books, EQUITY)).toEqual(await ask(pool, NO_BOOKS, EQUITY));
    expect(woken).toEqual([await pool.poolId()]);
    expect(await ask(pool, books, NAMES)).toEqual(names);
    expect(woken).toHaveLength(1);
    // A settlement among accounts of which the book has not heard.
    await pool.profits({ c: 50 });
    await pool.loss('f', 60);
    await pool.settle();
    const last = NAMES.replace('first: 1', 'last: 1');
    expect(await ask(pool, books, last)).toEqual(await ask(pool, NO_BOOKS, last));
    expect(woken).toHaveLength(2);
  }));

test('a book that a list finds behind follows in the background', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    const books = await booksOf(pool);
    await pool.transfer('a', 'DEPOSIT', 5);
    const behind = books.placeOf(await pool.poolId())!.sequence;
    await ask(pool, books, EQUITY);
    await books.close();
    expect(books.placeOf(await pool.poolId())!.sequence).toBe(behind + 1n);
  }));

test('values are read while the pool is halted, when its rows may be mended', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    await pool.halt();
    const books = await booksOf(pool);
    await venue.sql`update positions set size = size + 1 where pool_id = ${await pool.poolId()}`;
    expect(await ask(pool, books, EQUITY)).toEqual(await ask(pool, NO_BOOKS, EQUITY));
    await venue.sql`update positions set size = size - 1 where pool_id = ${await pool.poolId()}`;
  }));

test('a database with another history is read, though it stands at the same sequence', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    const books = await booksOf(pool);
    const equity = await ask(pool, books, EQUITY);
    await venue.sql.begin(async (sql) => {
      await sql`alter table journal disable trigger user`;
      await sql`update journal set committed_at = committed_at - interval '1 hour' where pool_id = ${await pool.poolId()}`;
      await sql`alter table journal enable trigger user`;
    });
    await venue.sql`update positions set size = size + 1 where pool_id = ${await pool.poolId()}`;
    const [remembered, read] = [await ask(pool, books, EQUITY), await ask(pool, NO_BOOKS, EQUITY)];
    expect(remembered).toEqual(read);
    expect(remembered.answer).not.toEqual(equity.answer);
    await venue.sql`update positions set size = size - 1 where pool_id = ${await pool.poolId()}`;
  }));

test('of lists of several pools those are read again whose book went on before they were answered', () =>
  withLists(async (ask, own) => {
    const pools = [await settledPool(), await settledPool()];
    const books = following();
    for (const pool of pools) {
      await booksOf(pool, books);
      await pool.transfer('a', 'DEPOSIT', 5);
      await booksOf(pool, books);
    }
    const query = `query ($pool: String!, $first: Int!) { one: pool(name: $pool) { ...list } other: pool(name: "${pools[1]!.name}") { ...list } }
      fragment list on Pool { accounts(first: $first) { edges { node { ref equity } } } }`;
    const [warm, read] = [await ask(pools[0]!, books, query), await ask(pools[0]!, NO_BOOKS, query)];
    expect(warm).toEqual(read);
    // As if a commit were followed between the two: the statement still found the pool at the place that it was told.
    const first = await pools[0]!.poolId();
    const stillAt = books.stillAt.bind(books);
    let gone = 0;
    books.stillAt = (poolId, place) => (poolId === first && gone++ === 0 ? false : stillAt(poolId, place));
    const texts: string[] = [];
    own.onStatement = (text) => texts.push(text);
    const asked = await ask(pools[0]!, books, query);
    expect(gone).toBe(1);
    expect(asked.answer).toEqual(read.answer);
    expect(asked.sent).toBe(read.sent + 1);
    // The second time for one pool alone.
    expect(texts.slice(-2).map((text) => text.includes('key_index'))).toEqual([true, false]);
  }));

test('what is asked for while a book follows is read, and the book that nobody has is loaded for the next', () =>
  withLists(async (ask) => {
    const pool = await settledPool();
    const poolId = await pool.poolId();
    const books = following();
    expect(books.placeOf(poolId)).toBeNull();
    expect((await ask(pool, books, EQUITY)).answer).toEqual((await ask(pool, NO_BOOKS, EQUITY)).answer);
    await books.close();
    const place = books.placeOf(poolId)!;
    expect(place.sequence).toBe(await pool.sequence());
    expect(books.stillAt(poolId, place)).toBe(true);
    await pool.transfer('a', 'DEPOSIT', 5);
    await booksOf(pool, books);
    expect(books.stillAt(poolId, place)).toBe(false);
    expect(books.placeOf(poolId)!.sequence).toBe(await pool.sequence());
    // Nothing was committed: where it stands is what it was.
    const again = books.placeOf(poolId)!;
    await booksOf(pool, books);
    expect(books.stillAt(poolId, again)).toBe(true);
  }));

test('lists alone let no pool go from memory, load one at a time, and none soon again that could not be loaded', async () => {
  const books = following({ maxBooks: 2 });
  const [one, two, three] = [await settledPool(), await settledPool(), await settledPool()];
  const ids = await Promise.all([one, two, three].map((pool) => pool.poolId()));
  expect(ids.map((id) => books.placeOf(id))).toEqual([null, null, null]);
  await books.close();
  expect(ids.map((id) => books.has(id))).toEqual([true, false, false]);
  books.placeOf(ids[1]!);
  await books.close();
  books.placeOf(ids[2]!);
  await books.close();
  expect(ids.map((id) => books.has(id))).toEqual([true, true, false]);
  // A change of its own is a reason.
  await booksOf(three, books);
  expect(ids.map((id) => books.has(id))).toEqual([false, true, true]);

  for (const [options, times] of [
    [{}, 1],
    [{ retryMs: 0 }, 3],
  ] as const) {
    const problems: unknown[] = [];
    const failing = following({ ...options, onError: (error) => problems.push(error) });
    for (let time = 0; time < 3; time++) {
      failing.placeOf(-1);
      await failing.close();
    }
    expect(problems).toHaveLength(times);
  }
});
