/**
 * The arithmetic a second time, from design/allocation.md alone, as plain fractions: slow, short, and sharing no line
 * with src/core. Where both agree to the atom on whatever a generator invents, both read the rules the same way.
 */

// ── fractions ──────────────────────────────────────────────────────────────────────────────────────────────────

/** An exact fraction with d > 0; not reduced. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

export const whole = (n: bigint): Fraction => ({ n, d: 1n });
export const ZERO = whole(0n);

export function fraction(n: bigint, d: bigint): Fraction {
  if (d === 0n) throw new Error('a fraction over zero');
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

/** The fraction that a decimal text such as "-1.25" stands for. */
export function parse(text: string): Fraction {
  const [integer, digits = ''] = text.split('.') as [string, string?];
  return { n: BigInt(integer + digits), d: 10n ** BigInt(digits.length) };
}

export const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });
export const minus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d - b.n * a.d, d: a.d * b.d });
export const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d });
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n);
export const compare = (a: Fraction, b: Fraction): number => {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
};
export const least = (a: Fraction, b: Fraction): Fraction => (compare(a, b) <= 0 ? a : b);
export const sum = (items: Iterable<Fraction>): Fraction => {
  let total = ZERO;
  for (const item of items) total = plus(total, item);
  return total;
};

/** ⌊a⌋, toward −∞. */
export function floor({ n, d }: Fraction): bigint {
  const cut = n / d;
  return n < 0n && cut * d !== n ? cut - 1n : cut;
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const positive = (a: bigint): bigint => (a > 0n ? a : 0n);
const total = (items: readonly bigint[]): bigint => items.reduce((a, b) => a + b, 0n);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

// ── profit and cap of an account ───────────────────────────────────────────────────────────────────────────────

/** What happened to an account's b, oldest first. */
export type BurdenStep =
  | { readonly haircut: bigint }
  | { readonly realized: bigint }
  | { readonly flat: true };

export interface BurdenState {
  readonly b: bigint;
  readonly net: bigint;
}

/** max(0, b − max(0, net)). */
export const counted = ({ b, net }: BurdenState): bigint => positive(b - positive(net));

/** b rises by haircuts, is offset by net REALIZED_PNL since it last was zero, and ends when the account is flat. */
export function burdenOf(steps: readonly BurdenStep[]): BurdenState {
  let state: BurdenState = { b: 0n, net: 0n };
  for (const step of steps) {
    if ('flat' in step) state = { b: 0n, net: 0n };
    else if ('haircut' in step) {
      state =
        counted(state) === 0n ? { b: step.haircut, net: 0n } : { b: state.b + step.haircut, net: state.net };
    } else if (state.b > 0n) state = { b: state.b, net: state.net + step.realized };
  }
  return state;
}

export interface Bearer {
  readonly ref: string;
  readonly balance: bigint;
  /** u, floored. */
  readonly unrealized: bigint;
  /** b as it counts. */
  readonly b: bigint;
}

/** w = max(0, min(u − b, e)). */
export const profitOf = ({ balance, unrealized, b }: Omit<Bearer, 'ref'>): bigint =>
  positive(smaller(unrealized - b, balance + unrealized));

/** cap = min(w, max(0, ⌊β u⌋ − b)). */
export const capOf = (bearer: Omit<Bearer, 'ref'>, beta: Fraction): bigint =>
  smaller(profitOf(bearer), positive(floor(times(beta, whole(bearer.unrealized))) - bearer.b));

/** u = ⌊Σ size × contractSize × (mark − entry)⌋ in atoms; a market without a mark is valued at entry. */
export function unrealizedOf(
  lines: readonly { size: string; entry: string; contractSize: string; mark: string | null }[],
  decimals: number,
): bigint {
  const exact = sum(
    lines.map(({ size, entry, contractSize, mark }) =>
      mark === null ? ZERO : times(times(parse(size), parse(contractSize)), minus(parse(mark), parse(entry))),
    ),
  );
  return floor(times(exact, whole(10n ** BigInt(decimals))));
}

// ── dividing ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Share {
  readonly ref: string;
  readonly exact: Fraction;
  readonly cap: bigint;
}

/** Floors each share; the atoms left go one each to the largest remainders below their cap, ties by byte order. */
function largestRemainder(shares: readonly Share[], amount: bigint): Map<string, bigint> {
  const given = new Map(shares.map(({ ref, exact }) => [ref, floor(exact)]));
  let left = amount - total([...given.values()]);
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

/** The λ at which Σ min(cap, λ w) = amount, found between the sorted breakpoints cap/w. */
function waterLevel(claims: readonly { w: bigint; cap: bigint }[], amount: bigint): Fraction {
  const sorted = claims
    .filter(({ w }) => w > 0n)
    .sort((a, b) => compare(fraction(a.cap, a.w), fraction(b.cap, b.w)));
  let held = 0n;
  let weight = total(sorted.map(({ w }) => w));
  for (const { w, cap } of sorted) {
    const breakpoint = fraction(cap, w);
    if (compare(whole(amount), plus(whole(held), times(breakpoint, whole(weight)))) <= 0) {
      return fraction(amount - held, weight);
    }
    held += cap;
    weight -= w;
  }
  if (amount !== 0n) throw new Error('the amount is above what the claims can bear');
  return ZERO;
}

/** Pro rata under caps: x = min(cap, λ w), rounded. */
export function allocate(
  claims: readonly { readonly ref: string; readonly w: bigint; readonly cap: bigint }[],
  amount: bigint,
): Map<string, bigint> {
  const level = waterLevel(claims, amount);
  return largestRemainder(
    claims.map(({ ref, w, cap }) => ({ ref, exact: least(whole(cap), times(level, whole(w))), cap })),
    amount,
  );
}

// ── the waterfall and a joint settlement ───────────────────────────────────────────────────────────────────────

export type WaterfallKind = 'FUND_THEN_SOCIALIZE' | 'FUND_ONLY' | 'SOCIALIZE_ONLY';

/** @param fund F, the fund above its reserve */
export function waterfall(kind: WaterfallKind, deficit: bigint, fund: bigint, capacity: bigint) {
  const draw = kind === 'SOCIALIZE_ONLY' ? 0n : smaller(deficit, fund);
  const residual = deficit - draw;
  const socialized = kind === 'FUND_ONLY' ? 0n : smaller(residual, capacity);
  return { draw, residual, socialized, uncovered: residual - socialized };
}

export interface SettleInput {
  readonly waterfall: WaterfallKind;
  readonly beta: Fraction;
  readonly fundBalance: bigint;
  readonly fundReserve: bigint;
  readonly events: readonly { readonly ref: string; readonly deficit: bigint }[];
  readonly bearers: readonly Bearer[];
}

export function settle(input: SettleInput) {
  const claims = input.bearers.map((bearer) => ({
    ref: bearer.ref,
    w: profitOf(bearer),
    cap: capOf(bearer, input.beta),
  }));
  const deficit = total(input.events.map((event) => event.deficit));
  const capacity = total(claims.map(({ cap }) => cap));
  const profitTotal = total(claims.map(({ w }) => w));
  const available = positive(input.fundBalance - input.fundReserve);
  const parts = waterfall(input.waterfall, deficit, available, capacity);

  const draws = divide(
    parts.draw,
    input.events.map(({ ref, deficit: weight }) => ({ ref, weight })),
  );
  const residuals = input.events.map((event) => ({
    ref: event.ref,
    weight: event.deficit - draws.get(event.ref)!,
  }));
  const socialized = divide(parts.socialized, residuals);
  const shares = residuals.map(({ ref, weight }) => ({
    ref,
    draw: draws.get(ref)!,
    socialized: socialized.get(ref)!,
    uncovered: weight - socialized.get(ref)!,
  }));
  return {
    ...parts,
    deficit,
    capacity,
    profitTotal,
    claims,
    shares,
    haircuts: allocate(claims, parts.socialized),
  };
}
