import { mayUsePool, onlyOwner } from '../auth/viewer.ts';
import type { PoolRow } from '../db/rows.ts';
import { findable } from '../settlement/locked-pool.ts';
import type { Context } from './context.ts';
import { badUserInput, forbidden } from './errors.ts';

/** The pool that a root field names: one that the token reaches, and that is there. */
export async function namedPool({ loaders, viewer }: Context, name: string): Promise<PoolRow> {
  if (!mayUsePool(viewer!, name))
    throw forbidden(
      'The token does not reach this pool: its `pools` claim does not name it. Use one that does.',
    );
  const pool = findable(name) ? await loaders.poolByName.load(name) : null;
  if (!pool) throw badUserInput('There is no pool of that name: mend the name.');
  return pool;
}

/** The numbers of the viewer's own accounts in a pool; null where it reads all. */
export async function ownAccounts(
  { db, viewer }: Context,
  poolId: number,
): Promise<ReadonlySet<number> | null> {
  const owner = onlyOwner(viewer!);
  if (owner === null) return null;
  const rows = await db.sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${poolId} and owner = ${findable(owner) ? owner : ''}`;
  return new Set(rows.map((row) => row.account_no));
}
