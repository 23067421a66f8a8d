import type { AtomColumn } from './atom-column.ts';
import { type Ratio, ratio } from './ratio.ts';

/** How a loss is spread over those who could bear it. Exact fractions; 0/1 where nobody bears anything. */
export interface Concentration {
  /** Accounts that give up something, and those that give up all of their profit. */
  readonly touched: number;
  readonly wipedOut: number;
  /** The largest h ÷ w. */
  readonly largestRate: Ratio;
  /** Herfindahl–Hirschman index: Σ (h ÷ Σh)², from 1 ÷ n to 1. */
  readonly herfindahl: Ratio;
  /** 1 ÷ HHI: how many equal bearers would be as concentrated. */
  readonly effectiveNumber: Ratio;
  /** Gini coefficient of h over all with profit, those who give up nothing included: from 0, all alike, towards 1. */
  readonly gini: Ratio;
  /** What the ten largest bearers give up of the whole. */
  readonly topTenShare: Ratio;
}

/**
 * The measures of one allocation.
 *
 * HHI = Σh² ÷ (Σh)² (Hirschman 1945, Herfindahl 1950). Gini, for h in ascending order: (2 Σ i h_i ÷ Σh − (n + 1)) ÷ n.
 *
 * @param profits w, and haircuts h ≤ w, in atoms, one index an account
 */
export function concentrationOf(profits: AtomColumn, haircuts: AtomColumn): Concentration {
  const sorted: bigint[] = [];
  let [touched, wipedOut] = [0, 0];
  let [total, squares] = [0n, 0n];
  let largest: Ratio = { numerator: 0n, denominator: 1n };
  for (let i = 0; i < profits.length; i++) {
    const profit = profits.get(i);
    if (profit === 0n) continue;
    const haircut = haircuts.get(i);
    sorted.push(haircut);
    if (haircut === 0n) continue;
    touched++;
    if (haircut === profit) wipedOut++;
    total += haircut;
    squares += haircut * haircut;
    if (haircut * largest.denominator > largest.numerator * profit) {
      largest = { numerator: haircut, denominator: profit };
    }
  }
  sorted.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let [ranked, rank] = [0n, 0n];
  for (const haircut of sorted) ranked += ++rank * haircut;
  const topTen = sorted.slice(-10).reduce((sum, haircut) => sum + haircut, 0n);
  return {
    touched,
    wipedOut,
    largestRate: ratio(largest.numerator, largest.denominator),
    herfindahl: ratio(squares, total * total),
    effectiveNumber: ratio(total * total, squares),
    gini: ratio(2n * ranked - (rank + 1n) * total, rank * total),
    topTenShare: ratio(topTen, total),
  };
}
