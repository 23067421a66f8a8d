import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { Books } from '../../src/settlement/books.ts';
import { recordFills } from '../../src/settlement/fills.ts';
import { type Halt, Halts } from '../../src/settlement/halts.ts';
import { fresh, PoolUnderTest, type Venue, venueForThisFile } from '../support/venue.ts';

/*
 * What a mutation writes is sent together: a round trip for each of its statements would be what it takes, on a server that has other
 * things to do. A flight is all that is sent until an answer is waited for.
 */

/** After so long without another message a flight has been sent: its sender is this process, which is never quiet in the midst of one. */
const QUIET_MS = 10;

/** Counts messages of these types in one direction of PostgreSQL's protocol: a byte, and a length that counts itself. */
function counter(types: string, hasStartup: boolean): (chunk: Buffer) => number {
  let left = Buffer.alloc(0);
  let isStartup = hasStartup;
  return (chunk) => {
    left = Buffer.concat([left, chunk]);
    let count = 0;
    for (;;) {
      const head = isStartup ? 0 : 1;
      if (left.length < head + 4) return count;
      const end = head + left.readInt32BE(head);
      if (left.length < end) return count;
      if (!isStartup && types.includes(String.fromCharCode(left[0]!))) count++;
      isStartup = false;
      left = left.subarray(end);
    }
  };
}

const venue = venueForThisFile();
let proxy: Server;
let db: Database;
let pool: PoolUnderTest;
let flights = 0;
const halts: Halt[] = [];

beforeAll(async () => {
  const direct = new URL(venue.url);
  const target = Number(direct.port);
  proxy = createServer((near) => {
    const far = connect(target, direct.hostname);
    // Sync and Query are each answered by one ReadyForQuery.
    const [asked, answered] = [counter('SQ', true), counter('Z', false)];
    let open = 0;
    let answers: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const deliver = () => {
      if (answers.length === 0 || open > 0) return;
      flights++;
      near.write(Buffer.concat(answers));
      answers = [];
    };
    const wait = () => {
      clearTimeout(quiet);
      quiet = setTimeout(deliver, QUIET_MS);
    };
    near.on('data', (chunk) => {
      open += asked(chunk);
      far.write(chunk);
      wait();
    });
    far.on('data', (chunk) => {
      // The first says that the connection is open, and answers nothing.
      open = Math.max(0, open - answered(chunk));
      answers.push(chunk);
      wait();
    });
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  db = openDatabase(Object.assign(direct, { port }).href, { poolSize: 1 });
  const own = { db, clock: venue.clock, random: randomBytes, books: new Books() };
  const guard = new Halts({ ...own, onHalt: (halt) => halts.push(halt), onError: () => {} });
  const far: Venue = { ...venue, db, halts, runtime: { ...own, halts: guard } };
  pool = await PoolUnderTest.create(far);
  await pool.accounts('a', 'b');
});
afterAll(async () => {
  await db?.close();
  proxy?.close();
});

async function flightsOf(mutation: () => Promise<unknown>): Promise<number> {
  // Once before, so that every statement is prepared.
  await mutation();
  flights = 0;
  await mutation();
  return flights;
}

it.each<[string, number, () => Promise<unknown>]>([
  // BEGIN; the lock and the key; what it reads; all that it writes; COMMIT.
  ['transfers', 5, () => pool.transfers([{ account: 'a', kind: 'DEPOSIT', amount: '5' }])],
  ['positions', 5, () => pool.position('a', 'PNL', 3, 0)],
  ['marks', 5, () => pool.mark('PNL', '1')],
  ['accounts', 5, () => pool.ownedAccounts({ [fresh('account')]: 'o' })],
  ['a contribution', 4, () => pool.fund(3)],
  [
    'updates of all kinds',
    5,
    () =>
      pool.update({
        marks: [{ market: 'PNL', price: '1' }],
        positions: [{ account: 'a', market: 'PNL', size: '3', entryPrice: '0' }],
        transfers: [{ account: 'b', kind: 'DEPOSIT', amount: '2' }],
      }),
  ],
])('%s take %i flights', async (_, most, mutation) => {
  expect(await flightsOf(mutation)).toBe(most);
});

it('fills take 7 flights: which of them are new, and what they change, is read one after the other', async () => {
  await pool.rules({ positionSource: 'FILLS' });
  const fill = () =>
    recordFills(pool.venue.runtime, {
      pool: pool.name,
      idempotencyKey: fresh('key'),
      fills: [{ trade: fresh('trade'), account: 'a', market: 'PNL', size: '1', price: '1' }],
    });
  expect(await flightsOf(fill)).toBe(7);
});

/** Runs `during` while whatever is inserted into a table is refused. */
async function refusing(table: string, during: () => Promise<void>): Promise<void> {
  const name = `refuse_${table}`;
  await venue.sql.unsafe(`
    create function ${name}() returns trigger language plpgsql as
      $$ begin raise exception 'not this time' using errcode = 'XX123'; end $$;
    create trigger ${name} before insert on ${table} for each row execute function ${name}()`);
  try {
    await during();
  } finally {
    await venue.sql.unsafe(`drop trigger ${name} on ${table}; drop function ${name}()`);
  }
}
const REFUSED = { code: 'XX123', message: 'not this time' };

it.each(['journal', 'postings', 'idempotency_records'])(
  'a write to %s that fails takes back all that was sent with it, and is what the mutation ends with',
  async (table) => {
    const stood = async () => ({ sequence: await pool.sequence(), ...(await pool.account('b')) });
    const before = await stood();
    const key = fresh('key');
    const transfer = () => pool.transfers([{ account: 'b', kind: 'DEPOSIT', amount: '7' }], key);
    await refusing(table, async () => {
      await expect(transfer()).rejects.toMatchObject(REFUSED);
      expect(await stood()).toEqual(before);
    });
    // The connection is as good as before, and so is the key.
    await transfer();
    expect((await pool.account('b')).balance).toBe(before.balance + 7n);
    expect(halts).toEqual([]);
  },
);

it('a mutation that finds the pools with another column, as while a server is replaced by a newer one, is booked', async () => {
  const transfer = () => pool.transfers([{ account: 'b', kind: 'DEPOSIT', amount: '1' }]);
  await transfer();
  const { balance } = await pool.account('b');
  await venue.sql`alter table pools add column of_a_newer_version integer`;
  await transfer();
  await venue.sql`alter table pools drop column of_a_newer_version`;
  await transfer();
  expect((await pool.account('b')).balance).toBe(balance + 2n);
});

it.each(['settlement_marks', 'settlement_parts', 'haircuts', 'settlement_roots', 'outbox'])(
  'a settlement whose write to %s fails books nothing, also where rows were copied after it',
  async (table) => {
    // Not through the proxy, which would wait for the answer to a COPY before it lets its rows through.
    const other = await PoolUnderTest.create(venue);
    await other.profits({ a: 90, b: 30 });
    await other.loss('e', 100);
    const sequence = await other.sequence();
    await refusing(table, async () => {
      await expect(other.settle()).rejects.toMatchObject(REFUSED);
      expect(await other.sequence()).toBe(sequence);
    });
    const { haircuts } = await other.settlement(await other.settle());
    expect(haircuts).toEqual({ a: 75n, b: 25n });
  },
);
