import { Refusal } from '../core/refusal.ts';
import { checkEventRefs, computeSettlement, readEvents } from './compute.ts';
import { type Committed, inPool, type Runtime } from './transaction.ts';
import { writeSettlement } from './write-settlement.ts';

/** Runs the waterfall and the allocator over the pool's open losses, or those named, in one transaction. */
export async function settleLosses(
  runtime: Runtime,
  input: { pool: string; idempotencyKey: string; lossEvents?: readonly string[] | null },
): Promise<Committed> {
  const { idempotencyKey } = input;
  const refs = checkEventRefs(input.lossEvents);
  return inPool(
    runtime,
    { mutation: 'settleLosses', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { sql, pool } = tx;
      const events = await readEvents(sql, pool.poolId, refs);
      if (events.length === 0) {
        throw new Refusal('NOTHING_TO_SETTLE', 'No loss is open in the pool: report a bankruptcy first.', [
          'input',
          'pool',
        ]);
      }
      const { book, outcome } = await computeSettlement(sql, pool, events);
      const sequence = await tx.advance({ fundBalance: pool.fundBalance - outcome.fundDraw });
      await writeSettlement(tx, sequence, book, outcome);
      await tx.notice('SETTLED', sequence);
      return { sequence, count: outcome.haircutCount };
    },
  );
}
