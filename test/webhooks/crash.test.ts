import { afterAll, beforeAll, expect, it } from 'vitest';
import { succeed } from '../support/api.ts';
import { type Child, startChildServer } from '../support/child.ts';
import { eventually, within } from '../support/eventually.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { Receiver, taken } from '../support/receiver.ts';
import { admin, integrator } from '../support/server.ts';

/** Servers that share the work, and one that dies in the midst of it (I201, I202, I207). */

const HAIRCUTS = 1_000;
const webhooks = { allowsPrivate: true, firstRetryMs: 50 };

let database: TestDatabase;
let servers: Child[];
let receiver: Receiver;
beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await Receiver.start();
  servers = await Promise.all([1, 2].map(() => startChildServer(database.url, { webhooks })));
});
afterAll(async () => {
  for (const server of servers ?? []) await server.end();
  await receiver?.close();
  await database?.drop();
});

async function settled(pool: string): Promise<void> {
  const root = await servers[0]!.caller(admin);
  const venue = await servers[0]!.caller(integrator);
  await winnersBook(root, venue, pool, HAIRCUTS, (i) => `owner-${i}`);
  const url = `${receiver.url}/${pool}`;
  await succeed(venue, 'createWebhook', { pool, idempotencyKey: 'all', url, stream: 'HAIRCUT_NOTICES' });
  await settleOne(venue, pool, 1, 5_000);
}
const refsAt = (pool: string) => receiver.noticesAt(pool).map((notice) => notice.haircut.account.ref);

it('two servers do no work twice, and keep the order', async () => {
  let atOnce = 0;
  let most = 0;
  receiver.answer = (...given) => {
    most = Math.max(most, ++atOnce);
    // What comes second at the same time would come now.
    setImmediate(() => {
      atOnce--;
      taken(...given);
    });
  };
  await settled('shared');
  const all = await eventually('every haircut', () => {
    const refs = refsAt('shared');
    return refs.length >= HAIRCUTS && refs;
  });
  expect(all).toHaveLength(HAIRCUTS);
  expect(new Set(all).size).toBe(HAIRCUTS);
  expect(all).toEqual(all.toSorted());
  expect(most).toBe(1);
});

it('a server that is killed while it delivers leaves no gap', async () => {
  // The receiver has what it was told and answers nothing, so the server that told it dies before it knows.
  const hanging = Promise.withResolvers<void>();
  let count = 0;
  receiver.answer = (response, request, delivery) => {
    if (++count < 4) return taken(response, request, delivery);
    if (count === 4) hanging.resolve();
  };
  await settled('killed');
  await within('a delivery that hangs', hanging.promise);
  // Whichever of the two it was: the other stays, and a new one comes for each that went.
  servers[0]!.kill();
  await servers[0]!.exited;
  servers[0] = await startChildServer(database.url, { webhooks });
  servers[1]!.kill();
  await servers[1]!.exited;
  receiver.answer = taken;
  const first = await eventually(
    'every haircut',
    () => {
      const told = [...new Set(refsAt('killed'))];
      return told.length >= HAIRCUTS && told;
    },
    60_000,
  );
  expect(first).toEqual(first.toSorted());
  // What hung came again, of the same name and with the same words, and nothing else did.
  const deliveries = receiver.deliveries.filter(({ path }) => path.endsWith('/killed'));
  const byId = Map.groupBy(deliveries, ({ id }) => id);
  expect([...byId.values()].filter((same) => same.length > 1)).toHaveLength(1);
  for (const same of byId.values()) expect(new Set(same.map(({ body }) => body)).size).toBe(1);
  expect(byId.size).toBe(HAIRCUTS / 100);
}, 90_000);
