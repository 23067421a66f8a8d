import type postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkInvariants, dump } from '../support/invariants.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * What the database refuses of itself, whatever a program may do: each statement below is what a bug, a script or a
 * careless hand could send.
 */

const venue = venueForThisFile();
let pool: PoolUnderTest;
let id: number;
let at: bigint;

/** A pool with one settlement: fund 50, drawn; a of profit 100 bore 40 of it; event e settled, f uncovered by 10. */
beforeAll(async () => {
  pool = await PoolUnderTest.create(venue);
  await pool.fund(50);
  await pool.profits({ a: 100 });
  await pool.loss('e', 90);
  await pool.settle();
  await pool.loss('f', 70);
  await pool.settle();
  await pool.loss('open', 5);
  id = await pool.poolId();
  at = await pool.sequence();
});

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

async function settlement(sql: postgres.TransactionSql, values: Record<string, number>): Promise<string> {
  const sequence = (await advance(sql, 'settleLosses')).toString();
  const v = { deficit: 5, draw: 0, profit: 0, capacity: 0, socialized: 0, uncovered: 5, count: 0, ...values };
  await sql`
    insert into settlements (pool_id, sequence, waterfall, method, profit_basis, max_haircut_rate, deficit, fund_draw, residual,
                             profit_total, haircut_capacity, socialized, uncovered, haircut_count, root, tree, settled_at)
    values (${id}, ${sequence}, 'FUND_THEN_SOCIALIZE', 'PRO_RATA', 'UNREALIZED', 1, ${v.deficit}, ${v.draw}, ${v.deficit - v.draw},
            ${v.profit}, ${v.capacity}, ${v.socialized}, ${v.uncovered}, ${v.count}, ${v.count > 0 ? 'aa' : null}, ${v.count > 0 ? 'bb' : null}, now())`;
  return sequence;
}

async function round(
  sql: postgres.TransactionSql,
  sequence: string,
  event: string,
  nth: number,
  deficit: number,
  parts = [0, 0, deficit],
) {
  await sql`
    insert into settlement_events (pool_id, sequence, event_sequence, round, deficit, fund_draw, socialized, uncovered)
    select ${id}, ${sequence}, sequence, ${nth}, ${deficit}, ${parts[0]!}, ${parts[1]!}, ${parts[2]!}
    from loss_events where pool_id = ${id} and ref = ${event}`;
}

/** What a settlement with haircuts needs beside them: its part and its seed. */
async function commitment(sql: postgres.TransactionSql, sequence: string, loss = 5): Promise<void> {
  await sql`
    insert into settlement_parts (pool_id, sequence, part, scope, method, loss, profit_total, capacity, phase, level, last_remainder)
    values (${id}, ${sequence}, 1, 'POOL', 'PRO_RATA', ${loss}, 10, 10, 1, '1/2', '0/1')`;
  await sql`insert into settlement_seeds values (${id}, ${sequence}, ${Buffer.alloc(32)})`;
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

const haircut = (
  sql: postgres.TransactionSql,
  sequence: string,
  h: Partial<Record<'account' | 'ordinal' | 'profit' | 'cap' | 'amount' | 'borne' | 'previous', number>>,
) => sql`
  insert into haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, profit, cap, amount, balance_after, borne_after, realized_after)
  values (${id}, ${sequence}, ${h.ordinal ?? 1}, ${h.account ?? 1}, ${h.previous ?? null}, ${h.profit ?? 10}, ${h.cap ?? 10}, ${h.amount ?? 5}, 0, ${h.borne ?? 5}, 0)`;

const tables = [
  'journal',
  'idempotency_records',
  'postings',
  'fund_entries',
  'settlements',
  'settlement_events',
  'settlement_marks',
  'haircuts',
  'outbox',
  'pool_rules',
  'settlement_parts',
  'settlement_leaves',
  'settlement_seeds',
];

describe('append-only', () => {
  test.each(tables)('%s refuses UPDATE, DELETE and TRUNCATE', async (table) => {
    const [row] = await venue.sql`select count(*)::int as rows from ${venue.sql(table)}`;
    expect(row!.rows).toBeGreaterThan(0);
    for (const text of [
      `update ${table} set pool_id = pool_id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      expect(await refused((sql) => sql.unsafe(text))).toContain('is append-only');
    }
  });

  test.each(['pools', 'loss_events'])('%s refuses DELETE and TRUNCATE', async (table) => {
    for (const text of [`delete from ${table}`, `truncate ${table} cascade`]) {
      expect(await refused((sql) => sql.unsafe(text))).toContain('is append-only');
    }
  });
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
];

/** A settlement that is right but for its haircut. */
const withHaircut = (h: Parameters<typeof haircut>[2], parts: Record<string, number> = {}): Work => {
  return async (sql) => {
    const sequence = await settlement(sql, {
      socialized: 5,
      uncovered: 0,
      capacity: 10,
      profit: 10,
      count: 1,
      ...parts,
    });
    await round(sql, sequence, 'open', 1, 5, [0, 5, 0]);
    await sql`update loss_events set socialized = 5, uncovered = 0, rounds = 1, standing = 1, status = 'SETTLED' where pool_id = ${id} and ref = 'open'`;
    await haircut(sql, sequence, h);
    await commitment(sql, sequence);
  };
};
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
  ['after a notice that is yet to come', 'haircuts_previous', withHaircut({ previous: 1_000_000 })],
  ['of no settlement', 'do not add up', (sql) => haircut(sql, (at + 7n).toString(), {})],
  [
    'added to an old settlement',
    'do not add up',
    async (sql) => {
      const [row] =
        await sql`select sequence from settlements where pool_id = ${id} order by sequence limit 1`;
      await haircut(sql, row!.sequence, { ordinal: 2, account: 2 });
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
    'a key used twice',
    'idempotency_records_pkey',
    (sql) =>
      sql`insert into idempotency_records select * from idempotency_records where pool_id = ${id} limit 1`,
  ],
];

/** A commit that gives 1 back of what a settlement took for an event, right but for what is changed. */
const givingBack =
  (
    change: Partial<
      Record<'amount' | 'restores' | 'account' | 'borne' | 'returned' | 'recovered', number>
    > = {},
  ): Work =>
  async (sql) => {
    const c = { amount: -1, account: 1, borne: 39, returned: 1, recovered: 1, ...change };
    const sequence = (await advance(sql, 'recordRecovery')).toString();
    const [took] = await sql`select min(sequence) as sequence from settlements where pool_id = ${id}`;
    const restores = c.restores ?? took!.sequence;
    await sql`
      insert into recoveries select ${id}, ${sequence}, sequence, ${c.recovered}, 0, null, now()
      from loss_events where pool_id = ${id} and ref = 'e'`;
    if (c.returned > 0) {
      await sql`
        insert into returned_shares (pool_id, sequence, event_sequence, settlement_sequence, socialized)
        select ${id}, ${sequence}, sequence, ${took!.sequence}, ${c.returned} from loss_events where pool_id = ${id} and ref = 'e'`;
    }
    await sql`
      insert into haircuts (pool_id, sequence, ordinal, account_no, amount, balance_after, borne_after, realized_after, restores)
      values (${id}, ${sequence}, 1, ${c.account}, ${c.amount}, 0, ${c.borne}, 0, ${restores})`;
    await sql`
      update loss_events set socialized = socialized - ${c.returned}, recovered = recovered + ${c.returned}
      where pool_id = ${id} and ref = 'e'`;
  };
const gaveBack: Attempt[] = [
  ['of nobody who bore it', 'gives back more', givingBack({ account: 2 })],
  ['without a returned share', 'do not add up', givingBack({ returned: 0 })],
  ['less than what is returned', 'do not add up', givingBack({ returned: 2 })],
  [
    'more than the haircut took',
    'returns more than settlement',
    givingBack({ amount: -41, returned: 41, recovered: 41, borne: 0 }),
  ],
  ['a haircut that takes', 'haircuts_amount', givingBack({ amount: 1 })],
  ['a haircut of the future', 'haircuts_amount', givingBack({ restores: 1_000_000 })],
  ['more than came back', 'does not go to those whom it repays', givingBack({ recovered: 2 })],
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
    'only part of a reversed settlement',
    'does not undo its settlement',
    async (sql) => {
      const sequence = (await advance(sql, 'reverseSettlement')).toString();
      await sql`insert into reversals select ${id}, ${sequence}, min(sequence), 'why', now() from settlements where pool_id = ${id}`;
    },
  ],
];

const rulesAttempts: Attempt[] = [
  [
    'rules without a version',
    'are not those of their last version',
    (sql) => sql`update pools set max_haircut_rate = 0.5 where pool_id = ${id}`,
  ],
  [
    'a version that is skipped',
    'are not those of their last version',
    (sql) => sql`update pools set rules_version = 3 where pool_id = ${id}`,
  ],
  [
    'tiers that do not begin with the bankrupt',
    'pools_tiers',
    (sql) => sql`update pools set tiers = '{SOCIALIZATION}' where pool_id = ${id}`,
  ],
  [
    'a waterfall that is not that of the tiers',
    'pools_tiers',
    (sql) => sql`update pools set waterfall = 'FUND_ONLY' where pool_id = ${id}`,
  ],
  [
    'an unknown method',
    'pools_method',
    (sql) => sql`update pools set method = 'LOTTERY' where pool_id = ${id}`,
  ],
  [
    'sessions by market',
    'pools_scope',
    (sql) => sql`update pools set scope = 'MARKET', profit_basis = 'SESSION' where pool_id = ${id}`,
  ],
  [
    'a reason to halt while active',
    'pools_status',
    (sql) => sql`update pools set halt_reason = 'none' where pool_id = ${id}`,
  ],
  [
    'a cap above one',
    'accounts_max_haircut_rate',
    (sql) => sql`update accounts set max_haircut_rate = 1.1 where pool_id = ${id}`,
  ],
];

describe.each([
  ['the sequence', sequenceAttempts],
  ['money', moneyAttempts],
  ['a settlement', settlementAttempts],
  ['a haircut', haircutAttempts],
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
  ['recovery', givingBack()],
])('and takes the same %s where everything is right', async (_, work) => {
  const rollback = new Error('as it should');
  const attempt = venue.sql.begin(async (sql) => {
    await work(sql);
    await sql`set constraints all immediate`;
    throw rollback;
  });
  await expect(attempt).rejects.toBe(rollback);
});

/** Each check of checkInvariants sees what it is for: rows broken behind the triggers' back, then rolled back. */
const breakages: [id: string, text: string][] = [
  ['I1', 'update haircuts set cap = amount - 1'],
  ['I2', 'update haircuts set amount = amount - 1'],
  ['I3', 'update settlement_events set uncovered = uncovered + 1'],
  ['I4', `update fund_entries set balance_after = -1 where kind = 'LOSS_DRAW'`],
  ['I11', `update postings set amount = amount + 1 where ledger = 'OUTSIDE'`],
  ['I12', 'update accounts set balance = balance + 1, head_sequence = 99 where account_no = 1'],
  ['I13', `update postings set balance_after = balance_after + 1 where ledger = 'ACCOUNT'`],
  ['I14', 'update fund_entries set balance_after = balance_after + 1'],
  ['I15', `update postings set amount = amount + 1 where ledger = 'BEARERS'`],
  ['I16', `update accounts set status = 'ACTIVE' where status = 'BANKRUPT'`],
  ['I17', 'delete from journal where sequence = 2'],
  ['I18', `update journal set mutation = 'publishMarks'`],
  ['I19', 'delete from outbox where previous_sequence is null'],
  ['I20', 'delete from idempotency_records'],
  ['I21', 'update settlements set socialized = socialized + 1'],
  ['I22', 'update loss_events set rounds = rounds + 1'],
  ['I23', 'update haircuts set previous_sequence = 1'],
  ['I24', 'update haircuts set borne_after = borne_after + 1'],
  ['I25', 'update accounts set head_sequence = 1000'],
  ['I26', `update positions set size = size + 1`],
  ['I27', 'update positions set market_no = 99'],
  ['I28', 'update pools set account_count = account_count + 1'],
  ['I70', 'update pools set rules_version = 2'],
  ['I71', 'update pool_rules set fund_cap = 1'],
  ['I72', 'update settlement_parts set loss = loss + 1'],
  ['I73', 'update haircuts set restores = 1, amount = -1000'],
  [
    'I74',
    "insert into recoveries select pool_id, 99, sequence, 5, 0, null, now() from loss_events where ref = 'e'",
  ],
  ['I75', 'update settlement_leaves set sum = sum + 1'],
  ['I76', 'update pools set session_sequence = 3'],
];

describe('checkInvariants', () => {
  test('finds nothing where all is well', async () => {
    expect(await checkInvariants(venue.sql)).toEqual([]);
  });

  test.each(breakages)('%s sees: %s', async (id, text) => {
    const rollback = new Error('rollback');
    let found: string[] = [];
    const broken = venue.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx.unsafe(`alter table loss_events drop constraint if exists loss_events_status, drop constraint loss_events_sum;
        alter table haircuts drop constraint haircuts_amount, drop constraint haircuts_borne, drop constraint haircuts_previous;
        alter table settlement_events drop constraint settlement_events_sum;
        alter table settlement_parts drop constraint settlement_parts_loss;
        alter table settlements drop constraint settlements_sum, drop constraint settlements_capacity;
        alter table fund_entries drop constraint fund_entries_amount`);
      await tx.unsafe(text);
      // The check opens a transaction of its own; here it is this one.
      const here = Object.assign(() => {}, {
        begin: (_: string, work: (t: typeof tx) => Promise<unknown>) => work(tx),
      });
      found = await checkInvariants(here as unknown as postgres.Sql, { zeroSum: true });
      throw rollback;
    });
    await expect(broken).rejects.toBe(rollback);
    expect(found.map((line) => line.split(' ')[0])).toContain(id);
  });

  test('I5 sees an account that its last haircut left below zero', async () => {
    const rollback = new Error('rollback');
    let found: string[] = [];
    const broken = venue.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update pools p set sequence = (select max(sequence) from haircuts h where h.pool_id = p.pool_id) where pool_id = ${id}`;
      await tx`update positions set cost = cost + 1000 where size <> 0`;
      const here = Object.assign(() => {}, {
        begin: (_: string, work: (t: typeof tx) => Promise<unknown>) => work(tx),
      });
      found = await checkInvariants(here as unknown as postgres.Sql);
      throw rollback;
    });
    await expect(broken).rejects.toBe(rollback);
    expect(found.map((line) => line.split(' ')[0])).toContain('I5');
  });
});
