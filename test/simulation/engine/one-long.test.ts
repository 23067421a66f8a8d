import { describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/simulation/engine/spec.ts';
import type { SamplerKind } from '../../../src/simulation/sampling/sampler.ts';
import * as market from '../../support/quant/one-market.ts';
import { gbm } from '../../support/quant/price-law.ts';
import * as puts from '../../support/quant/puts.ts';
import { type Account, bookOf, gbmOf, near, quantileNear, type Ran, ran, specOf } from './runs.ts';

/** One long that fails in a fall, against shorts that hold out in every rise, on which all closed forms of puts are. */
interface Case {
  readonly name: string;
  readonly drift: number;
  readonly volatility: number;
  readonly days: number;
  readonly equity: number;
  readonly exposure: number;
  readonly shorts: readonly number[];
  readonly fund: number;
  readonly rate: number;
  /** Whether the long's profit of a rise could bear, so that there is a winner on every path; else only in a fall. */
  readonly bears: boolean;
  /** Of the importance sampling. */
  readonly shift: number;
}

/** No rise within a horizon of these takes so much. */
const PLENTY = 1e7;

const CASES: readonly Case[] = [
  {
    name: 'the example of docs/quant.md',
    ...{ drift: 0, volatility: 0.8, days: 7, equity: 100, exposure: 1_000 },
    ...{ shorts: [1_000], fund: 20, rate: 0.1, bears: false, shift: -1.5 },
  },
  {
    name: 'low volatility, drift up, no fund and no cap',
    ...{ drift: 0.5, volatility: 0.3, days: 7, equity: 50, exposure: 1_000 },
    ...{ shorts: [250, 750], fund: 0, rate: 1, bears: true, shift: -1.5 },
  },
  {
    name: 'high volatility, drift down, a month',
    ...{ drift: -1, volatility: 2, days: 30, equity: 300, exposure: 1_000 },
    ...{ shorts: [100, 300, 600], fund: 200, rate: 0.3, bears: false, shift: -1 },
  },
  {
    name: 'a year',
    ...{ drift: 0.3, volatility: 0.6, days: 365, equity: 500, exposure: 1_000 },
    ...{ shorts: [400, 600], fund: 50, rate: 0.5, bears: true, shift: -1 },
  },
  {
    name: 'an hour and a big fund',
    ...{ drift: 0, volatility: 1, days: 1 / 24, equity: 10, exposure: 1_000 },
    ...{ shorts: [1_000], fund: 8, rate: 0.25, bears: false, shift: -2 },
  },
];

const SAMPLINGS: readonly { sampling: SamplerKind; tail: boolean; seed: bigint }[] = [
  { sampling: 'PSEUDO', tail: false, seed: 1n },
  { sampling: 'ANTITHETIC', tail: false, seed: 1n },
  { sampling: 'SOBOL', tail: false, seed: 1n },
  { sampling: 'PSEUDO', tail: true, seed: 1n },
  { sampling: 'SOBOL', tail: true, seed: 1n },
];

const PATHS = 32_768;

function poolOf(of: Case): puts.LongAgainstShorts {
  const { drift, volatility, days, equity, exposure, shorts, fund, rate } = of;
  return {
    law: gbm({ drift, volatility, horizon: days / 365 }),
    long: { equity, exposure },
    shorts: shorts.map((size) => ({ equity: PLENTY, exposure: -size })),
    fund,
    rate,
  };
}

/** P(somebody won). */
const winning = (of: Case): number => (of.bears ? 1 : poolOf(of).law.cdf(1));

function run(of: Case, changes: Partial<RunSpec>, tail: boolean): Ran {
  const pool = poolOf(of);
  const accountOf = ({ equity, exposure }: market.Holder, burden: number): Account => ({
    ...{ equity, burden, rate: of.rate, positions: [[0, exposure]] },
  });
  return ran(
    specOf(gbmOf(of, tail ? of.shift : undefined), {
      paths: PATHS,
      fundBalance: BigInt(of.fund * 1e6),
      levels: [0.9, 0.99],
      fundSizes: fundsOf(of),
      ...changes,
    }),
    bookOf(1, [
      accountOf(pool.long, of.bears ? 0 : PLENTY),
      ...pool.shorts.map((short) => accountOf(short, 0)),
    ]),
  );
}

/** Up to what one path in a thousand or so asks for. */
const fundsOf = (of: Case): number[] =>
  [0, 0.25, 0.5, 1].map((share) => share * puts.fundForTarget(poolOf(of), 0.003));

/** √Var of the shortfall's estimate: of what is beyond the quantile, were paths independent. */
function shortfallError(pool: puts.LongAgainstShorts, level: number): number {
  const at = puts.residualAtRisk(pool, level);
  const beyond = (price: number) => Math.max(0, pool.long.exposure * (puts.fundStrike(pool) - price) - at);
  const moment = (n: number) =>
    market.quadratureOf(
      pool.law,
      { ...puts.marketOf(pool), fund: pool.fund + at, rate: 1 },
      (price) => beyond(price) ** n,
    );
  return Math.sqrt((moment(2) - moment(1) ** 2) / PATHS) / (1 - level);
}

function checkPool(of: Case, { result }: Ran, slack: number): void {
  const pool = poolOf(of);
  near('P(bankrupt)', result.probabilityOfBankruptcy, puts.probabilityOfLongBankrupt(pool), slack);
  near('P(socialization)', result.probabilityOfSocialization, puts.probabilityOverFund(pool), slack);
  near('E[D]', result.expectedDeficit, puts.expectedLongDeficit(pool));
  near('E[R]', result.expectedResidual, puts.expectedResidualOfFall(pool));
  near('E[H]', result.expectedSocialized, puts.expectedSocializedOfFall(pool));
  near(
    'E[rate | win]',
    result.expectedHaircutRate,
    (puts.expectedRateGivenWin(pool) * pool.law.cdf(1)) / winning(of),
  );
  near(
    'E[rate | socialization]',
    result.expectedHaircutRateGivenSocialization,
    puts.expectedRateGivenSocialization(pool),
  );
  near(
    'E[fund draw]',
    result.expectedFundDraw,
    puts.expectedLongDeficit(pool) - puts.expectedResidualOfFall(pool),
  );
  if (of.rate === 1) {
    expect(result.probabilityOfUncovered?.value).toBe(0);
    expect(result.expectedUncovered?.value).toBe(0);
  } else {
    near('P(uncovered)', result.probabilityOfUncovered, pool.law.cdf(puts.capStrike(pool)), slack);
    near('E[U]', result.expectedUncovered, puts.expectedUncoveredOfFall(pool));
  }
}

function checkAccounts(of: Case, { account }: Ran, slack: number): void {
  const pool = poolOf(of);
  const [spot, win] = [puts.marketOf(pool), pool.law.cdf(1)];
  near('E[g] of the long', account(0, 'expectedReturn'), puts.expectedGrossOfLong(pool) / of.equity);
  const gross = market.returnOf(pool.law, spot, pool.long, 'gross');
  near('volatility of the long', account(0, 'volatility'), gross.deviation);
  near(
    'P(the long is bankrupt)',
    account(0, 'probabilityOfBankruptcy'),
    puts.probabilityOfLongBankrupt(pool),
    slack,
  );
  near(
    'P(the long is closed out)',
    account(0, 'probabilityOfCloseOut'),
    puts.probabilityOfLongBankrupt(pool),
    slack,
  );
  near('P(the long wins)', account(0, 'probabilityOfProfit'), of.bears ? 1 - win : 0, slack);
  pool.shorts.forEach((short, i) => {
    const at = 1 + i;
    const share = -short.exposure / of.exposure;
    near('E[h]', account(at, 'expectedHaircut'), share * puts.expectedSocializedOfFall(pool));
    near('E[g]', account(at, 'expectedReturn'), puts.expectedGrossOfShort(pool, short) / PLENTY);
    near('E[g − h]', account(at, 'expectedReturnNet'), puts.expectedNetOfShort(pool, short) / PLENTY);
    near('drag', account(at, 'returnDrag'), (share * puts.expectedSocializedOfFall(pool)) / PLENTY);
    near('P(h > 0)', account(at, 'probabilityOfHaircut'), puts.probabilityOverFund(pool), slack);
    near('P(w > 0)', account(at, 'probabilityOfProfit'), win, slack);
    for (const side of ['gross', 'net'] as const) {
      const { deviation, sharpe, skew } = market.returnOf(pool.law, spot, short, side);
      near(`volatility ${side}`, account(at, side === 'net' ? 'volatilityNet' : 'volatility'), deviation);
      near(`Sharpe ${side}`, account(at, side === 'net' ? 'sharpeNet' : 'sharpe'), sharpe);
      // Third moments of volatile prices hang on few paths, of which no batch has enough to know its error.
      if (pool.law.quantile(0.84) < 1.4 * pool.law.quantile(0.5))
        near(`skew ${side}`, account(at, side === 'net' ? 'skewNet' : 'skew'), skew);
    }
  });
}

function checkDistributions(of: Case, { distributions, haircutsAtRisk }: Ran): void {
  const pool = poolOf(of);
  [0.9, 0.99].forEach((level, l) => {
    const rateAtRisk = puts.rateOfFall(pool, pool.law.quantile((1 - level) * winning(of)));
    if (!of.bears) expect(rateAtRisk).toBe(puts.rateAtRisk(pool, level));
    quantileNear('VaR', distributions.residual, level, puts.residualAtRisk(pool, level));
    quantileNear('VaR of D', distributions.deficit, level, puts.residualAtRisk({ ...pool, fund: 0 }, level));
    quantileNear('fund for target', distributions.asked, level, puts.fundForTarget(pool, 1 - level));
    quantileNear('rate at risk', distributions.rate, level, rateAtRisk);
    quantileNear('largest deficit', distributions.largest, level, puts.fundForTarget(pool, 1 - level));
    const shortfall = puts.residualShortfall(pool, level);
    expect(Math.abs(distributions.residual.shortfall(level) - shortfall), 'shortfall').toBeLessThan(
      3 * shortfallError(pool, level) + shortfall / 512,
    );
    // Each short gives what it won times the rate: both fall as the price rises.
    const s = pool.law.quantile(1 - level);
    const rate = puts.rateOfFall(pool, s);
    pool.shorts.forEach((short, i) => {
      const { values, lows, highs } = haircutsAtRisk[l]!;
      const exact = rate === 0 ? 0 : rate * -short.exposure * (1 - s);
      const [value, low, high] = [values[1 + i]!, lows[1 + i]!, highs[1 + i]!];
      const wide = 3 / 1.96;
      expect(exact, 'haircut at risk').toBeGreaterThanOrEqual(value - wide * (value - low) - 1e-6 * exact);
      expect(exact, 'haircut at risk').toBeLessThanOrEqual(value + wide * (high - value) + 1e-6 * exact);
    });
  });
}

function checkCurve(of: Case, { result }: Ran, slack: number): void {
  result.fundCurve.forEach((point, i) => {
    const pool = { ...poolOf(of), fund: fundsOf(of)[i]! };
    near(
      `P(R > 0) with ${point.fund}`,
      point.probabilityOfSocialization,
      puts.probabilityOverFund(pool),
      slack,
    );
    near(`E[R] with ${point.fund}`, point.expectedResidual, puts.expectedResidualOfFall(pool));
    const next = result.fundCurve[i + 1];
    if (!next) {
      expect(point.slope).toBeNull();
      return;
    }
    // −dE[R]/dF = P(R > 0), for the estimates too.
    expect(point.slope).toBeLessThanOrEqual(point.probabilityOfSocialization!.value);
    expect(point.slope).toBeGreaterThanOrEqual(next.probabilityOfSocialization!.value);
  });
}

describe.each(SAMPLINGS)('$sampling, shifted: $tail', ({ sampling, tail, seed }) => {
  test.each(CASES)('$name', (of) => {
    const told = run(of, { sampling, seed }, tail);
    const slack = sampling === 'SOBOL' ? 3 / PATHS : 0;
    checkPool(of, told, slack);
    checkAccounts(of, told, slack);
    checkDistributions(of, told);
    checkCurve(of, told, slack);
  });
});
