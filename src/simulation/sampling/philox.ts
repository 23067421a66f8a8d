/*
 * Philox4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a block cipher of few rounds that turns
 * a counter into random words. What it says at a place depends on the key and the place alone, so numbers need no order to be
 * drawn in, and no two batches can overlap.
 */

/** What a counter is for, its last word: no two purposes share a number. */
export const UNIFORMS = 0;
export const SCRAMBLE = 1;

/** The high half of a 32-bit number times the 32-bit number that has these halves of 16 bits. */
function high(a: number, top: number, bottom: number): number {
  const left = a >>> 16;
  const right = a & 0xffff;
  // No sum here exceeds 32 bits: (2^16 − 1)² + 2 (2^16 − 1) < 2^32.
  const middle = (Math.imul(left, bottom) + (Math.imul(right, bottom) >>> 16)) | 0;
  const lower = (Math.imul(right, top) + (middle & 0xffff)) | 0;
  return (Math.imul(left, top) + (middle >>> 16) + (lower >>> 16)) | 0;
}

/** Encrypts the counter (c0, c1, c2, c3) by the key (k0, k1), all of 32 bits; the four words go to `into`. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  into: Uint32Array,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = high(c0, 0xd251, 0x1f53);
    const high2 = high(c2, 0xcd9e, 0x8d57);
    const low0 = Math.imul(c0, 0xd2511f53);
    const low2 = Math.imul(c2, 0xcd9e8d57);
    c0 = high2 ^ c1 ^ k0;
    c1 = low2;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  into[0] = c0;
  into[1] = c1;
  into[2] = c2;
  into[3] = c3;
}

/** A uniform number out of the first 52 of 64 bits: (k + ½) 2^-52. Neither 0 nor 1 is one, and 1 − u is one too, exactly. */
export function uniform(top: number, bottom: number): number {
  return (top * 1_048_576 + (bottom >>> 12) + 0.5) / 4_503_599_627_370_496;
}
