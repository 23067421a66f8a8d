import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { toRun } from '../support/documents.ts';
import { within } from '../support/eventually.ts';
import { admin, integrator, startTestServer, type TestServer, trader } from '../support/server.ts';
import { Cli } from './run-cli.ts';

/**
 * docs/cli.md's calls are run as they stand, in turn, against a server with what they name: the pool usd-perps with a loss that is open, and a
 * notice in a file. What is piped into another program is run without it; the settlement 4711 is the one that the calls made. The server of
 * `serve` and the machine of `doctor` have tests of their own (test/support/documents.ts).
 */

const PROOF = `{ myAccounts { edges { node { haircuts(last: 1) { edges { node { amount profit proof { document } } } } } } } }`;

let server: TestServer;
let folder: string;
let cli: Cli;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-docs-'));
  server = await startTestServer();
  const root = await server.caller(admin);
  const venue = await server.caller(integrator);
  cli = new Cli({ DATA_DIR: folder, SHEARWATER_URL: server.url, SHEARWATER_TOKEN: root.token });
  await openBook(root, venue, { pool: 'usd-perps', winners: { a: 100, b: 200 }, deficit: 150, fund: 40 });
  await succeed(venue, 'upsertMarkets', {
    pool: 'usd-perps',
    markets: [{ symbol: 'ETH', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool: 'usd-perps', marks: [{ market: 'ETH', price: '10' }] });
  await succeed(venue, 'reportBankruptcy', bankruptcy('usd-perps'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The calls in blocks of shell. */
function calls(): string[] {
  return toRun('docs/cli.md', 'sh')
    .flatMap(({ text }) => text.trimEnd().split('\n'))
    .map((line) => {
      expect(line).toMatch(/^npx shearwater /);
      return line.replace(/^npx shearwater /, '').replace(/ +(#|\|).*$/, '');
    });
}

test('each call of docs/cli.md does what it says', async () => {
  const all = calls();
  expect(all.length).toBeGreaterThan(12);
  let settlement = '';
  for (const line of all) {
    const args = line.split(/ +/).map((word) => (word === '4711' ? settlement : word));
    if (args[0] === 'watch') {
      await firstLine(args);
      continue;
    }
    const { code, stdout, stderr } = await cli.run(
      args.map((word) => (/\.(csv|json)$/.test(word) ? join(folder, word) : word)),
    );
    expect({ line, code, stderr }).toMatchObject({ line, code: 0 });
    if (args[0] === 'settle') {
      settlement = JSON.parse(stdout).sequence;
      const a = await server.caller(trader('owner-a'));
      await writeFile(join(folder, 'notice.json'), JSON.stringify(await a(PROOF)));
    }
  }
  expect(settlement).not.toBe('');
}, 120_000);

async function firstLine(args: string[]): Promise<void> {
  const child = cli.start(args);
  const exited = new Promise((resolve) => child.once('close', resolve));
  await within('a line', new Promise((resolve) => createInterface(child.stdout!).once('line', resolve)));
  child.kill('SIGINT');
  expect(await within('the end', exited)).toBe(0);
}
