import { Refusal } from '../core/refusal.ts';
import { checkItems, MAX_ITEMS } from './check.ts';
import { clearFlatBurdens, readHeads } from './ledger.ts';
import { readMarkets } from './markets.ts';
import { checkMarks, type MarkInput, resolveMarks, writeMarks } from './marks.ts';
import {
  checkPositions,
  closedAccounts,
  type PositionInput,
  resolvePositions,
  writePositions,
} from './positions.ts';
import { type Committed, inPool, type Runtime } from './transaction.ts';
import { checkTransfers, prepareTransfers, type TransferInput, writeTransfers } from './transfers.ts';

export interface ApplyUpdatesInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly marks?: readonly MarkInput[] | null;
  readonly positions?: readonly PositionInput[] | null;
  readonly transfers?: readonly TransferInput[] | null;
}

/**
 * Marks, positions and transfers of one moment. Margin is judged once all three are written, and a burden ends where
 * the account is flat after them, so that a fill's PnL and its position are never seen apart.
 */
export async function applyUpdates(runtime: Runtime, input: ApplyUpdatesInput): Promise<Committed> {
  const marks = input.marks ?? [];
  const positions = input.positions ?? [];
  const transfers = input.transfers ?? [];
  const parts = { marks, positions, transfers };
  const size = marks.length + positions.length + transfers.length;
  if (size === 0) {
    throw new Refusal('INVALID_INPUT', 'There is nothing to apply: give marks, positions or transfers.', [
      'input',
    ]);
  }
  for (const [name, items] of Object.entries(parts))
    if (items.length > 0) checkItems(items, name, ['input', name]);
  if (size > MAX_ITEMS) {
    throw new Refusal('INVALID_INPUT', `${size} updates are too many: send at most ${MAX_ITEMS} a call.`, [
      'input',
    ]);
  }
  checkMarks(marks);
  checkPositions(positions);
  checkTransfers(transfers);

  const { idempotencyKey } = input;
  return inPool(
    runtime,
    { mutation: 'applyUpdates', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const refs = [...positions, ...transfers].map((item) => item.account);
      const [markets, heads] = await Promise.all([readMarkets(tx), readHeads(tx, refs)]);
      await resolveMarks(tx, marks, markets);
      const lines = resolvePositions(tx, positions, heads, markets);
      const prepared = await prepareTransfers(tx, transfers, heads);
      const sequence = tx.advance({ accounts: [...heads.values()].map(({ accountNo }) => accountNo) });
      writeMarks(tx, marks, markets);
      writePositions(tx, lines);
      await writeTransfers(tx, sequence, prepared);
      clearFlatBurdens(tx, sequence, closedAccounts(lines));
      return { sequence, count: size };
    },
  );
}
