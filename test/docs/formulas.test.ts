import { describe, expect, test } from 'vitest';
import {
  criticalPrices,
  type Holding,
  type MarginTerms,
  marginOf,
  requirement,
} from '../../src/margin/margin.ts';
import { ruinProbability, ruinProbabilityWithin } from '../../src/simulation/ruin.ts';
import { toRun } from '../support/documents.ts';
import { clear } from '../support/quant/clearing.ts';
import { normalCdf, normalDensity, normalQuantile } from '../support/quant/normal.ts';
import { gbm, put } from '../support/quant/price-law.ts';
import { expectedResidualOfFall, probabilityOverFund, residualOfLongs } from '../support/quant/puts.ts';
import { integrate } from '../support/quant/quadrature.ts';
import { overFactor, shareCdf, shareGiven } from '../support/quant/vasicek.ts';

/**
 * The formulas that docs/margin.md and docs/quant.md set apart, each as it stands there, written once more in numbers and held to what the
 * code says, or to an integral. A formula that is changed, or is new, has nobody here who checks it, and fails.
 */
const CHECKS: Readonly<Record<string, Readonly<Record<string, () => void>>>> = {
  'docs/margin.md': {
    "requirement(N) = N × rate + Σ over tiers of max(0, N − floor) × (tier's rate − rate before it)": () => {
      for (const notional of [0, 999, 1_000, 1_001, 4_321, 5_000, 60_000]) {
        let sum = notional * RATE;
        let before = RATE;
        for (const { floor, rate } of TIERS) {
          sum += Math.max(0, notional - floor) * (rate - before);
          before = rate;
        }
        const exact = requirement(BigInt(notional) * VALUE, TERMS, 'maintenanceRate');
        expect(Number(exact / 10n ** 63n) / 1e9).toBeCloseTo(sum, 6);
      }
    },
    'R = balance + Σ PnL of the others − cost,      so that      e(p) = R + s × c × p': () => {
      for (const p of [60, 81, 100, 133]) {
        // The other: 3 short, sold at 120, at 100.
        const rest = 300 + -3 * (100 - 120) - 20 * 90;
        expect(equityAt(p)).toBeCloseTo(rest + 20 * 1 * p, 5);
      }
    },
    "credit = Σ over the tiers reached of floor × (tier's rate − rate before it)": () => {
      const credits = [0, 1_000 * (0.1 - 0.05), 1_000 * (0.1 - 0.05) + 5_000 * (0.25 - 0.1)];
      for (const [i, notional] of [500, 3_000, 9_000].entries()) {
        const exact = requirement(BigInt(notional) * VALUE, TERMS, 'maintenanceRate');
        expect(Number(exact / 10n ** 63n) / 1e9).toBeCloseTo(
          [0.05, 0.1, 0.25][i]! * notional - credits[i]!,
          6,
        );
      }
    },
    'long:   p = (F − R − credit) ÷ (a × (1 − rate))\nshort:  p = (R − F + credit) ÷ (a × (1 + rate))':
      () => {
        const price = (size: bigint, entry: bigint, balance: bigint) =>
          Number(
            criticalPrices(balance * 10n ** 6n, [held(size, entry, 100n), OTHER], 0, DECIMALS).liquidation,
          ) / 1e18;
        // Both are met in the tier from 1,000 on, in which the credit is 50; the other's requirement is 5 % of 300.
        const [f, credit, rate] = [15, 50, 0.1];
        const long = 300 + 60 - 20 * 90;
        expect(price(20n, 90n, 300n)).toBeCloseTo((f - long - credit) / (20 * (1 - rate)), 12);
        const short = 300 + 60 + 20 * 90;
        expect(price(-20n, 90n, 300n)).toBeCloseTo((short - f + credit) / (20 * (1 + rate)), 12);
      },
    "e ≈ base + Σ size × price        M, I ≈ Σ |size × price| × rate, and the tiers' part": () => {
      const { equity, maintenance, initial } = marginOf(300n * 10n ** 6n, [OTHER], DECIMALS);
      const base = 300 - -3 * 120;
      expect(Number(equity) / 1e6).toBeCloseTo(base + -3 * 100, 6);
      expect(Number(maintenance) / 1e6).toBeCloseTo(Math.abs(-3 * 100) * RATE, 6);
      expect(Number(initial) / 1e6).toBeCloseTo(Math.abs(-3 * 100) * 2 * RATE, 6);
    },
    '(n (3 + T) + 24) × u × (|base| + N)': () => {
      // Thirds, so that everything is rounded; compared in 10^-30.
      const sizes = Array.from({ length: 200 }, (_, i) => ({ n: BigInt(7 * i + 1), d: 3n }));
      const prices = sizes.map((_, i) => ({ n: BigInt(1_000 + 11 * i), d: 7n }));
      const unit = 10n ** 30n;
      const exact = sizes.reduce(
        (sum, { n, d }, i) => sum + (n * prices[i]!.n * unit) / (d * prices[i]!.d),
        0n,
      );
      const cost = exact - unit / 3n;
      const base = -Number(cost) / 1e30;
      let [equity, notional] = [base, 0];
      for (const [i, { n, d }] of sizes.entries()) {
        const worth = (Number(n) / Number(d)) * (Number(prices[i]!.n) / Number(prices[i]!.d));
        equity += worth;
        notional += worth;
      }
      const bound = (200 * (3 + 0) + 24) * 2 ** -53 * (Math.abs(base) + notional);
      const off = Math.abs(equity - 1 / 3);
      expect(off).toBeGreaterThan(0);
      expect(off).toBeLessThan(bound);
    },
  },
  'docs/quant.md': {
    '−dE[R]/dF = P(R > 0)': () => {
      for (const fund of [5, 20, 60]) {
        const at = (more: number) =>
          expectedResidualOfFall({ law: LAW, long: LONG, shorts: [], fund: fund + more, rate: 0.1 });
        const probability = probabilityOverFund({ law: LAW, long: LONG, shorts: [], fund, rate: 0.1 });
        expect((at(-0.01) - at(0.01)) / 0.02).toBeCloseTo(probability, 7);
      }
    },
    'E[Sⁿ; S ≤ x] = exp(n (μ − σ²/2) T + n² s²/2) Φ(d(x) − n s)': () => {
      for (const n of [0, 1, 2, 3])
        for (const x of [0.7, 0.9, 1, 1.4]) {
          const d = (Math.log(x) - MEAN) / S;
          const said = Math.exp(n * MEAN + (n * n * S * S) / 2) * normalCdf(d - n * S);
          expect(said).toBeCloseTo(
            expectation((price) => price ** n, x),
            10,
          );
          expect(LAW.partial(n, x)).toBeCloseTo(said, 12);
        }
    },
    'put(k) = E[(k − S)⁺] = k P(S ≤ k) − E[S; S ≤ k]          d put / dk = P(S ≤ k)': () => {
      for (const k of [0.75, 0.9, 1.1]) {
        const payoff = expectation((price) => k - price, k);
        expect(payoff).toBeCloseTo(k * LAW.cdf(k) - LAW.partial(1, k), 10);
        expect(put(LAW, k)).toBeCloseTo(payoff, 10);
        expect((put(LAW, k + 1e-5) - put(LAW, k - 1e-5)) / 2e-5).toBeCloseTo(LAW.cdf(k), 6);
      }
    },
    'R = (Σ_{k_i ≥ s*} X_i) (s* − S)⁺ + Σ_{k_i < s*} X_i (k_i − S)⁺          P(R > 0) = P(S < s*)': () => {
      const longs = [
        { equity: 50, exposure: 1_000 },
        { equity: 100, exposure: 800 },
        { equity: 150, exposure: 500 },
      ];
      const strikes = longs.map(({ equity, exposure }) => 1 - equity / exposure);
      const fund = 40;
      const { strike, probability, expected } = residualOfLongs(LAW, longs, fund);
      for (let price = 0.3; price < 1.1; price += 0.01) {
        const deficit = longs.reduce(
          (sum, { exposure }, i) => sum + exposure * Math.max(0, strikes[i]! - price),
          0,
        );
        let said = 0;
        for (const [i, { exposure }] of longs.entries())
          said += exposure * Math.max(0, (strikes[i]! >= strike ? strike : strikes[i]!) - price);
        expect(said).toBeCloseTo(Math.max(0, deficit - fund), 9);
        expect(deficit > fund).toBe(price < strike);
      }
      expect(probability).toBeCloseTo(LAW.cdf(strike), 12);
      const deficit = (price: number) =>
        longs.reduce((sum, { exposure }, i) => sum + exposure * Math.max(0, strikes[i]! - price), 0);
      expect(expected).toBeCloseTo(
        expectation((price) => Math.max(0, deficit(price) - fund), strike, strikes),
        6,
      );
    },
    'p(Z) = Φ((Φ⁻¹(p) − √ρ Z) ÷ √(1 − ρ))          P(share ≤ x) = Φ((√(1 − ρ) Φ⁻¹(x) − Φ⁻¹(p)) ÷ √ρ)': () => {
      const [p, rho] = [0.08, 0.3];
      const given = (z: number) => normalCdf((normalQuantile(p) - Math.sqrt(rho) * z) / Math.sqrt(1 - rho));
      for (const z of [-2, 0, 1.5]) {
        expect(shareGiven(p, rho, z)).toBeCloseTo(given(z), 14);
        // Given Z an account is bankrupt where √ρ Z + √(1 − ρ) ε is below Φ⁻¹(p).
        const epsilon = (normalQuantile(p) - Math.sqrt(rho) * z) / Math.sqrt(1 - rho);
        expect(given(z)).toBeCloseTo(integrate(normalDensity, -12, epsilon, [-6, -3]), 10);
      }
      expect(overFactor(given)).toBeCloseTo(p, 10);
      for (const x of [0.02, 0.08, 0.3]) {
        const said = normalCdf((Math.sqrt(1 - rho) * normalQuantile(x) - normalQuantile(p)) / Math.sqrt(rho));
        expect(shareCdf(p, rho, x)).toBeCloseTo(said, 14);
        // The share falls with Z: it is at most x from the Z on at which it is x.
        let [low, high] = [-12, 12];
        for (let i = 0; i < 200; i++) {
          const middle = (low + high) / 2;
          if (given(middle) > x) low = middle;
          else high = middle;
        }
        expect(said).toBeCloseTo(1 - normalCdf(low), 10);
      }
    },
    'ψ(u) = ρ exp(−(u ÷ m) (1 − ρ))': () => {
      const { initial: u, inflow: c, rate: lambda, meanClaim: m } = FUND;
      const rho = (lambda * m) / c;
      expect(ruinProbability(FUND)).toBeCloseTo(rho * Math.exp(-(u / m) * (1 - rho)), 14);
    },
    'ψ(u, T) = 1/(2πi) ∮ exp(T (μw + λ/w − μ − λ) + v (w − 1)) (μw² − λ) ÷ ((1 − w) (μw − λ)) dw': () => {
      const { initial, inflow, rate: lambda, meanClaim } = FUND;
      const [mu, v] = [inflow / meanClaim, initial / meanClaim];
      for (const days of [5, 30, 90]) {
        // The trapezoidal rule on a circle inside of both poles: dw = i w dθ, so that it is the mean of f(w) w.
        const [points, radius] = [4_000, 0.95 * Math.min(1, lambda / mu)];
        let sum = 0;
        for (let i = 0; i < points; i++) {
          const w = polar(radius, (2 * Math.PI * i) / points);
          const exponent = plus(
            times([days, 0], plus(times([mu, 0], w), over([lambda, 0], w), [-mu - lambda, 0])),
            times([v, 0], plus(w, [-1, 0])),
          );
          const numerator = plus(times([mu, 0], times(w, w)), [-lambda, 0]);
          const denominator = times(plus([1, 0], times([-1, 0], w)), plus(times([mu, 0], w), [-lambda, 0]));
          const power = polar(Math.exp(exponent[0]), exponent[1]);
          sum += times(times(power, over(numerator, denominator)), w)[0];
        }
        expect(sum / points).toBeCloseTo(ruinProbabilityWithin(FUND, days), 9);
      }
    },
    'p_i = p̄_i where e_i + Σ_j p_j L[j][i] ÷ p̄_j ≥ p̄_i, else α e_i + β Σ_j p_j L[j][i] ÷ p̄_j': () => {
      const liabilities = [
        [0, 70, 50],
        [20, 0, 60],
        [10, 10, 0],
      ];
      const outside = [40, 12, 30];
      const [alpha, beta] = [0.9, 0.8];
      const { shares, rounds } = clear({
        liabilities: liabilities.map((row) => row.map(BigInt)),
        outsideAssets: outside.map(BigInt),
        outsideRecovery: 9n * 10n ** 17n,
        networkRecovery: 8n * 10n ** 17n,
      });
      expect(rounds).toBeGreaterThan(0);
      const debts = liabilities.map((row) => row.reduce((sum, debt) => sum + debt, 0));
      const paid = shares.map(
        ({ numerator, denominator }, i) => (debts[i]! * Number(numerator)) / Number(denominator),
      );
      for (const [i, debt] of debts.entries()) {
        const got = paid.reduce((sum, p, j) => sum + (p * liabilities[j]![i]!) / debts[j]!, 0);
        const said = outside[i]! + got >= debt ? debt : alpha * outside[i]! + beta * got;
        expect(paid[i]).toBeCloseTo(said, 9);
      }
      expect(paid.some((p, i) => p < debts[i]!) && paid.some((p, i) => p === debts[i]!)).toBe(true);
    },
  },
};

// ── margin: 6 decimals, and the maintenance rates of the document's example ──

const DECIMALS = 6;
const ONE = 10n ** 18n;
const VALUE = 10n ** 54n;
const RATE = 0.05;
const TIERS = [
  { floor: 1_000, rate: 0.1 },
  { floor: 5_000, rate: 0.25 },
];
const units = (rate: number): bigint => BigInt(Math.round(rate * 1e6)) * 10n ** 12n;
const TERMS: MarginTerms = {
  contractSize: ONE,
  mark: 100n * ONE,
  initialRate: units(2 * RATE),
  maintenanceRate: units(RATE),
  tiers: TIERS.map(({ floor, rate }) => ({
    floor: BigInt(floor) * ONE,
    initialRate: units(2 * rate),
    maintenanceRate: units(rate),
  })),
};
const held = (size: bigint, entry: bigint, mark: bigint): Holding => ({
  position: { size: size * ONE, cost: size * entry * VALUE },
  terms: { ...TERMS, mark: mark * ONE },
});
const OTHER = held(-3n, 120n, 100n);
const equityAt = (mark: number): number =>
  Number(marginOf(300n * 10n ** 6n, [held(20n, 90n, BigInt(mark)), OTHER], DECIMALS).equity) / 1e6;

// ── a price: σ = 80 %, a week, as in the document's example ──

const DIFFUSION = { drift: 0.05, volatility: 0.8, horizon: 7 / 365 };
const LAW = gbm(DIFFUSION);
const MEAN = (DIFFUSION.drift - DIFFUSION.volatility ** 2 / 2) * DIFFUSION.horizon;
const S = DIFFUSION.volatility * Math.sqrt(DIFFUSION.horizon);
const LONG = { equity: 100, exposure: 1_000 };
/** E[f(S); S ≤ x], over the normal that ln S is. */
const expectation = (f: (price: number) => number, x: number, kinks: readonly number[] = []): number => {
  const end = (Math.log(x) - MEAN) / S;
  const breaks = [-6, -3, 0, ...kinks.map((k) => (Math.log(k) - MEAN) / S)].filter((z) => z > -12 && z < end);
  return integrate(
    (z) => f(Math.exp(MEAN + S * z)) * normalDensity(z),
    -12,
    end,
    breaks.toSorted((a, b) => a - b),
  );
};

const FUND = { initial: 400, inflow: 50, rate: 0.5, meanClaim: 80 };

type Complex = readonly [number, number];
const polar = (r: number, angle: number): Complex => [r * Math.cos(angle), r * Math.sin(angle)];
const plus = (...all: Complex[]): Complex => all.reduce(([a, b], [c, d]) => [a + c, b + d]);
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const over = (z: Complex, [c, d]: Complex): Complex => times(z, [c / (c * c + d * d), -d / (c * c + d * d)]);

describe.each(Object.entries(CHECKS))('%s', (file, checks) => {
  const formulas = toRun(file, 'indented').map(({ text }) => text.trim());

  test('has the formulas that are checked, and no others', () => {
    expect(formulas).toEqual(Object.keys(checks));
  });

  test.each(formulas)('%s', (formula) => {
    checks[formula]!();
  });
});
