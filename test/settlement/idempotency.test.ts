import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { canonicalInput } from '../../src/settlement/idempotency.ts';
import { postTransfers } from '../../src/settlement/transfers.ts';
import { dump } from '../support/invariants.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile({ poolSize: 20 });

/** Calls of each keyed mutation on a pool that is ready for them: the same input each time it is asked with a key. */
const mutations: [
  name: string,
  prepare: (pool: PoolUnderTest) => Promise<void>,
  call: (pool: PoolUnderTest, key: string) => Promise<unknown>,
][] = [
  [
    'postTransfers',
    (pool) => pool.accounts('a'),
    (pool, key) => pool.transfers([{ account: 'a', kind: 'DEPOSIT', amount: '5', ref: 'wire' }], key),
  ],
  [
    'applyUpdates',
    (pool) => pool.accounts('a'),
    (pool, key) =>
      pool.update(
        {
          marks: [{ market: 'PNL', price: '2' }],
          positions: [{ account: 'a', market: 'PNL', size: '3', entryPrice: '1' }],
          transfers: [{ account: 'a', kind: 'FEE', amount: '-1' }],
        },
        key,
      ),
  ],
  [
    'contributeToFund',
    async () => {},
    (pool, key) =>
      contributeToFund(venue.runtime, {
        pool: pool.name,
        idempotencyKey: key,
        amount: '9',
        kind: 'LIQUIDATION_FEE',
      }),
  ],
  [
    'reportBankruptcy',
    async (pool) => {
      await pool.transfer('b', 'FEE', -5);
    },
    (pool, key) => pool.report({ ref: 'e', account: 'b' }, key),
  ],
  [
    'settleLosses',
    async (pool) => {
      await pool.profits({ a: 10 });
      await pool.loss('e', 4);
    },
    (pool, key) => pool.settle(undefined, key),
  ],
];

describe.each(mutations)('%s', (_name, prepare, call) => {
  test('sixteen equal calls at once have one answer and one commit', async () => {
    const pool = await PoolUnderTest.create(venue);
    await prepare(pool);
    const before = await pool.sequence();
    const answers = await Promise.all(Array.from({ length: 16 }, () => call(pool, 'key')));
    expect(
      new Set(
        answers.map((answer) =>
          JSON.stringify(answer, (_, v) => String(v) && (typeof v === 'bigint' ? `${v}` : v)),
        ),
      ).size,
    ).toBe(1);
    expect(await pool.sequence()).toBe(before + 1n);
  });

  test('a replay answers the same and writes nothing; the key of another call is a conflict', async () => {
    const pool = await PoolUnderTest.create(venue);
    await prepare(pool);
    const answer = await call(pool, 'key');
    await pool.transfer('someone', 'DEPOSIT', 1);
    const before = await dump(venue.sql);
    expect(await call(pool, 'key')).toEqual(answer);
    expect(
      await refusalOf(pool.transfers([{ account: 'someone', kind: 'DEPOSIT', amount: '77' }], 'key')),
    ).toEqual({
      code: 'IDEMPOTENCY_CONFLICT',
      path: ['input', 'idempotencyKey'],
    });
    expect(await dump(venue.sql)).toBe(before);
  });
});

test('inputs are compared as coerced: absent is null, and the order of fields does not matter', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.accounts('a');
  const answer = await pool.transfers([{ account: 'a', kind: 'DEPOSIT', amount: '5', ref: null }], 'key');
  expect(await pool.transfers([{ amount: '5', account: 'a', kind: 'DEPOSIT' }], 'key')).toEqual(answer);
  expect(await pool.transfers([{ amount: '5', kind: 'DEPOSIT', account: 'a' }], 'key')).toEqual(answer);

  await pool.profits({ b: 10 });
  await pool.loss('e', 1);
  const settled = await pool.settle(undefined, 'settle');
  const { settleLosses } = await import('../../src/settlement/settle.ts');
  expect(
    await settleLosses(venue.runtime, { lossEvents: null, idempotencyKey: 'settle', pool: pool.name }),
  ).toEqual(settled);
});

test('what differs in a list, in an amount or in the order of items is another input', () => {
  const base = {
    pool: 'p',
    transfers: [
      { account: 'a', amount: '5' },
      { account: 'b', amount: '5' },
    ],
  };
  const texts = [
    base,
    { ...base, transfers: [...base.transfers].reverse() },
    {
      ...base,
      transfers: [
        { account: 'a', amount: '5' },
        { account: 'b', amount: '50' },
      ],
    },
    { ...base, transfers: base.transfers.slice(1) },
    {
      ...base,
      transfers: [
        { account: 'a', amount: '5", "ref":"x' },
        { account: 'b', amount: '5' },
      ],
    },
  ].map(canonicalInput);
  expect(new Set(texts).size).toBe(texts.length);
});

test('a key belongs to its pool, over all mutations', async () => {
  const [one, two] = [await PoolUnderTest.create(venue), await PoolUnderTest.create(venue)];
  await one.accounts('a');
  await two.accounts('a');
  const deposit = [{ account: 'a', kind: 'DEPOSIT', amount: '5' }] as const;
  await one.transfers(deposit, 'key');
  await two.transfers(deposit, 'key');
  expect((await two.account('a')).balance).toBe(5n);
  expect(
    await refusalOf(
      contributeToFund(venue.runtime, {
        pool: one.name,
        idempotencyKey: 'key',
        amount: '1',
        kind: 'LIQUIDATION_FEE',
      }),
    ),
  ).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
});

test('a refusal keeps no key: the call goes through once its cause is gone', async () => {
  const pool = await PoolUnderTest.create(venue);
  const deposit = [{ account: 'late', kind: 'DEPOSIT', amount: '5' }] as const;
  expect(await refusalOf(pool.transfers(deposit, 'key'))).toMatchObject({ code: 'NOT_FOUND' });
  await pool.accounts('late');
  await pool.transfers(deposit, 'key');
  expect((await pool.account('late')).balance).toBe(5n);
});

test('a replay answers even where the same call would now be refused', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.transfer('a', 'DEPOSIT', 10);
  const withdrawal = [{ account: 'a', kind: 'WITHDRAWAL', amount: '-10' }] as const;
  const answer = await pool.transfers(withdrawal, 'key');
  await pool.loss('e', 5);
  expect(await refusalOf(pool.transfers(withdrawal, fresh('key')))).toMatchObject({
    code: 'WITHDRAWALS_GATED',
  });
  expect(await pool.transfers(withdrawal, 'key')).toEqual(answer);
});

test('sixteen settlements under keys of their own settle the loss once', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.profits({ a: 100 });
  await pool.loss('e', 40);
  const results = await Promise.allSettled(Array.from({ length: 16 }, () => pool.settle()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'NOTHING_TO_SETTLE' });
  expect((await pool.account('a')).balance).toBe(-40n);
});

describe('a pool that another transaction holds', () => {
  /** Runs something while the pool's row is locked elsewhere. */
  async function whileHeld<T>(pool: PoolUnderTest, work: () => Promise<T>): Promise<T> {
    const holder = await venue.sql.reserve();
    try {
      await holder`begin`;
      await holder`select from pools where name = ${pool.name} for update`;
      return await work();
    } finally {
      await holder`rollback`;
      holder.release();
    }
  }

  test('is CONFLICT_RETRY after the lock timeout, and the same request goes through later', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.accounts('a');
    const db = openDatabase(`${venue.url}?lock_timeout=150`);
    const deposit = () =>
      postTransfers(
        { ...venue.runtime, db },
        {
          pool: pool.name,
          idempotencyKey: 'key',
          transfers: [{ account: 'a', kind: 'DEPOSIT', amount: '5' }],
        },
      );
    try {
      expect(await whileHeld(pool, () => refusalOf(deposit()))).toEqual({
        code: 'CONFLICT_RETRY',
        path: ['input', 'pool'],
      });
      await deposit();
      expect((await pool.account('a')).balance).toBe(5n);
    } finally {
      await db.close();
    }
  });

  test('a keyed call whose connection breaks is tried again, and commits once', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.accounts('a');
    let deposit: Promise<unknown> = Promise.resolve();
    await whileHeld(pool, async () => {
      deposit = pool.transfers([{ account: 'a', kind: 'DEPOSIT', amount: '5' }], 'key');
      let killed = 0;
      while (killed === 0) {
        const rows = await venue.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%from pools where name%'`;
        killed = rows.length;
      }
    });
    await deposit;
    expect((await pool.account('a')).balance).toBe(5n);
  });
});
