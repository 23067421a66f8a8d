import { expect } from 'vitest';
import { ONE } from '../../../src/core/decimal.ts';
import type { LossRules } from '../../../src/core/rules.ts';
import type { SimulationBook } from '../../../src/simulation/book.ts';
import { ACCOUNT_COLUMNS, type AccountColumn } from '../../../src/simulation/engine/account-columns.ts';
import { BatchRunner, DISTRIBUTIONS, type Distribution } from '../../../src/simulation/engine/batch.ts';
import type { Estimate } from '../../../src/simulation/engine/estimate.ts';
import { Histogram } from '../../../src/simulation/engine/histogram.ts';
import { RunTotals } from '../../../src/simulation/engine/results.ts';
import type { RunSpec } from '../../../src/simulation/engine/spec.ts';
import type { GbmSpec } from '../../../src/simulation/models/gbm.ts';
import { bookOf as kernelBookOf } from '../kernel/books.ts';

export interface Account {
  readonly equity: number;
  readonly gain?: number;
  readonly burden?: number;
  readonly rate?: number;
  readonly owner?: number;
  /** Market, exposure, maintenance margin, PnL at the mark and cost. */
  readonly positions?: readonly (readonly [
    market: number,
    exposure: number,
    maintenance?: number,
    pnl?: number,
    cost?: number,
  ])[];
}

/** Accounts of one market whose rate is that of the pool, as the closed forms have them. */
export const holders = (
  accounts: readonly { readonly equity: number; readonly exposure: number }[],
  rate: number,
): SimulationBook =>
  bookOf(
    1,
    accounts.map(({ equity, exposure }) => ({ equity, rate, positions: [[0, exposure]] as const })),
  );

export function bookOf(marketCount: number, accounts: readonly Account[]): SimulationBook {
  const positions = accounts.flatMap((account) => account.positions ?? []);
  const kernelBook = kernelBookOf(
    marketCount,
    accounts.map((account) => ({
      ...account,
      positions:
        account.positions?.map(
          ([market, exposure, maintenance]) => [market, exposure, maintenance] as const,
        ) ?? [],
    })),
  );
  return {
    ...kernelBook,
    pnls: Float64Array.from(positions, ([, , , pnl]) => pnl ?? 0),
    costs: Float64Array.from(positions, ([, exposure, , , cost]) => cost ?? Math.abs(exposure)),
    owners: Uint32Array.from(accounts, ({ owner }, i) => owner ?? i),
  };
}

/** Fund, then all winners pro rata. The β of a book's accounts is in the book. */
export const RULES: LossRules = {
  tiers: ['OWN_COLLATERAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
  fundReserve: 0n,
  fundCap: null,
  operatorCap: 0n,
  method: 'PRO_RATA',
  profitBasis: 'UNREALIZED',
  maxHaircutRate: ONE,
  scope: 'POOL',
  overflow: 'POOL',
  leverageExponent: 1,
  maxLeverage: null,
};

/** One market's geometric Brownian motion in one step. */
export const gbmOf = (
  { drift, volatility, days }: { drift: number; volatility: number; days: number },
  /** Standard deviations that the tail is shifted by. */
  shift?: number,
): GbmSpec => ({
  kind: 'GBM',
  horizonDays: days,
  steps: 1,
  drifts: [drift],
  vols: [volatility],
  correlation: [[1]],
  tail: shift === undefined ? null : { shifts: [shift], unshifted: 0.2 },
});

export const specOf = (model: RunSpec['model'], changes: Partial<RunSpec> = {}): RunSpec => ({
  model,
  sampling: 'PSEUDO',
  seed: 1n,
  paths: 65_536,
  rules: RULES,
  fundBalance: 0n,
  decimals: 6,
  closing: { closeOutAt: 'BELOW_ZERO', slippage: 0 },
  levels: [0.99],
  fundSizes: [],
  methods: [],
  ...changes,
});

export type Ran = ReturnType<typeof ran>;

/** Runs all batches and merges them in order. */
export function ran(spec: RunSpec, book: SimulationBook) {
  const runner = new BatchRunner(spec, book);
  const totals = new RunTotals(spec, book);
  for (let index = 0; index < runner.plan.batches; index++) totals.add(runner.run(index));
  return told(totals);
}

export function told(totals: RunTotals) {
  const { values, errors } = totals.accounts.finish();
  const parts = totals.distributions();
  return {
    result: totals.finish(),
    haircutsAtRisk: totals.haircutsAtRisk(),
    parts,
    /** Built when they are asked for: each takes megabytes. */
    get distributions(): Record<Distribution, Histogram> {
      return Object.fromEntries(DISTRIBUTIONS.map((name) => [name, Histogram.of(parts[name])])) as Record<
        Distribution,
        Histogram
      >;
    },
    /** A column of an account as an estimate. */
    account: (account: number, name: AccountColumn): Estimate => {
      const column = ACCOUNT_COLUMNS.indexOf(name);
      return { value: values[column]![account]!, standardError: errors[column]![account]! };
    },
  };
}

/**
 * An estimate is within three of its standard errors of what it estimates.
 *
 * @param slack what it may be off by besides: 3 ÷ paths for a probability by SOBOL, see docs/quant.md
 */
export function near(what: string, estimate: Estimate | null, exact: number, slack = 0): void {
  const { value, standardError } = estimate ?? { value: Number.NaN, standardError: null };
  if (!(Number.isFinite(value) && standardError !== null && Number.isFinite(standardError))) {
    expect.fail(`${what} is ${value} ± ${standardError}, not ${exact}`);
  }
  // What does not vary from path to path is exact but for rounding.
  const off = Math.max(0, Math.abs(value - exact) - slack - 1e-10 * Math.abs(exact));
  const deviation = off / (standardError || 1e-300);
  if (!(deviation <= 3)) {
    expect.fail(`${what} is ${value} ± ${standardError}, not ${exact}: off by ${deviation} standard errors`);
  }
}

/**
 * A quantile's true value is within its interval, made as wide as three standard errors (an interval of 95 % is 1.96 wide), or within
 * a bin's width of it.
 */
export function quantileNear(what: string, histogram: Histogram, level: number, exact: number): void {
  const { value, low, high } = histogram.quantile(level);
  const wide = 3 / 1.959963984540054;
  const slack = (Math.abs(exact) + 1e-12) / 512;
  const from = value - wide * (value - low) - slack;
  const to = value + wide * (high - value) + slack;
  if (!(exact >= from && exact <= to)) {
    expect.fail(`${what} is ${value} (${low} to ${high}) at ${level}, not ${exact}`);
  }
}

/** Equal but for rounding. */
export function same(what: string, actual: number | undefined, exact: number, digits = 12): void {
  const size = Math.max(1, Math.abs(exact));
  if (!(actual !== undefined && Math.abs(actual - exact) <= 10 ** -digits * size)) {
    expect.fail(`${what} is ${actual}, not ${exact}`);
  }
}
