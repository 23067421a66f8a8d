import type { Clock } from '../core/clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { untoldChanges, writeAlerts } from './alerts.ts';
import { type BookPlace, follow, type Kept, load } from './book-reader.ts';
import { type LockedPool, lockedPool, type PoolRow } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';
import type { Sql } from './transaction.ts';

/** How many pools are kept; those that nobody asked about for longest are let go. */
const MAX_BOOKS = 256;
/** How long lists do without a book that could not be loaded. */
const RETRY_MS = 10_000;

export interface BooksOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly onError: (error: unknown, doing: string) => void;
  /** Left out: MAX_BOOKS, RETRY_MS. */
  readonly maxBooks?: number;
  readonly retryMs?: number;
}

/**
 * The books of this process, one a pool. Memory is a cache: under the pool's lock, or in one snapshot, a book proves by the
 * pool's journal that it stands where the database does, and catches up or loads anew.
 */
export class Books {
  readonly #options: BooksOptions | null;
  readonly #kept = new Map<number, Kept>();
  /** The last that was asked of each pool: a book is for one at a time. */
  readonly #turns = new Map<number, Promise<unknown>>();
  /** Pools whose books are being brought up to date, and whether they changed again meanwhile. */
  readonly #following = new Map<number, { again: boolean; done: Promise<void> }>();
  /** When pools could not be followed at the last try, by a clock that nobody sets. */
  readonly #failedAt = new Map<number, number>();
  #isLoadingForList = false;

  readonly #db: Pick<Database, 'generation'> | null;
  readonly #maxBooks: number;
  readonly #retryMs: number;

  /**
   * With options, books are loaded and follow by themselves as pools change; without, when somebody asks.
   *
   * @param db whose connections the books are read over
   */
  constructor(options: BooksOptions | null = null, db: Pick<Database, 'generation'> | null = null) {
    this.#options = options;
    this.#db = options?.db ?? db;
    this.#maxBooks = options?.maxBooks ?? MAX_BOOKS;
    this.#retryMs = options?.retryMs ?? RETRY_MS;
  }

  /** How many pools are in memory, and what their columns take. */
  get figures(): { readonly pools: number; readonly bytes: number } {
    const kept = [...this.#kept.values()];
    return { pools: kept.length, bytes: kept.reduce((bytes, { place }) => bytes + place.book.byteLength, 0) };
  }

  /** Whether a pool is in memory, or on its way there. */
  has(poolId: number): boolean {
    return this.#kept.has(poolId) || this.#turns.has(poolId);
  }

  /**
   * Where a pool's book stands, for a statement that compares: what the database says at that very place, the book says too. Null where
   * there is none, or its pool has no commit.
   */
  placeOf(poolId: number): BookPlace | null {
    const kept = this.#kept.get(poolId);
    if (!kept) {
      this.#loadForList(poolId);
      return null;
    }
    this.#kept.delete(poolId);
    this.#kept.set(poolId, kept);
    return kept.place.committedAt === null ? null : kept.place;
  }

  /** A pool was found elsewhere than its book, which follows in the background where it does not do so already. */
  fellBehind(poolId: number): void {
    if (!this.#following.has(poolId)) this.wake(poolId);
  }

  /**
   * Whoever reads may ask for lists: so a load for one is the only one of its kind, lets no other pool go, and waits where the last
   * failed.
   */
  #loadForList(poolId: number): void {
    const isUnderWay = this.#turns.has(poolId) || this.#following.has(poolId);
    // Some count twice: rather too few are loaded than one too many.
    const known = this.#kept.size + this.#turns.size + this.#following.size;
    if (isUnderWay || this.#isLoadingForList || known >= this.#maxBooks) return;
    const failedAt = this.#failedAt.get(poolId) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() < failedAt + this.#retryMs) return;
    this.wake(poolId);
    const following = this.#following.get(poolId);
    if (!following) return;
    this.#isLoadingForList = true;
    void following.done.then(() => {
      this.#isLoadingForList = false;
    });
  }

  /** Whether a book has stayed where it stood. It then says now what it would have said. */
  stillAt(poolId: number, place: BookPlace): boolean {
    return this.#kept.get(poolId)?.place === place;
  }

  /**
   * Answers a question of a pool's book at its sequence. `locked` says that the caller holds the pool's lock, so that nothing
   * can be newer; in a snapshot the book may have gone on, and answers of later. It stays as it is until the answer is there.
   */
  async with<T>(
    sql: Sql,
    pool: LockedPool,
    locked: boolean,
    ask: (book: PoolBook) => T | Promise<T>,
  ): Promise<T> {
    const { poolId } = pool;
    const turn = (this.#turns.get(poolId) ?? Promise.resolve()).then(async () =>
      ask(await this.#at(sql, pool, locked)),
    );
    const done = turn.then(
      () => {},
      () => {},
    );
    this.#turns.set(poolId, done);
    done.then(() => {
      if (this.#turns.get(poolId) === done) this.#turns.delete(poolId);
    });
    return turn;
  }

  /** A pool changed: its book follows in the background, so that who asks next need not wait. */
  wake(poolId: number): void {
    const options = this.#options;
    if (!options) return;
    const running = this.#following.get(poolId);
    if (running) {
      running.again = true;
      return;
    }
    const following = { again: false, done: Promise.resolve() };
    this.#following.set(poolId, following);
    following.done = this.#follow(options, poolId, following)
      .then(
        () => void this.#failedAt.delete(poolId),
        (error) => {
          this.#failedAt.set(poolId, performance.now());
          options.onError(error, 'following a pool in memory');
        },
      )
      .finally(() => this.#following.delete(poolId));
  }

  async #follow(options: BooksOptions, poolId: number, following: { again: boolean }): Promise<void> {
    const { db } = options;
    do {
      following.again = false;
      const changed = await inTransaction(db, 'repeatable read read only', async (sql) => {
        const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
        return this.with(sql, lockedPool(row!), false, (book) => untoldChanges(book).length > 0);
      });
      if (changed) await this.#tell(options, poolId);
    } while (following.again);
  }

  /**
   * Tells changes of health, under the pool's lock: of several processes that see one change the first tells it, and the others
   * find it told. What a process that died did not tell, the next that follows the pool does.
   */
  async #tell({ db, clock }: BooksOptions, poolId: number): Promise<void> {
    const told = await inTransaction(db, 'read committed', async (sql) => {
      const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId} for no key update`;
      const pool = lockedPool(row!);
      const changes = await this.with(sql, pool, true, untoldChanges);
      if (changes.length > 0) await writeAlerts(sql, pool, changes, clock.now());
      return changes.length;
    });
    if (told > 0) db.announce?.(`${poolId}:a`);
  }

  /** Waits for what goes on in the background. */
  async close(): Promise<void> {
    await Promise.all([...this.#following.values()].map(({ done }) => done));
  }

  async #at(sql: Sql, pool: LockedPool, locked: boolean): Promise<PoolBook> {
    const { poolId } = pool;
    const kept = this.#kept.get(poolId);
    this.#kept.delete(poolId);
    // Whatever goes wrong below, half of what changed may be in the book: it is kept again only once it is whole.
    const generation = this.#db?.generation ?? 0;
    const current =
      kept && (await follow(sql, pool, kept, { locked, generation }))
        ? kept
        : await load(sql, pool, generation);
    this.#kept.set(poolId, current);
    if (this.#kept.size > this.#maxBooks) this.#kept.delete(this.#kept.keys().next().value!);
    return current.place.book;
  }
}
