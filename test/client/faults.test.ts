import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CursorStore, createShearwater, type HaircutNotice } from '../../src/client/index.ts';
import { TcpProxy } from '../campaign/proxy.ts';
import { type Child, startChildServer } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { giveBackTwo, openLoss, settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { quietPort } from '../support/port.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { admin, type Caller, callerOf, integrator, signToken } from '../support/server.ts';
import { Taking } from '../support/taking.ts';

/**
 * Readers of the client through a network that cuts and stalls, over servers that are killed, with tokens that expire, while settlements go
 * on. What each was told is compared with the rows of the database.
 */

const POOL = 'pool';
const WINNERS = 400;
const ROUNDS = 6;

let database: TestDatabase;
let child: Child;
let proxy: TcpProxy;
let venue: Caller;

beforeAll(async () => {
  database = await createTestDatabase();
  child = await startChildServer(database.url, { port: await quietPort() });
  proxy = await TcpProxy.start(() => Number(new URL(child.url).port));
  venue = await callerOf(child.url, integrator);
  await winnersBook(await callerOf(child.url, admin), venue, POOL, WINNERS);
});
afterAll(async () => {
  await proxy?.close();
  await child?.end();
  await database?.drop();
});

/** Kills the server with -9 and starts another on its port. */
async function replaceServer(): Promise<void> {
  const { port } = new URL(child.url);
  child.kill('SIGKILL');
  await child.exited;
  child = await startChildServer(database.url, { port: Number(port) });
}

/** A store that is as slow as a disk, and of which a restarted reader has what was saved. */
function slowStore(): CursorStore {
  let kept: string | null = '0';
  return {
    load: () => kept,
    async save(cursor) {
      await new Promise((resolve) => setImmediate(resolve));
      kept = cursor;
    },
  };
}

const tell = ({ sequence, amount, haircut }: HaircutNotice) => `${sequence} ${haircut.account.ref} ${amount}`;

/** What the database has, in the order that it must be told in. */
async function ledger(): Promise<string[]> {
  const sql = postgres(database.url, { max: 1 });
  const rows = await sql<{ told: string }[]>`
    select h.sequence || ' ' || a.ref || ' ' || (-h.amount * 1e-6)::numeric(38, 6) as told
    from haircuts h join accounts a using (pool_id, account_no)
    order by h.sequence, h.ordinal`;
  await sql.end();
  return rows.map(({ told }) => told);
}

test('what the iterables tell is what the ledger has, each once and in order, whatever happens in between', async () => {
  const url = `http://127.0.0.1:${proxy.port}`;
  const shortLived = () => signToken({ ...integrator, expiresIn: 3 });
  let lost = 0;
  const client = createShearwater({ url, token: shortLived, keepAliveMs: 1_000, onRetry: () => void lost++ });
  // Of the second the process ends again and again: what it did with a notice before it said so is done anew.
  const store = slowStore();
  let restarted = createShearwater({ url, token: shortLived });
  let taking = new Taking(restarted.haircuts({ pool: POOL, store, verify: true }));
  const handled: HaircutNotice[] = [];
  const restart = async () => {
    restarted.close();
    await taking.ended;
    expect(taking.end).toBeNull();
    handled.push(...taking.taken);
    restarted = createShearwater({ url, token: shortLived });
    taking = new Taking(restarted.haircuts({ pool: POOL, store, verify: true }));
  };

  const steady = new Taking(client.haircuts({ pool: POOL, after: '0' }));
  const losses = new Taking(client.losses({ pool: POOL, after: '0' }));
  const own = new Taking(client.haircuts({ pool: POOL, accounts: [winnerRef(7)], after: '0' }));

  for (let round = 0; round < ROUNDS; round++) {
    // Settled straight at the server, told through the proxy.
    const heard = steady.taken.length;
    await settleOne(await callerOf(child.url, integrator), POOL, round, 400);
    if (round % 4 === 0) await eventually('some of it', () => steady.taken.length > heard);
    if (round % 4 === 0) proxy.drop(() => true);
    if (round % 4 === 1) await replaceServer();
    if (round % 4 === 2) {
      proxy.stall();
      const before = lost;
      // Nothing is closed: it must find out by itself that nothing comes any more.
      await eventually('the client gives up on what stands still', () => lost > before, 40_000);
      await restart();
      proxy.drop(() => true);
      proxy.heal();
    }
    if (round % 4 === 3) await restart();
  }
  // Two haircuts more of each, and then both given back in one commit.
  await giveBackTwo(await callerOf(child.url, integrator), POOL, WINNERS);
  await openLoss(await callerOf(child.url, integrator), POOL, 'last', 1);

  const truth = await ledger();
  expect(truth).toHaveLength(WINNERS * (ROUNDS + 4));
  await steady.until(truth.length, 60_000);
  await eventually(
    'the restarted one has all',
    () => taking.taken.length > 0 && tell(taking.taken.at(-1)!) === truth.at(-1),
    60_000,
  );
  await losses.until(2 * ROUNDS + 5, 60_000);
  await own.until(ROUNDS + 4, 60_000);
  client.close();
  restarted.close();
  await Promise.all([steady, losses, own, taking].map(({ ended }) => ended));
  handled.push(...taking.taken);

  expect(steady.taken.map(tell)).toEqual(truth);
  expect(own.taken.map(tell)).toEqual(truth.filter((told) => told.split(' ')[1] === winnerRef(7)));
  expect(losses.taken.map(({ kind }) => kind)).toEqual([
    ...Array(ROUNDS).fill(['LOSS_OPENED', 'SETTLED']).flat(),
    ...['LOSS_OPENED', 'SETTLED', 'SETTLED', 'RECOVERED'],
    'LOSS_OPENED',
  ]);
  // At least once, and after each restart from where it was: with what came twice taken out it is the ledger.
  const distinct = [...new Set(handled.map(tell))];
  expect(distinct).toEqual(truth);
  expect(handled.length - distinct.length).toBeLessThanOrEqual(ROUNDS);
}, 240_000);
