import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { haircutableProfit, haircutCap } from '../../../src/core/profit.ts';
import type { CloseOutTerms } from '../../../src/simulation/book.ts';
import { PlainKernel } from '../../../src/simulation/kernel/plain-kernel.ts';
import { WasmKernel } from '../../../src/simulation/kernel/wasm-kernel.ts';
import { type Account, bookOf, listed, runBlock, type Step } from './books.ts';

interface Run {
  readonly markets: number;
  readonly accounts: readonly Account[];
  readonly terms: CloseOutTerms;
  readonly blocks: readonly { readonly weights: readonly number[]; readonly steps: readonly Step[] }[];
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const rate = fc.oneof(fc.constantFrom(0, 1), number(0, 1));
const cap = fc.oneof(fc.constantFrom(0, Number.POSITIVE_INFINITY), number(0, 100));

const account = (markets: number): fc.Arbitrary<Account> =>
  fc.record({
    equity: fc.oneof({ weight: 4, arbitrary: number(0, 500) }, fc.constant(0), number(-50, 0)),
    gain: number(-200, 400),
    burden: fc.oneof(fc.constant(0), number(0, 50)),
    rate,
    positions: fc.array(fc.tuple(fc.nat(markets - 1), number(-1000, 1000), number(0, 50)), { maxLength: 4 }),
  });

const block = (markets: number, steps: number, most: number) =>
  fc.integer({ min: 1, max: most }).chain((paths) => {
    const row = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: paths, maxLength: paths });
    const returns = fc.array(row(number(-0.6, 0.9)), { minLength: markets, maxLength: markets });
    const levels = row(fc.oneof(fc.constant(0), fc.constant(1), number(0, 1)));
    const step = fc.record({ returns, levels }, { requiredKeys: ['returns'] });
    return fc.record({
      weights: row(fc.oneof(fc.constant(1), number(0, 3))),
      steps: fc.array(step, { minLength: steps, maxLength: steps }),
    });
  });

/** Several blocks of different numbers of paths, so that what is left of one could spoil the next. */
const runs = (steps: number): fc.Arbitrary<Run> =>
  fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(64)).chain((markets) =>
    fc.record({
      markets: fc.constant(markets),
      accounts: fc.array(account(markets), { maxLength: 12 }),
      terms: fc.record({
        closeOutAt: fc.constantFrom('BELOW_ZERO' as const, 'BELOW_MAINTENANCE' as const),
        slippage: fc.oneof(fc.constant(0), number(0, 0.2)),
        operatorCap: cap,
        fundCap: cap,
      }),
      blocks: fc.array(block(markets, steps, markets > 4 ? 5 : 21), { minLength: 1, maxLength: 3 }),
    }),
  );

function play(Kernel: typeof PlainKernel | typeof WasmKernel, { markets, accounts, terms, blocks }: Run) {
  const steps = blocks[0]!.steps.length;
  const kernel = new Kernel(bookOf(markets, accounts), terms, steps);
  const told = blocks.flatMap((block) => runBlock(kernel, block.weights, block.steps));
  return {
    sums: listed(kernel.sums),
    steps: told.map(({ totals, amounts, slopes }) => listed({ ...totals, amounts, slopes })),
  };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe.each([1, 2, 4])('over %i steps', (steps) => {
  test('the kernels have the same digits', () => {
    fc.assert(
      fc.property(runs(steps), (run) => {
        expect(play(WasmKernel, run)).toEqual(play(PlainKernel, run));
      }),
      { numRuns: 300 },
    );
  });

  test('what is asked for is within the deficits, and what is given within the caps', () => {
    fc.assert(
      fc.property(runs(steps), (run) => {
        const { steps, sums } = play(WasmKernel, run);
        for (const step of steps) {
          for (const [path, deficit] of step.deficits.entries()) {
            const [largest, second, capacity] = [
              step.largest[path]!,
              step.second[path]!,
              step.capacities[path]!,
            ];
            expect(second).toBeLessThanOrEqual(largest);
            expect(largest + second).toBeLessThanOrEqual(deficit * (1 + 1e-12));
            expect(step.operatorAsks[path]! + step.fundAsks[path]!).toBeLessThanOrEqual(
              deficit * (1 + 1e-12),
            );
            expect(step.bankrupt[path]).toBeLessThanOrEqual(step.closed[path]!);
            expect(deficit > 0).toBe(step.bankrupt[path]! > 0);
            expect(capacity).toBeLessThanOrEqual(step.profits[path]!);
            expect(step.amounts[path]).toBeLessThanOrEqual(capacity);
            expect(step.slopes[path]).toBeLessThanOrEqual(step.profits[path]!);
          }
        }
        for (const [account, { equity }] of run.accounts.entries()) {
          const weight = total(run.blocks.flatMap(({ weights }) => weights));
          expect(sums.g[account]).toBeGreaterThanOrEqual(-Math.max(0, equity) * weight * (1 + 1e-12));
          for (const name of ['won', 'closed', 'cut'] as const) {
            expect(sums[name][account]).toBeLessThanOrEqual(weight * (1 + 1e-12));
          }
        }
      }),
    );
  });

  test('accounts give what the paths took, and are closed out as often', () => {
    fc.assert(
      fc.property(runs(steps), (run) => {
        const { steps: told, sums } = play(WasmKernel, run);
        const weights = run.blocks.flatMap((block) => block.steps.map(() => block.weights));
        const over = (name: 'amounts' | 'closed' | 'bankrupt') =>
          total(told.map((step, at) => total(step[name].map((value, path) => value * weights[at]![path]!))));
        expect(total(sums.h)).toBeCloseTo(over('amounts'), 6);
        expect(total(sums.closed)).toBeCloseTo(over('closed'), 9);
        expect(total(sums.bankrupt)).toBeCloseTo(over('bankrupt'), 9);
      }),
    );
  });
});

// With many accounts the blocks of several steps are smaller.
test.each([
  [50, 128],
  [65_537, 64],
])('%i accounts have the same digits in full blocks of %i paths', (count, paths) => {
  const kinds = fc.sample(account(3), { numRuns: 50, seed: 7 });
  const accounts = Array.from({ length: count }, (_, index) => kinds[index % kinds.length]!);
  const terms = { closeOutAt: 'BELOW_MAINTENANCE', slippage: 0.1, operatorCap: 10, fundCap: 50 } as const;
  const row = (by: number) => Array.from({ length: paths }, (_, path) => ((by * (path + 1)) % 64) / 64 - 0.4);
  const steps = [17, 23].map((by) => ({ returns: [row(by), row(3 * by), row(5 * by)], levels: row(7 * by) }));
  const run = { markets: 3, accounts, terms, blocks: [{ weights: row(11), steps }] };
  expect(play(WasmKernel, run)).toEqual(play(PlainKernel, run));
});

const ATOM = 1e6;
const atoms = (value: number) => BigInt(Math.round(value * ATOM));

test('profits and caps are those of core/profit.ts', () => {
  const whole = (min: number, max: number) =>
    fc.integer({ min: min * ATOM, max: max * ATOM }).map((n) => n / ATOM);
  fc.assert(
    fc.property(
      whole(0, 500),
      whole(-200, 400),
      whole(0, 50),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: -50, max: 90 }),
      (equity, gain, burden, percent, exposure, move) => {
        const holder = { equity, gain, burden, rate: percent / 100, positions: [[0, exposure]] } as const;
        const terms = { closeOutAt: 'BELOW_ZERO', slippage: 0, operatorCap: 0, fundCap: 0 } as const;
        const [step] = runBlock(
          new WasmKernel(bookOf(1, [holder]), terms, 1),
          [1],
          [{ returns: [[move / 100]] }],
        );
        const change = (exposure * move) / 100;
        const bearing = {
          balance: atoms(equity),
          unrealized: atoms(change),
          gain: atoms(gain) + atoms(change),
          burden: { borne: atoms(burden), realized: 0n },
        };
        const profit = haircutableProfit(bearing);
        const most = haircutCap(bearing, profit, BigInt(percent) * 10n ** 16n);
        expect(step!.totals.profits[0]! * ATOM).toBeCloseTo(Number(profit), 3);
        // It rounds β g down to an atom.
        expect(Math.abs(step!.totals.capacities[0]! * ATOM - Number(most))).toBeLessThan(1.001);
      },
    ),
    { numRuns: 500 },
  );
});
