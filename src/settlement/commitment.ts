import { createCipheriv, hash } from 'node:crypto';
import { AtomColumn } from '../core/atom-column.ts';
import { haircutLines } from '../core/haircut-lines.ts';
import { type CommittedPart, leafText, rootText, type Sha256 } from '../core/proof/format.ts';
import { type Level, sortedLeaves, sumRoot, type TreeTop } from '../core/proof/tree.ts';
import type { PoolBearers } from './bearers.ts';
import type { Outcome } from './compute.ts';

/** SHA-256 of a text in lowercase hex: asked for as text it costs a quarter of what a buffer does. */
export const sha256: Sha256 = (text) => hash('sha256', text, 'hex');

/** Leaves in one stored row: a proof reads and hashes one row of them, and the tops of all rows. */
export const LEAVES_PER_CHUNK = 1_024;

/** What a settlement commits to: the root, and the tree under it in chunks of leaves. */
export interface Commitment {
  readonly root: string;
  readonly tree: string;
  readonly chunks: readonly { readonly leaves: Level; readonly top: TreeTop }[];
}

const SALT_BYTES = 16;

/**
 * The salts of a settlement's haircuts from the one with ordinal `first`, in hex: blocks of AES-256-CTR's key stream
 * under the settlement's seed. One seed is kept instead of a salt a haircut, and any of them is found by itself.
 */
export function* saltsFrom(seed: Uint8Array, first: number, count: number): Generator<string> {
  const counter = Buffer.alloc(SALT_BYTES);
  counter.writeUInt32BE(first, SALT_BYTES - 4);
  const stream = createCipheriv('aes-256-ctr', seed, counter).update(Buffer.alloc(SALT_BYTES * count));
  const text = stream.toString('hex');
  for (let i = 0; i < count; i++) yield text.slice(i * SALT_BYTES * 2, (i + 1) * SALT_BYTES * 2);
}

export function saltOf(seed: Uint8Array, ordinal: number): string {
  return saltsFrom(seed, ordinal, 1).next().value as string;
}

/** The parts of an outcome as the root has them. */
export function committedParts(outcome: Outcome, symbols: ReadonlyMap<number, string>): CommittedPart[] {
  return outcome.parts.map(({ figures, scope, marketNo, loss, profitTotal, capacity }, i) => ({
    ...figures,
    part: i + 1,
    scope,
    market: marketNo === null ? null : symbols.get(marketNo)!,
    loss,
    profitTotal,
    capacity,
  }));
}

/** Builds the tree over an outcome's haircuts (docs/proofs.md); there is at least one. */
export function commitTo(
  { name: pool, decimals }: { readonly name: string; readonly decimals: number },
  sequence: bigint,
  bearers: PoolBearers,
  outcome: Outcome,
  symbols: ReadonlyMap<number, string>,
  seed: Uint8Array,
): Commitment {
  const { haircutCount, profits, caps } = outcome;
  const hashes: string[] = [];
  const sums = new AtomColumn(0, haircutCount);
  const salts = saltsFrom(seed, 1, haircutCount);
  for (const { index, amount, parts } of haircutLines(outcome)) {
    const haircut = {
      account: bearers.refs[index]!,
      amount,
      profit: profits.get(index),
      cap: caps.get(index),
      parts,
      salt: salts.next().value as string,
    };
    hashes.push(sha256(leafText(pool, sequence, haircut)));
    sums.push(amount);
  }
  const leaves = sortedLeaves(hashes, sums);
  const chunks = [];
  for (let from = 0; from < haircutCount; from += LEAVES_PER_CHUNK) {
    const part = slice(leaves, from, Math.min(from + LEAVES_PER_CHUNK, haircutCount));
    chunks.push({ leaves: part, top: sumRoot(part, sha256) });
  }
  const tops = {
    hashes: chunks.map(({ top }) => top.hash),
    sums: AtomColumn.of(chunks.map(({ top }) => top.sum)),
  };
  const { hash: tree, sum: total } = sumRoot(tops, sha256);
  const root = rootText(pool, sequence, decimals, {
    tree,
    total,
    profitTotal: outcome.profitTotal,
    leaves: haircutCount,
    parts: committedParts(outcome, symbols),
  });
  return { root: sha256(root), tree, chunks };
}

function slice({ hashes, sums }: Level, from: number, until: number): Level {
  const part = new AtomColumn(0, until - from);
  for (let i = from; i < until; i++) part.push(sums.get(i));
  return { hashes: hashes.slice(from, until), sums: part };
}

/** The rows of settlement_leaves, as COPY takes them; the line breaks within a text are escaped. */
export function* leafChunks(poolId: number, sequence: bigint, { chunks }: Commitment): Generator<string> {
  for (const [chunk, { leaves, top }] of chunks.entries()) {
    const lines = leaves.hashes.map((leaf, i) => `${leaf} ${leaves.sums.get(i)}`).join('\\n');
    yield `${poolId}\t${sequence}\t${chunk}\t${leaves.hashes[0]}\t${top.hash}\t${top.sum}\t${lines}\n`;
  }
}

/** Reads a stored chunk again. */
export function parseLeaves(text: string): Level {
  const hashes: string[] = [];
  const sums = new AtomColumn();
  for (const line of text.split('\n')) {
    const [leaf, sum] = line.split(' ') as [string, string];
    hashes.push(leaf);
    sums.push(BigInt(sum));
  }
  return { hashes, sums };
}
