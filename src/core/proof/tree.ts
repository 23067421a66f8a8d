import { assert } from '../assert.ts';
import { AtomColumn } from '../atom-column.ts';
import { atOnce, pausesAt, type Steps } from '../steps.ts';
import { nodeText, type PathStep, type Sha256 } from './format.ts';

/** Nodes of one level from the left: a hash and a sum each. Columns, as there may be a million. */
export interface Level {
  readonly hashes: readonly string[];
  readonly sums: AtomColumn;
}

export interface TreeTop {
  readonly hash: string;
  readonly sum: bigint;
}

/**
 * A Merkle tree whose nodes also carry the sum of the amounts below, and whose hashes are of both. Nodes pair from the
 * left, and a lone last one moves up as it is: the shape of RFC 9162. So a tree over the tops of chunks of 2^k leaves
 * each is the same tree, and a path is the path in the chunk and then that of the chunk.
 */
export class SumTree {
  readonly root: TreeTop;
  readonly #levels: Level[];

  /** @param leaves at least one, in the order of the tree; for leaves of a settlement that of their hashes */
  constructor(leaves: Level, sha256: Sha256) {
    this.#levels = [leaves];
    let level = leaves;
    while (level.hashes.length > 1) {
      level = levelAbove(level, sha256);
      this.#levels.push(level);
    }
    this.root = topOf(level);
  }

  /** The neighbours of a leaf, from the leaf upward. */
  path(index: number): PathStep[] {
    const steps: PathStep[] = [];
    let place = index;
    for (const { hashes, sums } of this.#levels) {
      const neighbour = place ^ 1;
      if (neighbour < hashes.length) {
        const side = neighbour < place ? 'left' : 'right';
        steps.push({ side, hash: hashes[neighbour]!, sum: sums.get(neighbour) });
      }
      place >>= 1;
    }
    return steps;
  }
}

/** The top of a tree without the tree. */
export function sumRoot(leaves: Level, sha256: Sha256): TreeTop {
  let level = leaves;
  while (level.hashes.length > 1) level = levelAbove(level, sha256);
  return topOf(level);
}

function topOf({ hashes, sums }: Level): TreeTop {
  assert(hashes.length === 1 && sums.length === 1, 'a tree has a leaf, and each leaf a sum');
  return { hash: hashes[0]!, sum: sums.get(0) };
}

function levelAbove({ hashes, sums }: Level, sha256: Sha256): Level {
  const { length } = hashes;
  const above = { hashes: [] as string[], sums: new AtomColumn(0, (length + 1) >> 1) };
  for (let i = 0; i < length; i += 2) {
    const lone = i + 1 === length;
    const sum = sums.get(i);
    above.hashes.push(lone ? hashes[i]! : sha256(nodeText(hashes[i]!, sum, hashes[i + 1]!, sums.get(i + 1))));
    above.sums.push(lone ? sum : sum + sums.get(i + 1));
  }
  return above;
}

/**
 * The order of leaves in the tree: their indices by hash. Numbers sort ten times as fast as texts: the first 32 bits of
 * a hash and its index fit the 53 of a float, and the few that begin alike are told apart by the whole.
 */
export function* leafOrder(hashes: readonly string[]): Steps<Uint32Array> {
  const { length } = hashes;
  assert(length <= MOST_LEAVES, 'a tree has at most 2^21 leaves');
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    keys[i] = Number.parseInt(hashes[i]!.slice(0, 8), 16) * MOST_LEAVES + i;
    if (pausesAt(i)) yield;
  }
  keys.sort();
  yield;
  const order = new Uint32Array(length);
  for (let place = 0; place < length; place++) order[place] = keys[place]! % MOST_LEAVES;
  for (let place = 1; place < length; place++) {
    for (let at = place; at > 0 && hashes[order[at]!]! < hashes[order[at - 1]!]!; at--) {
      [order[at - 1], order[at]] = [order[at]!, order[at - 1]!];
    }
    if (pausesAt(place)) yield;
  }
  return order;
}

const MOST_LEAVES = 2 ** 21;

/** Sorted leaves: what a tree takes. */
export function sortedLeaves(hashes: readonly string[], sums: AtomColumn): Level {
  return atOnce(sortingLeaves(hashes, sums));
}

/** The same, in steps. */
export function* sortingLeaves(hashes: readonly string[], sums: AtomColumn): Steps<Level> {
  const order = yield* leafOrder(hashes);
  const sorted = { hashes: [] as string[], sums: new AtomColumn(0, order.length) };
  for (const index of order) {
    if (pausesAt(sorted.hashes.length)) yield;
    sorted.hashes.push(hashes[index]!);
    sorted.sums.push(sums.get(index));
  }
  return sorted;
}

/** Where a path from a leaf leads. */
export function climb(leaf: TreeTop, path: readonly PathStep[], sha256: Sha256): TreeTop {
  let { hash, sum } = leaf;
  for (const step of path) {
    const text =
      step.side === 'left'
        ? nodeText(step.hash, step.sum, hash, sum)
        : nodeText(hash, sum, step.hash, step.sum);
    hash = sha256(text);
    sum += step.sum;
  }
  return { hash, sum };
}

/** Which leaf, from 0, the sides of a path belong to; null where a tree of so many leaves has no such path. */
export function placeOf(path: readonly Pick<PathStep, 'side'>[], leaves: number): number | null {
  let [first, count] = [0, leaves];
  for (const { side } of path.toReversed()) {
    if (count === 1) return null;
    let left = 1;
    while (left * 2 < count) left *= 2;
    if (side === 'left') first += left;
    count = side === 'left' ? count - left : left;
  }
  return count === 1 ? first : null;
}
