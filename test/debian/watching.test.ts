import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { admin, integrator, startTestServer } from '../support/server.ts';
import { dashboardExpressions } from '../support/watching.ts';

/** What ops/ has for Prometheus, as Prometheus' own tool sees it. */

const OPS = fileURLToPath(new URL('../../ops', import.meta.url));
/** As many characters that mean something elsewhere as a name may have. */
const NAME = 'pool {of=many}, words 100% é #1';
const promtool = promisify(execFile);

it('alert rules are well-formed, fire where they should, and not where all is well', async () => {
  const { stdout } = await promtool('promtool', ['check', 'rules', join(OPS, 'alerts.yml')]);
  expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  const tested = await promtool('promtool', ['test', 'rules', join(OPS, 'alerts.test.yml')]);
  expect(tested.stdout).toMatch(/SUCCESS/);
});

it('every expression of the dashboard is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shearwater-rules-'));
  try {
    const rules = dashboardExpressions().map(({ expr }, i) => ({ record: `panel:${i}`, expr }));
    // JSON is YAML.
    const file = join(folder, 'rules.json');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await promtool('promtool', ['check', 'rules', file]);
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a scrape is what Prometheus reads, and its names are as they should be', async () => {
  const server = await startTestServer();
  try {
    const venue = await server.caller(integrator);
    await winnersBook(await server.caller(admin), venue, NAME, 2);
    await settleOne(venue, NAME, 1, 4);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const problems = await new Promise<string>((resolve, reject) => {
      const child = spawn('promtool', ['check', 'metrics']).once('error', reject);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data: Buffer) => {
          output += data;
        });
      child.once('close', () => resolve(output));
      child.stdin.end(text);
    });
    expect(problems).not.toMatch(/error while linting/);
    // prom-client's own names of Node's figures are what its users know.
    expect(problems.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'))).toEqual([]);
  } finally {
    await server.close();
  }
});
