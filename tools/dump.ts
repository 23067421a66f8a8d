/**
 * `npm run dump`: a database of this version with something of every kind in it, as test/db/dumps/<newest migration>.sql.gz.
 * Each release adds one; test/db/dumps.test.ts migrates every one upward. Needs Debian's PostgreSQL 15: what it dumps, any later one reads.
 * `npm run dump -- FOLDER` plays the same into another checkout, which is how the first ones were made of earlier states.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { SignJWT } from 'jose';
import { Cluster } from '../test/support/debian-postgres.ts';
import { inRoot } from './checks/check.ts';
import { SCENARIO } from './dump/scenario.ts';

const SECRET = 'only for the database that is dumped and removed';
const tree = resolve(process.argv[2] ?? inRoot('.'));
const cluster = await Cluster.start();
const environment = {
  ...process.env,
  DATABASE_URL: cluster.urlOf('postgres'),
  AUTH_JWT_SECRET: SECRET,
  PORT: '0',
  MIGRATE_ON_START: 'true',
  WEBHOOK_PRIVATE_ADDRESSES: 'true',
};
const start = (script: string): ChildProcess =>
  spawn(process.execPath, [join(tree, script)], {
    cwd: tree,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

try {
  const server = start('src/main.ts');
  const url = await new Promise<string>((found) => {
    createInterface(server.stdout!).on('line', (line) => {
      const [, address] = /listens at (http:\/\/[^\s"]+?)[:,]? /.exec(line) ?? [];
      if (address) found(address);
    });
  });
  const ended = new Promise((done) => server.once('exit', done));
  try {
    await play(url);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
  const migrations = (await readdir(join(tree, 'drizzle'))).filter((name) => /^\d{14}_/.test(name)).sort();
  // Without owners and grants, in statements that any client sends, one row a line: so a difference can be read.
  const file = join(cluster.archive, 'dump.sql');
  await cluster.run(
    'pg_dump',
    '-h',
    '127.0.0.1',
    '-p',
    String(cluster.port),
    '-U',
    'postgres',
    '--no-owner',
    '--no-privileges',
    '--inserts',
    '-f',
    file,
    'postgres',
  );
  // Lines with a backslash are psql's own.
  const statements = (await readFile(file, 'utf8')).replace(/^\\.*\n/gm, '');
  const target = inRoot(`test/db/dumps/${migrations.at(-1)}.sql.gz`);
  await writeFile(target, gzipSync(statements, { level: 9 }));
  console.log(`wrote ${target}`);
} finally {
  await cluster.remove();
}

async function play(url: string): Promise<void> {
  const token = await new SignJWT({ roles: ['ADMIN', 'INTEGRATOR'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('dump')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  const ask = async (query: string, variables: object = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the schema is that of another version.
    return (await response.json()) as any;
  };
  let lastSettlement = '';
  const without = new Set<unknown>();
  for (const { mutation, input } of SCENARIO) {
    if (without.has(input.pool)) continue;
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const more =
      mutation === 'settleLosses'
        ? '... on Settlement { sequence }'
        : mutation === 'startSimulation'
          ? '... on Simulation { id }'
          : '';
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ${more} ... on Error { code message } } }`;
    const given = 'settlement' in input ? { ...input, settlement: lastSettlement } : input;
    const { data, errors } = await ask(query, { input: given });
    if (errors?.[0].extensions.code === 'BAD_USER_INPUT') {
      console.log(`passed over, as this version does not have it: ${mutation}: ${errors[0].message}`);
      if (mutation === 'createPool') without.add(input.name);
      continue;
    }
    const result = data?.[mutation];
    // Where a reversal was passed over there is nothing to settle again.
    if (result?.code === 'LOSS_ALREADY_SETTLED') continue;
    if (errors || result.code)
      throw new Error(`${mutation} ${JSON.stringify(given)}: ${JSON.stringify(errors ?? result)}`);
    lastSettlement = result.sequence ?? lastSettlement;
    while (result.id) {
      const { data: now } = await ask('query ($id: ID!) { simulation(id: $id) { status } }', {
        id: result.id,
      });
      if (now.simulation.status === 'DONE') break;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  // Alerts are told in the background, soon after the commit.
  await new Promise((done) => setTimeout(done, 2_000));
}
