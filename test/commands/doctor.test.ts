import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { urlOfDatabase, withAdmin } from '../support/postgres.ts';
import { admin, type Caller, SECRET, startTestServer, type TestServer } from '../support/server.ts';
import { Cli } from './run-cli.ts';

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly advice?: string;
}

let server: TestServer;
let root: Caller;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-doctor-'));
  server = await startTestServer();
  root = await server.caller(admin);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const environment = () => ({
  DATABASE_URL: server.databaseUrl,
  AUTH_JWT_SECRET: SECRET,
  SHEARWATER_URL: server.url,
  SHEARWATER_TOKEN: root.token,
});

async function examine(env: Record<string, string>) {
  const { code, stdout, stderr } = await new Cli(env).run(['doctor', '--json']);
  expect(stderr).toBe('');
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return { code, of: (name: string) => checks.find((check) => check.name === name) };
}

test('finds a server and its database well, but for what a test saves on', async () => {
  const { code, of } = await examine(environment());
  for (const name of ['node', 'settings', 'database', 'migrations', 'connections', 'clock'])
    expect(of(name), name).toMatchObject({ status: 'ok' });
  for (const name of ['server', 'ready', 'websocket']) expect(of(name), name).toMatchObject({ status: 'ok' });
  expect(of('token')!.detail).toContain('root: ADMIN');
  // Tests run on a database that may not wait for its disk: then the doctor must say so.
  const sql = postgres(server.databaseUrl, { max: 1 });
  const [row] = await sql`select current_setting('fsync') as fsync`;
  await sql.end();
  const isDurable = row!.fsync === 'on';
  expect({ code, durability: of('durability')!.status }).toEqual(
    isDurable ? { code: 0, durability: 'ok' } : { code: 1, durability: 'fail' },
  );
});

test('for people each check is a line, and what to do is another', async () => {
  const { stdout } = await new Cli({ ...environment(), SHEARWATER_TOKEN: 'a.b.c' }).run(['doctor']);
  expect(stdout).toMatch(/^ok {4}server {10}alive at http/m);
  expect(stdout).toMatch(/^fail {2}token {11}UNAUTHENTICATED: .*\n {22}→ make one with shearwater token/m);
});

test('names wrong settings, a server that is not there, and a database that is not there', async () => {
  expect((await examine({ ...environment(), PORT: 'x' })).of('settings')).toMatchObject({
    status: 'fail',
    detail: 'Wrong settings: PORT must be a number from 0 (any free port) to 65535',
  });
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const { code, of } = await examine({
    ...environment(),
    SHEARWATER_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: `postgres://127.0.0.1:${port}/none`,
  });
  expect(code).toBe(1);
  expect(of('server')).toMatchObject({ status: 'fail', advice: expect.stringContaining('shearwater serve') });
  expect(of('database')).toMatchObject({ status: 'fail', detail: expect.stringContaining('ECONNREFUSED') });
});

test('sees migrations that are missing', async () => {
  const { url, prefix } = inject('postgres');
  const name = `${prefix}_doctor`;
  await withAdmin(url, (sql) => sql`create database ${sql(name)}`);
  const { of } = await examine({ ...environment(), DATABASE_URL: urlOfDatabase(url, name) });
  expect(of('migrations')).toMatchObject({ status: 'fail', advice: 'run shearwater migrate' });
  await withAdmin(url, (sql) => sql`drop database ${sql(name)} with (force)`);
});

test('says where no embedded database runs, and makes none', async () => {
  const dataDir = join(folder, 'fresh');
  const { of } = await examine({
    DATA_DIR: dataDir,
    SHEARWATER_URL: server.url,
    SHEARWATER_TOKEN: root.token,
  });
  expect(of('database')).toMatchObject({ status: 'warn', advice: 'shearwater serve starts it' });
  expect(of('embedded')).toMatchObject({ status: 'ok' });
  await expect(rm(dataDir, { recursive: true })).rejects.toThrow('ENOENT');
});
