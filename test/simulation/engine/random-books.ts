import type { SimulationBook } from '../../../src/simulation/book.ts';
import type { PathBlock } from '../../../src/simulation/models/model.ts';
import { bookOf } from './runs.ts';

/** Uniform numbers in [0, 1): Mulberry32, which shares nothing with what is tested. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface BookTerms {
  readonly accounts: number;
  readonly markets: number;
  /** Of which each account has one. */
  readonly rates: readonly number[];
}

/**
 * Accounts with up to three positions on either side, some in profit at the marks, some with burdens that count against it, a few below
 * zero or below their margin already, and owners with several accounts.
 */
export function randomBook(seed: number, { accounts, markets, rates }: BookTerms): SimulationBook {
  const next = uniforms(seed);
  return bookOf(
    markets,
    Array.from({ length: accounts }, (_, i) => {
      const held = new Set(
        Array.from({ length: Math.floor(next() * 4) }, () => Math.floor(next() * markets)),
      );
      const positions = [...held]
        .sort((a, b) => a - b)
        .map((market) => {
          const exposure = (next() < 0.5 ? -1 : 1) * (50 + 950 * next());
          const pnl = (next() - 0.5) * 60;
          return [market, exposure, Math.abs(exposure) * 0.04, pnl, Math.abs(exposure - pnl)] as const;
        });
      const gain = positions.reduce((sum, [, , , pnl]) => sum + pnl, 0);
      return {
        equity: next() < 0.06 ? -30 * next() : 20 + 280 * next() ** 2,
        gain: next() < 0.2 ? gain + 40 * next() : gain,
        burden: next() < 0.25 ? 30 * next() : 0,
        rate: rates[Math.floor(next() * rates.length)]!,
        owner: Math.floor(i / 3),
        positions,
      };
    }),
  );
}

/** Cumulative returns that move by up to a few tenths a step, and weights that are not all 1. */
export function randomBlock(seed: number, markets: number, steps: number, paths: number): PathBlock {
  const next = uniforms(seed);
  const growth = new Float64Array(markets * paths).fill(1);
  return {
    steps: Array.from({ length: steps }, () =>
      growth.map((_, i) => {
        growth[i]! *= Math.exp((next() + next() + next() - 1.5) * 0.3);
        return growth[i]! - 1;
      }),
    ),
    weights: Float64Array.from({ length: paths }, () => 0.25 + next()),
  };
}
