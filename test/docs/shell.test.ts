import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { succeed } from '../support/api.ts';
import { type Block, blocksOf, toRun } from '../support/documents.ts';
import { within } from '../support/eventually.ts';
import { openLoss, settleOne, winnersBook } from '../support/notice-book.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import {
  admin,
  type Caller,
  integrator,
  SECRET,
  startTestServer,
  type TestServer,
} from '../support/server.ts';

/**
 * Blocks of shell, run as they stand, in their order, in a folder where `shearwater` is installed; what one sets, the next has. The server
 * has a port of its own. A ```json block after one has what it prints, a line for each call. docs/cli.md, docs/backup.md and others have tests of
 * their own.
 */

let server: TestServer;
let root: Caller;
let venue: Caller;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  folder = await mkdtemp(join(tmpdir(), 'shearwater-shell-'));
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink(inRoot('bin/shearwater.js'), join(folder, 'node_modules/.bin/shearwater'));
});
afterAll(async () => {
  await server?.close();
  if (folder) await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface Options {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Ends what would go on for ever, by SIGTERM. */
  readonly until?: (output: string) => boolean;
}

async function run({ text }: Block, { cwd = folder, env = {}, until }: Options = {}): Promise<Ended> {
  const { PATH = '', HOME = folder } = process.env;
  const here = text.replaceAll('http://127.0.0.1:4000', server.url);
  const keep = join(folder, '.token');
  const script = `[ ! -f '${keep}' ] || TOKEN=$(cat '${keep}')\n${here}\nprintf %s "\${TOKEN:-}" > '${keep}'\n`;
  const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd,
    detached: true,
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
      HOME,
      npm_config_offline: 'true',
      AUTH_JWT_SECRET: SECRET,
      DATA_DIR: folder,
      ...env,
    },
  });
  let output = '';
  let told = '';
  child.stderr.on('data', (chunk) => (told += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      // npm and curl are children of the shell.
      if (until?.(output)) process.kill(-child.pid!, 'SIGTERM');
    });
  });
  try {
    const all = await within('the end of it', ended, 60_000);
    if (!until && all.code !== 0) throw new Error(`it ended with ${all.code}:\n${told}${output}`);
    return all;
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    throw error;
  }
}

/** Answers one after the other, with or without line breaks between them. */
const answersIn = (text: string): unknown[] =>
  text
    .trim()
    .split(/(?<=\})\s*(?=\{"data")/)
    .map((answer) => JSON.parse(answer));

/** What is there before the block that has this text in it; and what is true after it. */
interface Scene {
  readonly before?: () => Promise<unknown>;
  readonly until?: (output: string) => boolean;
  readonly after?: (ended: Ended) => unknown;
}

const README: Readonly<Record<string, Scene>> = {
  createPool: {},
  lossNotices: {
    async before() {
      await succeed(venue, 'upsertAccounts', { pool: 'usd-perps', accounts: [{ ref: 'bob', owner: 'bob' }] });
      await openLoss(venue, 'usd-perps', 'told', 5);
    },
    until: (output) => output.includes('event: next') && output.includes('"kind":"LOSS_OPENED"'),
    after: ({ output }) => expect(output).toContain('"lossEvent":{"ref":"loss-told","deficit":"5.000000"}'),
  },
  'shearwater verify': {
    async before() {
      const pool = 'another';
      await winnersBook(root, venue, pool, 3, () => 'alice');
      await settleOne(venue, pool, 'one', 6);
    },
    after: ({ output }) => expect(output).toMatch(/^ok: [\s\S]*^VALID/m),
  },
};

describe('README.md', () => {
  const all = blocksOf('README.md');
  test.each(toRun('README.md', 'sh'))('the shell at line $line', async (block) => {
    const [, scene] = Object.entries(README).find(([text]) => block.text.includes(text)) ?? [];
    expect(scene, 'a scene for it').toBeDefined();
    await scene!.before?.();
    const ended = await run(block, scene!);
    scene!.after?.(ended);
    const next = all[all.findIndex(({ line }) => line === block.line) + 1];
    if (next?.kind !== 'json') return;
    expect(answersIn(ended.output)).toEqual(answersIn(next.text));
  });
});

test('docs/getting-started.md makes a token that the server takes as it says', async () => {
  const [block, ...others] = toRun('docs/getting-started.md', 'sh');
  expect(others).toEqual([]);
  const { output } = await run(block!);
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${output.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { subject roles } }' }),
  });
  expect(await answer.json()).toEqual({ data: { viewer: { subject: 'me', roles: ['ADMIN'] } } });
});

test('docs/operation.md migrates an empty database and starts on it', async () => {
  const [block, ...others] = toRun('docs/operation.md', 'sh');
  expect(others).toEqual([]);
  const database = await createEmptyDatabase();
  try {
    const ended = await run(block!, {
      cwd: inRoot('.'),
      env: { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'info' },
      until: (output) => /listens at http/.test(output),
    });
    expect(ended.output).toMatch(/listens at http/);
  } finally {
    await database.drop();
  }
});
