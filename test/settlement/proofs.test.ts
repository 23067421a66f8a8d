import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import { toJson } from '../../src/core/proof/format.ts';
import { verifyProof } from '../../src/core/proof/verify-proof.ts';
import { verifySheet } from '../../src/core/proof/verify-sheet.ts';
import { haircutRow } from '../../src/db/rows.ts';
import { LEAVES_PER_CHUNK, sha256 } from '../../src/settlement/commitment.ts';
import { readProofs } from '../../src/settlement/proofs.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { openSheet, sheetCsv, sheetNdjson } from '../../src/settlement/sheet.ts';
import type { Committed } from '../../src/settlement/transaction.ts';
import { Random } from '../model/random.ts';
import { makeBook } from '../support/book.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/** What a settlement stored proves each of its haircuts, whatever the rules: the verifier knows nothing but the text. */

const venue = venueForThisFile();

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** Every proof and the sheet of a settlement, verified. Answers how many haircuts and parts it has. */
async function verifyAll(pool: PoolUnderTest, { poolId, sequence }: Committed, only = 1_000) {
  const decimals = 6;
  const rows = await venue.sql`
    select * from haircut_notice where pool_id = ${poolId} and sequence = ${sequence.toString()} order by ordinal`;
  const haircuts = rows.map(haircutRow);
  const asked = haircuts.slice(0, only);
  const proofs = await readProofs(venue.db, asked, () => ({ name: pool.name, decimals }));
  expect(proofs).toHaveLength(asked.length);
  for (const [i, proof] of proofs.entries()) {
    expect(proof!.proof).toMatchObject({ account: asked[i]!.accountRef, amount: asked[i]!.amount });
    expect(verifyProof(JSON.parse(toJson(proof!.proof)), sha256)).toMatchObject({ ok: true });
  }
  const sheet = await openSheet(venue.db, { poolId, name: pool.name, decimals }, sequence);
  if (haircuts.length === 0) {
    expect(sheet).toBeNull();
    return { haircuts: 0, parts: 0 };
  }
  const lines = (await collect(sheetNdjson(sheet!))).join('').trimEnd().split('\n');
  expect(await verifySheet(lines, sha256)).toMatchObject({ ok: true });
  return { haircuts: haircuts.length, parts: sheet!.header.commitment.parts.length };
}

const TIERS: LossRulesInput['tiers'] = [
  { tier: 'OWN_COLLATERAL' },
  { tier: 'OWNER_RECOURSE' },
  { tier: 'OPERATOR_CAPITAL', capPerEvent: '500' },
  { tier: 'INSURANCE_FUND', capPerEvent: '300', reserve: '10' },
  { tier: 'SOCIALIZATION' },
];

describe.each(ALLOCATION_METHODS)('%s', (method) => {
  const rules: [name: string, rules: LossRulesInput][] = [
    ['over the whole pool', {}],
    ['under a cap', { maxHaircutRate: '0.4', leverageExponent: 2, maxLeverage: '3.5' }],
    ['by market, then the pool', { scope: 'MARKET', maxHaircutRate: '0.7' }],
    ['by market alone, with recourse', { scope: 'MARKET', overflow: 'UNCOVERED', tiers: TIERS }],
    ['of a session, with every tier', { profitBasis: 'SESSION', tiers: TIERS }],
  ];
  test.each(rules)('%s: every haircut is proven, and the sheet from scratch', async (name, given) => {
    const random = new Random(method.length * 1_000 + name.length);
    const seen = { haircuts: 0, parts: 0 };
    for (let round = 0; round < 3; round++) {
      const pool = await makeBook(venue, random, { method, ...given });
      const { haircuts, parts } = await verifyAll(pool, await pool.settle());
      seen.haircuts += haircuts;
      seen.parts = Math.max(seen.parts, parts);
    }
    expect(seen.haircuts).toBeGreaterThan(0);
    if (given.scope === 'MARKET' || given.tiers) expect(seen.parts).toBeGreaterThan(1);
  });
});

test('a settlement of several chunks of leaves: one tree, from its first leaf to its last', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  const refs = Array.from({ length: LEAVES_PER_CHUNK * 2 + 3 }, (_, i) => `t-${i}`);
  await pool.profits(Object.fromEntries(refs.map((ref, i) => [ref, BigInt(i + 1)])));
  await pool.loss('e', 12_345);
  const settled = await pool.settle();
  expect(await verifyAll(pool, settled)).toEqual({ haircuts: refs.length, parts: 1 });
  const chunks = await venue.sql`
    select count(*)::int as count, sum(sum) as sum from settlement_leaves where pool_id = ${settled.poolId}`;
  expect(chunks[0]).toMatchObject({ count: 3, sum: '12345000000' });
});

test('nobody knows a salt from another, and settlements do not share any', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await pool.profits({ a: 10, b: 20 });
  const salts = new Set<string>();
  for (const event of ['e', 'f']) {
    await pool.loss(event, 3);
    const { poolId, sequence } = await pool.settle();
    const sheet = await openSheet(venue.db, { poolId, name: pool.name, decimals: 6 }, sequence);
    for await (const { salt } of sheet!.haircuts) salts.add(salt);
  }
  expect(salts.size).toBe(4);
});

test('the sheet as CSV: a line a part, names quoted and none a formula', async () => {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await pool.profits({ '=1+1': 10, b: 30 });
  await pool.loss('e', 4);
  const { poolId, sequence } = await pool.settle();
  const sheet = await openSheet(venue.db, { poolId, name: pool.name, decimals: 6 }, sequence);
  const [head, ...lines] = await collect(sheetCsv(sheet!));
  expect(head).toBe('account,amount,profit,cap,part,part_amount,part_profit,part_cap,weight,salt\r\n');
  expect(lines.map((line) => line.replace(/[0-9a-f]{32}\r\n$/, 'salt'))).toEqual([
    `"'=1+1",1000000,10000000,10000000,1,1000000,10000000,10000000,10000000,salt`,
    `"b",3000000,30000000,30000000,1,3000000,30000000,30000000,30000000,salt`,
  ]);
});
