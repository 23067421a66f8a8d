import { upsertAccounts } from '../../src/settlement/pools.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import type { Random } from '../model/random.ts';
import { fresh, PoolUnderTest, type Venue } from './venue.ts';

export const MARKETS = ['BTC', 'ETH', 'SOL'] as const;

/**
 * A pool at work: accounts of a few owners with positions in three markets, a fund, and bankrupts whose positions a house
 * account took over. Every rule finds something to do in it: owners who win and lose, winners of one market and of several,
 * accounts without leverage and with much.
 */
export async function makeBook(
  venue: Venue,
  random: Random,
  rules: LossRulesInput,
  { accounts = 12, bankrupts = 2, decimals = 6 } = {},
): Promise<PoolUnderTest> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules });
  for (const market of MARKETS) {
    await pool.market(market);
    await pool.mark(market, '100');
  }
  const traders = Array.from({ length: accounts }, (_, i) => ({
    ref: `${random.pick(['a', 'B', 'é', '\u{1f600}', '\uff01'])}-${i}`,
    owner: `owner-${random.int(1, Math.ceil(accounts / 3))}`,
  }));
  await upsertAccounts(venue.runtime, {
    pool: pool.name,
    accounts: [{ ref: 'house', owner: 'house' }, ...traders],
  });
  await pool.transfers(
    [...traders.map(({ ref }) => ref), 'house'].map((account) => ({
      account,
      kind: 'DEPOSIT' as const,
      amount: `${random.int(1, 3_000)}.${random.int(0, 9)}`,
    })),
  );
  await pool.fund(random.int(1, 400));
  await takePositions(
    pool,
    random,
    traders.map(({ ref }) => ref),
  );
  for (let i = 0; i < bankrupts; i++) await bankruptOne(pool, random, traders[i]!.ref);
  return pool;
}

/** Entries around the marks: some win, some lose, in sizes of several magnitudes. */
async function takePositions(pool: PoolUnderTest, random: Random, refs: readonly string[]): Promise<void> {
  const positions = refs.flatMap((account) =>
    MARKETS.filter(() => random.chance(0.7)).map((market) => ({
      account,
      market,
      size: `${random.chance(0.5) ? '-' : ''}${random.int(0, 40)}.${random.int(1, 9)}`,
      entryPrice: `${random.int(60, 140)}.${random.int(0, 999)}`,
    })),
  );
  if (positions.length > 0) await pool.positions(positions);
}

/** Reports an account as bankrupt, at a loss that what it realized before makes certain. */
export async function bankruptOne(pool: PoolUnderTest, random: Random, account: string): Promise<string> {
  await pool.transfers([{ account, kind: 'REALIZED_PNL', amount: `-${random.int(9_000, 20_000)}` }]);
  const ref = fresh('event');
  await pool.report({ ref, account, takeoverAccount: 'house' });
  return ref;
}
