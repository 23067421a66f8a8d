import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DatabaseFigures } from '../../src/server/metrics/figures.ts';
import { mutationText, succeed } from '../support/api.ts';
import { toRun } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { LEAN_NOTICES, openLoss, settleOne, winnersBook } from '../support/notice-book.ts';
import { withAdmin } from '../support/postgres.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { Receiver, status, taken } from '../support/receiver.ts';
import { admin, type Caller, integrator, post, startTestServer, type TestServer } from '../support/server.ts';
import { alertExpressions, alertNames, dashboardExpressions, seriesOf } from '../support/watching.ts';

/** What /metrics tells an operator, against what was done. */

let server: TestServer;
let venue: Caller;
let root: Caller;
beforeAll(async () => {
  server = await startTestServer({ figuresEveryMs: 1, webhooks: { allowsPrivate: true } });
  venue = await server.caller(integrator);
  root = await server.caller(admin);
  await winnersBook(root, venue, 'pool', 3);
});
afterAll(() => server.close());

/** PostgreSQL's message that a connection can be used. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Every series of a scrape, by its name and labels as they are written. */
async function scrape(): Promise<Map<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end))];
    }),
  );
}

/** By how much series grew while something was done. */
async function growth(work: () => Promise<unknown>): Promise<(series: string) => number> {
  const before = await scrape();
  await work();
  const after = await scrape();
  return (series) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
}

it('counts operations by kind and outcome, refusals and errors by code, on every transport', async () => {
  const grown = await growth(async () => {
    await venue('{ viewer { subject } }');
    await venue('{ viewer { subject } }');
    const socket = await RawSocket.open(server, venue.token);
    socket.subscribe('1', '{ viewer { subject } }');
    await socket.first('next', '1');
    socket.subscribe('2', LEAN_NOTICES, { pool: 'nowhere' });
    await socket.first('complete', '2');
    socket.end();
    await venue(mutationText('settleLosses'), { input: { pool: 'pool', idempotencyKey: 'nothing' } });
    await venue('{ nonsense }');
    await post(server.url, { query: '{ viewer { subject } }' }, null);
  });
  expect(grown('shearwater_operation_seconds_count{kind="query",outcome="ok"}')).toBe(3);
  expect(grown('shearwater_operation_seconds_count{kind="query",outcome="error"}')).toBe(1);
  expect(grown('shearwater_operation_seconds_count{kind="mutation",outcome="ok"}')).toBe(1);
  expect(grown('shearwater_subscriptions_total{outcome="error"}')).toBe(1);
  expect(grown('shearwater_refusals_total{code="NOTHING_TO_SETTLE"}')).toBe(1);
  expect(grown('shearwater_errors_total{code="UNAUTHENTICATED"}')).toBe(1);
  expect(grown('shearwater_errors_total{code="BAD_USER_INPUT"}'), 'nonsense, and no such pool').toBe(2);
  expect(grown('shearwater_mutation_seconds_count{mutation="settleLosses",outcome="refused"}')).toBe(1);
});

it('measures a settlement, each of its phases, and a replay apart', async () => {
  const settle = 'mutation="settleLosses"';
  const grown = await growth(async () => {
    await settleOne(venue, 'pool', 1, 4);
    await succeed(venue, 'settleLosses', { pool: 'pool', idempotencyKey: 'settle-1' });
  });
  expect(grown(`shearwater_mutation_seconds_count{${settle},outcome="committed"}`)).toBe(1);
  expect(grown(`shearwater_mutation_seconds_count{${settle},outcome="replayed"}`)).toBe(1);
  expect(grown('shearwater_haircuts_total'), 'the replay took none').toBe(3);
  const phase = (name: string, figure: string) =>
    grown(`shearwater_settlement_phase_seconds_${figure}{phase="${name}"}`);
  for (const name of ['read', 'allocate', 'write', 'notice', 'commit'])
    expect(phase(name, 'count'), name).toBe(1);
  for (const name of ['connect', 'lock']) expect(phase(name, 'count'), name).toBe(2);
  const parts = ['connect', 'lock', 'work', 'read', 'allocate', 'write', 'notice', 'commit'];
  const sum = parts.reduce((total, name) => total + phase(name, 'sum'), 0);
  const whole = ['committed', 'replayed'].reduce(
    (total, outcome) => total + grown(`shearwater_mutation_seconds_sum{${settle},outcome="${outcome}"}`),
    0,
  );
  expect(sum).toBeLessThanOrEqual(whole);
  expect(sum, 'nothing is left out').toBeGreaterThan(whole * 0.9);
});

it('tells of fund, open losses, what is uncovered and who is halted, by asset and by pool', async () => {
  await succeed(venue, 'contributeToFund', {
    pool: 'pool',
    idempotencyKey: 'fund',
    amount: '12.5',
    kind: 'OPERATOR_CONTRIBUTION',
  });
  await openLoss(venue, 'pool', 'open', 7);
  await succeed(root, 'createPool', { name: 'poor', asset: 'EUR', decimals: 2 });
  await openLoss(venue, 'poor', 1, 30);
  await succeed(venue, 'settleLosses', { pool: 'poor', idempotencyKey: 'settle' });
  await succeed(root, 'haltPool', { pool: 'poor', idempotencyKey: 'halt', reason: 'a test' });
  const figures = await scrape();
  const of = (name: string) => [
    figures.get(`shearwater_${name}{asset="USDC"}`),
    figures.get(`shearwater_pool_${name}{asset="USDC",pool="pool"}`),
    figures.get(`shearwater_${name}{asset="EUR"}`),
    figures.get(`shearwater_pool_${name}{asset="EUR",pool="poor"}`),
  ];
  expect(of('fund')).toEqual([12.5, 12.5, 0, 0]);
  expect(of('open_deficit')).toEqual([7, 7, 0, 0]);
  expect(of('open_losses')).toEqual([1, 1, 0, 0]);
  expect(of('uncovered')).toEqual([0, 0, 30, 30]);
  const [age] = of('oldest_open_loss_seconds');
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(60);
  expect(figures.get('shearwater_pools{asset="USDC",status="ACTIVE"}')).toBe(1);
  expect(figures.get('shearwater_pools{asset="EUR",status="HALTED"}')).toBe(1);
  expect(figures.get('shearwater_pool_halted{asset="EUR",pool="poor"}')).toBe(1);
  expect(figures.get('shearwater_pool_halted{asset="USDC",pool="pool"}')).toBe(0);
  expect(figures.get('shearwater_simulations{status="QUEUED"}')).toBe(0);
});

it('tells what the process holds, and what its subscribers have not taken', async () => {
  const socket = await RawSocket.open(server, venue.token);
  socket.subscribe('1', LEAN_NOTICES, { pool: 'pool' });
  await eventually('a subscriber', async () => (await scrape()).get('shearwater_subscribers') === 1);
  const grown = await growth(async () => {
    await settleOne(venue, 'pool', 'heard', 100);
    await eventually('notices', () => socket.values('1').length >= 3);
  });
  const figures = await scrape();
  expect(grown('shearwater_notice_delay_seconds_count')).toBeGreaterThanOrEqual(2);
  expect(grown('shearwater_notice_delay_seconds_sum')).toBeLessThan(5);
  expect(figures.get('shearwater_websockets')).toBe(1);
  expect(figures.get('shearwater_outbox_lag_seconds')).toBe(0);
  expect(figures.get('shearwater_subscriber_queue_notices')).toBe(0);
  expect(figures.get('shearwater_oldest_unsent_notice_seconds')).toBe(0);
  expect(figures.get('shearwater_database_waiting')).toBe(0);
  const connections = ['idle', 'busy', 'connecting'].map(
    (state) => figures.get(`shearwater_database_connections{state="${state}"}`)!,
  );
  expect(connections.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(5);
  expect(connections[0]).toBeGreaterThan(0);
  expect(figures.get('shearwater_draining')).toBe(0);
  expect(figures.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  expect(figures.get('shearwater_subscriptions')).toBe(1);
  const closed = await growth(async () => {
    for (const code of [1000, 4999]) {
      const other = await RawSocket.open(server, venue.token);
      other.socket.close(code);
      await other.closed;
    }
    await eventually('the ends of both', async () => (await scrape()).get('shearwater_websockets') === 1);
  });
  expect(closed('shearwater_sockets_closed_total{code="1000"}')).toBe(1);
  expect(closed('shearwater_sockets_closed_total{code="other"}'), 'no caller makes a label').toBe(1);
  socket.end();
});

it('counts attempts to deliver to webhooks by what came of them, the notices that were taken, and webhooks by state', async () => {
  const receiver = await Receiver.start();
  receiver.answer = (...delivery) =>
    delivery[2].path.endsWith('/broken') ? status(500)(...delivery) : taken(...delivery);
  const grown = await growth(async () => {
    for (const [name, path] of [
      ['whole', ''],
      ['broken', '/broken'],
      ['off', '/off'],
    ] as const) {
      const input = {
        pool: 'pool',
        idempotencyKey: name,
        url: receiver.url + path,
        stream: 'HAIRCUT_NOTICES',
      };
      const { webhook } = await succeed(venue, 'createWebhook', input);
      if (name === 'off') await succeed(venue, 'updateWebhook', { id: webhook.id, enabled: false });
    }
    await settleOne(venue, 'pool', 'posted', 1);
    await eventually('both attempts, written down', async () => {
      const figures = await scrape();
      return ['healthy', 'failing', 'disabled'].every(
        (state) => figures.get(`shearwater_webhooks{state="${state}"}`) === 1,
      );
    });
    await eventually('the counts', async () =>
      (await scrape()).has('shearwater_webhook_attempt_seconds_count{outcome="delivered"}'),
    );
  });
  const attempts = (outcome: string) =>
    grown(`shearwater_webhook_attempt_seconds_count{outcome="${outcome}"}`);
  expect(attempts('delivered')).toBe(1);
  expect(attempts('failed')).toBeGreaterThan(0);
  expect(grown('shearwater_webhook_notices_total')).toBe(receiver.noticesAt('notices').length);
  // What docs/operation.md tells an operator to ask then.
  const [statement, ...others] = toRun('docs/operation.md', 'sql');
  expect(others).toEqual([]);
  await withAdmin(server.databaseUrl, async (sql) => {
    const rows = await sql.unsafe(statement!.text);
    expect(rows).toMatchObject([
      { pool: 'pool', owner: 'venue', enabled: true, problem: 'The receiver answered 500.' },
      { pool: 'pool', owner: 'venue', enabled: false, failures: 0, problem: null },
    ]);
  });
  await receiver.close();
});

it('tells how long a notice waits for a webhook, unless that fails', async () => {
  const lag = async () => (await scrape()).get('shearwater_webhook_lag_seconds')!;
  const receiver = await Receiver.start();
  const held: (() => void)[] = [];
  receiver.answer = (...delivery) => {
    if (delivery[2].path.endsWith('/broken')) status(500)(...delivery);
    else held.push(() => taken(...delivery));
  };
  const create = (name: string) =>
    succeed(venue, 'createWebhook', {
      pool: 'pool',
      idempotencyKey: `lag ${name}`,
      url: `${receiver.url}/${name}`,
      stream: 'HAIRCUT_NOTICES',
    });
  await create('broken');
  await settleOne(venue, 'pool', 'broken', 1);
  await eventually('the failure, which counts no more', async () => (await lag()) === 0);
  await create('slow');
  await settleOne(venue, 'pool', 'slow', 1);
  await eventually('the delivery', async () => held.length > 0);
  const waits = await lag();
  expect(waits).toBeGreaterThan(0);
  expect(await lag()).toBeGreaterThan(waits);
  for (const release of held) release();
  await eventually('the notice, taken', async () => (await lag()) === 0);
  await receiver.close();
});

it('has every metric, with every label, that the dashboard and the alerts ask for', async () => {
  const figures = [...(await scrape()).keys()];
  // What Prometheus itself adds to each series.
  const added = ['instance', 'job'];
  const expressions = [...dashboardExpressions(), ...alertExpressions()];
  expect(expressions.length).toBeGreaterThan(50);
  const missing = expressions.flatMap(({ of, expr }) => {
    const series = seriesOf(expr);
    if (series.length === 0 && !expr.startsWith('up{')) return [`${of} asks for nothing: ${expr}`];
    return series
      .filter(({ name, labels }) => {
        const known = figures.filter((figure) => figure === name || figure.startsWith(`${name}{`));
        const has = (label: string) =>
          added.includes(label) || known.some((figure) => figure.includes(`${label}="`));
        return known.length === 0 || !labels.every(has);
      })
      .map(({ name, labels }) => `${of} asks for ${name} by ${labels}`);
  });
  expect(missing).toEqual([]);
  const { all, tried } = alertNames();
  expect(alertExpressions().map(({ of }) => of)).toEqual(all);
  expect(
    all.filter((name) => !tried.has(name)),
    'alerts that nobody has seen fire',
  ).toEqual([]);
});

it('describes every metric, and every alert, in docs/operation.md', async () => {
  const page = readFileSync(new URL('../../docs/operation.md', import.meta.url), 'utf8');
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const names = [...text.matchAll(/^# TYPE shearwater_(\w+) /gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(35);
  // `…_queue_notices` after `shearwater_subscriber_queue_notices` stands for the end of a name.
  const written = [...page.matchAll(/`(?:shearwater|…)_(\w+)`/g)].map(([, name]) => name!);
  expect(names.filter((name) => !written.some((each) => name === each || name.endsWith(`_${each}`)))).toEqual(
    [],
  );
  expect(written.filter((each) => !names.some((name) => name === each || name.endsWith(`_${each}`)))).toEqual(
    ['TIMEOUT'],
  );
  const { all } = alertNames();
  expect(all.filter((name) => !new RegExp(`^\\| .*\\b${name}\\b.* \\|`, 'm').test(page))).toEqual([]);
});

it('asks the database once for many scrapes, and tells of so many pools only', async () => {
  let asked = 0;
  const figures = new DatabaseFigures({
    url: server.databaseUrl,
    outboxLagMs: async () => ++asked && 0,
    poolsShown: 1,
  });
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => figures.read()));
    expect(new Set(answers).size).toBe(1);
    expect(await figures.read()).toBe(answers[0]);
    expect(asked).toBe(1);
    const pools = answers[0]!.pools.filter(({ pool }) => pool !== null);
    expect(
      pools.map(({ pool }) => pool),
      'whose losses are uncovered, of those in need',
    ).toHaveLength(1);
    expect(
      answers[0]!.pools
        .filter(({ pool }) => pool === null)
        .map(({ asset }) => asset)
        .sort(),
    ).toEqual(['EUR', 'USDC']);
  } finally {
    await figures.close();
  }
});

it('answers in time where the database takes the connection and says nothing, and is well again once it speaks', async () => {
  const { hostname, port } = new URL(server.databaseUrl);
  const sockets: Socket[] = [];
  let speaks = false;
  const proxy = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    const database = connect(Number(port || 5432), hostname).on('error', () => {});
    sockets.push(database);
    socket.pipe(database);
    if (speaks) return void database.pipe(socket);
    // It signs in, and then hears nothing any more.
    let isReady = false;
    database.on('data', (chunk: Buffer) => {
      if (!isReady) socket.write(chunk);
      isReady ||= chunk.includes(READY_FOR_QUERY);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(server.databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const figures = new DatabaseFigures({
    url: url.href,
    outboxLagMs: async () => 0,
    timeoutMs: 2_000,
    everyMs: 0,
  });
  const began = performance.now();
  expect(await figures.read()).toBeNull();
  expect(performance.now() - began).toBeLessThan(15_000);
  await eventually('the end of the silent connection', () => sockets[0]?.destroyed);
  speaks = true;
  expect((await eventually('figures', () => figures.read())).outboxLag).toBe(0);
  await figures.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

it('answers while the database is gone, without the figures that it cannot know', async () => {
  const database = new URL(server.databaseUrl).pathname.slice(1);
  await withAdmin(
    new URL('/postgres', server.databaseUrl).href,
    (sql) => sql`drop database ${sql(database)} with (force)`,
  );
  const figures = await eventually('a scrape that says so', async () => {
    const now = await scrape();
    return now.get('shearwater_database_up') === 0 && now;
  });
  expect(
    [...figures.keys()].filter((series) => /shearwater_(pool|fund|open|uncovered|outbox)/.test(series)),
  ).toEqual([]);
  expect(figures.get('shearwater_websockets')).toBe(0);
});
