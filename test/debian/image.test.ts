import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Built, build, readDockerfile, readIgnore, type Stage } from '../support/dockerfile.ts';
import { eventually, within } from '../support/eventually.ts';
import { urlOfDatabase, withAdmin } from '../support/postgres.ts';
import { admin, callerOf, SECRET } from '../support/server.ts';

/** The Dockerfile's steps in a clean folder: no Docker is needed to see that they make a server that runs. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Who runs the command, where the tests are root's: somebody who owns nothing. */
const NOBODY = 65_534;
const MEBIBYTE = 2 ** 20;

let folder: string;
let stages: Stage[];
let image: Built;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-image-'));
  await chmod(folder, 0o755);
  undo.push(() => rm(folder, { recursive: true }));
  stages = await readDockerfile(join(ROOT, 'Dockerfile'));
  image = await build(stages, {
    context: ROOT,
    sent: await readIgnore(join(ROOT, '.dockerignore')),
    into: folder,
    // The image's Node is the one that runs this.
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: process.env.HOME ?? '/tmp',
      npm_config_prefer_offline: 'true',
    },
  });
}, 300_000);
afterAll(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

it('is built on the Node that package.json pins, in each stage, and not run by root', async () => {
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(stages.map(({ from }) => from)).toEqual(Array(3).fill(`node:${dependencies.node}-bookworm-slim`));
  expect(process.versions.node).toBe(dependencies.node);
  expect(image.user).toBe('node');
});

it('holds the server and what it needs to run, and nothing else', async () => {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect((await readdir(image.workdir)).sort()).toEqual([
    'bin',
    'dist',
    'drizzle',
    'node_modules',
    'package-lock.json',
    'package.json',
    'schema.graphql',
    'src',
  ]);
  const has = (name: string) =>
    stat(join(image.workdir, 'node_modules', name)).then(
      () => true,
      () => false,
    );
  for (const name of Object.keys(devDependencies)) expect(await has(name), name).toBe(false);
  for (const name of Object.keys(dependencies)) expect(await has(name), name).toBe(name !== 'node');
  const { stdout } = await promisify(execFile)('du', ['-sb', image.workdir]);
  expect(Number(stdout.split('\t')[0]) / MEBIBYTE).toBeLessThan(80);
});

it('runs as somebody who may write nothing, migrates, serves, is found well, and stops in order', async () => {
  const { url, prefix } = inject('postgres');
  const name = `${prefix}_image`;
  await withAdmin(url, (sql) => sql`create database ${sql(name)}`);
  undo.push(() => withAdmin(url, (sql) => sql`drop database if exists ${sql(name)} with (force)`));
  const isRoot = process.getuid!() === 0;
  if (!isRoot) accessSync(image.workdir, constants.R_OK);
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const env = {
    // Node where everybody may run it: a clone may lie under a folder that others cannot enter.
    PATH: `${folder}/bin`,
    ...image.env,
    PORT: '0',
    DRAIN_DELAY: '5',
    DATABASE_URL: urlOfDatabase(url, name),
    MIGRATE_ON_START: 'true',
    AUTH_JWT_SECRET: SECRET,
  };
  await promisify(execFile)('install', ['-D', '-m', '755', process.execPath, `${folder}/bin/node`]);
  const lines: string[] = [];
  const [program, ...args] = image.command;
  const child: ChildProcess = spawn(`${folder}/bin/${program}`, args, { cwd: image.workdir, env, ...as });
  undo.push(() => child.kill('SIGKILL'));
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (data: Buffer) => lines.push(...String(data).split('\n')));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const port = await eventually('a listening server', () => {
    if (child.exitCode !== null) throw new Error(lines.join('\n'));
    return /listens at http:\/\/\S+:(\d+)/.exec(lines.join('\n'))?.[1];
  });
  const at = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${at}/health`)).text()).toBe('alive\n');
  expect(await (await fetch(`${at}/ready`)).text()).toBe('ready\n');
  expect(await (await fetch(at)).text()).toContain('Shearwater');
  const root = await callerOf(at, admin);
  const { data } = await root(
    'mutation { createPool(input: { name: "pool", asset: "USDC", decimals: 6 }) { __typename } }',
  );
  expect(data.createPool.__typename).toBe('Pool');
  const health = spawn(`${folder}/bin/${image.healthcheck[0]}`, image.healthcheck.slice(1), {
    env: { ...env, PORT: port },
    ...as,
  });
  expect(await new Promise((resolve) => health.once('exit', resolve))).toBe(0);
  for (const line of lines.filter((each) => each !== ''))
    expect(JSON.parse(line).level, line).toBeLessThan(40);
  child.kill('SIGTERM');
  await eventually('draining', async () => (await fetch(`${at}/ready`)).status === 503);
  expect(await within('the end', exited)).toEqual({ code: 0, signal: null });
  const sick = spawn(`${folder}/bin/${image.healthcheck[0]}`, image.healthcheck.slice(1), {
    env: { ...env, PORT: port },
    ...as,
  });
  expect(await new Promise((resolve) => sick.once('exit', resolve))).toBe(1);
});
