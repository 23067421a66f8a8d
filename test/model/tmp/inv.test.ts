import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { venueForThisFile } from '../../support/venue.ts';
import { LOSSES } from '../make-losses.ts';
import { RULES, resume, someRules } from '../make-rules.ts';
import { TRADING } from '../make-trading.ts';
import { Random } from '../random.ts';
import { openWorld, perform } from '../world.ts';

const venue = venueForThisFile();
test('time', async () => {
  const random = new Random(7);
  const world = await openWorld(venue, random, 2, someRules(random, 2, 0.5));
  for (let i = 0; i < 150; ) {
    const op = random.weighted([...TRADING, ...LOSSES, ...RULES])(world);
    if (!op) continue;
    i++;
    await perform(world, op);
  }
  const src = readFileSync('/work/main/test/support/invariants.ts', 'utf8')
    .replace(/import type.*\n/, '')
    .replace('const CHECKS', 'export const CHECKS');
  const { writeFileSync } = await import('node:fs');
  writeFileSync('/work/main/test/model/tmp/inv-copy.ts', src.replaceAll('postgres.Sql', 'any'));
  const { CHECKS } = await import('./inv-copy.ts');
  const rows: [string, number, number][] = [];
  await venue.sql.begin(async (tx) => {
    for (const [id, , query] of CHECKS) {
      const r = await tx.unsafe(`explain (analyze, format json) select * from (${query}) broken limit 3`);
      const p =
        typeof r[0]!['QUERY PLAN'] === 'string' ? JSON.parse(r[0]!['QUERY PLAN']) : r[0]!['QUERY PLAN'];
      rows.push([id, p[0]['Planning Time'], p[0]['Execution Time']]);
    }
  });
  rows.sort((a, b) => b[1] + b[2] - a[1] - a[2]);
  console.log(
    rows.map((r) => r.join(' ')).join('\n'),
    rows.reduce((s, r) => s + r[1], 0),
    rows.reduce((s, r) => s + r[2], 0),
  );
}, 60000);
