import { METHODS } from '../core/allocation/allocation.ts';
import { AtomColumn } from '../core/atom-column.ts';
import type { Bearers, MarketProfits, Sizes } from '../core/bearers.ts';
import { min } from '../core/money.ts';
import { copyOut } from './copy.ts';
import type { LockedPool } from './locked-pool.ts';
import { quantity } from './quantity.ts';
import type { Sql } from './transaction.ts';

/** The accounts of a pool that are in profit, as columns in the byte order of refs: a million take some 150 MB. */
export interface PoolBearers extends Bearers {
  readonly accountNos: readonly number[];
  readonly refs: readonly string[];
  /** The sequence of the account's latest notice, 0 where there is none. */
  readonly previousSequences: AtomColumn;
}

/** What is read of the bearers beside their profit. */
export interface Wanted {
  readonly sizes: boolean;
  readonly marketProfits: boolean;
}

/** What a pool's own rules ask for. */
export const wantedBy = ({ rules }: LockedPool): Wanted => ({
  sizes: METHODS[rules.method].needsExposures,
  marketProfits: rules.scope === 'MARKET',
});

/**
 * The latest row of haircuts of each account `a`, as `h`: most are in the pool's newest settlement, which is one scan;
 * only an account that is not in it is looked up by itself. Sorting out the latest of all haircuts would cost more with
 * every settlement behind the pool. What was given back since the newest settlement is newer than it.
 */
export function latestHaircuts(poolId: number, newest: Newest | null): string {
  const columns = 'sequence, balance_after, borne_after, realized_after';
  const since = !newest
    ? `select account_no, ${columns} from haircuts where false`
    : newest.givenBack
      ? `select distinct on (account_no) account_no, ${columns} from haircuts
         where pool_id = ${poolId} and sequence >= ${newest.sequence} order by account_no, sequence desc, restores desc`
      : `select account_no, ${columns} from haircuts where pool_id = ${poolId} and sequence = ${newest.sequence}`;
  return `
    left join (${since}) n on n.account_no = a.account_no
    left join lateral (
      select ${columns} from haircuts o where ${newest ? 'n.account_no is null' : 'false'}
        and o.pool_id = ${poolId} and o.account_no = a.account_no order by o.sequence desc, o.restores desc limit 1) o on true
    cross join lateral (
      select coalesce(n.sequence, o.sequence) as sequence, coalesce(n.balance_after, o.balance_after) as balance_after,
        coalesce(n.borne_after, o.borne_after) as borne_after, coalesce(n.realized_after, o.realized_after) as realized_after) h`;
}

/** The newest settlement that has haircuts, and whether anything was given back since. */
interface Newest {
  readonly sequence: string;
  readonly givenBack: boolean;
}

export async function newestSettlement(sql: Sql, poolId: number): Promise<Newest | null> {
  const [row] = await sql<{ sequence: string; given_back: boolean }[]>`
    select s.sequence, exists (
      select from haircuts h where h.pool_id = ${poolId} and h.sequence > s.sequence) as given_back
    from settlements s where s.pool_id = ${poolId} and s.haircut_count > 0 order by s.sequence desc limit 1`;
  return row ? { sequence: row.sequence, givenBack: row.given_back } : null;
}

/** The cash of all accounts together, by the same rule. */
export async function readBalances(sql: Sql, poolId: number): Promise<bigint> {
  const newest = await newestSettlement(sql, poolId);
  const [row] = await sql.unsafe<{ balance: string }[]>(`
    select coalesce(sum(case when h.sequence > a.head_sequence then h.balance_after else a.balance end), 0) as balance
    from accounts a ${latestHaircuts(poolId, newest)} where a.pool_id = ${poolId}`);
  return BigInt(row!.balance);
}

/**
 * Every account's head and profit, where the profit is above zero and no position is without a mark. It says in sets
 * what the view account_state says of one account (a test compares them), because a settlement reads the whole pool:
 * one pass over positions, one over the newest haircuts, and the rows out by COPY.
 */
function profitsQuery(pool: LockedPool, newest: Newest | null, wanted: Wanted): string {
  const { poolId } = pool;
  const session = pool.rules.profitBasis === 'SESSION';
  const cut = pool.sessionSequence;
  const unit = `1e${pool.decimals}`;
  const pnl = 'sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price))';
  const sizes = `, floor(sum(position_notional(s.size, s.cost, m.contract_size, m.mark_price)) * ${unit}) as notional,
                   floor(sum(abs(s.cost)) * ${unit}) as cost`;
  // Past a session cut, what was borne before it counts no more.
  const burden = (column: string) => `
    case when greatest(h.sequence, a.head_sequence) <= ${cut} then 0
         when h.sequence > a.head_sequence then h.${column}_after else a.${column} end`;
  const gain = `(case when a.session_sequence = ${cut} then a.session_realized else 0 end
                 + coalesce(v.unrealized, 0) - coalesce(c.unrealized, 0))`;
  return `
    select a.account_no, a.ref, coalesce(v.unrealized, 0), h.sequence,
           case when h.sequence > a.head_sequence then h.balance_after else a.balance end,
           ${burden('borne')}, ${burden('realized')}, a.max_haircut_rate
           ${session ? `, ${gain}` : ''} ${wanted.sizes ? ', coalesce(v.notional, 0), coalesce(v.cost, 0)' : ''}
    from accounts a
    ${session ? 'left join' : 'join'} (
      select s.account_no, floor(${pnl} * ${unit}) as unrealized, bool_and(m.mark_price is not null) as marked ${wanted.sizes ? sizes : ''}
      from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
      where s.pool_id = ${poolId} and s.size <> 0
      group by s.account_no
      ${session ? '' : `having floor(${pnl} * ${unit}) > 0 and bool_and(m.mark_price is not null)`}
    ) v on v.account_no = a.account_no
    ${session ? `left join session_cuts c on c.pool_id = ${poolId} and c.account_no = a.account_no and c.sequence = ${cut}` : ''}
    ${latestHaircuts(poolId, newest)}
    where a.pool_id = ${poolId} and a.status = 'ACTIVE' and coalesce(v.marked, true) ${session ? `and ${gain} > 0` : ''}
    order by a.ref`;
}

/**
 * Plans for a whole pool, whatever the statistics say. A pool that was filled a moment ago looks empty to the planner,
 * and a nested loop over what it takes for one row is quadratic: minutes instead of a second.
 */
export async function planForWholePool(sql: Sql): Promise<void> {
  await sql`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
    set_config('plan_cache_mode', 'auto', true)`;
}

export async function planAsUsual(sql: Sql): Promise<void> {
  await sql`select set_config('enable_nestloop', 'on', true), set_config('plan_cache_mode', 'force_generic_plan', true)`;
}

/** Reads who can bear a loss, as columns and without an object each. */
export async function readBearers(sql: Sql, pool: LockedPool, wanted = wantedBy(pool)): Promise<PoolBearers> {
  const session = pool.rules.profitBasis === 'SESSION';
  const unrealized = new AtomColumn();
  const sizes: Sizes | null = wanted.sizes ? { notionals: new AtomColumn(), costs: new AtomColumn() } : null;
  const accountNos: number[] = [];
  const refs: string[] = [];
  const bearers = {
    accountNos,
    refs,
    balances: new AtomColumn(),
    unrealized,
    gains: session ? new AtomColumn() : unrealized,
    borne: new AtomColumn(),
    realized: new AtomColumn(),
    maxRates: new AtomColumn(),
    previousSequences: new AtomColumn(),
    sizes,
  };
  // COPY takes no parameters; what is put into the text are integers of our own.
  const newest = await newestSettlement(sql, pool.poolId);
  await planForWholePool(sql);
  const { maxHaircutRate } = pool.rules;
  for await (const line of copyOut(sql, profitsQuery(pool, newest, wanted))) {
    const [accountNo, ref, pnl, sequence, balance, borne, realized, ownRate, ...rest] = line.split(
      '\t',
    ) as string[];
    accountNos.push(Number(accountNo));
    refs.push(ref!);
    unrealized.push(BigInt(pnl!));
    bearers.balances.push(BigInt(balance!));
    bearers.borne.push(BigInt(borne!));
    bearers.realized.push(BigInt(realized!));
    bearers.maxRates.push(ownRate === NULL ? maxHaircutRate : min(maxHaircutRate, quantity(ownRate!)));
    bearers.previousSequences.push(sequence === NULL ? 0n : BigInt(sequence!));
    if (session) bearers.gains.push(BigInt(rest.shift()!));
    if (sizes) {
      sizes.notionals.push(BigInt(rest[0]!));
      sizes.costs.push(BigInt(rest[1]!));
    }
  }
  const marketProfits = wanted.marketProfits ? await readMarketProfits(sql, pool, accountNos) : null;
  await planAsUsual(sql);
  return { ...bearers, marketProfits };
}

/** In which markets the bearers are in profit, in their order and within each by symbol. */
async function readMarketProfits(
  sql: Sql,
  pool: LockedPool,
  accountNos: readonly number[],
): Promise<MarketProfits> {
  const index = indexByAccount(accountNos);
  const rows = {
    bearers: [] as number[],
    markets: [] as number[],
    pnls: new AtomColumn(),
    notionals: new AtomColumn(),
    costs: new AtomColumn(),
  };
  const unit = `1e${pool.decimals}`;
  const pnl = `floor(position_pnl(s.size, s.cost, m.contract_size, m.mark_price) * ${unit})`;
  const query = `
    select s.account_no, s.market_no, ${pnl},
           floor(position_notional(s.size, s.cost, m.contract_size, m.mark_price) * ${unit}), floor(abs(s.cost) * ${unit})
    from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
    join accounts a on a.pool_id = s.pool_id and a.account_no = s.account_no
    where s.pool_id = ${pool.poolId} and s.size <> 0 and ${pnl} > 0
    order by a.ref, m.symbol`;
  for await (const line of copyOut(sql, query)) {
    const [accountNo, marketNo, profit, notional, cost] = line.split('\t') as [
      string,
      string,
      string,
      string,
      string,
    ];
    const bearer = index.get(Number(accountNo));
    if (bearer === undefined) continue;
    rows.bearers.push(bearer);
    rows.markets.push(Number(marketNo));
    rows.pnls.push(BigInt(profit));
    rows.notionals.push(BigInt(notional));
    rows.costs.push(BigInt(cost));
  }
  return rows;
}

/** Where each account stands among the bearers. */
export function indexByAccount(accountNos: readonly number[]): Map<number, number> {
  return new Map(accountNos.map((accountNo, i) => [accountNo, i]));
}

export const NULL = '\\N';
