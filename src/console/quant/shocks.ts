import type { StressTestInput } from '../generated/graphql.ts';

/** Where the sliders stand. Shocks are whole percents, slippage is in hundredths of a percent, so that their texts are exact. */
export interface Shocks {
  readonly common: number;
  /** Of single markets, instead of the common one. */
  readonly markets: Readonly<Record<string, number>>;
  readonly slippage: number;
  readonly contagion: boolean;
  readonly belowZero: boolean;
}

export const CALM: Shocks = { common: -20, markets: {}, slippage: 0, contagion: true, belowZero: false };

/** The whole range of the slider, for the curve. */
export const RANGE: readonly number[] = Array.from({ length: 13 }, (_, i) => -60 + i * 10);

/** A whole number over a power of ten, as decimal text. */
export function decimalOf(value: number, digits: number): string {
  const text = String(Math.abs(value)).padStart(digits + 1, '0');
  return `${value < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** One scenario for each value of the common shock; all else is as the sliders stand. */
export function inputOf(pool: string, shocks: Shocks, common: readonly number[]): StressTestInput {
  const { markets, slippage, contagion, belowZero } = shocks;
  const changes = Object.entries(markets).map(([market, change]) => ({
    market,
    change: decimalOf(change, 2),
  }));
  return {
    pool,
    closeOutAt: belowZero ? 'BELOW_ZERO' : 'BELOW_MAINTENANCE',
    slippage: { share: decimalOf(slippage, 4) },
    contagion,
    shocks: {
      scenarios: common.map((each) => ({ name: `${each} %`, common: decimalOf(each, 2), markets: changes })),
    },
  };
}
