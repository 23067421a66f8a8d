import { expect, test } from 'vitest';
import { Refusal } from '../../src/core/refusal.ts';
import { openDatabase } from '../../src/db/database.ts';
import { applyUpdates } from '../../src/settlement/apply-updates.ts';
import { reportBankruptcy } from '../../src/settlement/bankruptcy.ts';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import type { Runtime } from '../../src/settlement/transaction.ts';
import { postTransfers } from '../../src/settlement/transfers.ts';
import { checkInvariants } from '../support/invariants.ts';
import { fresh, PoolUnderTest, venueForThisFile } from '../support/venue.ts';
import { Random } from './random.ts';

/*
 * Settlements, recoveries, reversals, transfers, bankruptcies and marks at once, from two servers' worth of connections
 * over three pools, while someone reads: every snapshot taken meanwhile keeps every promise, and so does the end.
 */

const venue = venueForThisFile();
const WORKERS = 12;
const CALLS = 30;
const MOST_ROUNDS = 10;
const EXPECTED = new Set([
  'NOT_BANKRUPT',
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

/** A pool that all workers write to, with the losses and settlements that they know of in it. */
interface Shared {
  readonly pool: PoolUnderTest;
  readonly events: string[];
  readonly settlements: bigint[];
}

const RULES: LossRulesInput[] = [
  { maxHaircutRate: '1' },
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

/** One worker's next call: its own pair of accounts trade with each other, so that sizes always add up to zero. */
function nextCall(
  runtime: Runtime,
  random: Random,
  { pool, events, settlements }: Shared,
  worker: number,
): () => Promise<unknown> {
  const [long, short] = [`long-${worker}`, `short-${worker}`];
  const idempotencyKey = fresh('key');
  const base = { pool: pool.name, idempotencyKey };
  const amount = String(random.int(1, 500));
  const back = String(random.int(1, 60));
  const size = random.int(1, 30);
  return random.weighted<() => Promise<unknown>>([
    [
      4,
      () => {
        const line = (account: string, size: number) => ({
          account,
          market: 'BTC',
          size: String(size),
          entryPrice: String(random.int(80, 120)),
        });
        const pnl = random.int(-200, 200) || 1;
        return applyUpdates(runtime, {
          ...base,
          positions: [line(long, size), line(short, -size)],
          transfers: [
            { account: long, kind: 'REALIZED_PNL', amount: String(pnl) },
            { account: short, kind: 'REALIZED_PNL', amount: String(-pnl) },
          ],
        });
      },
    ],
    [2, () => postTransfers(runtime, { ...base, transfers: [{ account: long, kind: 'DEPOSIT', amount }] })],
    [
      2,
      () =>
        postTransfers(runtime, {
          ...base,
          transfers: [
            { account: long, kind: 'FUNDING', amount: `-${amount}` },
            { account: short, kind: 'FUNDING', amount },
          ],
        }),
    ],
    [
      2,
      () =>
        postTransfers(runtime, {
          ...base,
          transfers: [{ account: short, kind: 'WITHDRAWAL', amount: `-${amount}` }],
        }),
    ],
    [
      3,
      () =>
        publishMarks(runtime, {
          pool: pool.name,
          marks: [{ market: 'BTC', price: String(random.int(60, 140)) }],
        }),
    ],
    [1, () => contributeToFund(runtime, { ...base, amount, kind: 'LIQUIDATION_FEE' })],
    [
      6,
      async () => {
        const ref = fresh('event');
        const account = random.pick([long, short]);
        await reportBankruptcy(runtime, { ...base, ref, account, takeoverAccount: 'house' });
        events.push(ref);
      },
    ],
    [6, async () => settlements.push((await settleLosses(runtime, base)).sequence)],
    [2, () => recordRecovery(runtime, { ...base, lossEvent: random.pick(events) ?? 'none', amount: back })],
    [
      4,
      () => {
        const settlement = `${random.pick(settlements.slice(-4)) ?? 0}`;
        return reverseSettlement(runtime, { ...base, settlement, reason: 'a wrong mark' });
      },
    ],
  ]);
}

/** Whether settlements, haircuts, recoveries and reversals all happened. */
async function hasEverything(): Promise<boolean> {
  const [row] = await venue.sql<{ least: number }[]>`
    select least((select count(*) from settlements), (select count(*) from haircuts), (select count(*) from recoveries),
                 (select count(*) from reversals))::int as least`;
  return row!.least > 0;
}

test('many writers over several pools, and readers among them', async () => {
  const seed = Number(process.env.SHEARWATER_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const servers = [openDatabase(venue.url, { poolSize: 6 }), openDatabase(venue.url, { poolSize: 6 })];
  try {
    const pools: Shared[] = [];
    for (const rules of RULES) {
      const pool = await PoolUnderTest.create(venue, { decimals: 2, rules: { ...rules, fundReserve: '10' } });
      await pool.market('BTC');
      await pool.mark('BTC', '100');
      // Two workers' accounts are one owner's, so that one of them can answer for the other.
      const owners = Array.from({ length: WORKERS }, (_, i) =>
        ['long', 'short'].map((side) => [`${side}-${i}`, `owner-${i >> 1}`]),
      );
      await pool.ownedAccounts(Object.fromEntries([['house', 'house'], ...owners.flat()]));
      pools.push({ pool, events: [], settlements: [] });
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
