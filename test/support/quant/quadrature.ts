/** Integrals of functions of one variable, to about 14 digits where the function is smooth between the breaks. */

/** Nodes of Kronrod's 15 points in [0, 1], and their weights; every second node is one of Gauss's 7. QUADPACK, 1983. */
const NODES = [
  0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945, 0.5860872354676911,
  0.4058451513773972, 0.2077849550078985, 0,
];
const KRONROD = [
  0.0229353220105292, 0.0630920926299786, 0.1047900103222502, 0.1406532597155259, 0.1690047266392679,
  0.1903505780647854, 0.2044329400752989, 0.2094821410847278,
];
const GAUSS = [0.1294849661688697, 0.2797053914892767, 0.3818300505051189, 0.4179591836734694];

export type RealFunction = (x: number) => number;

interface Part {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly error: number;
}

function part(f: RealFunction, from: number, to: number): Part {
  const centre = (from + to) / 2;
  const half = (to - from) / 2;
  let kronrod = KRONROD[7]! * f(centre);
  let gauss = (GAUSS[3]! / KRONROD[7]!) * kronrod;
  for (let i = 0; i < 7; i++) {
    const pair = f(centre - half * NODES[i]!) + f(centre + half * NODES[i]!);
    kronrod += KRONROD[i]! * pair;
    if (i % 2 === 1) gauss += GAUSS[(i - 1) / 2]! * pair;
  }
  // The difference to Gauss's rule is far more than the error of Kronrod's: QUADPACK's guess of what is left of it.
  const size = Math.abs(kronrod * half) || 1e-300;
  const difference = Math.abs((kronrod - gauss) * half);
  return {
    from,
    to,
    value: kronrod * half,
    error: Math.min(difference, size * ((200 * difference) / size) ** 1.5),
  };
}

/**
 * ∫ f over [from, to], by Gauss–Kronrod rules on ever smaller parts (Piessens, de Doncker-Kapenga, Überhuber and Kahaner,
 * QUADPACK, 1983): the part that is the most uncertain is halved until all are certain.
 *
 * @param breaks where f has kinks or jumps, or its mass: the parts start from these
 */
export function integrate(f: RealFunction, from: number, to: number, breaks: readonly number[] = []): number {
  const inner = breaks.filter((x) => x > from && x < to).sort((a, b) => a - b);
  const ends = [from, ...inner, to];
  const parts = ends.slice(1).map((end, i) => part(f, ends[i]!, end));
  for (let round = 0; round < 4_000; round++) {
    let [size, error, worst] = [0, 0, 0];
    for (const [i, { value: v, error: e }] of parts.entries()) {
      size += Math.abs(v);
      error += e;
      if (e > parts[worst]!.error) worst = i;
    }
    if (error <= 1e-13 * size) break;
    const { from: a, to: b } = parts[worst]!;
    const centre = (a + b) / 2;
    if (!(centre > a && centre < b)) break;
    parts[worst] = part(f, a, centre);
    parts.push(part(f, centre, b));
    // Rounding alone: halving no longer makes the whole more certain.
    if (parts[worst]!.error + parts.at(-1)!.error > 0 && b - a < 1e-12 * (to - from)) break;
  }
  return parts
    .map(({ value }) => value)
    .sort((a, b) => Math.abs(a) - Math.abs(b))
    .reduce((a, b) => a + b, 0);
}

/**
 * ∫ f over [from, to] by the trapezoidal rule after x = tanh(π/2 sinh t) (Takahasi and Mori, Double exponential formulas for
 * numerical integration, 1974). It shares nothing with integrate(), and bears singularities at the ends.
 */
export function integrateTanhSinh(f: RealFunction, from: number, to: number): number {
  const centre = (from + to) / 2;
  const half = (to - from) / 2;
  const at = (t: number): number => {
    const s = (Math.PI / 2) * Math.sinh(t);
    const x = centre + half * Math.tanh(s);
    if (x <= from || x >= to) return 0;
    return (f(x) * Math.cosh(t)) / Math.cosh(s) ** 2;
  };
  let sum = at(0);
  let previous = Number.NaN;
  for (let level = 0; level < 10; level++) {
    const step = 2 ** -level;
    for (let k = level === 0 ? 1 : 0.5; k * step * (level === 0 ? 1 : 2) < 4.5; k += 1) {
      const t = level === 0 ? k : k * 2 * step;
      sum += at(t) + at(-t);
    }
    const value = (sum * step * half * Math.PI) / 2;
    if (Math.abs(value - previous) <= 1e-15 * Math.abs(value)) return value;
    previous = value;
  }
  return previous;
}
