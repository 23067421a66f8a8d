import postgres from 'postgres';
import { afterEach, expect, inject, it } from 'vitest';
import { Cli } from '../commands/run-cli.ts';
import { type Child, startMain } from '../support/child.ts';
import { urlOfDatabase, withAdmin } from '../support/postgres.ts';
import { admin, SECRET, startTestServer } from '../support/server.ts';

/** Several servers that start at once on one empty database: one migrates it, and all serve. */

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function emptyDatabase(): Promise<string> {
  const { url, prefix } = inject('postgres');
  const name = `${prefix}_empty`;
  await withAdmin(url, (sql) => sql`create database ${sql(name)}`);
  undo.push(() => withAdmin(url, (sql) => sql`drop database if exists ${sql(name)} with (force)`));
  return urlOfDatabase(url, name);
}

const started = (child: Child) =>
  child.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { msg: string; applied?: string[] });

it('one of three migrates, the others wait for it, and each is ready', async () => {
  const url = await emptyDatabase();
  const env = { DATABASE_URL: url, MIGRATE_ON_START: 'true', SIMULATION_THREADS: '0' };
  const servers = await Promise.all([1, 2, 3].map(() => startMain(env)));
  for (const server of servers) undo.push(() => server.end());
  const applied = servers.map((server) => started(server).find((line) => line.applied)!.applied!);
  const migrated = applied.filter((names) => names.length > 0);
  expect(migrated).toHaveLength(1);
  const sql = postgres(url, { max: 1 });
  undo.push(() => sql.end());
  const rows = await sql<{ name: string }[]>`select name from drizzle.__drizzle_migrations order by name`;
  expect(rows.map(({ name }) => name)).toEqual(migrated[0]!.toSorted());
  for (const server of servers) {
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    expect(server.lines.join('\n')).not.toMatch(/"level":(50|60)/);
  }
  const [first, second] = servers;
  const make = 'mutation { createPool(input: { name: "pool", asset: "USDC", decimals: 6 }) { __typename } }';
  expect((await (await first!.caller(admin))(make)).data.createPool.__typename).toBe('Pool');
  expect((await (await second!.caller(admin))('{ pool(name: "pool") { name } }')).data.pool.name).toBe(
    'pool',
  );
}, 60_000);

it('on a database without tables a server says that it is not ready, and why', async () => {
  const server = await startTestServer({ databaseUrl: await emptyDatabase() });
  undo.push(() => server.close());
  const response = await fetch(`${server.url}/ready`);
  expect([response.status, await response.text()]).toEqual([
    503,
    'the migrations are not current: run npm run migrate\n',
  ]);
});

it('where another process listens it says so, and what to do', async () => {
  const server = await startTestServer();
  undo.push(() => server.close());
  const cli = new Cli({
    DATABASE_URL: server.databaseUrl,
    AUTH_JWT_SECRET: SECRET,
    PORT: new URL(server.url).port,
    LOG_LEVEL: 'warn',
  });
  expect(await cli.run(['serve'])).toEqual({
    code: 1,
    stdout: '',
    stderr: `Cannot listen at 127.0.0.1:${new URL(server.url).port}: another process listens there, perhaps a Shearwater: stop it, or set PORT to another port.\n`,
  });
});
