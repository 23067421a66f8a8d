import type { Viewer } from '../auth/viewer.ts';
import type { Clock } from '../core/clock.ts';
import type { Database } from '../db/database.ts';
import type { Hub } from '../outbox/hub.ts';
import type { TotalsCache } from '../settlement/totals.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { PoolDirectory } from './pool-directory.ts';

/** What the process gives to every operation. */
export interface Services {
  readonly db: Database;
  readonly clock: Clock;
  readonly hub: Hub;
  readonly pools: PoolDirectory;
  readonly totals: TotalsCache;
}

/** What one operation runs with. One factory makes it for HTTP, SSE and WebSocket alike. */
export interface Context extends Services {
  readonly viewer: Viewer | null;
  /** Batches and caches what this operation reads. Renewed after a write and for each event of a subscription. */
  loaders: Loaders;
  /** Ends the transport under a subscription whose reader no longer reads. */
  readonly onStalled: (reason: string) => void;
}

export function createContext(
  services: Services,
  viewer: Viewer | null,
  onStalled: (reason: string) => void = () => {},
): Context {
  return { ...services, viewer, loaders: createLoaders(services), onStalled };
}

export function renewLoaders(context: Context): void {
  context.loaders = createLoaders(context);
}
