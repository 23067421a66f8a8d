import type { Database } from '../db/database.ts';
import { askBook } from './at-risk.ts';
import type { Books } from './books.ts';
import { type Scenario, scenarioOf } from './exposure.ts';

/** How many scenarios are kept: each holds the columns of a pool's bearers. */
const MAX_KEPT = 8;

/** Scenarios by pool and slippage, kept until the pool changes: a page of accounts asks for one many times. */
export class Exposures {
  readonly #runtime: { readonly db: Database; readonly books: Books };
  readonly #kept = new Map<string, { sequence: bigint; scenario: Promise<Scenario> }>();

  constructor(runtime: { readonly db: Database; readonly books: Books }) {
    this.#runtime = runtime;
  }

  /** The scenario at the pool's sequence, or later. */
  get(poolId: number, sequence: bigint, slippage: bigint): Promise<Scenario> {
    const key = `${poolId}/${slippage}`;
    const kept = this.#kept.get(key);
    if (kept && kept.sequence >= sequence) return kept.scenario;
    const scenario = askBook(this.#runtime, poolId, (book, pool) => scenarioOf(book, pool, slippage));
    this.#kept.delete(key);
    this.#kept.set(key, { sequence, scenario });
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    scenario.catch(() => {
      if (this.#kept.get(key)?.scenario === scenario) this.#kept.delete(key);
    });
    return scenario;
  }
}
