import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { dataOf } from '../support/api.ts';
import { Cluster } from '../support/debian-postgres.ts';
import { toRun } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** A real primary and its standby: what queries that allow a lag are answered, and by which of the two. */

const POOL = 'pool';
const WINNERS = 10;

/** Everything that is read in ways of its own: rows, books in memory, totals, the queue, a snapshot, COPY. */
const EVERYTHING = `{ pool(name: "pool") { sequence totals { equity haircutCapacity openDeficit } rules { method }
  accounts(first: 20) { totalCount edges { node { ref equity margin { health equity } queuePlace { place } haircuts(last: 3) { edges { node { amount proof { document } } } } } } }
  settlements(first: 5) { edges { node { sequence socialized marks { price } commitment { root } } } } }
  accountsAtRisk(pool: "pool", first: 5) { edges { node { ref margin { equity } liquidationPreview: margin { health } } } }
  previewSettlement(input: { pool: "pool", extraDeficit: "5" }) { ... on SettlementPreview { socialized uncovered } }
  compareAllocations(input: { pool: "pool", extraDeficit: "5" }) { ... on AllocationComparison { methods { method socialized } } }
  stressTest(input: { pool: "pool", shocks: { scenarios: [{ name: "fall", common: "-0.2" }] } }) { ... on StressTest { scenarios { deficit socialized } } } }`;
const SEQUENCE =
  'query Q($lag: Float!) @maxLag(seconds: $lag) { pool(name: "pool") { sequence totals { openDeficit } } }';

let primary: Cluster;
let standby: Cluster;
let server: TestServer;
let on: { primary: postgres.Sql; standby: postgres.Sql };
let venue: Caller;

beforeAll(async () => {
  primary = await Cluster.start();
  standby = await Cluster.place();
  const [setUp, ...others] = toRun('docs/scaling.md', 'sh');
  expect(others).toEqual([]);
  await primary.shell('createuser --replication replicator');
  await primary.shell(setUp!.text, { '/var/lib/postgresql/15/replica': standby.data });
  await standby.start();
  await migrate(primary.urlOf('postgres'));
  const connect = (cluster: Cluster) =>
    postgres(cluster.urlOf('postgres'), { max: 1, fetch_types: false, onnotice: () => {} });
  on = { primary: connect(primary), standby: connect(standby) };
  await eventually(
    'the schema on the standby',
    async () => (await on.standby`select to_regclass('replication_beats') as there`)[0]!.there,
  );
  server = await startTestServer({
    databaseUrl: primary.urlOf('postgres'),
    readDatabaseUrl: standby.urlOf('postgres'),
  });
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, POOL, WINNERS);
});
afterAll(async () => {
  await server?.close();
  await on?.primary.end();
  await on?.standby.end();
  await standby?.remove();
  await primary?.remove();
});

/** How many queries each has answered so far. */
async function answered(by: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(
    new RegExp(`^shearwater_lagged_queries_total\\{by="${by}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
  );
}

/** Who answers a query, and what. */
async function ask(query: string, variables?: Record<string, unknown>) {
  const names = ['replica', 'database', 'database after the replica failed'];
  const before = await Promise.all(names.map(answered));
  const data = dataOf(await venue(query, variables));
  const after = await Promise.all(names.map(answered));
  return { by: names.filter((_, i) => after[i]! > before[i]!), data };
}

/** A lag of this many seconds is reached within a second or two by a standby that nothing keeps. */
const caughtUp = (lag = 2) =>
  eventually('an answer of the replica', async () => (await ask(SEQUENCE, { lag })).by[0] === 'replica');
const sequence = async () => (await on.primary`select sequence from pools`)[0]!.sequence as string;

it('the standby answers what the primary does, in every way that is read', async () => {
  await settleOne(venue, POOL, 1, WINNERS);
  await eventually(
    'the settlement on the standby',
    async () => (await on.standby`select sequence from pools`)[0]?.sequence === (await sequence()),
  );
  await caughtUp();
  const late = await ask(`query @maxLag(seconds: 10) ${EVERYTHING}`);
  expect(late.by).toEqual(['replica']);
  const now = await ask(EVERYTHING);
  expect(now.by).toEqual([]);
  expect(late.data).toEqual(now.data);
});

it('a lag of nothing is the database’s, and one below nothing is refused', async () => {
  expect(await ask(SEQUENCE, { lag: 0 })).toMatchObject({ by: ['database'] });
  const { errors } = await venue(SEQUENCE, { lag: -1 });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(await ask('query @maxLag(seconds: 0) { pool(name: "pool") { sequence } }')).toMatchObject({
    by: ['database'],
  });
});

it('a standby whose replay stands still answers up to the lag that was allowed, and then the primary does; their memories never mix', async () => {
  await caughtUp();
  await on.standby`select pg_wal_replay_pause()`;
  await eventually(
    'the pause',
    async () => (await on.standby`select pg_get_wal_replay_pause_state() as state`)[0]!.state === 'paused',
  );
  const before = await sequence();
  await settleOne(venue, POOL, 2, WINNERS);
  const after = await sequence();
  // Asked in turns, so that what the one keeps would be met by the other.
  for (let i = 0; i < 5; i++) {
    const late = await ask(SEQUENCE, { lag: 600 });
    expect(late).toMatchObject({ by: ['replica'], data: { pool: { sequence: before } } });
    const now = await ask(
      '{ pool(name: "pool") { sequence } accountsAtRisk(pool: "pool", first: 1) { edges { node { ref } } } }',
    );
    expect(now.data.pool.sequence).toBe(after);
  }
  await eventually(
    'an answer of the primary',
    async () => (await ask(SEQUENCE, { lag: 1 })).by[0] === 'database',
  );
  expect((await ask(SEQUENCE, { lag: 1 })).data.pool.sequence).toBe(after);
  await on.standby`select pg_wal_replay_resume()`;
  await eventually('the replay', async () => {
    const [row] = await on.standby`select sequence from pools where name = ${POOL}`;
    return String(row!.sequence) === after;
  });
  await caughtUp();
  expect((await ask(SEQUENCE, { lag: 2 })).data.pool.sequence).toBe(after);
});

it('whatever ends a query on the standby, the primary answers it', async () => {
  await caughtUp();
  // As a recovery conflict does: the statement is cancelled, again and again.
  let isOver = false;
  const cancelling = (async () => {
    while (!isOver) {
      await on.standby`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'shearwater' and state <> 'idle'`.catch(
        () => {},
      );
    }
  })();
  const failed = await answered('database after the replica failed');
  for (let i = 0; i < 200; i++) {
    const { data, errors } = await venue(`query @maxLag(seconds: 60) ${EVERYTHING}`);
    expect(errors).toBeUndefined();
    expect(data.pool.sequence).toBe(await sequence());
    if ((await answered('database after the replica failed')) > failed) break;
  }
  isOver = true;
  await cancelling;
  expect(await answered('database after the replica failed')).toBeGreaterThan(failed);
});

it('a standby that is gone costs nothing but the queries’ move to the primary, and is used again when it is back', async () => {
  await caughtUp();
  await standby.stop('immediate');
  for (const lag of [600, 600, 600]) {
    const { by, data } = await ask(SEQUENCE, { lag });
    expect(by).not.toContain('replica');
    expect(data.pool.sequence).toBe(await sequence());
  }
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  await standby.start();
  await caughtUp();
});

it('a standby that was promoted answers nothing more: it has a history of its own', async () => {
  await caughtUp();
  await on.standby`select pg_promote()`;
  await on.standby`update pools set asset = 'FORKED'`.catch(() => {});
  await eventually(
    'an answer of the primary',
    async () => (await ask(SEQUENCE, { lag: 600 })).by[0] === 'database',
  );
  await settleOne(venue, POOL, 3, WINNERS);
  for (let i = 0; i < 3; i++) {
    expect(await ask(SEQUENCE, { lag: 600 })).toMatchObject({
      by: ['database'],
      data: { pool: { sequence: await sequence() } },
    });
  }
});
