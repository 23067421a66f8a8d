import { exp, log } from './elementary.ts';
import { normalCdf, normalDensity, normalQuantile } from './normal.ts';

/** ln Γ(x) for x > 0, by Stirling's series from 12 on, to which Γ(x + 1) = x Γ(x) leads; absolute error about 10^-15 × its size. */
export function logGamma(x: number): number {
  let product = 1;
  for (; x < 12; x++) product *= x;
  const z = 1 / (x * x);
  const series =
    (1 / 12 +
      z *
        (-1 / 360 +
          z * (1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 + z * (-691 / 360_360 + z * (1 / 156))))))) /
    x;
  return (x - 0.5) * log(x) - x + 0.5 * log(2 * Math.PI) + series - log(product);
}

/** ln of a probability, and how fast it changes with the logarithm of the bound. */
interface LogProbability {
  readonly value: number;
  readonly slope: number;
}

/** ln P(a, x) by P = xᵃ e⁻ˣ / Γ(a + 1) × (1 + x/(a + 1) + x²/((a + 1)(a + 2)) + …); for x ≤ a + 1. */
function logBelow(a: number, x: number): LogProbability {
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return { value: a * log(x) - x - logGamma(a + 1) + log(sum), slope: a / sum };
}

/** ln Q(a, x), Q = 1 − P; from a + 1 on by Legendre's continued fraction, xᵃ e⁻ˣ / Γ(a) × 1/(x + 1 − a − 1 (1 − a)/(x + 3 − a − …)). */
function logAbove(a: number, x: number): LogProbability {
  if (x < a + 1) {
    const below = logBelow(a, x);
    const p = exp(below.value);
    return { value: log(1 - p), slope: (-below.slope * p) / (1 - p) };
  }
  // Lentz's method, as modified by Thompson and Barnett (1986).
  let b = x + 1 - a;
  let [c, d] = [1e300, 1 / b];
  let fraction = d;
  for (let k = 1; k < 100_000; k++) {
    b += 2;
    const numerator = -k * (k - a);
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return { value: a * log(x) - x - logGamma(a) + log(fraction), slope: -1 / fraction };
}

/** The probability that a chi-square number with ν degrees of freedom is below x. */
export function chiSquareCdf(x: number, degrees: number): number {
  if (x <= 0) return 0;
  const a = degrees / 2;
  return x / 2 < a + 1 ? exp(logBelow(a, x / 2).value) : 1 - exp(logAbove(a, x / 2).value);
}

/**
 * ln of the number that a chi-square one with ν degrees of freedom is below with probability Φ(z), and how fast it changes with z.
 * Newton's method for the logarithm of the smaller of both tails, which is concave in ln x, from the approximation of Wilson and
 * Hilferty (1931), or from the leading term where that has no cube.
 */
function logChiSquare(z: number, degrees: number): { value: number; slope: number } {
  const a = degrees / 2;
  const tail = normalCdf(-Math.abs(z));
  const cube = 1 - 2 / (9 * degrees) + z * Math.sqrt(2 / (9 * degrees));
  let y = cube > 0.1 ? log(a) + 3 * log(cube) : (log(tail) + logGamma(a + 1)) / a;
  for (let turn = 0; ; turn++) {
    const side = z <= 0 ? logBelow(a, exp(y)) : logAbove(a, exp(y));
    const change = (log(tail) - side.value) / side.slope;
    y += change;
    if (Math.abs(change) > 1e-13 * (1 + Math.abs(y)) && turn < 50) continue;
    const slope = ((z <= 0 ? 1 : -1) * normalDensity(z)) / tail / side.slope;
    return { value: y + log(2), slope };
  }
}

/**
 * The number that a chi-square one with ν degrees of freedom is below with probability u. Relative error below 10^-12 up to ν = 10,000.
 *
 * @param u in the open interval (0, 1)
 * @param degrees ν > 0
 */
export function chiSquareQuantile(u: number, degrees: number): number {
  return exp(logChiSquare(normalQuantile(u), degrees).value);
}

const NODES_A_UNIT = 128;
/** Φ^-1(2^-53) is −8.2. */
const REACH = 8.25;

/**
 * The logarithm of the chi-square quantile out of a table, for inner loops: cubic between nodes at 1/128 of Φ^-1(u), where it is
 * smooth into the far tails. Absolute error of the logarithm below 10^-10.
 */
export class ChiSquareTable {
  /** Of each node the value, and the slope × the nodes' distance. */
  readonly #nodes: Float64Array;

  /** @param degrees ν from 0.1 to 10,000 */
  constructor(degrees: number) {
    const count = 2 * REACH * NODES_A_UNIT + 1;
    this.#nodes = new Float64Array(2 * count);
    for (let i = 0; i < count; i++) {
      const node = logChiSquare(i / NODES_A_UNIT - REACH, degrees);
      this.#nodes[2 * i] = node.value;
      this.#nodes[2 * i + 1] = node.slope / NODES_A_UNIT;
    }
  }

  /** @param u from 2^-53 to 1 − 2^-53 */
  logQuantile(u: number): number {
    const place = (normalQuantile(u) + REACH) * NODES_A_UNIT;
    const node = Math.floor(place);
    const t = place - node;
    const nodes = this.#nodes;
    const at = 2 * node;
    const [left, right] = [nodes[at]!, nodes[at + 2]!];
    const rise = right - left;
    const leftBend = nodes[at + 1]! - rise;
    const rightBend = rise - nodes[at + 3]!;
    // Hermite's cubic.
    return left + t * (rise + (1 - t) * (leftBend * (1 - t) + rightBend * t));
  }
}
