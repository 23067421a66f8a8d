import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { Turns } from '../../src/db/turns.ts';
import { readPool } from '../../src/settlement/locked-pool.ts';
import { postTransfers } from '../../src/settlement/transfers.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();

const NEVER = { lapseMs: 3_600_000, patienceMs: 3_600_000 };

describe('turns', () => {
  test('come one at a time for each name, in the order of asking', async () => {
    const turns = new Turns(NEVER);
    const seen: string[] = [];
    let within = 0;
    const one = async (name: string, n: number) => {
      const end = (await turns.take(name))!;
      expect(++within).toBeLessThanOrEqual(2);
      seen.push(`${name}${n}`);
      await pause(1);
      within--;
      end();
    };
    await Promise.all([1, 2, 3, 4].flatMap((n) => [one('a', n), one('b', n)]));
    for (const name of ['a', 'b'])
      expect(seen.filter((text) => text.startsWith(name))).toEqual([1, 2, 3, 4].map((n) => `${name}${n}`));
  });

  test('who waited too long is told so, and is no longer in the way', async () => {
    const turns = new Turns({ ...NEVER, patienceMs: 20 });
    const end = (await turns.take('a'))!;
    expect(await turns.take('a')).toBeNull();
    const next = turns.take('a');
    end();
    (await next)!();
    expect(await turns.take('a')).not.toBeNull();
  });

  test('a turn that is never ended keeps the next no longer than it may last, and its late end ends no other', async () => {
    const turns = new Turns({ ...NEVER, lapseMs: 20 });
    const lateEnd = (await turns.take('a'))!;
    const end = (await turns.take('a'))!;
    const third = turns.take('a');
    let isThird = false;
    third.then(() => {
      isThird = true;
    });
    lateEnd();
    await Promise.resolve();
    expect(isThird).toBe(false);
    end();
    expect(await third).not.toBeNull();
  });
});

describe('mutations of one pool', () => {
  const deposit = (pool: PoolUnderTest, db: ReturnType<typeof openDatabase>, key: number) =>
    postTransfers(
      { ...venue.runtime, db },
      {
        pool: pool.name,
        idempotencyKey: `k${key}`,
        transfers: [{ account: 'a', kind: 'DEPOSIT', amount: '5' }],
      },
    );

  test('leave connections to everyone else while they wait for it', async () => {
    const busy = await PoolUnderTest.create(venue);
    const other = await PoolUnderTest.create(venue);
    for (const pool of [busy, other]) await pool.accounts('a');
    const db = openDatabase(venue.url, { poolSize: 2 });
    const holder = await venue.sql.reserve();
    try {
      await holder`begin`;
      await holder`select from pools where name = ${busy.name} for update`;
      const waiting = Promise.all([1, 2, 3, 4, 5].map((key) => deposit(busy, db, key)));
      // Were each to hold a connection, neither of these would ever be answered.
      await deposit(other, db, 1);
      expect((await readPool(db.sql as never, busy.name)).name).toBe(busy.name);
      await holder`commit`;
      await waiting;
      expect((await busy.account('a')).balance).toBe(25n);
      expect((await other.account('a')).balance).toBe(5n);
    } finally {
      holder.release();
      await db.close();
    }
  });

  test('are told CONFLICT_RETRY when they waited too long for those before them, and leave nothing behind', async () => {
    const pool = await PoolUnderTest.create(venue);
    await pool.accounts('a');
    const db = openDatabase(venue.url, { poolSize: 2, turns: { patienceMs: 50 } });
    const holder = await venue.sql.reserve();
    try {
      await holder`begin`;
      await holder`select from pools where name = ${pool.name} for update`;
      const first = deposit(pool, db, 1);
      await expect(deposit(pool, db, 2)).rejects.toMatchObject({ code: 'CONFLICT_RETRY' });
      await holder`commit`;
      await first;
      await deposit(pool, db, 2);
      expect((await pool.account('a')).balance).toBe(10n);
    } finally {
      holder.release();
      await db.close();
    }
  });
});
