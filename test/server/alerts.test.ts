import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { succeed } from '../support/api.ts';
import { startMain } from '../support/child.ts';
import { EventStream } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';
import { pause } from '../support/listen.ts';
import { quietPort } from '../support/port.ts';
import {
  admin,
  type Caller,
  callerOf,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** Margin alerts: each change of health once, in order, whichever server tells it and whatever dies meanwhile. */

interface Alert {
  readonly number: string;
  readonly previousNumber: string | null;
  readonly health: string;
  readonly previousHealth: string;
  readonly account: { readonly ref: string };
  readonly cursor: string;
}

const ALERTS = `subscription ($pool: String!, $accounts: [String!], $after: String) {
  marginAlerts(pool: $pool, accounts: $accounts, after: $after) { cursor number previousNumber health previousHealth account { ref }
    equity initialMargin maintenanceMargin sequence raisedAt } }`;

let server: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(() => server.close());

const undo: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A pool of longs of 10 at 100 with 200 of collateral each, but for `thin`, which has 150. */
async function openPool(
  root: Caller,
  venue: Caller,
  pool: string,
  accounts = ['a', 'b', 'thin'],
): Promise<void> {
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 2 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await mark(venue, pool, '100');
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: accounts.map((ref) => ({ ref, owner: `owner-${ref}` })),
  });
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'book',
    positions: accounts.map((account) => ({ account, market: 'BTC', size: '10', entryPrice: '100' })),
    transfers: accounts.map((account) => ({
      account,
      kind: 'DEPOSIT',
      amount: account === 'thin' ? '150' : '200',
    })),
  });
}

const mark = (venue: Caller, pool: string, price: string) =>
  succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price }] });

const listen = (caller: Caller, pool: string, variables: Record<string, unknown> = {}, on = server) => {
  const stream = new EventStream(on.url, caller.token, { query: ALERTS, variables: { pool, ...variables } });
  undo.push(() => stream.end());
  return {
    stream,
    alerts: () => stream.results.map(({ data }) => (data as { marginAlerts: Alert }).marginAlerts),
    said: () =>
      stream.results.map(({ data }) => {
        const { account, previousHealth, health } = (data as { marginAlerts: Alert }).marginAlerts;
        return `${account.ref} ${previousHealth} → ${health}`;
      }),
  };
};

it('tells each change of health once, to its owner and to the venue, and does not storm at a threshold', async () => {
  const pool = 'alerts';
  await openPool(root, venue, pool);
  const all = listen(venue, pool, { after: '0' });
  const own = listen(await server.caller(trader('owner-a')), pool, { after: '0' });
  const named = listen(venue, pool, { accounts: ['thin'], after: '0' });
  await mark(venue, pool, '88');
  // At 88 `thin` has 30 of 44; the others have 80 of 88.
  await eventually('three alerts', () => all.said().length >= 3);
  expect(all.said().sort()).toEqual([
    'a SAFE → MARGIN_CALL',
    'b SAFE → MARGIN_CALL',
    'thin SAFE → LIQUIDATABLE',
  ]);
  for (let i = 0; i < 6; i++) {
    // 90 and 90.1 of 88.9 and 89: above the threshold, and not by a twentieth.
    await mark(venue, pool, i % 2 === 0 ? '88.9' : '88.8');
  }
  await mark(venue, pool, '80');
  await eventually('the next alerts', () => all.said().length >= 6);
  expect(all.said().slice(3).sort()).toEqual([
    'a MARGIN_CALL → LIQUIDATABLE',
    'b MARGIN_CALL → LIQUIDATABLE',
    'thin LIQUIDATABLE → BANKRUPT',
  ]);
  await mark(venue, pool, '100');
  await eventually('all back', () => all.said().length >= 9);
  await eventually('own', () => own.said().length >= 3 && named.said().length >= 3);
  await pause(200);
  expect(own.said()).toEqual([
    'a SAFE → MARGIN_CALL',
    'a MARGIN_CALL → LIQUIDATABLE',
    'a LIQUIDATABLE → SAFE',
  ]);
  expect(named.said()).toEqual([
    'thin SAFE → LIQUIDATABLE',
    'thin LIQUIDATABLE → BANKRUPT',
    'thin BANKRUPT → SAFE',
  ]);
  expect(all.alerts().map(({ number }) => number)).toEqual(
    Array.from({ length: 9 }, (_, i) => String(i + 1)),
  );
  // previousNumber proves that an account's reader missed none.
  const mine = own.alerts();
  expect(mine.map(({ previousNumber }) => previousNumber)).toEqual([null, mine[0]!.number, mine[1]!.number]);
  expect(mine[1]).toMatchObject({ equity: '0.00', initialMargin: '80.00', maintenanceMargin: '40.00' });

  // From any cursor, and from any number, exactly what follows.
  const resumed = listen(venue, pool, { after: all.alerts()[3]!.cursor });
  const byNumber = listen(venue, pool, { after: '7' });
  await eventually('what follows', () => resumed.said().length >= 5 && byNumber.said().length >= 2);
  expect(resumed.said()).toEqual(all.said().slice(4));
  expect(byNumber.said()).toEqual(all.said().slice(7));
  const beyond = listen(venue, pool, { after: '10' });
  await eventually('a refusal', () => beyond.stream.ended);
  expect(beyond.stream.results[0]!.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  const others = listen(await server.caller(trader('owner-a')), pool, { accounts: ['b'] });
  await eventually('a refusal', () => others.stream.ended);
  expect(others.stream.results[0]!.errors![0]!.extensions.code).toBe('FORBIDDEN');
});

it('tells on every server what any server saw, each once', async () => {
  const pool = 'two';
  await openPool(root, venue, pool);
  const other = await startTestServer({ databaseUrl: server.databaseUrl });
  undo.push(() => other.close());
  const there = await other.caller(integrator);
  const streams = [listen(venue, pool, { after: '0' }), listen(there, pool, { after: '0' }, other)];
  await Promise.all(
    ['88', '88.1', '88.2', '88.3'].map((price, i) => mark(i % 2 === 0 ? venue : there, pool, price)),
  );
  await mark(there, pool, '80');
  // Books look at what is, and not at what was: an account that is safe again before they do was never in danger.
  await eventually('all in danger', () =>
    streams.every(({ alerts }) => {
      const last = new Map(alerts().map(({ account, health }) => [account.ref, health]));
      return last.size === 3 && [...last.values()].every((health) => health !== 'SAFE');
    }),
  );
  await mark(venue, pool, '100');
  const final = () =>
    streams.every(({ said }) => said().filter((line) => line.endsWith('→ SAFE')).length === 3);
  await eventually('all safe again', final);
  await pause(200);
  const [here, over] = streams.map(({ alerts }) => alerts());
  expect(here).toEqual(over);
  expect(here!.map(({ number }) => Number(number))).toEqual(here!.map((_, i) => i + 1));
  // Each account's alerts go on from each other.
  for (const ref of ['a', 'b', 'thin']) {
    const own = here!.filter(({ account }) => account.ref === ref);
    own.forEach(({ previousHealth, previousNumber }, i) => {
      expect(previousHealth).toBe(own[i - 1]?.health ?? 'SAFE');
      expect(previousNumber).toBe(own[i - 1]?.number ?? null);
    });
  }
});

it('loses none and tells none twice over kill -9, with a reader that comes back each time', async () => {
  const dataDir = await newDataFolder(process.pid);
  undo.push(() => removeDataFolder(dataDir));
  let child = await startMain({ DATA_DIR: dataDir, PORT: String(await quietPort()) });
  undo.push(() => child.end());
  const { url } = child;
  const pool = 'kill';
  const caller = await callerOf(url, integrator);
  await openPool(await callerOf(url, admin), caller, pool);

  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0, // the loop below comes back, each time with the cursor of then
    connectionParams: { authorization: `Bearer ${caller.token}` },
  });
  const heard: Alert[] = [];
  let stopped = false;
  undo.push(async () => {
    stopped = true;
    await client.dispose();
  });
  const reading = (async () => {
    while (!stopped) {
      try {
        const variables = { pool, after: heard.at(-1)?.cursor ?? '0' };
        for await (const { data } of client.iterate<{ marginAlerts: Alert }>({ query: ALERTS, variables })) {
          if (data) heard.push(data.marginAlerts);
        }
      } catch {
        await pause(50);
      }
    }
  })();

  const prices = ['88', '100', '80', '100', '70'];
  for (const [round, price] of prices.entries()) {
    await mark(caller, pool, price);
    // Before, while or after it is told.
    await pause(round * 7);
    child.kill('SIGKILL');
    await child.exited;
    child = await startMain({ DATA_DIR: dataDir, PORT: new URL(url).port });
    // Told by whoever comes next, at the latest when somebody listens.
    await eventually(`the alerts of ${price}`, () => heard.length === 3 * (round + 1), 20_000);
  }
  await pause(300);
  stopped = true;
  expect(heard.map(({ number }) => Number(number))).toEqual(heard.map((_, i) => i + 1));
  for (const ref of ['a', 'b', 'thin']) {
    const own = heard.filter(({ account }) => account.ref === ref);
    expect(own.map(({ health }) => health)).toEqual(
      ref === 'thin'
        ? ['LIQUIDATABLE', 'SAFE', 'BANKRUPT', 'SAFE', 'BANKRUPT']
        : ['MARGIN_CALL', 'SAFE', 'LIQUIDATABLE', 'SAFE', 'BANKRUPT'],
    );
    own.forEach(({ previousNumber }, i) => {
      expect(previousNumber).toBe(own[i - 1]?.number ?? null);
    });
  }
  await client.dispose();
  await reading;
}, 90_000);
