import { Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { askBook } from './at-risk.ts';
import type { Books } from './books.ts';
import { readMarkets } from './markets.ts';
import { type StressOutcome, stress } from './stress.ts';
import { readScenarios, readStressTerms, type StressTestInput } from './stress-input.ts';
import { findable, lockedPool, type PoolRow, unknownPool } from './transaction.ts';

/** Scenarios × accounts of one call: each looks at every account, several times where there is contagion. */
const MOST_WORK = 4_000_000;

export interface StressedScenario extends StressOutcome {
  readonly name: string;
  /** Where it stands in the grid, in units of 10^-18. */
  readonly changes: readonly bigint[];
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
      const [row] = findable(input.pool)
        ? await sql<PoolRow[]>`select * from pools where name = ${input.pool}`
        : [];
      if (!row) throw unknownPool();
      const pool = lockedPool(row);
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
    const outcome = await askBook(services, pool.poolId, (book, now) => stress(book, now, shockOf, terms));
    answers.push({ ...outcome, name, changes });
  }
  return { poolId: pool.poolId, scenarios: answers };
}
