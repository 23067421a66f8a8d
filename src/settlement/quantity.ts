import { formatScaled, SCALE, scaleDecimal, trimDecimal } from '../core/decimal.ts';
import { MAX_QUANTITY } from '../core/money.ts';

/** A stored price, size or rate in units of 10^-18. */
export function quantity(stored: string): bigint {
  const scaled = scaleDecimal(trimDecimal(stored), SCALE, MAX_QUANTITY);
  if ('problem' in scaled) throw new Error(`a stored quantity is out of ${scaled.problem}`);
  return scaled.value;
}

export const quantityText = (value: bigint): string => trimDecimal(formatScaled(value, SCALE));
