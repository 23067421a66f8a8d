import { randomBytes } from 'node:crypto';
import type postgres from 'postgres';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { reportBankruptcy } from '../../src/settlement/bankruptcy.ts';
import { Books } from '../../src/settlement/books.ts';
import { Halts } from '../../src/settlement/halts.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { createPool, upsertAccounts } from '../../src/settlement/pools.ts';
import { upsertPositions } from '../../src/settlement/positions.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import type { Runtime } from '../../src/settlement/transaction.ts';

export const POOL = 'bench';
/** The only pool of its database. */
export const POOL_ID = 1;
export const DECIMALS = 6;
export const MARKETS = ['M1', 'M2', 'M3', 'M4'];
/** The share of all profit that one settlement takes, in percent: those before the measured one, and that one. */
const HISTORY_PERCENT = 1n;
const LOSS_PERCENT = 10n;

export interface PoolShape {
  /** Accounts in profit, each with two short positions. */
  readonly winners: number;
  /** How many of them have somebody opposite with the same sizes, who loses what they win. */
  readonly losers: number;
  /** Settlements that the pool has behind it. */
  readonly history: number;
  /** How many accounts one owner has. */
  readonly perOwner?: number;
}

export function runtimeOf(db: Database): Runtime {
  const own = {
    db,
    random: randomBytes,
    books: new Books(),
    clock: { now: () => new Date().toISOString().replace('Z', '000Z') },
  };
  const fail = (what: unknown) => {
    throw new Error('a pool halted itself', { cause: what });
  };
  return { ...own, halts: new Halts({ ...own, onHalt: fail, onError: fail }) };
}

/** A pool with one loss open. Accounts and positions are inserted in sets, the rest goes the way of every mutation. */
export async function preparePool(url: string, shape: PoolShape): Promise<void> {
  const db = openDatabase(url, { poolSize: 2 });
  const runtime = runtimeOf(db);
  try {
    await createPool(runtime, { name: POOL, asset: 'USDC', decimals: DECIMALS, rules: null });
    const rates = { initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
    await upsertMarkets(runtime, { pool: POOL, markets: MARKETS.map((symbol) => ({ symbol, ...rates })) });
    await publishMarks(runtime, { pool: POOL, marks: MARKETS.map((market) => ({ market, price: '100' })) });
    await insertAccounts(db.sql, shape);
    const profit = await totalProfit(db.sql);
    for (let round = 1; round <= shape.history; round++) {
      await openLoss(runtime, `past-${round}`, (profit * HISTORY_PERCENT) / 100n);
      await settleLosses(runtime, { pool: POOL, idempotencyKey: `past-${round}` });
    }
    await openLoss(runtime, 'now', (profit * LOSS_PERCENT) / 100n);
    await db.sql.unsafe('vacuum (analyze)');
  } finally {
    await db.close();
  }
}

async function insertAccounts(
  sql: postgres.Sql,
  { winners, losers, perOwner = 1 }: PoolShape,
): Promise<void> {
  const opposite = Math.min(winners, losers);
  await sql.unsafe(`
    insert into accounts (pool_id, account_no, ref, owner, balance)
    select ${POOL_ID}, i, 'account-' || lpad(i::text, 8, '0'), 'owner-' || ((i - 1) / ${perOwner} + 1), 5000000000
    from generate_series(1, ${winners + opposite}) as i`);
  await sql.unsafe(`update pools set account_count = ${winners + opposite} where pool_id = ${POOL_ID}`);
  // A winner's two shorts and, opposite, the same two longs of account winners + i. Profits run from 1 to 1,000 or so.
  await sql.unsafe(`
    insert into positions (pool_id, account_no, market_no, size, cost, updated_at)
    select ${POOL_ID}, i + side * ${winners}, (i + leg) % 4 + 1, p.size * (2 * side - 1), p.size * p.entry * (2 * side - 1), now()
    from generate_series(1, ${winners}) as i, generate_series(0, 1) as leg, generate_series(0, 1) as side,
      lateral (select (1 + (i * 7919::bigint + leg * 13) % 997 / 100.0)::numeric as size,
                      (100.01 + (i * 104729::bigint + leg * 17) % 4999 / 100.0)::numeric as entry) p
    where side = 0 or i <= ${opposite}`);
  await sql.unsafe('vacuum (analyze) accounts, positions');
}

async function totalProfit(sql: postgres.Sql): Promise<bigint> {
  const [row] = await sql.unsafe(`
    select floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1e${DECIMALS}) as profit
    from positions s join markets m using (pool_id, market_no) where s.size < 0`);
  return BigInt(row!.profit);
}

/** Somebody long goes bankrupt by so many atoms; the desk takes the position over. */
async function openLoss(runtime: Runtime, name: string, deficit: bigint): Promise<void> {
  const [account, desk] = [`bankrupt-${name}`, 'desk'];
  await upsertAccounts(runtime, {
    pool: POOL,
    accounts: [account, desk].map((ref) => ({ ref, owner: ref })),
  });
  const digits = deficit.toString().padStart(DECIMALS + 1, '0');
  const entryPrice = `${BigInt(digits.slice(0, -DECIMALS)) + 100n}.${digits.slice(-DECIMALS)}`;
  await upsertPositions(runtime, {
    pool: POOL,
    positions: [{ account, market: 'M1', size: '1', entryPrice }],
  });
  await reportBankruptcy(runtime, {
    pool: POOL,
    idempotencyKey: `loss-${name}`,
    ref: `loss-${name}`,
    account,
    takeoverAccount: desk,
  });
}
