import { Refusal } from '../../core/refusal.ts';
import { SOBOL_DIMENSIONS, sobolColumns } from './joe-kuo.ts';
import { philox, UNIFORMS, uniform } from './philox.ts';
import { SobolSequence } from './sobol.ts';

/**
 * How the numbers of a batch hang together.
 *
 * PSEUDO: not at all. ANTITHETIC: those of path 2k + 1 are 1 − u of those of path 2k. SOBOL: the paths fill the cube evenly, which
 * makes a mean of a smooth function converge nearly as 1/n; the dimensions after the first 1,111 are filled as PSEUDO has them.
 */
export type SamplerKind = 'PSEUDO' | 'ANTITHETIC' | 'SOBOL';

/** One of the independent replicates that a run consists of: their means differ by nothing but chance. */
export interface Batch {
  /**
   * The next paths of the batch, which do not depend on how many are asked for at a time.
   *
   * @param into dimensions × paths or longer, by dimension: the number of dimension d at path p is at d × paths + p
   */
  next(paths: number, into: Float64Array): void;
}

/** Makes the batches of a run. Any thread may make any of them: all have their digits by the seed and their number. */
export interface Sampler {
  readonly dimensions: number;
  /** Batch number `index`, from 0 on and below 2^32, at its first path. It has at most 2^32 paths. */
  batch(index: number): Batch;
}

/**
 * Numbers uniform in the open interval (0, 1), odd multiples of 2^-53.
 *
 * @param seed from 0 to 2^64 − 1
 * @param dimensions how many numbers a path takes; 0 for a model that takes none
 * @throws Refusal at a seed that is out of range
 */
export function sampler(kind: SamplerKind, seed: bigint, dimensions: number): Sampler {
  if (seed < 0n || seed >= 1n << 64n) {
    throw new Refusal('INVALID_INPUT', 'The seed is out of range: give one from 0 to 2^64 − 1.', ['seed']);
  }
  const key: Key = { k0: Number(seed & 0xffffffffn), k1: Number(seed >> 32n) };
  const even = kind === 'SOBOL' ? Math.min(dimensions, SOBOL_DIMENSIONS) : 0;
  const columns = sobolColumns(even);
  return {
    dimensions,
    batch(index) {
      const sequence = even > 0 ? new SobolSequence(columns, { ...key, batch: index }) : null;
      let first = 0;
      return {
        next(paths, into) {
          sequence?.next(paths, paths, into);
          for (let d = even; d < dimensions; d++) {
            if (kind === 'ANTITHETIC') fillPairs(key, index, d, first, paths, into);
            else fill(key, index, d, first, paths, into);
          }
          first += paths;
        },
      };
    },
  };
}

/** The two halves of a seed. */
interface Key {
  readonly k0: number;
  readonly k1: number;
}

const words = new Uint32Array(4);

/** Paths 2k and 2k + 1 of a dimension have the two halves of what the cipher says at k. */
function fill(key: Key, batch: number, d: number, first: number, paths: number, into: Float64Array): void {
  const at = d * paths;
  for (let p = 0; p < paths; ) {
    const path = first + p;
    philox(Math.floor(path / 2), d, batch, UNIFORMS, key.k0, key.k1, words);
    if (path % 2 === 0) into[at + p++] = uniform(words[0]!, words[1]!);
    if (p < paths) into[at + p++] = uniform(words[2]!, words[3]!);
  }
}

function fillPairs(
  key: Key,
  batch: number,
  d: number,
  first: number,
  paths: number,
  into: Float64Array,
): void {
  const at = d * paths;
  for (let p = 0; p < paths; ) {
    // Four paths of a word: u, 1 − u, v, 1 − v.
    const path = first + p;
    philox(Math.floor(path / 4), d, batch, UNIFORMS, key.k0, key.k1, words);
    for (let k = path % 4; k < 4 && p < paths; k++, p++) {
      const u = k < 2 ? uniform(words[0]!, words[1]!) : uniform(words[2]!, words[3]!);
      into[at + p] = k % 2 === 0 ? u : 1 - u;
    }
  }
}
