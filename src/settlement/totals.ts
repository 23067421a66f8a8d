import { claimsOf } from '../core/bearers.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { planForWholePool, readBalances, readBearers } from './bearers.ts';
import { lockedPool, type PoolRow } from './locked-pool.ts';
import { PerSequence } from './per-sequence.ts';

/** What the accounts and losses of a pool come to, in atoms, at one sequence. */
export interface PoolTotals {
  readonly sequence: bigint;
  readonly accounts: number;
  /** Accounts with unrealized profit at the marks. */
  readonly profitableAccounts: number;
  readonly balance: bigint;
  readonly equity: bigint;
  /** Per market the greater of the long and the short side at the mark, summed, floored. */
  readonly openInterest: bigint;
  /** U, from the code that settles. */
  readonly haircutCapacity: bigint;
  readonly openDeficit: bigint;
  readonly uncovered: bigint;
}

/** Adds up a pool in one snapshot. */
export async function readTotals(db: Database, poolId: number): Promise<PoolTotals> {
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
    const pool = lockedPool(row!);
    const unit = `1e${pool.decimals}`;
    await planForWholePool(sql);
    const [sums] = await sql<Record<string, string>[]>`
      with valued as (
        select s.account_no, floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * ${unit}::numeric) as pnl
        from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
        where s.pool_id = ${poolId} and s.size <> 0 group by s.account_no),
      sides as (
        select greatest(sum(n) filter (where size > 0), sum(n) filter (where size < 0)) as open
        from (select s.market_no, s.size, position_notional(s.size, s.cost, m.contract_size, m.mark_price) as n
              from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
              where s.pool_id = ${poolId} and s.size <> 0) p
        group by market_no)
      select (select count(*) from accounts where pool_id = ${poolId}) as accounts,
        (select count(*) from valued where pnl > 0) as profitable,
        (select coalesce(sum(pnl), 0) from valued) as pnl,
        (select coalesce(floor(sum(open) * ${unit}::numeric), 0) from sides) as open_interest,
        (select coalesce(sum(uncovered) filter (where status = 'OPEN'), 0) from loss_events where pool_id = ${poolId}) as open_deficit,
        (select coalesce(sum(uncovered) filter (where status = 'PARTIALLY_COVERED'), 0) from loss_events
         where pool_id = ${poolId}) as uncovered`;
    const balance = await readBalances(sql, poolId);
    const bearers = await readBearers(sql, pool, { sizes: false, marketProfits: false });
    return {
      sequence: BigInt(row!.sequence),
      accounts: Number(sums!.accounts),
      profitableAccounts: Number(sums!.profitable),
      balance,
      equity: balance + BigInt(sums!.pnl!),
      openInterest: BigInt(sums!.open_interest!),
      haircutCapacity: claimsOf(bearers).caps.sum(),
      openDeficit: BigInt(sums!.open_deficit!),
      uncovered: BigInt(sums!.uncovered!),
    };
  });
}

export class TotalsCache extends PerSequence<PoolTotals> {
  constructor(db: Database) {
    super(db, (poolId) => readTotals(db, poolId));
  }
}
