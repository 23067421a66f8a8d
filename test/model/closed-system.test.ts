import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import { venueForThisFile } from '../support/venue.ts';
import { coverageOf, MET } from './coverage.ts';
import { FILLS } from './make-fills.ts';
import { cascades, LIQUIDATIONS, liquidation } from './make-liquidations.ts';
import { LOSSES } from './make-losses.ts';
import { RULES, resume, someRules } from './make-rules.ts';
import { TRADING } from './make-trading.ts';
import { openWorld } from './open-world.ts';
import { Random } from './random.ts';
import { type Maker, perform, type World } from './world.ts';

/*
 * Pools under random operations beside a model in memory. After every operation the rows must say what the model says,
 * and every promise of docs/invariants.md that rows can keep is checked again. A failure prints the seed and all that
 * was done: SHEARWATER_SEED=… runs it again.
 */

const OPERATIONS = 220;
/** The first two come to every situation between them, the third to what nobody thought of. */
const SEEDS = process.env.SHEARWATER_SEED
  ? [Number(process.env.SHEARWATER_SEED)]
  : [12, 18, Math.floor(Math.random() * 2 ** 31)];
const MAKERS = [...TRADING, ...FILLS, ...LIQUIDATIONS, ...LOSSES, ...RULES];

/** How often each refusal came, and each situation, over all seeds. */
const seen = new Map<string, number>();
const count = (what: string, times = 1) => seen.set(what, (seen.get(what) ?? 0) + times);

describe.each(SEEDS)('random operations: seed %i', (seed) => {
  const venue = venueForThisFile();
  test('keep every promise', async () => {
    const random = new Random(seed);
    // Two pools at a time, so that each gets old enough for haircuts upon haircuts.
    const worlds: World[] = [];
    const [ofSnapshots, ofFills] = random.shuffled([0, 2, 6, 18]) as [number, number];
    for (const [decimals, source] of [
      [ofSnapshots, 'SNAPSHOTS'],
      [ofFills, 'FILLS'],
    ] as const) {
      worlds.push(await openWorld(venue, random, decimals, someRules(random, decimals, 0.5), source));
    }
    const log: string[] = [];
    try {
      for (let i = 0; i < OPERATIONS; ) {
        const world = random.pick(worlds);
        const operation = nextMaker(world)(world);
        if (!operation) continue;
        i++;
        log.push(`${world.pool.name} ${operation.words}`);
        const outcome = await perform(world, operation);
        log.push(`${log.pop()} → ${outcome}`);
        if (!outcome.startsWith('#')) count(outcome);
      }
    } catch (error) {
      const done = log.map((line, i) => `${i + 1}. ${line}`).join('\n');
      throw new Error(`SHEARWATER_SEED=${seed} fails at:\n${done}\n\n${(error as Error).message}`, {
        cause: error,
      });
    }
    for (const { met } of worlds) for (const situation of met) count(situation);
    for (const [situation, times] of await coverageOf(venue.sql)) count(situation, times);
  }, 90_000);
});

/** What comes next: a halted pool is resumed before long, and a cascade goes on until everybody stands. */
function nextMaker(world: World): Maker {
  const { random, model } = world;
  if (model.halted && random.chance(0.3)) return resume;
  return cascades(world) && random.chance(0.7) ? liquidation : random.weighted(MAKERS);
}

test.skipIf(process.env.SHEARWATER_SEED)(
  'what was run came to every situation: else it tested nothing',
  () => {
    for (const method of ALLOCATION_METHODS) count(method, 0);
    for (const name of [...REFUSALS, ...MET]) count(name, 0);
    expect([...seen].filter(([, times]) => times === 0)).toEqual([]);
  },
);

const REFUSALS = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'POOL_HALTED',
  'LOSS_OPEN',
  'NOT_REVERSIBLE',
  'LOSS_ALREADY_SETTLED',
  'NOTHING_TO_SETTLE',
  'NOT_BANKRUPT',
  'INSUFFICIENT_FUNDS',
  'WITHDRAWALS_GATED',
  'IDEMPOTENCY_CONFLICT',
  'WRONG_POSITION_SOURCE',
  'NOT_LIQUIDATABLE',
  'ACCOUNT_NOT_ACTIVE',
  'ALREADY_EXISTS',
];
