import fc from 'fast-check';
import {
  ALLOCATION_METHODS,
  type AllocationMethod,
  allocatingBy,
  type Figures,
  shareOf,
} from '../../src/core/allocation/allocation.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { atOnce } from '../../src/core/steps.ts';
import * as oracle from '../support/oracle.ts';
import { atoms, byBytes, ref, uniqueBy } from './generators.ts';

/** Claims by ref, for tests of the allocation methods, and what the core and the oracle make of them. */

export type Claim = oracle.Claim;
/** In units of 10^-18, as the core has it. */
export interface Rules {
  readonly leverageExponent: number;
  readonly maxLeverage: bigint | null;
}
export interface Problem {
  readonly claims: readonly Claim[];
  readonly loss: bigint;
  readonly rules: Rules;
}

export const METHODS: readonly AllocationMethod[] = ALLOCATION_METHODS;
export const LINEAR: Rules = { leverageExponent: 1, maxLeverage: null };
export const ONE = 10n ** 18n;

export interface Answer {
  readonly haircuts: Map<string, bigint>;
  /** Exact, by the figures alone. */
  readonly shares: Map<string, oracle.Fraction>;
  readonly figures: Figures;
}

/** The core takes claims in byte order of refs: so does this, whatever order they come in. */
export function allocate(
  method: AllocationMethod,
  claims: readonly Claim[],
  loss: bigint,
  rules = LINEAR,
): Answer {
  const sorted = [...claims].sort((a, b) => byBytes(a.ref, b.ref));
  const column = (of: (claim: Claim) => bigint) => AtomColumn.of(sorted.map(of));
  const exposures = {
    notionals: column(({ notional }) => notional),
    costs: column(({ cost }) => cost),
    equities: column(({ equity }) => equity),
  };
  const claimed = { profits: column(({ w }) => w), caps: column(({ cap }) => cap) };
  const { haircuts, weights, figures } = atOnce(allocatingBy(method, claimed, exposures, rules, loss));
  const shares = sorted.map(({ ref, w, cap }, i) => {
    const { atoms, remainder } = shareOf(figures, { profit: w, cap, weight: weights.get(i) })!;
    return [ref, oracle.plus(oracle.whole(atoms), remainderOf(remainder))] as const;
  });
  return {
    haircuts: new Map(sorted.map(({ ref }, i) => [ref, haircuts.get(i)])),
    shares: new Map(shares),
    figures,
  };
}

export const remainderOf = ({ numerator, denominator }: Figures['lastRemainder']): oracle.Fraction =>
  oracle.fraction(numerator, denominator);

export const askOracle = (method: AllocationMethod, claims: readonly Claim[], loss: bigint, rules = LINEAR) =>
  oracle.allocateBy(method, claims, weighing(rules), loss);

export const weighing = ({ leverageExponent, maxLeverage }: Rules): oracle.Weighing => ({
  exponent: leverageExponent,
  maxLeverage: maxLeverage === null ? null : oracle.fraction(maxLeverage, ONE),
});

export const capacity = (claims: readonly Claim[]) => oracle.total(claims.map(({ cap }) => cap));

/** Claims a, b, c, … by hand: profits, and whatever else a method reads. */
export const handClaims = (
  profits: readonly bigint[],
  rest: { [K in 'caps' | 'notionals' | 'costs' | 'equities']?: readonly bigint[] } = {},
): Claim[] =>
  profits.map((w, i) => ({
    ref: String.fromCharCode(97 + i),
    w,
    cap: rest.caps?.[i] ?? w,
    notional: rest.notionals?.[i] ?? 0n,
    cost: rest.costs?.[i] ?? w,
    equity: rest.equities?.[i] ?? w,
  }));

export const times = (claims: readonly Claim[], k: bigint): Claim[] =>
  claims.map(({ ref, w, cap, notional, cost, equity }) => ({
    ref,
    w: w * k,
    cap: cap * k,
    notional: notional * k,
    cost: cost * k,
    equity: equity * k,
  }));

/** Of books of one size, from a few atoms, where ties are everywhere, to past 64 bits and past the largest input. */
const sizes = fc.constantFrom(4n, 30n, 10n ** 12n, 2n ** 64n, 10n ** 37n, 10n ** 40n);
const upTo = (max: bigint) => fc.oneof(fc.bigInt({ min: 0n, max }), atoms(max));

const claim = (capped: boolean, max: bigint): fc.Arbitrary<Claim> =>
  fc
    .record({
      ref,
      w: upTo(max),
      sixths: capped ? fc.constantFrom(0n, 1n, 2n, 3n, 5n, 6n) : fc.constant(6n),
      notional: fc.oneof({ weight: 1, arbitrary: fc.constant(0n) }, { weight: 4, arbitrary: upTo(max) }),
      cost: upTo(max),
      collateral: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), upTo(max)),
    })
    .map(({ ref, w, sixths, notional, cost, collateral }) => {
      // Profit that bears is within the equity, so equity is below an atom only where there is none.
      const equity = w === 0n ? collateral : w + (collateral < 0n ? 0n : collateral);
      return { ref, w, cap: (w * sixths) / 6n, notional, cost, equity };
    });

const rules: fc.Arbitrary<Rules> = fc.record({
  leverageExponent: fc.integer({ min: 0, max: 4 }),
  maxLeverage: fc.option(fc.constantFrom(ONE / 3n, ONE, 10n * ONE, 1n), { nil: null }),
});

/** A loss that the claims can bear, its ends included. */
export const lossFor = (claims: readonly Claim[]): fc.Arbitrary<bigint> => {
  const most = capacity(claims);
  return fc.oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: most }) },
    { weight: 1, arbitrary: fc.constantFrom(0n, most, most > 0n ? most - 1n : 0n) },
  );
};

export const problem = (kind: 'capped' | 'uncapped', minLength = 1): fc.Arbitrary<Problem> =>
  sizes
    .chain((max) => uniqueBy(claim(kind === 'capped', max), (item) => item.ref, minLength, 10))
    .chain((claims) => fc.record({ claims: fc.constant(claims), loss: lossFor(claims), rules }));

/** Scales exposures do not tell apart need costs and equities of an atom or more: below it they count as one. */
export const withoutDust = (claims: readonly Claim[]): Claim[] =>
  claims.map((item) => ({ ...item, cost: item.cost + 1n, equity: item.equity < 1n ? 1n : item.equity }));
