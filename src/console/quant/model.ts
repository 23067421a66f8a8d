import { formatScaled, SCALE } from '../../core/decimal.ts';
import type { StartSimulationInput } from '../generated/graphql.ts';
import { atoms } from '../kit/digits.ts';

/** What the form asks for. None of it is money: a simulation books nothing. */
export interface Model {
  readonly law: 'gbm' | 'studentT';
  readonly volatility: number;
  readonly correlation: number;
  readonly degreesOfFreedom: number;
  readonly horizonDays: number;
  readonly steps: number;
  readonly paths: number;
  readonly slippage: string;
  readonly seed: string;
}

export const USUAL: Model = {
  law: 'studentT',
  volatility: 0.9,
  correlation: 0.7,
  degreesOfFreedom: 4,
  horizonDays: 1,
  steps: 1,
  paths: 10_000,
  slippage: '0.002',
  seed: '1',
};

/** The same volatility for every market, and the same correlation for every pair. */
export function simulationInput(
  pool: string,
  markets: readonly string[],
  fundSizes: readonly string[],
  model: Model,
  idempotencyKey: string,
): StartSimulationInput {
  const { law, volatility, correlation, degreesOfFreedom, horizonDays, steps, paths, slippage, seed } = model;
  const shared = {
    markets: markets.map((market) => ({ market, volatility })),
    correlation: markets.map((_, row) => markets.map((_, column) => (row === column ? 1 : correlation))),
  };
  return {
    pool,
    idempotencyKey,
    model: law === 'gbm' ? { gbm: shared } : { studentT: { ...shared, degreesOfFreedom } },
    sampling: 'SOBOL',
    fundSizes: [...fundSizes],
    ...{ horizonDays, steps, paths, slippage, seed },
  };
}

const SIZES = 25;
/** The largest fund of the curve over the open interest: more than venues have. */
const LARGEST = { share: 4n, of: 100n };

/**
 * What the fund could have, for the curve: from nothing on, by the size of what it insures and not by what it has now. Close to
 * nothing they stand closest: there the first of it counts most.
 */
export function fundSizesOf(openInterest: string, decimals: number): string[] {
  const unit = 10n ** BigInt(SCALE - decimals);
  const most = (atoms(openInterest) * LARGEST.share) / LARGEST.of;
  const sizes = Array.from(
    { length: SIZES },
    (_, i) => (most * BigInt(i * i)) / BigInt((SIZES - 1) ** 2) / unit,
  );
  return [...new Set(sizes)].map((size) => formatScaled(size, decimals));
}

/** A name for the run that no other has. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
