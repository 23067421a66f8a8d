import { SOBOL_BITS } from './joe-kuo.ts';
import { philox, SCRAMBLE, uniform } from './philox.ts';

/**
 * Sobol's sequence in the order of the Gray code (Antonov and Saleev 1979): its first 2^m points are the digital net that its
 * first 2^m indices make. It has 2^32 points. A coordinate has 52 bits: 32 in `tops`, 20 in `bottoms` (bits 31 to 12). The sequence itself fills 32 of
 * them; scrambled, all are random.
 */
export class SobolSequence {
  readonly #dimensions: number;
  /** By dimension and bit of the index. */
  readonly #tops: Uint32Array;
  readonly #bottoms: Uint32Array;
  /** The point at #index, by dimension. */
  readonly #top: Uint32Array;
  readonly #bottom: Uint32Array;
  #index = 0;

  /**
   * @param columns as sobolColumns has them, 32 a dimension
   * @param scramble what to randomize it by: the key of a stream (k0, k1) and the number of the batch; null for the sequence as it
   *   is, moved by 2^-53 because 0 is no number here
   */
  constructor(columns: Uint32Array, scramble: { k0: number; k1: number; batch: number } | null) {
    this.#dimensions = columns.length / SOBOL_BITS;
    this.#tops = columns.slice();
    this.#bottoms = new Uint32Array(columns.length);
    this.#top = new Uint32Array(this.#dimensions);
    this.#bottom = new Uint32Array(this.#dimensions);
    if (scramble) this.#scramble(scramble.k0, scramble.k1, scramble.batch);
  }

  /** Fills the next points: dimension d of the p-th at d × stride + p. */
  next(points: number, stride: number, into: Float64Array): void {
    for (let d = 0; d < this.#dimensions; d++) {
      const columns = d * SOBOL_BITS;
      let top = this.#top[d]!;
      let bottom = this.#bottom[d]!;
      for (let p = 0; p < points; p++) {
        into[d * stride + p] = uniform(top >>> 0, bottom);
        // The Gray code of the next index differs in the lowest bit that this one's has a zero in.
        const index = this.#index + p;
        const column = columns + 31 - Math.clz32(~index & (index + 1));
        top ^= this.#tops[column]!;
        bottom ^= this.#bottoms[column]!;
      }
      this.#top[d] = top;
      this.#bottom[d] = bottom;
    }
    this.#index += points;
  }

  /**
   * Matoušek's linear scramble ("On the L2-discrepancy for anchored boxes", J. Complexity 14, 1998) with a digital shift: digit i of
   * a coordinate becomes itself plus a random choice of the digits before it plus a random digit. Each point becomes uniform, a net
   * stays a net, and the variance is that of Owen's nested scramble (Hickernell and Yue 2000).
   */
  #scramble(k0: number, k1: number, batch: number): void {
    const words = new Uint32Array(4);
    for (let d = 0; d < this.#dimensions; d++) {
      const columns = this.#tops.subarray(d * SOBOL_BITS, (d + 1) * SOBOL_BITS);
      const lower = this.#bottoms.subarray(d * SOBOL_BITS, (d + 1) * SOBOL_BITS);
      // What digit i of the coordinate adds: to itself 1, to those after it random digits. First by digit, then by column.
      const digits: [number, number][] = [];
      for (let i = 0; i < SOBOL_BITS; i++) {
        philox(i, d, batch, SCRAMBLE, k0, k1, words);
        const own = 0x80000000 >>> i;
        digits.push([own | (words[0]! & (own - 1)), words[1]!]);
      }
      for (let j = 0; j < SOBOL_BITS; j++) {
        let [top, bottom] = [0, 0];
        for (let i = 0; i < SOBOL_BITS; i++) {
          if (!((columns[j]! << i) & 0x80000000)) continue;
          top ^= digits[i]![0];
          bottom ^= digits[i]![1];
        }
        columns[j] = top;
        lower[j] = bottom;
      }
      philox(SOBOL_BITS, d, batch, SCRAMBLE, k0, k1, words);
      this.#top[d] = words[0]!;
      this.#bottom[d] = words[1]!;
    }
  }
}
