import type { Viewer } from '../auth/viewer.ts';
import type { Clock } from '../core/clock.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { Database } from '../db/database.ts';
import type { Revocations } from '../db/revocations.ts';
import type { SettlementRow } from '../db/rows.ts';
import type { Hub } from '../outbox/hub.ts';
import type { Books } from '../settlement/books.ts';
import type { Exposures } from '../settlement/exposures.ts';
import type { Observer } from '../settlement/observer.ts';
import type { QueueCache } from '../settlement/queue.ts';
import type { SimulationRunner } from '../settlement/simulation-runner.ts';
import type { StressTests } from '../settlement/stress-test.ts';
import type { TotalsCache } from '../settlement/totals.ts';
import type { Runtime } from '../settlement/transaction.ts';
import type { AddressPolicy } from '../webhooks/address.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { PoolDirectory } from './pool-directory.ts';
import type { Turns } from './turns.ts';

/** What the process gives to every operation. */
export interface Services {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Runtime['random'];
  readonly hub: Hub;
  readonly pools: PoolDirectory;
  readonly totals: TotalsCache;
  readonly queues: QueueCache;
  readonly books: Books;
  readonly halts: Runtime['halts'];
  readonly exposures: Exposures;
  readonly turns: Turns;
  readonly stressTests: StressTests;
  readonly simulations: Pick<SimulationRunner, 'wake' | 'cancelled'>;
  readonly revocations: Pick<Revocations, 'revoke'>;
  readonly webhooks: { readonly policy: AddressPolicy; wake(): void };
  /** Told of what mutations do, and of refusals. Left out, nobody is. */
  readonly observer?: Observer;
  readonly onRefusal?: (code: RefusalCode) => void;
}

/** What a subscription needs of the connection that carries it. */
export interface Transport {
  /** The connection ends by itself when the token expires. */
  readonly endsWithToken: boolean;
  /** Ends the connection of a reader that no longer reads. */
  readonly cut: (reason: string) => void;
}

const NO_TRANSPORT: Transport = { endsWithToken: false, cut: () => {} };

/** What one operation runs with. One factory makes it for HTTP, SSE and WebSocket alike. */
export interface Context extends Services {
  readonly viewer: Viewer | null;
  /** Batches and caches what this operation reads. Renewed after a write and for each event of a subscription. */
  loaders: Loaders;
  readonly transport: Transport;
}

export function createContext(
  services: Services,
  viewer: Viewer | null,
  transport: Transport = NO_TRANSPORT,
): Context {
  return { ...services, viewer, loaders: createLoaders(services), transport };
}

/** @param settlements that are known already: they never change */
export function renewLoaders(context: Context, ...settlements: SettlementRow[]): void {
  context.loaders = createLoaders(context, settlements);
}
