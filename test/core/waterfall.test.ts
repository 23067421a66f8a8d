import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runWaterfall, type Waterfall } from '../../src/core/waterfall.ts';
import * as oracle from '../support/oracle.ts';
import { atoms } from './generators.ts';

const kinds = fc.constantFrom<Waterfall>('FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY');

test('runs a deficit down the tiers as the oracle does, and drops nothing', () => {
  fc.assert(
    fc.property(kinds, atoms(), atoms(), atoms(), (kind, deficit, fund, capacity) => {
      const { draw, ...rest } = oracle.waterfall(kind, deficit, fund, capacity);
      const result = runWaterfall(kind, deficit, fund, capacity);
      expect(result).toEqual({ fundDraw: draw, ...rest });
      expect(result.fundDraw + result.socialized + result.uncovered).toBe(deficit);
    }),
  );
});

test.each<[Waterfall, bigint, bigint, bigint]>([
  ['FUND_THEN_SOCIALIZE', 50n, 100n, 50n],
  ['FUND_ONLY', 50n, 0n, 150n],
  ['SOCIALIZE_ONLY', 0n, 100n, 100n],
])('%s: profit 100, fund 50, loss 200', (kind, fundDraw, socialized, uncovered) => {
  expect(runWaterfall(kind, 200n, 50n, 100n)).toEqual({
    fundDraw,
    residual: 200n - fundDraw,
    socialized,
    uncovered,
  });
});
