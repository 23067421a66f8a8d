import { withRoom } from './columns.ts';

/** 10^0 to 10^255: every exponent that a byte holds. */
const POWERS = Array.from({ length: 256 }, (_, i) => 10n ** BigInt(i));

const WIDE = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Places to try when zeros are stripped: halves of 128, so that any number of zeros below 256 is found. */
const STEPS = [128, 64, 32, 16, 8, 4, 2, 1];

/**
 * Exact integers in nine bytes each: mantissa × 10^exponent, where the mantissa fits 64 bits. What has more digits than
 * that is kept as a bigint beside them. Sizes of 10^-18 and costs of 10^-54 mostly end in zeros.
 */
export class DecimalColumn {
  #mantissas: BigInt64Array;
  #exponents: Uint8Array;
  #wide = new Map<number, bigint>();
  /** The exponent that served last: where digits are alike, one division finds the mantissa. */
  #guess = 0;

  constructor(capacity: number) {
    this.#mantissas = new BigInt64Array(capacity);
    this.#exponents = new Uint8Array(capacity);
  }

  get byteLength(): number {
    return this.#mantissas.byteLength + this.#exponents.byteLength;
  }

  reserve(length: number): void {
    this.#mantissas = withRoom(this.#mantissas, length);
    this.#exponents = withRoom(this.#exponents, length);
  }

  get(index: number): bigint {
    const mantissa = this.#mantissas[index]!;
    return mantissa === WIDE ? this.#wide.get(index)! : mantissa * POWERS[this.#exponents[index]!]!;
  }

  set(index: number, value: bigint): void {
    if (this.#mantissas[index] === WIDE) this.#wide.delete(index);
    if (this.#write(index, value, this.#guess)) return;
    const exponent = zerosOf(value);
    if (this.#write(index, value, exponent)) {
      this.#guess = exponent;
    } else {
      this.#mantissas[index] = WIDE;
      this.#wide.set(index, value);
    }
  }

  /** Takes over what another column has at a place. */
  copy(index: number, from: DecimalColumn, fromIndex: number): void {
    const mantissa = from.#mantissas[fromIndex]!;
    if (this.#mantissas[index] === WIDE) this.#wide.delete(index);
    this.#mantissas[index] = mantissa;
    this.#exponents[index] = from.#exponents[fromIndex]!;
    if (mantissa === WIDE) this.#wide.set(index, from.#wide.get(fromIndex)!);
  }

  #write(index: number, value: bigint, exponent: number): boolean {
    const power = POWERS[exponent]!;
    const mantissa = value / power;
    if (mantissa <= WIDE || mantissa > MAX || mantissa * power !== value) return false;
    this.#mantissas[index] = mantissa;
    this.#exponents[index] = exponent;
    return true;
  }
}

/** How many zeros a number ends in, up to 255. */
function zerosOf(value: bigint): number {
  if (value === 0n) return 0;
  let zeros = 0;
  for (const step of STEPS) {
    if (value % POWERS[zeros + step]! === 0n) zeros += step;
  }
  return zeros;
}
