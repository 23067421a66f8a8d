/** Exact fractions of the oracle. Slow and plain. */

/** d > 0; not always reduced. */
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

export function reduced({ n, d }: Fraction): Fraction {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b !== 0n) [a, b] = [b, a % b];
  return { n: n / a, d: d / a };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.d === b.d) return { n: a.n + b.n, d: a.d };
  const sum = { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
  // Long sums would otherwise multiply a denominator by itself with every term.
  return a.d === 1n || b.d === 1n ? sum : reduced(sum);
}
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { n: -b.n, d: b.d });
export const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d });
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n);
export const compare = (a: Fraction, b: Fraction): number => {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
};
export const least = (...items: [Fraction, ...Fraction[]]): Fraction =>
  items.reduce((a, b) => (compare(a, b) <= 0 ? a : b));
export const most = (...items: [Fraction, ...Fraction[]]): Fraction =>
  items.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
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

export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const positive = (a: bigint): bigint => (a > 0n ? a : 0n);
export const total = (items: Iterable<bigint>): bigint => [...items].reduce((a, b) => a + b, 0n);
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
