import type { Database } from '../db/database.ts';
import type { Feed } from './feed.ts';
import { afterSequence, type Position, type Positioned } from './notice.ts';
import { type Numbering, readCommittedAt } from './read.ts';
import type { Subscriber } from './subscriber.ts';

/** Where feeds stand, and whether that is a place of the database's own history: it may have been restored since. */

/** Where a pool stands as a reader attaches. */
export interface Now {
  readonly sequence: Position;
  readonly committedAt: string | null;
  readonly alert: Position;
  readonly alertRaisedAt: string | null;
}

export async function readNow({ sql }: Database, poolId: number): Promise<Now> {
  const [row] = await sql<Record<string, string>[]>`
    select p.sequence, p.alert_count, j.committed_at, a.raised_at from pools p
    left join journal j on j.pool_id = p.pool_id and j.sequence = p.sequence
    left join margin_alerts a on a.pool_id = p.pool_id and a.alert_no = p.alert_count
    where p.pool_id = ${poolId}`;
  return {
    sequence: afterSequence(BigInt(row!.sequence!)),
    committedAt: row!.committed_at ?? null,
    alert: afterSequence(BigInt(row!.alert_count!)),
    alertRaisedAt: row!.raised_at ?? null,
  };
}

/** The pools whose feeds are behind, or stand at what the database does not have. */
export async function feedsToRead({ sql }: Database, feeds: readonly Feed[]): Promise<number[]> {
  const alert = (feed: Feed) => (feed.alerts.size > 0 ? feed.alertPosition.sequence.toString() : null);
  const raisedAt = (feed: Feed) => (feed.alerts.size > 0 ? feed.alertRaisedAt : null);
  const rows = await sql<{ pool_id: number }[]>`
    select k.pool_id from unnest(${feeds.map((feed) => feed.poolId)}::int[],
      ${feeds.map((feed) => feed.position.sequence.toString())}::bigint[], ${feeds.map((feed) => feed.committedAt)}::timestamptz[],
      ${feeds.map(alert)}::bigint[], ${feeds.map(raisedAt)}::timestamptz[])
      as k(pool_id, position, committed_at, alert, raised_at)
    left join pools p on p.pool_id = k.pool_id
    left join journal j on j.pool_id = k.pool_id and j.sequence = k.position
    left join margin_alerts a on a.pool_id = k.pool_id and a.alert_no = k.alert
    where p.last_loss_sequence > k.position or p.alert_count > k.alert
       or j.committed_at is distinct from k.committed_at or a.raised_at is distinct from k.raised_at`;
  return rows.map((row) => row.pool_id);
}

/** For how long the oldest notice past any feed has waited in the database, by its clock, in milliseconds; 0 where none has. */
export async function readLagMs(sql: Database['sql'], feeds: readonly Feed[]): Promise<number> {
  const [row] = await sql<{ lag: number | null }[]>`
    select 1000 * extract(epoch from clock_timestamp() - min(o.committed_at))::float8 as lag
    from unnest(${feeds.map((feed) => feed.poolId)}::int[], ${feeds.map((feed) => feed.position.sequence.toString())}::bigint[])
      as k(pool_id, position)
    cross join lateral (
      select committed_at from outbox where pool_id = k.pool_id and sequence > k.position order by sequence limit 1) as o`;
  return Math.max(0, row!.lag ?? 0);
}

/** Whether what a feed handed over is what the database has. */
export async function isOfThisHistory(db: Database, feed: Feed): Promise<boolean> {
  const has = async (numbering: Numbering, { sequence }: Position, committedAt: string | null) =>
    sequence === 0n || (await readCommittedAt(db, feed.poolId, numbering, sequence)) === committedAt;
  return (
    (await has('commits', feed.position, feed.committedAt)) &&
    (feed.alerts.size === 0 || (await has('alerts', feed.alertPosition, feed.alertRaisedAt)))
  );
}

/** A subscriber, whatever it listens to. */
type AnySubscriber = Pick<Subscriber<Positioned>, 'fail' | 'endIfStalled' | 'queued' | 'unsentMs'>;

/** Those who listen to a feed, of whatever kind. */
export function subscribersOf(feed: Feed): AnySubscriber[] {
  return [...[...feed.haircuts, ...feed.alerts].map(({ subscriber }) => subscriber), ...feed.losses];
}

export function endReaders(feed: Feed, reason: Error): void {
  for (const subscriber of subscribersOf(feed)) subscriber.fail(reason);
}
