import { expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { Cluster } from '../support/debian-postgres.ts';
import { withAdmin } from '../support/postgres.ts';

it("Debian's PostgreSQL takes every migration", async () => {
  const cluster = await Cluster.start();
  try {
    await migrate(cluster.urlOf('postgres'));
    await withAdmin(cluster.urlOf('postgres'), async (sql) => {
      const [row] = await sql`select count(*)::int as count from pools`;
      expect(row!.count).toBe(0);
    });
  } finally {
    await cluster.remove();
  }
});
