import { describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/simulation/engine/spec.ts';
import { binomialPmf } from '../../support/quant/discrete.ts';
import { normalCdf, normalDensity } from '../../support/quant/normal.ts';
import { lognormal, put } from '../../support/quant/price-law.ts';
import * as vasicek from '../../support/quant/vasicek.ts';
import { bookOf, near, quantileNear, ran, same, specOf } from './runs.ts';

/*
 * Vasicek's pool: many like longs, each in a market of its own, that one factor moves; and one account that won before and bears all.
 * Its profit is so large that the deficits are its haircuts.
 */

const DAYS = 10;
const VOL = 1;

function poolOf(correlation: number): vasicek.FactorPool {
  const deviation = VOL * Math.sqrt(DAYS / 365);
  return { mean: -(deviation ** 2) / 2, deviation, correlation, equity: 200, exposure: 1_000 };
}

function run(count: number, correlation: number, changes: Partial<RunSpec>) {
  const { equity, exposure } = poolOf(correlation);
  const markets = Array.from({ length: count }, (_, i) => i);
  const model: RunSpec['model'] = {
    ...{ kind: 'GBM', horizonDays: DAYS, steps: 1, tail: null },
    drifts: markets.map(() => 0),
    vols: markets.map(() => VOL),
    correlation: markets.map((i) => markets.map((j) => (i === j ? 1 : correlation))),
  };
  const longs = markets.map((market) => ({ equity, positions: [[market, exposure]] as const, burden: 1e9 }));
  return ran(specOf(model, changes), bookOf(count, [...longs, { equity: 1e9, gain: 1e9 }]));
}

test.each(['PSEUDO', 'ANTITHETIC', 'SOBOL'] as const)(
  '%s: how many of 40 are bankrupt is a binomial, mixed over the factor',
  (sampling) => {
    const [count, correlation] = [40, 0.35];
    const pool = poolOf(correlation);
    const p = vasicek.bankruptcy(pool);
    const { result, account } = run(count, correlation, { sampling, paths: 16_384 });
    near('P(bankrupt)', result.probabilityOfBankruptcy, 1 - vasicek.countPmf(p, correlation, count, 0));
    const k = 1 - pool.equity / pool.exposure;
    const law = lognormal(pool.mean, pool.deviation);
    near('E[D]', result.expectedDeficit, count * pool.exposure * put(law, k));
    near('P(one is bankrupt)', account(7, 'probabilityOfBankruptcy'), p);
    // E[S] = 1: what limited liability saves it is all that it expects.
    near('E[g] of one', account(7, 'expectedReturn'), (pool.exposure * put(law, k)) / pool.equity);
    near('E[h] of who bears', account(count, 'expectedHaircut'), count * pool.exposure * put(law, k));
    let buckets = 0;
    for (const { from, to, probability } of result.liquidations) {
      const exact = vasicek.overFactor((z) => {
        let sum = 0;
        for (let j = from; j <= Math.min(count, to ?? count); j++)
          sum += binomialPmf(count, vasicek.shareGiven(p, correlation, z), j);
        return sum;
      });
      if (exact > 1e-3) near(`P(${from} to ${to})`, probability, exact);
      buckets += probability!.value;
    }
    same('all', buckets, 1);
    // One bears all of it.
    same('HHI', result.burden.herfindahl!.value, 1);
    same('Gini', result.burden.gini!.value, count / (count + 1));
  },
);

describe('a large pool', () => {
  const [count, correlation] = [200, 0.25];
  const pool = poolOf(correlation);
  const funds = [0, 10, 25, 60];
  const { result, distributions } = run(count, correlation, {
    ...{ sampling: 'SOBOL', paths: 8_192 },
    fundSizes: funds.map((each) => each * count),
  });
  /** The deficit of one account where the factor is z: mean and variance. */
  const given = (z: number) => {
    const law = lognormal(
      pool.mean + pool.deviation * Math.sqrt(correlation) * z,
      pool.deviation * Math.sqrt(1 - correlation),
    );
    const k = 1 - pool.equity / pool.exposure;
    const mean = pool.exposure * put(law, k);
    const square = pool.exposure ** 2 * (k * k * law.cdf(k) - 2 * k * law.partial(1, k) + law.partial(2, k));
    expect(Math.abs(mean - vasicek.deficitGiven(pool, z))).toBeLessThan(1e-9);
    return { mean, deviation: Math.sqrt(Math.max(0, square - mean ** 2) / count) };
  };

  test('has E[(D − F)⁺] of its limit, but for what is left of chance when the factor is known', () => {
    result.fundCurve.forEach(({ expectedResidual }, i) => {
      const fund = funds[i]!;
      // Given the factor, D is nearly normal: Bachelier's formula, mixed.
      const exact = vasicek.overFactor((z) => {
        const { mean, deviation } = given(z);
        const x = (mean - fund) / deviation;
        return deviation > 0
          ? deviation * normalDensity(x) + (mean - fund) * normalCdf(x)
          : Math.max(0, mean - fund);
      });
      near(`E[(D − ${fund})⁺]`, expectedResidual, count * exact, 0.004 * count * exact);
      // Further out that chance is more than all that the factor brings about.
      const limit = count * vasicek.expectedExcess(pool, fund);
      if (fund <= 25) near(`the limit of E[(D − ${fund})⁺]`, expectedResidual, limit, 0.08 * limit);
    });
  });

  test('has the quantiles of its limit, within a few percent', () => {
    for (const level of [0.9, 0.99]) {
      const limit = count * vasicek.deficitQuantile(pool, level);
      const { low, high } = distributions.deficit.quantile(level);
      expect(limit * 1.05).toBeGreaterThan(low);
      expect(limit * 0.95).toBeLessThan(high);
      expect(high / low).toBeLessThan(1.5);
    }
  });
});

describe('bootstrap', () => {
  const history = [
    [-0.25, -0.1],
    [0.05, 0.02],
    [-0.12, 0.08],
    [0.2, 0.01],
    [-0.02, -0.3],
  ];
  const book = bookOf(2, [
    {
      equity: 90,
      rate: 0.5,
      positions: [
        [0, 600],
        [1, -100],
      ],
    },
    { equity: 120, rate: 0.5, positions: [[1, 700]] },
    {
      equity: 2_000,
      rate: 0.5,
      positions: [
        [0, -600],
        [1, -600],
      ],
    },
  ]);
  const model = (horizonDays: number, blockLength: number): RunSpec['model'] => ({
    ...{ kind: 'BOOTSTRAP', history, horizonDays, steps: 1, rowDays: 1, blockLength, drifts: null },
  });
  /** Every outcome of the bootstrap as a scenario of its own. */
  const grown = (...rows: number[]) =>
    [0, 1].map((market) => rows.reduce((price, row) => price * (1 + history[row]![market]!), 1) - 1);
  const days = [0, 1, 2, 3, 4];

  test.each([
    { name: 'a row', spec: model(1, 1), returns: days.map((row) => grown(row)) },
    { name: 'two rows', spec: model(2, 1), returns: days.flatMap((a) => days.map((b) => grown(a, b))) },
    { name: 'a block of two', spec: model(2, 2), returns: [0, 1, 2, 3].map((row) => grown(row, row + 1)) },
  ])('of $name: what all its outcomes come to', ({ spec, returns }) => {
    const changes = { fundBalance: 12_000_000n, levels: [0.8] };
    const probabilities = returns.map(() => 1 / returns.length);
    const exact = ran(specOf({ kind: 'SCENARIOS', returns, probabilities }, changes), book);
    for (const sampling of ['PSEUDO', 'ANTITHETIC', 'SOBOL'] as const) {
      const drawn = ran(specOf(spec, { ...changes, sampling, paths: 16_384 }), book);
      const slack = sampling === 'SOBOL' ? 3 / 16_384 : 0;
      for (const name of [
        'probabilityOfBankruptcy',
        'probabilityOfSocialization',
        'probabilityOfUncovered',
      ] as const)
        near(name, drawn.result[name], exact.result[name]!.value, slack);
      for (const name of [
        'expectedDeficit',
        'expectedResidual',
        'expectedUncovered',
        'expectedHaircutRate',
        'wrongWayRisk',
      ] as const)
        near(name, drawn.result[name], exact.result[name]!.value, slack * 500);
      for (const column of ['expectedReturn', 'volatilityNet', 'skewNet', 'expectedHaircut'] as const)
        near(column, drawn.account(2, column), exact.account(2, column).value, slack * 500);
      quantileNear(
        'deficit',
        drawn.distributions.deficit,
        0.7,
        exact.distributions.deficit.quantile(0.7).value,
      );
    }
  });
});
