import type postgres from 'postgres';

/**
 * What must hold of the stored rows at any moment, whoever wrote them and whatever died meanwhile. Numbers as in
 * docs/invariants.md. Each query finds the rows that break its promise.
 */
const CHECKS: readonly (readonly [id: string, promise: string, query: string])[] = [
  [
    'I1',
    '0 < h ≤ cap ≤ w for every haircut row',
    `select pool_id, sequence, account_no, amount, cap, profit from haircuts where not (0 < amount and amount <= cap and cap <= profit)`,
  ],
  [
    'I2',
    'the haircuts of a settlement sum to what it socialized, and it counts them',
    `select s.pool_id, s.sequence, s.socialized, sum(h.amount) as haircuts, s.haircut_count, count(h.amount)
     from settlements s left join haircuts h using (pool_id, sequence) group by s.pool_id, s.sequence
     having s.socialized <> coalesce(sum(h.amount), 0) or s.haircut_count <> count(h.amount)`,
  ],
  [
    'I3',
    'draw + socialized + uncovered is the deficit: of a settlement, of its part for an event, of an event',
    `select 'settlement' as what, pool_id, sequence from settlements
       where fund_draw + socialized + uncovered <> deficit or residual <> deficit - fund_draw
     union all select 'part', pool_id, sequence from settlement_events where fund_draw + socialized + uncovered <> deficit
     union all select 'event', pool_id, sequence from loss_events where fund_draw + socialized + uncovered <> deficit`,
  ],
  [
    'I4',
    'a settlement leaves the reserve in the fund, draws by its waterfall, and takes no more than the capacity',
    `select s.pool_id, s.sequence, s.waterfall, s.fund_draw, s.socialized, f.balance_after
     from settlements s join pools p using (pool_id)
     left join fund_entries f on f.pool_id = s.pool_id and f.sequence = s.sequence
     where (s.fund_draw > 0 and (f.balance_after is null or f.balance_after < p.fund_reserve))
        or (s.waterfall = 'SOCIALIZE_ONLY' and s.fund_draw <> 0) or (s.waterfall = 'FUND_ONLY' and s.socialized <> 0)
        or s.socialized > s.haircut_capacity
        or (s.waterfall <> 'FUND_ONLY' and s.uncovered > 0 and s.socialized <> s.haircut_capacity)`,
  ],
  [
    'I5',
    'no haircut makes equity negative, and only active accounts with every mark bear one (those of the last commit)',
    `select a.pool_id, a.ref, a.status, a.balance, a.unrealized, a.unmarked from account_state a
     join pools p using (pool_id)
     join haircuts h on h.pool_id = a.pool_id and h.account_no = a.account_no and h.sequence = p.sequence
     where a.balance + a.unrealized < 0 or a.unmarked or a.status <> 'ACTIVE'`,
  ],
  [
    'I11',
    'the postings of every sequence sum to zero',
    `select pool_id, sequence, sum(amount) from postings group by pool_id, sequence having sum(amount) <> 0`,
  ],
  [
    'I12',
    'each balance is the sum of its postings less its haircuts',
    `select a.pool_id, a.ref, a.balance, coalesce(p.total, 0) - coalesce(h.total, 0) as rows_say
     from account_head a
     left join (select pool_id, account_no, sum(amount) as total from postings where ledger = 'ACCOUNT' group by 1, 2) p
       using (pool_id, account_no)
     left join (select pool_id, account_no, sum(amount) as total from haircuts group by 1, 2) h using (pool_id, account_no)
     where a.balance <> coalesce(p.total, 0) - coalesce(h.total, 0)`,
  ],
  [
    'I13',
    'every posting and haircut of an account continues its balance',
    `select * from (
       select pool_id, account_no, sequence, balance_after,
              sum(amount) over (partition by pool_id, account_no order by sequence, ordinal) as running
       from (select pool_id, account_no, sequence, ordinal, amount, balance_after from postings where ledger = 'ACCOUNT'
             union all select pool_id, account_no, sequence, 0, -amount, balance_after from haircuts) steps) s
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
    'a settlement is posted as it was decided: the fund, the bearers and each bankrupt',
    `select s.pool_id, s.sequence, 'fund or bearers' as what from settlements s
       left join postings f on f.pool_id = s.pool_id and f.sequence = s.sequence and f.ledger = 'FUND'
       left join postings b on b.pool_id = s.pool_id and b.sequence = s.sequence and b.ledger = 'BEARERS'
       where coalesce(f.amount, 0) <> -s.fund_draw or coalesce(b.amount, 0) <> -s.socialized
     union all
     select e.pool_id, e.sequence, 'bankrupt ' || l.ref from settlement_events e
       join loss_events l on l.pool_id = e.pool_id and l.sequence = e.event_sequence
       left join postings p on p.pool_id = e.pool_id and p.sequence = e.sequence and p.account_no = l.account_no
       where coalesce(p.amount, 0) <> e.fund_draw + e.socialized`,
  ],
  [
    'I16',
    'a bankrupt holds no position and its balance is minus what stayed uncovered of its one event',
    `select a.pool_id, a.ref, a.status, a.balance, a.open_positions, l.uncovered
     from account_state a full join (select pool_id, account_no, sum(uncovered) as uncovered, count(*) as events
                                     from loss_events group by 1, 2) l using (pool_id, account_no)
     where (a.status = 'BANKRUPT') is distinct from (l.events is not null)
        or (a.status = 'BANKRUPT' and (a.balance <> -l.uncovered or a.open_positions <> 0 or a.borne <> 0 or l.events <> 1))`,
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
       select 'posting' as what, pool_id, sequence, array['postTransfers', 'applyUpdates', 'contributeToFund', 'reportBankruptcy', 'settleLosses'] as by from postings
       union all select 'haircut', pool_id, sequence, array['settleLosses'] from haircuts
       union all select 'settlement', pool_id, sequence, array['settleLosses'] from settlements
       union all select 'event', pool_id, sequence, array['reportBankruptcy'] from loss_events
       union all select 'fund entry', pool_id, sequence, array['contributeToFund', 'settleLosses'] from fund_entries
       union all select 'idempotency', pool_id, sequence, array[mutation] from idempotency_records
       union all select 'outbox', pool_id, sequence, array['reportBankruptcy', 'settleLosses'] from outbox) r
     left join journal j using (pool_id, sequence) where j.mutation is null or j.mutation <> all (r.by)`,
  ],
  [
    'I19',
    'each settlement and each event opened has one row in the outbox; it chains to the pool',
    `select 'rows' as what, coalesce(o.pool_id, n.pool_id) as pool_id, coalesce(o.sequence, n.sequence) as sequence from outbox o
       full join (select pool_id, sequence, 'LOSS_OPENED' as kind from loss_events
                  union all select pool_id, sequence, 'SETTLED' from settlements) n using (pool_id, sequence)
       where o.kind is distinct from n.kind
     union all select 'chain', pool_id, sequence from (
       select *, lag(sequence) over (partition by pool_id order by sequence) as before from outbox) o
       where previous_sequence is distinct from before
     union all select 'head', p.pool_id, p.last_loss_sequence from pools p
       where p.last_loss_sequence is distinct from (select max(o.sequence) from outbox o where o.pool_id = p.pool_id)`,
  ],
  [
    'I20',
    'each keyed mutation that committed has one idempotency record, and no other has',
    `select j.pool_id, j.sequence, j.mutation, count(i.key) from journal j left join idempotency_records i using (pool_id, sequence)
     group by j.pool_id, j.sequence, j.mutation
     having count(i.key) <> case when j.mutation in ('postTransfers', 'applyUpdates', 'contributeToFund', 'reportBankruptcy', 'settleLosses')
                                 then 1 else 0 end`,
  ],
  [
    'I21',
    'a settlement is the sum of its parts for events',
    `select s.pool_id, s.sequence from settlements s left join settlement_events e using (pool_id, sequence)
     group by s.pool_id, s.sequence
     having (s.deficit, s.fund_draw, s.socialized, s.uncovered)
       is distinct from (sum(e.deficit), sum(e.fund_draw), sum(e.socialized), sum(e.uncovered))`,
  ],
  [
    'I22',
    'an event is settled round by round, each for exactly what the one before left uncovered, and its head is their sum',
    `select 'rounds' as what, r.pool_id, r.event_sequence as sequence, r.round from (
       select e.*, row_number() over w as nth, lag(e.uncovered) over w as before, l.deficit as opened
       from settlement_events e join loss_events l on l.pool_id = e.pool_id and l.sequence = e.event_sequence
       window w as (partition by e.pool_id, e.event_sequence order by e.sequence)) r
       where r.round <> r.nth or r.deficit <> coalesce(r.before, r.opened)
     union all select 'head', l.pool_id, l.sequence, l.rounds from loss_events l left join (
         select pool_id, event_sequence, count(*) as rounds, sum(fund_draw) as fund_draw, sum(socialized) as socialized
         from settlement_events group by 1, 2) e on e.pool_id = l.pool_id and e.event_sequence = l.sequence
       where (l.rounds, l.fund_draw, l.socialized)
             is distinct from (coalesce(e.rounds, 0)::int, coalesce(e.fund_draw, 0), coalesce(e.socialized, 0))
          or l.status <> case when l.rounds = 0 then 'OPEN' when l.uncovered = 0 then 'SETTLED' else 'PARTIALLY_COVERED' end`,
  ],
  [
    'I23',
    "an account's notices chain: each names the one before; within a settlement they are in byte order of refs",
    `select 'chain' as what, pool_id, sequence, account_no from (
       select *, lag(sequence) over (partition by pool_id, account_no order by sequence) as before from haircuts) h
       where previous_sequence is distinct from before
     union all select 'order', pool_id, sequence, account_no from (
       select h.*, row_number() over (partition by h.pool_id, h.sequence order by a.ref collate "C") as rank
       from haircuts h left join accounts a using (pool_id, account_no)) h where ordinal <> rank`,
  ],
  [
    'I24',
    'b follows from the haircuts and the realized PnL since, or began anew where the account was flat',
    `with realized as (
       select pool_id, account_no, sequence, amount from postings where ledger = 'ACCOUNT' and kind = 'REALIZED_PNL'),
     states as (
       select pool_id, account_no, sequence, borne_after as borne, realized_after as realized, amount from haircuts
       union all select a.pool_id, a.account_no, null, a.borne, a.realized, 0 from account_head a),
     linked as (
       select *, lag(sequence) over w as since, coalesce(lag(borne) over w, 0) as borne_before, lag(realized) over w as realized_before
       from states window w as (partition by pool_id, account_no order by sequence nulls last)),
     carried as (
       select l.*, case when borne_before = 0 then 0 else realized_before + coalesce((
           select sum(r.amount) from realized r where r.pool_id = l.pool_id and r.account_no = l.account_no
             and r.sequence > l.since and (l.sequence is null or r.sequence < l.sequence)), 0) end as offset_before
       from linked l)
     select pool_id, account_no, sequence, borne, realized, borne_before, offset_before from carried
     where not (borne = amount and realized = 0)
       and not (borne = borne_before + amount and realized = offset_before
                and (amount = 0 or borne_before > greatest(0, offset_before)))
     union all
     select pool_id, account_no, null, borne, realized, null, null from account_state where open_positions = 0 and borne <> 0`,
  ],
  [
    'I25',
    'no head is ahead of its pool, and a haircut newer than a head is what counts',
    `select a.pool_id, a.ref, a.head_sequence from accounts a join pools p using (pool_id) where a.head_sequence > p.sequence
     union all
     select a.pool_id, a.ref, a.head_sequence from accounts a join account_head h using (pool_id, account_no)
       join lateral (select balance_after from (
           select sequence, ordinal, balance_after from postings p where p.pool_id = a.pool_id and p.account_no = a.account_no
           union all select sequence, 0, balance_after from haircuts c where c.pool_id = a.pool_id and c.account_no = a.account_no) b
         order by sequence desc, ordinal desc limit 1) last on true
       where h.balance <> last.balance_after`,
  ],
  [
    'I27',
    'positions name accounts and markets of their pool, and a closed one cost nothing',
    `select s.pool_id, s.account_no, s.market_no from positions s
     left join accounts a on a.pool_id = s.pool_id and a.account_no = s.account_no
     left join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
     where a.ref is null or m.symbol is null or (s.size = 0 and s.cost <> 0)`,
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
  'journal',
  'idempotency_records',
  'markets',
  'accounts',
  'positions',
  'postings',
  'fund_entries',
  'loss_events',
  'settlements',
  'settlement_events',
  'settlement_marks',
  'haircuts',
  'outbox',
];

/** Every row of every table as text: equal before and after where nothing was written. */
export async function dump(sql: postgres.Sql): Promise<string> {
  const parts = TABLES.map((table) => `select '${table}' as t, r::text as r from ${table} r`);
  const rows = await sql.unsafe(`select t || r as line from (${parts.join(' union all ')}) d order by t, r`);
  return rows.map((row) => row.line).join('\n');
}
