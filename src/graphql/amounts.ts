import { formatScaled, placePoint } from '../core/decimal.ts';
import type { Context } from './context.ts';

/** Prints atoms of a pool, which may be text already, with exactly its asset's digits. */
export function amount(context: Context, poolId: number, atoms: bigint | string): string {
  const { decimals } = context.pools.get(poolId);
  return typeof atoms === 'string' ? placePoint(atoms, decimals) : formatScaled(atoms, decimals);
}

export const poolName = (context: Context, poolId: number): string => context.pools.get(poolId).name;
