import { type Cents, OURS, WINNERS } from './figures.ts';

/*
 * How the winners' profit is spread over them. Four numbers are published: the shares of the largest, the top ten and the
 * top hundred, and the sum of the squared shares (HHI). Between them the share s of rank r is a curve in three pieces
 * that meet at ranks 10 and 100:
 *
 *   r ≤ 10          s = s₁ · r^−a                                 a from the top ten
 *   10 < r ≤ 100    s = s₁₀ · exp(−b t − c t²),  t = ln(r / 10)   b from the top hundred, c from the HHI
 *   r > 100         s = s₁₀₀ · exp(−d t − e t²), t = ln(r / 100)  d from the total, e from the smallest (ours)
 *
 * Each number follows from a monotone equation: no chance is in it.
 */

/** The shares by rank, largest first. They sum to 1. */
export function winnerShares(): Float64Array {
  const { largestShare, topTenShare, topHundredShare, hhi } = WINNERS;
  const a = solve(0, 3, (x) => topTenShare - sum(piece(largestShare, 1, 1, 10, x, 0)));
  const head = piece(largestShare, 1, 1, 10, a, 0);
  const curve = (c: number): number[] => {
    const middle = (b: number) => piece(head[9]!, 10, 11, 100, b, c);
    const b = solve(0, 6, (x) => topHundredShare - topTenShare - sum(middle(x)));
    return [...head, ...middle(b)];
  };
  const c = solve(-0.5, 0, (x) => sum(withTail(curve(x)).map((share) => share * share)) - hhi);
  return Float64Array.from(withTail(curve(c)));
}

/** What each winner holds, by rank, to the cent and in all exactly what is published. */
export function winnerProfits(): Cents[] {
  const profits = [...winnerShares()].map((share) => BigInt(Math.round(share * Number(WINNERS.profit))));
  const left = WINNERS.profit - profits.reduce((total, profit) => total + profit, 0n);
  // Rounding leaves a few cents over, or takes a few too many. They go below the top hundred, where nothing is published.
  const cent = left < 0n ? -1n : 1n;
  for (let i = 0; i < Number(left * cent); i++) profits[100 + i]! += cent;
  return profits;
}

function withTail(top: readonly number[]): number[] {
  const { count, profit, topHundredShare } = WINNERS;
  const start = top.at(-1)!;
  const fall = Math.log((start * Number(profit)) / Number(OURS.smallestProfit));
  const length = Math.log(count / 100);
  const tail = (d: number) => piece(start, 100, 101, count, d, (fall - d * length) / length ** 2);
  const d = solve(0, fall / length, (x) => 1 - topHundredShare - sum(tail(x)));
  return [...top, ...tail(d)];
}

/** The shares of ranks `from` to `to`, of a piece that has the share `start` at rank `origin`. */
function piece(
  start: number,
  origin: number,
  from: number,
  to: number,
  slope: number,
  bend: number,
): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const t = Math.log((from + i) / origin);
    return start * Math.exp(-slope * t - bend * t * t);
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Where a rising function is zero: false position, with the weight of an end halved that stays (Illinois). */
function solve(low: number, high: number, rising: (x: number) => number): number {
  let [atLow, atHigh] = [rising(low), rising(high)];
  if (atLow > 0 || atHigh < 0) throw new Error('The published figures do not fit the curve.');
  let [x, kept] = [low, 0];
  for (let i = 0; i < 100 && high - low > 1e-15; i++) {
    x = (low * atHigh - high * atLow) / (atHigh - atLow);
    const y = rising(x);
    if (Math.abs(y) < 1e-15) break;
    if (y < 0) {
      [low, atLow] = [x, y];
      if (kept === 1) atHigh /= 2;
      kept = 1;
    } else {
      [high, atHigh] = [x, y];
      if (kept === -1) atLow /= 2;
      kept = -1;
    }
  }
  return x;
}
