import type { AtomColumn } from '../core/atom-column.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { type PoolBearers, readBearers } from './bearers.ts';
import { checkAmount } from './check.ts';
import { checkEventRefs, computeSettlement, type OpenEvent, type Outcome, readEvents } from './compute.ts';
import { type LockedPool, readPool } from './locked-pool.ts';
import type { Sql } from './transaction.ts';

export interface SettlementPreview {
  readonly poolId: number;
  readonly decimals: number;
  readonly outcome: Outcome;
  readonly bearers: PoolBearers;
}

/** A what-if deficit stands under this ref: the space keeps it apart from every real one. */
const HYPOTHETICAL = ' extra';

export interface LossQuestion {
  readonly pool: string;
  readonly lossEvents?: readonly string[] | null;
  readonly extraDeficit?: string | null;
}

/** What settleLosses would do now, by the same code, in one read-only snapshot. */
export function previewSettlement(db: Database, input: LossQuestion): Promise<SettlementPreview> {
  return askPool(db, input, async (sql, pool, events) => {
    const { book, outcome } = await computeSettlement(sql, pool, events, await readBearers(sql, pool));
    return { poolId: pool.poolId, decimals: pool.decimals, outcome, bearers: book.bearers };
  });
}

/** Answers a question about open losses and a hypothetical one, in one read-only snapshot. */
export async function askPool<T>(
  db: Database,
  input: LossQuestion,
  answer: (sql: Sql, pool: LockedPool, events: readonly OpenEvent[]) => Promise<T>,
): Promise<T> {
  const refs = checkEventRefs(input.lossEvents);
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const pool = await readPool(sql, input.pool);
    const events = await readOpenEvents(sql, pool.poolId, refs);
    if (input.extraDeficit != null) {
      const path: Path = ['input', 'extraDeficit'];
      const extra = checkAmount(input.extraDeficit, pool.decimals, path);
      if (extra < 0n) throw new Refusal('INVALID_INPUT', 'extraDeficit is at least 0.', path);
      if (extra > 0n) {
        events.push({ ref: HYPOTHETICAL, deficit: extra, fundPaid: 0n, operatorPaid: 0n, stored: null });
      }
    }
    if (events.length === 0) {
      throw new Refusal(
        'NOTHING_TO_SETTLE',
        'No loss is open in the pool: name an extraDeficit to ask what one would do.',
        ['input', 'pool'],
      );
    }
    return answer(sql, pool, events);
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
