import { onlyOwner } from '../auth/viewer.ts';
import type { PoolBearers } from '../settlement/bearers.ts';
import type { Outcome } from '../settlement/compute.ts';
import { largestHaircuts } from '../settlement/preview.ts';
import { amount } from './amounts.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { AccountRef } from './refs.ts';

const MAX_HAIRCUTS = 10_000;

export const PreviewedHaircut = builder
  .objectRef<{ poolId: number; accountNo: number; profit: bigint; amount: bigint }>('PreviewedHaircut')
  .implement({
    fields: (t) => ({
      account: t.field({
        type: AccountRef,
        resolve: async (haircut, _, { loaders }) => (await loaders.account.load(haircut))!,
      }),
      profit: t.field({
        type: 'Decimal',
        resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.profit),
      }),
      amount: t.field({
        type: 'Decimal',
        resolve: (haircut, _, context) => amount(context, haircut.poolId, haircut.amount),
      }),
    }),
  });

interface Computed {
  readonly poolId: number;
  readonly outcome: Outcome;
  readonly bearers: PoolBearers;
}

/** The largest haircuts of what was computed; for a trader, of its own accounts. */
export async function largestOf(
  { db, viewer }: Context,
  { poolId, outcome, bearers }: Computed,
  count: number,
) {
  if (count < 0 || count > MAX_HAIRCUTS) throw badUserInput(`\`first\` is between 0 and ${MAX_HAIRCUTS}.`);
  const owner = onlyOwner(viewer!);
  const rows =
    owner === null
      ? null
      : await db.sql<{ account_no: number }[]>`
          select account_no from accounts where pool_id = ${poolId} and owner = ${owner}`;
  const own = rows && new Set(rows.map((row) => row.account_no));
  const accountNo = (index: number) => bearers.accountNos[index]!;
  return largestHaircuts(outcome.haircuts, count, (index) => own === null || own.has(accountNo(index))).map(
    (index) => ({
      poolId,
      accountNo: accountNo(index),
      profit: outcome.profits.get(index),
      amount: outcome.haircuts.get(index),
    }),
  );
}
