import { type Column, getColumns } from 'drizzle-orm';
import type { HaircutRow } from '../db/rows.ts';
import { haircutNotice } from '../db/schema.ts';
import { Views } from './view.ts';

const columns = getColumns(haircutNotice) as unknown as Record<keyof HaircutRow, Column>;

export const haircutViews = new Views<HaircutRow>({
  columns,
  always: ['poolId', 'sequence', 'ordinal', 'accountNo', 'accountRef', 'accountOwner'],
  fields: {
    previousSequence: ['previousSequence'],
    profit: ['profit'],
    cap: ['cap'],
    amount: ['amount'],
    balanceBefore: ['balanceAfter', 'amount'],
    balanceAfter: ['balanceAfter'],
    proof: Object.keys(columns) as (keyof HaircutRow)[],
  },
  sources: [{ from: 'haircut_notice' }],
});
