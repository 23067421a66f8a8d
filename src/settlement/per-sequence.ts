/** A pool changes only with its sequence, so what was computed of it is worth keeping until the next one. */
export class PerSequence<T> {
  readonly #read: (poolId: number) => Promise<T>;
  readonly #kept = new Map<number, { sequence: bigint; value: Promise<T> }>();

  constructor(read: (poolId: number) => Promise<T>) {
    this.#read = read;
  }

  /** The value at `sequence` or later. Several who ask at once share one read. */
  async get(poolId: number, sequence: bigint): Promise<T> {
    const kept = this.#kept.get(poolId);
    if (kept && kept.sequence >= sequence) return kept.value;
    const value = this.#read(poolId);
    this.#kept.set(poolId, { sequence, value });
    value.catch(() => {
      if (this.#kept.get(poolId)?.value === value) this.#kept.delete(poolId);
    });
    return value;
  }
}
