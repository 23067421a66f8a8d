import { Refusal } from '../core/refusal.ts';
import { type PoolBearers, readBearers, wantedBy } from './bearers.ts';
import { checkRef } from './check.ts';
import { checkEventRefs, computeSettlement, readEvents } from './compute.ts';
import { writeForecast } from './forecasts.ts';
import { inSteps } from './in-steps.ts';
import { staleMarkets } from './stale-marks.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';
import { writeSettlement } from './write-settlement.ts';

export interface SettleLossesInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly lossEvents?: readonly string[] | null;
  /** Why to settle at marks that are older than the rules allow. Whoever passes it in has checked who may. */
  readonly staleMarksReason?: string | null;
}

/** Runs the waterfall and the allocator over the pool's open losses, or those named, in one transaction. */
export async function settleLosses(runtime: Runtime, input: SettleLossesInput): Promise<Committed> {
  const { idempotencyKey } = input;
  const refs = checkEventRefs(input.lossEvents);
  checkRef(input.staleMarksReason, ['input', 'staleMarksReason']);
  return inPool(
    runtime,
    { mutation: 'settleLosses', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { sql, pool, observed } = tx;
      observed.enter('read');
      const events = await readEvents(sql, pool.poolId, refs);
      if (events.length === 0) {
        throw new Refusal('NOTHING_TO_SETTLE', 'No loss is open in the pool: report a bankruptcy first.', [
          'input',
          'pool',
        ]);
      }
      const stale = await staleMarkets(sql, pool, tx.now);
      if (stale.length > 0 && input.staleMarksReason == null) {
        throw new Refusal(
          'STALE_MARKS',
          `The mark of ${stale[0]} is older than the rules allow: publish a fresh one, or let an administrator settle with a staleMarksReason.`,
          ['input', 'pool'],
        );
      }
      const bearers = await bearersOf(tx);
      observed.enter('allocate');
      const { book, outcome } = await computeSettlement(sql, pool, events, bearers);
      observed.enter('write');
      const sequence = tx.advance({
        fundBalance: pool.fundBalance - outcome.fundDraw,
        accounts: events.map(({ stored }) => stored!.accountNo),
      });
      await writeSettlement(tx, sequence, book, outcome, stale.length > 0 ? input.staleMarksReason! : null);
      await writeForecast(tx, sequence, outcome);
      observed.enter('notice');
      tx.notice('SETTLED', sequence);
      return { sequence, count: outcome.haircutCount };
    },
  );
}

/** Out of the pool's book where this process has one; otherwise by a scan of the tables. */
async function bearersOf({ sql, pool, books }: PoolTransaction): Promise<PoolBearers> {
  const wanted = wantedBy(pool);
  if (!books.has(pool.poolId)) return readBearers(sql, pool, wanted);
  return books.with(sql, pool, true, (book) => inSteps(book.bearers(pool.rules, wanted)));
}
