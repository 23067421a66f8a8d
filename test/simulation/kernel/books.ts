import type { CloseOutTerms } from '../../../src/simulation/book.ts';
import { type KernelBook, makeTotals } from '../../../src/simulation/kernel/block.ts';
import type { Kernel, StepTotals } from '../../../src/simulation/kernel/kernel.ts';

export interface Account {
  readonly equity: number;
  readonly gain?: number;
  readonly burden?: number;
  readonly rate?: number;
  /** Market, exposure and maintenance margin. */
  readonly positions?: readonly (readonly [market: number, exposure: number, maintenance?: number])[];
}

export function bookOf(marketCount: number, accounts: readonly Account[]): KernelBook {
  const column = (pick: (account: Account) => number) => Float64Array.from(accounts, pick);
  const positions = accounts.flatMap((account) => account.positions ?? []);
  let start = 0;
  return {
    accountCount: accounts.length,
    marketCount,
    equities: column(({ equity }) => equity),
    gains: column(({ gain }) => gain ?? 0),
    burdens: column(({ burden }) => burden ?? 0),
    rates: column(({ rate }) => rate ?? 1),
    starts: Uint32Array.from([0, ...accounts.map((account) => (start += account.positions?.length ?? 0))]),
    markets: Uint32Array.from(positions, ([market]) => market),
    exposures: Float64Array.from(positions, ([, exposure]) => exposure),
    maintenances: Float64Array.from(positions, ([, , maintenance]) => maintenance ?? 0),
  };
}

/** Loses all of what it has only below zero, at no cost, and nobody pays for it but winners. */
export const PLAIN_TERMS: CloseOutTerms = {
  closeOutAt: 'BELOW_ZERO',
  slippage: 0,
  operatorCap: 0,
  fundCap: 0,
};

/** A step: by market and path the returns, and of each path its λ. */
export interface Step {
  readonly returns: readonly (readonly number[])[];
  readonly levels?: readonly number[];
}

/** What a kernel told of one step. */
export interface Told {
  readonly totals: StepTotals;
  readonly amounts: Float64Array;
  readonly slopes: Float64Array;
}

/** Runs a block: after each move asks what accounts would bear at its levels, and takes it. */
export function runBlock(kernel: Kernel, weights: readonly number[], steps: readonly Step[]): Told[] {
  const paths = weights.length;
  kernel.begin(paths, Float64Array.from(weights));
  const told = steps.map(({ returns, levels }, step) => {
    const row = () => new Float64Array(paths);
    const result = { totals: makeTotals(paths), amounts: row(), slopes: row() };
    kernel.move(Float64Array.from(returns.flat()), step === steps.length - 1, result.totals);
    if (!levels) return result;
    kernel.borne(Float64Array.from(levels), result.amounts, result.slopes);
    kernel.take(Float64Array.from(levels));
    return result;
  });
  kernel.finish();
  return told;
}

/** Everything that one can see of a kernel's sums, as lists. */
export function listed<Name extends string>(
  columns: Readonly<Record<Name, Float64Array>>,
): Record<Name, number[]> {
  return Object.fromEntries(
    Object.entries<Float64Array>(columns).map(([name, column]) => [name, [...column]]),
  ) as Record<Name, number[]>;
}
