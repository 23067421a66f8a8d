import { apportion } from '../apportion.ts';
import { AtomColumn } from '../atom-column.ts';
import type { Claims } from './allocation.ts';

/**
 * Pro rata under caps: h_i = min(cap_i, λ · profit_i), with λ such that the haircuts sum to the loss.
 *
 * Water-filling: divide what is left over the profits still below their cap; whoever would go above its cap is held
 * there, which raises λ for the others; repeat until nobody is (Michelot, J. Optim. Theory Appl. 50, 1986). A pass is
 * linear and λ only rises, so no one is ever released. Where caps equal profits λ ≤ 1 and the first pass is the last.
 *
 * Rounding: the shares below their caps by largest remainder. A remainder above 0 means a share strictly between
 * whole atoms, so one atom more still fits under a cap, which is whole.
 */
export function proRata({ profits, caps }: Claims, loss: bigint): AtomColumn {
  const haircuts = new AtomColumn(profits.length);
  const below = new Uint8Array(profits.length).fill(1);
  let left = loss;
  let weight = profits.sum();
  for (;;) {
    const dividing = left;
    const over = weight;
    for (let i = 0; i < profits.length; i++) {
      if (!below[i]) continue;
      const profit = profits.get(i);
      const cap = caps.get(i);
      if (cap === profit && dividing <= over) continue;
      if (cap * over < dividing * profit) {
        below[i] = 0;
        haircuts.set(i, cap);
        left -= cap;
        weight -= profit;
      }
    }
    if (left === dividing && weight === over) return apportion(left, profits, weight, below, haircuts);
  }
}
