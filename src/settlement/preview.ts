import type { AtomColumn } from '../core/atom-column.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { SettlementOutcome } from '../core/settlement.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Bearers } from './bearers.ts';
import { checkAmount } from './check.ts';
import { checkEventRefs, computeSettlement, readEvents } from './settle.ts';
import { findable, lockedPool, type PoolRow, type Sql, unknownPool } from './transaction.ts';

export interface SettlementPreview {
  readonly poolId: number;
  readonly decimals: number;
  readonly outcome: SettlementOutcome<{ ref: string; deficit: bigint }>;
  readonly bearers: Bearers;
}

/** A what-if deficit stands under this ref: the space keeps it apart from every real one. */
const HYPOTHETICAL = ' extra';

/** What settleLosses would do now, by the same code, in one read-only snapshot. */
export async function previewSettlement(
  db: Database,
  input: { pool: string; lossEvents?: readonly string[] | null; extraDeficit?: string | null },
): Promise<SettlementPreview> {
  const refs = checkEventRefs(input.lossEvents);
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const [row] = findable(input.pool)
      ? await sql<PoolRow[]>`select * from pools where name = ${input.pool}`
      : [];
    if (!row) throw unknownPool();
    const pool = lockedPool(row);
    const losses: { ref: string; deficit: bigint }[] = await readOpenEvents(sql, pool.poolId, refs);
    if (input.extraDeficit != null) {
      const path: Path = ['input', 'extraDeficit'];
      const extra = checkAmount(input.extraDeficit, pool.decimals, path);
      if (extra < 0n) throw new Refusal('INVALID_INPUT', 'extraDeficit is at least 0.', path);
      if (extra > 0n) losses.push({ ref: HYPOTHETICAL, deficit: extra });
    }
    if (losses.length === 0) {
      throw new Refusal(
        'NOTHING_TO_SETTLE',
        'No loss is open in the pool: name an extraDeficit to ask what one would do.',
        ['input', 'pool'],
      );
    }
    const { bearers, outcome } = await computeSettlement(sql, pool, losses);
    return { poolId: pool.poolId, decimals: pool.decimals, outcome, bearers };
  });
}

/** The indices of the largest haircuts above 0, largest first, ties in byte order of refs; `only` restricts them. */
export function largestHaircuts(
  haircuts: AtomColumn,
  count: number,
  only: (index: number) => boolean,
): number[] {
  const indices: number[] = [];
  for (let i = 0; i < haircuts.length; i++) if (haircuts.get(i) > 0n && only(i)) indices.push(i);
  indices.sort((a, b) => {
    const x = haircuts.get(a);
    const y = haircuts.get(b);
    return x > y ? -1 : x < y ? 1 : a - b;
  });
  return indices.slice(0, count);
}

/** A preview of a loss that is covered in full has nothing to settle. */
async function readOpenEvents(sql: Sql, poolId: number, refs: readonly string[] | null) {
  try {
    return await readEvents(sql, poolId, refs);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'LOSS_ALREADY_SETTLED') {
      throw new Refusal('NOTHING_TO_SETTLE', error.message, error.path);
    }
    throw error;
  }
}
