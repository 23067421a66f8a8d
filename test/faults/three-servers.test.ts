import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRound } from '../campaign/round.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/**
 * Three server processes on one PostgreSQL: mutations through any of them, subscribers on all over both transports, while one is
 * killed with -9 and another is stopped at random. It is a round of the campaign with these two faults alone.
 */

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it('lose nothing, do nothing twice and leave no gap, while one is killed and another is frozen', async () => {
  const seed = Number(process.env.SHEARWATER_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const { findings, log, counts } = await runRound({
    seed,
    seconds: 4,
    least: 30,
    databaseUrl: database.url,
    restartPostgres: null,
    faults: ['killServer', 'freezeServer'],
  });
  console.info(`seed ${seed}: ${JSON.stringify(counts)}`);
  expect(findings, `SHEARWATER_SEED=${seed} came to:\n${log.join('\n')}`).toEqual([]);
  expect(counts['fault killServer'], `seed ${seed}`).toBeGreaterThan(0);
  expect(counts['fault freezeServer'], `seed ${seed}`).toBeGreaterThan(0);
  expect(counts.confirmed, `seed ${seed}`).toBeGreaterThanOrEqual(30);
}, 180_000);
