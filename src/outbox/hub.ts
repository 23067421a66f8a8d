import postgres from 'postgres';
import { connectionOptions } from '../db/database.ts';
import { type AccountReader, BATCH, type Feed, handOver } from './feed.ts';
import {
  endReaders,
  feedsToRead,
  isOfThisHistory,
  type Now,
  readLagMs,
  readNow,
  subscribersOf,
} from './feed-place.ts';
import { figuresOf, type HubFigures } from './figures.ts';
import { type HubOptions, RestoredError } from './hub-options.ts';
import { afterSequence, type Position } from './notice.ts';
import {
  countHaircuts,
  type HaircutNoticeRow,
  type LossNoticeRow,
  type MarginAlertNotice,
  movesBalances,
  type NoticeFilter,
  readAccountsOf,
  readHaircutNotices,
  readLossNotices,
  readMarginAlerts,
} from './read.ts';
import { spread } from './spread.ts';
import { Subscriber } from './subscriber.ts';

/**
 * Carries committed notices to the subscribers of this process. The outbox in the database is the truth: a NOTIFY only
 * says that reading it is worth while, and polling finds what a lost NOTIFY did not announce. Every process on the
 * database has a hub of its own and serves its own subscribers.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #feeds = new Map<number, Feed>();
  readonly #listener: postgres.Sql | null;
  readonly #timer: NodeJS.Timeout;
  /** Why the hub takes no more readers; null while it does. */
  #closed: Error | null = null;
  #stalled = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    const wakeAll = () => {
      for (const feed of this.#feeds.values()) this.#wake(feed);
    };
    const hear = (payload: string) => {
      options.onAnnounced?.();
      const [poolId, , traceparent] = payload.split(':');
      const feed = this.#feeds.get(Number(poolId));
      if (!feed) return;
      if (traceparent !== undefined) feed.traceparents.push(traceparent);
      this.#wake(feed);
    };
    options.announcements?.listen(hear, wakeAll);
    // A client of its own: postgres.js reconnects it by itself, and onlisten reads what was missed meanwhile.
    this.#listener = options.announcements
      ? null
      : postgres(options.url, { ...connectionOptions(), max: 1, idle_timeout: 0 });
    this.#listener?.listen('shearwater_outbox', hear, wakeAll).catch((error) => {
      if (!this.#closed) options.onError(error, 'listening for notices');
    });
    this.#timer = setInterval(() => {
      this.#poll().catch((error) => options.onError(error, 'polling the outbox'));
      this.#endStalled();
    }, options.pollMs ?? 1_000);
    this.#timer.unref();
  }

  get figures(): HubFigures {
    return figuresOf(this.#feeds.values(), this.#stalled);
  }

  /** For how long the oldest notice that the database has waits for this process to read it, in milliseconds. */
  async lagMs(sql: postgres.Sql): Promise<number> {
    return readLagMs(sql, [...this.#feeds.values()]);
  }

  /** Haircut notices past `after` (null: from now on), each once, in order. */
  async haircuts(
    poolId: number,
    filter: NoticeFilter,
    after: Position | null,
    onStalled: (reason: string) => void,
  ): Promise<Subscriber<HaircutNoticeRow>> {
    const { db } = this.#options;
    return this.#attach(poolId, (feed, now) => {
      const from = after ?? now.sequence;
      const reader: AccountReader<HaircutNoticeRow> = {
        filter,
        subscriber: new Subscriber<HaircutNoticeRow>({
          after: from,
          read: (position, limit) =>
            readHaircutNotices(db, poolId, filter, { after: position, until: null, limit }),
          onEnd: () => this.#detach(feed, () => feed.haircuts.delete(reader)),
          onStalled,
        }),
      };
      feed.haircuts.add(reader);
      return reader.subscriber;
    });
  }

  /** Loss notices past `after` (null: from now on), each once, in order. */
  async losses(
    poolId: number,
    after: Position | null,
    onStalled: (reason: string) => void,
  ): Promise<Subscriber<LossNoticeRow>> {
    const { db } = this.#options;
    return this.#attach(poolId, (feed, now) => {
      const from = after ?? now.sequence;
      const subscriber: Subscriber<LossNoticeRow> = new Subscriber<LossNoticeRow>({
        after: from,
        read: (position, limit) => readLossNotices(db, poolId, { after: position, until: null, limit }),
        onEnd: () => this.#detach(feed, () => feed.losses.delete(subscriber)),
        onStalled,
      });
      feed.losses.add(subscriber);
      return subscriber;
    });
  }

  /** Margin alerts past `after` (null: from now on), each once, in the order of their numbers. */
  async alerts(
    poolId: number,
    filter: NoticeFilter,
    after: Position | null,
    onStalled: (reason: string) => void,
  ): Promise<Subscriber<MarginAlertNotice>> {
    const { db } = this.#options;
    return this.#attach(poolId, (feed, now) => {
      if (feed.alerts.size === 0) {
        feed.alertPosition = now.alert;
        feed.alertRaisedAt = now.alertRaisedAt;
      }
      const reader: AccountReader<MarginAlertNotice> = {
        filter,
        subscriber: new Subscriber<MarginAlertNotice>({
          after: after ?? now.alert,
          read: (position, limit) =>
            readMarginAlerts(db, poolId, filter, { after: position, until: null, limit }),
          onEnd: () => this.#detach(feed, () => feed.alerts.delete(reader)),
          onStalled,
        }),
      };
      feed.alerts.add(reader);
      return reader.subscriber;
    });
  }

  /** Ends every subscriber with a reason that it can resume from, no more than so many a second, and stops listening. */
  async close(reason: Error, perSecond = Number.POSITIVE_INFINITY): Promise<void> {
    this.#closed = reason;
    clearInterval(this.#timer);
    const feeds = [...this.#feeds.values()];
    await spread(feeds.flatMap(subscribersOf), perSecond, (subscriber) => subscriber.fail(reason));
    await Promise.all(feeds.map((feed) => feed.running));
    await this.#listener?.end({ timeout: 1 });
  }

  /** Attaches before anything is read: what commits from here on is handed over, what committed before is replayed. */
  async #attach<S>(poolId: number, make: (feed: Feed, now: Now) => S): Promise<S> {
    const now = await readNow(this.#options.db, poolId);
    if (this.#closed) throw this.#closed;
    let feed = this.#feeds.get(poolId);
    if (!feed) {
      feed = {
        poolId,
        position: now.sequence,
        committedAt: now.committedAt,
        haircuts: new Set(),
        losses: new Set(),
        alertPosition: now.alert,
        alertRaisedAt: now.alertRaisedAt,
        alerts: new Set(),
        running: null,
        again: false,
        traceparents: [],
      };
      this.#feeds.set(poolId, feed);
    }
    return make(feed, now);
  }

  #detach(feed: Feed, remove: () => void): void {
    remove();
    if (feed.haircuts.size + feed.losses.size + feed.alerts.size === 0) this.#feeds.delete(feed.poolId);
  }

  /** One statement finds every feed that is behind, however many pools are listened to. */
  async #poll(): Promise<void> {
    const feeds = [...this.#feeds.values()];
    if (feeds.length === 0 || this.#closed) return;
    for (const poolId of await feedsToRead(this.#options.db, feeds)) {
      const feed = this.#feeds.get(poolId);
      if (feed) this.#wake(feed);
    }
  }

  #wake(feed: Feed): void {
    if (this.#closed) return;
    if (feed.running) {
      feed.again = true;
      return;
    }
    const { runPass = (_, pass) => pass() } = this.#options;
    feed.running = runPass(feed.traceparents.splice(0), () => this.#pass(feed))
      .catch((error) => this.#options.onError(error, 'reading the outbox'))
      .finally(() => {
        feed.running = null;
        if (feed.again) {
          feed.again = false;
          this.#wake(feed);
        }
      });
  }

  async #pass(feed: Feed): Promise<void> {
    if (!(await isOfThisHistory(this.#options.db, feed))) {
      this.#feeds.delete(feed.poolId);
      endReaders(feed, this.#options.restored?.() ?? new RestoredError('the database was restored'));
      return;
    }
    for (;;) {
      const rows = await readLossNotices(this.#options.db, feed.poolId, {
        after: feed.position,
        until: null,
        limit: BATCH,
      });
      if (rows.length === 0) break;
      const from = feed.position;
      const until = rows.at(-1)!.sequence;
      for (const subscriber of feed.losses) subscriber.push(rows);
      if (rows.some(movesBalances)) {
        const { db } = this.#options;
        const { poolId } = feed;
        await handOver(feed.haircuts, from, {
          count: () => countHaircuts(db, poolId, from, until),
          whose: ({ haircut }) => haircut,
          accountsOf: (owners) => readAccountsOf(db, poolId, owners),
          read: (filter, after) => readHaircutNotices(db, poolId, filter, { after, until, limit: BATCH }),
        });
      }
      feed.position = afterSequence(until);
      feed.committedAt = rows.at(-1)!.committedAt;
      for (const { committedAt } of rows) this.#options.onHandedOver?.(committedAt);
    }
    if (feed.alerts.size > 0) await this.#passAlerts(feed);
  }

  async #passAlerts(feed: Feed): Promise<void> {
    const { db } = this.#options;
    const [row] = await db.sql<{ alert_count: string; raised_at: string }[]>`
      select p.alert_count, a.raised_at from pools p
      left join margin_alerts a on a.pool_id = p.pool_id and a.alert_no = p.alert_count
      where p.pool_id = ${feed.poolId}`;
    const until = BigInt(row!.alert_count);
    const { poolId, alertPosition: from } = feed;
    if (until <= from.sequence) return;
    await handOver(feed.alerts, from, {
      count: async () => Number(until - from.sequence),
      whose: (alert) => alert,
      accountsOf: (owners) => readAccountsOf(db, poolId, owners),
      read: (filter, after) => readMarginAlerts(db, poolId, filter, { after, until, limit: BATCH }),
    });
    feed.alertPosition = afterSequence(until);
    feed.alertRaisedAt = row!.raised_at;
  }

  #endStalled(): void {
    const now = performance.now();
    const patience = this.#options.patienceMs ?? 15_000;
    for (const subscriber of [...this.#feeds.values()].flatMap(subscribersOf)) {
      if (subscriber.endIfStalled(now, patience)) this.#stalled++;
    }
  }
}
