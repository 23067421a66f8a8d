/**
 * A column of integers: eight bytes each where they fit 64 bits, exact bigints where they do not. A pool of a million
 * accounts keeps a column in 8 MB instead of the 40 MB and the garbage of an array of bigints.
 */
export class AtomColumn {
  static readonly #WIDE = -(2n ** 63n);
  static readonly #MAX = 2n ** 63n - 1n;

  #values: BigInt64Array;
  #wide = new Map<number, bigint>();
  #length: number;

  constructor(length = 0, capacity = Math.max(length, 16)) {
    this.#values = new BigInt64Array(capacity);
    this.#length = length;
  }

  static of(values: readonly bigint[]): AtomColumn {
    const column = new AtomColumn(0, values.length);
    for (const value of values) column.push(value);
    return column;
  }

  copy(): AtomColumn {
    const copied = new AtomColumn();
    copied.#values = this.#values.slice();
    copied.#wide = new Map(this.#wide);
    copied.#length = this.#length;
    return copied;
  }

  get length(): number {
    return this.#length;
  }

  get(index: number): bigint {
    const value = this.#values[index]!;
    return value === AtomColumn.#WIDE ? this.#wide.get(index)! : value;
  }

  set(index: number, value: bigint): void {
    if (value > AtomColumn.#WIDE && value <= AtomColumn.#MAX) {
      this.#values[index] = value;
    } else {
      this.#values[index] = AtomColumn.#WIDE;
      this.#wide.set(index, value);
    }
  }

  push(value: bigint): void {
    if (this.#length === this.#values.length) {
      const grown = new BigInt64Array(Math.max(16, this.#length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.set(this.#length++, value);
  }

  sum(): bigint {
    let total = 0n;
    for (let i = 0; i < this.#length; i++) total += this.get(i);
    return total;
  }

  *[Symbol.iterator](): Generator<bigint> {
    for (let i = 0; i < this.#length; i++) yield this.get(i);
  }
}
