import type { BatchResult } from './batch.ts';
import type { RunTotals } from './results.ts';

/**
 * Has batches run, `lanes` at a time, and merges them in their order: what comes early waits for its turn, so that the digits do not depend
 * on who was faster. Ends early, with part of the batches, once `signal` aborts.
 */
export async function mergeInOrder(
  totals: RunTotals,
  batches: number,
  lanes: number,
  run: (batch: number) => Promise<BatchResult>,
  signal?: AbortSignal,
): Promise<void> {
  const early = new Map<number, BatchResult>();
  let next = 0;
  const lane = async () => {
    while (next < batches && !signal?.aborted) {
      const batch = next++;
      early.set(batch, await run(batch));
      for (let ready = early.get(totals.next); ready; ready = early.get(totals.next)) {
        early.delete(totals.next);
        totals.add(ready);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
