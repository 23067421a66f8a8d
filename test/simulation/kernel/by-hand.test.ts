import { describe, expect, test } from 'vitest';
import { blockPathsOf, SUMS, TOTALS } from '../../../src/simulation/kernel/block.ts';
import { makeKernel } from '../../../src/simulation/kernel/make-kernel.ts';
import { PlainKernel } from '../../../src/simulation/kernel/plain-kernel.ts';
import { WasmKernel } from '../../../src/simulation/kernel/wasm-kernel.ts';
import { bookOf, PLAIN_TERMS, runBlock } from './books.ts';

/** All numbers here are exact in doubles, or close to what is written. */
const near = (values: Float64Array, expected: readonly number[]) => {
  expect(values.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 9);
};

/** e₀ = 100, g₀ = 20, b = 5, β = ½; long 1000 of market 0, with a margin of 20. */
const LONG = { equity: 100, gain: 20, burden: 5, rate: 0.5, positions: [[0, 1000, 20]] } as const;

describe.each([PlainKernel, WasmKernel])('$name, by hand', (Kernel) => {
  test('one step: profits, caps and a bankruptcy with its tiers', () => {
    const terms = { closeOutAt: 'BELOW_ZERO', slippage: 0.01, operatorCap: 30, fundCap: 50 } as const;
    const kernel = new Kernel(bookOf(1, [LONG]), terms, 1);
    // +10 %: g = 120, w = 120 − 5, cap = 60 − 5. −5 %: e = 50, no profit. −20 %: e = −100, and closing 800 costs 8.
    const [step] = runBlock(kernel, [1, 1, 1], [{ returns: [[0.1, -0.05, -0.2]], levels: [0.4, 0.4, 0.4] }]);
    const { totals, amounts, slopes } = step!;
    near(totals.profits, [115, 0, 0]);
    near(totals.capacities, [55, 0, 0]);
    near(totals.deficits, [0, 0, 108]);
    near(totals.operatorAsks, [0, 0, 30]);
    near(totals.fundAsks, [0, 0, 50]);
    near(totals.largest, [0, 0, 108]);
    near(totals.second, [0, 0, 0]);
    near(totals.closed, [0, 0, 1]);
    near(totals.bankrupt, [0, 0, 1]);
    // 0.4 × 115, below the cap.
    near(amounts, [46, 0, 0]);
    near(slopes, [115, 0, 0]);
    near(kernel.sums.g, [100 - 50 - 100]);
    near(kernel.sums.gg, [100 ** 2 + 50 ** 2 + 100 ** 2]);
    near(kernel.sums.ggg, [100 ** 3 - 50 ** 3 - 100 ** 3]);
    near(kernel.sums.h, [46]);
    near(kernel.sums.gh, [100 * 46]);
    near(kernel.sums.hh, [46 ** 2]);
    near(kernel.sums.ggh, [100 ** 2 * 46]);
    near(kernel.sums.ghh, [100 * 46 ** 2]);
    near(kernel.sums.hhh, [46 ** 3]);
    for (const name of ['won', 'closed', 'bankrupt', 'cut'] as const) near(kernel.sums[name], [1]);
  });

  test('nobody gives more than the cap, and who is at it is not in the slope', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 1);
    const [step] = runBlock(kernel, [1], [{ returns: [[0.1]], levels: [0.6] }]);
    near(step!.amounts, [55]);
    near(step!.slopes, [0]);
    near(kernel.sums.h, [55]);
  });

  test('who is below the maintenance margin is closed out above zero, and slippage may take it below', () => {
    const run = (slippage: number, closeOutAt: 'BELOW_ZERO' | 'BELOW_MAINTENANCE') => {
      const kernel = new Kernel(bookOf(1, [LONG]), { ...PLAIN_TERMS, closeOutAt, slippage }, 1);
      // e = 100 − 85 = 15, and the margin is 20 × 0.915 = 18.3.
      const [step] = runBlock(kernel, [1], [{ returns: [[-0.085]] }]);
      return { ...step!.totals, sums: kernel.sums };
    };
    const open = run(0.02, 'BELOW_ZERO');
    near(open.closed, [0]);
    near(open.sums.g, [-85]);
    // Closing 915 costs 9.15.
    const closed = run(0.01, 'BELOW_MAINTENANCE');
    near(closed.closed, [1]);
    near(closed.bankrupt, [0]);
    near(closed.deficits, [0]);
    near(closed.sums.g, [-94.15]);
    near(closed.sums.closed, [1]);
    near(closed.sums.bankrupt, [0]);
    // Closing costs 18.3, and 15 are left.
    const below = run(0.02, 'BELOW_MAINTENANCE');
    near(below.deficits, [3.3]);
    near(below.bankrupt, [1]);
    near(below.sums.g, [-100]);
  });

  test('a profitable account below its margin bears nothing once it is closed out', () => {
    const account = { equity: 30, gain: 50, positions: [[0, -1000, 100]] } as const;
    const kernel = new Kernel(bookOf(1, [account]), { ...PLAIN_TERMS, closeOutAt: 'BELOW_MAINTENANCE' }, 1);
    // e = 40 and the margin 99. On the other path e = 130, the margin 90, w = min(150, 130).
    const [step] = runBlock(kernel, [1, 1], [{ returns: [[-0.01, -0.1]], levels: [1, 1] }]);
    near(step!.totals.profits, [0, 130]);
    near(step!.amounts, [0, 130]);
    near(kernel.sums.h, [130]);
    near(kernel.sums.won, [1]);
    near(kernel.sums.closed, [1]);
  });

  test('what was taken lowers the equity, the profit and the cap of later steps', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 3);
    const [first, second, third] = runBlock(
      kernel,
      [1],
      [
        // w = 115, cap = 55: gives 46.
        { returns: [[0.1]], levels: [0.4] },
        // g = 70, w = 70 − 5 − 46 = 19, cap = 35 − 5 − 46 < 0.
        { returns: [[0.05]], levels: [1] },
        // g = 220, w = 220 − 5 − 46 = 169, cap = 110 − 51 = 59: gives 33.8.
        { returns: [[0.2]], levels: [0.2] },
      ],
    );
    near(first!.amounts, [46]);
    near(second!.totals.profits, [19]);
    near(second!.totals.capacities, [0]);
    near(second!.amounts, [0]);
    near(third!.totals.profits, [169]);
    near(third!.totals.capacities, [59]);
    near(third!.amounts, [33.8]);
    near(kernel.sums.g, [200]);
    near(kernel.sums.h, [79.8]);
    near(kernel.sums.gh, [200 * 79.8]);
    near(kernel.sums.cut, [1]);
  });

  test('an account that is closed out is out of the path, with what it gave before', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 3);
    const told = runBlock(
      kernel,
      [2],
      [
        { returns: [[0.1]], levels: [0.4] },
        // e = 100 − 60 − 46.
        { returns: [[-0.06]], levels: [1] },
        { returns: [[0.5]], levels: [1] },
      ],
    );
    expect(told.map(({ totals }) => totals.closed[0])).toEqual([0, 1, 0]);
    near(told[1]!.totals.deficits, [6]);
    near(told[2]!.totals.profits, [0]);
    near(told[2]!.amounts, [0]);
    // What its own funds changed by has nothing to do with haircuts; the path weighs 2.
    near(kernel.sums.g, [2 * -60]);
    near(kernel.sums.h, [2 * 46]);
    near(kernel.sums.gh, [2 * -60 * 46]);
    near(kernel.sums.hhh, [2 * 46 ** 3]);
    near(kernel.sums.bankrupt, [2]);
    near(kernel.sums.cut, [2]);
    near(kernel.sums.won, [0]);
  });

  test('without positions an account stays where it is: a bearer, or bankrupt from the start', () => {
    const winner = { equity: 80, gain: 60 };
    const bankrupt = { equity: -7 };
    const kernel = new Kernel(bookOf(1, [winner, bankrupt]), { ...PLAIN_TERMS, slippage: 1 }, 1);
    const [step] = runBlock(kernel, [1], [{ returns: [[0.3]], levels: [0.25] }]);
    near(step!.totals.deficits, [7]);
    near(step!.totals.profits, [60]);
    near(step!.amounts, [15]);
    near(kernel.sums.g, [0, 0]);
    near(kernel.sums.h, [15, 0]);
    near(kernel.sums.bankrupt, [0, 1]);
  });

  test('the two largest deficits of a step, and each event asks for itself', () => {
    const losses = [30, 50, 5, 50].map((loss) => ({ equity: -loss }));
    const kernel = new Kernel(bookOf(1, losses), { ...PLAIN_TERMS, operatorCap: 10, fundCap: 25 }, 1);
    const [{ totals }] = runBlock(kernel, [1], [{ returns: [[0]] }]) as [never];
    const { deficits, operatorAsks, fundAsks, largest, second, closed } = totals;
    near(deficits, [135]);
    near(operatorAsks, [10 + 10 + 5 + 10]);
    near(fundAsks, [20 + 25 + 0 + 25]);
    near(largest, [50]);
    near(second, [50]);
    near(closed, [4]);
  });

  test('asking what accounts would bear changes nothing', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 1);
    kernel.begin(1, Float64Array.of(1));
    const totals = Object.fromEntries(TOTALS.map((name) => [name, new Float64Array(1)])) as never;
    kernel.move(Float64Array.of(0.1), true, totals);
    const [amounts, slopes] = [new Float64Array(1), new Float64Array(1)];
    kernel.borne(Float64Array.of(0.4), amounts, slopes);
    kernel.finish();
    near(amounts, [46]);
    near(kernel.sums.h, [0]);
    near(kernel.sums.cut, [0]);
  });

  test('a block has no more paths than it has room for', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 1);
    expect(() => kernel.begin(129, new Float64Array(129))).toThrow('at most 128 paths, not 129');
  });

  test('clearing leaves nothing, and a book may be empty', () => {
    const kernel = new Kernel(bookOf(1, [LONG]), PLAIN_TERMS, 1);
    runBlock(kernel, [1], [{ returns: [[0.1]], levels: [1] }]);
    expect(SUMS.map((name) => kernel.sums[name][0])).toContain(100);
    kernel.clear();
    expect(SUMS.map((name) => kernel.sums[name][0])).toEqual(SUMS.map(() => 0));
    const empty = new Kernel(bookOf(2, []), PLAIN_TERMS, 2);
    const steps = [{ returns: [[0.1], [0]], levels: [1] }, { returns: [[0.2], [0]] }];
    expect(runBlock(empty, [1], steps).map(({ totals }) => totals.profits[0])).toEqual([0, 0]);
  });
});

test('blocks are smaller where what many accounts gave would take much memory', () => {
  expect(blockPathsOf(1_000_000, 1)).toBe(128);
  expect(blockPathsOf(10_000, 10)).toBe(128);
  expect(blockPathsOf(65_536, 10)).toBe(128);
  expect(blockPathsOf(65_537, 10)).toBe(64);
  expect(blockPathsOf(1_000_000, 10)).toBe(8);
  expect(blockPathsOf(50_000_000, 10)).toBe(4);
});

test('this machine runs vectors', () => {
  expect(makeKernel(bookOf(1, []), PLAIN_TERMS, 1)).toBeInstanceOf(WasmKernel);
});
