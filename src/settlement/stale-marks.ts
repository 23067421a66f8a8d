import type { LockedPool } from './locked-pool.ts';
import type { Sql } from './transaction.ts';

/** The symbols of markets with open positions whose mark is older at `now` than the pool's rules allow, oldest first. */
export async function staleMarkets(
  sql: Sql,
  { poolId, rules }: Pick<LockedPool, 'poolId' | 'rules'>,
  now: string,
): Promise<string[]> {
  if (rules.maxMarkAgeSeconds === null) return [];
  const rows = await sql<{ symbol: string }[]>`
    select symbol from markets m
    where pool_id = ${poolId} and marked_at < ${now}::timestamptz - ${rules.maxMarkAgeSeconds}::int * interval '1 second'
      and exists (select from positions s where s.pool_id = m.pool_id and s.market_no = m.market_no and s.size <> 0)
    order by marked_at, symbol`;
  return rows.map((row) => row.symbol);
}
