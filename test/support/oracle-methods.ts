import {
  byBytes,
  compare,
  type Fraction,
  floor,
  fraction,
  least,
  minus,
  most,
  over,
  plus,
  positive,
  reduced,
  smaller,
  sum,
  times,
  total,
  whole,
  ZERO,
} from './oracle-fractions.ts';

/** The seven ways to divide a loss, each from its definition. */

// ── rounding ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Share {
  readonly ref: string;
  readonly exact: Fraction;
  readonly cap: bigint;
}

/** Floors each share; the atoms left go one each to the largest remainders below their cap, ties by byte order. */
function largestRemainder(shares: readonly Share[], amount: bigint): Map<string, bigint> {
  const given = new Map(shares.map(({ ref, exact }) => [ref, floor(exact)]));
  let left = amount - total(given.values());
  const remainder = ({ exact }: Share) => minus(exact, whole(floor(exact)));
  const ranked = [...shares].sort((a, b) => compare(remainder(b), remainder(a)) || byBytes(a.ref, b.ref));
  for (const { ref, cap } of ranked) {
    if (left === 0n) break;
    if (given.get(ref)! >= cap) continue;
    given.set(ref, given.get(ref)! + 1n);
    left--;
  }
  if (left !== 0n) throw new Error(`${left} atoms found no taker`);
  return given;
}

/** amount · weight / Σweight by largest remainder. */
export function divide(
  amount: bigint,
  weights: readonly { readonly ref: string; readonly weight: bigint }[],
): Map<string, bigint> {
  const all = total(weights.map(({ weight }) => weight));
  return largestRemainder(
    weights.map(({ ref, weight }) => ({
      ref,
      exact: amount === 0n ? ZERO : fraction(amount * weight, all),
      cap: amount,
    })),
    amount,
  );
}

// ── levels ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** What one claim gives up as a level rises: never less, and linear between its bends. */
interface Path {
  readonly at: (level: Fraction) => Fraction;
  readonly bends: readonly Fraction[];
}

/** The shares at the level where all together give `amount`: between two of the sorted bends, where sums are linear. */
function sharesAlong(paths: readonly Path[], amount: bigint): Fraction[] {
  if (amount === 0n) return paths.map(() => ZERO);
  const at = (level: Fraction) => sum(paths.map((path) => path.at(level)));
  const bends = paths.flatMap((path) => path.bends).sort(compare);
  const last = bends.at(-1);
  if (!last || compare(at(last), whole(amount)) < 0) throw new Error('the amount is above what is borne');
  let [from, to] = [0, bends.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(at(bends[middle]!), whole(amount)) < 0) from = middle + 1;
    else to = middle;
  }
  const upper = bends[to]!;
  const lower = bends[to - 1] ?? upper;
  const [less, enough] = [at(lower), at(upper)];
  const rise = minus(enough, less);
  const part = rise.n === 0n ? whole(1n) : over(minus(whole(amount), less), rise);
  const level = reduced(plus(lower, times(part, minus(upper, lower))));
  return paths.map((path) => path.at(level));
}

// ── the methods ────────────────────────────────────────────────────────────────────────────────────────────────

export type Method =
  | 'PRO_RATA'
  | 'RISK_WEIGHTED'
  | 'CONSTRAINED_EQUAL_LOSSES'
  | 'CONSTRAINED_EQUAL_AWARDS'
  | 'TALMUD'
  | 'OPEN_INTEREST'
  | 'ADL_QUEUE';

export interface Claim {
  readonly ref: string;
  readonly w: bigint;
  readonly cap: bigint;
  readonly notional: bigint;
  readonly cost: bigint;
  readonly equity: bigint;
}

export interface Weighing {
  readonly exponent: number;
  readonly maxLeverage: Fraction | null;
}

const HALF = fraction(1n, 2n);
const MILLION = 10n ** 6n;

/** min(cap, λ × weight) while there is weight; those without one bear last, by profit. */
function inProportion(claims: readonly Claim[], weights: readonly bigint[], amount: bigint): Fraction[] {
  const path = (cap: bigint, weight: bigint): Path => ({
    at: (level) => least(whole(cap), times(level, whole(weight))),
    bends: weight > 0n ? [ZERO, fraction(cap, weight)] : [],
  });
  const first = total(claims.map(({ cap }, i) => (weights[i]! > 0n ? cap : 0n)));
  if (amount <= first) {
    return sharesAlong(
      claims.map(({ cap }, i) => path(cap, weights[i]!)),
      amount,
    );
  }
  const last = sharesAlong(
    claims.map(({ w, cap }, i) => (weights[i]! > 0n ? path(0n, 0n) : path(cap, w))),
    amount - first,
  );
  return claims.map(({ cap }, i) => (weights[i]! > 0n ? whole(cap) : last[i]!));
}

/** Notional ÷ equity, no more than the limit and never more than a million, in whole millionths. */
function leverageOf({ notional, equity }: Claim, limit: Fraction | null): bigint {
  if (equity <= 0n) return 0n;
  const most = limit ? least(limit, whole(MILLION)) : whole(MILLION);
  return floor(times(least(fraction(notional, equity), most), whole(MILLION)));
}

/** Profit rate × leverage in whole 10^-18; what is below an atom divides as one atom. */
function scoreOf({ w, notional, cost, equity }: Claim): bigint {
  const atLeastOne = (n: bigint) => (n > 1n ? n : 1n);
  const score = times(fraction(w, atLeastOne(cost)), fraction(notional, atLeastOne(equity)));
  return floor(times(score, whole(10n ** 18n)));
}

/** From the front of the queue everybody gives all it can, until the loss is covered. */
function fromTheFront(claims: readonly Claim[], amount: bigint): Fraction[] {
  let left = amount;
  const taken = new Map<string, bigint>();
  const queue = [...claims].sort((a, b) => {
    const [x, y] = [scoreOf(a), scoreOf(b)];
    return x === y ? byBytes(a.ref, b.ref) : x > y ? -1 : 1;
  });
  for (const { ref, cap } of queue) {
    taken.set(ref, smaller(cap, left));
    left = positive(left - cap);
  }
  return claims.map(({ ref }) => whole(taken.get(ref)!));
}

/** Each claim's exact share of a loss, 0 ≤ amount ≤ Σcap, in the order of the claims. */
export function sharesBy(
  method: Method,
  claims: readonly Claim[],
  { exponent, maxLeverage }: Weighing,
  amount: bigint,
): Fraction[] {
  const along = (path: (claim: Claim) => Path) => sharesAlong(claims.map(path), amount);
  switch (method) {
    case 'PRO_RATA':
      return inProportion(
        claims,
        claims.map(({ w }) => w),
        amount,
      );
    case 'RISK_WEIGHTED':
      return inProportion(
        claims,
        claims.map((claim) => claim.w * leverageOf(claim, maxLeverage) ** BigInt(exponent)),
        amount,
      );
    case 'OPEN_INTEREST':
      return inProportion(
        claims,
        claims.map(({ notional }) => notional),
        amount,
      );
    case 'CONSTRAINED_EQUAL_LOSSES':
      // min(cap, λ)
      return along(({ cap }) => ({ at: (level) => least(whole(cap), level), bends: [ZERO, whole(cap)] }));
    case 'CONSTRAINED_EQUAL_AWARDS':
      // min(cap, max(0, w − λ)), the level being −λ.
      return along(({ w, cap }) => ({
        at: (level) => least(whole(cap), most(ZERO, plus(whole(w), level))),
        bends: [whole(-w), whole(cap - w)],
      }));
    case 'TALMUD': {
      // λ rises from 0 to half the largest profit and falls back to 0; the level is how far it has come.
      const widest = whole(claims.reduce((max, { w }) => (w > max ? w : max), 0n));
      const turn = times(widest, HALF);
      return along(({ w, cap }) => {
        const half = times(whole(w), HALF);
        const at = (level: Fraction) =>
          compare(level, turn) <= 0
            ? least(whole(cap), half, level)
            : least(whole(cap), most(half, minus(whole(w), minus(widest, level))));
        const back = (given: Fraction) => plus(minus(widest, whole(w)), given);
        return { at, bends: [ZERO, half, whole(cap), turn, back(half), back(whole(cap)), widest] };
      });
    }
    case 'ADL_QUEUE':
      return fromTheFront(claims, amount);
  }
}

/** The haircuts of a loss, to the atom. */
export function allocateBy(
  method: Method,
  claims: readonly Claim[],
  weighing: Weighing,
  amount: bigint,
): Map<string, bigint> {
  const shares = sharesBy(method, claims, weighing, amount);
  return largestRemainder(
    claims.map(({ ref, cap }, i) => ({ ref, exact: shares[i]!, cap })),
    amount,
  );
}

/** Pro rata under caps: x = min(cap, λ w), rounded. */
export function allocate(
  claims: readonly { readonly ref: string; readonly w: bigint; readonly cap: bigint }[],
  amount: bigint,
): Map<string, bigint> {
  const plain = claims.map((claim) => ({ ...claim, notional: 0n, cost: 0n, equity: 0n }));
  return allocateBy('PRO_RATA', plain, { exponent: 0, maxLeverage: null }, amount);
}
