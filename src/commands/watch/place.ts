/**
 * From which sequence on everything that was not told is told again. The two streams come each at their own pace, and many haircuts
 * share a sequence: so it may tell some twice, and never misses one.
 */
export class Place {
  #loss: bigint;
  #haircut: bigint;

  constructor(start: bigint) {
    this.#loss = start;
    this.#haircut = start;
  }

  heardLoss(sequence: string): void {
    this.#loss = BigInt(sequence);
  }

  /** Others of the same sequence may be to come. */
  heardHaircut(sequence: string): void {
    this.#haircut = BigInt(sequence) - 1n;
  }

  get resumeAfter(): bigint {
    return this.#loss < this.#haircut ? this.#loss : this.#haircut;
  }
}
