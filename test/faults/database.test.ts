import { createClient } from 'graphql-ws';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { mutationText } from '../support/api.ts';
import { type Child, startChildServer } from '../support/child.ts';
import { eventually, within } from '../support/eventually.ts';
import { checkInvariants } from '../support/invariants.ts';
import { pause } from '../support/listen.ts';
import { expectUnbroken, LEAN_NOTICES, openLoss, winnersBook } from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { Resuming } from '../support/resuming.ts';
import { admin, type Caller, integrator, post } from '../support/server.ts';

/** The database ends our connections, at any moment and again and again: the server lives, and nothing is lost. */

const POOL = 'pool';
const WINNERS = 50;
const KILLS = Number(process.env.ROUNDS || 4) * 10;

let database: TestDatabase;
let child: Child;
let venue: Caller;
beforeAll(async () => {
  database = await createTestDatabase();
  child = await startChildServer(database.url);
  venue = await child.caller(integrator);
  await winnersBook(await child.caller(admin), venue, POOL, WINNERS);
});
afterAll(async () => {
  await child?.end();
  await database?.drop();
});

it(
  'lives on while its backends are terminated under load: a retried key settles once, and each notice is heard once',
  async () => {
    const client = createClient({
      url: `${child.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 1_000_000,
      shouldRetry: () => true,
      retryWait: () => pause(50),
      connectionParams: { authorization: `Bearer ${venue.token}` },
    });
    const reader = new Resuming(client, LEAN_NOTICES, POOL, '0');
    let isOver = false;
    /** What was not answered in good time: a statement that is lost with its connection must fail, and the next must not wait long. */
    const hung: string[] = [];
    const answered = <T>(what: string, answer: Promise<T>): Promise<T> =>
      within(what, answer, 15_000).catch((error: Error) => {
        if (error.message.startsWith('not within')) {
          hung.push(what);
          isOver = true;
        }
        throw error;
      });
    const codes = new Map<string, number>();
    const readers = Array.from({ length: 12 }, async (_, i) => {
      // A preview is a transaction of its own: those break in other ways than single statements do.
      const query =
        i % 2 === 0
          ? '{ previewSettlement(input: { pool: "pool", extraDeficit: "1" }) { ... on SettlementPreview { socialized } } }'
          : '{ pool(name: "pool") { name totals { equity } accounts(first: 20) { totalCount edges { node { ref equity haircuts { totalCount } } } } } }';
      while (!isOver && child.isRunning()) {
        const { errors } = await answered(
          'a query',
          post(child.url, { query, variables: { i } }, venue.token),
        ).catch(() => ({ errors: undefined }));
        for (const { extensions } of errors ?? [])
          codes.set(extensions.code, (codes.get(extensions.code) ?? 0) + 1);
      }
    });
    let settled = 0;
    const settling = (async () => {
      for (let round = 0; !isOver && child.isRunning(); round++) {
        const retried = async (run: () => Promise<unknown>) => {
          while (child.isRunning() && hung.length === 0) {
            const done = await answered('a mutation', run()).then(
              () => true,
              () => false,
            );
            if (done) return;
            await pause(20);
          }
        };
        await retried(() => openLoss(venue, POOL, round, WINNERS));
        await retried(async () => {
          const request = {
            query: mutationText('settleLosses'),
            variables: { input: { pool: POOL, idempotencyKey: `settle-${round}` } },
          };
          const { data, errors } = await post(child.url, request, venue.token);
          if (errors || data.settleLosses.__typename !== 'Settlement') throw new Error('again');
        });
        if (hung.length === 0) settled = round + 1;
      }
    })();
    const killer = postgres(database.url, { max: 1, fetch_types: false });
    for (let i = 0; i < KILLS && child.isRunning() && !isOver; i++) {
      await pause(Math.random() * 200);
      await killer`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'shearwater'`;
    }
    isOver = true;
    await Promise.all([...readers, settling]);
    expect(child.isRunning(), child.lines.slice(-15).join('\n')).toBe(true);
    expect(hung).toEqual([]);
    expect(settled).toBeGreaterThan(0);
    for (const code of codes.keys()) expect(code).toBe('INTERNAL_SERVER_ERROR');
    await eventually('readiness', async () => (await fetch(`${child.url}/ready`)).status === 200);
    await reader.until(settled * WINNERS);
    await pause(300);
    expect(reader.notices).toHaveLength(settled * WINNERS);
    expectUnbroken(reader.notices);
    reader.stop();
    await client.dispose();
    expect(await checkInvariants(killer)).toEqual([]);
    const [row] = await killer`select count(*)::int as count from settlements`;
    expect(row!.count).toBe(settled);
    await killer.end();
  },
  Math.max(180_000, KILLS * 3_000),
);
