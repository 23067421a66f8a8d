import { describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/simulation/engine/spec.ts';
import type { SamplerKind } from '../../../src/simulation/sampling/sampler.ts';
import { cappedAbove, cappedBelow } from '../../support/quant/capped-normal.ts';
import { normalCdf } from '../../support/quant/normal.ts';
import { outcome } from '../../support/quant/one-market.ts';
import { integrate } from '../../support/quant/quadrature.ts';
import { lognormalStopLoss, normalStopLoss } from '../../support/quant/stop-loss.ts';
import { studentBankruptcy, studentDensity, studentPut, studentReturn } from '../../support/quant/student.ts';
import { bookOf, gbmOf, holders, near, quantileNear, RULES, ran, specOf } from './runs.ts';

const SAMPLINGS: readonly SamplerKind[] = ['PSEUDO', 'ANTITHETIC', 'SOBOL'];
const PATHS = 32_768;
const slackOf = (sampling: SamplerKind): number => (sampling === 'SOBOL' ? 3 / PATHS : 0);

describe.each(SAMPLINGS)('%s', (sampling) => {
  test.each([3, 6])('Student’s t with %i degrees of freedom: puts of one long', (freedom) => {
    const [drift, vol, days] = [0.1, 0.9, 3];
    const law = studentReturn({ drift, volatility: vol, horizon: days / 365 }, freedom);
    const [equity, exposure, fund, rate] = [110, 1_000, 25, 0.2];
    const model: RunSpec['model'] = {
      ...{ kind: 'STUDENT_T', horizonDays: days, steps: 1, drifts: [drift], vols: [vol] },
      ...{ correlation: [[1]], degreesOfFreedom: freedom, tail: null },
    };
    const accounts = [
      { equity, exposure },
      { equity: 1e9, exposure: -exposure },
    ];
    const { result, account, distributions } = ran(
      specOf(model, { sampling, paths: PATHS, fundBalance: BigInt(fund * 1e6) }),
      holders(accounts, rate),
    );
    const k = 1 - equity / exposure;
    const over = k - fund / exposure;
    const cap = (over - rate) / (1 - rate);
    const slack = slackOf(sampling);
    near('P(bankrupt)', result.probabilityOfBankruptcy, studentBankruptcy(law, k), slack);
    near('P(H > 0)', result.probabilityOfSocialization, studentBankruptcy(law, over), slack);
    near('P(U > 0)', result.probabilityOfUncovered, studentBankruptcy(law, cap), slack);
    near('E[D]', result.expectedDeficit, exposure * studentPut(law, k));
    near('E[R]', result.expectedResidual, exposure * studentPut(law, over));
    const uncovered = (1 - rate) * exposure * studentPut(law, cap);
    near('E[U]', result.expectedUncovered, uncovered);
    near('E[h]', account(1, 'expectedHaircut'), exposure * studentPut(law, over) - uncovered);
    const of = { accounts, fund, rate };
    const at = (t: number) => Math.exp(law.location + law.scale * t);
    const standard = (price: number) => (Math.log(price) - law.location) / law.scale;
    const expected = integrate(
      (t) => outcome(of, at(t)).rate * studentDensity(freedom, t),
      -2_000,
      standard(over),
      [-200, -20, -5, standard(cap)],
    );
    near('E[rate]', result.expectedHaircutRate, expected);
    for (const level of [0.95, 0.99]) {
      let [low, high] = [0.1, 1.5];
      for (let round = 0; round < 60; round++) {
        const middle = (low + high) / 2;
        if (studentBankruptcy(law, middle) < 1 - level) low = middle;
        else high = middle;
      }
      quantileNear('VaR', distributions.residual, level, exposure * Math.max(0, over - low));
    }
  });

  test('a normal account: Sharpe ratio and skew with its losses and its wins cut off, and stop-loss', () => {
    // Over so little time that e^x − 1 is x but for 10^-7 of it.
    const deviation = 1e-7;
    const price = { drift: 0.5 * deviation * 365, volatility: deviation * Math.sqrt(365), days: 1 };
    const [exposure, equity] = [1e9, 120];
    const [mean, spread] = [0.5 * deviation * exposure, deviation * exposure];
    const { result, account } = ran(
      specOf(gbmOf(price), { sampling, paths: PATHS, fundSizes: [0, 10, 50] }),
      holders(
        [
          { equity, exposure },
          { equity: 1e6, exposure: -exposure },
        ],
        1,
      ),
    );
    const columns = (
      at: number,
      scale: number,
      side: 'gross' | 'net',
      of: ReturnType<typeof cappedAbove>,
    ) => {
      const net = side === 'net';
      near(
        `return ${side}`,
        account(at, net ? 'expectedReturnNet' : 'expectedReturn'),
        of.mean / scale,
        1e-6,
      );
      near(
        `volatility ${side}`,
        account(at, net ? 'volatilityNet' : 'volatility'),
        of.deviation / scale,
        1e-6,
      );
      near(`Sharpe ${side}`, account(at, net ? 'sharpeNet' : 'sharpe'), of.sharpe, 1e-6);
      near(`skew ${side}`, account(at, net ? 'skewNet' : 'skew'), of.skew, 1e-6);
    };
    // The long loses its equity at most. Its short wins as much as the long has, for β = 1 makes it give up the rest.
    columns(0, equity, 'gross', cappedBelow(mean, spread, equity));
    columns(0, equity, 'net', cappedBelow(mean, spread, equity));
    columns(1, 1e6, 'gross', cappedBelow(-mean, spread, 1e6));
    columns(1, 1e6, 'net', cappedAbove(-mean, spread, equity));
    expect(account(1, 'sharpeNet').value).toBeLessThan(account(1, 'sharpe').value);
    expect(account(0, 'skew').value).toBeGreaterThan(0);
    expect(account(1, 'skewNet').value).toBeLessThan(0);
    for (const { fund, expectedResidual, probabilityOfSocialization } of result.fundCurve) {
      near(`E[(D − ${fund})⁺]`, expectedResidual, normalStopLoss(-mean - equity, spread, fund), 1e-5);
      const over = normalCdf((-mean - equity - fund) / spread);
      near(`P(D > ${fund})`, probabilityOfSocialization, over, slackOf(sampling));
    }
  });

  test('a lognormal loss: a short’s deficit over funds', () => {
    const price = { drift: 0.2, volatility: 1.2, days: 20 };
    const years = price.days / 365;
    const [exposure, equity] = [500, 40];
    const { result } = ran(
      specOf(gbmOf(price), { sampling, paths: PATHS, fundSizes: [0, 20, 100, 300] }),
      bookOf(1, [{ equity, burden: 1e9, positions: [[0, -exposure]] }]),
    );
    const m = Math.log(exposure) + (price.drift - price.volatility ** 2 / 2) * years;
    for (const { fund, expectedResidual } of result.fundCurve) {
      const exact = lognormalStopLoss(m, price.volatility * Math.sqrt(years), exposure + equity + fund);
      near(`E[(D − ${fund})⁺]`, expectedResidual, exact);
    }
    // Whatever it wins in a fall it gave up before: nothing is shared, and there is no rate to tell.
    expect(result.probabilityOfSocialization?.value).toBe(0);
    expect(result.expectedHaircutRate).toBeNull();
    expect(result.wrongWayRisk).toBeNull();
    expect(result.burden.gini).toBeNull();
    expect(result.expectedUncovered?.value).toBe(result.expectedResidual?.value);
  });
});

test('prices that no double holds end no run', () => {
  // A hundred days of which half multiply the price by a million: models stop at 10^300, exposures and atoms go on.
  const model: RunSpec['model'] = {
    ...{ kind: 'BOOTSTRAP', horizonDays: 100, steps: 1, rowDays: 1, blockLength: 1, drifts: null },
    history: [[1e6], [-0.9]],
  };
  const accounts = [
    { equity: 1e6, exposure: 1e9 },
    { equity: 1e6, exposure: -1e9 },
  ];
  for (const method of ['PRO_RATA', 'ADL_QUEUE'] as const) {
    // The method is settled in atoms path by path, and pro rata checked and compared in atoms.
    const changes = { paths: 512, decimals: 18, methods: ['TALMUD' as const], rules: { ...RULES, method } };
    const { result } = ran(specOf(model, changes), holders(accounts, 0.5));
    expect(result.probabilityOfBankruptcy!.value).toBeGreaterThan(0.5);
    for (const item of [result.expectedDeficit, result.expectedHaircutRate, result.wrongWayRisk])
      expect(item === null || Number.isFinite(item.value)).toBe(true);
  }
});
