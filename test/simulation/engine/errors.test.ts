import { describe, expect, test } from 'vitest';
import { BatchRunner } from '../../../src/simulation/engine/batch.ts';
import type { Estimate } from '../../../src/simulation/engine/estimate.ts';
import { Histogram } from '../../../src/simulation/engine/histogram.ts';
import { RunTotals } from '../../../src/simulation/engine/results.ts';
import type { RunSpec } from '../../../src/simulation/engine/spec.ts';
import type { SamplerKind } from '../../../src/simulation/sampling/sampler.ts';
import * as market from '../../support/quant/one-market.ts';
import { gbm } from '../../support/quant/price-law.ts';
import * as puts from '../../support/quant/puts.ts';
import { gbmOf, holders, type Ran, ran, specOf, told as toldOf } from './runs.ts';

/* Whether standard errors are right: how often the truth is within two of them, and how they shrink as paths become more. */

const PRICE = { drift: 0, volatility: 0.8, days: 7 };
const LONG = { equity: 100, exposure: 1_000 };
const SHORT = { equity: 900, exposure: -1_000 };
const POOL: puts.LongAgainstShorts = {
  law: gbm({ ...PRICE, horizon: PRICE.days / 365 }),
  ...{ long: LONG, shorts: [SHORT], fund: 20, rate: 0.4 },
};
const BOOK = holders([LONG, SHORT], POOL.rate);

function specFor(sampling: SamplerKind, seed: number, paths: number, shift?: number): RunSpec {
  const changes = { sampling, seed: BigInt(seed), paths, fundBalance: 20_000_000n, levels: [0.9] };
  return specOf(gbmOf(PRICE, shift), changes);
}

const run = (...of: Parameters<typeof specFor>): Ran => ran(specFor(...of), BOOK);

/** What is estimated, and what it is. */
function figures(): Record<string, { exact: number; of: (told: Ran) => Estimate }> {
  const spot = puts.marketOf(POOL);
  const long = market.returnOf(POOL.law, spot, LONG, 'gross');
  const short = market.returnOf(POOL.law, spot, SHORT, 'net');
  const socialized = puts.expectedSocializedOfFall(POOL);
  return {
    bankruptcy: {
      exact: puts.probabilityOfLongBankrupt(POOL),
      of: ({ result }) => result.probabilityOfBankruptcy!,
    },
    deficit: { exact: puts.expectedLongDeficit(POOL), of: ({ result }) => result.expectedDeficit! },
    residual: { exact: puts.expectedResidualOfFall(POOL), of: ({ result }) => result.expectedResidual! },
    'rate given socialization, a quotient': {
      exact: puts.expectedRateGivenSocialization(POOL),
      of: ({ result }) => result.expectedHaircutRateGivenSocialization!,
    },
    'haircut of an account': { exact: socialized, of: ({ account }) => account(1, 'expectedHaircut') },
    'return of an account': { exact: long.mean, of: ({ account }) => account(0, 'expectedReturn') },
    'volatility of an account': { exact: short.deviation, of: ({ account }) => account(1, 'volatilityNet') },
    'Sharpe ratio of an account': { exact: short.sharpe, of: ({ account }) => account(1, 'sharpeNet') },
  };
}

/**
 * Of 200 runs with 4,096 paths 91 to 98 % are within two errors, whatever is estimated and however it is sampled; their z have standard
 * deviations from 0.86 to 1.22.
 */
const RUNS = 80;
/** 64 batches of 32, or 32 of 64. */
const PATHS = 2_048;

/** How far each run is from the truth, in standard errors; and how many intervals of quantiles miss it. */
function deviations(sampling: SamplerKind, shift?: number) {
  const list = Object.entries(figures()).map(([name, figure]) => ({ name, ...figure, z: [] as number[] }));
  const quantiles = { missed: 0, haircuts: 0 };
  const exact = puts.residualAtRisk(POOL, 0.9);
  const s = POOL.law.quantile(0.1);
  const haircut = puts.rateOfFall(POOL, s) * 1_000 * (1 - s);
  const spec = specFor(sampling, 1, PATHS, shift);
  const runner = new BatchRunner(spec, BOOK);
  const { batches } = runner.plan;
  for (let each = 0; each < RUNS; each++) {
    // Further batches of one seed are as independent as seeds are, and take no further engine.
    const totals = new RunTotals(spec, BOOK);
    for (let i = 0; i < batches; i++) totals.add(runner.run(each * batches + i));
    const told = toldOf(totals);
    for (const { of, exact, z } of list) {
      const { value, standardError } = of(told);
      // Where all Sobol batches count alike: see docs/quant.md.
      const alike = standardError === 0 && Math.abs(value - exact) < 6 / PATHS;
      z.push(alike ? 0 : (value - exact) / standardError!);
    }
    const { low, high } = Histogram.of(told.parts.residual).quantile(0.9);
    // A bin is a 512th wide.
    quantiles.missed += Number(exact < low * (1 - 1 / 512) || exact > high * (1 + 1 / 512));
    const { lows, highs } = told.haircutsAtRisk[0]!;
    quantiles.haircuts += Number(haircut < lows[1]! || haircut > highs[1]!);
  }
  return { list, quantiles };
}

describe.each([
  { sampling: 'PSEUDO', shift: undefined },
  { sampling: 'ANTITHETIC', shift: undefined },
  { sampling: 'SOBOL', shift: undefined },
  { sampling: 'PSEUDO', shift: -1.5 },
] as const)('$sampling, shifted by $shift', ({ sampling, shift }) => {
  test('two standard errors hold in about 95 % of 80 runs, and intervals of quantiles too', () => {
    const { list, quantiles } = deviations(sampling, shift);
    for (const { name, z } of list) {
      const within = z.filter((each) => Math.abs(each) < 2).length / RUNS;
      const mean = z.reduce((sum, each) => sum + each, 0) / RUNS;
      const spread = Math.sqrt(z.reduce((sum, each) => sum + each * each, 0) / RUNS);
      // The share has a standard error of 2.4 %, the mean of 0.11, the spread of 0.08.
      expect(within, name).toBeGreaterThan(0.85);
      expect(Math.abs(mean), name).toBeLessThan(0.35);
      // Errors that are too large would be as wrong; those of weighted batches of 32 are a little.
      expect(spread, name).toBeGreaterThan(0.65);
      expect(spread, name).toBeLessThan(1.3);
    }
    expect(quantiles.missed / RUNS).toBeLessThan(0.12);
    expect(quantiles.haircuts / RUNS).toBeLessThan(0.12);
  });
});

describe('with sixteen times as many paths', () => {
  const ratios = (sampling: SamplerKind) => {
    const [few, many] = [run(sampling, 3, 4_096), run(sampling, 3, 65_536)];
    return Object.entries(figures()).map(([name, { of }]) => ({
      name,
      ratio: of(few).standardError! / of(many).standardError!,
    }));
  };

  test.each(['PSEUDO', 'ANTITHETIC'] as const)('%s: errors are a fourth', (sampling) => {
    // Each of two errors is uncertain by 1 ÷ √126 of it.
    for (const { name, ratio } of ratios(sampling)) {
      expect(ratio, name).toBeGreaterThan(4 / 1.4);
      expect(ratio, name).toBeLessThan(4 * 1.4);
    }
  });

  test('SOBOL: they are a tenth and less, and smaller than the others’', () => {
    for (const { name, ratio } of ratios('SOBOL')) {
      expect(ratio, name).toBeGreaterThan(10);
    }
    const [pseudo, sobol] = [run('PSEUDO', 1, 4_096), run('SOBOL', 1, 4_096)];
    for (const [name, { of }] of Object.entries(figures()))
      expect(of(pseudo).standardError! / of(sobol).standardError!, name).toBeGreaterThan(4);
  });

  test('antithetic paths know a return better than independent ones', () => {
    const error = (sampling: SamplerKind) =>
      run(sampling, 1, 4_096).account(0, 'expectedReturn').standardError!;
    expect(error('ANTITHETIC')).toBeLessThan(error('PSEUDO') / 1.5);
  });
});
