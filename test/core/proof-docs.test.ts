import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { leafText, nodeText, rootText } from '../../src/core/proof/format.ts';
import { parseProof, parseSheetLine } from '../../src/core/proof/parse.ts';
import { sortedLeaves, sumRoot } from '../../src/core/proof/tree.ts';
import { verifyProof } from '../../src/core/proof/verify-proof.ts';
import { verifySheet } from '../../src/core/proof/verify-sheet.ts';
import { inRoot } from '../../tools/checks/check.ts';
import { toRun } from '../support/documents.ts';
import { sha256 } from './proof-helper.ts';

/** docs/proofs.md prints test vectors. They never change: who implements version 1 relies on them. */

const blocks = (kind: string): string[] => toRun('docs/proofs.md', kind).map(({ text }) => text.trimEnd());
const block = (kind: string): string => blocks(kind).at(-1)!;

const ROOT = 'dd61ceaaa8bba205a19b9b69794efe0022e9d5613e4bd37630a0b9bb6ac6f39a';
const hashes = new Map(
  block('text')
    .split('\n')
    .map((line) => line.split(/ +/) as [string, string]),
);
const proof = JSON.parse(block('json'));
const sheet = block('jsonl').split('\n');

describe('the example in docs/proofs.md', () => {
  const shell = spawnSync('sh', ['-c', 'printf x | sha256sum'], { encoding: 'utf8' });

  test.skipIf(shell.status !== 0)('is what its shell recipe prints', () => {
    expect(spawnSync('sh', ['-c', block('sh')], { encoding: 'utf8' }).stdout.trimEnd()).toBe(block('text'));
  });

  test('has the hashes of these very texts', () => {
    const leaves = {
      alice:
        'shearwater leaf 1\n00112233445566778899aabbccddeeff\nBTC-PERP\t7\nalice\n42\t100\t100\n1\t42\t100\t100\t100',
      bob: 'shearwater leaf 1\n0123456789abcdef0123456789abcdef\nBTC-PERP\t7\nbob\n83\t200\t200\n1\t83\t200\t200\t200',
      carol:
        'shearwater leaf 1\nfedcba9876543210fedcba9876543210\nBTC-PERP\t7\ncarol\n125\t300\t300\n1\t125\t300\t300\t300',
    };
    for (const [account, text] of Object.entries(leaves)) expect(hashes.get(account)).toBe(sha256(text));
    const of = (name: string) => hashes.get(name)!;
    expect(of('node')).toBe(sha256(`shearwater node 1\n${of('carol')}\t125\n${of('alice')}\t42`));
    expect(of('tree')).toBe(sha256(`shearwater node 1\n${of('node')}\t167\n${of('bob')}\t83`));
    const figures = '1\tPOOL\t\tPRO_RATA\t1\t5/12\t2/3\t250\t600\t600';
    expect(of('root')).toBe(
      sha256(`shearwater root 1\nBTC-PERP\t7\t2\t250\t600\t3\n${figures}\n${of('tree')}`),
    );
    expect(of('root')).toBe(ROOT);
  });

  test('is what the code makes of the sheet', () => {
    const rows = sheet.slice(1, -1).flatMap((line) => {
      const parsed = parseSheetLine(JSON.parse(line));
      return 'value' in parsed && 'salt' in parsed.value ? [parsed.value] : [];
    });
    const leaves = rows.map((row) => sha256(leafText('BTC-PERP', 7n, row)));
    expect(leaves).toEqual(['alice', 'bob', 'carol'].map((name) => hashes.get(name)));
    const sums = AtomColumn.of(rows.map(({ amount }) => amount));
    expect(sumRoot(sortedLeaves(leaves, sums), sha256)).toEqual({ hash: hashes.get('tree'), sum: 250n });
    expect(sha256(nodeText(hashes.get('carol')!, 125n, hashes.get('alice')!, 42n))).toBe(hashes.get('node'));
    const parsed = parseProof(proof);
    expect('value' in parsed && sha256(rootText('BTC-PERP', 7n, 2, parsed.value.commitment))).toBe(ROOT);
  });

  test('is verified by the command that it names', () => {
    expect(blocks('sh')).toHaveLength(2);
    const [command] = blocks('sh');
    const folder = mkdtempSync(join(tmpdir(), 'shearwater-proof-'));
    try {
      for (const kind of ['json', 'jsonl']) {
        const file = join(folder, `proof.${kind}`);
        writeFileSync(file, `${block(kind)}\n`);
        const [, , ...args] = command!.replace('FILE', file).split(' ');
        const { status, stdout } = spawnSync(process.execPath, [inRoot('bin/shearwater.js'), ...args], {
          encoding: 'utf8',
        });
        expect(stdout).toMatch(/^VALID/m);
        expect(status).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('verifies', async () => {
    expect(verifyProof(proof, sha256, ROOT)).toMatchObject({ ok: true });
    expect(await verifySheet(sheet, sha256, ROOT)).toMatchObject({ ok: true });
  });
});
