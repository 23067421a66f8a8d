import type postgres from 'postgres';
import { DECIMALS, POOL_ID } from './pool.ts';

export const FLOOR =
  'one transaction of bare SQL on a copy of the same database. It scans the same profits, inserts the same haircut rows into a ' +
  'table with nothing but its primary key, and updates the same balances. It rounds down and hands out no left-over atoms, ' +
  'and has no postings, no notices and no checks.';

/** Tables with nothing but their keys, and the accounts as they stand. Returns the loss to share, in atoms. */
export async function prepareFloor(sql: postgres.Sql): Promise<bigint> {
  await sql.unsafe(`
    create table floor_accounts as
      select pool_id, account_no, ref, status, balance, borne from account_head;
    alter table floor_accounts add primary key (pool_id, account_no);
    create table floor_haircuts (
      pool_id integer not null, sequence bigint not null, ordinal integer not null, account_no integer not null,
      previous_sequence bigint, profit numeric not null, cap numeric not null, amount numeric(38, 0) not null,
      balance_after numeric(38, 0) not null, borne_after numeric(38, 0) not null, realized_after numeric(38, 0) not null,
      primary key (pool_id, sequence, ordinal))`);
  await sql.unsafe('vacuum (analyze) floor_accounts');
  await sql.unsafe('checkpoint');
  const [row] = await sql.unsafe(
    `select sum(uncovered) as loss from loss_events where pool_id = ${POOL_ID} and status = 'OPEN'`,
  );
  return BigInt(row!.loss);
}

/** The least that settling in place could cost. */
export async function settleBare(sql: postgres.Sql, loss: bigint): Promise<void> {
  const [{ sequence, previous }] = (await sql.unsafe(`
    select p.sequence + 1 as sequence, (select max(sequence) from settlements s where s.pool_id = p.pool_id) as previous
    from pools p where p.pool_id = ${POOL_ID}`)) as unknown as [
    { sequence: string; previous: string | null },
  ];
  await sql.begin('isolation level read committed', async (tx) => {
    await tx.unsafe(`
      insert into floor_haircuts
      with profits as materialized (
        select a.account_no, a.ref, a.balance, a.borne, greatest(0, least(v.unrealized - a.borne, a.balance + v.unrealized)) as profit
        from (
          select s.account_no, floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1e${DECIMALS}) as unrealized
          from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
          where s.pool_id = ${POOL_ID} and s.size <> 0
          group by s.account_no
          having sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) > 0
        ) v
        join floor_accounts a on a.pool_id = ${POOL_ID} and a.account_no = v.account_no and a.status = 'ACTIVE'),
      total as (select sum(profit) as profit from profits),
      shares as (select p.*, div(${loss} * p.profit, t.profit) as amount from profits p, total t)
      select ${POOL_ID}, ${sequence}, row_number() over (order by ref), account_no, ${previous ?? 'null::bigint'}, profit, profit,
             amount, balance - amount, borne + amount, 0
      from shares where amount > 0`);
    await tx.unsafe(`
      update floor_accounts a set balance = h.balance_after, borne = h.borne_after
      from floor_haircuts h
      where h.pool_id = ${POOL_ID} and h.sequence = ${sequence} and a.pool_id = h.pool_id and a.account_no = h.account_no`);
  });
}
