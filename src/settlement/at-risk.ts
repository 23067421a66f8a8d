import { type Database, inTransaction } from '../db/database.ts';
import {
  applyCloses,
  type Close,
  closingOrder,
  liquidationFee,
  planLiquidation,
} from '../margin/liquidation.ts';
import { type Health, healthOf, marginOf } from '../margin/margin.ts';
import type { Books } from './books.ts';
import { type LockedPool, lockedPool, type PoolRow } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';

/** Asks the book of a pool as it stands now, in this process's memory. */
export async function askBook<T>(
  { db, books }: { readonly db: Database; readonly books: Books },
  poolId: number,
  ask: (book: PoolBook, pool: LockedPool) => T | Promise<T>,
): Promise<T> {
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const [row] = await sql<PoolRow[]>`select * from pools where pool_id = ${poolId}`;
    const pool = lockedPool(row!);
    return books.with(sql, pool, false, (book) => ask(book, pool));
  });
}

export interface AtRiskQuestion {
  readonly count: number;
  readonly after: number | null;
  /** Null for all that hold a position or owe something. */
  readonly healths: readonly Health[] | null;
  /** The accounts that may be shown; null for all. */
  readonly only: ReadonlySet<number> | null;
}

/** The numbers of accounts from the nearest to bankruptcy on. */
export function accountsAtRisk(
  { risk }: PoolBook,
  { count, after, healths, only }: AtRiskQuestion,
): number[] {
  return risk.nearest(
    count,
    after,
    (accountNo) =>
      (only === null || only.has(accountNo)) &&
      (healths === null || healths.includes(risk.healthOf(accountNo))),
  );
}

/** What `liquidate` at the marks would do to an account now. Amounts in atoms, sizes and prices in units of 10^-18. */
export interface PlannedLiquidation {
  readonly poolId: number;
  readonly accountNo: number;
  readonly health: Health;
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly closes: readonly { readonly marketNo: number; readonly size: bigint; readonly price: bigint }[];
  readonly fee: bigint;
  readonly healthAfter: Health;
  /** What would be left below zero; 0 where nothing is. */
  readonly deficit: bigint;
}

/** The accounts that would be liquidated next, the nearest to bankruptcy first; those that cannot be valued are left out. */
export function liquidationQueue(
  book: PoolBook,
  { poolId, decimals, rules }: LockedPool,
  count: number,
  only: ReadonlySet<number> | null,
): PlannedLiquidation[] {
  const { risk } = book;
  const healths = ['BANKRUPT', 'LIQUIDATABLE'] as const;
  return accountsAtRisk(book, { count, after: null, healths, only }).flatMap((accountNo) => {
    const positions = book.positionsBySymbol(accountNo);
    if (positions.some(({ terms }) => terms.mark === null)) return [];
    const closable = positions.map(({ position, terms }) => ({ position, terms, price: terms.mark! }));
    const balance = risk.balanceOf(accountNo);
    const order = closingOrder(closable, rules.liquidationOrder);
    const closes: Close[] = planLiquidation(balance, closable, order, rules.liquidationFeeRate, decimals);
    const closed = applyCloses(balance, closable, closes, decimals);
    const before = risk.marginOf(accountNo);
    const after = marginOf(closed.balance, closed.holdings, decimals);
    const fee = liquidationFee(closed.turnover, rules.liquidationFeeRate, after.equity, decimals);
    return {
      poolId,
      accountNo,
      health: healthOf(before),
      equity: before.equity,
      maintenance: before.maintenance,
      closes: closes.map(({ index, size }) => ({
        marketNo: positions[index]!.marketNo,
        size,
        price: closable[index]!.price,
      })),
      fee,
      healthAfter: healthOf({ ...after, equity: after.equity - fee }),
      deficit: after.equity < 0n ? -after.equity : 0n,
    };
  });
}

/** What of a pool does not add up, or is old. Sizes in units of 10^-18, amounts in atoms. */
export interface Gauges {
  readonly poolId: number;
  readonly unrealized: bigint;
  readonly health: Record<Health, number>;
  readonly markets: readonly { readonly marketNo: number; readonly long: bigint; readonly short: bigint }[];
}

export function gaugesOf(book: PoolBook, { poolId }: LockedPool): Gauges {
  const sides = new Map<number, { long: bigint; short: bigint }>();
  let unrealized = 0n;
  const { risk } = book;
  for (let accountNo = 1; accountNo <= book.accountCount; accountNo++) {
    unrealized += risk.unrealizedOf(accountNo);
    for (const { marketNo, size } of risk.positionsOf(accountNo)) {
      const side = sides.get(marketNo) ?? { long: 0n, short: 0n };
      sides.set(marketNo, side);
      if (size > 0n) side.long += size;
      else side.short -= size;
    }
  }
  return {
    poolId,
    unrealized,
    health: risk.countByHealth(),
    markets: book
      .marketNos()
      .map((marketNo) => ({ marketNo, ...(sides.get(marketNo) ?? { long: 0n, short: 0n }) })),
  };
}
