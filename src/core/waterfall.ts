import { min } from './money.ts';

export type Waterfall = 'FUND_THEN_SOCIALIZE' | 'FUND_ONLY' | 'SOCIALIZE_ONLY';

export interface WaterfallResult {
  /** What the insurance fund pays. */
  readonly fundDraw: bigint;
  /** What the fund leaves: deficit − fundDraw. */
  readonly residual: bigint;
  /** What the profitable accounts bear. */
  readonly socialized: bigint;
  /** What nobody bears: residual − socialized. It is never dropped. */
  readonly uncovered: bigint;
}

/**
 * Runs a deficit down the tiers: the insurance fund, then the haircut capacity, each as far as it goes.
 * All in atoms ≥ 0; fundDraw + socialized + uncovered = deficit.
 *
 * @param fundAvailable the fund above its reserve
 * @param capacity      U, the sum of what each account may give up
 */
export function runWaterfall(
  waterfall: Waterfall,
  deficit: bigint,
  fundAvailable: bigint,
  capacity: bigint,
): WaterfallResult {
  const fundDraw = waterfall === 'SOCIALIZE_ONLY' ? 0n : min(deficit, fundAvailable);
  const residual = deficit - fundDraw;
  const socialized = waterfall === 'FUND_ONLY' ? 0n : min(residual, capacity);
  return { fundDraw, residual, socialized, uncovered: residual - socialized };
}
