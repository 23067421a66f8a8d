import { assert } from '../assert.ts';
import type { AtomColumn } from '../atom-column.ts';
import { pausesAt, type Steps } from '../steps.ts';

/**
 * How much each index takes as one level λ moves: x_i(λ) = min(high_i, max(low_i, slope_i · λ + offset_i)). All slopes
 * have one sign, so what all take together moves one way with λ. A slope of 0 goes with low = high.
 */
export interface Lines {
  readonly slopes: AtomColumn;
  readonly offsets: AtomColumn;
  readonly lows: AtomColumn;
  readonly highs: AtomColumn;
}

/** λ as a fraction; the denominator is above 0. */
export interface Level {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const BETWEEN = 1;
export const AT_LOW = 2;
export const AT_HIGH = 3;
/** Out of bounds at the level of this pass. */
const ABOVE = 4;
const BELOW = 5;

export interface Filled {
  readonly level: Level;
  readonly places: Uint8Array;
}

/**
 * The level at which x(λ) sums to `amount`, with Σ low ≤ amount ≤ Σ high, exactly.
 *
 * Guess λ from all that are between their bounds; of those that it puts out of bounds, fix the side that is further out
 * in sum at its bound, for on that side the true level lies at or beyond the guess; repeat until none is out (Bitran and
 * Hax, Management Science 27, 1981; with one-sided bounds Michelot, J. Optim. Theory Appl. 50, 1986). A pass is linear,
 * and a pass or a few do.
 *
 * @returns the level, and which indices lie between their bounds (1), at low (2) or at high (3)
 */
export function* filling({ slopes, offsets, lows, highs }: Lines, amount: bigint): Steps<Filled> {
  const { length } = slopes;
  const places = new Uint8Array(length).fill(BETWEEN);
  let left = amount;
  let slope = slopes.sum();
  let offset = offsets.sum();
  for (;;) {
    if (slope === 0n) {
      assert(left === offset, 'an amount is between the sums of the bounds');
      return { level: { numerator: 0n, denominator: 1n }, places };
    }
    const sign = slope < 0n ? -1n : 1n;
    const numerator = sign * (left - offset);
    const denominator = sign * slope;
    const upToOne = 0n <= numerator && numerator <= denominator;
    let above = 0n;
    let below = 0n;
    for (let i = 0; i < length; i++) {
      if (pausesAt(i)) yield;
      if (places[i] !== BETWEEN) continue;
      const slope = slopes.get(i);
      const offset = offsets.get(i);
      const most = highs.get(i);
      // The usual line, a share of the cap itself, is within its bounds at any level from 0 to 1.
      if (upToOne && slope === most && offset === 0n && lows.get(i) === 0n) continue;
      const exact = slope * numerator + offset * denominator;
      const high = most * denominator;
      if (exact > high) {
        above += exact - high;
        places[i] = ABOVE;
        continue;
      }
      const low = lows.get(i) * denominator;
      if (exact < low) {
        below += low - exact;
        places[i] = BELOW;
      }
    }
    if (above === below) {
      // Too much on one side is too little on the other: within their bounds they sum to the amount at this very level.
      for (let i = 0; i < length; i++) {
        if (places[i] === ABOVE) places[i] = AT_HIGH;
        else if (places[i] === BELOW) places[i] = AT_LOW;
      }
      return { level: { numerator, denominator }, places };
    }
    for (let i = 0; i < length; i++) {
      if (pausesAt(i)) yield;
      const place = places[i];
      if (place !== ABOVE && place !== BELOW) continue;
      if (place === ABOVE ? above < below : below < above) {
        places[i] = BETWEEN;
        continue;
      }
      places[i] = place === ABOVE ? AT_HIGH : AT_LOW;
      left -= place === ABOVE ? highs.get(i) : lows.get(i);
      slope -= slopes.get(i);
      offset -= offsets.get(i);
    }
  }
}
