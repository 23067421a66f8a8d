import type { RefusalCode } from '../core/refusal.ts';
import type { Committed, Runtime } from '../settlement/transaction.ts';
import { builder } from './builder.ts';
import { type Context, renewLoaders } from './context.ts';
import { PoolRef } from './refs.ts';
import { orRefusal } from './refusals.ts';

/** What a mutation without an entity of its own answers with. */
export function payload<Name extends string>(name: Name, counted: boolean) {
  return builder.objectRef<Committed>(name).implement({
    fields: (t) => ({
      pool: t.field({
        type: PoolRef,
        resolve: async (committed, _, { loaders }) => (await loaders.pool.load(committed))!,
      }),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      ...(counted ? { count: t.exposeInt('count') } : {}),
    }),
  });
}

/** What every mutation of a pool may be refused with. */
export const POOL_CODES = ['NOT_FOUND', 'INVALID_INPUT', 'POOL_HALTED'] as const satisfies RefusalCode[];
/** Runs a mutation of a pool, and loads what it answers with from what it committed, as a replay would. */
export async function run<T extends object>(
  context: Context,
  codes: readonly RefusalCode[],
  mutate: (runtime: Runtime) => Promise<Committed>,
  answer: (committed: Committed) => Promise<T> | T,
) {
  return orRefusal(context, codes, async () => {
    const committed = await mutate(context);
    renewLoaders(context);
    await context.pools.resolve([committed.poolId]);
    return answer(committed);
  });
}
