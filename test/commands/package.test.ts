import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { eventually, within } from '../support/eventually.ts';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';
import { type Installed, installPacked } from '../support/packed.ts';

/** The package, packed and installed in another folder: it serves and answers there, without a clone and without TypeScript. */

let installed: Installed & { files: string[] };
let dataDir: string;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  installed = await installPacked();
  undo.push(() => installed.remove());
  dataDir = await newDataFolder(process.pid);
  undo.push(() => removeDataFolder(dataDir));
}, 120_000);
afterAll(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const environment = (more: Record<string, string> = {}) => ({
  PATH: '/usr/bin:/bin',
  DATA_DIR: dataDir,
  ...more,
});

const call = (args: string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [installed.bin, ...args], {
    cwd: installed.folder,
    env: environment(env),
  });

test('holds what runs, and nothing of what it was made from', () => {
  const { files } = installed;
  const own = files.filter((file) => !file.startsWith('node_modules/'));
  for (const file of [
    'bin/shearwater.js',
    'dist/cli.js',
    'dist/simulation/worker.js',
    'schema.graphql',
    'LICENSE',
  ])
    expect(own).toContain(file);
  expect(own.some((file) => file.startsWith('drizzle/'))).toBe(true);
  expect(own).toContain('dist/console/index.html');
  expect(
    own.filter((file) => /(?<!\.d)\.tsx?$|^(src|test|patches|bench|demo|tools|docs)\//.test(file)),
  ).toEqual([]);
  const bundled = new Set(files.flatMap((file) => /^node_modules\/([^/]+)/.exec(file)?.[1] ?? []));
  expect([...bundled].filter((name) => ['postgres', 'drizzle-orm'].includes(name)).sort()).toEqual([
    'drizzle-orm',
    'postgres',
  ]);
});

test('brings the driver as it is patched here', async () => {
  const file = join('node_modules', 'postgres', 'src', 'connection.js');
  const theirs = join(dirname(dirname(installed.bin)), file);
  expect(await readFile(theirs, 'utf8')).toBe(await readFile(inRoot(file), 'utf8'));
});

test('serves with an embedded PostgreSQL, simulates in threads, and answers commands; Ctrl-C ends it in order', async () => {
  const server: ChildProcess = spawn(process.execPath, [installed.bin, 'serve'], {
    cwd: installed.folder,
    env: environment({ PORT: '0' }),
  });
  undo.push(() => server.kill('SIGKILL'));
  let log = '';
  for (const stream of [server.stdout!, server.stderr!])
    stream.on('data', (data) => {
      log += data;
    });
  const exited = new Promise((resolve) => server.once('exit', (code, signal) => resolve({ code, signal })));
  const url = await eventually(
    'a listening server',
    () => {
      if (server.exitCode !== null) throw new Error(log);
      return /listens at (http:\/\/\S+:\d+)/.exec(log)?.[1];
    },
    60_000,
  );
  const env = { SHEARWATER_URL: url };
  expect(await (await fetch(url)).text()).toContain('<title>');
  const token = (await call(['token', '--subject', 'me', '--role', 'ADMIN'])).stdout.trim();
  const ask = async (query: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return JSON.stringify(await response.json());
  };
  expect(
    await ask('mutation { createPool(input: {name: "p", asset: "USDC", decimals: 6}) { __typename } }'),
  ).toContain('"Pool"');
  await ask(`mutation {
    upsertMarkets(input: {pool: "p", markets: [{symbol: "BTC", initialMarginRate: "0.1", maintenanceMarginRate: "0.05"}]}) { __typename }
    upsertAccounts(input: {pool: "p", accounts: [{ref: "a", owner: "a"}, {ref: "b", owner: "b"}]}) { __typename }
    applyUpdates(input: {pool: "p", idempotencyKey: "1", marks: [{market: "BTC", price: "100"}],
      positions: [{account: "a", market: "BTC", size: "1", entryPrice: "100"}, {account: "b", market: "BTC", size: "-1", entryPrice: "100"}],
      transfers: [{account: "a", kind: DEPOSIT, amount: "20"}, {account: "b", kind: DEPOSIT, amount: "20"}]}) { __typename }
  }`);
  const { pools } = JSON.parse((await call(['pools', '--json'], env)).stdout);
  expect(pools).toMatchObject([{ name: 'p', totals: { equity: '40.000000' } }]);
  const args = ['simulate', 'p', '--volatility', '2', '--paths', '1000', '--json'];
  expect(JSON.parse((await call(args, env)).stdout)).toMatchObject({ status: 'DONE' });
  server.kill('SIGINT');
  expect(await within('the end', exited, 60_000)).toEqual({ code: 0, signal: null });
}, 120_000);

test('on another Node it goes on with the one that it brings, with its exit code and its signals', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v node || true'], {
    env: { PATH: '/usr/bin:/bin' },
  });
  // A Node that says that it is another: an older one need not be on this machine.
  const folder = join(installed.folder, 'other');
  await mkdir(folder, { recursive: true });
  const preload = join(folder, 'older.mjs');
  await writeFile(
    preload,
    `if (process.argv[1]?.endsWith('shearwater.js')) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });\n`,
  );
  const nodes: [string, string[]][] = [[process.execPath, ['--import', preload]]];
  if (stdout.trim()) nodes.push([stdout.trim(), []]);
  for (const [node, flags] of nodes) {
    const run = (args: string[]) =>
      promisify(execFile)(node, [...flags, installed.bin, ...args], { env: environment() });
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    await expect(run(['serv'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean serve'),
    });
    // A database that never answers: its connection shows that the command is under way.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const env = environment({ DATABASE_URL: `postgres://127.0.0.1:${port}/silent` });
    const waiting = spawn(node, [...flags, installed.bin, 'migrate'], { env });
    const exited = new Promise((resolve) =>
      waiting.once('exit', (code, signal) => resolve({ code, signal })),
    );
    const [socket] = await once(silent, 'connection');
    waiting.kill('SIGTERM');
    expect(await within('the end', exited)).toEqual({ code: null, signal: 'SIGTERM' });
    // The command itself ended too, and not only who started it.
    if (!socket.destroyed) await within('the end of the command', once(socket.resume(), 'close'));
    silent.close();
  }
}, 60_000);
