import { afterAll, beforeAll, expect, it } from 'vitest';
import { DeliveryQueue } from '../../src/db/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Who delivers to which webhook (I207). */

let database: TestDatabase;
const open = () =>
  new DeliveryQueue(database.url, (error) => {
    throw error;
  });
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const key = (webhookId: string) => ({ poolId: 1, webhookId });

it('gives a webhook to one server at a time, however often and by whomever it is queued', async () => {
  const [one, other] = [open(), open()];
  await Promise.all([one.add([key('a'), key('b')]), other.add([key('b'), key('a')]), one.add([key('a')])]);
  const claims = (await Promise.all([one.take(5), other.take(5)])).flat();
  expect(claims.map((claim) => claim.key.webhookId).sort()).toEqual(['a', 'b']);
  // What is at work is not queued again.
  await other.add([key('a')]);
  expect(await other.take(5)).toEqual([]);
  for (const claim of claims) await claim.release();
  await one.add([key('a')]);
  const [again] = await other.take(5);
  expect(again!.key).toEqual(key('a'));
  await again!.release();
  await one.close();
  await other.close();
});

it('gives what a server had to another, once that was closed without letting go', async () => {
  const [one, other] = [open(), open()];
  await one.add([key('c')]);
  const [claim] = await one.take(1);
  await one.close();
  expect(claim!.key).toEqual(key('c'));
  const [taken] = await eventually(
    'the other to have it',
    async () => {
      await other.add([key('c')]);
      const claims = await other.take(1);
      return claims.length > 0 && claims;
    },
    40_000,
  );
  expect(taken!.key).toEqual(key('c'));
  await taken!.release();
  await other.close();
}, 60_000);
