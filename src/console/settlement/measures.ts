import { formatScaled, SCALE } from '../../core/decimal.ts';
import { atoms } from '../kit/digits.ts';
import type { Haircut } from './haircut.ts';

/** How a settlement's haircuts are spread, in whole numbers: the measures that compareAllocations has of open losses. */
export interface Measures {
  readonly touched: number;
  readonly wipedOut: number;
  /** Shares, cut off after six digits. */
  readonly largestRate: string;
  readonly topTenShare: string;
  /** 1 ÷ Σ(h ÷ Σh)²: how many equal bearers would be as concentrated. */
  readonly effectiveNumber: string;
}

const DIGITS = 6;
const ONE = 10n ** BigInt(DIGITS);
const over = (part: bigint, whole: bigint): string =>
  formatScaled(whole === 0n ? 0n : (part * ONE) / whole, DIGITS);

export function measure(haircuts: readonly Haircut[]): Measures {
  let [sum, squares, wipedOut] = [0n, 0n, 0];
  let largest = { amount: 0n, profit: 1n };
  const amounts = haircuts.map((haircut) => {
    const [amount, profit] = [atoms(haircut.amount), atoms(haircut.profit)];
    sum += amount;
    squares += amount * amount;
    if (amount === profit) wipedOut++;
    if (amount * largest.profit > largest.amount * profit) largest = { amount, profit };
    return amount;
  });
  amounts.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  return {
    touched: haircuts.length,
    wipedOut,
    largestRate: over(largest.amount, largest.profit),
    topTenShare: over(
      amounts.slice(0, 10).reduce((all, each) => all + each, 0n),
      sum,
    ),
    effectiveNumber: over(sum * sum, squares),
  };
}

/** Haircuts between two powers of ten. */
export interface Bracket {
  /** 10^power ≤ haircut < 10^(power + 1), in the asset. */
  readonly power: number;
  readonly count: number;
  /** In the asset's digits. */
  readonly sum: string;
}

/** The haircuts by their size, the largest first. */
export function brackets(haircuts: readonly Haircut[], decimals: number): Bracket[] {
  const found = new Map<number, { count: number; sum: bigint }>();
  for (const { amount } of haircuts) {
    const power = powerOf(amount);
    const known = found.get(power) ?? { count: 0, sum: 0n };
    found.set(power, { count: known.count + 1, sum: known.sum + atoms(amount) });
  }
  const unit = 10n ** BigInt(SCALE - decimals);
  return [...found]
    .map(([power, { count, sum }]) => ({ power, count, sum: formatScaled(sum / unit, decimals) }))
    .sort((a, b) => b.power - a.power);
}

/** Where the first digit stands that is not zero: 0 for units, −1 for tenths. */
function powerOf(amount: string): number {
  const [whole = '', fraction = ''] = amount.split('.');
  const digits = whole.replace(/^0+/, '');
  if (digits !== '') return digits.length - 1;
  return -1 - /^0*/.exec(fraction)![0].length;
}
