import { expect, type PriceLaw } from './price-law.ts';
import type { RealFunction } from './quadrature.ts';

/** Accounts that all hold one market, and what covers their deficits, over one step and without profits or burdens before it. */
export interface OneMarket {
  readonly accounts: readonly Holder[];
  readonly fund: number;
  /** β, the same of all. */
  readonly rate: number;
  /** Of the notional at the price at which an account is closed out. */
  readonly slippage?: number;
}

export interface Holder {
  readonly equity: number;
  /** Signed notional at the mark. */
  readonly exposure: number;
}

/** What an account comes to at the price ratio S, before anything is shared. */
const gainOf = ({ exposure }: Holder, price: number): number => exposure * (price - 1);
const isBankrupt = (holder: Holder, price: number): boolean => holder.equity + gainOf(holder, price) < 0;

export interface Outcome {
  readonly deficit: number;
  /** R = max(0, D − F). */
  readonly residual: number;
  /** W, the profit of all winners. */
  readonly profit: number;
  /** h = min(β, R / W); 0 where there is nothing to share or nobody to bear it. */
  readonly rate: number;
  readonly socialized: number;
  readonly uncovered: number;
}

export function outcome({ accounts, fund, rate: cap, slippage = 0 }: OneMarket, price: number): Outcome {
  let [deficit, profit] = [0, 0];
  for (const holder of accounts) {
    const gain = gainOf(holder, price);
    if (isBankrupt(holder, price)) {
      deficit += slippage * Math.abs(holder.exposure) * price - holder.equity - gain;
    } else profit += Math.max(0, Math.min(gain, holder.equity + gain));
  }
  const residual = Math.max(0, deficit - fund);
  const rate = profit > 0 ? Math.min(cap, residual / profit) : 0;
  const socialized = Math.min(residual, cap * profit);
  return { deficit, residual, profit, rate, socialized, uncovered: residual - socialized };
}

/** What an account's own funds changed by: it loses no more than it has. */
export const gross = (holder: Holder, price: number): number =>
  isBankrupt(holder, price) ? -Math.max(0, holder.equity) : gainOf(holder, price);

export function haircut(market: OneMarket, holder: Holder, price: number): number {
  if (isBankrupt(holder, price)) return 0;
  const gain = gainOf(holder, price);
  return outcome(market, price).rate * Math.max(0, Math.min(gain, holder.equity + gain));
}

export const net = (market: OneMarket, holder: Holder, price: number): number =>
  gross(holder, price) - haircut(market, holder, price);

/** The price ratio at which an account has nothing left: k = 1 − e / X. */
export const bankruptcyRatio = ({ equity, exposure }: Holder): number => 1 - equity / exposure;

interface Line {
  readonly constant: number;
  readonly slope: number;
}

/** The line through two points of f inside an interval on which it is one. */
function lineOf(f: RealFunction, from: number, to: number): Line {
  const [a, b] = to === Infinity ? [from + 1, from + 2] : [from + (to - from) / 4, to - (to - from) / 4];
  const slope = (f(b) - f(a)) / (b - a);
  return { constant: f(a) - slope * a, slope };
}

/**
 * All price ratios between which deficits, profits and what is shared are straight lines: bankruptcies, the mark, and where the
 * deficit meets the fund, and meets the fund and all that winners may bear.
 */
export function kinksOf(market: OneMarket): number[] {
  const base = [1, ...market.accounts.map(bankruptcyRatio).filter((k) => k > 0 && Number.isFinite(k))];
  const ends = [0, ...[...new Set(base)].sort((a, b) => a - b), Infinity];
  const crossings = ends.slice(1).flatMap((to, i) => {
    const from = ends[i]!;
    return [0, market.rate]
      .map((cap) =>
        lineOf(
          (price) => {
            const { deficit, profit } = outcome(market, price);
            return deficit - market.fund - cap * profit;
          },
          from,
          to,
        ),
      )
      .map(({ constant, slope }) => -constant / slope)
      .filter((price) => price > from && price < to);
  });
  return [...new Set([...base, ...crossings])].sort((a, b) => a - b);
}

/**
 * E[f(S)ⁿ] of an f that is a straight line between the kinks, without quadrature: on each interval (a + bS)ⁿ is a sum of powers of
 * S, and the law knows E[Sʲ; S ≤ x]. Each such f is a portfolio of puts, calls and digitals.
 */
export function momentOf(law: PriceLaw, market: OneMarket, f: RealFunction, n = 1): number {
  const ends = [0, ...kinksOf(market), Infinity];
  let sum = 0;
  for (let i = 0; i + 1 < ends.length; i++) {
    const [from, to] = [ends[i]!, ends[i + 1]!];
    const { constant, slope } = lineOf(f, from, to);
    let choose = 1;
    for (let j = 0; j <= n; j++) {
      if (slope !== 0 || j === 0) {
        sum += choose * constant ** (n - j) * slope ** j * (law.partial(j, to) - law.partial(j, from));
      }
      choose = (choose * (n - j)) / (j + 1);
    }
  }
  return sum;
}

/** P(the event), an event that is the same everywhere between two kinks. */
export function probabilityOf(law: PriceLaw, market: OneMarket, event: (price: number) => boolean): number {
  return momentOf(law, market, (price) => (event(price) ? 1 : 0));
}

/** E[f(S)] of any f that is smooth between the kinks, by quadrature: rates, which are quotients of lines, need it. */
export const quadratureOf = (law: PriceLaw, market: OneMarket, f: RealFunction): number =>
  expect(law, f, kinksOf(market));

export interface Summary {
  readonly mean: number;
  readonly deviation: number;
  readonly sharpe: number;
  readonly skew: number;
}

/** Mean, deviation, their quotient and the skew, from the first three moments about 0. */
export function summaryOf([m1, m2, m3]: readonly [number, number, number]): Summary {
  const variance = m2 - m1 * m1;
  const deviation = Math.sqrt(variance);
  const third = m3 - 3 * m1 * m2 + 2 * m1 ** 3;
  return { mean: m1, deviation, sharpe: m1 / deviation, skew: third / deviation ** 3 };
}

/** An account's return, gross or net, over its equity at the start. */
export function returnOf(law: PriceLaw, market: OneMarket, holder: Holder, of: 'gross' | 'net'): Summary {
  const f = (price: number): number =>
    (of === 'net' ? net(market, holder, price) : gross(holder, price)) / holder.equity;
  return summaryOf([1, 2, 3].map((n) => momentOf(law, market, f, n)) as [number, number, number]);
}
