import type { CloseOutTerms, SimulationBook } from '../book.ts';
import type { PathBlock } from '../models/model.ts';

/**
 * What each account gives up on one path, once its levels λ are known: with them accounts have nothing to do with each other any more.
 * The kernel's arithmetic, by account.
 *
 * @param path one path
 * @param levels λ of each step; 0 where winners bear nothing
 * @param into one number an account
 */
export function haircutsAt(
  book: SimulationBook,
  { closeOutAt }: CloseOutTerms,
  path: PathBlock,
  levels: readonly number[],
  into: Float64Array,
): void {
  const { equities, gains, burdens, rates, starts, markets, exposures, maintenances } = book;
  for (let account = 0; account < book.accountCount; account++) {
    let taken = 0;
    for (let step = 0; step < levels.length; step++) {
      const returns = path.steps[step]!;
      let [change, margin] = [0, 0];
      for (let position = starts[account]!; position < starts[account + 1]!; position++) {
        const simple = returns[markets[position]!]!;
        change += exposures[position]! * simple;
        margin += maintenances[position]! * (1 + simple);
      }
      const equity = equities[account]! + change - taken;
      if (equity < (closeOutAt === 'BELOW_ZERO' ? 0 : margin)) break;
      const level = levels[step]!;
      if (level === 0) continue;
      const gain = gains[account]! + change;
      const profit = Math.max(0, Math.min(gain - burdens[account]! - taken, equity));
      const cap = Math.min(profit, Math.max(0, rates[account]! * gain - burdens[account]! - taken));
      taken += Math.min(cap, level * profit);
    }
    into[account] = taken;
  }
}
