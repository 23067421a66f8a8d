import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TcpProxy } from '../campaign/proxy.ts';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { metric } from '../support/metrics.ts';
import { startRelay } from '../support/relay.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';
import { Cli } from './run-cli.ts';

/** Each command that asks a server, as a process, against a real one. */

let server: TestServer;
let root: Caller;
let venue: Caller;
let cli: Cli;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-cli-'));
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
  cli = new Cli({ DATA_DIR: folder, SHEARWATER_URL: server.url, SHEARWATER_TOKEN: root.token });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A pool with a loss of 240 that is open, 40 in the fund, and winners a to c. */
async function openLoss(pool: string): Promise<void> {
  await openBook(root, venue, { pool, winners: { a: 100, b: 200, c: 300 }, deficit: 240, fund: 40 });
  await succeed(venue, 'reportBankruptcy', bankruptcy(pool));
}

async function settled(pool: string): Promise<string> {
  await openLoss(pool);
  return (await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' })).sequence;
}

const tokenOf = async (owner: string) => ({ SHEARWATER_TOKEN: (await server.caller(trader(owner))).token });
const objects = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('pools', () => {
  test('lists them as a table whose numbers end where their title does, and as JSON', async () => {
    await openLoss('listed');
    const { code, stdout, stderr } = await cli.run(['pools']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [title, ...rows] = stdout.trimEnd().split('\n');
    const row = rows.find((line) => line.startsWith('listed'))!;
    expect(row).toMatch(/^listed +ACTIVE +USDC +5 +\d+\.000000 +40\.000000 +240\.000000 +600\.000000$/);
    expect(row.indexOf('240.000000') + 10).toBe(title!.indexOf('OPEN DEFICIT') + 'OPEN DEFICIT'.length);
    const { pools } = JSON.parse((await cli.run(['pools', '--json'])).stdout);
    expect(pools.find(({ name }: { name: string }) => name === 'listed')).toMatchObject({
      status: 'ACTIVE',
      insuranceFund: { balance: '40.000000' },
      totals: { openDeficit: '240.000000', haircutCapacity: '600.000000' },
    });
  });

  test('shows one with its waterfall and what is open', async () => {
    await openLoss('shown');
    const { code, stdout } = await cli.run(['pools', 'shown']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^INSURANCE_FUND +40\.000000 +– +0\.000000$/m);
    expect(stdout).toMatch(/^SOCIALIZATION +600\.000000 /m);
    expect(stdout).toMatch(/^loss-1 +240\.000000 /m);
    expect(JSON.parse((await cli.run(['pools', 'shown', '--json'])).stdout).rules.tiers).toHaveLength(3);
  });

  test('one that there is not is refused with exit code 1', async () => {
    expect(await cli.run(['pools', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'NOT_FOUND: There is no pool nowhere, or none that your token may read.\n',
    });
  });

  test('a token that is not good is refused with exit code 1, and says where to get one', async () => {
    const { code, stderr } = await cli.run(['pools'], { SHEARWATER_TOKEN: 'a.b.c' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^UNAUTHENTICATED: .*shearwater help token/);
  });
});

describe('preview', () => {
  test('says who would pay, with the largest haircuts, and books nothing', async () => {
    await openLoss('previewed');
    const { code, stdout } = await cli.run(['preview', 'previewed', '--top', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^insurance fund +40\.000000$/m);
    expect(stdout).toMatch(/^profitable accounts +200\.000000 {2}3 accounts, 0\.3333\d* of their profit/m);
    expect(stdout).toMatch(/^c +300\.000000 +100\.000000$/m);
    expect(stdout).toContain('… and 1 more');
    const json = JSON.parse(
      (await cli.run(['preview', 'previewed', '--extra-deficit', '60', '--json'])).stdout,
    );
    expect(json).toMatchObject({ deficit: '300.000000', socialized: '260.000000', haircutCount: 3 });
    expect((await cli.run(['preview', 'previewed'])).stdout).toContain('200.000000');
  });

  test('what is refused names the input at fault', async () => {
    await openLoss('refused');
    const { code, stderr } = await cli.run(['preview', 'refused', '--loss', 'nope']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^NOT_FOUND: .* \(input\.lossEvents/);
  });
});

describe('settle', () => {
  test('books it once for a key, however often it is called, and says how', async () => {
    await openLoss('once');
    const first = await cli.run(['settle', 'once', '--yes', '--key', 'k', '--json']);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('Idempotency key: k\n');
    const settlement = JSON.parse(first.stdout);
    expect(settlement).toMatchObject({ socialized: '200.000000', haircutCount: 3, idempotencyKey: 'k' });
    const again = await cli.run(['settle', 'once', '--yes', '--key', 'k', '--json']);
    expect({ code: again.code, settlement: JSON.parse(again.stdout) }).toEqual({ code: 0, settlement });
    expect(await cli.run(['settle', 'once', '--yes'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^NOTHING_TO_SETTLE: No loss is open in the pool: report a bankruptcy first\.\n/,
      ),
    });
  });

  test('for people it says what was booked and how to check it', async () => {
    await openLoss('told');
    const { code, stdout, stderr } = await cli.run(['settle', 'told', '--yes']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Idempotency key: settle-[0-9a-f-]{36}$/m);
    const [, sequence] = /^Settled at sequence (\d+), by PRO_RATA:$/m.exec(stdout)!;
    expect(stdout).toContain(`shearwater verify --pool told --settlement ${sequence}`);
    const checked = await cli.run(['verify', '--pool', 'told', '--settlement', sequence!]);
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('come out the same allocated anew'),
    });
  });

  test('a trader may not', async () => {
    await openLoss('forbidden');
    const { code, stderr } = await cli.run(['settle', 'forbidden', '--yes'], await tokenOf('owner-a'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^FORBIDDEN: /m);
    const { pool } = (await root('{ pool(name: "forbidden") { totals { openDeficit } } }')).data;
    expect(pool.totals.openDeficit).toBe('240.000000');
  });
});

describe('verify of a sheet that a server gives out', () => {
  test('holds the root that one knows against it', async () => {
    const sequence = await settled('sheet');
    const args = ['verify', '--pool', 'sheet', '--settlement', sequence];
    expect(JSON.parse((await cli.run([...args, '--json'])).stdout)).toMatchObject({
      valid: true,
      what: 'sheet',
    });
    expect(await cli.run([...args, '--root', 'f'.repeat(64)])).toMatchObject({
      code: 1,
      stdout: 'NOT VALID: The root is not the one that you know.\n',
    });
  });

  test('is not for a trader, and not of what there is not', async () => {
    const sequence = await settled('sheet-2');
    const args = ['verify', '--pool', 'sheet-2', '--settlement'];
    expect((await cli.run([...args, sequence], await tokenOf('owner-a'))).stderr).toMatch(/^FORBIDDEN: /);
    expect((await cli.run([...args, '999'])).stderr).toMatch(
      /^NOT_FOUND: There is no settlement 999 in sheet-2/,
    );
  });
});

describe('export', () => {
  test('has every haircut of every settlement, as CSV and as JSON lines', async () => {
    const sequence = await settled('exported');
    const { code, stdout } = await cli.run(['export', 'exported']);
    expect(code).toBe(0);
    const [title, ...rows] = stdout.trimEnd().split('\r\n');
    expect(title).toBe('settlement,account,amount,profit,cap,recovered,balanceBefore,balanceAfter');
    expect(rows.map((row) => row.split(',').slice(0, 3).join(','))).toEqual([
      `${sequence},a,33.333333`,
      `${sequence},b,66.666667`,
      `${sequence},c,100.000000`,
    ]);
    const lines = objects(
      (await cli.run(['export', 'exported', '--settlement', sequence, '--format', 'jsonl'])).stdout,
    );
    expect(lines.map(({ account, amount }) => `${account},${amount}`)).toEqual(
      rows.map((row) => row.split(',').slice(1, 3).join(',')),
    );
    const sum = lines.reduce((atoms, { amount }) => atoms + BigInt(amount.replace('.', '')), 0n);
    expect(sum).toBe(200_000_000n);
  });

  test('a trader has its own; what there is none of is a head alone', async () => {
    await settled('own');
    const { stdout } = await cli.run(['export', 'own', '--format', 'jsonl'], await tokenOf('owner-b'));
    expect(objects(stdout).map(({ account }) => account)).toEqual(['b']);
    await openLoss('none');
    expect((await cli.run(['export', 'none'])).stdout.split('\r\n')).toHaveLength(2);
  });

  test('has the fund and the losses', async () => {
    const sequence = await settled('lists');
    const fund = objects((await cli.run(['export', 'lists', 'fund', '--format', 'jsonl'])).stdout);
    expect(fund.map(({ kind, amount, sequence: at }) => [kind, amount, at === sequence])).toEqual([
      ['OPERATOR_CONTRIBUTION', '40.000000', false],
      ['LOSS_DRAW', '-40.000000', true],
    ]);
    const losses = (await cli.run(['export', 'lists', 'losses'])).stdout.split('\r\n');
    expect(losses[1]).toMatch(
      /^\d+,loss-1,SETTLED,loser,240\.000000,0\.000000,0\.000000,40\.000000,200\.000000,/,
    );
  });

  test('more than a page', async () => {
    const winners = Object.fromEntries(Array.from({ length: 1_201 }, (_, i) => [`w${i}`, 10]));
    await openBook(root, venue, { pool: 'many', winners, deficit: 1_201 });
    await succeed(venue, 'reportBankruptcy', bankruptcy('many'));
    await succeed(venue, 'settleLosses', { pool: 'many', idempotencyKey: 'settle' });
    const rows = objects((await cli.run(['export', 'many', '--format', 'jsonl'])).stdout);
    expect(new Set(rows.map(({ account }) => account)).size).toBe(1_201);
    expect(rows).toHaveLength(1_201);
  });

  test('a file is whole or not there, is for its owner, and replaces none unasked', async () => {
    await settled('file');
    const out = join(folder, 'haircuts.csv');
    expect(await cli.run(['export', 'file', '--out', out])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `Wrote 3 rows to ${out}.\n`,
    });
    const content = await readFile(out, 'utf8');
    expect(content).toBe((await cli.run(['export', 'file'])).stdout);
    expect((await stat(out)).mode & 0o077).toBe(0);
    await writeFile(out, 'mine');
    const refused = await cli.run(['export', 'file', '--out', out]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    expect(await readFile(out, 'utf8')).toBe('mine');
    expect((await cli.run(['export', 'file', '--out', out, '--force'])).code).toBe(0);
    expect(await readFile(out, 'utf8')).toBe(content);
    expect((await cli.run(['export', 'nowhere', '--out', join(folder, 'other.csv')])).code).toBe(1);
    expect((await readdir(folder)).filter((name) => /part|other/.test(name))).toEqual([]);
  });

  test('names that a spreadsheet would take for formulas are kept from it', async () => {
    await openBook(root, venue, { pool: 'formula', winners: { '=1+1': 100, 'a,b': 100 }, deficit: 10 });
    await succeed(venue, 'reportBankruptcy', bankruptcy('formula'));
    await succeed(venue, 'settleLosses', { pool: 'formula', idempotencyKey: 'settle' });
    const { stdout } = await cli.run(['export', 'formula']);
    expect(stdout).toContain(`,"'=1+1",`);
    expect(stdout).toContain(',"a,b",');
  });
});

describe('simulate', () => {
  test('prints estimates with their standard errors; the same seed has the same digits', async () => {
    await openBook(root, venue, { pool: 'simulated', winners: { a: 100, b: 200 }, deficit: 1 });
    const args = ['simulate', 'simulated', '--volatility', '2', '--paths', '2000', '--seed', '7'];
    const { code, stdout } = await cli.run(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^probability that an account ends below zero +0\.\d+ +0\.\d+$/m);
    const one = JSON.parse((await cli.run([...args, '--json'])).stdout);
    const input = join(folder, 'input.json');
    await writeFile(
      input,
      JSON.stringify({
        model: { gbm: { markets: [{ market: 'BTC', volatility: 2 }] } },
        paths: 2000,
        seed: '7',
      }),
    );
    const other = JSON.parse((await cli.run(['simulate', 'simulated', '--file', input, '--json'])).stdout);
    expect(one).toMatchObject({ status: 'DONE', result: { expectedDeficit: { value: expect.any(Number) } } });
    expect(other.result).toEqual(one.result);
  });

  /** One that takes longer than anybody waits. */
  const jobOf = (pool: string) => ['simulate', pool, '--volatility=2', '--paths=10000000', '--steps=100'];
  /** Such a job answers to its key. */
  async function statusOf(pool: string, idempotencyKey: string): Promise<string> {
    const { id } = await succeed(venue, 'startSimulation', {
      ...{ pool, idempotencyKey, paths: 10_000_000, steps: 100 },
      model: { gbm: { markets: [{ market: 'BTC', volatility: 2 }], correlation: null } },
    });
    const { data } = await root('query ($id: ID!) { simulation(id: $id) { status } }', { id });
    return data.simulation.status;
  }

  test('Ctrl-C cancels it on the server too, and ends with 1', async () => {
    await openBook(root, venue, { pool: 'cancelled', winners: { a: 100, b: 200 }, deficit: 1 });
    const child = cli.start([...jobOf('cancelled'), '--key', 'long']);
    const stderr = text(child.stderr!);
    const exited = new Promise((resolve) => child.once('close', resolve));
    await eventually(
      'the job',
      async () => (await metric(server.url, 'shearwater_simulations{status="RUNNING"}')) > 0,
    );
    child.kill('SIGINT');
    expect(await within('the end', exited)).toBe(1);
    expect(await stderr).toContain('CANCELLED: The simulation was cancelled.');
    expect(await statusOf('cancelled', 'long')).toBe('CANCELLED');
  });

  test('Ctrl-C before its id is known cancels it too', async () => {
    await openBook(root, venue, { pool: 'early', winners: { a: 100, b: 200 }, deficit: 1 });
    const relay = await startRelay(server.url, (message) => [message], {
      onRequest: (body) => body.includes('startSimulation') && child.kill('SIGINT'),
      onAnswer: () => {},
    });
    const child = cli.start([...jobOf('early'), '--key', 'early'], { SHEARWATER_URL: relay.url });
    const stderr = text(child.stderr!);
    const exited = new Promise((resolve) => child.once('close', resolve));
    expect(await within('the end', exited)).toBe(1);
    expect(await stderr).toContain('CANCELLED: The simulation was cancelled.');
    await relay.close();
    expect(await statusOf('early', 'early')).toBe('CANCELLED');
  });

  test('says how to say how markets move, and what the server refuses', async () => {
    await openBook(root, venue, { pool: 'unsaid', winners: { a: 100 }, deficit: 1 });
    expect(await cli.run(['simulate', 'unsaid'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--volatility BTC=0.8'),
    });
    expect(await cli.run(['simulate', 'unsaid', '--volatility', 'DOGE=1'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_FOUND: There is no market .* \(input\.model/m),
    });
    expect((await cli.run(['simulate', 'unsaid', '--volatility', 'much'])).stderr).toContain(
      "'much' is no number",
    );
  });
});

describe('watch', () => {
  test('replays what was, tells what comes, and ends with 0 at Ctrl-C, saying how to go on', async () => {
    const sequence = await settled('watched');
    const child = cli.start(['watch', 'watched', '--after', '0', '--json']);
    const heard: Record<string, unknown>[] = [];
    createInterface(child.stdout!).on('line', (line) => heard.push(JSON.parse(line)));
    const stderr = text(child.stderr!);
    const exited = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    await eventually('what was', () => heard.length === 5);
    expect(heard.map(({ type, kind }) => `${type} ${kind}`).sort()).toEqual([
      ...Array(3).fill('haircut HAIRCUT'),
      'loss LOSS_OPENED',
      'loss SETTLED',
    ]);
    await succeed(root, 'reverseSettlement', {
      pool: 'watched',
      idempotencyKey: 'reverse',
      settlement: sequence,
      reason: 'a test',
    });
    await eventually('what comes', () => heard.length === 9);
    child.kill('SIGINT');
    expect(await within('the end', exited)).toEqual({ code: 0, signal: null });
    const [, after] = /shearwater watch watched --after (\d+)/.exec(await stderr)!;
    expect(BigInt(after!)).toBe(BigInt(sequence));
    const rest = await firstLines(['watch', 'watched', '--after', after!, '--json'], 4);
    expect(rest.map((line) => JSON.parse(line).kind)).toEqual(Array(4).fill(expect.stringMatching('REVERS')));
  });

  test('a trader hears of its own haircuts alone; a line for people has the sentence', async () => {
    await settled('traded');
    const lines = await firstLines(['watch', 'traded', '--after', '0'], 3, await tokenOf('owner-a'));
    expect(lines.filter((line) => line.includes('HAIRCUT'))).toEqual([
      expect.stringMatching(/ {2}#\d+ {2}HAIRCUT {2}Account a gave up /),
    ]);
  });

  test('goes on where it was when the connection breaks, and tells nothing twice', async () => {
    await openLoss('broken');
    const proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
    const child = cli.start([
      'watch',
      'broken',
      '--after',
      '0',
      '--json',
      '--url',
      `http://127.0.0.1:${proxy.port}`,
    ]);
    const heard: { cursor: string }[] = [];
    createInterface(child.stdout!).on('line', (line) => heard.push(JSON.parse(line)));
    const stderr = text(child.stderr!);
    const exited = new Promise((resolve) => child.once('close', resolve));
    await eventually('the loss', () => heard.length === 1);
    expect(proxy.drop(() => true)).toBeGreaterThan(0);
    await succeed(venue, 'settleLosses', { pool: 'broken', idempotencyKey: 'settle' });
    await eventually('what came meanwhile', () => heard.length === 5);
    child.kill('SIGTERM');
    expect(await within('the end', exited)).toBe(0);
    await proxy.close();
    expect(new Set(heard.map(({ cursor }) => cursor)).size).toBe(5);
    expect(await stderr).toMatch(/^Trying again: .*clos/m);
  });

  test('is refused for a pool that there is not', async () => {
    expect(await cli.run(['watch', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_FOUND/),
    });
  });
});

describe('a reader that leaves', () => {
  test('is no failure, and nothing is said', async () => {
    await settled('piped');
    for (const args of [['export', 'piped'], ['watch', 'piped', '--after', '0'], ['pools']]) {
      const child = cli.start(args);
      const stderr = text(child.stderr!);
      child.stdout!.destroy();
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ args, code, stderr: (await stderr).replace(/^Watching.*\n/, '') }).toEqual({
        args,
        code: 0,
        stderr: '',
      });
    }
  });
});

describe('colour', () => {
  test('is for terminals; NO_COLOR takes it away', async () => {
    expect((await cli.run(['pools'])).stdout).not.toContain('\u001b');
    expect((await cli.run(['pools'], { FORCE_COLOR: '1' })).stdout).toContain('\u001b');
  });
});

/** The first lines that a command prints, which is then told to end. */
async function firstLines(
  args: string[],
  count: number,
  env: Record<string, string> = {},
): Promise<string[]> {
  const child = cli.start(args, env);
  const lines: string[] = [];
  createInterface(child.stdout!).on('line', (line) => lines.push(line));
  const exited = new Promise((resolve) => child.once('close', resolve));
  await eventually(`${count} lines`, () => lines.length >= count);
  child.kill('SIGINT');
  await exited;
  return lines;
}
