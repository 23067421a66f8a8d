import type { Holder, OneMarket } from './one-market.ts';
import { call, expect, type PriceLaw, put } from './price-law.ts';

/**
 * One long that may go bankrupt, against shorts with the other side, as portfolios of puts on S = P / P₀, under any law. It is
 * Merton's view of a debt (On the pricing of corporate debt, 1974): whoever stands behind an account has sold a put on it.
 * Without slippage.
 */
export interface LongAgainstShorts {
  readonly law: PriceLaw;
  readonly long: Holder;
  /** Exposures below 0 that add up to the long's. */
  readonly shorts: readonly Holder[];
  readonly fund: number;
  readonly rate: number;
}

/** k = 1 − e / X: the long is bankrupt below. */
export const strike = ({ long }: LongAgainstShorts): number => 1 - long.equity / long.exposure;
/** k − F / X: the fund is used up below. */
export const fundStrike = (of: LongAgainstShorts): number => strike(of) - of.fund / of.long.exposure;
/** Below it winners bear β of their profit and the rest is nobody's: X (k_F − S) = β X (1 − S). */
export const capStrike = (of: LongAgainstShorts): number =>
  of.rate >= 1 ? Number.NEGATIVE_INFINITY : (fundStrike(of) - of.rate) / (1 - of.rate);

export const probabilityOfLongBankrupt = (of: LongAgainstShorts): number => of.law.cdf(strike(of));
/** D = X (k − S)⁺. */
export const expectedLongDeficit = (of: LongAgainstShorts): number =>
  of.long.exposure * put(of.law, strike(of));
/** P(D > F), and so, where shorts stand, P(socialization). */
export const probabilityOverFund = (of: LongAgainstShorts): number => of.law.cdf(fundStrike(of));
/** E[(D − F)⁺], of a fall: X puts with a lower strike. */
export const expectedResidualOfFall = (of: LongAgainstShorts): number =>
  of.long.exposure * put(of.law, fundStrike(of));
/** E[R − β W]⁺ of a fall: (1 − β) X puts with the lowest strike. */
export const expectedUncoveredOfFall = (of: LongAgainstShorts): number =>
  of.rate >= 1 ? 0 : (1 - of.rate) * of.long.exposure * put(of.law, capStrike(of));
/** What shorts bear together in a fall: a put less a put. */
export const expectedSocializedOfFall = (of: LongAgainstShorts): number =>
  expectedResidualOfFall(of) - expectedUncoveredOfFall(of);

/** The same of a rise against a single short: calls with the strikes 1 + e / X, that plus F / X, and (k_F − β) / (1 − β). */
export function expectedSocializedOfRise({ law, shorts, fund, rate }: LongAgainstShorts): number {
  const [short, ...others] = shorts;
  if (others.length > 0) throw new Error('the closed form of a rise is that of one short');
  const size = -short!.exposure;
  const from = 1 + (short!.equity + fund) / size;
  const cap = rate >= 1 ? Infinity : (from - rate) / (1 - rate);
  return size * (call(law, from) - (cap === Infinity ? 0 : (1 - rate) * call(law, cap)));
}

/** X (E[S] − 1) + E[D]: limited liability is worth the deficit that others cover. */
export const expectedGrossOfLong = (of: LongAgainstShorts): number =>
  of.long.exposure * (of.law.partial(1, Infinity) - 1) + expectedLongDeficit(of);

export const expectedGrossOfShort = ({ law }: LongAgainstShorts, { equity, exposure }: Holder): number =>
  exposure * (law.partial(1, Infinity) - 1) - exposure * call(law, 1 - equity / exposure);

/** Less its share of what shorts bear, which is that of its profit, and so of its exposure. */
export const expectedNetOfShort = (of: LongAgainstShorts, short: Holder): number =>
  expectedGrossOfShort(of, short) + (short.exposure / of.long.exposure) * expectedSocializedOfFall(of);

/** h of a fall to S: min(β, (k_F − S) / (1 − S))⁺. It falls as S rises. */
export function rateOfFall(of: LongAgainstShorts, price: number): number {
  const from = fundStrike(of);
  return price >= from ? 0 : Math.min(of.rate, (from - price) / (1 - price));
}

/** E[h | the shorts win] = E[h; S < 1] / P(S < 1), by quadrature. */
export const expectedRateGivenWin = (of: LongAgainstShorts): number =>
  expect(of.law, (price) => rateOfFall(of, price), [fundStrike(of), capStrike(of)]) / of.law.cdf(1);

/** E[h | R > 0] where shorts cannot go bankrupt. */
export const expectedRateGivenSocialization = (of: LongAgainstShorts): number =>
  (expectedRateGivenWin(of) * of.law.cdf(1)) / probabilityOverFund(of);

/** P(h > y | win), 0 ≤ y < β: S is below (k_F − y) / (1 − y). */
export const probabilityOfRateOver = (of: LongAgainstShorts, y: number): number =>
  y >= of.rate ? 0 : of.law.cdf((fundStrike(of) - y) / (1 - y)) / of.law.cdf(1);

/** The q-quantile of h given a win: h at the (1 − q)-quantile of S below 1. */
export const rateAtRisk = (of: LongAgainstShorts, q: number): number =>
  rateOfFall(of, of.law.quantile((1 - q) * of.law.cdf(1)));

/** The q-quantile of R of a fall: R falls as S rises, so it is that at the (1 − q)-quantile of S. */
export const residualAtRisk = (of: LongAgainstShorts, q: number): number =>
  of.long.exposure * Math.max(0, fundStrike(of) - of.law.quantile(1 - q));

/** The mean of R over the worst 1 − q of all outcomes: E[X (k_F − S)⁺; S ≤ s] / (1 − q), s the (1 − q)-quantile of S. */
export function residualShortfall(of: LongAgainstShorts, q: number): number {
  const s = Math.min(of.law.quantile(1 - q), fundStrike(of));
  return (of.long.exposure * (fundStrike(of) * of.law.cdf(s) - of.law.partial(1, s))) / (1 - q);
}

/** The least fund with P(D > F) ≤ p: X (k − s)⁺, s the p-quantile of S. */
export const fundForTarget = (of: LongAgainstShorts, p: number): number =>
  of.long.exposure * Math.max(0, strike(of) - of.law.quantile(p));

/** Several longs, D = Σ X_i (k_i − S)⁺, which is a portfolio of puts, against a fund. */
export function residualOfLongs(
  law: PriceLaw,
  longs: readonly Holder[],
  fund: number,
): {
  readonly expectedDeficit: number;
  readonly strike: number;
  readonly probability: number;
  readonly expected: number;
} {
  const puts = longs
    .map(({ equity, exposure }) => ({ size: exposure, strike: 1 - equity / exposure }))
    .sort((a, b) => b.strike - a.strike);
  const expectedDeficit = puts.reduce((sum, { size, strike: k }) => sum + size * put(law, k), 0);
  // From the highest strike down: the more puts are in the money, the steeper D; where it meets F is the strike of R.
  let [size, weighted] = [0, 0];
  let crossing = Number.NEGATIVE_INFINITY;
  for (const [i, item] of puts.entries()) {
    size += item.size;
    weighted += item.size * item.strike;
    crossing = (weighted - fund) / size;
    if (crossing >= (puts[i + 1]?.strike ?? 0)) break;
  }
  // R = (Σ X over the puts in the money there) puts at the crossing, and the others at their own strikes.
  const expected = puts
    .filter(({ strike: k }) => k < crossing)
    .reduce((sum, item) => sum + item.size * put(law, item.strike), size * put(law, crossing));
  return { expectedDeficit, strike: crossing, probability: law.cdf(crossing), expected };
}

/** The same accounts for the general engine of one market. */
export const marketOf = ({ long, shorts, fund, rate }: LongAgainstShorts): OneMarket => ({
  accounts: [long, ...shorts],
  fund,
  rate,
});
