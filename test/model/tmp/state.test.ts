import { test } from 'vitest';
import * as oracle from '../../support/oracle.ts';
import { venueForThisFile } from '../../support/venue.ts';
import { LOSSES } from '../make-losses.ts';
import { outcomeOf } from '../losses.ts';
import { RULES, resume, someRules } from '../make-rules.ts';
import { TRADING } from '../make-trading.ts';
import { Random } from '../random.ts';
import { openWorld, perform } from '../world.ts';
const venue = venueForThisFile();
test('state', async () => {
  const random = new Random(Number(process.env.FROM ?? 101));
  const world = await openWorld(venue, random, 0, someRules(random, 0, 0.5));
  const { model } = world;
  const lines: string[] = [];
  for (let i = 0; i < 250; ) {
    const op = (model.halted ? resume : random.weighted([...TRADING, ...LOSSES, ...RULES]))(world);
    if (!op) continue;
    i++;
    const active = [...model.accounts].filter(([, a]) => a.status === 'ACTIVE').map(([r]) => r);
    const bs = active.filter((r) => !model.unmarked(r)).map((r) => model.bearer(r));
    const out = await perform(world, op);
    lines.push(`${i} ${op.words.slice(0, 100)} → ${out} | ${active.length} active, ${active.length - bs.length} unmarked, gain>0 ${bs.filter((b) => b.gain! > 0n).length}, w>0 ${bs.filter((b) => oracle.profitOf(b) > 0n).length} cap>0 ${bs.filter((b) => oracle.capOf(b, b.beta) > 0n).length} e<0 ${active.filter(r => model.equity(r) < 0n).length} open ${model.openEvents.length} rules ${model.rules.tiers.length} ${model.rules.scope} ${model.rules.maxHaircutRate} ${model.rules.profitBasis}`);
  }
  console.log(lines.join('\n'));
}, 60000);
