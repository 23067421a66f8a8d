import type { Feed } from './feed.ts';
import { subscribersOf } from './feed-place.ts';

/** What the subscribers of a process come to, for whoever watches over it. */
export interface HubFigures {
  readonly subscribers: number;
  /** Notices that wait in memory, for all subscribers and for the one with most. */
  readonly queued: number;
  readonly deepest: number;
  /** For how long the oldest notice of any subscriber has waited to be taken by its transport. */
  readonly oldestUnsentMs: number;
  /** Subscribers that were ended because they took nothing. */
  readonly stalled: number;
}

export function figuresOf(feeds: Iterable<Feed>, stalled: number): HubFigures {
  let [subscribers, queued, deepest, oldestUnsentMs] = [0, 0, 0, 0];
  for (const feed of feeds) {
    for (const subscriber of subscribersOf(feed)) {
      subscribers++;
      queued += subscriber.queued;
      deepest = Math.max(deepest, subscriber.queued);
      oldestUnsentMs = Math.max(oldestUnsentMs, subscriber.unsentMs);
    }
  }
  return { subscribers, queued, deepest, oldestUnsentMs, stalled };
}
