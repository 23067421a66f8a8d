import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { half } from '../../examples/trader-bot/orders.ts';
import { succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { Example, type Program } from '../support/example.ts';
import { type Elsewhere, installClient, installNodeTypes } from '../support/installed.ts';
import { giveBackTwo, settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { startRelay } from '../support/relay.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** examples/trader-bot as whoever copies it runs it, against a venue that fills its orders, and killed where it hurts. */

const POOL = 'pool';

let elsewhere: Elsewhere;
let server: TestServer;
let venue: Caller;
let orders: Server;
const filled: { account: string; market: string; size: string }[] = [];
/** What the venue takes for an order, in milliseconds. */
let fillMs = 0;
/** Orders that it has not answered. */
let filling = 0;
/** Until when it fills none. */
let mayFill = Promise.resolve();
beforeAll(async () => {
  elsewhere = await installClient();
  server = await startTestServer();
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, POOL, 3);
  // The venue's own interface: it fills what is asked for, at the mark.
  orders = createServer(async (request, response) => {
    filling++;
    const order = (await json(request)) as (typeof filled)[number];
    await mayFill;
    await setTimeout(fillMs);
    const [{ size }] = (await accountNow(order.account)).positions;
    await succeed(venue, 'applyUpdates', {
      ...{ pool: POOL, idempotencyKey: `order ${filled.length}` },
      positions: [
        {
          ...{ account: order.account, market: order.market, entryPrice: '100' },
          size: String(Number(size) + Number(order.size)),
        },
      ],
      // Bought at 100, and sold at the mark.
      transfers: [
        {
          account: order.account,
          kind: 'REALIZED_PNL',
          amount: String(-Number(order.size) * (lastMark - 100)),
        },
      ],
    });
    filled.push(order);
    filling--;
    response.end();
  });
  await new Promise<void>((resolve) => orders.listen(0, '127.0.0.1', resolve));
}, 120_000);
afterAll(async () => {
  orders?.close();
  await server?.close();
  await elsewhere?.remove();
});

async function accountNow(ref: string) {
  const { data } = await venue(
    `query ($pool: String!, $ref: String!) { pool(name: $pool) { account(ref: $ref) {
      margin { health } positions { size } haircuts { totalCount edges { node { sequence } } } } } }`,
    { pool: POOL, ref },
  );
  return data.pool.account;
}

let lastMark = 101;
const mark = (price: number, pool = POOL) => {
  lastMark = price;
  return succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: String(price) }] });
};

const run = async (example: Example, account: string, url: string, pool = POOL) =>
  example.run([pool], {
    SHEARWATER_URL: url,
    SHEARWATER_TOKEN: await signToken(trader(`owner-${account}`)),
    ORDERS_URL: `http://127.0.0.1:${(orders.address() as AddressInfo).port}/orders`,
  });

const filledOf = (account: string) => filled.filter((order) => order.account === account);

async function journalOf({ path }: Example) {
  const text = await readFile(join(path, 'journal.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line));
}

test.each([
  ['1000', '-500'],
  ['-1', '0.5'],
  ['0.000000000000000003', '-0.000000000000000002'],
  ['-0.000000000000000001', '0.000000000000000001'],
  ['-12345678901234567890.1', '6172839450617283945.05'],
])('half of %s is closed by %s', (size, order) => {
  expect(half(size)).toBe(order);
});

test('its code is checked against the types of the package', async () => {
  await Example.copy('trader-bot', elsewhere, 'typed');
  await installNodeTypes(elsewhere);
  await elsewhere.check(['typed/main.ts'], { types: ['node'], lib: ['es2023'] });
});

test('it reduces what it must, and hears each haircut and alert once although it is killed as they come', async () => {
  const account = winnerRef(0);
  await mark(112);
  let program: Program | null = null;
  let kills = 0;
  const kill = () => {
    kills++;
    program?.kill();
  };
  let isFatal = (_: string) => false;
  /** Whether the program that runs was welcomed: before it has come so far it cannot be told to end. */
  let isConnected = false;
  const relay = await startRelay(server.url, (message) => {
    if (message.includes('"connection_ack"')) isConnected = true;
    if (isFatal(message)) {
      isFatal = () => false;
      kill();
    }
    return [message];
  });
  try {
    const example = await Example.copy('trader-bot', elsewhere, 'bot');
    const start = async () => {
      isConnected = false;
      return run(example, account, relay.url);
    };
    program = await start();
    const sequences: string[] = [];
    for (let round = 0; round < 3; round++) {
      isFatal = (message) => message.includes('"haircutNotices"');
      sequences.push((await settleOne(venue, POOL, round, 3)).sequence);
      await within('it is killed', program.exited);
      program = await start();
    }
    const heard = (kind: string) => async () =>
      (await journalOf(example)).filter((entry) => entry.kind === kind);
    await program.until('all haircuts', async () => (await heard('haircut')()).length === 3);

    // Down to a margin call: killed as it hears, it reduces all the same, and once.
    isFatal = (message) => message.includes('"marginAlerts"') && message.includes('MARGIN_CALL');
    // An order for the margin that the last haircut left would come before the alert, which then has no cause.
    let release = () => {};
    mayFill = new Promise((resolve) => {
      release = resolve;
    });
    await mark(106);
    await within('it is killed', program.exited);
    release();
    // It may have sent an order for the margin that a haircut left, which came again: it finds it filled when it starts.
    await eventually('no order is open', async () => filling === 0);
    program = await start();
    await program.until('an order', () => filledOf(account).length > 0);
    await program.until('it is safe', async () => (await accountNow(account)).margin.health === 'SAFE');
    await program.until('it heard so', async () =>
      (await heard('alert')()).some(({ text }) => text.includes('SAFE')),
    );
    await program.until('it is connected', () => isConnected);
    expect(await within('its end', program.end()), program.output).toBe(0);

    expect(filledOf(account)).toEqual([{ account, market: 'BTC', size: '-500' }]);
    expect(kills).toBe(4);
    const cursors = (await heard('alert')()).map(({ cursor }) => cursor);
    expect(cursors).toEqual([...new Set(cursors)]);
    expect(await heard('haircut')()).toHaveLength(sequences.length);
    const { haircuts } = await accountNow(account);
    expect(haircuts.edges.map(({ node }: { node: { sequence: string } }) => node.sequence)).toEqual(
      sequences,
    );
  } finally {
    program?.kill();
    await relay.close();
  }
}, 120_000);

test('what it hears of at once, haircuts and alerts, it acts on once', async () => {
  const account = winnerRef(1);
  await mark(112);
  await settleOne(venue, POOL, 'at once', 3);
  await mark(106);
  fillMs = 500;
  const program = await run(await Example.copy('trader-bot', elsewhere, 'at-once'), account, server.url);
  try {
    await program.until('it is safe', async () => (await accountNow(account)).margin.health === 'SAFE');
    await program.until('it heard so', () => program.output.includes(`${account} is SAFE`));
    expect(await within('its end', program.end()), program.output).toBe(0);
    expect(filledOf(account)).toEqual([{ account, market: 'BTC', size: '-500' }]);
  } finally {
    program.kill();
  }
}, 120_000);

test('what one commit gives back of two settlements it writes down twice', async () => {
  const pool = 'given-back';
  await winnersBook(await server.caller(admin), venue, pool, 1);
  await giveBackTwo(venue, pool, 1);
  await mark(120, pool);
  const example = await Example.copy('trader-bot', elsewhere, pool);
  const program = await run(example, winnerRef(0), server.url, pool);
  try {
    const haircuts = async () => (await journalOf(example)).filter(({ kind }) => kind === 'haircut');
    await program.until('all haircuts', async () => (await haircuts()).length === 4);
    const texts = (await haircuts()).map(({ text }) => text);
    expect(texts[2]).toContain('1000.000000');
    expect(texts[3]).toContain(' 100.000000');
  } finally {
    program.kill();
  }
}, 120_000);
