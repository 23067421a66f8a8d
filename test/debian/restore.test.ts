import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrationsCurrent } from '../../src/db/migrate.ts';
import { dataOf, mutate, succeed } from '../support/api.ts';
import { contentsOf } from '../support/contents.ts';
import { Cluster, settingsOf } from '../support/debian-postgres.ts';
import { toRun } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { checkInvariants } from '../support/invariants.ts';
import { LEAN_LOSSES, openLoss, settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { Resuming } from '../support/resuming.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** docs/backup.md, step by step: what it says to do is done here, and what it says to expect is expected. */

const POOL = 'pool';
const WINNERS = 12;

/** Everything of a pool that comes out of what a process keeps in memory, and what its rows say. */
const STATE = `{ pool(name: "pool") { sequence totals { equity balance: haircutCapacity openDeficit }
  accounts(first: 50) { edges { node { ref equity margin { health equity } haircuts { totalCount } } } } }
  accountsAtRisk(pool: "pool", first: 5) { edges { node { ref margin { equity } } } } }`;

const blocks = (kind: string): string[] => toRun('docs/backup.md', kind).map(({ text }) => text);
const [keepTheLog, toTheMoment, ...noMoreSettings] = blocks('ini');
const [takeBaseBackup, copyLogically, ...noMoreShell] = blocks('sh');
const [check, ...noMoreSql] = blocks('sql');

let original: Cluster;
let restored: Cluster;
let server: TestServer;
let sql: postgres.Sql;
let root: Caller;
let venue: Caller;

beforeAll(async () => {
  original = await Cluster.place();
  restored = await Cluster.place(original.port);
  await original.initialise();
  await original.start(settingsOf(keepTheLog!, { '/backup/wal': original.archive }));
  await original.shell('createdb shearwater\ncreateuser --replication replicator');
  await migrate(original.urlOf('shearwater'));
  server = await startTestServer({ databaseUrl: original.urlOf('shearwater') });
  sql = postgres(original.urlOf('shearwater'), { max: 1, fetch_types: false, onnotice: () => {} });
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  await winnersBook(root, venue, POOL, WINNERS);
});
afterAll(async () => {
  await server?.close();
  await sql?.end();
  await original?.remove();
  await restored?.remove();
});

const settle = (round: number) => settleOne(venue, POOL, round, WINNERS);
const connected = async () => {
  for (const path of ['/ready']) {
    await eventually(
      'the server on its database',
      async () => (await fetch(`${server.url}${path}`)).status === 200,
    );
  }
};

describe('a base backup and the archived log', () => {
  /** Cursors of the commits before and after the moment, and the sequences that were told of them. */
  const cursors: { kept?: string; lost?: string } = {};
  let contents: Record<string, string>;
  let state: unknown;
  let settledBefore: unknown;
  let reader: Resuming;
  let lostHead: bigint;

  it('are brought to a moment: what was committed until then is there, to the row, and nothing else', async () => {
    await settle(0);
    await original.shell(takeBaseBackup!, { '/backup/base/2026-11-26': restored.data });
    await settle(1);
    settledBefore = await settle(2);
    reader = new Resuming(server.socket(venue.token), LEAN_LOSSES, POOL, '0');
    await reader.until(6);
    cursors.kept = reader.notices.at(-1)!.cursor;
    contents = await contentsOf(sql);
    state = dataOf(await venue(STATE));
    const [moment] = await sql`select clock_timestamp()::text as now`;
    const [sequences] = await sql`select sequence, last_loss_sequence as "lossSequence" from pools`;

    // What the restore will take back, a loss that stays open and a pool among it.
    await settle(3);
    await settle(4);
    await succeed(venue, 'upsertPositions', {
      pool: POOL,
      positions: [{ account: winnerRef(0), market: 'BTC', size: '0', entryPrice: '0' }],
    });
    await openLoss(venue, POOL, 5, WINNERS);
    await succeed(root, 'createPool', { name: 'later', asset: 'JPY', decimals: 0 });
    await reader.until(11);
    cursors.lost = reader.notices.at(-1)!.cursor;
    const lost = dataOf(await venue(STATE));
    expect(lost).not.toEqual(state);
    lostHead = BigInt(lost.pool.sequence);

    const [segment] = await sql`select pg_walfile_name(pg_switch_wal()) as name`;
    await eventually('the last of the log in the archive', async () => {
      const [archiver] = await sql`select last_archived_wal from pg_stat_archiver`;
      return (archiver!.last_archived_wal ?? '') >= segment!.name;
    });
    await original.stop('immediate');
    await restored.write('recovery.signal', '');
    const places = { '/backup/wal': original.archive, '2026-11-26 09:30:00+00': moment!.now as string };
    await restored.start(settingsOf(toTheMoment!, places));
    await eventually('the end of the recovery', async () => {
      const [row] = await sql`select pg_is_in_recovery() as still`.catch(() => [{ still: true }]);
      return row!.still === false;
    });
    expect(await contentsOf(sql)).toEqual(contents);
    expect(await checkInvariants(sql)).toEqual([]);
    expect(await migrationsCurrent(sql)).toBe(true);
    const checked = await restored.shell(`psql -At -d shearwater <<'SQL'\n${check}SQL`);
    expect(checked).toBe(`f\n${POOL}|${sequences!.sequence}|${sequences!.lossSequence}\n`);
  });

  it('are not answered out of what a server kept of the state that is gone', async () => {
    await connected();
    expect(dataOf(await venue(STATE))).toEqual(state);
    expect(dataOf(await venue('{ pools { edges { node { name } } } }')).pools.edges).toHaveLength(1);
  });

  it('end the streams of those that heard more, and refuse cursors of what is gone', async () => {
    const lastError = () => JSON.stringify(reader.ends.filter((end) => end !== 'complete').at(-1));
    await eventually('the end of the stream', () => reader.ends.length > 0);
    expect(JSON.stringify(reader.ends[0])).toContain('restored to a state before your last notice');
    // It resumes as apps do, and is refused each time: as long as the pool has not come so far again …
    await eventually('a refusal', () => lastError().includes('beyond the pool'));
    // … and when it has, because other commits led there.
    for (let round = 10; BigInt((await settle(round)).sequence) <= lostHead; round++);
    await eventually('another refusal', () =>
      lastError().includes('restored to a state before your last notice'),
    );
    expect(lastError()).toContain('BAD_USER_INPUT');
    expect(reader.notices).toHaveLength(11);
    reader.stop();
  });

  it('let a cursor resume that both histories have, with all that came after it', async () => {
    const other = new Resuming(server.socket(venue.token), LEAN_LOSSES, POOL, cursors.kept!);
    const [{ count }] = (await sql`select count(*)::int - 6 as count from outbox`) as unknown as [
      { count: number },
    ];
    expect(count).toBeGreaterThan(0);
    await other.until(count);
    const sequences = await sql`select sequence from outbox order by sequence offset 6`;
    expect(other.notices.map(({ sequence }) => sequence)).toEqual(sequences.map((row) => row.sequence));
    other.stop();
  });

  it('answer the keys that they know as then, and take the others anew, once', async () => {
    const again = (key: string) => mutate(venue, 'settleLosses', { pool: POOL, idempotencyKey: key });
    expect(await again('settle-2')).toEqual({ ...(settledBefore as object) });
    // Sending again what was confirmed after the moment is how a venue makes good what the restore took.
    const [before] = await sql`select count(*)::int as count from loss_events where ref = 'loss-3'`;
    expect(before!.count).toBe(0);
    await settle(3);
    await settle(3);
    const [after] = await sql`select count(*)::int as count from loss_events where ref = 'loss-3'`;
    expect(after!.count).toBe(1);
    expect(await checkInvariants(sql)).toEqual([]);
  });

  it('let the service go on: what a server that lived through it says is what a new one says', async () => {
    await succeed(venue, 'postTransfers', {
      pool: POOL,
      idempotencyKey: 'on',
      transfers: [{ account: winnerRef(0), kind: 'DEPOSIT', amount: '1.5' }],
    });
    await succeed(root, 'createPool', { name: 'afresh', asset: 'EUR', decimals: 2 });
    await succeed(venue, 'contributeToFund', {
      pool: 'afresh',
      idempotencyKey: 'f',
      amount: '1.25',
      kind: 'OPERATOR_CONTRIBUTION',
    });
    const fresh = await startTestServer({ databaseUrl: server.databaseUrl });
    try {
      const ask = await fresh.caller(integrator);
      const FUND = '{ pool(name: "afresh") { insuranceFund { balance } } }';
      expect(dataOf(await venue(STATE))).toEqual(dataOf(await ask(STATE)));
      expect(dataOf(await venue(FUND)).pool.insuranceFund.balance).toBe('1.25');
    } finally {
      await fresh.close();
    }
  });
});

it('is all that docs/backup.md has to be run', () => {
  expect([...noMoreSettings, ...noMoreShell, ...noMoreSql]).toEqual([]);
});

describe('a logical copy', () => {
  it('has the same rows in another database, and works', async () => {
    await restored.shell(copyLogically!);
    const url = restored.urlOf('shearwater_copy');
    const copy = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
    const on = await startTestServer({ databaseUrl: url });
    try {
      expect(await contentsOf(copy)).toEqual(await contentsOf(sql));
      expect(await migrationsCurrent(copy)).toBe(true);
      const ask = await on.caller(integrator);
      expect(dataOf(await ask(STATE))).toEqual(dataOf(await venue(STATE)));
      await settleOne(ask, POOL, 'in-the-copy', WINNERS);
      expect(await checkInvariants(copy)).toEqual([]);
    } finally {
      await on.close();
      await copy.end();
    }
  });
});
