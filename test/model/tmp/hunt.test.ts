import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../support/invariants.ts';
import { venueForThisFile } from '../../support/venue.ts';
import { LOSSES } from '../make-losses.ts';
import { RULES, resume, someRules } from '../make-rules.ts';
import { TRADING } from '../make-trading.ts';
import { Random } from '../random.ts';
import { openWorld, perform } from '../world.ts';
import { features } from './features.ts';

const FROM = Number(process.env.FROM ?? 100),
  N = Number(process.env.N ?? 5),
  OPS = Number(process.env.OPS ?? 400);
const MAKERS = [...TRADING, ...LOSSES, ...RULES];
const tally: Record<string, number> = {};
const feats: Record<string, number> = {};
for (let seed = FROM; seed < FROM + N; seed++)
  describe(`${seed}`, () => {
    const venue = venueForThisFile();
    test(`seed ${seed}`, async () => {
      const random = new Random(seed);
      const decimals = random.pick([0, 0, 2, 6, 18]);
      const world = await openWorld(venue, random, decimals, someRules(random, decimals, 0.5));
      const log: string[] = [];
      try {
        for (let i = 0; i < OPS; ) {
          const maker = world.model.halted && random.chance(0.3) ? resume : random.weighted(MAKERS);
          const op = maker(world);
          if (!op) continue;
          i++;
          log.push(op.words);
          const out = await perform(world, op);
          log.push(`${log.pop()} → ${out}`);
          const kind = out.startsWith('#') ? op.words.split(/[ :,]/)[0]! : out;
          tally[kind] = (tally[kind] ?? 0) + 1;
          if (i % 25 === 0) expect(await checkInvariants(venue.sql, { zeroSum: true })).toEqual([]);
        }
        for (const [k, v] of Object.entries(await features(venue.sql))) feats[k] = (feats[k] ?? 0) + v;
      } catch (error) {
        throw new Error(
          `seed ${seed}:\n${log.map((l, i) => `${i + 1}. ${l}`).join('\n')}\n\n${(error as Error).message}`,
          { cause: error },
        );
      }
    }, 200_000);
  });
test('tally', () =>
  console.log(
    JSON.stringify(tally),
    Object.entries(feats)
      .map(([k, v]) => `${v} ${k}`)
      .join('\n'),
  ));
