import { expect, test } from 'vitest';
import { venueForThisFile } from '../support/venue.ts';
import { LOSSES } from './make-losses.ts';
import { RULES, resume, someRules } from './make-rules.ts';
import { TRADING } from './make-trading.ts';
import { Random } from './random.ts';
import { openWorld, perform } from './world.ts';

/*
 * Pools under random operations beside a model in memory. After every operation the rows must say what the model says,
 * and every promise of docs/invariants.md that rows can keep is checked again. A failure prints the seed and all that
 * was done: SHEARWATER_SEED=… runs it again.
 */

const venue = venueForThisFile();
const OPERATIONS = Number(process.env.OPERATIONS ?? 150);
const SEEDS = process.env.SHEARWATER_SEED
  ? [Number(process.env.SHEARWATER_SEED)]
  : [20251010, 7, Math.floor(Math.random() * 2 ** 31)];
const MAKERS = [...TRADING, ...LOSSES, ...RULES];

/** How often each kind of operation went through, and each refusal came. */
const tally = new Map<string, number>();

test.each(SEEDS)(
  'random operations keep every promise: seed %i',
  async (seed) => {
    const random = new Random(seed);
    // Two pools at a time, so that each gets old enough for haircuts upon haircuts.
    const worlds = [];
    for (const decimals of random.shuffled([0, 2, 6, 18]).slice(0, 2)) {
      worlds.push(await openWorld(venue, random, decimals, someRules(random, decimals, 0.5)));
    }
    const log: string[] = [];
    try {
      for (let i = 0; i < OPERATIONS; ) {
        const world = random.pick(worlds);
        const maker = world.model.halted && random.chance(0.3) ? resume : random.weighted(MAKERS);
        const operation = maker(world);
        if (!operation) continue;
        i++;
        log.push(`${world.pool.name} ${operation.words}`);
        const outcome = await perform(world, operation);
        log.push(`${log.pop()} → ${outcome}`);
        const kind = outcome.startsWith('#') ? operation.words.split(/[ :,]/)[0]! : outcome;
        tally.set(kind, (tally.get(kind) ?? 0) + 1);
      }
    } catch (error) {
      const done = log.map((line, i) => `${i + 1}. ${line}`).join('\n');
      throw new Error(`SHEARWATER_SEED=${seed} fails at:\n${done}\n\n${(error as Error).message}`, {
        cause: error,
      });
    }
  },
  90_000,
);

test('the operations went through that the promises are about', () => {
  const done = [...tally].filter(([, count]) => count > 0).map(([kind]) => kind);
  expect(done.length).toBeGreaterThan(10);
});
