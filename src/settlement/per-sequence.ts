import type { Database } from '../db/database.ts';

/** A pool changes only with its sequence, so what was computed of it is worth keeping until the next one. */
export class PerSequence<T> {
  readonly #read: (poolId: number) => Promise<T>;
  readonly #db: Pick<Database, 'generation'>;
  readonly #kept = new Map<number, { sequence: bigint; generation: number; value: Promise<T> }>();

  constructor(db: Pick<Database, 'generation'>, read: (poolId: number) => Promise<T>) {
    this.#db = db;
    this.#read = read;
  }

  /**
   * The value at `sequence` or later. Several who ask at once share one read. Nothing is kept over a new connection: a
   * database that was restored has sequences again that it had before, with something else behind them.
   */
  async get(poolId: number, sequence: bigint): Promise<T> {
    const { generation } = this.#db;
    const kept = this.#kept.get(poolId);
    if (kept && kept.generation === generation && kept.sequence >= sequence) return kept.value;
    const value = this.#read(poolId);
    this.#kept.set(poolId, { sequence, generation, value });
    value.catch(() => {
      if (this.#kept.get(poolId)?.value === value) this.#kept.delete(poolId);
    });
    return value;
  }
}
