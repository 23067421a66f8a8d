import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { Broker, STREAM, subjectWord } from '../../src/outbox/broker.ts';
import { Hub } from '../../src/outbox/hub.ts';
import { succeed } from '../support/api.ts';
import { type Child, startChildServer, startMain } from '../support/child.ts';
import { eventually, within } from '../support/eventually.ts';
import { checkInvariants } from '../support/invariants.ts';
import { pause } from '../support/listen.ts';
import { NatsServer } from '../support/nats.ts';
import { openLoss, settleOne, winnersBook } from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { admin, type Caller, integrator } from '../support/server.ts';

/** A real broker between real servers: what it carries, and that nothing is lost or out of order whatever is killed. */

const POOLS = ['one', 'two.with a *'];
const WINNERS = 30;
const ROUNDS = 9;

let nats: NatsServer;
let database: TestDatabase;
let sql: postgres.Sql;
const children: Child[] = [];

beforeAll(async () => {
  nats = await NatsServer.start();
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 2, fetch_types: false, onnotice: () => {} });
  for (let i = 0; i < 2; i++) children.push(await startChildServer(database.url, { natsUrl: nats.url }));
  for (const pool of POOLS)
    await winnersBook(await children[0]!.caller(admin), await children[0]!.caller(integrator), pool, WINNERS);
});
afterAll(async () => {
  for (const child of children) await child.end();
  await sql?.end();
  await database?.drop();
  await nats?.remove();
});

interface Message {
  readonly pool: string;
  readonly sequence: string;
  readonly previousSequence?: string | null;
  readonly page?: number;
  readonly kind: string;
  readonly haircuts?: readonly { account: string; amount: string; previousSequence: string | null }[];
}

/** Everything that the stream has, in its order. */
async function streamed(): Promise<{ subject: string; message: Message }[]> {
  const connection = await connect({ servers: nats.url });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(STREAM);
    const consumer = await jetstream(connection).consumers.get(STREAM);
    const heard: { subject: string; message: Message }[] = [];
    while (heard.length < state.messages) {
      for await (const message of await consumer.fetch({ max_messages: 500, expires: 2_000 })) {
        heard.push({ subject: message.subject, message: message.json<Message>() });
        if (heard.length === state.messages) break;
      }
    }
    return heard;
  } finally {
    await connection.close();
  }
}

/** As a consumer does that wants each once: what it has seen of a pool it passes over. */
function onceEach(heard: Awaited<ReturnType<typeof streamed>>) {
  const seen = new Set<string>();
  return heard.filter(({ subject, message: { pool, sequence, page } }) => {
    const id = [subject, pool, sequence, page].join(' ');
    return !seen.has(id) && seen.add(id);
  });
}

async function expectEverything(): Promise<void> {
  await eventually(
    'the last position',
    async () => {
      const [row] = await sql`
        select bool_and(p.last_loss_sequence = coalesce(b.sequence, 0)) as done from pools p left join broker_positions b using (pool_id)`;
      return row!.done as boolean;
    },
    60_000,
  );
  const heard = onceEach(await streamed());
  for (const pool of POOLS) {
    const word = subjectWord(pool);
    const losses = heard
      .filter(({ subject }) => subject === `shearwater.losses.${word}`)
      .map(({ message }) => message);
    const outbox = await sql`
      select o.sequence, o.previous_sequence, o.kind from outbox o join pools p using (pool_id) where p.name = ${pool} order by o.sequence`;
    expect(
      losses.map(({ sequence, previousSequence, kind }) => ({
        sequence,
        previous_sequence: previousSequence,
        kind,
      })),
    ).toEqual([...outbox]);
    const haircuts = heard
      .filter(({ subject }) => subject === `shearwater.haircuts.${word}`)
      .flatMap(({ message }) =>
        message.haircuts!.map(({ account, amount }) => `${message.sequence} ${account} ${amount}`),
      );
    const rows = await sql`
      select h.sequence, a.ref, (-h.amount * 0.000001)::numeric(38, 6)::text as amount from haircuts h join accounts a using (pool_id, account_no)
      join pools p using (pool_id) where p.name = ${pool} order by h.sequence, h.ordinal`;
    expect(haircuts).toEqual(rows.map(({ sequence, ref, amount }) => `${sequence} ${ref} ${amount}`));
    expect(haircuts.length).toBeGreaterThan(0);
  }
}

const venueOf = (child: Child): Promise<Caller> => child.caller(integrator);

it('wakes the hubs of all servers without a NOTIFY', async () => {
  const db = openDatabase(database.url, { poolSize: 2 });
  const problems: unknown[] = [];
  const broker = new Broker({ url: nats.url, onError: (error) => problems.push(error) });
  // A hub that does not poll hears by the broker, or not at all.
  const hub = new Hub({
    db,
    url: database.url,
    announcements: broker,
    pollMs: 3_600_000,
    onError: (error) => problems.push(error),
  });
  const notified: string[] = [];
  const listener = await sql.listen('shearwater_outbox', (payload) => notified.push(payload));
  const [{ pool_id: poolId }] = (await sql`select pool_id from pools where name = 'one'`) as unknown as [
    { pool_id: number },
  ];
  const losses = await hub.losses(poolId, null, () => {});
  await settleOne(await venueOf(children[1]!), 'one', 'awake', WINNERS);
  expect((await within('a notice', losses.next())).value).toMatchObject({ kind: 'LOSS_OPENED' });
  expect((await within('a notice', losses.next())).value).toMatchObject({ kind: 'SETTLED' });
  await pause(200);
  expect(notified).toEqual([]);
  expect(problems).toEqual([]);
  await listener.unlisten();
  await hub.close(new Error('over'));
  await broker.close();
  await db.close();
});

it('may be away: a server starts, serves and ends without it', async () => {
  const child = await startMain({ DATABASE_URL: database.url, NATS_URL: 'nats://127.0.0.1:1' });
  await settleOne(await venueOf(child), 'one', 'without a broker', WINNERS);
  child.kill('SIGTERM');
  expect(await within('the end of the server', child.exited)).toEqual({ code: 0, signal: null });
});

it('carries every commit of the outbox, and every haircut of it', async () => {
  for (const pool of POOLS) await settleOne(await venueOf(children[0]!), pool, 'first', WINNERS);
  await expectEverything();
});

it('loses nothing and keeps each pool’s order while servers and the broker are killed', async () => {
  let victim = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const call = await venueOf(children[(victim + 1) % 2]!);
    for (const pool of POOLS) {
      await openLoss(call, pool, `killed-${round}`, WINNERS);
      await succeed(call, 'settleLosses', { pool, idempotencyKey: `settle-killed-${round}` });
    }
    await pause(Math.random() * 30);
    if (round % 3 === 2) {
      await nats.kill();
      // The service goes on without it.
      await settleOne(call, 'one', `without-${round}`, WINNERS);
      await nats.start();
    } else {
      children[victim]!.kill();
      children[victim] = await startChildServer(database.url, { natsUrl: nats.url });
      victim = (victim + 1) % 2;
    }
  }
  await expectEverything();
  expect(await checkInvariants(sql)).toEqual([]);
}, 180_000);
