import { SUMS } from '../kernel/block.ts';
import type { AccountSums } from '../kernel/kernel.ts';

/** What is told of each account. Returns are of its equity at the marks, over the horizon; amounts in units of the asset. */
export const ACCOUNT_COLUMNS = [
  'expectedReturn',
  'expectedReturnNet',
  'volatility',
  'volatilityNet',
  'sharpe',
  'sharpeNet',
  'skew',
  'skewNet',
  'returnDrag',
  'expectedHaircut',
  'probabilityOfHaircut',
  'probabilityOfBankruptcy',
  'probabilityOfCloseOut',
  'probabilityOfProfit',
] as const;
export type AccountColumn = (typeof ACCOUNT_COLUMNS)[number];

/** A standard deviation below this share of the equity is rounding, and a variance below this share of the mean square. */
const LEAST_VOLATILITY = 1e-12;
const LEAST_VARIANCE = 1e-12;

/**
 * Fills the columns of an account from its sums. Moments about the mean come from raw ones of returns, Σ (g − h)^k expanded; what an account
 * without equity has is no return: NaN.
 *
 * @param equity e₀, of which returns are
 * @param weight Σ of the weights of all paths
 */
function accountColumns(
  sums: AccountSums,
  account: number,
  equity: number,
  weight: number,
  into: Float64Array,
): void {
  const mean = (name: (typeof SUMS)[number], power: number) =>
    sums[name][account]! / weight / equity ** power;
  const h = sums.h[account]! / weight;
  const gross = moments(mean('g', 1), mean('gg', 2), mean('ggg', 3));
  const net = moments(
    mean('g', 1) - mean('h', 1),
    mean('gg', 2) - 2 * mean('gh', 2) + mean('hh', 2),
    mean('ggg', 3) - 3 * mean('ggh', 3) + 3 * mean('ghh', 3) - mean('hhh', 3),
  );
  const has = equity > 0;
  const of = (value: number) => (has ? value : Number.NaN);
  into[0] = of(gross.mean);
  into[1] = of(net.mean);
  into[2] = of(gross.deviation);
  into[3] = of(net.deviation);
  into[4] = of(gross.sharpe);
  into[5] = of(net.sharpe);
  into[6] = of(gross.skew);
  into[7] = of(net.skew);
  into[8] = of(h / equity);
  into[9] = h;
  into[10] = sums.cut[account]! / weight;
  into[11] = sums.bankrupt[account]! / weight;
  into[12] = sums.closed[account]! / weight;
  into[13] = sums.won[account]! / weight;
}

/** From E[x], E[x²] and E[x³]: the mean, the standard deviation, their quotient and the skewness; both NaN where nothing varies. */
function moments(mean: number, second: number, third: number) {
  const variance = second - mean * mean;
  const deviation = variance > LEAST_VARIANCE * second ? Math.sqrt(variance) : 0;
  if (deviation < LEAST_VOLATILITY) return { mean, deviation: 0, sharpe: Number.NaN, skew: Number.NaN };
  const central = third - 3 * mean * second + 2 * mean ** 3;
  return { mean, deviation, sharpe: mean / deviation, skew: central / deviation ** 3 };
}

/**
 * The columns of all accounts over all batches, with standard errors by sectioning: each batch estimates by itself, and the spread of their
 * estimates over √batches is the error of what all come to together (Asmussen and Glynn, Stochastic Simulation, 2007, III.5). It keeps
 * two numbers a column and account, however many batches there are.
 */
export class AccountTotals {
  readonly #equities: Float64Array;
  readonly #sums: AccountSums;
  readonly #first: readonly Float64Array[];
  readonly #second: readonly Float64Array[];
  #weight = 0;
  #batches = 0;

  constructor(equities: Float64Array) {
    const column = () => new Float64Array(equities.length);
    this.#equities = equities;
    this.#sums = Object.fromEntries(SUMS.map((name) => [name, column()])) as unknown as AccountSums;
    this.#first = ACCOUNT_COLUMNS.map(column);
    this.#second = ACCOUNT_COLUMNS.map(column);
  }

  add(sums: AccountSums, weight: number): void {
    const columns = new Float64Array(ACCOUNT_COLUMNS.length);
    for (let account = 0; account < this.#equities.length; account++) {
      for (const name of SUMS) this.#sums[name][account]! += sums[name][account]!;
      accountColumns(sums, account, this.#equities[account]!, weight, columns);
      for (let c = 0; c < columns.length; c++) {
        this.#first[c]![account]! += columns[c]!;
        this.#second[c]![account]! += columns[c]! ** 2;
      }
    }
    this.#weight += weight;
    this.#batches++;
  }

  /** Values and standard errors, by column; NaN where there is none. */
  finish(): { values: Float64Array[]; errors: Float64Array[] } {
    const count = this.#equities.length;
    const values = ACCOUNT_COLUMNS.map(() => new Float64Array(count));
    const errors = ACCOUNT_COLUMNS.map(() => new Float64Array(count).fill(Number.NaN));
    const columns = new Float64Array(ACCOUNT_COLUMNS.length);
    const n = this.#batches;
    for (let account = 0; account < count; account++) {
      accountColumns(this.#sums, account, this.#equities[account]!, this.#weight, columns);
      for (let c = 0; c < columns.length; c++) {
        values[c]![account] = columns[c]!;
        if (n < 2) continue;
        const mean = this.#first[c]![account]! / n;
        const variance = Math.max(0, this.#second[c]![account]! / n - mean * mean);
        errors[c]![account] = Math.sqrt(variance / (n - 1));
      }
    }
    return { values, errors };
  }

  /** Σ h of each account over all paths, as a share of the weights. */
  expectedHaircuts(): Float64Array {
    return this.#sums.h.map((sum) => sum / this.#weight);
  }
}
