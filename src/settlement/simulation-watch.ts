import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import type { SimulationRow } from '../db/rows.ts';
import { readSimulationRow, type SimulationKey } from './simulations.ts';

const EVERY_MS = 250;

const hasEnded = ({ status }: SimulationRow): boolean => status !== 'QUEUED' && status !== 'RUNNING';

/**
 * A simulation whenever it got further, the first time at once and the last when it has ended. Any server may be at work on it, so the row
 * is looked at.
 *
 * @param until milliseconds since the epoch after which it ends by itself; null for no such time
 */
export async function* watchSimulation(
  db: Database,
  key: SimulationKey,
  until: number | null,
): AsyncGenerator<SimulationRow> {
  let last = '';
  for (;;) {
    const row = await readSimulationRow(db, key);
    if (!row) return;
    const now = `${row.status}/${row.batchesDone}`;
    if (now !== last) yield row;
    last = now;
    if (hasEnded(row) || (until !== null && Date.now() >= until)) return;
    await wait(EVERY_MS);
  }
}
