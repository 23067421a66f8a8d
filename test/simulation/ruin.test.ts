import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/core/refusal.ts';
import {
  type ExponentialClaims,
  ruinProbability,
  ruinProbabilityWithin,
  simulateRuin,
} from '../../src/simulation/ruin.ts';
import { poissonCdf, poissonPmf } from '../support/quant/discrete.ts';
import { integrate } from '../support/quant/quadrature.ts';
import { gammaP, gammaQ } from '../support/quant/special.ts';

/** mulberry32: uniform in (0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

const fund = (initial: number, inflow: number, rate: number, meanClaim: number): ExponentialClaims => ({
  initial,
  inflow,
  rate,
  meanClaim,
});

/**
 * The second way: ruin until T is that a queue M/M/1 with arrivals λ and services c/m, empty at 0, is at T longer than a Poisson
 * number of mean u/m (duality of ruin and queues). Its law by uniformization, whose terms are all positive.
 */
function byQueue({ initial, inflow, rate, meanClaim }: ExponentialClaims, days: number): number {
  const service = inflow / meanClaim;
  const events = (rate + service) * days;
  const most = Math.ceil(events + 12 * Math.sqrt(events) + 40);
  const up = rate / (rate + service);
  const law = new Float64Array(most + 2);
  let queue = new Float64Array(most + 2);
  queue[0] = 1;
  for (let k = 0; k <= most; k++) {
    const weight = poissonPmf(events, k);
    const next = new Float64Array(most + 2);
    for (let i = 0; i <= k; i++) {
      law[i]! += weight * queue[i]!;
      next[i + 1]! += up * queue[i]!;
      next[Math.max(0, i - 1)]! += (1 - up) * queue[i]!;
    }
    queue = next;
  }
  return law.reduce((sum, p, n) => sum + p * (n === 0 ? 0 : poissonCdf(initial / meanClaim, n - 1)), 0);
}

/**
 * The third way: Seal's formula (The numerical calculation of U(w, t), 1974), after Prabhu, 1961,
 * ψ(u, T) = P(S_T > u + cT) + c ∫₀ᵀ φ(0, T − s) f_s(u + cs) ds, with φ(0, t) = E[(ct − S_t)⁺] / ct.
 */
function bySeal({ initial, inflow, rate, meanClaim }: ExponentialClaims, days: number): number {
  const sumOver = (t: number, of: (n: number) => number): number => {
    let sum = 0;
    for (let n = 1; n < rate * t + 12 * Math.sqrt(rate * t) + 40; n++) sum += poissonPmf(rate * t, n) * of(n);
    return sum;
  };
  const density = (t: number, x: number): number =>
    sumOver(t, (n) => poissonPmf(x / meanClaim, n - 1) / meanClaim);
  const over = (t: number, x: number): number => sumOver(t, (n) => gammaQ(n, x / meanClaim));
  const survivesFromZero = (t: number): number => {
    const y = (inflow * t) / meanClaim;
    if (y === 0) return 1;
    return Math.exp(-rate * t) + sumOver(t, (n) => gammaP(n, y) - (n / y) * gammaP(n + 1, y));
  };
  return (
    over(days, initial + inflow * days) +
    inflow * integrate((s) => survivesFromZero(days - s) * density(s, initial + inflow * s), 0, days)
  );
}

describe('ruin in the end', () => {
  test('is the closed form for exponential claims', () => {
    // 34.2 claims a year with a mean of 10⁹ ÷ 6.3789 and a loading of 30%: Burnecki, Miśta and Weron, Ruin probabilities in finite and
    // infinite time, in Statistical tools for finance and insurance, 2005.
    const meanClaim = 1 / 6.3789e-9;
    const psi = [0, 1, 2, 3, 4, 5].map((u) =>
      ruinProbability(fund(u * 1e9, 1.3 * 34.2 * meanClaim, 34.2, meanClaim)),
    );
    expect(psi.map((p) => p.toFixed(6))).toEqual([
      '0.769231',
      '0.176503',
      '0.040499',
      '0.009293',
      '0.002132',
      '0.000489',
    ]);
  });

  test('solves the integral equation of survival', () => {
    // cψ(u) = λ (∫ᵤ^∞ P(X > x) dx + ∫₀ᵘ ψ(u − x) P(X > x) dx)
    const at = fund(0, 1.5, 2, 0.6);
    for (const u of [0, 0.3, 2, 9]) {
      const tail = (x: number) => Math.exp(-x / at.meanClaim);
      const right =
        at.meanClaim * tail(u) +
        integrate((x) => ruinProbability({ ...at, initial: Math.max(0, u - x) }) * tail(x), 0, u || 1e-300);
      expect(at.inflow * ruinProbability({ ...at, initial: u })).toBeCloseTo(at.rate * right, 12);
    }
  });

  test('is certain where inflows do not outrun claims, and vanishes with the balance', () => {
    expect(ruinProbability(fund(1e9, 2, 2, 1))).toBe(1);
    expect(ruinProbability(fund(1e9, 1, 2, 1))).toBe(1);
    expect(ruinProbability(fund(1e9, 0, 2, 1))).toBe(1);
    expect(ruinProbability(fund(0, 2, 1, 1))).toBe(0.5);
    expect(ruinProbability(fund(1e9, 2, 1, 1))).toBe(0);
    expect(ruinProbability(fund(0, 0, 0, 1))).toBe(0);
  });
});

describe('ruin within a time', () => {
  test.each([
    [1, ['0.757164', '0.147954', '0.025005', '0.003605', '0.000443', '0.000047']],
    [2, ['0.766264', '0.168728', '0.035478', '0.007012', '0.001288', '0.000218']],
    [5, ['0.769098', '0.176127', '0.040220', '0.009138', '0.002060', '0.000459']],
    [10, ['0.769229', '0.176497', '0.040495', '0.009290', '0.002131', '0.000489']],
    [20, ['0.769231', '0.176503', '0.040499', '0.009293', '0.002132', '0.000489']],
  ])(
    'is what Burnecki, Miśta and Weron print (table 15.17), of 0 to 5 billion within %d years',
    (years, printed) => {
      const meanClaim = 1 / 6.3789e-9;
      const psi = printed.map((_, u) =>
        ruinProbabilityWithin(fund(u * 1e9, 1.3 * 34.2 * meanClaim, 34.2, meanClaim), years),
      );
      expect(psi.map((p) => p.toFixed(6))).toEqual(printed);
    },
  );

  test.each([
    [1, [0.61081, 0.56569, 0.52345, 0.48394, 0.44703]],
    [2, [0.66798, 0.62771, 0.58956, 0.55345, 0.51928]],
    [5, [0.71219, 0.67649, 0.64247, 0.61005, 0.57916]],
    [10, [0.72769, 0.69376, 0.66136, 0.63045, 0.60094]],
  ])('is what the manual of XploRe prints for INSexactexpfin, u from 1 to 5, T %d', (days, printed) => {
    for (const [i, psi] of printed.entries()) {
      expect(ruinProbabilityWithin(fund(i + 1, 1.3 * 5 * 5, 5, 5), days)).toBeCloseTo(psi, 5);
    }
  });

  const CASES: readonly [number, number, number, number, number][] = [
    [5, 1, 0.5, 1, 10],
    [50, 1, 0.5, 1, 10],
    [5, 1, 2, 1, 10],
    [50, 1, 4, 1, 10],
    [200, 1, 4, 1, 10],
    [5, 1, 1, 1, 10],
    [0, 1, 1, 1, 30],
    [0, 3, 2, 0.5, 7],
    [30, 1, 0.9, 1, 100],
    [30, 1, 1.1, 1, 100],
    [5, 0, 2, 1, 2],
    [20, 0.001, 2, 1, 2],
    [5, 1, 0.5, 1, 0.01],
    [7_000, 250, 0.4, 300, 60],
  ];

  test.each(CASES)(
    'is that of a queue and of Seal: u %d, c %d, λ %d, m %d, T %d',
    (u, c, lambda, m, days) => {
      const process = fund(u, c, lambda, m);
      const psi = ruinProbabilityWithin(process, days);
      expect(psi / byQueue(process, days)).toBeCloseTo(1, 10);
      expect(psi / bySeal(process, days)).toBeCloseTo(1, 9);
    },
  );

  test('grows with time to ruin in the end, and falls with the balance', () => {
    for (const lambda of [0.3, 0.9, 0.999, 1, 1.001, 1.5]) {
      const process = fund(8, 1, lambda, 1);
      let before = 0;
      for (let days = 0; days < 400; days += 3.7) {
        const psi = ruinProbabilityWithin(process, days);
        expect(psi).toBeGreaterThanOrEqual(before);
        expect(psi).toBeLessThanOrEqual(ruinProbability(process));
        expect(ruinProbabilityWithin({ ...process, initial: 9 }, days)).toBeLessThanOrEqual(psi);
        before = psi;
      }
    }
    expect(ruinProbabilityWithin(fund(8, 1, 0.3, 1), 1e6)).toBe(ruinProbability(fund(8, 1, 0.3, 1)));
    expect(ruinProbabilityWithin(fund(8, 1, 3, 1), 1e6)).toBeCloseTo(1, 14);
  });

  test('bears the extremes', () => {
    expect(ruinProbabilityWithin(fund(1e300, 1, 1, 1), 10)).toBe(0);
    expect(ruinProbabilityWithin(fund(5, 1, 1, 1), 0)).toBe(0);
    expect(ruinProbabilityWithin(fund(5, 1, 0, 1), 10)).toBe(0);
    expect(ruinProbabilityWithin(fund(0, 0, 2, 1), 3)).toBeCloseTo(1 - Math.exp(-6), 15);
    // A year of 10,000 claims a day. With a loading, ruin comes early or never.
    const busy = fund(40, 10_500, 10_000, 1);
    expect(ruinProbabilityWithin(busy, 365)).toBeCloseTo(ruinProbability(busy), 12);
    expect(() => ruinProbabilityWithin(fund(5, 1, 1, 1), 1e12)).toThrow(Refusal);
  });
});

test('the example of docs/quant.md', () => {
  const process = fund(400, 50, 0.5, 80);
  expect(ruinProbability(process)).toBeCloseTo(0.294, 3);
  expect(ruinProbabilityWithin(process, 30)).toBeCloseTo(0.181, 3);
  expect(ruinProbabilityWithin(process, 90)).toBeCloseTo(0.261, 3);
});

describe('simulated ruin', () => {
  test.each([
    [3, 1, 0.5, 1, 20, 20_000],
    [2, 1, 1, 1, 15, 20_000],
    [10, 1, 2, 1, 8, 20_000],
    [0, 1.2, 1, 1, 30, 20_000],
    [400, 50, 0.5, 80, 30, 20_000],
    [4, 0, 1, 1, 5, 20_000],
  ])('is near the closed form: u %d, c %d, λ %d, m %d, T %d', (u, c, lambda, m, days, paths) => {
    const process = fund(u, c, lambda, m);
    const { probability, standardError, times } = simulateRuin(process, { mean: m }, days, paths, seeded(7));
    const exact = ruinProbabilityWithin(process, days);
    expect(Math.abs(probability - exact)).toBeLessThan(3 * standardError);
    expect(standardError).toBeCloseTo(Math.sqrt((exact * (1 - exact)) / paths), 3);
    expect(times.length).toBe(Math.round(probability * paths));
    // Earlier horizons come out of the same run.
    const half = times.filter((time) => time <= days / 2).length / paths;
    expect(Math.abs(half - ruinProbabilityWithin(process, days / 2))).toBeLessThan(4 * standardError);
  });

  test('draws from past claims', () => {
    // All claims are 1 and u = 2.5 without an inflow: ruin at the third claim.
    const process = { initial: 2.5, inflow: 0, rate: 0.7 };
    const { probability, standardError } = simulateRuin(process, { past: [1, 1] }, 4, 20_000, seeded(3));
    expect(Math.abs(probability - (1 - poissonCdf(2.8, 2)))).toBeLessThan(3 * standardError);
    // Many exponential claims of the past are as exponential claims.
    const draw = seeded(11);
    const past = Array.from({ length: 50_000 }, () => -Math.log(draw()));
    const of = simulateRuin({ initial: 3, inflow: 1, rate: 0.8 }, { past }, 20, 20_000, seeded(5));
    expect(Math.abs(of.probability - ruinProbabilityWithin(fund(3, 1, 0.8, 1), 20))).toBeLessThan(
      4 * of.standardError,
    );
  });

  test('is the same for the same seed, and sure of what is sure', () => {
    const run = (seed: number) => simulateRuin(fund(2, 1, 1, 1), { mean: 1 }, 10, 500, seeded(seed));
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const never = simulateRuin(fund(2, 1, 0, 1), { mean: 1 }, 10, 500, seeded(1));
    expect(never).toEqual({ probability: 0, standardError: 0, times: [] });
  });
});

describe('input that means nothing is refused', () => {
  const good = fund(1, 1, 1, 1);
  test.each([
    ['initial', { ...good, initial: -1 }],
    ['initial', { ...good, initial: Number.POSITIVE_INFINITY }],
    ['inflow', { ...good, inflow: Number.NaN }],
    ['rate', { ...good, rate: -0.1 }],
    ['claims', { ...good, meanClaim: 0 }],
  ])('%s', (name, process) => {
    for (const ask of [
      () => ruinProbability(process),
      () => ruinProbabilityWithin(process, 1),
      () => simulateRuin(process, { mean: process.meanClaim }, 1, 10, seeded(1)),
    ]) {
      expect(ask).toThrow(Refusal);
      expect(ask).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: [name] }));
    }
  });

  test('days, paths and past claims', () => {
    const path = (name: string) => expect.objectContaining({ code: 'INVALID_INPUT', path: [name] });
    expect(() => ruinProbabilityWithin(good, -1)).toThrow(path('days'));
    expect(() => simulateRuin(good, { mean: 1 }, Number.NaN, 10, seeded(1))).toThrow(path('days'));
    expect(() => simulateRuin(good, { mean: 1 }, 1, 0, seeded(1))).toThrow(path('paths'));
    expect(() => simulateRuin(good, { mean: 1 }, 1, 1.5, seeded(1))).toThrow(path('paths'));
    expect(() => simulateRuin(good, { past: [] }, 1, 10, seeded(1))).toThrow(path('claims'));
    expect(() => simulateRuin(good, { past: [1, -1] }, 1, 10, seeded(1))).toThrow(path('claims'));
  });
});
