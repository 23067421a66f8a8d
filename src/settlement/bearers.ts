import type postgres from 'postgres';
import type { Claims } from '../core/allocation/allocation.ts';
import { AtomColumn } from '../core/atom-column.ts';
import { haircutableProfit, haircutCap } from '../core/profit.ts';

/** The accounts that have profit to bear a loss with: columns, one index an account, in byte order of refs. */
export interface Bearers extends Claims {
  readonly accountNos: AtomColumn;
  readonly balances: AtomColumn;
  readonly borne: AtomColumn;
  readonly realized: AtomColumn;
  /** The sequence of the account's latest notice, 0 where there is none. */
  readonly previousSequences: AtomColumn;
}

/**
 * The latest haircut of each account `a`, as `h`: most are in the pool's newest settlement, which is one scan; only an
 * account that is not in it is looked up by itself. Sorting out the latest of all haircuts would cost more with every
 * settlement behind the pool.
 */
function latestHaircuts(poolId: number, newest: string | null): string {
  const columns = 'sequence, balance_after, borne_after, realized_after';
  return `
    left join (select account_no, ${columns} from haircuts where pool_id = ${poolId} and sequence = ${newest ?? -1}) n
      on n.account_no = a.account_no
    left join lateral (
      select ${columns} from haircuts o where ${newest === null ? 'false' : 'n.account_no is null'}
        and o.pool_id = ${poolId} and o.account_no = a.account_no order by o.sequence desc limit 1) o on true
    cross join lateral (
      select coalesce(n.sequence, o.sequence) as sequence, coalesce(n.balance_after, o.balance_after) as balance_after,
        coalesce(n.borne_after, o.borne_after) as borne_after, coalesce(n.realized_after, o.realized_after) as realized_after) h`;
}

/** The sequence of the newest settlement that has haircuts, or null. */
async function newestSettlement(sql: postgres.TransactionSql, poolId: number): Promise<string | null> {
  const [row] = await sql<{ sequence: string }[]>`
    select sequence from settlements where pool_id = ${poolId} and haircut_count > 0 order by sequence desc limit 1`;
  return row?.sequence ?? null;
}

/** The cash of all accounts together, by the same rule. */
export async function readBalances(sql: postgres.TransactionSql, poolId: number): Promise<bigint> {
  const newest = await newestSettlement(sql, poolId);
  const [row] = await sql.unsafe<{ balance: string }[]>(`
    select coalesce(sum(case when h.sequence > a.head_sequence then h.balance_after else a.balance end), 0) as balance
    from accounts a ${latestHaircuts(poolId, newest)} where a.pool_id = ${poolId}`);
  return BigInt(row!.balance);
}

/**
 * Every account's head and unrealized PnL, where that is above zero and no position is without a mark. It says in sets
 * what the view account_state says of one account (a test compares them), because a settlement reads the whole pool:
 * one pass over positions, one over the newest haircuts, and the rows out by COPY.
 */
function profitsQuery(poolId: number, decimals: number, newest: string | null): string {
  return `
    select a.account_no, v.unrealized, h.sequence,
           case when h.sequence > a.head_sequence then h.balance_after else a.balance end,
           case when h.sequence > a.head_sequence then h.borne_after else a.borne end,
           case when h.sequence > a.head_sequence then h.realized_after else a.realized end
    from (
      select s.account_no, floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1e${decimals}) as unrealized
      from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
      where s.pool_id = ${poolId} and s.size <> 0
      group by s.account_no
      having sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) > 0 and bool_and(m.mark_price is not null)
    ) v
    join accounts a on a.pool_id = ${poolId} and a.account_no = v.account_no and a.status = 'ACTIVE'
    ${latestHaircuts(poolId, newest)}
    order by a.ref`;
}

/**
 * Plans for a whole pool, whatever the statistics say. A pool that was filled a moment ago looks empty to the planner,
 * and a nested loop over what it takes for one row is quadratic: minutes instead of a second.
 */
export async function planForWholePool(sql: postgres.TransactionSql): Promise<void> {
  await sql`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)`;
}

async function planAsUsual(sql: postgres.TransactionSql): Promise<void> {
  await sql`select set_config('enable_nestloop', 'on', true)`;
}

/** Reads who can bear a loss, as columns: a million accounts take some 60 MB here, and no object each. */
export async function readBearers(
  sql: postgres.TransactionSql,
  poolId: number,
  decimals: number,
  maxRate: bigint,
): Promise<Bearers> {
  const bearers = {
    accountNos: new AtomColumn(),
    balances: new AtomColumn(),
    borne: new AtomColumn(),
    realized: new AtomColumn(),
    previousSequences: new AtomColumn(),
    profits: new AtomColumn(),
    caps: new AtomColumn(),
  };
  // COPY takes no parameters; what is put into the text is two integers of our own.
  const newest = await newestSettlement(sql, poolId);
  await planForWholePool(sql);
  const rows = await sql.unsafe(`copy (${profitsQuery(poolId, decimals, newest)}) to stdout`).readable();
  for await (const line of lines(rows)) {
    const [accountNo, unrealizedText, sequence, balanceText, borneText, realizedText] = line.split('\t') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const balance = BigInt(balanceText);
    const burden = { borne: BigInt(borneText), realized: BigInt(realizedText) };
    const bearing = { balance, unrealized: BigInt(unrealizedText), burden };
    const profit = haircutableProfit(bearing);
    if (profit === 0n) continue;
    bearers.accountNos.push(BigInt(accountNo));
    bearers.balances.push(balance);
    bearers.borne.push(burden.borne);
    bearers.realized.push(burden.realized);
    bearers.previousSequences.push(sequence === '\\N' ? 0n : BigInt(sequence));
    bearers.profits.push(profit);
    bearers.caps.push(haircutCap(bearing, profit, maxRate));
  }
  await planAsUsual(sql);
  return bearers;
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    // Only digits, tabs and signs travel here, so a chunk never splits a character.
    const parts = (rest + chunk.toString('latin1')).split('\n');
    rest = parts.pop()!;
    yield* parts;
  }
}
