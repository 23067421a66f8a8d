import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { readsEverything, type Viewer } from '../auth/viewer.ts';
import { rateLimited } from '../graphql/errors.ts';
import type { Limits } from './limits.ts';

/** Over how long points are counted: a burst of ten seconds' worth is fine. */
const WINDOW_SECONDS = 10;

/** What a question of nobody costs at most: it is refused without being run, whatever it asks for. */
const ANONYMOUS_POINTS = 10;

/**
 * Counts what callers ask for, in points, whatever the transport: signed-in ones by subject, all others by address. In the memory
 * of this process: several servers each allow as much.
 */
export class Rates {
  readonly #traders: RateLimiterMemory | null;
  readonly #staff: RateLimiterMemory | null;
  readonly #anonymous: RateLimiterMemory | null;

  constructor({ traderPoints, staffPoints, anonymousPoints }: Limits) {
    const limiter = (perSecond: number) =>
      perSecond === 0
        ? null
        : new RateLimiterMemory({
            points: perSecond * WINDOW_SECONDS,
            duration: WINDOW_SECONDS,
            keyPrefix: '',
          });
    this.#traders = limiter(traderPoints);
    this.#staff = limiter(staffPoints);
    this.#anonymous = limiter(anonymousPoints);
  }

  /** Takes points from what the caller has left, and throws RATE_LIMITED where that is less. */
  async charge(viewer: Viewer | null, address: string, points: number): Promise<void> {
    const limiter = viewer === null ? this.#anonymous : readsEverything(viewer) ? this.#staff : this.#traders;
    if (limiter === null) return;
    try {
      await (viewer
        ? limiter.consume(viewer.subject, points)
        : limiter.consume(address, Math.min(points, ANONYMOUS_POINTS)));
    } catch (refused) {
      if (refused instanceof Error) throw refused;
      const seconds = Math.max(1, Math.ceil((refused as RateLimiterRes).msBeforeNext / 1_000));
      throw rateLimited(
        `You ask for more than ${limiter.points / WINDOW_SECONDS} points a second: wait ${seconds} s, and ask less often or for smaller pages.`,
        seconds,
      );
    }
  }
}
