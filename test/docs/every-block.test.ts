import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { blocksOf, documents, NOT_RUN, RUN_BY, toRun } from '../support/documents.ts';

/** I250: whatever a document shows to be run, a test runs. */

const blocks = documents().flatMap(blocksOf);

it('every block of every document is run by a test, or is named with the reason why not', () => {
  const nobodys = blocks
    .filter(({ file, kind }) => !RUN_BY[file]?.[kind])
    .filter((block) => toRun(block.file, block.kind).some(({ line }) => line === block.line))
    .map(({ file, line, kind }) => `${file}:${line} (${kind || 'no kind'})`);
  expect(nobodys).toEqual([]);
});

it('what is named as run by nobody is there, once', () => {
  for (const { file, begins } of NOT_RUN) {
    const found = blocksOf(file).flatMap(({ kind, text }) =>
      (kind === 'sh' ? text.split('\n') : [text]).filter((each) => each.startsWith(begins)),
    );
    expect(found, `${file}: ${begins}`).toHaveLength(1);
  }
});

it('the tests that are named are there, name the document, and have something of it to run', () => {
  for (const [file, kinds] of Object.entries(RUN_BY)) {
    for (const [kind, test] of Object.entries(kinds)) {
      const path = inRoot('test', test);
      expect(existsSync(path), test).toBe(true);
      expect(readFileSync(path, 'utf8'), `${test} on ${file}`).toContain(basename(file));
      expect(toRun(file, kind), `${file}: ${kind}`).not.toEqual([]);
    }
  }
});
