import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as oracle from '../support/oracle.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

/*
 * The deficits of 10 October 2025 on Hyperliquid: one bankruptcy cluster a row, its deficit and the profit that could
 * bear it, from per_shock_metrics_queue.csv of pluriholonomic/autodeleveraging-analysis (MIT; the data behind
 * arXiv 2512.01112v3). The file is no part of this repository; the rows below are, so that the test never goes away.
 */
const EMBEDDED = [
  // coin, cluster_id, deficit_usd, total_capacity_usd, cut off after 6 digits
  ['WLD', '12', '11558884.488696', '31.360364'],
  ['TAO', '6', '790164.711764', '3975100.258251'],
  ['AR', '7', '689048.852517', '436607.019714'],
  ['BCH', '2', '652178.670767', '87815.551950'],
  ['APEX', '5', '15264.161358', '0.000000'],
  ['ENA', '9', '12520.539830', '12730488.477088'],
  ['PUMP', '6', '0.512115', '5648406.006167'],
  ['TIA', '6', '0.269470', '341.462160'],
] as const;

const FILE = new URL('../../../shared/data/oct10/per_shock_metrics_queue.csv', import.meta.url);

interface Shock {
  readonly name: string;
  readonly deficit: bigint;
  readonly capacity: bigint;
}

/** Dollars in atoms of 6 digits, cut off. */
const atoms = (text: string): bigint =>
  oracle.floor(oracle.times(oracle.parse(text), oracle.whole(1_000_000n)));

const shock = ([coin, cluster, deficit, capacity]: readonly [string, string, string, string]): Shock => ({
  name: `${coin}-${cluster}`,
  deficit: atoms(deficit),
  capacity: atoms(capacity),
});

function readShocks(): Shock[] {
  const [head, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  expect(head).toMatch(/^coin,cluster_id,t_start,t_end,deficit_usd,total_capacity_usd,/);
  return lines
    .map((line) => line.split(','))
    .map((cells) => shock([cells[0]!, cells[1]!, cells[4]!, cells[5]!]))
    .filter(({ deficit }) => deficit > 0n);
}

const venue = venueForThisFile();
const usd = (value: bigint): string =>
  `${value / 1_000_000n}.${(value % 1_000_000n).toString().padStart(6, '0')}`;

/** One pool a row: the deficit against its capacity as the profit of one, two or three winners. */
async function replay({ name, deficit, capacity }: Shock, winners: number): Promise<void> {
  const pool = await PoolUnderTest.create(venue, { decimals: 6 });
  const parts = Array.from({ length: winners }, (_, i) =>
    i === winners - 1
      ? capacity - (capacity / BigInt(winners + 1)) * BigInt(winners - 1)
      : capacity / BigInt(winners + 1),
  );
  const refs = parts.map((_, i) => `winner-${i + 1}`);
  await pool.accounts(...refs);
  await pool.positions(
    parts.map((part, i) => ({ account: refs[i]!, market: 'PNL', size: usd(part), entryPrice: '0' })),
  );
  await pool.loss(name, usd(deficit));
  const settlement = await pool.settlement(await pool.settle());

  const socialized = deficit < capacity ? deficit : capacity;
  expect(settlement, name).toMatchObject({
    deficit,
    draw: 0n,
    socialized,
    uncovered: deficit - socialized,
    capacity,
  });
  const expected = oracle.allocate(
    parts.map((w, i) => ({ ref: refs[i]!, w, cap: w })),
    socialized,
  );
  expect(settlement.haircuts, name).toEqual(
    Object.fromEntries([...expected].filter(([, haircut]) => haircut > 0n)),
  );
  expect(await pool.event(name), name).toMatchObject({
    status: deficit > capacity ? 'PARTIALLY_COVERED' : 'SETTLED',
    uncovered: deficit - socialized,
  });
  expect((await pool.account(`bankrupt-of-${name}`)).balance, name).toBe(-(deficit - socialized));
}

/** Pools share nothing, so their replays run side by side. */
async function replayAll(shocks: readonly Shock[]): Promise<void> {
  const queue = [...shocks.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await replay(next[1], 1 + (next[0] % 3));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

describe('the deficits of 10 October 2025', () => {
  test('eight of them, embedded: settled to the atom, and what nobody can bear stays uncovered', async () => {
    const shocks = EMBEDDED.map(shock);
    await replayAll(shocks);
    expect(shocks.filter(({ deficit, capacity }) => deficit > capacity)).toHaveLength(4);
  });

  test('all 170 from the file', async ({ skip }) => {
    if (!existsSync(FILE))
      skip(
        '../shared/data/oct10/per_shock_metrics_queue.csv is not there: only the embedded rows were replayed',
      );
    const shocks = readShocks();
    expect(shocks).toHaveLength(170);
    expect(shocks.filter(({ deficit, capacity }) => deficit > capacity)).toHaveLength(54);
    for (const item of EMBEDDED.map(shock)) expect(shocks).toContainEqual(item);
    await replayAll(shocks);
    const [row] = await venue.sql`
      select count(*)::int as partly, (select sum(deficit) from loss_events where ref = any(${shocks.map((s) => s.name)})) as deficit
      from loss_events where status = 'PARTIALLY_COVERED'`;
    expect(row!.partly).toBe(54 + 4);
  });

  test('all of one call in one pool share what they have', async () => {
    const shocks = EMBEDDED.map(shock);
    const total = (pick: (s: Shock) => bigint) => shocks.reduce((sum, s) => sum + pick(s), 0n);
    const pool = await PoolUnderTest.create(venue, { decimals: 6 });
    await pool.accounts(...shocks.map(({ name }) => `w-${name}`));
    await pool.positions(
      shocks.map(({ name, capacity }) => ({
        account: `w-${name}`,
        market: 'PNL',
        size: usd(capacity),
        entryPrice: '0',
      })),
    );
    for (const { name, deficit } of shocks) await pool.loss(name, usd(deficit));
    const { haircuts, uncovered } = await pool.settlement(await pool.settle());
    expect(uncovered).toBe(0n);
    const expected = oracle.allocate(
      shocks.map(({ name, capacity }) => ({ ref: `w-${name}`, w: capacity, cap: capacity })),
      total(({ deficit }) => deficit),
    );
    expect(haircuts).toEqual(Object.fromEntries([...expected].filter(([, haircut]) => haircut > 0n)));
  });
});
