import { createCipheriv, hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { assert } from '../core/assert.ts';
import { AtomColumn } from '../core/atom-column.ts';
import type { HaircutLine } from '../core/haircut-lines.ts';
import { type CommittedPart, leafText, rootText, type Sha256 } from '../core/proof/format.ts';
import { type Level, sortingLeaves, sumRoot, type TreeTop } from '../core/proof/tree.ts';
import type { PoolBearers } from './bearers.ts';
import type { Outcome } from './compute.ts';
import { inSteps } from './in-steps.ts';

/** SHA-256 of a text in lowercase hex: asked for as text it costs a quarter of what a buffer does. */
export const sha256: Sha256 = (text) => hash('sha256', text, 'hex');

/**
 * Leaves in one stored row: a proof reads and hashes one row of them, and the tops of all rows. Hashing them takes a millisecond or two.
 */
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

/** Builds the tree over an outcome's haircuts (docs/proofs.md), of which there is at least one, line by line in their order. */
export class CommitmentBuilder {
  readonly #pool: { readonly name: string; readonly decimals: number };
  readonly #sequence: bigint;
  readonly #bearers: PoolBearers;
  readonly #outcome: Outcome;
  readonly #symbols: ReadonlyMap<number, string>;
  readonly #salts: Generator<string>;
  readonly #hashes: string[] = [];
  readonly #sums: AtomColumn;

  constructor(
    pool: { readonly name: string; readonly decimals: number },
    sequence: bigint,
    bearers: PoolBearers,
    outcome: Outcome,
    symbols: ReadonlyMap<number, string>,
    seed: Uint8Array,
  ) {
    this.#pool = pool;
    this.#sequence = sequence;
    this.#bearers = bearers;
    this.#outcome = outcome;
    this.#symbols = symbols;
    this.#salts = saltsFrom(seed, 1, outcome.haircutCount);
    this.#sums = new AtomColumn(0, outcome.haircutCount);
  }

  add({ index, amount, parts }: HaircutLine): void {
    const haircut = {
      account: this.#bearers.refs[index]!,
      amount,
      profit: this.#outcome.profits.get(index),
      cap: this.#outcome.caps.get(index),
      parts,
      salt: this.#salts.next().value as string,
    };
    this.#hashes.push(sha256(leafText(this.#pool.name, this.#sequence, haircut)));
    this.#sums.push(amount);
  }

  /** Hashes the tree, a slice at a time: others are answered meanwhile. */
  async finish(): Promise<Commitment> {
    const { name, decimals } = this.#pool;
    const { haircutCount, profitTotal } = this.#outcome;
    assert(this.#hashes.length === haircutCount, 'each haircut is a leaf');
    const leaves = await inSteps(sortingLeaves(this.#hashes, this.#sums));
    const chunks = [];
    for (let from = 0; from < haircutCount; from += LEAVES_PER_CHUNK) {
      await setImmediate();
      const part = slice(leaves, from, Math.min(from + LEAVES_PER_CHUNK, haircutCount));
      chunks.push({ leaves: part, top: sumRoot(part, sha256) });
    }
    const tops = {
      hashes: chunks.map(({ top }) => top.hash),
      sums: AtomColumn.of(chunks.map(({ top }) => top.sum)),
    };
    const { hash: tree, sum: total } = sumRoot(tops, sha256);
    const parts = committedParts(this.#outcome, this.#symbols);
    const fields = { tree, total, profitTotal, leaves: haircutCount, parts };
    return { root: sha256(rootText(name, this.#sequence, decimals, fields)), tree, chunks };
  }
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
