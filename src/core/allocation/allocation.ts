import { assert } from '../assert.ts';
import { AtomColumn } from '../atom-column.ts';
import { roundingShares } from '../largest-remainder.ts';
import { type Ratio, ratio } from '../ratio.ts';
import { atOnce, pausesAt, type Steps } from '../steps.ts';
import { adlQueue } from './adl-queue.ts';
import type { Claim, Claims, Exposures, Line, Method, WeightRules } from './claims.ts';
import { equalAwards } from './equal-awards.ts';
import { equalLosses } from './equal-losses.ts';
import { AT_HIGH, BETWEEN, filling, type Lines } from './fill.ts';
import { openInterest } from './open-interest.ts';
import { proRata } from './pro-rata.ts';
import { riskWeighted } from './risk-weighted.ts';
import { talmud } from './talmud.ts';

export const METHODS = {
  PRO_RATA: proRata,
  RISK_WEIGHTED: riskWeighted,
  CONSTRAINED_EQUAL_LOSSES: equalLosses,
  CONSTRAINED_EQUAL_AWARDS: equalAwards,
  TALMUD: talmud,
  OPEN_INTEREST: openInterest,
  ADL_QUEUE: adlQueue,
} as const satisfies Record<string, Method>;

export type AllocationMethod = keyof typeof METHODS;
export const ALLOCATION_METHODS = Object.keys(METHODS) as readonly AllocationMethod[];

/** The figures that fix every share: with them, one claim says by itself what it has to give. */
export interface Figures {
  readonly method: AllocationMethod;
  /** Which part of the method's way, from 1. */
  readonly phase: number;
  /** λ ≥ 0, in lowest terms. */
  readonly level: Ratio;
  /** The smallest remainder of a share that got one of the atoms left over, in lowest terms; 0/1 where none was. */
  readonly lastRemainder: Ratio;
}

export interface Allocation {
  /** One haircut per claim, in atoms. */
  readonly haircuts: AtomColumn;
  readonly weights: AtomColumn;
  readonly figures: Figures;
}

/**
 * Divides `loss` (atoms, 0 to Σcap) over the claims: 0 ≤ h_i ≤ cap_i and Σh = loss, to the atom, whatever the method.
 * Shares are floored, and the atoms left over go one each to the largest remainders, ties to the smaller index. An
 * atom more always fits: a remainder above 0 means a share strictly below its cap, which is whole.
 */
export function allocate(
  method: AllocationMethod,
  claims: Claims,
  weights: AtomColumn,
  loss: bigint,
): Allocation {
  return atOnce(allocating(method, claims, weights, loss));
}

/** The same, in steps. */
function* allocating(
  method: AllocationMethod,
  claims: Claims,
  weights: AtomColumn,
  loss: bigint,
): Steps<Allocation> {
  const { scale, phases } = METHODS[method];
  let phase = 1;
  let lines = yield* linesOf(phases[0]!, claims, weights);
  while (phase < phases.length && lines.highs.sum() < loss * scale) {
    lines = yield* linesOf(phases[phase]!, claims, weights);
    phase++;
  }
  const { level, places } = yield* filling(lines, loss * scale);
  const { numerator, denominator } = level;
  assert(numerator >= 0n, 'a level is at least 0');
  const exact = (i: number): bigint =>
    places[i] === BETWEEN
      ? lines.slopes.get(i) * numerator + lines.offsets.get(i) * denominator
      : (places[i] === AT_HIGH ? lines.highs : lines.lows).get(i) * denominator;
  const haircuts = new AtomColumn(claims.profits.length);
  const shares = { length: haircuts.length, numerator: exact, denominator: denominator * scale };
  const last = yield* roundingShares(shares, loss, haircuts);

  let total = 0n;
  for (let i = 0; i < haircuts.length; i++) {
    const haircut = haircuts.get(i);
    assert(haircut >= 0n && haircut <= claims.caps.get(i), 'a haircut is between 0 and its cap');
    total += haircut;
    if (pausesAt(i)) yield;
  }
  assert(total === loss, 'haircuts sum to the socialized loss');
  const figures = {
    method,
    phase,
    level: ratio(numerator, denominator),
    lastRemainder: ratio(last, denominator * scale),
  };
  return { haircuts, weights, figures };
}

/** Weighs the claims by the method and divides the loss over them. */
export function allocatingBy(
  method: AllocationMethod,
  claims: Claims,
  exposures: Exposures,
  rules: WeightRules,
  loss: bigint,
): Steps<Allocation> {
  return allocating(method, claims, METHODS[method].weights(claims, exposures, rules), loss);
}

/** A claim's exact share under the figures, as whole atoms and a remainder below one: what a verifier computes. */
export function shareOf(
  { method, phase, level }: Figures,
  claim: Claim,
): { atoms: bigint; remainder: Ratio } | null {
  const { scale, phases }: Method = METHODS[method];
  const line = phases[phase - 1]?.(claim);
  if (!line) return null;
  const { numerator, denominator } = level;
  const exact = line.slope * numerator + line.offset * denominator;
  const low = line.low * denominator;
  const high = line.high * denominator;
  const share = exact > high ? high : exact < low ? low : exact;
  const whole = denominator * scale;
  return { atoms: share / whole, remainder: ratio(share % whole, whole) };
}

function* linesOf(
  phase: (claim: Claim) => Line,
  { profits, caps }: Claims,
  weights: AtomColumn,
): Steps<Lines> {
  const { length } = profits;
  const [slopes, offsets, lows, highs] = [0, 1, 2, 3].map(() => new AtomColumn(length)) as [
    AtomColumn,
    AtomColumn,
    AtomColumn,
    AtomColumn,
  ];
  for (let i = 0; i < length; i++) {
    const line = phase({ profit: profits.get(i), cap: caps.get(i), weight: weights.get(i) });
    slopes.set(i, line.slope);
    offsets.set(i, line.offset);
    lows.set(i, line.low);
    highs.set(i, line.high);
    if (pausesAt(i)) yield;
  }
  return { slopes, offsets, lows, highs };
}
