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
 * Every account's head and unrealized PnL, where that is above zero and no position is without a mark. It says in sets
 * what the view account_state says of one account (a test compares them), because a settlement reads the whole pool:
 * one pass over positions, one over the latest haircuts, and the rows out by COPY.
 */
function profitsQuery(poolId: number, decimals: number): string {
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
    left join (
      select distinct on (account_no) account_no, sequence, balance_after, borne_after, realized_after
      from haircuts where pool_id = ${poolId} order by account_no, sequence desc
    ) h on h.account_no = a.account_no
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
  await planForWholePool(sql);
  const rows = await sql.unsafe(`copy (${profitsQuery(poolId, decimals)}) to stdout`).readable();
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
