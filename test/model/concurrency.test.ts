import { expect, test } from 'vitest';
import { Refusal } from '../../src/core/refusal.ts';
import { openDatabase } from '../../src/db/database.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { checkInvariants } from '../support/invariants.ts';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';
import { nextCall, type Shared } from './concurrent-calls.ts';
import { Random } from './random.ts';

/*
 * Settlements, recoveries, reversals, trades, liquidations, bankruptcies and marks at once, from two servers' worth of connections
 * over three pools, while someone reads: every snapshot taken meanwhile keeps every promise, and so does the end.
 */

const venue = venueForThisFile();
const WORKERS = 12;
const CALLS = 30;
const MOST_ROUNDS = 10;
const EXPECTED = new Set([
  'NOT_BANKRUPT',
  'NOT_LIQUIDATABLE',
  'ACCOUNT_NOT_ACTIVE',
  'NOTHING_TO_SETTLE',
  'WITHDRAWALS_GATED',
  'INSUFFICIENT_FUNDS',
  'LOSS_ALREADY_SETTLED',
  'NOT_REVERSIBLE',
  // Nobody knows of a loss or a settlement yet.
  'NOT_FOUND',
]);
/** A recovery that another one was faster than is above what is left of the loss. */
const isExpected = (error: unknown): boolean =>
  error instanceof Refusal && (EXPECTED.has(error.code) || /above the loss/.test(error.message));

const RULES: LossRulesInput[] = [
  // Liquidations move parts of positions: only where trades change positions, and do not set them, do sizes still add up.
  {
    maxHaircutRate: '1',
    positionSource: 'FILLS',
    liquidationFeeRate: '0.01',
    liquidatorShare: '0.5',
    liquidatorAccount: 'house',
  },
  {
    maxHaircutRate: '0.6',
    method: 'RISK_WEIGHTED',
    tiers: [
      { tier: 'OWN_COLLATERAL' },
      { tier: 'OWNER_RECOURSE' },
      { tier: 'OPERATOR_CAPITAL', capPerEvent: '15' },
      { tier: 'INSURANCE_FUND' },
      { tier: 'SOCIALIZATION' },
    ],
  },
  { maxHaircutRate: '0.25', method: 'TALMUD', profitBasis: 'SESSION' },
];

/** Whether settlements, haircuts, recoveries, reversals, and liquidations of both ends all happened. */
async function hasEverything(): Promise<boolean> {
  const [row] = await venue.sql<{ least: number }[]>`
    select least((select count(*) from settlements), (select count(*) from haircuts), (select count(*) from recoveries),
                 (select count(*) from reversals), (select count(*) from liquidations where health_after = 'SAFE'),
                 (select count(*) from liquidations where loss_sequence is not null))::int as least`;
  return row!.least > 0;
}

test('many writers over several pools, and readers among them', async () => {
  const seed = Number(process.env.SHEARWATER_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const servers = [openDatabase(venue.url, { poolSize: 6 }), openDatabase(venue.url, { poolSize: 6 })];
  try {
    const pools: Shared[] = [];
    for (const rules of RULES) {
      const pool = await PoolUnderTest.create(venue, { decimals: 2, rules: { ...rules, fundReserve: '10' } });
      const market = { symbol: 'BTC', initialMarginRate: '0.5', maintenanceMarginRate: '0.3' };
      await upsertMarkets(venue.runtime, { pool: pool.name, markets: [market] });
      await pool.mark('BTC', '100');
      // Two workers' accounts are one owner's, so that one of them can answer for the other.
      const owners = Array.from({ length: WORKERS }, (_, i) =>
        ['long', 'short'].map((side) => [`${side}-${i}`, `owner-${i >> 1}`]),
      );
      await pool.ownedAccounts(Object.fromEntries([['house', 'house'], ...owners.flat()]));
      if (rules.positionSource === 'FILLS') {
        // Who begins with little is soon bankrupt, and who begins with more is liquidatable first.
        const line = (account: string, i: number) =>
          ({ account, kind: 'DEPOSIT', amount: `${25 * (i + 1)}` }) as const;
        await pool.transfers(owners.flat().map(([account], i) => line(account!, i)));
      }
      pools.push({ pool, byFills: rules.positionSource === 'FILLS', events: [], settlements: [] });
    }
    const sequences = () => Promise.all(pools.map(({ pool }) => pool.sequence()));
    const started = await sequences();

    let committed = 0;
    let working = true;
    const work = async (random: Random, worker: number) => {
      const runtime = { ...venue.runtime, db: servers[worker % 2]! };
      for (let i = 0; i < CALLS; i++) {
        try {
          await nextCall(runtime, random, random.pick(pools), worker)();
          committed++;
        } catch (error) {
          if (!isExpected(error)) throw error;
        }
      }
    };
    const broken: string[] = [];
    const watch = async () => {
      while (working) {
        broken.push(...(await checkInvariants(venue.sql, { zeroSum: true })));
        await previewSettlement(venue.db, { pool: pools[0]!.pool.name, extraDeficit: '100' });
      }
    };
    const watching = watch();
    try {
      const randoms = Array.from({ length: WORKERS }, (_, worker) => new Random(seed + worker));
      // Whose call comes first is chance: go on until there is something to be about.
      for (let round = 1; round <= MOST_ROUNDS && !(await hasEverything()); round++) {
        await Promise.all(randoms.map(work));
      }
    } finally {
      working = false;
      await watching;
    }

    expect(broken, `seed ${seed}`).toEqual([]);
    expect(await checkInvariants(venue.sql, { zeroSum: true }), `seed ${seed}`).toEqual([]);
    // Every commit took one number of its pool, and nothing else took any.
    const ended = await sequences();
    expect(ended.reduce((sum, n, i) => sum + Number(n - started[i]!), 0)).toBe(committed);
    expect(await hasEverything()).toBe(true);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}, 60_000);

test('two events settled by name from two sides, and all at once from a third: each is settled once', async () => {
  const pool = await PoolUnderTest.create(venue);
  await pool.accounts('winner', 'loser');
  await pool.positions([
    { account: 'winner', market: 'PNL', size: '1000', entryPrice: '0' },
    { account: 'loser', market: 'PNL', size: '-1000', entryPrice: '0' },
  ]);
  for (const ref of ['e1', 'e2']) await pool.loss(ref, 100);
  const results = await Promise.allSettled([
    pool.settle(['e1']),
    pool.settle(['e2', 'e1']),
    pool.settle(['e2']),
    pool.settle(),
    pool.settle(['e1', 'e2']),
  ]);
  for (const result of results) {
    if (result.status === 'rejected')
      expect(['LOSS_ALREADY_SETTLED', 'NOTHING_TO_SETTLE']).toContain(result.reason.code);
  }
  for (const ref of ['e1', 'e2'])
    expect(await pool.event(ref)).toMatchObject({ status: 'SETTLED', rounds: 1, socialized: 100n });
  expect((await pool.account('winner')).balance).toBe(-200n);
});
