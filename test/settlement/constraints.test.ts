import type postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { Books } from '../../src/settlement/books.ts';
import { recordFills } from '../../src/settlement/fills.ts';
import { withdrawFromFund } from '../../src/settlement/fund.ts';
import { liquidate } from '../../src/settlement/liquidation.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import { setHaircutCaps, startSession } from '../../src/settlement/rule-changes.ts';
import { checkInvariants, dump } from '../support/invariants.ts';
import { fresh, PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * What the database refuses of itself, whatever a program may do: each statement below is what a bug, a script or a
 * careless hand could send.
 */

const venue = venueForThisFile();
let pool: PoolUnderTest;
let id: number;
let at: bigint;

/**
 * The pool that every attempt is made on: fund 50, drawn; of event e a bore 36 and b bore 4, of f 54 and 6, which leaves it
 * uncovered by 10. Beside it two pools in which all else happened, so that every table has rows to be broken.
 */
beforeAll(async () => {
  await unusedWinners();
  await everyTier();
  await trading();
  pool = await PoolUnderTest.create(venue);
  await pool.fund(50);
  await pool.profits({ a: 90, b: 10 });
  await pool.loss('e', 90);
  await pool.settle();
  await pool.loss('f', 70);
  await pool.settle();
  await pool.loss('open', 5);
  id = await pool.poolId();
  at = await pool.sequence();
  await foretold();
});

/** A simulation that is done, and what it said of a settlement. */
async function foretold(): Promise<void> {
  await venue.sql`
    insert into simulations (pool_id, simulation_no, idempotency_key, subject, status, sequence, accounts, spec, input, batches, batches_done, attempts, result, created_at, finished_at)
    values (${id}, 1, 'key', 'quant', 'DONE', 1, 1, '{}', '{}', 1, 1, 1, '{}', now(), now())`;
  await venue.sql`
    insert into revocations (number, subject, issued_before, revoked_by, revoked_at) values (1, 'mallory', now(), 'root', now())`;
  await venue.sql`
    insert into settlement_forecasts (pool_id, sequence, simulation_no, rate, low, high)
    values (${id}, ${at.toString()}, 1, 0.4, 0.1, 0.2)`;
}

/** What is lost in a market without winners stays uncovered until some comes back; the winners of another keep theirs. */
async function unusedWinners(): Promise<void> {
  const rules = { scope: 'MARKET', overflow: 'UNCOVERED' } as const;
  const other = await PoolUnderTest.create(venue, { rules });
  await other.market('LOST');
  await other.mark('LOST', '1');
  await other.profits({ winner: 100 });
  await other.accounts('house');
  await other.position('loser', 'LOST', 10, 3);
  await other.report({ ref: 'lost', account: 'loser', takeoverAccount: 'house' });
  await other.settle();
  await recordRecovery(venue.runtime, {
    pool: other.name,
    idempotencyKey: fresh('key'),
    lossEvent: 'lost',
    amount: '5',
  });
}

/** All tiers pay; recoveries, one to an account that went bankrupt since; a reversal; then sessions, and a halt. */
async function everyTier(): Promise<void> {
  const tiers = [
    { tier: 'OWN_COLLATERAL' },
    { tier: 'OWNER_RECOURSE' },
    { tier: 'OPERATOR_CAPITAL', capPerEvent: '10' },
    { tier: 'INSURANCE_FUND' },
    { tier: 'SOCIALIZATION' },
  ] as const;
  const other = await PoolUnderTest.create(venue, { rules: { tiers, scope: 'MARKET' } });
  const { runtime } = venue;
  const keyed = () => ({ pool: other.name, idempotencyKey: fresh('key') });
  const recover = (lossEvent: string, amount: string) =>
    recordRecovery(runtime, { ...keyed(), lossEvent, amount });

  await other.fund(35);
  await withdrawFromFund(runtime, { ...keyed(), amount: '5' });
  await other.ownedAccounts({ rich: 'one', poor: 'one', house: 'house' });
  await other.profits({ rich: 20, winner: 300, second: 100 });
  await other.position('poor', 'PNL', 100, 3);
  await other.loss('small', 7);
  await other.settle();
  // 20 of recourse, 10 of the operator's, 30 of the fund, and 140 of the market's winners.
  await other.report({ ref: 'large', account: 'poor', takeoverAccount: 'house' });
  await other.settle();
  await recover('large', '70');
  await other.transfer('second', 'REALIZED_PNL', -200);
  await other.report({ ref: 'second', account: 'second', takeoverAccount: 'house' });
  await recover('large', '30');
  await other.fund(12);
  const { sequence } = await other.settle();
  await reverseSettlement(runtime, { ...keyed(), settlement: sequence.toString(), reason: 'a test' });
  await other.settle();
  await setHaircutCaps(runtime, { pool: other.name, caps: [{ account: 'winner', maxHaircutRate: '0.9' }] });

  await other.rules({ scope: 'POOL', profitBasis: 'SESSION' });
  await other.mark('PNL', '2');
  await startSession(runtime, keyed());
  await other.mark('PNL', '3');
  await other.transfer('winner', 'REALIZED_PNL', 50);
  for (const ref of ['p', 'q']) {
    await other.loss(ref, 40);
    await other.settle();
    await other.transfer('winner', 'REALIZED_PNL', 1);
  }
  // Of a haircut before the cut, which b counts no more, and of one that it counts.
  await recover('large', '5');
  await recover('p', '4');
  await other.halt();
}

/** Fills, and a liquidation that ends below zero. */
async function trading(): Promise<void> {
  const other = await PoolUnderTest.create(venue, {
    rules: { positionSource: 'FILLS', liquidationFeeRate: '0.01' },
  });
  await other.market('BTC');
  await other.mark('BTC', '100');
  await other.accounts('long', 'short');
  for (const account of ['long', 'short']) await other.transfer(account, 'DEPOSIT', 20);
  const keyed = () => ({ pool: other.name, idempotencyKey: fresh('key') });
  const fill = (account: string, size: string) => ({
    trade: 't1',
    account,
    market: 'BTC',
    size,
    price: '100',
  });
  await recordFills(venue.runtime, { ...keyed(), fills: [fill('long', '2'), fill('short', '-2')] });
  await other.mark('BTC', '80');
  const books = new Books({
    db: venue.db,
    clock: venue.clock,
    onError: (error) => expect(error).toBeUndefined(),
  });
  books.wake(await other.poolId());
  await books.close();
  await liquidate(venue.runtime, { ...keyed(), account: 'long', atMarks: true, takeoverAccount: 'short' });
  await other.settle();
}

type Work = (sql: postgres.TransactionSql) => Promise<unknown>;
/** `by` is the constraint that refuses it, or what the trigger says. */
type Attempt = [name: string, by: string, attempt: Work];

/** What the database refuses an attempt by, in a transaction of its own; nothing of it stays. */
async function refused(attempt: Work): Promise<string> {
  const before = await dump(venue.sql);
  const code = await venue.sql
    .begin(async (sql) => {
      await attempt(sql);
    })
    .then(
      () => 'nothing',
      (error: postgres.PostgresError) => {
        // Class 23: integrity constraint violation.
        if (!error.code?.startsWith('23')) throw error;
        return error.constraint_name ?? error.message;
      },
    );
  expect(await dump(venue.sql)).toBe(before);
  return code;
}

/** Takes the next sequence as a mutation does, journal row and all. */
async function advance(sql: postgres.TransactionSql, mutation: string): Promise<bigint> {
  await sql`update pools set sequence = sequence + 1 where pool_id = ${id}`;
  await sql`insert into journal (pool_id, sequence, mutation, committed_at) values (${id}, ${(at + 1n).toString()}, ${mutation}, now())`;
  return at + 1n;
}

interface Figures {
  deficit: number;
  recourse: number;
  draw: number;
  residual: number;
  profit: number;
  capacity: number;
  socialized: number;
  uncovered: number;
  count: number;
  version: number;
}

async function settlement(sql: postgres.TransactionSql, values: Partial<Figures>): Promise<string> {
  const sequence = (await advance(sql, 'settleLosses')).toString();
  const none = {
    deficit: 5,
    recourse: 0,
    draw: 0,
    profit: 0,
    capacity: 0,
    socialized: 0,
    uncovered: 5,
    count: 0,
  };
  const v = { ...none, version: 1, ...values };
  await sql`
    insert into settlements (pool_id, sequence, rules_version, waterfall, method, profit_basis, max_haircut_rate, deficit, recourse,
                             fund_draw, residual, profit_total, haircut_capacity, socialized, uncovered, haircut_count, settled_at)
    values (${id}, ${sequence}, ${v.version}, 'FUND_THEN_SOCIALIZE', 'PRO_RATA', 'UNREALIZED', 1, ${v.deficit}, ${v.recourse}, ${v.draw},
            ${v.residual ?? v.deficit - v.recourse - v.draw}, ${v.profit}, ${v.capacity}, ${v.socialized}, ${v.uncovered}, ${v.count},
            now())`;
  return sequence;
}

/** What a settlement covered of an event: draw, socialized, uncovered, recourse. */
async function round(
  sql: postgres.TransactionSql,
  sequence: string,
  event: string,
  nth: number,
  deficit: number,
  [draw, socialized, uncovered, recourse]: number[] = [0, 0, deficit],
) {
  await sql`
    insert into settlement_events (pool_id, sequence, event_sequence, round, deficit, recourse, fund_draw, socialized, uncovered)
    select ${id}, ${sequence}, sequence, ${nth}, ${deficit}, ${recourse ?? 0}, ${draw!}, ${socialized!}, ${uncovered!}
    from loss_events where pool_id = ${id} and ref = ${event}`;
}

/** What a settlement with haircuts needs beside them: its part, its root and its seed. */
async function commitment(
  sql: postgres.TransactionSql,
  sequence: string,
  { loss = 5, scope = 'POOL', root = 'aa' as string | null, seed = 32, capacity = 10 } = {},
): Promise<void> {
  if (loss > 0) {
    await sql`
      insert into settlement_parts (pool_id, sequence, part, scope, method, loss, profit_total, capacity, phase, level, last_remainder)
      values (${id}, ${sequence}, 1, ${scope}, 'PRO_RATA', ${loss}, 10, ${capacity}, 1, '1/2', '0/1')`;
  }
  if (root !== null) await sql`insert into settlement_roots values (${id}, ${sequence}, ${root}, ${root})`;
  if (seed > 0) await sql`insert into settlement_seeds values (${id}, ${sequence}, ${Buffer.alloc(seed)})`;
}

const posting = (
  sql: postgres.TransactionSql,
  sequence: bigint,
  rows: [ledger: string, account: number | null, amount: number][],
) => sql`
  insert into postings (pool_id, sequence, ordinal, ledger, account_no, kind, amount, balance_after)
  select ${id}, ${sequence.toString()}, 1000 + ordinality, l, a, 'FEE', n, case when a is null then null else n end
  from unnest(${rows.map(([l]) => l)}::text[], ${rows.map(([, a]) => a)}::int[], ${rows.map(([, , n]) => n)}::numeric[])
    with ordinality as r(l, a, n)`;

type Taken = 'account' | 'ordinal' | 'profit' | 'cap' | 'amount' | 'recourse' | 'borne' | 'previous';
const haircut = (sql: postgres.TransactionSql, sequence: string, h: Partial<Record<Taken, number>>) => sql`
  insert into haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, profit, cap, amount, recourse, balance_after,
                        borne_after, realized_after)
  values (${id}, ${sequence}, ${h.ordinal ?? 1}, ${h.account ?? 1}, ${h.previous ?? null}, ${h.profit ?? 10}, ${h.cap ?? 10},
          ${h.amount ?? 5}, ${h.recourse ?? null}, 0, ${h.borne ?? 5}, 0)`;

const tables = [
  'journal',
  'idempotency_records',
  'pool_rules',
  'session_cuts',
  'postings',
  'fund_entries',
  'loss_event_markets',
  'settlements',
  'settlement_events',
  'settlement_event_markets',
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
  'fills',
  'liquidations',
  'liquidation_closes',
  'margin_alerts',
  'settlement_forecasts',
  'outbox',
  'revocations',
];

describe('append-only', () => {
  test.each(tables)('%s refuses UPDATE, DELETE and TRUNCATE', async (table) => {
    const [row] = await venue.sql`select count(*)::int as rows from ${venue.sql(table)}`;
    expect(row!.rows).toBeGreaterThan(0);
    for (const text of [
      // Revocations are of no pool.
      table === 'revocations'
        ? 'update revocations set number = number'
        : `update ${table} set pool_id = pool_id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      expect(await refused((sql) => sql.unsafe(text))).toContain('is append-only');
    }
  });

  test.each(['pools', 'loss_events', 'accounts', 'markets', 'positions'])(
    '%s refuses DELETE and TRUNCATE',
    async (table) => {
      for (const text of [`delete from ${table}`, `truncate ${table} cascade`]) {
        expect(await refused((sql) => sql.unsafe(text))).toContain('is append-only');
      }
    },
  );

  test('no table is left out', async () => {
    const rows = await venue.sql`
      select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' order by 1`;
    const mutable = [
      'pools',
      'pool_audits',
      'loss_events',
      'accounts',
      'markets',
      'positions',
      'simulations',
      'simulation_data',
      'replication_beats',
      'broker_positions',
      'webhooks',
      'webhook_secrets',
    ];
    expect(rows.map((row) => row.relname)).toEqual([...tables, ...mutable].sort());
  });
});

/** A row of each table under a commit that is over: `e` is what it is of, with its first settlement and its haircut. */
const late: [table: string, row: string][] = [
  ['idempotency_records', `select e.pool_id, 'late', 'x', sha256(''), 1, 1`],
  [
    'postings',
    `select e.pool_id, 1, v.n, 'OUTSIDE', null::int, 'FEE', 3 - 2 * v.n, null::numeric, null from (values (1), (2)) v(n)`,
  ],
  ['fund_entries', `select e.pool_id, 1, 'OPERATOR_CONTRIBUTION', 5, 5, null, now()`],
  ['loss_events', `select e.pool_id, 1, 'late', 1, 5, now(), 'OPEN', 0, 0, 5`],
  [
    'settlements',
    `select e.pool_id, 1, 'FUND_ONLY', 'PRO_RATA', 'UNREALIZED', 1, 5, 0, 5, 0, 0, 0, 5, 0, now()`,
  ],
  [
    'settlement_events',
    `select e.pool_id, e.settlement, o.sequence, 1, 5, 0, 0, 5 from loss_events o where o.pool_id = e.pool_id and o.ref = 'open'`,
  ],
  ['settlement_marks', `select e.pool_id, e.settlement, 9, 1`],
  ['outbox', `select e.pool_id, 1, 'SETTLED', null::bigint, now()`],
  [
    'pool_rules',
    `select r.pool_id, 2, 1, r.waterfall, r.tiers, r.method, r.leverage_exponent, r.max_leverage, r.profit_basis, r.scope, r.overflow,
            r.max_haircut_rate, r.fund_reserve, r.fund_cap, r.operator_cap, r.withdrawals_while_loss_open, now()
     from pool_rules r where r.pool_id = e.pool_id`,
  ],
  ['session_cuts', `select e.pool_id, 1, 1, 5`],
  ['loss_event_markets', `select e.pool_id, e.sequence, 1, 5`],
  [
    'settlement_parts',
    `select e.pool_id, e.settlement, 9, 'POOL', null::int, 'PRO_RATA', 5, 10, 10, 1, '1/2', '0/1'`,
  ],
  [
    'settlement_event_markets',
    `select m.pool_id, m.sequence, m.event_sequence, 9, 1, 0 from settlement_event_markets m limit 1`,
  ],
  ['settlement_leaves', `select e.pool_id, e.settlement, 9, 'aa', 'aa', 5, 'aa 5'`],
  [
    'settlement_roots',
    `select s.pool_id, s.sequence, 'aa', 'aa' from settlements s join pools p using (pool_id)
     where s.haircut_count = 0 and s.sequence < p.sequence limit 1`,
  ],
  [
    'settlement_seeds',
    `select s.pool_id, s.sequence, sha256('') from settlements s join pools p using (pool_id)
     where s.haircut_count = 0 and s.sequence < p.sequence limit 1`,
  ],
  ['haircut_parts', `select e.pool_id, e.settlement, 1, 9, 5, 10, 10, 10`],
  ['recoveries', `select e.pool_id, 1, e.sequence, 5, 5, null, now()`],
  ['reversals', `select e.pool_id, 1, e.settlement, 'late', now()`],
  ['fills', `select e.pool_id, 1, 1, 'late', 1, 1, 1, 1, 0, 0`],
  [
    'liquidations',
    `select e.pool_id, 1, 1, null::int, 0, 0, 0, 0, null::int, 0, 'BANKRUPT', 'SAFE', 0, 0, null::bigint, now()`,
  ],
  [
    'liquidation_closes',
    `select l.pool_id, l.sequence, 9, 1, 1, 1, 0 from liquidations l join pools p using (pool_id) where l.sequence < p.sequence limit 1`,
  ],
  ['returned_shares', `select e.pool_id, 1, e.sequence, e.settlement, 0, 0, 0, 1`],
];

test.each(late)('%s takes no row of a commit that is over', async (table, row) => {
  const by = await refused(
    (sql) =>
      sql.unsafe(`insert into ${table} select r.* from (
        select l.pool_id, l.sequence, min(s.sequence) as settlement from loss_events l
        join settlement_events s on s.pool_id = l.pool_id and s.event_sequence = l.sequence
        where l.pool_id = ${id} and l.ref = 'e' group by 1, 2) e cross join lateral (${row}) r`) as never,
  );
  expect(by).toContain("is not at its pool's sequence");
});

const sequenceAttempts: Attempt[] = [
  [
    'a step of two',
    'must step by one',
    (sql) => sql`update pools set sequence = sequence + 2 where pool_id = ${id}`,
  ],
  [
    'a step back',
    'must step by one',
    (sql) => sql`update pools set sequence = sequence - 1 where pool_id = ${id}`,
  ],
  [
    'a step without a journal row',
    'without a journal row',
    (sql) => sql`update pools set sequence = sequence + 1 where pool_id = ${id}`,
  ],
  [
    'a journal row without a step',
    "is not the pool's sequence",
    (sql) =>
      sql`insert into journal (pool_id, sequence, mutation, committed_at) values (${id}, ${(at + 1n).toString()}, 'x', now())`,
  ],
  [
    'a journal row past a gap',
    'journal_gapless',
    (sql) =>
      sql`insert into journal (pool_id, sequence, mutation, committed_at) values (${id}, ${(at + 2n).toString()}, 'x', now())`,
  ],
  [
    'a journal row twice',
    'journal_pkey',
    (sql) =>
      sql`insert into journal (pool_id, sequence, mutation, committed_at) values (${id}, 1, 'x', now())`,
  ],
  [
    'another name for a pool',
    'a pool keeps its name',
    (sql) => sql`update pools set name = 'other' where pool_id = ${id}`,
  ],
  [
    'other decimals for a pool',
    'a pool keeps its name',
    (sql) => sql`update pools set decimals = 2 where pool_id = ${id}`,
  ],
];

const moneyAttempts: Attempt[] = [
  ['one posting alone', 'are off by 5', (sql) => posting(sql, at, [['ACCOUNT', 1, 5]])],
  [
    'postings off by one',
    'are off by 1',
    (sql) =>
      posting(sql, at, [
        ['ACCOUNT', 1, 5],
        ['OUTSIDE', null, -4],
      ]),
  ],
  ['a posting of zero', 'postings_amount', (sql) => posting(sql, at, [['OUTSIDE', null, 0]])],
  [
    'an account posting without an account',
    'postings_account',
    (sql) =>
      posting(sql, at, [
        ['ACCOUNT', null, 5],
        ['OUTSIDE', null, -5],
      ]),
  ],
  [
    'a posting on a ledger that is none',
    'postings_ledger',
    (sql) =>
      posting(sql, at, [
        ['POCKET', null, 5],
        ['OUTSIDE', null, -5],
      ]),
  ],
  [
    'a fund that grows without an entry',
    'is not at its last entry',
    (sql) => sql`update pools set fund_balance = fund_balance + 1 where pool_id = ${id}`,
  ],
  ['a fund below zero', 'pools_fund', (sql) => sql`update pools set fund_balance = -1 where pool_id = ${id}`],
  [
    'a fund entry that does not continue the balance',
    "does not continue the fund's balance",
    async (sql) => {
      const sequence = await advance(sql, 'contributeToFund');
      await sql`insert into fund_entries (pool_id, sequence, kind, amount, balance_after, created_at)
                values (${id}, ${sequence.toString()}, 'OPERATOR_CONTRIBUTION', 5, 6, now())`;
    },
  ],
  [
    'a fund entry that the pool does not know',
    'is not at its last entry',
    async (sql) => {
      const sequence = await advance(sql, 'contributeToFund');
      await sql`insert into fund_entries (pool_id, sequence, kind, amount, balance_after, created_at)
                values (${id}, ${sequence.toString()}, 'OPERATOR_CONTRIBUTION', 5, 5, now())`;
    },
  ],
  [
    'a draw that adds to the fund',
    'fund_entries_sign',
    async (sql) => {
      const sequence = await advance(sql, 'settleLosses');
      await sql`insert into fund_entries (pool_id, sequence, kind, amount, balance_after, created_at)
                values (${id}, ${sequence.toString()}, 'LOSS_DRAW', 5, 5, now())`;
    },
  ],
  [
    'a withdrawal that adds to the fund',
    'fund_entries_sign',
    async (sql) => {
      const sequence = await advance(sql, 'withdrawFromFund');
      await sql`insert into fund_entries (pool_id, sequence, kind, amount, balance_after, created_at)
                values (${id}, ${sequence.toString()}, 'WITHDRAWAL', 5, 5, now())`;
    },
  ],
  [
    'a reversal that takes from the fund',
    'fund_entries_sign',
    async (sql) => {
      const sequence = await advance(sql, 'reverseSettlement');
      await sql`insert into fund_entries (pool_id, sequence, kind, amount, balance_after, created_at)
                values (${id}, ${sequence.toString()}, 'REVERSAL', -5, 5, now())`;
    },
  ],
  [
    'a burden below zero',
    'accounts_borne',
    (sql) => sql`update accounts set borne = -1 where pool_id = ${id}`,
  ],
  [
    'an offset of no burden',
    'accounts_borne',
    (sql) => sql`update accounts set borne = 0, realized = 1 where pool_id = ${id}`,
  ],
];

const settlementAttempts: Attempt[] = [
  ['a settlement without events', 'events of settlement', (sql) => settlement(sql, {})],
  [
    'a settlement by rules that the pool never had',
    'settlements_rules',
    (sql) => settlement(sql, { version: 2 }),
  ],
  [
    'a settlement that forgets its recourse',
    'settlements_residual',
    (sql) => settlement(sql, { recourse: 5, residual: 5, uncovered: 5, count: 1 }),
  ],
  [
    'a settlement that owes a tier',
    'settlements_amounts',
    (sql) => settlement(sql, { recourse: -5, uncovered: 10 }),
  ],
  [
    'recourse that nobody bears',
    'settlements_count',
    (sql) => settlement(sql, { recourse: 5, uncovered: 0 }),
  ],
  [
    'a round in which a tier is owed',
    'settlement_events_amounts',
    async (sql) => round(sql, await settlement(sql, {}), 'open', 1, 5, [0, 0, 10, -5]),
  ],
  [
    'a round that forgets its recourse',
    'settlement_events_sum',
    async (sql) => round(sql, await settlement(sql, {}), 'open', 1, 5, [0, 0, 5, 5]),
  ],
  [
    'a round of no event',
    'settlement_events_event',
    async (sql) => {
      const sequence = await settlement(sql, {});
      await sql`insert into settlement_events (pool_id, sequence, event_sequence, round, deficit, uncovered)
                values (${id}, ${sequence}, 1, 1, 5, 5)`;
    },
  ],
  [
    'a settlement whose parts are less than it',
    'events of settlement',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 6, uncovered: 6 });
      await round(sql, sequence, 'open', 1, 5);
    },
  ],
  [
    'a settlement that loses an atom',
    'settlements_sum',
    (sql) => settlement(sql, { deficit: 6, uncovered: 5 }),
  ],
  [
    'a settlement above the capacity',
    'settlements_capacity',
    async (sql) => {
      const sequence = await settlement(sql, {
        socialized: 5,
        uncovered: 0,
        capacity: 4,
        profit: 9,
        count: 1,
      });
      await round(sql, sequence, 'open', 1, 5, [0, 5, 0]);
      await haircut(sql, sequence, {});
    },
  ],
  [
    'a settlement without its haircuts',
    'has no haircut rows',
    async (sql) => {
      const sequence = await settlement(sql, {
        socialized: 5,
        uncovered: 0,
        capacity: 9,
        profit: 9,
        count: 1,
      });
      await round(sql, sequence, 'open', 1, 5, [0, 5, 0]);
      await sql`update loss_events set socialized = 5, uncovered = 0, rounds = 1, standing = 1, status = 'SETTLED' where pool_id = ${id} and ref = 'open'`;
    },
  ],
  [
    'a draw without a fund entry',
    'draws without a fund entry',
    async (sql) => {
      const sequence = await settlement(sql, { draw: 5, uncovered: 0 });
      await round(sql, sequence, 'open', 1, 5, [5, 0, 0]);
      await sql`update loss_events set fund_draw = 5, uncovered = 0, rounds = 1, standing = 1, status = 'SETTLED' where pool_id = ${id} and ref = 'open'`;
    },
  ],
  [
    'a first round for more than the deficit',
    'does not settle what is uncovered',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 6, uncovered: 6 });
      await round(sql, sequence, 'open', 1, 6);
    },
  ],
  [
    'a second round for more than what was uncovered',
    'does not settle what is uncovered',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 11, uncovered: 11 });
      await round(sql, sequence, 'f', 2, 11);
    },
  ],
  [
    'a second round of an event that was covered in full',
    'does not settle what is uncovered',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 90, uncovered: 90 });
      await round(sql, sequence, 'e', 2, 90);
    },
  ],
  [
    'a first round twice',
    'settlement_events_round',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 70, uncovered: 70 });
      await round(sql, sequence, 'f', 1, 70);
    },
  ],
  [
    'a second round for less than what was uncovered',
    'does not settle what is uncovered',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 9, uncovered: 9 });
      await round(sql, sequence, 'f', 2, 9);
    },
  ],
  [
    'a third round before the second',
    'does not settle what is uncovered',
    async (sql) => {
      const sequence = await settlement(sql, { deficit: 10, uncovered: 10 });
      await round(sql, sequence, 'f', 3, 10);
    },
  ],
  [
    'an event that forgets a draw',
    'is not the sum of its settlements',
    (sql) =>
      sql`update loss_events set fund_draw = fund_draw - 1, socialized = socialized + 1 where pool_id = ${id} and ref = 'e'`,
  ],
  [
    'an event that is settled by decree',
    'is not the sum of its settlements',
    (sql) =>
      sql`update loss_events set socialized = 5, uncovered = 0, rounds = 1, standing = 1, status = 'SETTLED' where pool_id = ${id} and ref = 'open'`,
  ],
  [
    'another deficit for an event',
    'a loss event keeps',
    (sql) => sql`update loss_events set deficit = 6, uncovered = 6 where pool_id = ${id} and ref = 'open'`,
  ],
  [
    'an event that is open and settled',
    'loss_events_status',
    (sql) => sql`update loss_events set status = 'SETTLED' where pool_id = ${id} and ref = 'open'`,
  ],
  [
    'an event that is open though a settlement stands',
    'loss_events_status',
    (sql) => sql`update loss_events set status = 'OPEN' where pool_id = ${id} and ref = 'f'`,
  ],
  [
    'an event whose standing settlement was not reversed',
    'is not the sum of its settlements',
    (sql) => sql`update loss_events set standing = 0, status = 'OPEN' where pool_id = ${id} and ref = 'f'`,
  ],
  [
    'an event with more settlements that stand than were made',
    'loss_events_rounds',
    (sql) => sql`update loss_events set standing = 2 where pool_id = ${id} and ref = 'f'`,
  ],
  [
    'an event that recovered without a recovery',
    'is not the sum of its settlements',
    (sql) =>
      sql`update loss_events set recovered = 1, uncovered = uncovered - 1 where pool_id = ${id} and ref = 'f'`,
  ],
  [
    'an event that recovered and still lacks it',
    'loss_events_sum',
    (sql) => sql`update loss_events set recovered = 1 where pool_id = ${id} and ref = 'f'`,
  ],
  ...['recourse', 'operator_capital'].map(
    (tier): Attempt => [
      `an event that calls ${tier} what was socialized`,
      'is not the sum of its settlements',
      (sql) =>
        sql`update loss_events set ${sql(tier)} = 1, socialized = socialized - 1 where pool_id = ${id} and ref = 'e'`,
    ],
  ),
  [
    'an event to which a tier owes',
    'loss_events_amounts',
    (sql) =>
      sql`update loss_events set recourse = -1, socialized = socialized + 1 where pool_id = ${id} and ref = 'e'`,
  ],
  ['a loss in a market of nothing', 'loss_event_markets_loss', (sql) => marketLoss(sql, 0)],
];

async function marketLoss(sql: postgres.TransactionSql, loss: number): Promise<void> {
  await sql`insert into loss_event_markets select pool_id, sequence, 1, ${loss} from loss_events where pool_id = ${id} and ref = 'open'`;
}

/** A settlement that is right but for its haircut, its figures or its commitment. */
const withHaircut = (
  h: Parameters<typeof haircut>[2],
  figures: Partial<Figures> = {},
  committed?: Parameters<typeof commitment>[2],
): Work => {
  return async (sql) => {
    const f = { socialized: 5, recourse: 0, uncovered: 0, capacity: 10, profit: 10, count: 1, ...figures };
    const sequence = await settlement(sql, f);
    await round(sql, sequence, 'open', 1, 5, [0, f.socialized, 0, f.recourse]);
    await sql`
      update loss_events set socialized = ${f.socialized}, recourse = ${f.recourse}, uncovered = 0, rounds = 1, standing = 1,
        status = 'SETTLED'
      where pool_id = ${id} and ref = 'open'`;
    await haircut(sql, sequence, h);
    await commitment(sql, sequence, committed);
  };
};

const ofRecourse = { recourse: 5, socialized: 0 };
const commitmentAttempts: Attempt[] = [
  ['a settlement without a root', 'does not commit', withHaircut({}, {}, { root: null })],
  ['a settlement without a seed', 'does not commit', withHaircut({}, {}, { seed: 0 })],
  [
    'a commitment to nothing',
    'does not commit',
    async (sql) => {
      const sequence = await settlement(sql, {});
      await round(sql, sequence, 'open', 1, 5);
      await commitment(sql, sequence, { loss: 0, seed: 0 });
    },
  ],
  [
    'a seed for nothing',
    'does not commit',
    async (sql) => {
      const sequence = await settlement(sql, {});
      await round(sql, sequence, 'open', 1, 5);
      await commitment(sql, sequence, { loss: 0, root: null });
    },
  ],
  ['a seed that is too short', 'settlement_seeds_seed', withHaircut({}, {}, { seed: 31 })],
  ['a settlement without its allocations', 'parts of settlement', withHaircut({}, {}, { loss: 0 })],
  ['an allocation of less', 'parts of settlement', withHaircut({}, {}, { loss: 4 })],
  ['an allocation of more', 'parts of settlement', withHaircut({}, {}, { loss: 6 })],
  ['an allocation above what could be borne', 'settlement_parts_loss', withHaircut({}, {}, { capacity: 4 })],
  [
    'an allocation with more to take than profit',
    'settlement_parts_loss',
    withHaircut({}, {}, { capacity: 11 }),
  ],
  [
    "an allocation over no market's winners",
    'settlement_parts_scope',
    withHaircut({}, {}, { scope: 'MARKET' }),
  ],
  ...[
    ['above its cap', 'haircut_parts_amount', [5, 10, 4]],
    ['under a cap above its profit', 'haircut_parts_amount', [5, 4, 5]],
    ['of nothing', 'haircut_parts_amount', [0, 10, 10]],
  ].map(
    ([name, by, row]): Attempt => [
      `a part of a haircut ${name}`,
      by as string,
      (
        sql,
      ) => sql`insert into haircut_parts values (${id}, ${at.toString()}, 9, 1, ${(row as number[])[0]!}, ${(row as number[])[1]!},
                                                     ${(row as number[])[2]!}, 1)`,
    ],
  ),
];

const haircutAttempts: Attempt[] = [
  ['above its cap', 'do not add up', withHaircut({ amount: 5, cap: 4, profit: 10 })],
  ['under a cap above its profit', 'haircuts_amount', withHaircut({ amount: 5, cap: 11, profit: 10 })],
  ['of zero', 'haircuts_amount', withHaircut({ amount: 0 })],
  ['below zero', 'haircuts_amount', withHaircut({ amount: -5 })],
  ['less than what was socialized', 'do not add up', withHaircut({ amount: 4, borne: 4 })],
  ['more than what was socialized', 'do not add up', withHaircut({ amount: 6, borne: 6 })],
  ['out of order', 'do not add up', withHaircut({ ordinal: 2 })],
  ['that the burden does not carry', 'haircuts_borne', withHaircut({ borne: 4 })],
  ['one where two were counted', 'do not add up', withHaircut({}, { count: 2 })],
  [
    'above its cap and its profit for recourse',
    'haircuts_amount',
    withHaircut({ profit: 4, cap: 4, recourse: 5 }, ofRecourse),
  ],
  ['of more recourse than it is', 'haircuts_recourse', withHaircut({ recourse: 6 }, ofRecourse)],
  ['of no recourse, said', 'haircuts_recourse', withHaircut({ recourse: 0 })],
  [
    'less than recourse and what was socialized',
    'do not add up',
    withHaircut({ amount: 4, recourse: 2 }, { recourse: 2, socialized: 3 }),
  ],
  ['after a notice that is yet to come', 'haircuts_previous', withHaircut({ previous: 1_000_000 })],
  ['of no settlement', 'do not add up', (sql) => haircut(sql, (at + 7n).toString(), {})],
  [
    'added to an old settlement',
    'do not add up',
    async (sql) => {
      const [row] =
        await sql`select sequence from settlements where pool_id = ${id} order by sequence limit 1`;
      await haircut(sql, row!.sequence, { ordinal: 3, account: 3 });
    },
  ],
];

const outboxAttempts: Attempt[] = [
  [
    'a notice after one that is none',
    'outbox_chain',
    (sql) => sql`insert into outbox values (${id}, 1, 'SETTLED', 0, now())`,
  ],
  [
    'a notice of no commit',
    'outbox_committed',
    (sql) => sql`insert into outbox values (${id}, ${(at + 9n).toString()}, 'SETTLED', null, now())`,
  ],
  [
    'a notice of a kind that is none',
    'outbox_kind',
    (sql) => sql`insert into outbox values (${id}, ${at.toString()}, 'RUMOURED', null, now())`,
  ],
  [
    'a key used twice',
    'idempotency_records_pkey',
    (sql) =>
      sql`insert into idempotency_records select * from idempotency_records where pool_id = ${id} limit 1`,
  ],
];

interface Given {
  amount: number;
  recourse: number | null;
  restores: number;
  account: number;
  borne: number;
  profit: number | null;
  returned: number;
  draw: number;
  recovered: number;
  uncovered: number;
  event: string;
  /** Of which event the returned share is. */
  shareOf: string;
  rows: number;
  knows: boolean;
}

/** A commit that gives 1 back of what a bore in the first settlement, of event e, right but for what is changed. */
const givingBack =
  (change: Partial<Given> = {}): Work =>
  async (sql) => {
    const right = {
      amount: -1,
      recourse: null,
      account: 1,
      borne: 35,
      profit: null,
      returned: 1,
      draw: 0,
      recovered: 1,
      uncovered: 0,
    };
    const c = { ...right, event: 'e', shareOf: 'e', rows: 1, knows: true, ...change };
    const sequence = (await advance(sql, 'recordRecovery')).toString();
    const [took] = await sql`select min(sequence) as sequence from settlements where pool_id = ${id}`;
    await sql`
      insert into recoveries select ${id}, ${sequence}, sequence, ${c.recovered}, ${c.uncovered}, null, now()
      from loss_events where pool_id = ${id} and ref = ${c.event}`;
    if (c.returned !== 0 || c.draw !== 0) {
      await sql`
        insert into returned_shares (pool_id, sequence, event_sequence, settlement_sequence, fund_draw, socialized)
        select ${id}, ${sequence}, sequence, ${took!.sequence}, ${c.draw}, ${c.returned}
        from loss_events where pool_id = ${id} and ref = ${c.shareOf}`;
    }
    if (c.rows > 0) {
      await sql`
        insert into haircuts (pool_id, sequence, ordinal, account_no, profit, recourse, amount, balance_after, borne_after,
                              realized_after, restores)
        select ${id}, ${sequence}, n, ${c.account}, ${c.profit}::numeric, ${c.recourse}::numeric, ${c.amount}, 0, ${c.borne}, 0,
               ${c.restores ?? took!.sequence} from generate_series(1, ${c.rows}) n`;
    }
    if (c.knows) {
      await sql`
        update loss_events set socialized = socialized - ${c.returned}, recovered = recovered + ${c.returned}
        where pool_id = ${id} and ref = ${c.event}`;
    }
  };

/** A commit that takes the last settlement back, right but for what it leaves out. It drew nothing, and a and b bore it. */
const reversing =
  ({ shares = true, haircuts = true, event = true } = {}): Work =>
  async (sql) => {
    const sequence = (await advance(sql, 'reverseSettlement')).toString();
    const [last] = await sql`select max(sequence) as sequence from settlements where pool_id = ${id}`;
    const settlement = last!.sequence;
    await sql`insert into reversals values (${id}, ${sequence}, ${settlement}, 'a mistake', now())`;
    if (shares) {
      await sql`
        insert into returned_shares
        select pool_id, ${sequence}, event_sequence, sequence, recourse, operator_capital, fund_draw, socialized
        from settlement_events where pool_id = ${id} and sequence = ${settlement}`;
    }
    if (haircuts) {
      await sql`
        insert into haircuts (pool_id, sequence, ordinal, account_no, amount, balance_after, borne_after, realized_after, restores)
        select pool_id, ${sequence}, ordinal, account_no, -amount, 0, 0, 0, sequence
        from haircuts where pool_id = ${id} and sequence = ${settlement}`;
    }
    if (event) {
      await sql`
        update loss_events set socialized = 0, uncovered = deficit, standing = 0, status = 'OPEN' where pool_id = ${id} and ref = 'f'`;
    }
  };

const gaveBack: Attempt[] = [
  ['of nobody who bore it', 'gives back more', givingBack({ account: 3 })],
  [
    'more than the haircut took, though the settlement took it',
    'gives back more than the haircut',
    givingBack({ account: 2, amount: -5, returned: 5, recovered: 5 }),
  ],
  [
    'more than the settlement took',
    'returns more than settlement',
    givingBack({ amount: -41, returned: 41, recovered: 41, borne: 0 }),
  ],
  ['of one haircut in two rows', 'haircuts_account', givingBack({ rows: 2, returned: 2, recovered: 2 })],
  ['without a returned share', 'do not add up', givingBack({ returned: 0 })],
  ['less than what is returned', 'do not add up', givingBack({ returned: 2 })],
  ['nothing of what is returned', 'does not give back what it returns', givingBack({ rows: 0 })],
  [
    'to the fund without an entry',
    'does not give back what it returns',
    givingBack({ draw: 1, recovered: 2 }),
  ],
  ['of a share that was none', 'returned_shares_share', givingBack({ shareOf: 'open' })],
  ['a share below zero', 'returned_shares_amounts', givingBack({ returned: -1, amount: -1, recovered: 1 })],
  ['a haircut that takes', 'haircuts_amount', givingBack({ amount: 1 })],
  ['a haircut that weighs', 'haircuts_amount', givingBack({ profit: 10 })],
  ['a haircut of the future', 'haircuts_amount', givingBack({ restores: 1_000_000 })],
  ['more recourse than it is', 'haircuts_recourse', givingBack({ recourse: 2 })],
  ['and leaves a burden below zero', 'haircuts_borne', givingBack({ borne: -1 })],
  [
    'haircuts in a settlement',
    'do not add up',
    async (sql) => {
      const sequence = await settlement(sql, {
        socialized: 5,
        uncovered: 0,
        capacity: 9,
        profit: 9,
        count: 1,
      });
      await sql`
        insert into haircuts (pool_id, sequence, ordinal, account_no, amount, balance_after, borne_after, realized_after, restores)
        select ${id}, ${sequence}, 1, 1, -5, 0, 0, 0, min(sequence) from settlements where pool_id = ${id}`;
    },
  ],
  ['more than came back', 'does not go to those whom it repays', givingBack({ recovered: 2 })],
  ['and counts it twice', 'does not go to those whom it repays', givingBack({ uncovered: 1 })],
  ['nothing that came back', 'recoveries_amount', givingBack({ recovered: 0 })],
  ['more to nobody than came back', 'recoveries_amount', givingBack({ uncovered: 2 })],
  [
    'what came back of no event',
    'recoveries_event',
    async (sql) => {
      const sequence = await advance(sql, 'recordRecovery');
      await sql`insert into recoveries values (${id}, ${sequence.toString()}, 1, 5, 5, null, now())`;
    },
  ],
  [
    'a settlement twice',
    'reversals_settlement',
    async (sql) => {
      const sequence = (await advance(sql, 'reverseSettlement')).toString();
      for (const at of [sequence, '1']) {
        await sql`insert into reversals select ${id}, ${at}, max(sequence), 'why', now() from settlements where pool_id = ${id}`;
      }
    },
  ],
  [
    'a settlement that was none',
    'reversals_of',
    async (sql) => {
      const sequence = await advance(sql, 'reverseSettlement');
      await sql`insert into reversals values (${id}, ${sequence.toString()}, 1, 'why', now())`;
    },
  ],
  [
    'nothing of a reversed settlement',
    'does not undo its settlement',
    reversing({ shares: false, haircuts: false, event: false }),
  ],
  [
    'no haircut of a reversed settlement',
    'does not give back what it returns',
    reversing({ haircuts: false }),
  ],
];

const rulesAttempts: Attempt[] = [
  [
    'rules without a version',
    'are not those of their last version',
    (sql) => sql`update pools set max_haircut_rate = 0.5 where pool_id = ${id}`,
  ],
  [
    'a version that is not there',
    'are not those of their last version',
    (sql) => sql`update pools set rules_version = 2 where pool_id = ${id}`,
  ],
  [
    'a version other than the present rules',
    'are not those of their last version',
    (sql) => rulesVersion(sql, 2, 2, 'TALMUD'),
  ],
  [
    'a version that the pool does not go by',
    'does not follow the one before',
    (sql) => rulesVersion(sql, 1, 2),
  ],
  ['a version after a gap', 'does not follow the one before', (sql) => rulesVersion(sql, 3, 3)],
  ['a version before the first', 'pool_rules_version', (sql) => rulesVersion(sql, 0, 0)],
  ['a version twice', 'pool_rules_pkey', (sql) => rulesVersion(sql, 1, 1)],
  ...(
    [
      [
        'tiers that do not begin with the bankrupt',
        'pools_tiers',
        `tiers = '{SOCIALIZATION}', waterfall = 'SOCIALIZE_ONLY'`,
      ],
      [
        'a tier that is none',
        'pools_tiers',
        `tiers = '{OWN_COLLATERAL,CHARITY,INSURANCE_FUND,SOCIALIZATION}'`,
      ],
      ['a waterfall that is not that of the tiers', 'pools_tiers', `waterfall = 'FUND_ONLY'`],
      ['an unknown method', 'pools_method', `method = 'LOTTERY'`],
      ['an unknown profit basis', 'pools_profit_basis', `profit_basis = 'REALIZED'`],
      ['an exponent above four', 'pools_leverage', 'leverage_exponent = 5'],
      ['leverage of at most nothing', 'pools_leverage', 'max_leverage = 0'],
      ['an unknown scope', 'pools_scope', `scope = 'GALAXY'`],
      ['an unknown overflow', 'pools_scope', `overflow = 'DRAIN'`],
      ['sessions by market', 'pools_scope', `scope = 'MARKET', profit_basis = 'SESSION'`],
      ["a cap of the fund's below zero", 'pools_fund', 'fund_cap = -1'],
      ["a cap of the operator's below zero", 'pools_fund', 'operator_cap = -1'],
      ['a reason to halt while active', 'pools_status', `halt_reason = 'none'`],
    ] as const
  ).map(
    ([name, by, change]): Attempt => [
      name,
      by,
      (sql) => sql.unsafe(`update pools set ${change} where pool_id = ${id}`),
    ],
  ),
  [
    "an account's cap above one",
    'accounts_max_haircut_rate',
    (sql) => sql`update accounts set max_haircut_rate = 1.1 where pool_id = ${id}`,
  ],
  [
    "an account's cap below zero",
    'accounts_max_haircut_rate',
    (sql) => sql`update accounts set max_haircut_rate = -0.1 where pool_id = ${id}`,
  ],
  [
    'a session that is cut twice for an account',
    'session_cuts_pkey',
    async (sql) => {
      const sequence = (await advance(sql, 'startSession')).toString();
      for (const unrealized of [5, 6])
        await sql`insert into session_cuts values (${id}, ${sequence}, 1, ${unrealized})`;
    },
  ],
  [
    'a session of no commit',
    'session_cuts_committed',
    (sql) => sql`insert into session_cuts values (${id}, ${(at + 9n).toString()}, 1, 5)`,
  ],
];

/** The present rules as a version of that number, with the pool at another. */
async function rulesVersion(
  sql: postgres.TransactionSql,
  present: number,
  version: number,
  method = 'PRO_RATA',
): Promise<void> {
  const sequence = await advance(sql, 'updatePoolRules');
  if (present > 1) await sql`update pools set rules_version = ${present} where pool_id = ${id}`;
  await sql`
    insert into pool_rules
    select pool_id, ${version}, ${sequence.toString()}, waterfall, tiers, ${method}, leverage_exponent, max_leverage, profit_basis, scope,
           overflow, max_haircut_rate, fund_reserve, fund_cap, operator_cap, withdrawals_while_loss_open, now()
    from pools where pool_id = ${id}`;
}

describe.each([
  ['the sequence', sequenceAttempts],
  ['money', moneyAttempts],
  ['a settlement', settlementAttempts],
  ['a haircut', haircutAttempts],
  ['a commitment', commitmentAttempts],
  ['the outbox and the keys', outboxAttempts],
  ['what is given back', gaveBack],
  ['rules', rulesAttempts],
])('%s: the database refuses', (_what, attempts) => {
  test.each(attempts)('%s', async (_name, by, attempt) => {
    expect(await refused(attempt)).toContain(by);
  });
});

test.each([
  ['settlement', withHaircut({})],
  ['settlement', withHaircut({ cap: 4, recourse: 5 }, ofRecourse)],
  ['recovery', givingBack()],
  ['reversal', reversing()],
  ['version of rules', (sql: postgres.TransactionSql) => rulesVersion(sql, 2, 2)],
])('and takes the same %s where everything is right', async (_, work) => {
  const rollback = new Error('as it should');
  const attempt = venue.sql.begin(async (sql) => {
    await work(sql);
    await sql`set constraints all immediate`;
    throw rollback;
  });
  await expect(attempt).rejects.toBe(rollback);
});

/**
 * Each check of checkInvariants sees what it is for, in each of its parts: rows broken behind the triggers' back, then rolled
 * back. What is broken is what the third text finds in the rows that are shown.
 */
const breakages: [id: string, text: string, shows?: string][] = [
  ['I1', 'update haircuts set cap = amount - 1 where restores is null and recourse is null'],
  [
    'I1',
    'update haircuts set recourse = amount - 1, cap = 0 where recourse is not null and restores is null',
  ],
  ['I1', 'update haircuts set cap = -1, recourse = amount where restores is null'],
  ['I1', 'update haircuts set cap = null where restores is null'],
  ['I1', 'update haircuts set profit = amount - 1 where restores is null'],
  ['I1', 'update haircuts set amount = 1 where restores is not null'],
  ['I1', 'update haircuts set restores = sequence where restores is not null'],
  ['I1', 'update haircuts set cap = 1 where restores is not null'],
  ['I1', 'update haircuts set recourse = abs(amount) + 1 where restores is not null'],
  ['I2', 'update haircuts set amount = amount - 1 where restores is null'],
  ['I2', 'update haircuts set recourse = recourse - 1 where restores is null'],
  ['I2', 'update settlements set haircut_count = haircut_count + 1'],
  ['I2', 'update haircuts set sequence = sequence + 1000 where restores is null'],
  ['I3', 'update settlements set uncovered = uncovered + 1', 'settlement'],
  ['I3', 'update settlements set residual = residual + 1', 'settlement'],
  ['I3', 'update settlement_events set recourse = recourse + 1', 'part'],
  ['I3', 'update settlement_events set operator_capital = operator_capital + 1', 'part'],
  ['I3', 'update loss_events set recovered = recovered + 1', 'event'],
  ['I4', `update fund_entries set balance_after = -1 where kind = 'LOSS_DRAW'`],
  ['I4', `update fund_entries set balance_after = balance_after + 1 where kind = 'LOSS_DRAW'`],
  ['I4', 'update pool_rules set fund_reserve = 1000'],
  ...['OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'].map(
    (tier): [string, string] => ['I4', `update pool_rules set tiers = array_remove(tiers, '${tier}')`],
  ),
  ['I4', 'update settlements set haircut_capacity = socialized - 1'],
  ['I4', 'update settlements set haircut_capacity = haircut_capacity + 1 where uncovered > 0'],
  ['I4', `update pool_rules set overflow = 'POOL'`],
  ['I4', `update pool_rules set scope = 'POOL'`],
  ['I4', 'update settlements set max_haircut_rate = 0.5'],
  ['I4', `update settlements set method = 'TALMUD'`],
  ['I11', `update postings set amount = amount + 1 where ledger = 'OUTSIDE'`],
  ['I12', 'update accounts set balance = balance + 1, head_sequence = 99 where account_no = 1'],
  ['I12', 'delete from haircuts where restores is not null'],
  ['I13', `update postings set balance_after = balance_after + 1 where ledger = 'ACCOUNT'`],
  ['I13', 'update haircuts set balance_after = balance_after + 1 where restores is null'],
  ['I13', 'update haircuts set balance_after = balance_after + 1 where restores is not null'],
  ['I14', 'update fund_entries set balance_after = balance_after + 1', 'chain'],
  ['I14', 'update pools set fund_balance = fund_balance + 1', 'head'],
  ['I14', `delete from postings where ledger = 'FUND' and kind = 'REVERSAL'`, 'postings'],
  ...(
    [
      ['BEARERS', 'HAIRCUT'],
      ['BEARERS', 'RECOVERY'],
      ['BEARERS', 'REVERSAL'],
      ['OUTSIDE', 'RECOVERY'],
      ['OUTSIDE', 'OPERATOR_CAPITAL'],
      ['FUND', 'LOSS_DRAW'],
      ['ACCOUNT', 'LOSS_COVER'],
      ['ACCOUNT', 'RECOVERY'],
      ['ACCOUNT', 'REVERSAL'],
    ] as const
  ).map(([ledger, kind]): [string, string, string] => [
    'I15',
    `update postings set amount = amount + 1 where ledger = '${ledger}' and kind = '${kind}'`,
    ledger,
  ]),
  ['I15', `update postings set kind = 'DEPOSIT' where kind = 'RECOVERY'`],
  ['I16', `update accounts set status = 'ACTIVE' where status = 'BANKRUPT'`],
  ['I16', `update accounts set status = 'BANKRUPT' where ref = 'a'`],
  ['I16', `update accounts set balance = balance + 1, head_sequence = 99 where status = 'BANKRUPT'`],
  ['I16', 'update haircuts set balance_after = balance_after + 1 where restores is not null'],
  ['I17', 'delete from journal where sequence = 2'],
  ['I18', `update journal set mutation = 'publishMarks'`],
  ...(
    [
      ['settleLosses', 'haircut'],
      ['settleLosses', 'haircut part'],
      ['settleLosses', 'settlement'],
      ['recordRecovery', 'recovery'],
      ['recordRecovery', 'haircut'],
      ['recordRecovery', 'returned share'],
      ['reverseSettlement', 'reversal'],
      ['withdrawFromFund', 'fund entry'],
      ['updatePoolRules', 'rules'],
      ['updatePoolRules', 'session cut'],
      ['startSession', 'session cut'],
      ['reportBankruptcy', 'event'],
      ['reverseSettlement', 'outbox'],
      ['recordRecovery', 'posting'],
    ] as const
  ).map(([mutation, row]): [string, string, string] => [
    'I18',
    // One kind of row at a time: three are shown.
    `update journal set mutation = 'publishMarks' where mutation = '${mutation}';
     ${[
       ['postings', 'posting'],
       ['haircuts', 'haircut'],
       ['haircut_parts', 'haircut part'],
       ['settlements', 'settlement'],
       ['recoveries', 'recovery'],
       ['reversals', 'reversal'],
       ['returned_shares', 'returned share'],
       ['loss_events', 'event'],
       ['fund_entries', 'fund entry'],
       ['session_cuts', 'session cut'],
       ['pool_rules', 'rules'],
       ['outbox', 'outbox'],
       ['idempotency_records', 'idempotency'],
     ]
       .filter(([, what]) => what !== row)
       .map(([table]) => `delete from ${table}`)
       .join(';')}`,
    row,
  ]),
  ['I18', 'update haircuts set restores = null where restores is not null', 'haircut'],
  ['I18', `update fund_entries set kind = 'RECOVERY' where kind = 'OPERATOR_CONTRIBUTION'`, 'fund entry'],
  ['I19', 'delete from outbox where previous_sequence is null', 'rows'],
  ['I19', 'delete from recoveries', 'rows'],
  ['I19', `update outbox set kind = 'SETTLED' where kind = 'REVERSED'`, 'rows'],
  ['I19', `update outbox set previous_sequence = null where kind = 'REVERSED'`, 'chain'],
  ['I19', 'update pools set last_loss_sequence = last_loss_sequence - 1', 'head'],
  ...[
    'recordRecovery',
    'reverseSettlement',
    'updatePoolRules',
    'haltPool',
    'withdrawFromFund',
    'startSession',
  ].map((mutation): [string, string, string] => [
    'I20',
    `delete from idempotency_records where mutation = '${mutation}'`,
    mutation,
  ]),
  [
    'I20',
    `insert into idempotency_records select pool_id, 'new', mutation, sha256(''), sequence, 1 from journal
     where mutation = 'setHaircutCaps'`,
  ],
  ...['deficit', 'recourse', 'operator_capital', 'fund_draw', 'socialized', 'uncovered'].map(
    (column): [string, string] => ['I21', `update settlements set ${column} = ${column} + 1`],
  ),
  ['I22', 'update settlement_events set round = -round', 'round'],
  ['I22', 'update settlement_events set deficit = deficit + 1, uncovered = uncovered + 1', 'left'],
  ['I22', 'delete from reversals', 'left'],
  ['I22', 'update recoveries set uncovered = uncovered + 1', 'head'],
  ['I22', 'update loss_events set uncovered = uncovered + 1, deficit = deficit + 1', 'left'],
  ...['rounds', 'standing', 'recourse', 'operator_capital', 'fund_draw', 'socialized', 'recovered'].map(
    (column): [string, string, string] => ['I22', `update loss_events set ${column} = ${column} + 1`, 'head'],
  ),
  ['I22', 'update returned_shares set operator_capital = operator_capital + 1', 'head'],
  ['I22', `update loss_events set status = 'OPEN' where status = 'PARTIALLY_COVERED'`, 'head'],
  ['I23', 'update haircuts set previous_sequence = 1', 'chain'],
  ['I23', 'update haircuts set previous_sequence = null where restores is not null', 'chain'],
  ['I23', 'update haircuts set ordinal = -ordinal', 'order'],
  ['I24', 'update haircuts set borne_after = borne_after + 1 where restores is null'],
  ['I24', 'update haircuts set borne_after = borne_after + 1 where restores is not null'],
  ['I24', 'update haircuts set realized_after = 1'],
  ['I24', 'update accounts set borne = borne + 1, head_sequence = 99'],
  ['I24', `${inSession('borne_after = amount')} and h.restores is null`],
  ['I24', `${inSession('borne_after = 0')} and h.restores is not null`],
  [
    'I24',
    `update haircuts h set borne_after = borne_after + amount where restores < (
     select max(c.sequence) from session_cuts c where c.pool_id = h.pool_id)
     and sequence > (select max(c.sequence) from session_cuts c where c.pool_id = h.pool_id)`,
  ],
  [
    'I24',
    `update pool_rules set profit_basis = 'UNREALIZED'; update pools set profit_basis = 'UNREALIZED', session_sequence = 0;
     update journal set mutation = 'publishMarks' where mutation = 'startSession'`,
  ],
  ['I24', 'update positions set size = 0'],
  ['I25', 'update accounts set head_sequence = 1000'],
  ['I25', `update accounts set balance = balance + 1 where status = 'BANKRUPT'`],
  ['I26', 'update positions set size = size + 1'],
  ['I27', 'update positions set market_no = 99', 'market'],
  ['I27', 'update settlement_parts set market_no = 99', 'market'],
  ['I27', 'update loss_event_markets set market_no = 99', 'market'],
  ['I27', 'update settlement_marks set market_no = 99 where market_no = 1', 'market'],
  ...['positions', 'haircuts', 'session_cuts', 'postings'].map((table): [string, string, string] => [
    'I27',
    `update ${table} set account_no = account_no + 99`,
    'account',
  ]),
  ['I27', 'update positions set size = 0, cost = 1', 'closed'],
  ['I28', 'update pools set account_count = account_count + 1'],
  ['I28', 'update pools set market_count = market_count + 1'],
  ['I70', 'update pools set rules_version = rules_version + 1', 'versions'],
  ['I70', 'delete from pool_rules where version = 1', 'versions'],
  ['I70', `update journal set mutation = 'updatePoolRules' where mutation = 'upsertAccounts'`, 'versions'],
  ['I70', 'update pool_rules set sequence = 0', 'order'],
  ['I70', `update pools set method = 'TALMUD'`, 'present'],
  ['I70', 'update pools set operator_cap = operator_cap + 1', 'present'],
  ['I70', 'update pools set max_leverage = 2', 'present'],
  ['I70', 'update settlements set rules_version = 1', 'settlement'],
  ['I71', 'update pool_rules set fund_cap = 1'],
  ['I71', 'update pool_rules set operator_cap = 6'],
  ['I71', 'delete from returned_shares'],
  ['I72', 'update settlement_parts set loss = loss + 1', 'settlement'],
  ['I72', 'delete from settlement_parts', 'settlement'],
  ['I72', 'update settlement_parts set part = part + 10', 'settlement'],
  ['I72', `update settlement_parts set scope = 'POOL' where scope = 'RECOURSE'`, 'settlement'],
  ['I72', 'update settlement_parts set profit_total = profit_total + 1', 'only part'],
  ['I72', 'update haircut_parts set amount = amount + 1', 'part'],
  ['I72', 'update haircut_parts set ordinal = ordinal + 9', 'haircut'],
  ['I72', 'update haircuts set recourse = 1 where recourse is null and restores is null', 'haircut'],
  ['I73', 'update haircuts set amount = -1000 where restores is not null', 'haircut'],
  ['I73', 'update haircuts set account_no = account_no + 99 where restores is not null', 'haircut'],
  ['I73', 'update haircuts set recourse = 1 where restores is not null and recourse is null', 'haircut'],
  ...['recourse', 'operator_capital', 'fund_draw', 'socialized'].map((tier): [string, string, string] => [
    'I73',
    `update returned_shares set ${tier} = ${tier} + 1000`,
    'share',
  ]),
  ['I73', 'update returned_shares set settlement_sequence = settlement_sequence + 99', 'share'],
  ['I73', 'delete from haircuts where restores is not null', 'commit'],
  ['I73', 'delete from returned_shares', 'commit'],
  ['I74', 'update recoveries set amount = amount + 1', 'recovery'],
  ['I74', 'update recoveries set event_sequence = event_sequence + 1', 'recovery'],
  [
    'I74',
    `update returned_shares r set socialized = socialized - 1 from reversals v
     where v.pool_id = r.pool_id and v.sequence = r.sequence`,
    'reversal',
  ],
  [
    'I74',
    'insert into reversals select pool_id, sequence + 1000, settlement_sequence, reason, reversed_at from reversals',
    'twice',
  ],
  [
    'I74',
    `update returned_shares r set sequence = r.sequence + 1000 from reversals v
       where v.pool_id = r.pool_id and v.sequence = r.sequence;
     update reversals set sequence = sequence + 1000`,
    'built on',
  ],
  [
    'I74',
    'insert into returned_shares select pool_id, 1, event_sequence, sequence from settlement_events',
    'of nothing',
  ],
  ['I75', 'delete from settlement_roots', 'whole'],
  ['I75', 'delete from settlement_seeds', 'whole'],
  ['I75', 'delete from settlement_leaves', 'whole'],
  ['I75', 'update settlement_leaves set chunk = 1', 'whole'],
  ['I75', `update settlement_leaves set leaves = leaves || chr(10) || 'ff 0'`, 'whole'],
  ['I75', "update settlement_leaves set leaves = replace(leaves, ' 36', ' 35')", 'chunk'],
  ['I75', `update settlement_leaves set first = 'aa'`, 'chunk'],
  [
    'I75',
    `update settlement_leaves set leaves = replace(replace(leaves, ' 36', ' 35'), ' 4', ' 5')
     where leaves like '% 36%' and leaves like '% 4%'`,
    'leaves',
  ],
  ['I76', 'update pools set session_sequence = session_sequence + 1', 'pool'],
  ['I76', 'update pools set session_sequence = 0', 'pool'],
  ['I76', 'update session_cuts set sequence = sequence + 1', 'cut'],
  ['I76', 'update session_cuts set unrealized = 0', 'cut'],
  ['I76', 'update accounts set session_sequence = 1', 'session'],
  ['I76', `update accounts set session_realized = session_realized + 1 where ref = 'winner'`, 'realized'],
  ['I76', `update postings set amount = amount + 1 where kind = 'REALIZED_PNL'`, 'realized'],
];

/** Changes haircuts of the present session, where a pool has one. */
function inSession(change: string): string {
  return `update haircuts h set ${change} from pools p
    where p.pool_id = h.pool_id and p.profit_basis = 'SESSION' and coalesce(h.restores, h.sequence) > p.session_sequence`;
}

/** What checkInvariants finds once something is broken. */
async function foundAfter(breaking: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<string[]> {
  const rollback = new Error('rollback');
  let found: string[] = [];
  const broken = venue.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    const rows = await tx`
      select format('alter table %s %s', conrelid::regclass, string_agg(format('drop constraint %I', conname), ', ')) as text
      from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace group by conrelid`;
    await tx.unsafe(rows.map((row) => row.text).join(';'));
    await tx`alter table reversals drop constraint reversals_settlement`;
    await breaking(tx);
    // The check opens a transaction of its own; here it is this one.
    const here = Object.assign(() => {}, {
      begin: (_: string, work: (t: typeof tx) => Promise<unknown>) => work(tx),
    });
    found = await checkInvariants(here as unknown as postgres.Sql, { zeroSum: true });
    throw rollback;
  });
  await expect(broken).rejects.toBe(rollback);
  return found;
}

describe('checkInvariants', () => {
  test('finds nothing where all is well', async () => {
    expect(await checkInvariants(venue.sql)).toEqual([]);
  });

  test.each(breakages)('%s sees: %s', async (id, text, shows) => {
    const found = await foundAfter((tx) => tx.unsafe(text));
    const own = found.filter((line) => line.startsWith(`${id} `));
    expect(found.map((line) => line.split(' ')[0])).toContain(id);
    if (shows) expect(own.join()).toContain(`"${shows}"`);
  });

  test('I5 sees an account that its last haircut left below zero', async () => {
    const found = await foundAfter(async (tx) => {
      await tx`update pools p set sequence = (select max(sequence) from haircuts h where h.pool_id = p.pool_id) where pool_id = ${id}`;
      await tx`update positions set cost = cost + 1000 where size <> 0`;
    });
    expect(found.map((line) => line.split(' ')[0])).toContain('I5');
  });
});
