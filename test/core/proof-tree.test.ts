import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../src/core/assert.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { climb, type Level, placeOf, SumTree, sortedLeaves, sumRoot } from '../../src/core/proof/tree.ts';
import { sha256 } from './proof-helper.ts';

const leaves = (count: number): Level => ({
  hashes: Array.from({ length: count }, (_, i) => sha256(`leaf ${i}`)),
  sums: AtomColumn.of(Array.from({ length: count }, (_, i) => BigInt(i + 1) * 10n ** BigInt(i % 30))),
});

const slice = ({ hashes, sums }: Level, from: number, until: number): Level => ({
  hashes: hashes.slice(from, until),
  sums: AtomColumn.of([...sums].slice(from, until)),
});

/** The tree as RFC 9162 defines it: the left half is the largest power of two below the count. */
function oracle(level: Level): { hash: string; sum: bigint } {
  const { length } = level.hashes;
  if (length === 1) return { hash: level.hashes[0]!, sum: level.sums.get(0) };
  const half = 2 ** Math.floor(Math.log2(length - 1));
  const [left, right] = [oracle(slice(level, 0, half)), oracle(slice(level, half, length))];
  const text = `shearwater node 1\n${left.hash}\t${left.sum}\n${right.hash}\t${right.sum}`;
  return { hash: sha256(text), sum: left.sum + right.sum };
}

const COUNTS = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 127, 129, 200];

describe('a tree of sums', () => {
  test.each(COUNTS)('of %i leaves has the shape of RFC 9162, and every path leads to its top', (count) => {
    const level = leaves(count);
    const tree = new SumTree(level, sha256);
    expect(tree.root).toEqual(oracle(level));
    expect(sumRoot(level, sha256)).toEqual(tree.root);
    for (let i = 0; i < count; i++) {
      const path = tree.path(i);
      expect(climb({ hash: level.hashes[i]!, sum: level.sums.get(i) }, path, sha256)).toEqual(tree.root);
      expect(placeOf(path, count)).toBe(i);
    }
  });

  test.each(COUNTS)('over the tops of chunks is the tree over all %i leaves', (count) => {
    const level = leaves(count);
    const whole = new SumTree(level, sha256);
    const chunks: SumTree[] = [];
    for (let from = 0; from < count; from += 8) {
      chunks.push(new SumTree(slice(level, from, Math.min(from + 8, count)), sha256));
    }
    const tops = {
      hashes: chunks.map(({ root }) => root.hash),
      sums: AtomColumn.of(chunks.map(({ root }) => root.sum)),
    };
    const top = new SumTree(tops, sha256);
    expect(top.root).toEqual(whole.root);
    for (let i = 0; i < count; i++) {
      expect([...chunks[i >> 3]!.path(i & 7), ...top.path(i >> 3)]).toEqual(whole.path(i));
    }
  });

  test('has a place for each path of its own count, and for no other', () => {
    const tree = new SumTree(leaves(5), sha256);
    const [first, last] = [tree.path(0), tree.path(4)];
    expect(first.map(({ side }) => side)).toEqual(['right', 'right', 'right']);
    expect(last.map(({ side }) => side)).toEqual(['left']);
    expect(placeOf(last, 4)).toBeNull();
    expect(placeOf(first, 4)).toBeNull();
    expect(placeOf(first, 2 ** 53 - 1)).toBeNull();
    expect(placeOf([], 1)).toBe(0);
    expect(placeOf([], 2)).toBeNull();
  });

  test('sorts its leaves by hash, each with its sum', () => {
    const { hashes, sums } = leaves(50);
    const sorted = sortedLeaves(hashes, sums);
    expect(sorted.hashes).toEqual([...hashes].sort());
    expect([...sorted.sums]).toEqual(sorted.hashes.map((hash) => sums.get(hashes.indexOf(hash))));
  });

  test('has a leaf', () => {
    expect(() => new SumTree(leaves(0), sha256)).toThrow(InvariantViolation);
  });
});
