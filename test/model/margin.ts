import * as oracle from '../support/oracle.ts';

/** Margin of a notional, and what an account's equity makes of it: docs/margin.md in the model's own words. */

/** What of a notional lies above one floor and below the next, and what is required of it: rates in 10^-18. */
export interface Bracket {
  /** In 10^-54, 0 for the first. */
  readonly above: bigint;
  readonly initial: bigint;
  readonly maintenance: bigint;
}

export type MarginKind = 'initial' | 'maintenance';
export type Health = 'SAFE' | 'MARGIN_CALL' | 'LIQUIDATABLE' | 'BANKRUPT';

/** What a notional in 10^-54 requires, in 10^-72: each part of it by its own bracket, as with a tax. */
export const required = (notional: bigint, brackets: readonly Bracket[], kind: MarginKind): bigint =>
  oracle.total(
    brackets.map((bracket, i) => {
      const until = oracle.smaller(notional, brackets[i + 1]?.above ?? notional);
      return oracle.positive(until - bracket.above) * bracket[kind];
    }),
  );

export function healthOf(equity: bigint, margin: Readonly<Record<MarginKind, bigint>>): Health {
  if (equity < 0n) return 'BANKRUPT';
  if (equity < margin.maintenance) return 'LIQUIDATABLE';
  return equity < margin.initial ? 'MARGIN_CALL' : 'SAFE';
}
