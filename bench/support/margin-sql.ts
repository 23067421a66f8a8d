import { openDatabase } from '../../src/db/database.ts';
import type { Health } from '../../src/margin/margin.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { createPool } from '../../src/settlement/pools.ts';
import { median, timed } from './bench.ts';
import { withCluster } from './cluster.ts';
import {
  BALANCE_SQL,
  INITIAL_RATE,
  MAINTENANCE_RATE,
  MARKETS,
  markOf,
  POSITIONS_SQL,
} from './margin-pool.ts';
import { DECIMALS, POOL, POOL_ID, runtimeOf } from './pool.ts';

/** The sums of the view account_state over a whole pool, set-wise, and the healths that follow. Without tiers. */
const HEALTHS = `
  with margins as (
    select a.balance + coalesce(floor(v.pnl * 1e${DECIMALS}), 0) as equity,
           coalesce(ceil(v.initial * 1e${DECIMALS}), 0) as initial, coalesce(ceil(v.maintenance * 1e${DECIMALS}), 0) as maintenance
    from accounts a left join (
      select s.account_no, sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) as pnl,
             sum(position_notional(s.size, s.cost, m.contract_size, m.mark_price) * m.initial_margin_rate) as initial,
             sum(position_notional(s.size, s.cost, m.contract_size, m.mark_price) * m.maintenance_margin_rate) as maintenance
      from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
      where s.pool_id = ${POOL_ID} and s.size <> 0
      group by s.account_no) v on v.account_no = a.account_no
    where a.pool_id = ${POOL_ID} and a.status = 'ACTIVE')
  select case when equity < 0 then 'BANKRUPT' when equity < maintenance then 'LIQUIDATABLE'
              when equity < initial then 'MARGIN_CALL' else 'SAFE' end as health, count(*)::int as accounts
  from margins group by 1`;

export interface SqlOutcome {
  readonly ms: number;
  readonly counts: Record<Health, number>;
}

/** What PostgreSQL takes to say how many accounts have which health at the marks of tick 0, everything in its cache. */
export function measureSql(accounts: number, runs: number): Promise<SqlOutcome> {
  return withCluster(async (cluster) => {
    await cluster.prepare((url) => prepare(url, accounts));
    return cluster.withCopy(async (url) => {
      const db = openDatabase(url, { poolSize: 1 });
      try {
        await db.sql`select set_config('enable_nestloop', 'off', false), set_config('work_mem', '64MB', false)`;
        const counts: Record<Health, number> = { SAFE: 0, MARGIN_CALL: 0, LIQUIDATABLE: 0, BANKRUPT: 0 };
        const times: number[] = [];
        for (let run = 0; run <= runs; run++) {
          const ms = await timed(async () => {
            for (const { health, accounts } of await db.sql.unsafe<{ health: Health; accounts: number }[]>(
              HEALTHS,
            ))
              counts[health] = accounts;
          });
          // The first one fills the cache.
          if (run > 0) times.push(ms);
        }
        return { ms: median(times), counts };
      } finally {
        await db.close();
      }
    });
  });
}

async function prepare(url: string, accounts: number): Promise<void> {
  const db = openDatabase(url, { poolSize: 2 });
  try {
    const runtime = runtimeOf(db);
    const symbols = Array.from({ length: MARKETS }, (_, i) => `M${i + 1}`);
    await createPool(runtime, { name: POOL, asset: 'USDC', decimals: DECIMALS, rules: null });
    const rates = { initialMarginRate: INITIAL_RATE, maintenanceMarginRate: MAINTENANCE_RATE };
    await upsertMarkets(runtime, { pool: POOL, markets: symbols.map((symbol) => ({ symbol, ...rates })) });
    const marks = symbols.map((market, i) => ({ market, price: `${markOf(i + 1, 0) / 100}` }));
    await publishMarks(runtime, { pool: POOL, marks });
    await db.sql.unsafe(`
      insert into accounts (pool_id, account_no, ref, owner, balance)
      select ${POOL_ID}, i, 'account-' || lpad(i::text, 8, '0'), 'owner-' || i, ${BALANCE_SQL}
      from generate_series(1, ${accounts}) as i`);
    await db.sql.unsafe(`update pools set account_count = ${accounts} where pool_id = ${POOL_ID}`);
    await db.sql.unsafe(`
      insert into positions (pool_id, account_no, market_no, size, cost, updated_at)
      select ${POOL_ID}, account_no, market_no, size, cost, now()
      from (${POSITIONS_SQL.replace('ACCOUNTS', String(accounts))}) p`);
    await db.sql.unsafe('vacuum (analyze) accounts, positions');
  } finally {
    await db.close();
  }
}
