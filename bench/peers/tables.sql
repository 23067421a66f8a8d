-- What an honest user of PostGraphile would add: views with amounts in units of the asset, keys and relations as smart tags. Equity
-- is an expression and the names of others are columns, so that who does not select them does not pay for them.
create schema peer;
create view peer.accounts as
  select a.pool_id, a.account_no, a.ref, a.owner, a.status, b.balance * 0.000001 as balance,
         (b.balance + coalesce((
           select floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1000000)
           from public.positions s join public.markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
           where s.pool_id = a.pool_id and s.account_no = a.account_no and s.size <> 0), 0)) * 0.000001 as equity
  from public.accounts a
  left join lateral (
    select h.sequence, h.balance_after from public.haircuts h
    where h.pool_id = a.pool_id and h.account_no = a.account_no order by h.sequence desc, h.restores desc limit 1) l on true
  cross join lateral (select case when l.sequence > a.head_sequence then l.balance_after else a.balance end) b(balance);
create view peer.positions as
  select s.pool_id, s.account_no, s.market_no, m.symbol as market, trim_scale(s.size) as size
  from public.positions s join public.markets m on m.pool_id = s.pool_id and m.market_no = s.market_no where s.size <> 0;
create view peer.haircuts as
  select h.pool_id, h.sequence, h.ordinal, h.account_no, h.amount * 0.000001 as amount, h.profit * 0.000001 as profit,
         h.balance_after * 0.000001 as balance_after, a.ref as account
  from public.haircuts h join public.accounts a on a.pool_id = h.pool_id and a.account_no = h.account_no where h.restores is null;
comment on view peer.accounts is E'@primaryKey pool_id,account_no\n@unique pool_id,ref';
comment on view peer.positions is
  E'@primaryKey pool_id,account_no,market_no\n@foreignKey (pool_id,account_no) references accounts (pool_id,account_no)|@foreignFieldName positions|@foreignSimpleFieldName positionsList\n@behavior +list';
comment on view peer.haircuts is
  E'@primaryKey pool_id,sequence,ordinal\n@foreignKey (pool_id,account_no) references accounts (pool_id,account_no)|@fieldName ofAccount|@foreignFieldName haircuts';
