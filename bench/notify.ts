import postgres from 'postgres';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { withCluster } from './support/cluster.ts';

/** How many connections commit at once, each in a pool of its own. */
const CONNECTIONS = [1, 4, 16] as const;

/**
 * What a NOTIFY costs the commits of other pools: PostgreSQL has one queue of notifications, and who commits with one pending holds its
 * lock until the commit is on disk. So commits that would share one write to the disk wait for each other's.
 */
export const notify: Bench = {
  name: 'notify',
  about: 'commits a second with a NOTIFY each, beside the same commits without, at 1, 4 and 16 pools at once',
  size: 500,
  sizeOf: 'commits of each pool',
  run: (options) =>
    withCluster(async (cluster) => {
      await cluster.prepare(async () => {});
      return cluster.withCopy((url) => measure(url, options));
    }),
};

async function measure(url: string, { size, runs, progress }: BenchOptions): Promise<Report> {
  const sql = postgres(url, { max: 16, fetch_types: false, onnotice: () => {} });
  await sql`create table counted (pool_id int primary key, sequence bigint not null)`;
  await sql`insert into counted select n, 0 from generate_series(1, 16) n`;
  const listener = await sql.listen('shearwater_outbox', () => {});
  const perSecond = async (connections: number, isTold: boolean): Promise<number> => {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: connections }, async (_, i) => {
        const reserved = await sql.reserve();
        for (let n = 0; n < size; n++) {
          if (isTold)
            await reserved`
              with step as (update counted set sequence = sequence + 1 where pool_id = ${i + 1})
              select pg_notify('shearwater_outbox', ${`${i + 1}:${n}`})`;
          else await reserved`update counted set sequence = sequence + 1 where pool_id = ${i + 1}`;
        }
        reserved.release();
      }),
    );
    return (connections * size * 1_000) / (performance.now() - began);
  };
  const figures: Record<string, number> = {};
  let ratio = 1;
  for (const connections of CONNECTIONS) {
    const told: number[] = [];
    const untold: number[] = [];
    for (let run = 1; run <= runs; run++) {
      progress(`${connections} pools at once, run ${run} of ${runs}`);
      untold.push(await perSecond(connections, false));
      told.push(await perSecond(connections, true));
    }
    figures[`pools_${connections}_without_per_second`] = round(median(untold));
    figures[`pools_${connections}_with_per_second`] = round(median(told));
    ratio = median(untold) / median(told);
  }
  await listener.unlisten();
  await sql.end();
  return {
    fields: { ratio: round(ratio, 2), name: notify.name, commits: size, runs, ...figures },
    floor:
      'the same UPDATE of one row a pool, committed on the same connections, without the NOTIFY; one process listens to both.',
  };
}
