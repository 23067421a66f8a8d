import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { mutationText } from '../support/api.ts';
import { type Child, startChildServer } from '../support/child.ts';
import { eventually, within } from '../support/eventually.ts';
import { checkInvariants } from '../support/invariants.ts';
import { openLoss, winnerRef, winnersBook } from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Answer, admin, callerOf, integrator, post } from '../support/server.ts';

/**
 * A server that freezes (SIGSTOP, a hanging virtual machine) while it holds a pool's lock inside an open transaction. The others
 * get the pool back before they give up waiting; thawed, it finds its transaction gone and does the work again by its key.
 */

const HOLD_MS = 1_000;
const WINNERS = 3;

let database: TestDatabase;
let sql: postgres.Sql;
let frozen: Child;
let other: Child;
let token: string;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 3, fetch_types: false, onnotice: () => {} });
  [frozen, other] = await Promise.all([
    startChildServer(database.url, { holdMs: HOLD_MS }),
    startChildServer(database.url, { holdMs: HOLD_MS }),
  ]);
  const venue = await callerOf(other.url, integrator);
  token = venue.token;
  await winnersBook(await callerOf(other.url, admin), venue, 'pool', WINNERS);
});
afterAll(async () => {
  frozen?.kill();
  await other?.end();
  await sql?.end({ timeout: 1 });
  await database?.drop();
});
beforeEach(() => expect(frozen.isRunning(), frozen.lines.slice(-15).join('\n')).toBe(true));

/** Freezes the server once its mutation has the pool and waits for what `lock` took, and then lets go of that. */
async function freezeInside(
  lock: string,
  mutation: () => Promise<Answer>,
): Promise<{ answer: Promise<Answer> }> {
  const locker = postgres(database.url, { max: 1, fetch_types: false });
  let answer: Promise<Answer>;
  try {
    await locker.begin(async (tx) => {
      await tx.unsafe(lock);
      answer = mutation();
      await eventually('a mutation that waits', async () => {
        const [row] = await sql`
          select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'shearwater'
            and wait_event_type = 'Lock' and pid in (select pid from pg_locks where relation = 'pools'::regclass)`;
        return row!.n > 0;
      });
      frozen.kill('SIGSTOP');
    });
  } finally {
    await locker.end({ timeout: 1 });
  }
  return { answer: answer! };
}

const deposit = (url: string, idempotencyKey: string) =>
  post(
    url,
    {
      query: mutationText('postTransfers'),
      variables: {
        input: {
          pool: 'pool',
          idempotencyKey,
          transfers: [{ account: winnerRef(0), kind: 'DEPOSIT', amount: '1' }],
        },
      },
    },
    token,
  );

/** What another server is asked meanwhile is answered, and what the frozen one was asked commits once. */
async function expectOnce(mutation: string, underWay: Promise<Answer>, key: string): Promise<void> {
  const began = performance.now();
  const { data, errors } = await within(
    'the pool of another server',
    deposit(other.url, `after ${key}`),
    25_000,
  );
  expect(errors).toBeUndefined();
  expect(data.postTransfers).toHaveProperty('sequence');
  // Before it would have given up on the pool.
  expect(performance.now() - began).toBeLessThan(20_000);
  frozen.kill('SIGCONT');
  const answer = await within('the thawed server', underWay);
  expect(answer.errors, frozen.lines.slice(-15).join('\n')).toBeUndefined();
  const [row] = await sql`
    select j.mutation, count(*)::int as times from idempotency_records i join journal j using (pool_id, sequence)
    where i.key = ${key} group by 1`;
  expect(row).toEqual({ mutation, times: 1 });
  // Keyed, it came after what the other server did meanwhile.
  expect(BigInt(answer.data[mutation].sequence)).toBe(BigInt(data.postTransfers.sequence) + 1n);
  expect(await checkInvariants(sql)).toEqual([]);
  expect(frozen.isRunning()).toBe(true);
}

it('between two statements: PostgreSQL ends the transaction', async () => {
  const { answer } = await freezeInside('select from accounts where account_no = 1 for update', () =>
    deposit(frozen.url, 'frozen'),
  );
  await expectOnce('postTransfers', answer, 'frozen');
});

it('in the middle of a COPY, where PostgreSQL waits without an end: the other servers end it', async () => {
  await openLoss(await callerOf(other.url, integrator), 'pool', 1, WINNERS);
  const { answer } = await freezeInside('lock table haircuts in share mode', () =>
    post(
      frozen.url,
      {
        query: mutationText('settleLosses'),
        variables: { input: { pool: 'pool', idempotencyKey: 'copy' } },
      },
      token,
    ),
  );
  await expectOnce('settleLosses', answer, 'copy');
});
