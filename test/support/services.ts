import type { Viewer } from '../../src/auth/viewer.ts';
import type { Database } from '../../src/db/database.ts';
import type { Services } from '../../src/graphql/context.ts';
import { PoolDirectory } from '../../src/graphql/pool-directory.ts';
import { Turns } from '../../src/graphql/turns.ts';
import { Books } from '../../src/settlement/books.ts';
import { QueueCache } from '../../src/settlement/queue.ts';
import { TotalsCache } from '../../src/settlement/totals.ts';

/** Who may do everything, for ever. */
export const ROOT: Viewer = {
  subject: 'root',
  roles: ['ADMIN'],
  pools: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
  issuedAt: null,
  keyId: null,
};

/** What queries run with where no server is: they ask for neither time, chance nor notices. */
export const queryServices = (db: Database): Services => ({
  db,
  hub: null as never,
  clock: null as never,
  random: null as never,
  pools: new PoolDirectory(db),
  totals: new TotalsCache(db),
  queues: new QueueCache(db),
  books: new Books(),
  halts: null as never,
  exposures: null as never,
  turns: new Turns(),
  stressTests: null as never,
  simulations: null as never,
  revocations: null as never,
  webhooks: null as never,
});
