import { bigint, foreignKey, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { sequenceNumber } from '../columns.ts';
import { pools } from './pools.ts';

/**
 * One row a server process, which counts up several times a second while it reads from a replica: what a replica shows of it says
 * what else it has, whatever way it is replicated. Of no pool, and nobody's data.
 */
export const replicationBeats = pgTable('replication_beats', {
  server: text('server').primaryKey(),
  beat: bigint('beat', { mode: 'bigint' }).notNull(),
});

/** Up to which sequence a pool's outbox was published to the message broker (outbox/relay.ts). */
export const brokerPositions = pgTable(
  'broker_positions',
  {
    poolId: integer('pool_id').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId] }),
    foreignKey({ name: 'broker_positions_pool', columns: [t.poolId], foreignColumns: [pools.poolId] }),
  ],
);
