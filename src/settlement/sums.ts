import { InvariantViolation } from '../core/assert.ts';
import { formatScaled } from '../core/decimal.ts';
import { abs } from '../core/money.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolTransaction, Sql } from './transaction.ts';

/** A sum of a pool that does not hold. */
export interface BrokenSum {
  /** What is summed, in words that name nobody. */
  readonly sum: string;
  /** Which one of them: an account, a commit. For the operator's log: not everybody may read it. */
  readonly place: string;
  /** In the pool's asset, or as a count. */
  readonly should: string;
  readonly found: string;
  readonly off: string;
}

/** What a mutation found to be wrong with the sums of its pool: it is rolled back, and the pool halts. */
export class SumsBroken extends InvariantViolation {
  override name = 'SumsBroken';
  readonly broken: BrokenSum;

  constructor(broken: BrokenSum) {
    super(sentence(broken));
    this.broken = broken;
  }
}

export const sentence = ({ sum, off }: BrokenSum): string => `${sum} does not hold: it is off by ${off}.`;

/** What our triggers raise when rows would not add up (integrity_constraint_violation); CHECKs and keys have codes of their own. */
const BY_TRIGGER = '23000';

/** Whether an error says that sums do not hold, and not only that a request was wrong or the database gone. */
export const saysSumsBroken = (error: unknown): boolean =>
  error instanceof InvariantViolation || (error as { code?: string } | null)?.code === BY_TRIGGER;

interface Row {
  readonly place: string | null;
  readonly should: string | null;
  readonly found: string | null;
}

type Unit = 'atoms' | 'count';
type Query = (sql: Sql, poolId: number) => PromiseLike<Row[]>;

/**
 * The sums of a pool that are worth looking at in production: what is owed to whom, and that nothing is missing. Each is one
 * statement, and so of one moment, and reads the pool once; each answers with the first place where it does not hold.
 */
const SUMS: readonly (readonly [sum: string, unit: Unit, query: Query])[] = [
  [
    'the balance of the insurance fund as the sum of its entries',
    'atoms',
    (sql, id) => sql<Row[]>`
      select '' as place, coalesce(sum(f.amount), 0) as should, p.fund_balance as found
      from pools p left join fund_entries f using (pool_id) where p.pool_id = ${id}
      group by p.pool_id having p.fund_balance <> coalesce(sum(f.amount), 0)`,
  ],
  [
    "the chain of the insurance fund's entries",
    'atoms',
    (sql, id) => sql<Row[]>`
      select sequence as place, running as should, balance_after as found from (
        select sequence, balance_after, sum(amount) over (order by sequence) as running from fund_entries where pool_id = ${id}) f
      where running <> balance_after limit 1`,
  ],
  [
    'the insurance fund as it is posted',
    'atoms',
    (sql, id) => sql<Row[]>`
      select sequence as place, coalesce(f.amount, 0) as should, coalesce(p.amount, 0) as found
      from (select sequence, amount from fund_entries where pool_id = ${id}) f
      full join (select sequence, sum(amount) as amount from postings where pool_id = ${id} and ledger = 'FUND' group by 1) p using (sequence)
      where f.amount is distinct from p.amount limit 1`,
  ],
  [
    'double entry',
    'atoms',
    (sql, id) => sql<Row[]>`
      select sequence as place, 0 as should, sum(amount) as found from postings where pool_id = ${id}
      group by sequence having sum(amount) <> 0 limit 1`,
  ],
  [
    'a balance as the sum of its postings less its haircuts',
    'atoms',
    (sql, id) => sql<Row[]>`
      select a.ref as place, coalesce(m.total, 0) as should, a.balance as found from account_head a
      left join (
        select account_no, sum(amount) as total from (
          select account_no, amount from postings where pool_id = ${id} and ledger = 'ACCOUNT'
          union all select account_no, -amount from haircuts where pool_id = ${id}) moves
        group by account_no) m using (account_no)
      where a.pool_id = ${id} and a.balance <> coalesce(m.total, 0) limit 1`,
  ],
  [
    'the haircuts of a settlement',
    'atoms',
    (sql, id) => sql<Row[]>`
      select sequence as place, s.amount as should, coalesce(h.amount, 0) as found
      from (select sequence, socialized + recourse as amount from settlements where pool_id = ${id}) s
      left join (select sequence, sum(amount) as amount from haircuts where pool_id = ${id} and restores is null group by 1) h
        using (sequence)
      where s.amount <> coalesce(h.amount, 0) limit 1`,
  ],
  [
    'the number of haircuts of a settlement',
    'count',
    (sql, id) => sql<Row[]>`
      select s.sequence as place, s.haircut_count as should, count(h.sequence) as found from settlements s
      left join haircuts h on h.pool_id = s.pool_id and h.sequence = s.sequence and h.restores is null
      where s.pool_id = ${id} group by s.sequence, s.haircut_count having s.haircut_count <> count(h.sequence) limit 1`,
  ],
  [
    'a settlement as the sum of its shares of losses',
    'atoms',
    (sql, id) => sql<Row[]>`
      select s.sequence as place, c.should, c.found from settlements s
      left join (select sequence, sum(deficit) as deficit, sum(recourse) as recourse, sum(operator_capital) as operator_capital,
                        sum(fund_draw) as fund_draw, sum(socialized) as socialized, sum(uncovered) as uncovered
                 from settlement_events where pool_id = ${id} group by sequence) e using (sequence)
      cross join lateral (values (e.deficit, s.deficit), (e.recourse, s.recourse), (e.operator_capital, s.operator_capital),
        (e.fund_draw, s.fund_draw), (e.socialized, s.socialized), (e.uncovered, s.uncovered)) c(should, found)
      where s.pool_id = ${id} and c.should is distinct from c.found limit 1`,
  ],
  [
    'a loss as the sum of what covered it',
    'atoms',
    (sql, id) => sql<Row[]>`
      select l.sequence as place, c.should, c.found from loss_events l
      left join (select event_sequence, sum(recourse) as recourse, sum(operator_capital) as operator_capital,
                        sum(fund_draw) as fund_draw, sum(socialized) as socialized
                 from (select event_sequence, recourse, operator_capital, fund_draw, socialized from settlement_events where pool_id = ${id}
                       union all
                       select event_sequence, -recourse, -operator_capital, -fund_draw, -socialized from returned_shares
                       where pool_id = ${id}) shares
                 group by event_sequence) e on e.event_sequence = l.sequence
      left join (select event_sequence, sum(amount) as amount from recoveries where pool_id = ${id} group by 1) r
        on r.event_sequence = l.sequence
      cross join lateral (values (coalesce(e.recourse, 0), l.recourse), (coalesce(e.operator_capital, 0), l.operator_capital),
        (coalesce(e.fund_draw, 0), l.fund_draw), (coalesce(e.socialized, 0), l.socialized), (coalesce(r.amount, 0), l.recovered),
        (l.deficit - l.recourse - l.operator_capital - l.fund_draw - l.socialized - l.recovered, l.uncovered)) c(should, found)
      where l.pool_id = ${id} and c.should <> c.found limit 1`,
  ],
  [
    'what was given back of a haircut, at most what it took',
    'atoms',
    (sql, id) => sql<Row[]>`
      select g.restores as place, coalesce(h.amount, 0) as should, g.amount as found
      from (select account_no, restores, -sum(amount) as amount from haircuts where pool_id = ${id} and restores is not null group by 1, 2) g
      left join haircuts h on h.pool_id = ${id} and h.sequence = g.restores and h.account_no = g.account_no and h.restores is null
      where g.amount > coalesce(h.amount, 0) limit 1`,
  ],
  [
    'the journal without a gap',
    'count',
    (sql, id) => sql<Row[]>`
      select coalesce(max(j.sequence), 0) as place, p.sequence as should, count(j.sequence) as found
      from pools p left join journal j using (pool_id) where p.pool_id = ${id}
      group by p.sequence having p.sequence <> count(j.sequence) or p.sequence <> coalesce(max(j.sequence), 0) limit 1`,
  ],
  [
    'the chain of loss notices',
    'count',
    (sql, id) => sql<Row[]>`
      select '' as place, coalesce(max(o.sequence), 0) as should, coalesce(p.last_loss_sequence, 0) as found
      from pools p left join outbox o using (pool_id) where p.pool_id = ${id}
      group by p.pool_id having p.last_loss_sequence is distinct from max(o.sequence)`,
  ],
  [
    'the number of accounts',
    'count',
    (sql, id) => sql<Row[]>`
      select '' as place, count(a.account_no) as should, p.account_count as found
      from pools p left join accounts a using (pool_id) where p.pool_id = ${id}
      group by p.pool_id having p.account_count <> count(a.account_no)`,
  ],
];

/** Every sum of a pool that does not hold, each with the first place where it does not. */
export async function brokenSums(sql: Sql, { poolId, decimals }: LockedPool): Promise<BrokenSum[]> {
  const broken: BrokenSum[] = [];
  for (const [sum, unit, query] of SUMS) {
    for (const row of await query(sql, poolId)) broken.push(brokenSum(sum, unit, row, decimals));
  }
  return broken;
}

function brokenSum(sum: string, unit: Unit, { place, should, found }: Row, decimals: number): BrokenSum {
  const [right, is] = [BigInt(should ?? 0), BigInt(found ?? 0)];
  const words = (value: bigint) => (unit === 'atoms' ? formatScaled(value, decimals) : value.toString());
  return { sum, place: place ?? '', should: words(right), found: words(is), off: words(abs(is - right)) };
}

/**
 * What the mutation itself moved, before it commits, over the rows that it wrote: the fund moved by what its entry and its postings
 * say, haircuts are posted, and each account stands where its last posting left it. That postings sum to zero, that the
 * fund goes on from its last entry and that haircuts are what was decided, triggers see to (drizzle/…_guards).
 *
 * @throws SumsBroken
 */
export async function checkMoved({ sql, pool }: PoolTransaction, sequence: bigint): Promise<void> {
  const at = sequence.toString();
  const { poolId, decimals } = pool;
  const [row] = await sql<(Row & { readonly sum: string })[]>`
    with posted as (
      select ledger, account_no, amount, balance_after, ordinal from postings where pool_id = ${poolId} and sequence = ${at}),
    entered as (
      select coalesce(sum(amount), 0) as amount from fund_entries where pool_id = ${poolId} and sequence = ${at}),
    borne as (
      select coalesce(sum(amount), 0) as amount from (
        select socialized + recourse as amount from settlements where pool_id = ${poolId} and sequence = ${at}
        union all select -socialized - recourse from returned_shares where pool_id = ${poolId} and sequence = ${at}) b),
    moved as (
      select distinct on (account_no) account_no, balance_after from posted where ledger = 'ACCOUNT' order by account_no, ordinal desc)
    select * from (
      select 'the insurance fund, by its entry' as sum, '' as place, ${pool.fundBalance.toString()}::numeric + entered.amount as should,
             p.fund_balance as found
        from entered, pools p where p.pool_id = ${poolId}
      union all select 'the insurance fund, by its postings', '', entered.amount,
             (select coalesce(sum(amount), 0) from posted where ledger = 'FUND') from entered
      union all select 'the postings of haircuts', '', -borne.amount,
             (select coalesce(sum(amount), 0) from posted where ledger = 'BEARERS') from borne
      union all select 'a balance, by its postings', a.ref, m.balance_after, a.balance
        from moved m join accounts a on a.pool_id = ${poolId} and a.account_no = m.account_no
        where a.balance <> m.balance_after or a.head_sequence <> ${at}) sums
    where should <> found limit 1`;
  if (row) throw new SumsBroken(brokenSum(row.sum, 'atoms', row, decimals));
}
