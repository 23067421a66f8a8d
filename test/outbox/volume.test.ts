import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Child, startChildServer } from '../support/child.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually, within } from '../support/eventually.ts';
import { residentMiB, subscribers } from '../support/metrics.ts';
import {
  BULKY_NOTICES,
  expectUnbroken,
  type Heard,
  LEAN_NOTICES,
  refOf,
  settleOne,
  winnerRef,
  winnersBook,
} from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { admin, type Caller, integrator } from '../support/server.ts';

/**
 * Tens of thousands of notices, and readers that do not read: the server is a process of its own, so that its memory
 * and its life are seen.
 */

const WINNERS = 20_000;
const POOL = 'large';
const PATIENCE_MS = 1_500;
/** A server that queued what a slow reader does not take would pass it: the notices below are 25 MB as text, for each of two readers. */
const MEMORY_MIB = 600;

let database: TestDatabase;
let child: Child;
let venue: Caller;
let round = 0;
const peak = { mib: 0, sampling: true };
let sampler: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  child = await startChildServer(database.url, { patienceMs: PATIENCE_MS });
  const root = await child.caller(admin);
  venue = await child.caller(integrator);
  await winnersBook(root, venue, POOL, WINNERS);
  sampler = (async () => {
    while (peak.sampling) {
      peak.mib = Math.max(peak.mib, await residentMiB(child.url).catch(() => 0));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
}, 120_000);

afterAll(async () => {
  peak.sampling = false;
  await sampler;
  await child?.end();
  await database?.drop();
});

const settle = () => settleOne(venue, POOL, ++round, WINNERS);

/** A lean reader by graphql-ws: the other subscriber, who must not notice anything. */
function leanReader(after: string) {
  const client = createClient({
    url: `${child.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${venue.token}` },
  });
  const notices: Heard[] = [];
  const ended = new Promise((resolve) => {
    client.subscribe<{ haircutNotices: Heard }>(
      { query: LEAN_NOTICES, variables: { pool: POOL, after } },
      {
        next: ({ data, errors }) => (data ? notices.push(data.haircutNotices) : resolve(errors)),
        error: resolve,
        complete: () => resolve('complete'),
      },
    );
  });
  return {
    notices,
    async until(count: number) {
      const all = eventually(`${count} notices`, () => notices.length >= count, 60_000);
      await Promise.race([
        all,
        ended.then((why) => {
          if (notices.length < count) throw new Error(`ended at ${notices.length}: ${JSON.stringify(why)}`);
        }),
      ]).catch((error: Error) => {
        throw new Error(`${error.message}; heard ${notices.length}`);
      });
    },
    stop: () => client.dispose(),
  };
}

const sequenceNow = async (): Promise<string> =>
  (await venue(`{ pool(name: "${POOL}") { sequence } }`)).data.pool.sequence;

it('tells a reader of the whole pool each of 20,000 haircuts once, in order, live and replayed', async () => {
  const live = leanReader(await sequenceNow());
  await eventually('a subscriber', async () => (await subscribers(child.url)) === 1);
  await settle();
  const replayed = leanReader('0');
  await live.until(WINNERS);
  await replayed.until(WINNERS);
  expectUnbroken(live.notices);
  expect(replayed.notices).toEqual(live.notices);
  expect(live.notices.map(refOf)).toEqual(Array.from({ length: WINNERS }, (_, i) => winnerRef(i)));
  await live.stop();
  await replayed.stop();
  await eventually('no subscriber', async () => (await subscribers(child.url)) === 0);
}, 120_000);

/** One that can stop taking anything from its connection. */
interface SlowReader {
  pause(): void;
  resume(): void;
  heard(): Heard[];
  readonly closed: Promise<unknown>;
  end(): void;
}

async function overWebSocket(after: string): Promise<SlowReader> {
  const raw = await RawSocket.open(child, venue.token);
  raw.subscribe('1', BULKY_NOTICES, { pool: POOL, after });
  return {
    pause: () => raw.socket.pause(),
    resume: () => raw.socket.resume(),
    heard: () => raw.values('1') as Heard[],
    closed: raw.closed,
    end: () => raw.end(),
  };
}

async function overEvents(after: string): Promise<SlowReader> {
  const stream = new EventStream(child.url, venue.token, {
    query: BULKY_NOTICES,
    variables: { pool: POOL, after },
  });
  await stream.opened();
  return {
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    heard: () => stream.values as Heard[],
    closed: eventually('the end of the stream', () => stream.ended, 120_000),
    end: () => stream.end(),
  };
}

const bare = ({ cursor, sequence, previousSequence }: Heard) => `${cursor} ${previousSequence} ${sequence}`;

it('ends readers that stopped reading while 20,000 notices were due, and nobody else suffers', async () => {
  const from = await sequenceNow();
  const slow = await Promise.all([overWebSocket(from), overEvents(from)]);
  await eventually('the slow ones', async () => (await subscribers(child.url)) === 2);
  const fast = leanReader(from);
  await eventually('all', async () => (await subscribers(child.url)) === 3);
  for (const reader of slow) reader.pause();
  await settle();
  await fast.until(WINNERS);
  // Ended by the server, although their peers say nothing; the one that reads is still there.
  await eventually('the end of the slow ones', async () => (await subscribers(child.url)) === 1, 30_000);
  expect(child.isRunning()).toBe(true);
  for (const reader of slow) {
    reader.resume();
    await within('the close', reader.closed);
    const heard = reader.heard();
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.length).toBeLessThan(WINNERS);
    // It resumes after the last cursor that it has, and has each once.
    const rest = leanReader(heard.at(-1)!.cursor);
    await rest.until(WINNERS - heard.length);
    const both = [...heard, ...rest.notices].map(bare);
    expect(both.length).toBe(WINNERS);
    expect(both.findIndex((one, i) => one !== bare(fast.notices[i]!))).toBe(-1);
    reader.end();
    await rest.stop();
  }
  await fast.stop();
  await eventually('no subscriber', async () => (await subscribers(child.url)) === 0);
  expect(peak.mib).toBeLessThan(MEMORY_MIB);
}, 180_000);

it('tells a slow reader the reason when it comes back before it is cut', async () => {
  const raw = await RawSocket.open(child, venue.token);
  raw.subscribe('1', BULKY_NOTICES, { pool: POOL, after: '0' });
  await raw.first('next');
  raw.socket.pause();
  await eventually('the end of the subscription', async () => (await subscribers(child.url)) === 0, 30_000);
  raw.socket.resume();
  expect(await within('the close', raw.closed)).toEqual({
    code: 4408,
    reason: expect.stringMatching(/slow.*resume/),
  });
}, 60_000);
