import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toJson } from '../../src/core/proof/format.ts';
import { commit, documentOf, FOUR, settle } from '../core/proof-helper.ts';

const command = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const { proofs, sheet, header } = commit(settle(FOUR, 'CONSTRAINED_EQUAL_LOSSES', { pool: 501 }));
const proof = proofs.find(({ account }) => account === 'bob')!;
const { root } = header.commitment;
const document = toJson(proof);

/** As GraphQL answers: a haircut takes 21.15 of a profit of 40.00. */
const notice = {
  cursor: 'c',
  sequence: '7',
  kind: 'HAIRCUT',
  amount: '-21.15',
  haircut: {
    amount: '21.15',
    profit: '40.00',
    cap: '40.00',
    sequence: '7',
    account: { ref: 'bob' },
    settlement: { sequence: '7', commitment: { root } },
    proof: { document, salt: proof.salt },
  },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-verify-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a proof', () => {
  test('from a file: each check is a line, then what it does not show', async () => {
    const file = join(folder, 'proof.json');
    await writeFile(file, document);
    const { code, stdout, stderr } = await run([file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 5).every((line) => line.startsWith('ok: '))).toBe(true);
    expect(lines[0]).toContain('account bob gave up 21.15 of a profit of 40.00');
    expect(lines[5]).toBe('VALID, which does not show:');
    expect(stdout).toContain('no account with profit was left out');
    expect(stdout).toContain('only the full sheet shows that');
  });

  test('from standard input, written over many lines after a byte order mark', async () => {
    const { code, stdout } = await run(['-'], `\uFEFF${JSON.stringify(JSON.parse(document), null, 2)}\n`);
    expect(code).toBe(0);
    expect(stdout).toContain('VALID');
  });

  test('that does not hold: every problem, and exit code 1', async () => {
    const spoilt = { ...documentOf(proof), amount: '2116' };
    const { code, stdout, stderr } = await run(['-'], JSON.stringify(spoilt));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.every((line) => line.startsWith('NOT VALID: '))).toBe(true);
    expect(lines[0]).toBe('NOT VALID: Account bob: the amounts of its parts sum to 21.15, and not to 21.16.');
    expect(stdout).toContain('NOT VALID: The path from the leaf does not lead to the hash of the tree.');
  });

  test('that is not of the format is not valid either', async () => {
    const { code, stdout } = await run(['-'], JSON.stringify({ ...documentOf(proof), cap: '04' }));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT VALID: cap must be a string of up to 200 decimal digits/);
  });

  test('against a root that was learned elsewhere', async () => {
    const same = await run(['-', '--root', root.toUpperCase()], document);
    expect(same.code).toBe(0);
    expect(same.stdout).toContain(`${root}, the one that you know.`);
    const other = await run(['-', '--root', 'f'.repeat(64)], document);
    expect(other).toMatchObject({ code: 1, stdout: 'NOT VALID: The root is not the one that you know.\n' });
  });

  test('as one JSON object', async () => {
    const good = await run(['-', '--json'], document);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual({
      valid: true,
      what: 'proofs',
      results: [{ valid: true, checks: expect.arrayContaining([expect.stringContaining('gave up 21.15')]) }],
      showsNot: expect.arrayContaining([expect.stringContaining('left out')]),
    });
    const bad = await run(['-', '--json'], document.replace('"2115"', '"2114"'));
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      valid: false,
      results: [{ valid: false, problems: expect.any(Array) }],
    });
  });
});

describe('a notice', () => {
  const answer = (spoilt: object) => JSON.stringify({ data: { haircutNotices: { ...notice, ...spoilt } } });

  test('is verified by its document, and must agree with it', async () => {
    const { code, stdout } = await run(['-'], answer({}));
    expect(code).toBe(0);
    expect(stdout).toContain('ok: What stands around the document agrees with it.');
  });

  test.each<[string, object, string]>([
    [
      'the sign of its amount',
      { amount: '21.15' },
      "The amount beside the document is 21.15, and the document's is -21.15.",
    ],
    ['its sequence', { sequence: '8' }, "The sequence beside the document is 8, and the document's is 7."],
    [
      'its amount',
      { haircut: { ...notice.haircut, amount: '21.1' } },
      'The amount beside the document is 21.1',
    ],
    [
      'its profit',
      { haircut: { ...notice.haircut, profit: '40.001' } },
      'The profit beside the document is 40.001',
    ],
    [
      'its cap',
      { haircut: { ...notice.haircut, cap: 'x' } },
      "The cap beside the document is x, and the document's is 40.00.",
    ],
    [
      'its account',
      { haircut: { ...notice.haircut, account: { ref: 'alice' } } },
      'The account beside the document is alice',
    ],
    [
      'its settlement',
      { haircut: { ...notice.haircut, settlement: { sequence: '6' } } },
      "The settlement's sequence beside the document is 6",
    ],
    [
      "the settlement's root",
      { haircut: { ...notice.haircut, settlement: { commitment: { root: 'f' } } } },
      'The root beside the document is f',
    ],
    [
      'the root beside it',
      { haircut: { proof: { document, commitment: { root: 'f' } } } },
      'The root beside the document is f',
    ],
  ])('fails where %s disagrees', async (_, spoilt, problem) => {
    const { code, stdout } = await run(['-'], answer(spoilt));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^NOT VALID: [^\n]+\n$/) });
    expect(stdout).toContain(problem);
  });

  test('agrees however its decimals are written', async () => {
    const haircut = { ...notice.haircut, amount: '21.1500', profit: '40', cap: '040.0' };
    expect((await run(['-'], answer({ haircut }))).code).toBe(0);
  });

  test('of what was given back has an amount and a sequence of its own', async () => {
    expect((await run(['-'], answer({ kind: 'REFUND', amount: '3.00', sequence: '12' }))).code).toBe(0);
  });

  test('in a list: each is verified, and what stands further out says nothing of them', async () => {
    const nodes = proofs.map((each) => ({ amount: null, proof: { document: toJson(each) } }));
    const page = { data: { pool: { sequence: '99', amount: '1', settlement: { haircuts: { nodes } } } } };
    const good = await run(['-'], JSON.stringify(page));
    expect(good.code).toBe(0);
    expect(good.stdout).toContain('Document 4 of 4:');
    nodes[1]!.proof.document = nodes[1]!.proof.document.replace('"salt":"', '"salt":"0');
    const bad = await run(['-'], JSON.stringify(page));
    expect(bad.code).toBe(1);
    expect(bad.stdout.match(/NOT VALID/g)).toHaveLength(1);
    expect(bad.stdout).not.toContain('VALID, which');
  });
});

describe('a sheet', () => {
  test('is verified line by line', async () => {
    const file = join(folder, 'sheet.ndjson');
    await writeFile(file, `\uFEFF${sheet.join('\n')}\n`);
    const { code, stdout, stderr } = await run([file, '--root', root]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('ok: Settlement 7 of pool BTC-PERP: 4 haircuts');
    expect(stdout).toContain('come out the same allocated anew');
    expect(stdout).toContain('no account with profit was left out');
  });

  test('that breaks off is not valid, whether or not the reader has more to say', async () => {
    const { code, stdout } = await run(['-'], sheet.slice(0, 3).join('\n'));
    expect(code).toBe(1);
    expect(stdout).toContain('NOT VALID: The sheet breaks off: its last line is missing.');
  });

  test('as one JSON object', async () => {
    const { stdout } = await run(['--json', '-'], sheet.join('\n'));
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, what: 'sheet', results: [{ valid: true }] });
  });
});

describe('a wrong call ends with exit code 2 and one line', () => {
  test.each<[string, string[], string, string]>([
    ['no file', [], '', 'Name the file to verify, or - for standard input'],
    ['two files', ['a', 'b'], '', "Unexpected argument 'b'"],
    ['an unknown option', ['-', '--rot'], '', "Unknown option '--rot'"],
    ['a root that is none', ['-', '--root', 'abc'], '', '--root must be the 64 hex digits of a root'],
    ['a file that there is not', ['/no/such/file'], '', 'Cannot read /no/such/file: ENOENT'],
    ['a folder', ['/'], '', 'Cannot read /: EISDIR'],
    ['nothing', ['-'], '', "There is neither a haircut's proof nor a sheet in standard input"],
    ['no JSON', ['-'], 'hello\nworld', "There is neither a haircut's proof nor a sheet"],
    ['a proof that breaks off', ['-'], document.slice(0, -9), 'it breaks off, or was changed'],
    ['other JSON', ['-'], '{"document":"{}","data":[1,null,"x"]}', "There is neither a haircut's proof"],
    ['another version', ['-'], document.replace('proof/1', 'proof/2'), "There is neither a haircut's proof"],
    [
      'JSON of no bottom',
      ['-'],
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      "There is neither a haircut's proof",
    ],
  ])('%s', async (_, args, input, line) => {
    const { code, stdout, stderr } = await run(args, input);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

test('--help explains every option', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const option of ['FILE', '--root', '--json', '--help']) expect(stdout).toContain(option);
});

/** Runs the command with nothing in its environment. */
async function run(args: string[], input = '') {
  const child = spawn(process.execPath, [command, 'verify', ...args], { env: {} });
  child.stdin.on('error', () => {}).end(input);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
}
