import { ONE } from '../core/decimal.ts';
import type { Database } from '../db/database.ts';
import { askBook } from './at-risk.ts';
import type { Books } from './books.ts';
import { reachesAccounts, type Scenario, scenarioOf } from './exposure.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';

/** How many answers are kept: a scenario holds columns of a pool's bearers. */
const MAX_KEPT = 8;

/** Shocks are found to a millionth of the marks. */
const STEPS = 1_000_000;
/** How finely is looked for the first shock that touches an account, before the place is halved. */
const GRID_BITS = 4;

export type Direction = 'fall' | 'rise';

/** Kept until the pool changes: a page of accounts asks for one thing many times. */
class Kept<T> {
  readonly #answers = new Map<string, { sequence: bigint; answer: Promise<T> }>();

  get(key: string, sequence: bigint, ask: () => Promise<T>): Promise<T> {
    const kept = this.#answers.get(key);
    if (kept && kept.sequence >= sequence) return kept.answer;
    const answer = ask();
    this.#answers.delete(key);
    this.#answers.set(key, { sequence, answer });
    if (this.#answers.size > MAX_KEPT) this.#answers.delete(this.#answers.keys().next().value!);
    answer.catch(() => {
      if (this.#answers.get(key)?.answer === answer) this.#answers.delete(key);
    });
    return answer;
  }
}

/** A pool's sequence, and what closing out costs there. */
export interface Place {
  readonly poolId: number;
  readonly sequence: bigint;
  readonly slippage: bigint;
}

/** What the accounts in trouble could cost the others, at the marks and at shocks to them. */
export class Exposures {
  readonly #runtime: { readonly db: Database; readonly books: Books };
  readonly #scenarios = new Kept<Scenario>();
  readonly #thresholds = new Kept<number | null>();

  constructor(runtime: { readonly db: Database; readonly books: Books }) {
    this.#runtime = runtime;
  }

  /** The scenario at the pool's sequence, or later. */
  scenario({ poolId, sequence, slippage }: Place): Promise<Scenario> {
    return this.#scenarios.get(this.#key(poolId, slippage), sequence, () =>
      this.#at(poolId, 0n, (book, pool) => scenarioOf(book, pool, slippage)),
    );
  }

  /**
   * The common move of all marks at which an account would first give up something, as a share in units of 10^-18; null where
   * none up to all of the marks does. By halving: first the move at which any loss reaches the accounts, then, where that one does not
   * touch this account, the first of sixteen places on the way that does. Each step asks by itself, so that nothing waits for long.
   */
  async touchedAt(place: Place, accountNo: number, direction: Direction): Promise<bigint | null> {
    const { poolId, sequence, slippage } = place;
    const shift = (step: number) => ((direction === 'fall' ? -1n : 1n) * BigInt(step) * ONE) / BigInt(STEPS);
    if (touches(await this.scenario(place), accountNo)) return 0n;
    const reached = (step: number) =>
      this.#at(poolId, shift(step), (book, pool) => reachesAccounts(book, pool, slippage));
    const first = await this.#thresholds.get(this.#key(poolId, slippage, direction), sequence, async () =>
      (await reached(STEPS)) ? leastStep(reached, 0, STEPS) : null,
    );
    if (first === null) return null;
    const touched = (step: number) =>
      this.#at(poolId, shift(step), (book, pool) => touches(scenarioOf(book, pool, slippage), accountNo));
    const answer = (step: number) => (BigInt(step) * ONE) / BigInt(STEPS);
    if (await touched(first)) return answer(first);
    let before = first;
    for (let i = 1; i <= 1 << GRID_BITS; i++) {
      const next = first + (((STEPS - first) * i) >> GRID_BITS);
      if (await touched(next)) return answer(await leastStep(touched, before + 1, next));
      before = next;
    }
    return null;
  }

  /** Nothing is kept over a new connection, as in PerSequence. */
  #key(...parts: readonly (number | bigint | string)[]): string {
    return [this.#runtime.db.generation, ...parts].join('/');
  }

  #at<T>(poolId: number, shift: bigint, ask: (book: PoolBook, pool: LockedPool) => T): Promise<T> {
    return askBook(this.#runtime, poolId, (book, pool) =>
      shift === 0n
        ? ask(book, pool)
        : book.atMarks(
            (mark) => (mark * (ONE + shift)) / ONE,
            () => ask(book, pool),
          ),
    );
  }
}

function touches({ outcome, index }: Scenario, accountNo: number): boolean {
  const bearer = index.get(accountNo);
  return outcome !== null && bearer !== undefined && outcome.haircuts.get(bearer) > 0n;
}

/** The least step from `low` on that holds, where `high` does and steps that hold are not followed by ones that do not. */
async function leastStep(
  holds: (step: number) => Promise<boolean>,
  low: number,
  high: number,
): Promise<number> {
  let [from, until] = [low, high];
  while (from < until) {
    const middle = (from + until) >> 1;
    if (await holds(middle)) until = middle;
    else from = middle + 1;
  }
  return until;
}
