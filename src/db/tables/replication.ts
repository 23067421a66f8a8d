import { bigint, pgTable, text } from 'drizzle-orm/pg-core';

/**
 * One row a server process, which counts up several times a second while it reads from a replica: what a replica shows of it says
 * what else it has, whatever way it is replicated. Of no pool, and nobody's data.
 */
export const replicationBeats = pgTable('replication_beats', {
  server: text('server').primaryKey(),
  beat: bigint('beat', { mode: 'bigint' }).notNull(),
});
