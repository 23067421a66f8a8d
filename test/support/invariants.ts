import type postgres from 'postgres';

/** The cuts of each pool, with the basis from there on: by startSession, and by the first rules and each other basis. */
const CUTS = `
  select pool_id, sequence, 'SESSION' as basis from journal where mutation = 'startSession'
  union all
  select pool_id, sequence, profit_basis from (
    select *, lag(profit_basis) over (partition by pool_id order by version) as before from pool_rules) r
    where profit_basis is distinct from before`;

/** The columns of rules, in a pool's row `p` and in a version's row `r`. */
const RULES = (row: string) =>
  'waterfall tiers method leverage_exponent max_leverage profit_basis scope overflow max_haircut_rate fund_reserve fund_cap operator_cap withdrawals_while_loss_open'
    .split(' ')
    .map((column) => `${row}.${column}`)
    .join(', ');

const KEYED = `'postTransfers', 'applyUpdates', 'contributeToFund', 'reportBankruptcy', 'settleLosses', 'recordRecovery',
  'reverseSettlement', 'updatePoolRules', 'haltPool', 'resumePool', 'withdrawFromFund', 'startSession', 'recordFills', 'liquidate'`;

/**
 * What must hold of the stored rows at any moment, whoever wrote them and whatever died meanwhile. Numbers as in
 * docs/invariants.md. Each query finds the rows that break its promise.
 */
const CHECKS: readonly (readonly [id: string, promise: string, query: string])[] = [
  [
    'I1',
    '0 < h ≤ w for every haircut, and h ≤ cap but for recourse; what is given back is below zero and weighs nothing',
    `select pool_id, sequence, account_no, amount, recourse, cap, profit, restores from haircuts
     where (case when restores is null
                 then 0 < amount and amount <= profit and 0 <= cap and cap <= profit and amount <= greatest(cap, recourse)
                 else amount < 0 and restores < sequence and num_nonnulls(profit, cap, weight) = 0 end) is not true
        or recourse not between 1 and abs(amount)`,
  ],
  [
    'I2',
    'the haircuts of a settlement sum to what it socialized and to its recourse, and it counts them',
    `select pool_id, sequence, s.socialized, s.recourse, s.haircut_count, h.amount, h.recourse as haircut_recourse, h.count
     from settlements s
     full join (select pool_id, sequence, sum(amount) as amount, coalesce(sum(recourse), 0) as recourse, count(*) as count
                from haircuts where restores is null group by 1, 2) h using (pool_id, sequence)
     where (s.socialized + s.recourse, s.recourse, s.haircut_count)
           is distinct from (coalesce(h.amount, 0), coalesce(h.recourse, 0), coalesce(h.count, 0))`,
  ],
  [
    'I3',
    'what the tiers pay and what stays uncovered is the deficit: of a settlement, of its part for an event, of an event',
    `select 'settlement' as what, pool_id, sequence from settlements
       where recourse + operator_capital + fund_draw + socialized + uncovered <> deficit or residual <> socialized + uncovered
     union all select 'part', pool_id, sequence from settlement_events
       where recourse + operator_capital + fund_draw + socialized + uncovered <> deficit
     union all select 'event', pool_id, sequence from loss_events
       where recourse + operator_capital + fund_draw + socialized + uncovered + recovered <> deficit`,
  ],
  [
    'I4',
    'a settlement goes by its version of the rules: it pays out of their tiers only, leaves the reserve and nothing above it, and takes what the capacity holds',
    `select s.pool_id, s.sequence, r.version, r.tiers, s.recourse, s.operator_capital, s.fund_draw, f.balance_after, s.socialized,
            s.haircut_capacity, s.uncovered
     from settlements s
     left join pool_rules r on r.pool_id = s.pool_id and r.version = s.rules_version
     left join lateral (select balance_after from fund_entries f where f.pool_id = s.pool_id and f.sequence <= s.sequence
                        order by f.sequence desc limit 1) f on true
     where (s.waterfall, s.method, s.profit_basis, s.max_haircut_rate)
             is distinct from (r.waterfall, r.method, r.profit_basis, r.max_haircut_rate)
        or (s.recourse > 0 and 'OWNER_RECOURSE' <> all (r.tiers))
        or (s.operator_capital > 0 and 'OPERATOR_CAPITAL' <> all (r.tiers))
        or (s.fund_draw > 0 and ('INSURANCE_FUND' <> all (r.tiers) or coalesce(f.balance_after, 0) < r.fund_reserve))
        or (s.residual > 0 and 'INSURANCE_FUND' = any (r.tiers) and r.fund_cap is null and f.balance_after > r.fund_reserve)
        or (s.socialized > 0 and 'SOCIALIZATION' <> all (r.tiers)) or s.socialized > s.haircut_capacity
        or (s.uncovered > 0 and s.socialized < s.haircut_capacity and 'SOCIALIZATION' = any (r.tiers)
            and not (r.scope = 'MARKET' and r.overflow = 'UNCOVERED'))`,
  ],
  [
    'I5',
    'no haircut makes equity negative, and only active accounts with every mark bear one (those of the last commit)',
    `select a.pool_id, a.ref, a.status, a.balance, a.unrealized, a.unmarked from account_state a
     join pools p using (pool_id)
     join haircuts h on h.pool_id = a.pool_id and h.account_no = a.account_no and h.sequence = p.sequence and h.restores is null
     where a.balance + a.unrealized < 0 or a.unmarked or a.status <> 'ACTIVE'`,
  ],
  [
    'I11',
    'the postings of every sequence sum to zero',
    `select pool_id, sequence, sum(amount) from postings group by pool_id, sequence having sum(amount) <> 0`,
  ],
  [
    'I12',
    'each balance is the sum of its postings less its haircuts, as far as they were not given back',
    `select a.pool_id, a.ref, a.balance, coalesce(p.total, 0) - coalesce(h.total, 0) as rows_say
     from account_head a
     left join (select pool_id, account_no, sum(amount) as total from postings where ledger = 'ACCOUNT' group by 1, 2) p
       using (pool_id, account_no)
     left join (select pool_id, account_no, sum(amount) as total from haircuts group by 1, 2) h using (pool_id, account_no)
     where a.balance <> coalesce(p.total, 0) - coalesce(h.total, 0)`,
  ],
  [
    'I13',
    'every posting and haircut of an account, and all that is given back, continues its balance',
    `select * from (
       select pool_id, account_no, sequence, balance_after,
              sum(amount) over (partition by pool_id, account_no order by sequence, posted, ordinal) as running
       from (select pool_id, account_no, sequence, true as posted, ordinal, amount, balance_after from postings
               where ledger = 'ACCOUNT'
             union all select pool_id, account_no, sequence, false, ordinal, -amount, balance_after from haircuts) steps) s
     where running <> balance_after`,
  ],
  [
    'I14',
    "the fund's entries chain without a break, never below zero, up to the pool's balance and as the postings say",
    `select 'chain' as what, pool_id, sequence from (
       select *, sum(amount) over (partition by pool_id order by sequence) as running from fund_entries) f
       where running <> balance_after or balance_after < 0
     union all select 'head', p.pool_id, p.sequence from pools p
       where p.fund_balance <> coalesce((select sum(amount) from fund_entries f where f.pool_id = p.pool_id), 0)
     union all select 'postings', coalesce(f.pool_id, p.pool_id), coalesce(f.sequence, p.sequence) from fund_entries f
       full join (select pool_id, sequence, sum(amount) as amount from postings where ledger = 'FUND' group by 1, 2) p
         using (pool_id, sequence) where f.amount is distinct from p.amount`,
  ],
  [
    'I15',
    'settlements, recoveries and reversals are posted as they were decided: outside, the fund, the bearers and each bankrupt',
    `with shares as (
       select e.*, l.account_no from settlement_events e
       join loss_events l on l.pool_id = e.pool_id and l.sequence = e.event_sequence),
     returned as (
       select s.*, case when c.sequence is null then 'REVERSAL' else 'RECOVERY' end as kind from returned_shares s
       left join recoveries c using (pool_id, sequence)),
     decided (pool_id, sequence, ledger, account_no, kind, amount) as (
       select pool_id, sequence, 'OUTSIDE', null::int, 'OPERATOR_CAPITAL', -operator_capital from settlements
       union all select pool_id, sequence, 'FUND', null, 'LOSS_DRAW', -fund_draw from settlements
       union all select pool_id, sequence, 'BEARERS', null, 'HAIRCUT', -recourse - socialized from settlements
       union all select pool_id, sequence, 'ACCOUNT', account_no, 'LOSS_COVER', deficit - uncovered from shares
       union all select pool_id, sequence, 'OUTSIDE', null, 'OPERATOR_CAPITAL', operator_capital from returned
       union all select pool_id, sequence, 'FUND', null, kind, fund_draw from returned
       union all select pool_id, sequence, 'BEARERS', null, kind, recourse + socialized from returned
       union all select pool_id, sequence, 'OUTSIDE', null, 'RECOVERY', -amount from recoveries
       union all select c.pool_id, c.sequence, 'ACCOUNT', l.account_no, 'RECOVERY', c.uncovered from recoveries c
         join loss_events l on l.pool_id = c.pool_id and l.sequence = c.event_sequence
       union all select r.pool_id, r.sequence, 'ACCOUNT', s.account_no, 'REVERSAL', s.uncovered - s.deficit from reversals r
         join shares s on s.pool_id = r.pool_id and s.sequence = r.settlement_sequence)
     select pool_id, sequence, ledger, account_no, kind, sum(amount) as posted_too_much from (
       select pool_id, sequence, ledger, account_no, kind, amount from postings
         join (select distinct pool_id, sequence from decided) d using (pool_id, sequence)
       union all select pool_id, sequence, ledger, account_no, kind, -amount from decided) b
     group by pool_id, sequence, ledger, account_no, kind having sum(amount) <> 0`,
  ],
  [
    'I16',
    'a bankrupt holds no position; its balance is minus what is uncovered of its one event, and what it got back of haircuts since',
    `select a.pool_id, a.ref, a.status, a.balance, a.borne, a.open_positions, l.uncovered, b.given_back
     from account_state a
     full join (select pool_id, account_no, sum(uncovered) as uncovered, min(sequence) as sequence, count(*) as events
                from loss_events group by 1, 2) l using (pool_id, account_no)
     left join lateral (
       select coalesce(-sum(h.amount), 0) as given_back from haircuts h
       where h.pool_id = l.pool_id and h.account_no = l.account_no and h.restores is not null and h.sequence > l.sequence) b on true
     where (a.status = 'BANKRUPT') is distinct from (l.events is not null)
        or (a.status = 'BANKRUPT' and (a.balance <> b.given_back - l.uncovered or a.open_positions <> 0 or a.borne <> 0
                                       or l.events <> 1))`,
  ],
  [
    'I17',
    'the sequence of a pool is gapless, and its journal ends where it stands',
    `select p.pool_id, p.sequence, count(j.sequence), max(j.sequence) from pools p left join journal j using (pool_id)
     group by p.pool_id having p.sequence <> count(j.sequence) or p.sequence <> coalesce(max(j.sequence), 0)
        or coalesce(min(j.sequence), 1) <> 1`,
  ],
  [
    'I18',
    'every row belongs to a commit of the mutation that writes such rows',
    `select r.what, r.pool_id, r.sequence, j.mutation from (
       select 'posting' as what, pool_id, sequence, array['postTransfers', 'applyUpdates', 'contributeToFund', 'withdrawFromFund',
              'reportBankruptcy', 'settleLosses', 'recordRecovery', 'reverseSettlement', 'recordFills', 'liquidate'] as by from postings
       union all select 'fill', pool_id, sequence, array['recordFills'] from fills
       union all select 'liquidation', pool_id, sequence, array['liquidate'] from liquidations
       union all select 'close', pool_id, sequence, array['liquidate'] from liquidation_closes
       union all select 'haircut', pool_id, sequence, case when restores is null then array['settleLosses']
              else array['recordRecovery', 'reverseSettlement'] end from haircuts
       union all select 'haircut part', pool_id, sequence, array['settleLosses'] from haircut_parts
       union all select 'settlement', pool_id, sequence, array['settleLosses'] from settlements
       union all select 'market share', pool_id, sequence, array['settleLosses'] from settlement_event_markets
       union all select 'recovery', pool_id, sequence, array['recordRecovery'] from recoveries
       union all select 'reversal', pool_id, sequence, array['reverseSettlement'] from reversals
       union all select 'returned share', pool_id, sequence, array['recordRecovery', 'reverseSettlement'] from returned_shares
       union all select 'event', pool_id, sequence, array['reportBankruptcy', 'liquidate'] from loss_events
       union all select 'fund entry', pool_id, sequence, case kind when 'LOSS_DRAW' then array['settleLosses']
              when 'WITHDRAWAL' then array['withdrawFromFund'] when 'RECOVERY' then array['recordRecovery']
              when 'REVERSAL' then array['reverseSettlement'] when 'LIQUIDATION_FEE' then array['liquidate', 'contributeToFund']
              else array['contributeToFund'] end from fund_entries
       union all select 'rules', pool_id, sequence, array['updatePoolRules'] from pool_rules where version > 1
       union all select 'session cut', pool_id, sequence, array['startSession', 'updatePoolRules'] from session_cuts
       union all select 'idempotency', pool_id, sequence, array[mutation] from idempotency_records
       union all select 'outbox', pool_id, sequence, case kind when 'LOSS_OPENED' then array['reportBankruptcy', 'liquidate']
              when 'RECOVERED' then array['recordRecovery'] when 'REVERSED' then array['reverseSettlement']
              when 'HALTED' then array['haltPool', 'haltItself'] when 'RESUMED' then array['resumePool']
              else array['settleLosses'] end
         from outbox) r
     left join journal j using (pool_id, sequence) where j.mutation is null or j.mutation <> all (r.by)`,
  ],
  [
    'I19',
    'each event opened, settlement, recovery, reversal, halt and resumption has one row in the outbox; it chains to the pool',
    `select 'rows' as what, coalesce(o.pool_id, n.pool_id) as pool_id, coalesce(o.sequence, n.sequence) as sequence from outbox o
       full join (select pool_id, sequence, 'LOSS_OPENED' as kind from loss_events
                  union all select pool_id, sequence, 'SETTLED' from settlements
                  union all select pool_id, sequence, 'RECOVERED' from recoveries
                  union all select pool_id, sequence, 'REVERSED' from reversals
                  union all select pool_id, sequence, 'HALTED' from journal where mutation in ('haltPool', 'haltItself')
                  union all select pool_id, sequence, 'RESUMED' from journal where mutation = 'resumePool') n using (pool_id, sequence)
       where o.kind is distinct from n.kind
     union all select 'chain', pool_id, sequence from (
       select *, lag(sequence) over (partition by pool_id order by sequence) as before from outbox) o
       where previous_sequence is distinct from before
     union all select 'head', p.pool_id, p.last_loss_sequence from pools p
       where p.last_loss_sequence is distinct from (select max(o.sequence) from outbox o where o.pool_id = p.pool_id)`,
  ],
  [
    'I96',
    'margin alerts are numbered without a gap up to the pool, and each goes on from the one before of its account',
    `select 'count' as what, p.pool_id, p.alert_count from pools p left join margin_alerts a using (pool_id)
       group by p.pool_id having p.alert_count <> count(a.alert_no) or p.alert_count <> coalesce(max(a.alert_no), 0)
     union all select 'chain', pool_id, alert_no from (
       select *, lag(alert_no) over w as before, coalesce(lag(health) over w, 'SAFE') as told from margin_alerts
       window w as (partition by pool_id, account_no order by alert_no)) a
       where previous_alert_no is distinct from before or previous_health <> told`,
  ],
  [
    'I20',
    'each keyed mutation that committed has one idempotency record, and no other has',
    `select j.pool_id, j.sequence, j.mutation, count(i.key) from journal j left join idempotency_records i using (pool_id, sequence)
     group by j.pool_id, j.sequence, j.mutation
     having count(i.key) <> case when j.mutation in (${KEYED}) then 1 else 0 end`,
  ],
  [
    'I21',
    'a settlement is the sum of its parts for events',
    `select s.pool_id, s.sequence from settlements s left join settlement_events e using (pool_id, sequence)
     group by s.pool_id, s.sequence
     having (s.deficit, s.recourse, s.operator_capital, s.fund_draw, s.socialized, s.uncovered)
       is distinct from (sum(e.deficit), sum(e.recourse), sum(e.operator_capital), sum(e.fund_draw), sum(e.socialized),
                         sum(e.uncovered))`,
  ],
  [
    'I22',
    'an event is settled round by round, each for exactly what was uncovered then, and its head is what settlements, recoveries and reversals come to',
    `with shares as (
       select e.*, r.sequence as reversed_at from settlement_events e
       left join reversals r on r.pool_id = e.pool_id and r.settlement_sequence = e.sequence),
     steps as (
       select pool_id, event_sequence, sequence, deficit - uncovered as covered, uncovered as leaves from shares
       union all select pool_id, event_sequence, reversed_at, uncovered - deficit, null from shares where reversed_at is not null
       union all select pool_id, event_sequence, sequence, uncovered, null from recoveries),
     returned as (
       select pool_id, event_sequence, sum(recourse) as recourse, sum(operator_capital) as operator_capital,
              sum(fund_draw) as fund_draw, sum(socialized) as socialized from returned_shares group by 1, 2),
     heads as (
       select pool_id, event_sequence, count(*) as rounds, count(*) filter (where reversed_at is null) as standing,
              sum(recourse) as recourse, sum(operator_capital) as operator_capital, sum(fund_draw) as fund_draw,
              sum(socialized) as socialized from shares group by 1, 2)
     select 'left' as what, s.pool_id, s.event_sequence, s.sequence from (
         select *, sum(covered) over (partition by pool_id, event_sequence order by sequence) as covered_by_then from steps) s
       join loss_events l on l.pool_id = s.pool_id and l.sequence = s.event_sequence
       where s.leaves <> l.deficit - s.covered_by_then
     union all select 'round', pool_id, event_sequence, sequence from (
         select *, row_number() over (partition by pool_id, event_sequence order by sequence) as nth from shares) s
       where round <> nth
     union all select 'head', l.pool_id, l.sequence, null from loss_events l
       left join heads h on h.pool_id = l.pool_id and h.event_sequence = l.sequence
       left join returned r on r.pool_id = l.pool_id and r.event_sequence = l.sequence
       left join (select pool_id, event_sequence, sum(covered) as covered from steps group by 1, 2) c
         on c.pool_id = l.pool_id and c.event_sequence = l.sequence
       where (l.rounds, l.standing, l.recourse, l.operator_capital, l.fund_draw, l.socialized) is distinct from
             (coalesce(h.rounds, 0), coalesce(h.standing, 0), coalesce(h.recourse, 0) - coalesce(r.recourse, 0),
              coalesce(h.operator_capital, 0) - coalesce(r.operator_capital, 0),
              coalesce(h.fund_draw, 0) - coalesce(r.fund_draw, 0), coalesce(h.socialized, 0) - coalesce(r.socialized, 0))
          or l.uncovered <> l.deficit - coalesce(c.covered, 0)
          or l.recovered <> coalesce((select sum(c.amount) from recoveries c
                                      where c.pool_id = l.pool_id and c.event_sequence = l.sequence), 0)
          or l.status <> case when l.uncovered = 0 then 'SETTLED' when l.standing = 0 then 'OPEN' else 'PARTIALLY_COVERED' end`,
  ],
  [
    'I23',
    "an account's notices chain: each names the one before; within a commit they are in byte order of refs, then of settlements",
    `select 'chain' as what, pool_id, sequence, account_no from (
       select *, lag(sequence) over (partition by pool_id, account_no order by sequence, restores) as before from haircuts) h
       where previous_sequence is distinct from before
     union all select 'order', pool_id, sequence, account_no from (
       select h.*, row_number() over (partition by h.pool_id, h.sequence order by a.ref collate "C", h.restores) as rank
       from haircuts h left join accounts a using (pool_id, account_no)) h where ordinal <> rank`,
  ],
  [
    'I24',
    'b rises by haircuts and falls by what is given back of those it counts; until the next cut it is offset by realized PnL and ends where the account is flat, but in a session stands',
    `with cuts as (${CUTS}),
     spans as (
       select pool_id, basis, sequence as since, lead(sequence) over (partition by pool_id order by sequence) as until from cuts),
     -- Haircuts, what was given back, and realized PnL in their order; last what is stored as the head.
     steps as (
       select pool_id, account_no, sequence, restores, amount, borne_after as borne, realized_after as realized, 0 as pnl
         from haircuts
       union all select pool_id, account_no, sequence, null, null, null, null, amount from postings
         where ledger = 'ACCOUNT' and kind = 'REALIZED_PNL'
       union all select pool_id, account_no, 9223372036854775807, null, 0, borne, realized, 0 from account_head),
     offsets as (
       select s.*, t.basis, t.since, sum(case t.basis when 'UNREALIZED' then s.pnl else 0 end) over (
           partition by s.pool_id, s.account_no, t.since order by s.sequence, s.restores) as total
       from steps s join spans t on t.pool_id = s.pool_id and s.sequence >= t.since and (t.until is null or s.sequence < t.until)),
     linked as (
       select *, coalesce(lag(borne) over w, 0) as borne_before,
              case when lag(borne) over w > 0 then lag(realized) over w + total - lag(total) over w else 0 end as offset_before,
              -- The last haircut with which b began anew.
              max(sequence) filter (where amount > 0 and borne = amount)
                over (w rows between unbounded preceding and 1 preceding) as anew
       from offsets where amount is not null window w as (partition by pool_id, account_no, since order by sequence, restores)),
     expected as (
       select *, case when amount >= 0 then borne_before + amount
                      when restores >= greatest(since, anew) then greatest(0, borne_before + amount)
                      else borne_before end as carried,
              basis = 'UNREALIZED' or exists (select from loss_events l where l.pool_id = linked.pool_id
                and l.account_no = linked.account_no and l.sequence < linked.sequence) as may_end
       from linked)
     select pool_id, account_no, sequence, amount, borne, realized, borne_before, offset_before from expected
     where not (borne = carried and realized = case when borne = 0 then 0 else offset_before end
                and (amount <= 0 or borne_before > greatest(0, offset_before)))
       and not (borne = greatest(0, amount) and realized = 0 and (may_end or borne_before = 0))
     union all
     select a.pool_id, a.account_no, null, null, a.borne, a.realized, null, null from account_state a join pools p using (pool_id)
     where p.profit_basis = 'UNREALIZED' and a.open_positions = 0 and a.borne <> 0`,
  ],
  [
    'I25',
    'no head is ahead of its pool, and a haircut newer than a head, or what was given back, is what counts',
    `select a.pool_id, a.ref, a.head_sequence from accounts a join pools p using (pool_id) where a.head_sequence > p.sequence
     union all
     select a.pool_id, a.ref, null from account_head a join (
       select distinct on (pool_id, account_no) pool_id, account_no, balance_after from (
         select pool_id, account_no, sequence, true as posted, ordinal, balance_after from postings where ledger = 'ACCOUNT'
         union all select pool_id, account_no, sequence, false, ordinal, balance_after from haircuts) b
       order by pool_id, account_no, sequence desc, posted desc, ordinal desc) last using (pool_id, account_no)
     where a.balance <> last.balance_after`,
  ],
  [
    'I27',
    'rows name accounts and markets of their pool, and a closed position costs nothing',
    `select 'account' as what, r.pool_id, r.account_no as no from (
       select pool_id, account_no from positions union select pool_id, account_no from haircuts
       union select pool_id, account_no from session_cuts
       union select pool_id, account_no from postings where account_no is not null) r
       where not exists (select from accounts a where a.pool_id = r.pool_id and a.account_no = r.account_no)
     union all select 'market', r.pool_id, r.market_no from (
       select pool_id, market_no from positions union select pool_id, market_no from settlement_marks
       union select pool_id, market_no from loss_event_markets
       union select pool_id, market_no from settlement_parts where market_no is not null) r
       where not exists (select from markets m where m.pool_id = r.pool_id and m.market_no = r.market_no)
     union all select 'closed', pool_id, account_no from positions where size = 0 and cost <> 0`,
  ],
  [
    'I28',
    'accounts and markets are numbered without a gap up to the counts of the pool',
    `select p.pool_id, p.account_count, p.market_count from pools p
     where p.account_count <> (select count(*) from accounts a where a.pool_id = p.pool_id)
        or p.account_count <> (select coalesce(max(account_no), 0) from accounts a where a.pool_id = p.pool_id)
        or p.market_count <> (select count(*) from markets m where m.pool_id = p.pool_id)
        or p.market_count <> (select coalesce(max(market_no), 0) from markets m where m.pool_id = p.pool_id)`,
  ],
  [
    'I70',
    "the versions of a pool's rules are gapless, one a commit of updatePoolRules; the last is the pool's; a settlement used the one in force",
    `select 'versions' as what, p.pool_id, p.rules_version as version from pools p
       left join (select pool_id, count(*) as count, min(version) as first, max(version) as last from pool_rules group by 1) r
         using (pool_id)
       where (r.count, r.first, r.last) is distinct from (p.rules_version::bigint, 1, p.rules_version)
          or p.rules_version - 1 <> (select count(*) from journal j where j.pool_id = p.pool_id and j.mutation = 'updatePoolRules')
     union all select 'order', pool_id, version from (
       select *, lag(sequence, 1, -1::bigint) over (partition by pool_id order by version) as before from pool_rules) r
       where sequence <= before
     union all select 'present', p.pool_id, p.rules_version from pools p
       left join pool_rules r on r.pool_id = p.pool_id and r.version = p.rules_version
       where (${RULES('p')}) is distinct from (${RULES('r')})
     union all select 'settlement', s.pool_id, s.rules_version from settlements s
       where s.rules_version <> (select max(r.version) from pool_rules r
                                 where r.pool_id = s.pool_id and r.sequence < s.sequence)`,
  ],
  [
    'I71',
    'what the fund and the operator pay for an event is within the caps of the rules, over all its settlements and less what came back',
    `with steps as (
       select pool_id, event_sequence, sequence, fund_draw, operator_capital from settlement_events
       union all select pool_id, event_sequence, sequence, -fund_draw, -operator_capital from returned_shares),
     paid as (
       select *, sum(fund_draw) over w as fund_paid, sum(operator_capital) over w as operator_paid from steps
       window w as (partition by pool_id, event_sequence order by sequence))
     select p.*, r.fund_cap, r.operator_cap from paid p join settlements s using (pool_id, sequence)
     join pool_rules r on r.pool_id = s.pool_id and r.version = s.rules_version
     where (p.fund_draw > 0 and p.fund_paid > r.fund_cap) or (p.operator_capital > 0 and p.operator_paid > r.operator_cap)`,
  ],
  [
    'I72',
    'the allocations of a settlement sum to what accounts gave up; where there are several, each haircut and each allocation is the sum of its parts',
    `with divided as (
       select pool_id, sequence from settlement_parts group by 1, 2 having count(*) > 1 or bool_or(scope <> 'POOL')),
     parts as (
       select x.*, p.scope from haircut_parts x left join settlement_parts p using (pool_id, sequence, part))
     select 'settlement' as what, s.pool_id, s.sequence, null::int as no from settlements s
       left join (select pool_id, sequence, sum(loss) as loss, sum(loss) filter (where scope = 'RECOURSE') as recourse,
                         count(*) as count, max(part) as last from settlement_parts group by 1, 2) p using (pool_id, sequence)
       where exists (select from settlement_roots r where r.pool_id = s.pool_id and r.sequence = s.sequence)
             and (s.socialized + s.recourse, s.recourse, p.last::bigint)
             is distinct from (p.loss, coalesce(p.recourse, 0), p.count)
     union all select 'only part', s.pool_id, s.sequence, p.part from settlements s join settlement_parts p using (pool_id, sequence)
       left join divided d using (pool_id, sequence)
       where d.sequence is null and (p.profit_total, p.capacity) <> (s.profit_total, s.haircut_capacity)
     union all select 'part', pool_id, sequence, part
       from (select p.* from settlement_parts p join divided using (pool_id, sequence)) p
       full join (select pool_id, sequence, part, sum(amount) as amount from parts group by 1, 2, 3) x
         using (pool_id, sequence, part) where p.loss is distinct from x.amount
     union all select 'haircut', pool_id, sequence, ordinal
       from (select h.* from haircuts h join divided using (pool_id, sequence)) h
       full join (select pool_id, sequence, ordinal, sum(amount) as amount,
                         sum(amount) filter (where scope = 'RECOURSE') as recourse from parts group by 1, 2, 3) x
         using (pool_id, sequence, ordinal) where (h.amount, h.recourse) is distinct from (x.amount, x.recourse)`,
  ],
  [
    'I73',
    'no haircut gives back more than it took, as recourse and as a share, and no settlement more than its share of an event; accounts get back what is returned',
    `with given as (
       select pool_id, account_no, sequence, restores, -amount as amount, coalesce(recourse, 0) as recourse from haircuts
       where restores is not null)
     select 'haircut' as what, g.pool_id, g.restores as sequence, g.account_no from (
         select pool_id, account_no, restores, sum(amount) as amount, sum(recourse) as recourse from given group by 1, 2, 3) g
       left join haircuts h on h.pool_id = g.pool_id and h.account_no = g.account_no and h.sequence = g.restores and h.restores is null
       where h.amount is null or g.recourse > coalesce(h.recourse, 0) or g.amount - g.recourse > h.amount - coalesce(h.recourse, 0)
     union all select 'share', r.pool_id, r.settlement_sequence, null from (
         select pool_id, event_sequence, settlement_sequence, sum(recourse) as recourse, sum(operator_capital) as operator_capital,
                sum(fund_draw) as fund_draw, sum(socialized) as socialized from returned_shares group by 1, 2, 3) r
       left join settlement_events e on e.pool_id = r.pool_id and e.event_sequence = r.event_sequence
         and e.sequence = r.settlement_sequence
       where e.sequence is null or r.recourse > e.recourse or r.operator_capital > e.operator_capital
          or r.fund_draw > e.fund_draw or r.socialized > e.socialized
     union all select 'commit', pool_id, sequence, null from (
         select pool_id, sequence, restores as of, sum(amount) as amount, sum(recourse) as recourse from given group by 1, 2, 3) g
       full join (
         select pool_id, sequence, settlement_sequence as of, sum(recourse + socialized) as amount, sum(recourse) as recourse
         from returned_shares group by 1, 2, 3) r using (pool_id, sequence, of)
       where (coalesce(g.amount, 0), coalesce(g.recourse, 0)) <> (coalesce(r.amount, 0), coalesce(r.recourse, 0))`,
  ],
  [
    'I74',
    'a recovery goes to those whom it repays of its one event; a reversal undoes all of its settlement, once and before anything else was built on it',
    `select 'recovery' as what, c.pool_id, c.sequence from recoveries c left join returned_shares r using (pool_id, sequence)
       group by c.pool_id, c.sequence
       having c.amount <> c.uncovered + coalesce(sum(r.recourse + r.operator_capital + r.fund_draw + r.socialized), 0)
          or bool_or(r.event_sequence <> c.event_sequence)
     union all select 'reversal', v.pool_id, v.sequence from reversals v
       join settlement_events e on e.pool_id = v.pool_id and e.sequence = v.settlement_sequence
       left join returned_shares r on r.pool_id = v.pool_id and r.sequence = v.sequence
         and r.settlement_sequence = e.sequence and r.event_sequence = e.event_sequence
       where (r.recourse, r.operator_capital, r.fund_draw, r.socialized)
             is distinct from (e.recourse, e.operator_capital, e.fund_draw, e.socialized)
     union all select 'twice', pool_id, settlement_sequence from reversals group by pool_id, settlement_sequence having count(*) > 1
     union all select 'built on', v.pool_id, v.sequence from reversals v
       join settlement_events e on e.pool_id = v.pool_id and e.sequence = v.settlement_sequence
       join settlement_events n on n.pool_id = e.pool_id and n.event_sequence = e.event_sequence
         and n.sequence between e.sequence + 1 and v.sequence
       left join reversals w on w.pool_id = n.pool_id and w.settlement_sequence = n.sequence and w.sequence < v.sequence
       where w.sequence is null
     union all select 'of nothing', r.pool_id, r.sequence from returned_shares r
       where not exists (select from recoveries c where c.pool_id = r.pool_id and c.sequence = r.sequence)
         and not exists (select from reversals v where v.pool_id = r.pool_id and v.sequence = r.sequence
                           and v.settlement_sequence = r.settlement_sequence)`,
  ],
  [
    'I75',
    'a settlement that commits has a tree whose leaves are its haircuts, a root, a seed and its allocations; one that does not has none of them',
    `with chunks as (
       select *, string_to_array(leaves, chr(10)) as lines, lag(first) over (partition by pool_id, sequence order by chunk) as before
       from settlement_leaves)
     select 'whole' as what, s.pool_id, s.sequence from settlements s
       left join settlement_roots r using (pool_id, sequence) left join settlement_seeds d using (pool_id, sequence)
       left join (select pool_id, sequence, count(*) as count, max(chunk) as last, sum(sum) as total, sum(cardinality(lines)) as leaves
                  from chunks group by 1, 2) l using (pool_id, sequence)
       where case when r.root is null then num_nonnulls(d.seed, l.count) > 0
                    or exists (select from settlement_parts p where p.pool_id = s.pool_id and p.sequence = s.sequence)
                  else num_nulls(d.seed, l.count) > 0 or (l.total, l.leaves, l.last + 1)
                    is distinct from (s.socialized + s.recourse, s.haircut_count::bigint, l.count) end
     union all select 'chunk', pool_id, sequence from chunks
       where first <= before or first <> split_part(lines[1], ' ', 1)
          or sum <> (select sum(split_part(line, ' ', 2)::numeric) from unnest(lines) as line)
     union all select 'leaves', pool_id, sequence
       from (select pool_id, sequence, split_part(line, ' ', 2)::numeric as amount, count(*) as count
             from chunks cross join unnest(lines) as line group by 1, 2, 3) l
       full join (select h.pool_id, h.sequence, h.amount, count(*) as count from haircuts h join settlement_roots r using (pool_id, sequence)
                  where h.restores is null group by 1, 2, 3) h using (pool_id, sequence, amount)
       where l.count is distinct from h.count`,
  ],
  [
    'I76',
    "a pool stands in the session that it last cut, and an account's register is the PnL that it realized since",
    `with cuts as (select pool_id, sequence from (${CUTS}) c where sequence > 0)
     select 'pool' as what, p.pool_id, null::int as account_no, p.session_sequence as sequence from pools p
       where p.session_sequence <> coalesce((select max(c.sequence) from cuts c where c.pool_id = p.pool_id), 0)
     union all select 'cut', s.pool_id, s.account_no, s.sequence from session_cuts s left join cuts c using (pool_id, sequence)
       where c.sequence is null or s.unrealized = 0
     union all select 'session', a.pool_id, a.account_no, a.session_sequence from accounts a
       left join cuts c on c.pool_id = a.pool_id and c.sequence = a.session_sequence
       where a.session_sequence <> 0 and c.sequence is null
     union all select 'realized', a.pool_id, a.account_no, null from account_head a left join (
         select r.pool_id, r.account_no, sum(r.amount) as total from postings r join pools p using (pool_id)
         where r.kind = 'REALIZED_PNL' and p.profit_basis = 'SESSION' and r.sequence > p.session_sequence group by 1, 2) r
         using (pool_id, account_no)
       where a.status <> 'BANKRUPT' and a.session_realized <> coalesce(r.total, 0)`,
  ],
];

const ZERO_SUM = [
  'I26',
  'the sizes of every market add up to zero, as they did before',
  `select pool_id, market_no, sum(size) from positions group by pool_id, market_no having sum(size) <> 0`,
] as const;

export interface InvariantOptions {
  /** The book was made of trades between its accounts: every market's sizes must add up to zero. */
  readonly zeroSum?: boolean;
}

/** The promises that the rows of all pools break, each with the first rows that do; empty when all is well. */
export async function checkInvariants(
  sql: postgres.Sql,
  { zeroSum = false }: InvariantOptions = {},
): Promise<string[]> {
  const checks = zeroSum ? [...CHECKS, ZERO_SUM] : CHECKS;
  // One snapshot, so that it may be asked while others write; the statements go out in one pipeline.
  const found = await sql.begin('isolation level repeatable read read only', (tx) =>
    Promise.all(checks.map(([, , query]) => tx.unsafe(`select * from (${query}) broken limit 3`))),
  );
  return found.flatMap((rows, i) => {
    const [id, promise] = checks[i]!;
    return rows.length === 0 ? [] : [`${id} ${promise}: ${JSON.stringify(rows)}`];
  });
}

const TABLES = [
  'pools',
  'pool_rules',
  'journal',
  'idempotency_records',
  'markets',
  'accounts',
  'session_cuts',
  'positions',
  'postings',
  'fund_entries',
  'loss_events',
  'loss_event_markets',
  'settlements',
  'settlement_events',
  'settlement_event_markets',
  'fills',
  'liquidations',
  'liquidation_closes',
  'margin_alerts',
  'simulations',
  'simulation_data',
  'settlement_forecasts',
  'settlement_parts',
  'settlement_marks',
  'settlement_leaves',
  'settlement_roots',
  'settlement_seeds',
  'haircuts',
  'haircut_parts',
  'recoveries',
  'reversals',
  'returned_shares',
  'outbox',
  'pool_audits',
];

/** Every row of every table as text: equal before and after where nothing was written. */
export async function dump(sql: postgres.Sql): Promise<string> {
  const parts = TABLES.map((table) => `select '${table}' as t, r::text as r from ${table} r`);
  const rows = await sql.unsafe(`select t || r as line from (${parts.join(' union all ')}) d order by t, r`);
  return rows.map((row) => row.line).join('\n');
}
