import { mayReadAccount, onlyOwner } from '../auth/viewer.ts';
import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import type { PoolRow } from '../db/rows.ts';
import type { QueuePlaceRow } from '../settlement/queue.ts';
import { amount } from './amounts.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { AccountRef, QueuePlaceRef } from './refs.ts';

const DEFAULT_PLACES = 100;
const MAX_PLACES = 10_000;

QueuePlaceRef.implement({
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      resolve: async (place, _, { loaders }) => (await loaders.account.load(place))!,
    }),
    place: t.exposeInt('place'),
    length: t.exposeInt('length'),
    score: t.field({ type: 'Decimal', resolve: ({ score }) => trimDecimal(formatScaled(score, SCALE)) }),
    ahead: t.field({
      type: 'Decimal',
      resolve: (place, _, context) => amount(context, place.poolId, place.ahead),
    }),
    cap: t.field({
      type: 'Decimal',
      resolve: (place, _, context) => amount(context, place.poolId, place.cap),
    }),
  }),
});

/** The front of a pool's queue, or of the trader's own places in it. */
export async function queueFront(
  { queues, db, viewer }: Context,
  { poolId, sequence }: PoolRow,
  first: number | null,
): Promise<QueuePlaceRow[]> {
  const count = first ?? DEFAULT_PLACES;
  if (count < 0 || count > MAX_PLACES) throw badUserInput(`\`first\` is between 0 and ${MAX_PLACES}.`);
  const queue = await queues.get(poolId, sequence);
  const owner = onlyOwner(viewer!);
  if (owner === null) return queue.front(count);
  const rows = await db.sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${poolId} and owner = ${owner}`;
  return rows
    .flatMap((row) => queue.placeOf(row.account_no) ?? [])
    .sort((a, b) => a.place - b.place)
    .slice(0, count);
}

/** One account's place, where the viewer may read it. */
export async function queuePlace(
  context: Context,
  account: { readonly poolId: number; readonly accountNo: number; readonly owner: string },
): Promise<QueuePlaceRow | null> {
  if (!mayReadAccount(context.viewer!, account.owner)) return null;
  const pool = (await context.loaders.pool.load(account))!;
  return (await context.queues.get(pool.poolId, pool.sequence)).placeOf(account.accountNo);
}
