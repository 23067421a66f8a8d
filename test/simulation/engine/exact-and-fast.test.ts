import { describe, expect, test } from 'vitest';
import type { LossRules } from '../../../src/core/rules.ts';
import type { CloseOutAt, SimulationBook } from '../../../src/simulation/book.ts';
import { isProRata, termsOf } from '../../../src/simulation/engine/engine.ts';
import { ExactEngine } from '../../../src/simulation/engine/exact-engine.ts';
import { makeOutcomes, OUTCOMES } from '../../../src/simulation/engine/outcomes.ts';
import { ProRataEngine } from '../../../src/simulation/engine/pro-rata-engine.ts';
import { SUMS } from '../../../src/simulation/kernel/block.ts';
import { PlainKernel } from '../../../src/simulation/kernel/plain-kernel.ts';
import { WasmKernel } from '../../../src/simulation/kernel/wasm-kernel.ts';
import type { PathBlock } from '../../../src/simulation/models/model.ts';
import { randomBlock, randomBook } from './random-books.ts';
import { RULES } from './runs.ts';

/** Books and paths on which the allocator that settles and the sums of doubles have to agree, path by path. */
interface Case {
  readonly name: string;
  readonly rules?: Partial<LossRules>;
  readonly fund: number;
  readonly slippage?: number;
  readonly closeOutAt?: CloseOutAt;
  readonly steps?: number;
  readonly decimals?: number;
}

const units = (amount: number, decimals = 6): bigint =>
  BigInt(Math.round(amount * 1e6)) * 10n ** BigInt(decimals - 6);

const CASES: readonly Case[] = [
  { name: 'one step, fund first', fund: 300 },
  { name: 'no fund, several steps', fund: 0, steps: 4 },
  {
    name: 'at maintenance, with slippage',
    fund: 500,
    closeOutAt: 'BELOW_MAINTENANCE',
    slippage: 0.01,
    steps: 3,
  },
  {
    name: 'operator, then fund, each up to so much for an event, and a reserve',
    rules: {
      tiers: ['OWN_COLLATERAL', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
      operatorCap: units(15),
      fundCap: units(60),
      fundReserve: units(100),
    },
    ...{ fund: 700, steps: 5, slippage: 0.003 },
  },
  {
    name: 'operator alone, then winners',
    rules: { tiers: ['OWN_COLLATERAL', 'OPERATOR_CAPITAL', 'SOCIALIZATION'], operatorCap: units(40) },
    ...{ fund: 1_000, steps: 2 },
  },
  { name: 'fund alone', rules: { tiers: ['OWN_COLLATERAL', 'INSURANCE_FUND'] }, fund: 400, steps: 3 },
  { name: 'a reserve above the fund', rules: { fundReserve: units(2_000) }, fund: 1_000, steps: 2 },
  {
    name: '18 decimals',
    rules: {
      tiers: ['OWN_COLLATERAL', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
      operatorCap: units(10, 18),
      fundCap: units(80, 18),
    },
    ...{ fund: 500, steps: 3, decimals: 18, closeOutAt: 'BELOW_MAINTENANCE', slippage: 0.002 },
  },
];

const PATHS = 48;

/** Runs the same block by an engine of its own. */
function outcomesOf(engine: ExactEngine | ProRataEngine, block: PathBlock) {
  const outcomes = makeOutcomes(Math.max(PATHS, engine.blockPaths));
  engine.clear();
  engine.run(block, PATHS, outcomes);
  return outcomes;
}

describe.each(CASES)('$name', ({ rules: changes, fund, slippage = 0, closeOutAt = 'BELOW_ZERO', ...of }) => {
  const { steps = 1, decimals = 6 } = of;
  const rules: LossRules = { ...RULES, ...changes };
  const unit = 10 ** decimals;
  const books: readonly (readonly [string, SimulationBook])[] = [
    ['β alike', randomBook(11, { accounts: 40, markets: 3, rates: [1] })],
    ['β below 1', randomBook(12, { accounts: 40, markets: 3, rates: [0.4] })],
    // Thirds are no decimals: the allocator knows β to 10^-18.
    ['β of all kinds', randomBook(13, { accounts: 60, markets: 4, rates: [0, 0.05, 1 / 3, 0.7, 1] })],
    ['few accounts', randomBook(14, { accounts: 5, markets: 1, rates: [0.5, 1] })],
  ];

  test.each(books)('%s: both kernels settle as the allocator does', (_, book) => {
    expect(isProRata(rules)).toBe(true);
    // As much for each account, however many there are.
    const balance = units(Math.round((fund * book.accountCount) / 40), decimals);
    const terms = termsOf(rules, balance, unit, { closeOutAt, slippage });
    const block = randomBlock(21, book.marketCount, steps, PATHS);
    const exact = new ExactEngine(book, terms, rules, balance, unit);
    const told = outcomesOf(exact, block);
    // Something is settled, or there is nothing to see.
    expect(told.deficits.filter((deficit) => deficit > 0).length).toBeGreaterThan(PATHS / 4);
    if (rules.tiers.includes('SOCIALIZATION')) expect(Math.max(...told.socialized)).toBeGreaterThan(0);
    for (const kernel of [new WasmKernel(book, terms, steps), new PlainKernel(book, terms, steps)]) {
      const fast = new ProRataEngine(kernel, terms, steps);
      const outcomes = outcomesOf(fast, block);
      // A haircut is rounded to an atom, and what it was taken of too; at 18 decimals doubles are coarser than atoms.
      const rounding = Math.max(4 / unit, 1e-10);
      for (const name of OUTCOMES) {
        for (let path = 0; path < PATHS; path++) {
          const [a, b] = [outcomes[name][path]!, told[name][path]!];
          const where = `${name} on path ${path}`;
          if (name === 'closed' || name === 'bankrupt') expect(a, where).toBe(b);
          else expect(Math.abs(a - b), where).toBeLessThan(rounding * book.accountCount);
        }
      }
      for (const name of SUMS) {
        for (let account = 0; account < book.accountCount; account++) {
          const [a, b] = [fast.sums[name][account]!, exact.sums[name][account]!];
          // Moments multiply by what accounts come to, up to some 10^3 a path.
          const size = 1e3 ** (name.length - 1);
          const counted = ['won', 'closed', 'bankrupt', 'cut'].includes(name);
          const slack = counted ? 1e-9 : rounding * PATHS * 4 * size * 3;
          expect(Math.abs(a - b), `${name} of account ${account}`).toBeLessThan(slack);
        }
      }
    }
  });
});

test('where rates differ, the level that Newton’s method finds takes what is socialized, to the last digits', () => {
  const book = randomBook(13, { accounts: 60, markets: 4, rates: [0, 0.05, 1 / 3, 0.7, 1] });
  const terms = termsOf(RULES, 0n, 1e6, { closeOutAt: 'BELOW_ZERO', slippage: 0 });
  const steps = 4;
  const engine = new ProRataEngine(new WasmKernel(book, terms, steps), terms, steps);
  const block = randomBlock(5, book.marketCount, steps, PATHS);
  const outcomes = outcomesOf(engine, { ...block, weights: new Float64Array(PATHS).fill(1) });
  const socialized = outcomes.socialized.reduce((sum, each) => sum + each, 0);
  const haircuts = engine.sums.h.reduce((sum, each) => sum + each, 0);
  expect(socialized).toBeGreaterThan(0);
  expect(Math.abs(haircuts - socialized)).toBeLessThan(1e-12 * socialized);
});

test('where operator and fund pay for everything, nothing is left by rounding', () => {
  // What the operator leaves of each deficit is added up in another order than the deficits are.
  const book = randomBook(11, { accounts: 40, markets: 3, rates: [1] });
  const rules: LossRules = {
    ...RULES,
    tiers: ['OWN_COLLATERAL', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
    operatorCap: units(10),
  };
  const terms = termsOf(rules, units(1e6), 1e6, { closeOutAt: 'BELOW_ZERO', slippage: 0 });
  const engine = new ProRataEngine(new WasmKernel(book, terms, 3), terms, 3);
  const outcomes = outcomesOf(engine, randomBlock(21, 3, 3, PATHS));
  expect(outcomes.bankrupt.filter((count) => count > 1).length).toBeGreaterThan(10);
  for (const name of ['residuals', 'socialized', 'uncovered'] as const) {
    expect([...outcomes[name].subarray(0, PATHS)]).toEqual(Array(PATHS).fill(0));
  }
  expect(Math.max(...engine.sums.h, ...engine.sums.cut)).toBe(0);
});
