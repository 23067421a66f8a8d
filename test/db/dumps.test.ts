import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { migrate, migrationsCurrent } from '../../src/db/migrate.ts';
import { dataOf, mutate, succeed } from '../support/api.ts';
import { checkInvariants } from '../support/invariants.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/postgres.ts';
import { admin, integrator, startTestServer } from '../support/server.ts';

/**
 * Databases of every version that was released, and of the states before the first: dumped by `npm run dump`, brought up to
 * this version, and put to work.
 */

const DUMPS = fileURLToPath(new URL('dumps', import.meta.url));
const dumps = readdirSync(DUMPS).sort();

/** Written by servers for themselves: with a replica, with a broker, and once an hour. */
const OF_PROCESSES: readonly string[] = ['broker_positions', 'replication_beats', 'pool_audits'];

async function load(url: string, dump: string): Promise<void> {
  // On a connection of its own: a dump sets the search path of the session that takes it.
  const loader = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  await loader.unsafe(gunzipSync(readFileSync(`${DUMPS}/${dump}`)).toString());
  await loader.end();
}

/** What does not hold, but for halts and resumptions of versions that told nobody of them: history stays as it was. */
async function brokenBut(untold: readonly object[], sql: postgres.Sql): Promise<string[]> {
  const isOfThen = (line: string) => {
    const [, id, rows] = /^(\w+) .*?: (\[.*\])$/s.exec(line) ?? [];
    return id === 'I19' && isDeepStrictEqual(JSON.parse(rows!), [...untold]);
  };
  return (await checkInvariants(sql)).filter((line) => !isOfThen(line));
}

test.each(dumps)('%s is migrated with all its rows, and works', async (dump) => {
  const database = await createEmptyDatabase();
  await load(database.url, dump);
  const sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
  const counted = () => sql`
    select p.name, p.sequence, p.fund_balance, (select count(*) from journal j where j.pool_id = p.pool_id) as commits,
      (select sum(amount) from haircuts h where h.pool_id = p.pool_id) as haircuts,
      (select sum(uncovered) from loss_events e where e.pool_id = p.pool_id) as uncovered from pools p order by pool_id`;
  const before = await counted();
  expect(before.length).toBeGreaterThan(1);
  const untold = await sql`
    select 'rows' as what, pool_id, sequence from journal j where mutation in ('haltPool', 'resumePool')
      and not exists (select from outbox o where o.pool_id = j.pool_id and o.sequence = j.sequence) order by 2, 3`;
  await migrate(database.url);
  expect(await migrationsCurrent(sql)).toBe(true);
  expect([...(await counted())]).toEqual([...before]);
  expect(await brokenBut(untold, sql)).toEqual([]);

  const server = await startTestServer({ databaseUrl: database.url });
  const venue = await server.caller(integrator);
  // A key of then answers as then, and what was left OPEN is settled now.
  const again = await mutate(venue, 'settleLosses', { pool: 'plain', idempotencyKey: 'key-5' });
  expect(again).toMatchObject({ __typename: 'Settlement', deficit: '25.000001' });
  await succeed(venue, 'publishMarks', { pool: 'plain', marks: [{ market: 'BTC', price: '130' }] });
  const settled = await succeed(venue, 'settleLosses', { pool: 'plain', idempotencyKey: 'now' });
  expect(settled).toMatchObject({ deficit: '3.000000', uncovered: '0.000000' });
  const recovered = { pool: 'plain', idempotencyKey: 'back', lossEvent: 'first', amount: '6' };
  await succeed(venue, 'recordRecovery', recovered);
  const [halted] = await sql`select status from pools where name = 'changed'`;
  if (halted!.status === 'HALTED')
    await succeed(await server.caller(admin), 'resumePool', { pool: 'changed', idempotencyKey: 'on' });
  const { pools } = dataOf(
    await venue(
      '{ pools { edges { node { name totals { equity openDeficit } accounts(first: 50) { edges { node { ref equity margin { health } haircuts { edges { node { amount } } } } } } } } } }',
    ),
  );
  expect(pools.edges).toHaveLength(before.length);
  for (const { node } of pools.edges) expect(node.totals.openDeficit).toMatch(/^0\.0+$/);
  expect(await brokenBut(untold, sql)).toEqual([]);
  await server.close();
  await sql.end();
  await database.drop();
});

test('the newest dump has something of every kind', async () => {
  const database = await createEmptyDatabase();
  await load(database.url, dumps.at(-1)!);
  const sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
  const tables = await sql`select tablename from pg_tables where schemaname = 'public' order by tablename`;
  const empty: string[] = [];
  for (const { tablename } of tables) {
    const [row] = await sql`select exists(select from ${sql(tablename)}) as filled`;
    if (!row!.filled && !OF_PROCESSES.includes(tablename)) empty.push(tablename);
  }
  expect(empty, 'tools/dump/scenario.ts plays nothing into them').toEqual([]);
  await sql.end();
  await database.drop();
});

test('what was migrated upward has the schema of what is made new', async () => {
  const [old, made] = [await createEmptyDatabase(), await createTestDatabase()];
  await load(old.url, dumps[0]!);
  await migrate(old.url);
  const schemaOf = async (url: string) => {
    const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
    const rows = await sql`
      select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') as line
        from information_schema.columns where table_schema = 'public'
      union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and contype <> 'n'
      union all select pg_get_indexdef(indexrelid) from pg_index where indrelid::regclass::text not like '%.%'
      union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
      union all select proname || md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace
      union all select viewname || md5(definition) from pg_views where schemaname = 'public' order by 1`;
    await sql.end();
    return rows.map((row) => row.line);
  };
  expect(await schemaOf(old.url)).toEqual(await schemaOf(made.url));
  await old.drop();
  await made.drop();
});
