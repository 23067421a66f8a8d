import { describe, expect, test } from 'vitest';
import { LIQUIDATION_BOUNDS } from '../../../src/simulation/engine/tally.ts';
import { binomialPmf } from '../../support/quant/discrete.ts';
import * as independent from '../../support/quant/independent.ts';
import { type Account, bookOf, type Ran, ran, same, specOf } from './runs.ts';

/*
 * Scenarios that are listed one by one with their probabilities: nothing is chance, so that what a run says is right to the last digits.
 */

/** All outcomes of accounts that each fail on their own: account i's market falls by 30 % where bit i is set. */
function subsets(probabilities: readonly number[]) {
  const rows = Array.from({ length: 2 ** probabilities.length }, (_, set) =>
    probabilities.map((p, i) => ((set >> i) & 1 ? { fall: -0.3, p } : { fall: 0, p: 1 - p })),
  );
  return {
    kind: 'SCENARIOS' as const,
    returns: rows.map((row) => row.map(({ fall }) => fall)),
    probabilities: rows.map((row) => row.reduce((product, { p }) => product * p, 1)),
  };
}

/** Longs that are 3/10 × exposure − equity short after a fall, and three winners with profits from before. */
const WINNERS = [100, 200, 700];
const poolOf = (deficits: readonly number[], rate = 1) =>
  bookOf(deficits.length, [
    ...deficits.map((deficit, i): Account => ({ equity: 30, positions: [[i, (30 + deficit) / 0.3]] })),
    ...WINNERS.map((gain) => ({ equity: 5_000, gain, rate })),
  ]);
const W = 1_000;

function noErrors({ result, account }: Ran): void {
  for (const [name, item] of Object.entries(result)) {
    if (item && typeof item === 'object' && 'standardError' in item)
      expect(item.standardError, name).toBeNull();
  }
  for (const { probability } of result.liquidations) expect(probability!.standardError).toBeNull();
  for (const { expectedResidual } of result.fundCurve) expect(expectedResidual!.standardError).toBeNull();
  expect(result.burden.gini!.standardError).toBeNull();
  expect(account(0, 'expectedReturn').standardError).toBeNaN();
}

describe('independent accounts', () => {
  test.each([
    { p: 0.15, fund: 0, rate: 1 },
    { p: 0.3, fund: 250, rate: 0.25 },
    { p: 0.02, fund: 90, rate: 1 },
  ])('alike: binomial with p = $p, fund $fund, β = $rate', ({ p, fund, rate }) => {
    const [count, deficit] = [10, 90];
    const pool = { count, probability: p, deficit };
    const book = poolOf(Array(count).fill(deficit), rate);
    const told = ran(
      specOf(subsets(Array(count).fill(p)), {
        fundBalance: BigInt(fund) * 1_000_000n,
        fundSizes: [0, 100, 450],
      }),
      book,
    );
    const { result, account } = told;
    noErrors(told);
    expect([result.paths, result.batches]).toEqual([1_024, 1]);
    const mean = (f: (k: number) => number) => {
      let sum = 0;
      for (let k = 0; k <= count; k++) sum += binomialPmf(count, p, k) * f(k);
      return sum;
    };
    const rateAt = (k: number) => Math.min(rate, Math.max(0, deficit * k - fund) / W);
    same('P(bankrupt)', result.probabilityOfBankruptcy!.value, 1 - (1 - p) ** count);
    same('P(H > 0)', result.probabilityOfSocialization!.value, independent.probabilityOver(pool, fund));
    same('E[D]', result.expectedDeficit!.value, count * p * deficit);
    same('E[R]', result.expectedResidual!.value, independent.expectedOver(pool, fund));
    const over = independent.expectedOver(pool, fund + rate * W);
    same('E[U]', result.expectedUncovered!.value, over);
    same(
      'P(U > 0)',
      result.probabilityOfUncovered!.value,
      independent.probabilityOver(pool, fund + rate * W),
    );
    same('E[rate]', result.expectedHaircutRate!.value, mean(rateAt));
    same(
      'E[rate | H > 0]',
      result.expectedHaircutRateGivenSocialization!.value,
      mean(rateAt) / independent.probabilityOver(pool, fund),
    );
    for (const { fund: size, expectedResidual, probabilityOfSocialization } of result.fundCurve) {
      same(`E[R] with ${size}`, expectedResidual!.value, independent.expectedOver(pool, size));
      same(
        `P(R > 0) with ${size}`,
        probabilityOfSocialization!.value,
        independent.probabilityOver(pool, size),
      );
    }
    WINNERS.forEach((gain, i) => {
      same('E[h]', account(count + i, 'expectedHaircut').value, gain * mean(rateAt));
      same(
        'P(h > 0)',
        account(count + i, 'probabilityOfHaircut').value,
        independent.probabilityOver(pool, fund),
      );
      same('P(won)', account(count + i, 'probabilityOfProfit').value, 1);
    });
    same('P(a long is bankrupt)', account(3, 'probabilityOfBankruptcy').value, p);
    same('its return', account(3, 'expectedReturn').value, -p);
    same('its volatility', account(3, 'volatility').value, Math.sqrt(p * (1 - p)), 11);
    same('its Sharpe ratio', account(3, 'sharpe').value, -Math.sqrt(p / (1 - p)), 11);
    same('its skew', account(3, 'skew').value, (2 * p - 1) / Math.sqrt(p * (1 - p)), 10);
    // Burdens stand in the proportion of profits; ten of thirteen accounts bear nothing.
    const shares = [...Array(10).fill(0), 0.1, 0.2, 0.7];
    same('HHI', result.burden.herfindahl!.value, 0.01 + 0.04 + 0.49);
    const ranked = shares.reduce((sum, share, i) => sum + (i + 1) * share, 0);
    same('Gini', result.burden.gini!.value, (2 * ranked - 14) / 13);
    same('top ten', result.burden.topTenShare!.value, 1);
    // By how many are closed out.
    for (const { from, to, probability, expectedHaircutRate } of result.liquidations) {
      const within = (k: number) => k >= from && k <= (to ?? count);
      same(
        `P(${from} to ${to})`,
        probability!.value,
        mean((k) => Number(within(k))),
      );
      const given = mean((k) => (within(k) ? rateAt(k) : 0)) / mean((k) => Number(within(k)));
      same(`E[rate | ${from} to ${to}]`, expectedHaircutRate!.value, given, 11);
    }
    expect(result.liquidations.map(({ from }) => from)).toEqual(LIQUIDATION_BOUNDS.slice(0, 6));
    // What winners had won is the same on every path: it correlates with nothing.
    expect(result.wrongWayRisk).toBeNull();
  });

  test('of different sizes and probabilities: the laws of the sum, of the largest deficit, and of the two largest', () => {
    const accounts = [
      { probability: 0.1, deficit: 60 },
      { probability: 0.25, deficit: 5 },
      { probability: 0.04, deficit: 200 },
      { probability: 0.3, deficit: 30 },
      { probability: 0.15, deficit: 110 },
      { probability: 0.5, deficit: 1 },
      { probability: 0.02, deficit: 450 },
    ];
    const fund = 40;
    const levels = [0.3, 0.55, 0.8, 0.9, 0.95, 0.99, 0.999];
    const { distributions, haircutsAtRisk, result } = ran(
      specOf(subsets(accounts.map(({ probability }) => probability)), {
        fundBalance: BigInt(fund) * 1_000_000n,
        levels,
      }),
      poolOf(accounts.map(({ deficit }) => deficit)),
    );
    const total = independent.totalLaw(accounts);
    const residual = (d: number) => Math.max(0, d - fund);
    same('E[R]', result.expectedResidual!.value, independent.meanOf(total, residual));
    levels.forEach((level, l) => {
      const at = independent.quantileOf(total, level);
      same('quantile of D', distributions.deficit.quantile(level).value, at);
      same('VaR', distributions.residual.quantile(level).value, residual(at));
      same('asked', distributions.asked.quantile(level).value, at);
      same('rate', distributions.rate.quantile(level).value, Math.min(1, residual(at) / W));
      const law = (covered: 1 | 2) =>
        independent.quantileOf(independent.largestLaw(accounts, covered), level);
      same('largest', distributions.largest.quantile(level).value, law(1));
      same('two largest', distributions.largestTwo.quantile(level).value, law(2));
      // Acerbi and Tasche: E[(R − VaR)⁺] ÷ (1 − q) + VaR.
      const beyond = independent.meanOf(total, (d) => Math.max(0, d - Math.max(at, fund)));
      // Values that share a bin of the histogram are told apart by less than a 512th.
      const shortfall = beyond / (1 - level) + residual(at);
      same(
        'shortfall',
        distributions.residual.shortfall(level),
        shortfall,
        Math.log10(512 / (1 + shortfall)) + 0.3,
      );
      WINNERS.forEach((gain, i) => {
        const { values, lows, highs } = haircutsAtRisk[l]!;
        const exact = gain * Math.min(1, residual(at) / W);
        // Floats hold what single paths came to.
        same('haircut at risk', values[accounts.length + i], exact, 6);
        expect(lows[accounts.length + i]).toBeLessThanOrEqual(values[accounts.length + i]!);
        expect(highs[accounts.length + i]).toBeGreaterThanOrEqual(values[accounts.length + i]!);
      });
    });
  });

  test('a level that is met exactly is the lower value', () => {
    const { distributions } = ran(specOf(subsets([0.5, 0.5])), poolOf([90, 90]));
    const at = (level: number) => distributions.deficit.quantile(level).value;
    expect([at(0.25), at(0.2501), at(0.75), at(0.7501)]).toEqual([0, 90, 90, 180]);
    // Ten times a tenth is not 1 in doubles.
    const tenths = {
      kind: 'SCENARIOS' as const,
      returns: [...Array(9).fill([0]), [-0.3]],
      probabilities: Array(10).fill(0.1),
    };
    const { deficit } = ran(specOf(tenths), poolOf([90])).distributions;
    expect([deficit.quantile(0.9).value, deficit.quantile(0.91).value]).toEqual([0, 90]);
  });
});

test('two points and a third by hand: wrong-way risk, rates and returns', () => {
  // A long with 100 and 1,000 of exposure, a short with plenty, and one who won 50 before: falls by 20 % and 50 %, and a rise by 10 %.
  const book = bookOf(1, [
    { equity: 100, positions: [[0, 1_000]] },
    { equity: 4_000, positions: [[0, -1_000]] },
    { equity: 50, gain: 50 },
  ]);
  const scenarios = {
    kind: 'SCENARIOS' as const,
    returns: [[-0.2], [-0.5], [0.1]],
    probabilities: [0.3, 0.1, 0.6],
  };
  const { result, account } = ran(specOf(scenarios, { fundBalance: 40_000_000n }), book);
  // Deficits 100, 400, 0; residuals 60, 360, 0; won 250, 550, 150.
  const [rates, gains, p] = [
    [60 / 250, 360 / 550, 0],
    [250, 550, 150],
    [0.3, 0.1, 0.6],
  ];
  const mean = (f: (i: number) => number) => p.reduce((sum, weight, i) => sum + weight * f(i), 0);
  const [rate, gain] = [mean((i) => rates[i]!), mean((i) => gains[i]!)];
  const covariance = mean((i) => (rates[i]! - rate) * (gains[i]! - gain));
  const deviation = (of: readonly number[], m: number) => Math.sqrt(mean((i) => (of[i]! - m) ** 2));
  same(
    'wrong way',
    result.wrongWayRisk!.value,
    covariance / deviation(rates, rate) / deviation(gains, gain),
    11,
  );
  same('E[rate]', result.expectedHaircutRate!.value, rate);
  same('E[R]', result.expectedResidual!.value, 0.3 * 60 + 0.1 * 360);
  same('E[F − R]', result.expectedFundDraw!.value, 0.4 * 40);
  // The short gives 4/5 of 60 and 10/11 of 360.
  const h = [48, (360 * 10) / 11, 0];
  same('E[h]', account(1, 'expectedHaircut').value, 0.3 * 48 + 0.1 * h[1]!);
  const net = [200 - h[0]!, 500 - h[1]!, -100].map((x) => x / 4_000);
  const m = mean((i) => net[i]!);
  const sd = deviation(net, m);
  same('net return', account(1, 'expectedReturnNet').value, m);
  same('net volatility', account(1, 'volatilityNet').value, sd);
  same('net Sharpe', account(1, 'sharpeNet').value, m / sd, 11);
  same('net skew', account(1, 'skewNet').value, mean((i) => (net[i]! - m) ** 3) / sd ** 3, 10);
  // Of the 50 from before nothing moves but haircuts.
  expect([account(2, 'volatility').value, account(2, 'expectedReturn').value]).toEqual([0, 0]);
  expect(account(2, 'sharpe').value).toBeNaN();
  expect(account(2, 'sharpeNet').value).toBeLessThan(0);
});

test('an account that always ends the same has no volatility, and no ratio to it', () => {
  // Below its margin at the marks, and closing costs more than it has: it loses all of it on every path.
  const returns = Array.from({ length: 37 }, (_, i) => [(i - 18) / 997]);
  for (const equity of [7, 0.1, 7.3, 1 / 3, 123.456]) {
    const book = bookOf(1, [
      { equity, positions: [[0, 10_000, 5_000]] },
      { equity: 1e4, gain: 1e4 },
    ]);
    const { account } = ran(
      specOf(
        { kind: 'SCENARIOS', returns, probabilities: returns.map((_, i) => (i + 1) / 703) },
        { closing: { closeOutAt: 'BELOW_MAINTENANCE', slippage: 0.1 } },
      ),
      book,
    );
    same('return', account(0, 'expectedReturn').value, -1);
    expect(account(0, 'volatility').value).toBe(0);
    expect(account(0, 'sharpe').value).toBeNaN();
    expect(account(0, 'skew').value).toBeNaN();
  }
});

test('scenarios of no probability count for nothing', () => {
  const two = { kind: 'SCENARIOS' as const, returns: [[-0.3], [-0.29], [0]], probabilities: [0.5, 0, 0.5] };
  const { result, distributions } = ran(specOf(two, { methods: ['TALMUD'] }), poolOf([90]));
  same('E[D]', result.expectedDeficit!.value, 45);
  expect(distributions.deficit.rankAmongPositive(90)).toEqual({ low: 0, high: 1 });
  expect(distributions.deficit.quantile(0.6).value).toBe(90);
});

test('paths without a winner have no rate, and are in no class of liquidations', () => {
  // The long gave up all that it may win before; the short wins in a fall alone, and then gives half of 100 ÷ 200.
  const book = bookOf(1, [
    { equity: 100, burden: 1e6, positions: [[0, 1_000]] },
    { equity: 5_000, positions: [[0, -1_000]] },
  ]);
  const scenarios = { kind: 'SCENARIOS' as const, returns: [[-0.2], [0.1]], probabilities: [0.25, 0.75] };
  const { result, distributions } = ran(specOf(scenarios), book);
  same('E[rate]', result.expectedHaircutRate!.value, 0.5);
  same('rate at risk', distributions.rate.quantile(0.01).value, 0.5);
  const one = { value: 1, standardError: null };
  const rate = { value: 0.5, standardError: null };
  expect(result.liquidations).toEqual([{ from: 1, to: 1, probability: one, expectedHaircutRate: rate }]);
});
