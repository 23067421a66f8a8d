import { formatScaled } from '../core/decimal.ts';
import type { Context } from './context.ts';

/** Prints atoms of a pool with exactly its asset's digits. */
export function amount(context: Context, poolId: number, atoms: bigint): string {
  return formatScaled(atoms, context.pools.get(poolId).decimals);
}

export const poolName = (context: Context, poolId: number): string => context.pools.get(poolId).name;
