import { Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { askBook } from './at-risk.ts';
import type { Books } from './books.ts';
import { inSteps } from './in-steps.ts';
import { readPool } from './locked-pool.ts';
import { readMarkets } from './markets.ts';
import { type StressOutcome, stressing } from './stress.ts';
import { readScenarios, readStressTerms, type StressTestInput } from './stress-input.ts';

/** Scenarios × accounts of one call: each looks at every account, several times where there is contagion. */
const MOST_WORK = 4_000_000;

export interface StressedScenario extends StressOutcome {
  readonly name: string;
  /** Where it stands in the grid, in units of 10^-18. */
  readonly changes: readonly bigint[];
}

/** What one caller may have under way at once in a process. */
const MOST_OPEN = 2;

/** Stress tests of a process, a few at a time for each caller. */
export class StressTests {
  readonly #services: { readonly db: Database; readonly books: Books };
  readonly #open = new Map<string, number>();

  constructor(services: { readonly db: Database; readonly books: Books }) {
    this.#services = services;
  }

  async run(input: StressTestInput, subject: string): ReturnType<typeof stressTest> {
    const open = this.#open.get(subject) ?? 0;
    if (open >= MOST_OPEN) {
      throw new Refusal(
        'LIMIT_EXCEEDED',
        `You have ${MOST_OPEN} stress tests under way: wait for one, or ask for more scenarios in one call.`,
        ['input'],
      );
    }
    this.#open.set(subject, open + 1);
    try {
      return await stressTest(this.#services, input);
    } finally {
      const left = this.#open.get(subject)! - 1;
      if (left > 0) this.#open.set(subject, left);
      else this.#open.delete(subject);
    }
  }
}

/**
 * Answers each scenario out of the pool's book, by itself: others get their turn in between, and where the pool changes meanwhile
 * each says at which sequence it is.
 */
export async function stressTest(
  services: { readonly db: Database; readonly books: Books },
  input: StressTestInput,
): Promise<{ poolId: number; scenarios: StressedScenario[] }> {
  const { pool, scenarios, terms } = await inTransaction(
    services.db,
    'repeatable read read only',
    async (sql) => {
      const pool = await readPool(sql, input.pool);
      const markets = await readMarkets({ sql, pool });
      return {
        pool,
        scenarios: readScenarios(input, markets),
        terms: readStressTerms(input, markets, pool.decimals),
      };
    },
  );
  if (scenarios.length * pool.accountCount > MOST_WORK) {
    throw new Refusal(
      'INVALID_INPUT',
      `${scenarios.length} scenarios of ${pool.accountCount} accounts are too much for one call: ask for fewer at a time.`,
      ['input', 'shocks'],
    );
  }
  const answers: StressedScenario[] = [];
  for (const { name, changes, shockOf } of scenarios) {
    const outcome = await askBook(services, pool.poolId, (book, now) =>
      inSteps(stressing(book, now, shockOf, terms)),
    );
    answers.push({ ...outcome, name, changes });
  }
  return { poolId: pool.poolId, scenarios: answers };
}
