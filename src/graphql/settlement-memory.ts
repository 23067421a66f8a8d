import type { Database } from '../db/database.ts';
import type { SettlementRow } from '../db/rows.ts';
import { bySequence, type SequenceKey } from './loader-kit.ts';

/** How many settlements a process remembers of each database that it reads. */
const MAX_SETTLEMENTS = 1_000;

/**
 * Settlements that were read lately: whoever pages through the haircuts of one asks for it with every page. A settlement never
 * changes, so that what is remembered holds as long as the connections lead where they led.
 */
export class SettlementMemory {
  /** By pool and sequence; the most recently used last. */
  readonly #rows = new Map<string, SettlementRow>();
  #generation = 0;

  /** @param read what reads those that are not remembered, in the order of its keys */
  async find(
    db: Database,
    keys: readonly SequenceKey[],
    read: (missing: readonly SequenceKey[]) => Promise<readonly (SettlementRow | null)[]>,
  ): Promise<(SettlementRow | null)[]> {
    const { generation } = db;
    if (generation !== this.#generation) this.#rows.clear();
    this.#generation = generation;
    const found = keys.map((key) => this.#rows.get(bySequence(key)) ?? null);
    const missing = keys.filter((_, i) => found[i] === null);
    const rows = missing.length === 0 ? [] : await read(missing);
    let next = 0;
    const all = found.map((row) => row ?? rows[next++] ?? null);
    // What came over a connection that is gone may be of another history.
    if (db.generation === generation && this.#generation === generation)
      for (const row of all) if (row) this.#keep(row);
    return all;
  }

  #keep(row: SettlementRow): void {
    const name = bySequence(row);
    this.#rows.delete(name);
    this.#rows.set(name, row);
    if (this.#rows.size > MAX_SETTLEMENTS) this.#rows.delete(this.#rows.keys().next().value!);
  }
}
