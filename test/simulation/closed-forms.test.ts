import { describe, expect, test } from 'vitest';
import { cappedAbove, cappedBelow } from '../support/quant/capped-normal.ts';
import { binomialCdf, binomialPmf, poissonCdf, poissonPmf } from '../support/quant/discrete.ts';
import * as independent from '../support/quant/independent.ts';
import { bivariateCdf, normalCdf, normalDensity, normalQuantile } from '../support/quant/normal.ts';
import * as market from '../support/quant/one-market.ts';
import {
  blackScholesPut,
  call,
  digitalPut,
  expect as expectation,
  gbm,
  jumpMean,
  lognormal,
  merton,
  mixture,
  type PriceLaw,
  poissonCounts,
  put,
} from '../support/quant/price-law.ts';
import * as puts from '../support/quant/puts.ts';
import { integrate, integrateTanhSinh, type RealFunction } from '../support/quant/quadrature.ts';
import { betaI, gammaP, gammaQ, logGamma } from '../support/quant/special.ts';
import { lognormalStopLoss, normalStopLoss } from '../support/quant/stop-loss.ts';
import {
  studentBankruptcy,
  studentCdf,
  studentDensity,
  studentPut,
  studentReturn,
} from '../support/quant/student.ts';
import { commonOf, jointBelow } from '../support/quant/two-markets.ts';
import * as vasicek from '../support/quant/vasicek.ts';

/** Within some 10^-digits of each other, relative to their size; absolute below 10^-300. */
function near(actual: number, expected: number, digits = 11): void {
  const size = Math.max(Math.abs(actual), Math.abs(expected), 1e-300);
  if (!(Math.abs(actual - expected) <= 10 ** -digits * size)) expect(actual).toBe(expected);
}

const slope = (f: RealFunction, x: number, h: number): number =>
  (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h);

describe('quadrature', () => {
  test('is exact for polynomials, and knows what it is told of kinks and peaks', () => {
    for (let n = 0; n <= 22; n++)
      near(
        integrate((x) => x ** n, 0, 2),
        2 ** (n + 1) / (n + 1),
        13,
      );
    near(
      integrate((x) => Math.abs(x - 0.3), 0, 1, [0.3]),
      (0.09 + 0.49) / 2,
      14,
    );
    near(
      integrate((x) => Math.exp(-((x - 0.7) ** 2) / 2e-8), 0, 1, [0.699, 0.7, 0.701]),
      1e-4 * Math.sqrt(2 * Math.PI),
    );
    near(integrate(Math.sqrt, 0, 1), 2 / 3, 10);
  });

  test('agrees with the double exponential formula', () => {
    for (const f of [Math.exp, (x: number) => 1 / (1 + x * x), (x: number) => Math.cos(9 * x) + x]) {
      near(integrate(f, -1, 2), integrateTanhSinh(f, -1, 2), 12);
    }
    near(
      integrateTanhSinh((x) => Math.log(x), 0, 1),
      -1,
      12,
    );
  });
});

describe('special functions', () => {
  test('gamma', () => {
    near(logGamma(0.5), Math.log(Math.PI) / 2, 14);
    let factorial = 0;
    for (let n = 1; n < 200; n++) {
      near(logGamma(n) + 1, factorial + 1, 13);
      factorial += Math.log(n);
    }
    // Γ(x) Γ(1 − x) = π / sin πx.
    for (const x of [0.01, 0.3, 0.77])
      near(logGamma(x) + logGamma(1 - x), Math.log(Math.PI / Math.sin(Math.PI * x)), 12);
    for (const [a, x] of [
      [0.5, 0.1],
      [3, 2.9],
      [3, 4.1],
      [40, 20],
      [40, 70],
      [1000, 1010],
    ] as const) {
      near(
        gammaP(a, x),
        // Over u = √t, at which there is no pole.
        integrate((u) => 2 * Math.exp((2 * a - 1) * Math.log(u) - u * u - logGamma(a)), 0, Math.sqrt(x)),
        11,
      );
      near(gammaP(a, x) + gammaQ(a, x), 1, 14);
      near(gammaQ(a + 1, x), gammaQ(a, x) + Math.exp(a * Math.log(x) - x - logGamma(a + 1)), 11);
    }
  });

  test('beta', () => {
    for (const [a, b, x] of [
      [2, 3, 0.2],
      [20, 3, 0.9],
      [1.5, 1.5, 0.5],
      [100, 200, 0.3],
    ] as const) {
      const constant = logGamma(a + b) - logGamma(a) - logGamma(b);
      const density = (t: number) => Math.exp(constant + (a - 1) * Math.log(t) + (b - 1) * Math.log1p(-t));
      near(betaI(a, b, x), integrate(density, 0, x), 10);
      near(betaI(a, b, x) + betaI(b, a, 1 - x), 1, 13);
    }
    near(betaI(0.5, 0.5, 0.3), (2 / Math.PI) * Math.asin(Math.sqrt(0.3)), 13);
  });

  test('normal, to the far tails', () => {
    // Abramowitz and Stegun, Handbook of mathematical functions, 1964, table 26.1 (Φ(1)) and 26.2 (−log₁₀ Q(x)).
    near(normalCdf(1), 0.841344746068543, 14);
    near(normalCdf(-3), 0.00134989803163009, 14);
    expect(-Math.log10(normalCdf(-10))).toBeCloseTo(23.11805, 5);
    expect(-Math.log10(normalCdf(-30))).toBeCloseTo(197.30921, 5);
    for (let x = -37.5; x <= 9; x += 0.37) {
      near(normalCdf(x), integrate(normalDensity, Math.min(x - 6, -12), x, [-3, 0, 3, x - 1, x - 0.1]), 12);
      near(normalCdf(x), x < 0 ? gammaQ(0.5, (x * x) / 2) / 2 : 1 - normalCdf(-x), 11);
      if (x < 5) near(normalCdf(normalQuantile(normalCdf(x))), normalCdf(x), 12);
    }
    near(normalQuantile(0.975), 1.959963984540054, 13);
    expect([normalQuantile(0.5), normalQuantile(0), normalQuantile(1)]).toEqual([0, -Infinity, Infinity]);
  });

  test('bivariate normal', () => {
    const second = (h: number, k: number, r: number) =>
      integrate((x) => normalDensity(x) * normalCdf((k - r * x) / Math.sqrt(1 - r * r)), -38, h, [
        -5,
        h - 1,
        k / (r || 1),
      ]);
    for (const r of [-0.99, -0.5, 0, 0.3, 0.9, 0.999]) {
      near(bivariateCdf(0, 0, r), 0.25 + Math.asin(r) / (2 * Math.PI), 13); // Sheppard, 1899
      for (const [h, k] of [
        [0.5, -1],
        [-2, -1.5],
        [1, 2],
        [-3, 0.2],
      ] as const) {
        expect(bivariateCdf(h, k, r)).toBeCloseTo(second(h, k, r), 13);
        expect(bivariateCdf(h, k, r) + bivariateCdf(h, -k, -r)).toBeCloseTo(normalCdf(h), 14);
      }
    }
    near(bivariateCdf(0.3, 0.8, 1), normalCdf(0.3));
    expect(bivariateCdf(0.3, -0.8, -1)).toBe(0);
  });

  test('Poisson and binomial', () => {
    for (const mean of [0.01, 1, 7.5, 300]) {
      let sum = 0;
      for (let k = 0; k < mean + 20 + 10 * Math.sqrt(mean); k++) {
        sum += poissonPmf(mean, k);
        expect(poissonCdf(mean, k)).toBeCloseTo(sum, 12);
      }
    }
    for (const [n, p] of [
      [1, 0.3],
      [12, 0.5],
      [250, 0.01],
      [90, 0.97],
    ] as const) {
      let sum = 0;
      for (let k = 0; k <= n; k++) {
        sum += binomialPmf(n, p, k);
        expect(binomialCdf(n, p, k)).toBeCloseTo(sum, 12);
      }
    }
    expect([poissonPmf(0, 0), binomialPmf(3, 0, 0), binomialPmf(3, 1, 3), binomialPmf(3, 0.5, 4)]).toEqual([
      1, 1, 1, 0,
    ]);
  });
});

// ── price laws ──

const DIFFUSIONS = [
  { drift: 0, volatility: 0.8, horizon: 1 / 365 },
  { drift: 0.1, volatility: 0.6, horizon: 7 / 365 },
  { drift: -2, volatility: 3, horizon: 0.25 },
  { drift: 0.5, volatility: 0.05, horizon: 1 },
];
const CRASHES = { rate: 6, mean: -0.25, deviation: 0.15 };
const COMMON = { rate: 2, mean: -0.1, deviation: 0.3 };
const LAWS: [string, PriceLaw][] = [
  ...DIFFUSIONS.map((of, i): [string, PriceLaw] => [`diffusion ${i}`, gbm(of)]),
  ['one kind of jumps', merton(DIFFUSIONS[1]!, [CRASHES])],
  ['own and common jumps', merton({ drift: 0.3, volatility: 0.7, horizon: 0.1 }, [CRASHES, COMMON])],
];

describe.each(LAWS)('the law of the price: %s', (_, law) => {
  const strikes = [0.001, 0.05, 0.3, 0.5, 0.7].map((p) => law.quantile(p));

  test('has its density, its moments and its quantiles', () => {
    near(
      expectation(law, () => 1),
      1,
    );
    for (const n of [1, 2, 3])
      near(
        expectation(law, (s) => s ** n),
        law.partial(n, Infinity),
        10,
      );
    for (const k of strikes) {
      for (const n of [0, 1, 2])
        near(
          expectation(law, (s) => (s <= k ? s ** n : 0), [k]),
          law.partial(n, k),
          10,
        );
      near(law.quantile(law.cdf(k)), k, 12);
    }
  });

  test('has puts and calls that are integrals, in parity, whose slopes are digitals', () => {
    for (const k of strikes) {
      near(
        put(law, k),
        expectation(law, (s) => Math.max(0, k - s), [k]),
        9,
      );
      near(put(law, k), integrate(law.cdf, 0, k, [k * 0.5, k * 0.9, k * 0.99, ...strikes]), 8);
      expect(call(law, k) - put(law, k)).toBeCloseTo(law.partial(1, Infinity) - k, 13);
      expect(slope((x) => put(law, x), k, k * 1e-3)).toBeCloseTo(law.cdf(k), 5);
    }
  });
});

test.each(DIFFUSIONS)('puts are those of Black and Scholes: %j', (of) => {
  for (const k of [0.2, 0.8, 0.99, 1.3]) {
    expect(put(gbm(of), k)).toBeCloseTo(blackScholesPut(of, k), 14);
    near(gbm(of).cdf(k), digitalPut(of, k), 9);
  }
  near(gbm(of).partial(1, Infinity), Math.exp(of.drift * of.horizon), 13);
  // Hull, Options, futures, and other derivatives: S = 42, K = 40, r = 10%, σ = 20%, half a year: a put is worth 0.81.
  const hull = { drift: 0.1, volatility: 0.2, horizon: 0.5 };
  expect(42 * Math.exp(-0.05) * blackScholesPut(hull, 40 / 42)).toBeCloseTo(0.81, 2);
});

test('jumps that never come, or do nothing, leave a diffusion, and jumps keep the mean', () => {
  const of = DIFFUSIONS[1]!;
  near(put(merton(of, [{ ...CRASHES, rate: 0 }]), 0.9), put(gbm(of), 0.9), 12);
  near(put(merton(of, [{ rate: 9, mean: 0, deviation: 0 }]), 0.9), put(gbm(of), 0.9), 12);
  near(merton(of, [CRASHES, COMMON]).partial(1, Infinity), Math.exp(of.drift * of.horizon), 12);
  // Two kinds that are alike are one of twice the rate.
  near(put(merton(of, [COMMON, COMMON]), 0.9), put(merton(of, [{ ...COMMON, rate: 4 }]), 0.9), 11);
  // Very many very small jumps are a diffusion.
  const dust = merton({ ...of, volatility: 1e-3 }, [{ rate: 1e5, mean: 0, deviation: 0.6 / Math.sqrt(1e5) }]);
  expect(put(dust, 0.9)).toBeCloseTo(put(gbm(of), 0.9), 4);
});

test('two markets fall together as their parts say', () => {
  const of = (volatility: number, own: number, beta: number) => ({
    diffusion: { drift: 0.2, volatility, horizon: 0.1 },
    own: { ...CRASHES, rate: own },
    beta,
  });
  const common = { ...COMMON, rate: 4 };
  const alone = (m: ReturnType<typeof of>, k: number) =>
    merton(m.diffusion, [m.own, commonOf(m, common)]).cdf(k);
  const [a, b] = [of(0.6, 3, 1), of(0.9, 5, 1.5)] as const;
  expect(jointBelow([a, b], common, 0.4, [0.8, 1e9])).toBeCloseTo(alone(a, 0.8), 9);
  expect(jointBelow([a, b], common, 0.4, [1e9, 0.7])).toBeCloseTo(alone(b, 0.7), 9);
  expect(jointBelow([a, b], common, 0, [0.8, 0.7])).toBeGreaterThan(alone(a, 0.8) * alone(b, 0.7) * 1.1);
  // Without common jumps and correlation they are independent.
  const [c, d] = [of(0.6, 3, 0), of(0.9, 5, 0)] as const;
  expect(jointBelow([c, d], common, 0, [0.8, 0.7])).toBeCloseTo(alone(c, 0.8) * alone(d, 0.7), 9);
  // Given the path of the common jumps, whose sum is normal for each count, markets are independent too.
  const given = (m: typeof a, sum: number, k: number) =>
    merton({ ...m.diffusion, drift: m.diffusion.drift - common.rate * jumpMean(commonOf(m, common)) }, [
      m.own,
    ]).cdf(k / Math.exp(m.beta * sum));
  const second = poissonCounts(common.rate * 0.1)
    .slice(0, 9)
    .map((weight, n) => {
      const both = (sum: number) => given(a, sum, 0.8) * given(b, sum, 0.7);
      if (n === 0) return weight * both(0);
      const [m, s] = [n * common.mean, Math.sqrt(n) * common.deviation];
      return weight * integrate((z) => both(m + s * z) * normalDensity(z), -9, 9, [-2, 0, 2]);
    });
  expect(jointBelow([a, b], common, 0, [0.8, 0.7])).toBeCloseTo(
    second.reduce((x, y) => x + y, 0),
    7,
  );
  // The same market twice.
  const still = { ...of(0.6, 0, 0), own: { ...CRASHES, rate: 0 } };
  near(jointBelow([still, still], common, 1 - 1e-13, [0.8, 0.9]), alone(still, 0.8), 5);
});

// ── one market ──

const against = (
  law: PriceLaw,
  fund: number,
  rate: number,
  shortEquity = Infinity,
): puts.LongAgainstShorts => ({
  law,
  long: { equity: 100, exposure: 1000 },
  shorts: [{ equity: shortEquity, exposure: -1000 }],
  fund,
  rate,
});
const CASES = LAWS.flatMap(([name, law]) =>
  [
    [0, 1],
    [20, 1],
    [20, 0.1],
    [150, 0.5],
  ].map(([fund, rate]): [string, number, number, PriceLaw] => [name, fund!, rate!, law]),
);

describe.each(CASES)('one long against a short: %s, fund %d, β %d', (_, fund, rate, law) => {
  const of = against(law, fund, rate);
  const all = puts.marketOf(of);
  const at = (price: number) => market.outcome(all, price);
  const moment = (f: RealFunction) => market.momentOf(law, all, f);
  /** Absolute, next to exposures of 1,000: puts in far tails are differences. */
  const close = (actual: number, expected: number) => expect(actual).toBeCloseTo(expected, 9);

  test('puts are what lines between kinks and quadrature come to', () => {
    const figures: [number, RealFunction][] = [
      [puts.expectedLongDeficit(of), (s) => at(s).deficit],
      [puts.expectedResidualOfFall(of), (s) => at(s).residual],
      [puts.expectedUncoveredOfFall(of), (s) => at(s).uncovered],
      [puts.expectedSocializedOfFall(of), (s) => at(s).socialized],
      [puts.expectedGrossOfLong(of), (s) => market.gross(of.long, s)],
      [puts.expectedGrossOfShort(of, of.shorts[0]!), (s) => market.gross(of.shorts[0]!, s)],
      [puts.expectedNetOfShort(of, of.shorts[0]!), (s) => market.net(all, of.shorts[0]!, s)],
    ];
    for (const [figure, f] of figures) {
      close(moment(f), figure);
      close(market.quadratureOf(law, all, f), figure);
    }
    close(
      market.probabilityOf(law, all, (s) => at(s).deficit > 0),
      puts.probabilityOfLongBankrupt(of),
    );
    close(
      market.probabilityOf(law, all, (s) => at(s).residual > 0),
      puts.probabilityOverFund(of),
    );
  });

  test('the slope of E[R] over the fund is −P(R > 0)', () => {
    if (fund === 0) return;
    const residual = (f: number) => puts.expectedResidualOfFall({ ...of, fund: f });
    expect(-slope(residual, fund, 0.5)).toBeCloseTo(puts.probabilityOverFund(of), 6);
  });

  test('money is kept: what longs and shorts gain is what the fund and nobody pay', () => {
    for (const price of [0.01, 0.5, 0.88, 0.9, 0.95, 1, 1.2, 4]) {
      const { deficit, socialized } = at(price);
      const gained = [of.long, ...of.shorts].reduce((sum, one) => sum + market.net(all, one, price), 0);
      expect(gained).toBeCloseTo(deficit - socialized, 9);
    }
  });

  test('what is at risk, on average beyond, and the fund that a target takes', () => {
    for (const q of [0.5, 0.9, 0.99]) {
      const atRisk = puts.residualAtRisk(of, q);
      // Rockafellar and Uryasev, Optimization of conditional value-at-risk, 2000: ES = VaR + E[(R − VaR)⁺] / (1 − q).
      const beyond = puts.expectedResidualOfFall({ ...of, fund: fund + atRisk });
      expect(puts.residualShortfall(of, q)).toBeCloseTo(atRisk + beyond / (1 - q), 7);
      if (atRisk > 0) close(law.cdf(puts.fundStrike({ ...of, fund: fund + atRisk })), 1 - q);
      const target = puts.fundForTarget(of, 1 - q);
      expect(puts.probabilityOverFund({ ...of, fund: target })).toBeLessThan(1 - q + 1e-9);
      if (target > 0) close(puts.probabilityOverFund({ ...of, fund: target }), 1 - q);
    }
  });

  test('rates have their mean and their quantiles', () => {
    const wins = law.cdf(1);
    close(puts.expectedRateGivenWin(of), market.quadratureOf(law, all, (s) => at(s).rate) / wins);
    // E[h] = ∫ P(h > y) dy, by parts.
    const over = integrate((y) => puts.probabilityOfRateOver(of, y), 0, Math.min(rate, 1 - 1e-12));
    expect(puts.expectedRateGivenWin(of)).toBeCloseTo(over, 8);
    for (const q of [0.2, 0.6, 0.9, 0.99, 0.999]) {
      const quantile = puts.rateAtRisk(of, q);
      expect(puts.probabilityOfRateOver(of, quantile)).toBeLessThan(1 - q + 1e-9);
      if (quantile > 1e-6) expect(puts.probabilityOfRateOver(of, quantile * 0.999)).toBeGreaterThan(1 - q);
      expect(quantile).toBeLessThanOrEqual(rate);
    }
    if (puts.probabilityOverFund(of) > 1e-12) {
      const given = puts.expectedRateGivenSocialization(of);
      expect(given).toBeGreaterThan(0);
      expect(given).toBeLessThanOrEqual(rate);
    }
  });
});

describe('one market, both ways', () => {
  const law = gbm({ drift: 0.4, volatility: 1.5, horizon: 0.1 });

  test('a short that goes bankrupt is a call, and the long then bears it', () => {
    for (const [fund, rate] of [
      [0, 1],
      [30, 1],
      [30, 0.2],
      [500, 0.6],
    ] as const) {
      const of = against(law, fund, rate, 250);
      const all = puts.marketOf(of);
      const long = (f: typeof market.gross) => market.momentOf(law, all, (s) => f(of.long, s));
      const rise = puts.expectedSocializedOfRise(of);
      expect(long(market.gross)).toBeCloseTo(puts.expectedGrossOfLong(of), 9);
      expect(market.momentOf(law, all, (s) => market.net(all, of.long, s))).toBeCloseTo(
        puts.expectedGrossOfLong(of) - rise,
        9,
      );
      expect(market.momentOf(law, all, (s) => market.outcome(all, s).socialized)).toBeCloseTo(
        rise + puts.expectedSocializedOfFall(of),
        9,
      );
      expect(rise).toBeGreaterThan(0);
    }
  });

  test('several shorts share in proportion to their exposures', () => {
    const of: puts.LongAgainstShorts = {
      ...against(law, 10, 0.3),
      shorts: [
        { equity: Infinity, exposure: -700 },
        { equity: 250, exposure: -300 },
      ],
    };
    const all = puts.marketOf(of);
    const nets = of.shorts.map((short) => market.momentOf(law, all, (s) => market.net(all, short, s)));
    for (const [i, short] of of.shorts.entries())
      expect(nets[i]).toBeCloseTo(puts.expectedNetOfShort(of, short), 9);
  });

  test('returns have the moments that quadrature finds, and slippage costs', () => {
    for (const slippage of [0, 0.02]) {
      const all = { ...puts.marketOf(against(law, 30, 0.2, 250)), slippage };
      for (const holder of all.accounts) {
        for (const of of ['gross', 'net'] as const) {
          const f = (s: number) =>
            (of === 'net' ? market.net(all, holder, s) : market.gross(holder, s)) / holder.equity;
          const mean = market.quadratureOf(law, all, f);
          const central = (n: number) => market.quadratureOf(law, all, (s) => (f(s) - mean) ** n);
          const summary = market.returnOf(law, all, holder, of);
          near(summary.mean, mean, 9);
          near(summary.deviation, Math.sqrt(central(2)), 9);
          near(summary.skew, central(3) / central(2) ** 1.5, 8);
          near(summary.sharpe, mean / Math.sqrt(central(2)), 9);
        }
      }
    }
    const socialized = (slippage: number) => {
      const all = { ...puts.marketOf(against(law, 30, 1, 250)), slippage };
      return market.momentOf(law, all, (s) => market.outcome(all, s).residual);
    };
    expect(socialized(0.02)).toBeGreaterThan(socialized(0.01));
    expect(socialized(0.01)).toBeGreaterThan(socialized(0));
  });

  test('limits: no volatility, no fund, an endless fund, no cap, all cap', () => {
    const still = gbm({ drift: 0, volatility: 1e-4, horizon: 1 });
    expect(puts.expectedLongDeficit(against(still, 0, 1))).toBeCloseTo(0, 12);
    // A fall to 80% that is certain: D = 100, of which the fund pays 30 and shorts 70 of 200.
    const fallen = lognormal(Math.log(0.8), 1e-9);
    const of = against(fallen, 30, 1);
    expect(puts.expectedLongDeficit(of)).toBeCloseTo(100, 5);
    expect(puts.expectedSocializedOfFall(of)).toBeCloseTo(70, 5);
    expect(puts.expectedRateGivenWin(of)).toBeCloseTo(0.35, 7);
    expect(puts.expectedSocializedOfFall({ ...of, rate: 0.1 })).toBeCloseTo(20, 5);
    expect(puts.expectedResidualOfFall(against(law, 0, 1))).toBe(
      puts.expectedLongDeficit(against(law, 0, 1)),
    );
    expect(puts.expectedResidualOfFall(against(law, 1e6, 1))).toBe(0);
    expect(puts.expectedSocializedOfFall(against(law, 10, 0))).toBeCloseTo(0, 12);
    expect(puts.expectedSocializedOfFall(against(law, 10, 1e-6))).toBeLessThan(1e-3);
    let before = Infinity;
    for (let fund = 0; fund < 900; fund += 50) {
      const residual = puts.expectedResidualOfFall(against(law, fund, 1));
      expect(residual).toBeLessThan(before);
      before = residual;
    }
  });
});

test('the example of docs/quant.md', () => {
  const of = against(gbm({ drift: 0, volatility: 0.8, horizon: 7 / 365 }), 20, 0.1);
  const rounded = (...figures: number[]) => figures.map((figure) => figure.toFixed(4));
  expect(rounded(puts.strike(of), puts.fundStrike(of), puts.capStrike(of))).toEqual([
    '0.9000',
    '0.8800',
    '0.8667',
  ]);
  const uncovered = of.law.cdf(puts.capStrike(of));
  expect(rounded(puts.probabilityOfLongBankrupt(of), puts.probabilityOverFund(of), uncovered)).toEqual([
    '0.1852',
    '0.1360',
    '0.1082',
  ]);
  const amounts = [
    puts.expectedLongDeficit(of),
    puts.expectedResidualOfFall(of),
    puts.expectedSocializedOfFall(of),
    puts.expectedUncoveredOfFall(of),
    puts.expectedGrossOfLong(of),
    puts.expectedNetOfShort(of, of.shorts[0]!),
  ];
  expect(amounts.map((amount) => amount.toFixed(3))).toEqual([
    '9.595',
    '6.398',
    '2.101',
    '4.297',
    '9.595',
    '-2.101',
  ]);
  expect(rounded(puts.expectedRateGivenWin(of), puts.expectedRateGivenSocialization(of))).toEqual([
    '0.0234',
    '0.0899',
  ]);
  expect(
    [puts.residualAtRisk(of, 0.99), puts.residualShortfall(of, 0.99), puts.fundForTarget(of, 0.01)].map((x) =>
      x.toFixed(2),
    ),
  ).toEqual(['111.93', '139.79', '131.93']);
});

describe('three longs at three prices', () => {
  const longs = [
    { equity: 100, exposure: 1000 },
    { equity: 300, exposure: 900 },
    { equity: 250, exposure: 500 },
  ];
  test.each(LAWS)('%s', (_, law) => {
    const short = { equity: Infinity, exposure: -2400 };
    for (const fund of [0, 1, 100, 300, 700, 1500, 1e5]) {
      const all = { accounts: [...longs, short], fund, rate: 1 };
      const { expectedDeficit, probability, expected } = puts.residualOfLongs(law, longs, fund);
      const at = (s: number) => market.outcome(all, s);
      expect(market.momentOf(law, all, (s) => at(s).deficit)).toBeCloseTo(expectedDeficit, 9);
      expect(market.momentOf(law, all, (s) => at(s).residual)).toBeCloseTo(expected, 9);
      expect(market.quadratureOf(law, all, (s) => at(s).residual)).toBeCloseTo(expected, 9);
      expect(market.probabilityOf(law, all, (s) => at(s).residual > 0)).toBeCloseTo(probability, 12);
      if (fund > 1) {
        const residual = (f: number) => puts.residualOfLongs(law, longs, f).expected;
        expect(-slope(residual, fund, 0.5)).toBeCloseTo(probability, 5);
      }
    }
  });
});

// ── many accounts, and laws of losses ──

test.each([
  [10, 3, 12],
  [-5, 2, 0],
  [0, 1, 7],
  [100, 1e-3, 99],
])('the stop-loss of a normal loss: %d, %d, over %d', (m, s, fund) => {
  const f = (x: number) => Math.max(0, x - fund) * (normalDensity((x - m) / s) / s);
  near(
    normalStopLoss(m, s, fund),
    integrate(f, Math.max(fund, m - 12 * s), Math.max(m, fund) + 20 * s, [m, fund + s]),
    7,
  );
  const probability = normalCdf((m - fund) / s);
  expect(-slope((x) => normalStopLoss(m, s, x), fund, s * 1e-3)).toBeCloseTo(probability, 8);
  near(normalStopLoss(m, s, m - 1e4 * s), 1e4 * s, 12);
  // Parity: E[(X − F)⁺] − E[(F − X)⁺] = m − F.
  expect(normalStopLoss(m, s, fund) - normalStopLoss(-m, s, -fund)).toBeCloseTo(m - fund, 9);
});

test.each([
  [0, 1, 3],
  [2, 0.3, 5],
  [-3, 2, 0.001],
  [1, 1e-6, 2],
])('the stop-loss of a lognormal loss: %d, %d, over %d', (m, s, fund) => {
  expect(lognormalStopLoss(m, s, fund)).toBeCloseTo(call(lognormal(m, s), fund), 12);
  expect(lognormalStopLoss(m, s, fund)).toBeCloseTo(
    expectation(lognormal(m, s), (x) => Math.max(0, x - fund), [fund]),
    10,
  );
  near(lognormalStopLoss(m, s, 0), Math.exp(m + (s * s) / 2), 14);
});

describe('one factor', () => {
  const pool = { mean: -0.01, deviation: 0.2, correlation: 0.3, equity: 25, exposure: 100 };
  const p = vasicek.bankruptcy(pool);

  test.each([0.01, 0.3, 0.9])('a large pool with correlation %d', (rho) => {
    near(
      vasicek.overFactor((z) => vasicek.shareGiven(p, rho, z)),
      p,
      10,
    );
    // Var = Φ₂(c, c, ρ) − p².
    const c = normalQuantile(p);
    expect(vasicek.overFactor((z) => vasicek.shareGiven(p, rho, z) ** 2)).toBeCloseTo(
      bivariateCdf(c, c, rho),
      10,
    );
    for (const q of [0.01, 0.5, 0.9, 0.999]) {
      expect(vasicek.shareCdf(p, rho, vasicek.shareQuantile(p, rho, q))).toBeCloseTo(q, 10);
    }
    // E = ∫ P(share > x) dx.
    expect(integrate((x) => 1 - vasicek.shareCdf(p, rho, x), 0, 1, [p / 10, p, 0.5])).toBeCloseTo(p, 9);
  });

  test.each([2, 20, 100])('%d accounts', (n) => {
    const law = Array.from({ length: n + 1 }, (_, j) => vasicek.countPmf(p, 0.3, n, j));
    const sum = (f: (j: number) => number) => law.reduce((total, weight, j) => total + weight * f(j), 0);
    expect(sum(() => 1)).toBeCloseTo(1, 11);
    expect(sum((j) => j)).toBeCloseTo(n * p, 10);
    const pair = bivariateCdf(normalQuantile(p), normalQuantile(p), 0.3);
    expect(sum((j) => j * (j - 1))).toBeCloseTo(n * (n - 1) * pair, 8);
    if (n === 2) expect(law[2]).toBeCloseTo(pair, 12);
    if (n === 100) {
      const x = 0.105;
      const finite = law.slice(0, Math.floor(n * x) + 1).reduce((a, b) => a + b, 0);
      expect(finite).toBeCloseTo(vasicek.shareCdf(p, 0.3, x), 2);
    }
    const cumulative = law.map((_, j) => law.slice(0, j + 1).reduce((a, b) => a + b, 0));
    for (const j of [0, 1, n >> 1]) expect(vasicek.countCdf(p, 0.3, n, j)).toBeCloseTo(cumulative[j]!, 10);
    for (const q of [0.5, 0.95]) {
      expect(vasicek.countQuantile(p, 0.3, n, q)).toBe(cumulative.findIndex((sum) => sum >= q));
    }
    // Hardly correlated: a binomial.
    expect(vasicek.countPmf(p, 1e-9, n, 1)).toBeCloseTo(binomialPmf(n, p, 1), 6);
  });

  test('deficits given the factor', () => {
    const alone = pool.exposure * put(lognormal(pool.mean, pool.deviation), 0.75);
    near(
      vasicek.overFactor((z) => vasicek.deficitGiven(pool, z)),
      alone,
      9,
    );
    near(vasicek.expectedExcess(pool, 0), alone, 9);
    let before = Infinity;
    for (let z = -6; z < 6; z += 0.5) {
      const deficit = vasicek.deficitGiven(pool, z);
      expect(deficit).toBeLessThanOrEqual(before);
      before = deficit;
    }
    // −dE[excess]/dF = P(deficit > F): at the 90% quantile, a tenth.
    const fund = vasicek.deficitQuantile(pool, 0.9);
    expect(-slope((f) => vasicek.expectedExcess(pool, f), fund, fund * 0.01)).toBeCloseTo(0.1, 4);
  });
});

describe('independent accounts', () => {
  test('that are alike are a binomial', () => {
    const pool = { count: 8, probability: 0.2, deficit: 5 };
    const law = independent.totalLaw(Array.from({ length: 8 }, () => pool));
    expect(law.map(({ value }) => value)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
    for (const [k, { probability }] of law.entries()) near(probability, binomialPmf(8, 0.2, k), 11);
    for (const fund of [-1, 0, 4, 5, 12, 39, 40, 99]) {
      const over = independent.meanOf(law, (d) => (d > fund ? 1 : 0));
      expect(independent.probabilityOver(pool, fund)).toBeCloseTo(over, 13);
      expect(independent.expectedOver(pool, fund)).toBeCloseTo(
        independent.meanOf(law, (d) => Math.max(0, d - fund)),
        12,
      );
    }
    expect(independent.expectedOver(pool, 0)).toBeCloseTo(8, 12);
    near(
      -slope((f) => independent.expectedOver(pool, f), 12, 0.1),
      independent.probabilityOver(pool, 12),
      10,
    );
  });

  test('that differ are all subsets of them', () => {
    const accounts = [
      { probability: 0.1, deficit: 3 },
      { probability: 0.5, deficit: 1 },
      { probability: 0.25, deficit: 3 },
      { probability: 0.9, deficit: 2 },
    ];
    const subsets = Array.from({ length: 16 }, (_, set) => {
      const hit = accounts.filter((_, i) => (set >> i) % 2 === 1).map(({ deficit }) => deficit);
      const probability = accounts.reduce(
        (p, one, i) => p * ((set >> i) % 2 === 1 ? one.probability : 1 - one.probability),
        1,
      );
      return { hit: hit.sort((a, b) => b - a), probability };
    });
    const add = (a: number, b: number) => a + b;
    for (const [law, of] of [
      [independent.totalLaw(accounts), (hit: number[]) => hit.reduce(add, 0)],
      [independent.largestLaw(accounts, 1), (hit: number[]) => hit[0] ?? 0],
      [independent.largestLaw(accounts, 2), (hit: number[]) => (hit[0] ?? 0) + (hit[1] ?? 0)],
    ] as const) {
      for (const { value, probability } of law) {
        const second = subsets
          .filter(({ hit }) => of(hit) === value)
          .map((s) => s.probability)
          .reduce(add, 0);
        near(probability, second, 12);
      }
      expect(law.map(({ probability }) => probability).reduce(add, 0)).toBeCloseTo(1, 14);
      for (const { value } of law) {
        const until = independent.meanOf(law, (x) => (x <= value ? 1 : 0));
        expect(independent.quantileOf(law, until)).toBe(value);
        expect(independent.quantileOf(law, until + 1e-9)).toBeGreaterThanOrEqual(value);
      }
    }
  });
});

test.each([
  [0, 1, 1],
  [0.5, 2, -3],
  [-1, 0.3, 0],
  [3, 1, 20],
])('a normal that is capped: %d, %d at %d', (m, s, c) => {
  const moments = (f: RealFunction) => {
    const of = (g: RealFunction) =>
      integrate((z) => g(f(m + s * z)) * normalDensity(z), -14, 14, [-5, 0, 5, (c - m) / s, (-c - m) / s]);
    const mean = of((x) => x);
    const variance = of((x) => (x - mean) ** 2);
    return {
      mean,
      deviation: Math.sqrt(variance),
      sharpe: mean / Math.sqrt(variance),
      skew: of((x) => (x - mean) ** 3) / variance ** 1.5,
    };
  };
  for (const [closed, quadrature] of [
    [cappedAbove(m, s, c), moments((x) => Math.min(x, c))],
    [cappedBelow(m, s, c), moments((x) => Math.max(x, -c))],
  ] as const) {
    for (const key of ['mean', 'deviation', 'sharpe', 'skew'] as const)
      expect(closed[key]).toBeCloseTo(quadrature[key], 8);
  }
  // E[min(X, c)] = c − E[(c − X)⁺].
  expect(cappedAbove(m, s, c).mean).toBeCloseTo(c - normalStopLoss(-m, s, -c), 12);
});

describe('Student', () => {
  test('has its density, and known quantiles', () => {
    for (const [nu, x] of [
      [1, -3],
      [3, -2],
      [5, 0.4],
      [30, 1.5],
      [4, -40],
    ] as const) {
      near(
        slope((t) => studentCdf(nu, t), x, Math.abs(x) * 1e-3),
        studentDensity(nu, x),
        6,
      );
    }
    near(studentCdf(1, -3), Math.atan(-3) / Math.PI + 0.5, 12); // Cauchy
    near(studentCdf(2, 1.5), 0.5 + 1.5 / (2 * Math.sqrt(2 + 2.25)), 12);
    expect(studentCdf(5, 2.015)).toBeCloseTo(0.95, 4); // tables
    near(studentCdf(1e7, -2), normalCdf(-2), 5);
  });

  test('has puts that are normal ones, mixed over the variance', () => {
    const of = { freedom: 4, location: -0.01, scale: 0.05 };
    for (const k of [0.3, 0.8, 0.95, 1.1]) {
      const density = (y: number) => studentDensity(4, (y - of.location) / of.scale) / of.scale;
      const direct = integrate(
        (y) => (k - Math.exp(y)) * density(y),
        -400,
        Math.log(k),
        [-50, -10, -3, -1, -0.3, -0.1],
      );
      expect(studentPut(of, k)).toBeCloseTo(direct, 8);
      // ν / χ² variances: at V ~ Γ(ν/2, 1), the scale is × √(ν / 2V).
      const mixed = integrate(
        (v) =>
          Math.exp((of.freedom / 2 - 1) * Math.log(v) - v - logGamma(of.freedom / 2)) *
          put(lognormal(of.location, of.scale * Math.sqrt(of.freedom / (2 * v))), k),
        1e-5,
        60,
        [1e-3, 0.01, 0.1, 1, 5, 15],
      );
      expect(studentPut(of, k)).toBeCloseTo(mixed, 9);
      expect(slope((x) => studentPut(of, x), k, 1e-3)).toBeCloseTo(studentBankruptcy(of, k), 5);
    }
    expect(studentPut({ freedom: 1e7, location: 0, scale: 0.3 }, 0.9)).toBeCloseTo(
      put(lognormal(0, 0.3), 0.9),
      6,
    );
    expect(studentPut(of, 0)).toBe(0);
    // The variance of the log return is σ²T: E[t²] = ν / (ν − 2).
    const asked = studentReturn({ drift: 0.1, volatility: 0.8, horizon: 0.1 }, 4);
    near(asked.scale ** 2 * 2, 0.064, 13);
    near(asked.location, (0.1 - 0.32) * 0.1, 13);
  });
});

test('a mixture of one law is that law', () => {
  const law = gbm(DIFFUSIONS[0]!);
  near(mixture([{ weight: 1, law }]).quantile(0.01), law.quantile(0.01), 12);
});
