-- What an honest user of PostGraphile would add: views with amounts in units of the asset, keys and relations as smart tags.
create schema peer;
create view peer.accounts as
  select a.pool_id, a.account_no, a.ref, a.owner, a.status, a.balance * 0.000001 as balance,
         (a.balance + a.unrealized) * 0.000001 as equity
  from public.account_state a;
create view peer.positions as
  select s.pool_id, s.account_no, s.market_no, m.symbol as market, trim_scale(s.size) as size
  from public.positions s join public.markets m on m.pool_id = s.pool_id and m.market_no = s.market_no where s.size <> 0;
create view peer.haircuts as
  select h.pool_id, h.sequence, h.ordinal, h.account_no, h.amount * 0.000001 as amount, h.profit * 0.000001 as profit,
         h.balance_after * 0.000001 as balance_after
  from public.haircuts h where h.restores is null;
comment on view peer.accounts is E'@primaryKey pool_id,account_no\n@unique pool_id,ref';
comment on view peer.positions is
  E'@primaryKey pool_id,account_no,market_no\n@foreignKey (pool_id,account_no) references accounts (pool_id,account_no)|@foreignFieldName positions|@foreignSimpleFieldName positionsList';
comment on view peer.haircuts is
  E'@primaryKey pool_id,sequence,ordinal\n@foreignKey (pool_id,account_no) references accounts (pool_id,account_no)|@fieldName account|@foreignFieldName haircuts';
