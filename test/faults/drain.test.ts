import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { isPostmaster } from '../../src/db/embedded/postmaster.ts';
import { mutationText } from '../support/api.ts';
import { type Child, startMain } from '../support/child.ts';
import { embeddedUrl, postmasterOf } from '../support/embedded-url.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually, within } from '../support/eventually.ts';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';
import { subscribers } from '../support/metrics.ts';
import { LEAN_NOTICES, settleOne, winnersBook } from '../support/notice-book.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { admin, integrator, post } from '../support/server.ts';

/** SIGTERM, and SIGINT, which is taken the same way: what is under way finishes, everybody is told, and nothing is left behind. */

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(): Promise<{ child: Child; dataDir: string }> {
  const dataDir = await newDataFolder(process.pid);
  undo.push(() => removeDataFolder(dataDir));
  const child = await startMain({ DATA_DIR: dataDir });
  undo.push(() => child.end());
  return { child, dataDir };
}

const MARKS = {
  query: mutationText('publishMarks'),
  variables: { input: { pool: 'pool', marks: [{ market: 'BTC', price: '101' }] } },
};

it('drains: requests finish, sockets and streams end with a reason, and PostgreSQL stops last', async () => {
  const { child, dataDir } = await start();
  const venue = await child.caller(integrator);
  await winnersBook(await child.caller(admin), venue, 'pool', 2);
  await settleOne(venue, 'pool', 1, 4);
  const postmaster = await postmasterOf(dataDir);
  const socket = await RawSocket.open(child, venue.token);
  socket.subscribe('1', LEAN_NOTICES, { pool: 'pool', after: '0' });
  const idle = await RawSocket.open(child, venue.token);
  const stream = new EventStream(child.url, venue.token, {
    query: LEAN_NOTICES,
    variables: { pool: 'pool', after: '0' },
  });
  await stream.until(2);
  await eventually('two notices', () => socket.values('1').length === 2);
  await eventually('two subscribers', async () => (await subscribers(child.url)) === 2);

  // A mutation that waits for its pool when the signal comes.
  const locker = postgres(await embeddedUrl(dataDir), { max: 2, fetch_types: false });
  undo.push(() => locker.end({ timeout: 1 }));
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const locked = new Promise<void>((resolve) => {
    void locker
      .begin(async (sql) => {
        await sql`select 1 from pools where name = 'pool' for update`;
        resolve();
        await held;
      })
      .catch(() => {});
  });
  await locked;
  const underWay = post(child.url, MARKS, venue.token);
  await eventually('a waiting mutation', async () => {
    const [row] =
      await locker`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'shearwater'`;
    return row!.n > 0;
  });

  child.kill('SIGTERM');
  expect(await within('the close', socket.closed)).toEqual({
    code: 1001,
    reason: expect.stringContaining('shutting down'),
  });
  expect(await within('the close', idle.closed)).toMatchObject({ code: 1001 });
  await eventually('the end of the stream', () => stream.ended);
  expect(stream.results.at(-1)!.errors?.[0]?.message).toMatch(/shutting down/);
  await eventually('no new request', async () =>
    fetch(`${child.url}/health`).then(
      () => false,
      () => true,
    ),
  );
  expect(child.isRunning(), 'while a request is under way').toBe(true);
  release();
  expect((await within('the answer', underWay)).data.publishMarks.__typename).toBe('PublishMarksPayload');
  await locker.end({ timeout: 1 });
  expect(await within('the end of the process', child.exited, 25_000)).toEqual({ code: 0, signal: null });
  expect(await isPostmaster(postmaster!.pid, join(dataDir, 'postgres'))).toBe(false);
  expect(await postmasterOf(dataDir)).toBeUndefined();
  expect(child.lines.join('\n')).not.toMatch(/"level":(50|60)|unhandled|\bError:/);
}, 90_000);

it('starts again on what it left, with everything that was answered', async () => {
  const { child, dataDir } = await start();
  const venue = await child.caller(integrator);
  await winnersBook(await child.caller(admin), venue, 'pool', 2);
  const { sequence } = await settleOne(venue, 'pool', 1, 4);
  const pool =
    '{ pool(name: "pool") { sequence settlements { edges { node { sequence haircuts { totalCount } } } } } }';
  const before = await venue(pool);
  await child.end();
  const again = await startMain({ DATA_DIR: dataDir });
  undo.push(() => again.end());
  expect(again.url).not.toBe('');
  const after = await (await again.caller(integrator))(pool);
  expect(after).toEqual(before);
  expect(after.data.pool.settlements.edges[0].node).toEqual({ sequence, haircuts: { totalCount: 2 } });
  // The one that was killed leaves its PostgreSQL behind; the next start takes it over, and stops it.
  const left = await postmasterOf(dataDir);
  again.kill('SIGKILL');
  await again.exited;
  expect((await postmasterOf(dataDir))?.pid).toBe(left!.pid);
  const third = await startMain({ DATA_DIR: dataDir });
  undo.push(() => third.end());
  expect((await postmasterOf(dataDir))?.pid).toBe(left!.pid);
  expect(await (await third.caller(integrator))(pool)).toEqual(before);
  third.kill('SIGTERM');
  expect(await within('the end of the process', third.exited, 25_000)).toEqual({ code: 0, signal: null });
  expect(await postmasterOf(dataDir)).toBeUndefined();
}, 90_000);

it('stops when the signal comes while it is still starting', async () => {
  const { child, dataDir } = await start();
  await child.end();
  const { spawn } = await import('node:child_process');
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  for (const delay of [50, 300, 600]) {
    const early = spawn(process.execPath, [main], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATA_DIR: dataDir,
        PORT: '0',
        LOG_LEVEL: 'silent',
      },
      stdio: 'ignore',
    });
    const exited = new Promise<number | null>((resolve) => early.once('exit', (code) => resolve(code)));
    await new Promise((resolve) => setTimeout(resolve, delay));
    early.kill('SIGINT');
    await within('the end of the process', exited, 25_000);
    await eventually('no PostgreSQL', async () => (await postmasterOf(dataDir)) === undefined);
  }
}, 90_000);
