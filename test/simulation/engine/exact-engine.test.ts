import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../../src/core/allocation/allocation.ts';
import type { LossRules, Tier } from '../../../src/core/rules.ts';
import type { SimulationBook } from '../../../src/simulation/book.ts';
import { isProRata, termsOf } from '../../../src/simulation/engine/engine.ts';
import { ExactEngine } from '../../../src/simulation/engine/exact-engine.ts';
import { makeOutcomes, type PathOutcomes } from '../../../src/simulation/engine/outcomes.ts';
import { pathAt } from '../../../src/simulation/engine/paths.ts';
import { randomBlock, randomBook } from './random-books.ts';
import { type Account, bookOf, RULES } from './runs.ts';

const ATOM = 1e-6;
const units = (amount: number): bigint => BigInt(Math.round(amount * 1e6));

interface Case {
  readonly name: string;
  readonly rules: Partial<LossRules>;
}

const tiersOf = (...paying: readonly Tier[]): readonly Tier[] => [
  'OWN_COLLATERAL',
  ...paying,
  'SOCIALIZATION',
];

const CASES: readonly Case[] = [
  ...ALLOCATION_METHODS.map((method) => ({ name: method, rules: { method } })),
  ...(['POOL', 'UNCOVERED'] as const).flatMap((overflow) =>
    (['PRO_RATA', 'ADL_QUEUE'] as const).map((method) => ({
      name: `by market, overflow ${overflow}, ${method}`,
      rules: { scope: 'MARKET', overflow, method } as const,
    })),
  ),
  {
    name: 'recourse first',
    rules: { tiers: tiersOf('OWNER_RECOURSE', 'INSURANCE_FUND') },
  },
  {
    name: 'recourse, operator and fund, by market',
    rules: {
      tiers: tiersOf('OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND'),
      ...{ operatorCap: units(12), fundCap: units(50), scope: 'MARKET', overflow: 'UNCOVERED' },
    },
  },
  {
    name: 'fund before operator',
    rules: {
      tiers: tiersOf('INSURANCE_FUND', 'OPERATOR_CAPITAL'),
      ...{ operatorCap: units(30), fundCap: units(40), fundReserve: units(20) },
    },
  },
];

const FUND = 220;
const PATHS = 40;

/** Where an account stands at the end of a path of one step. */
function standOf(book: SimulationBook, returns: Float64Array, account: number) {
  let change = 0;
  for (let p = book.starts[account]!; p < book.starts[account + 1]!; p++)
    change += book.exposures[p]! * returns[book.markets[p]!]!;
  const worth = book.equities[account]! + change;
  const gain = book.gains[account]! + change;
  const open = worth >= 0;
  const profit = open ? Math.max(0, Math.min(gain - book.burdens[account]!, worth)) : 0;
  const cap = Math.min(profit, Math.max(0, book.rates[account]! * gain - book.burdens[account]!));
  return { worth, open, profit, cap };
}

describe.each(CASES)('$name', ({ rules: changes }) => {
  const rules: LossRules = { ...RULES, ...changes };
  const balance = units(FUND);
  const terms = termsOf(rules, balance, 1e6, { closeOutAt: 'BELOW_ZERO', slippage: 0 });
  const has = (tier: Tier) => rules.tiers.includes(tier);
  const book = randomBook(31, { accounts: 45, markets: 3, rates: [0.2, 0.6, 1] });
  const limit = (cap: bigint | null, count: number) => (cap === null ? Infinity : Number(cap) * ATOM * count);

  function checkCovered(outcomes: PathOutcomes, taken: Float64Array): void {
    const of = (name: keyof PathOutcomes) => outcomes[name][0]!;
    const rest = of('fundDraws') + of('socialized') + of('uncovered');
    const operator = of('deficits') - rest;
    const events = of('bankrupt');
    if (!has('OPERATOR_CAPITAL')) expect(Math.abs(operator)).toBeLessThan(1e-9);
    expect(operator).toBeGreaterThan(-1e-9);
    expect(operator).toBeLessThan(limit(rules.operatorCap, events) + 1e-9);
    const available = Math.max(0, Number(balance - rules.fundReserve) * ATOM);
    expect(of('fundDraws')).toBeLessThan(Math.min(available, limit(rules.fundCap, events)) + 1e-9);
    expect(Math.abs(of('asked') - of('fundDraws') - of('residuals'))).toBeLessThan(1e-9);
    // What recourse brings in is borne by winners, but no part of the residual.
    const recourse = of('deficits') - operator - of('asked');
    if (!has('OWNER_RECOURSE')) expect(Math.abs(recourse)).toBeLessThan(1e-9);
    expect(recourse).toBeGreaterThan(-1e-9);
    expect(Math.abs(of('socialized') + of('uncovered') - recourse - of('residuals'))).toBeLessThan(1e-9);
    expect(Math.abs(taken.reduce((sum, each) => sum + each, 0) - of('socialized'))).toBeLessThan(1e-9);
    expect(of('largest') + of('second')).toBeLessThan(of('deficits') + 2 * ATOM);
    if (events > 2) expect(of('largest') * events).toBeGreaterThan(of('deficits') - events * ATOM);
  }

  test('every unit of a deficit is somebody’s, and nobody gives more than it may', () => {
    const engine = new ExactEngine(book, terms, rules, balance, 1e6);
    const block = randomBlock(32, book.marketCount, 1, PATHS);
    let [losses, uncovered] = [0, 0];
    for (let path = 0; path < PATHS; path++) {
      const outcomes = makeOutcomes(1);
      const own = pathAt(block, PATHS, path);
      engine.run(own, 1, outcomes);
      checkCovered(outcomes, engine.taken);
      let left = 0;
      let [deficits, profits] = [0, 0];
      for (let account = 0; account < book.accountCount; account++) {
        const { worth, open, profit, cap } = standOf(book, own.steps[0]!, account);
        const taken = engine.taken[account]!;
        deficits += Math.max(0, -worth);
        profits += profit;
        left += cap - taken;
        expect(taken).toBeGreaterThanOrEqual(0);
        expect(taken).toBeLessThan((has('OWNER_RECOURSE') ? profit : cap) + 2 * ATOM);
        if (open) expect(worth - taken).toBeGreaterThan(-2 * ATOM);
      }
      const slack = 2 * ATOM * book.accountCount;
      expect(Math.abs(deficits - outcomes.deficits[0]!)).toBeLessThan(slack);
      expect(Math.abs(profits - outcomes.profits[0]!)).toBeLessThan(slack);
      // A loss is uncovered where nobody can give more; by market, where nobody in its market can.
      const everybody = rules.scope === 'POOL' || rules.overflow === 'POOL';
      if (outcomes.uncovered[0]! > 0 && everybody && !has('OWNER_RECOURSE')) expect(left).toBeLessThan(slack);
      losses += Number(outcomes.socialized[0]! > 0);
      uncovered += Number(outcomes.uncovered[0]! > 0);
    }
    // There was something to see.
    expect(losses).toBeGreaterThan(PATHS / 4);
    if (rules.overflow === 'UNCOVERED') expect(uncovered).toBeGreaterThan(0);
  });

  test('over several steps too, at maintenance, with slippage', () => {
    const closing = { closeOutAt: 'BELOW_MAINTENANCE', slippage: 0.005 } as const;
    const engine = new ExactEngine(book, termsOf(rules, balance, 1e6, closing), rules, balance, 1e6);
    const block = randomBlock(33, book.marketCount, 4, PATHS);
    for (let path = 0; path < PATHS; path++) {
      const outcomes = makeOutcomes(1);
      engine.run(pathAt(block, PATHS, path), 1, outcomes);
      checkCovered(outcomes, engine.taken);
    }
  });
});

/** One step, one path: what each account gives up. */
function settled(rules: Partial<LossRules>, accounts: readonly Account[], returns: number[], fund = 0) {
  const book = bookOf(returns.length, accounts);
  const all: LossRules = { ...RULES, ...rules };
  const terms = termsOf(all, units(fund), 1e6, { closeOutAt: 'BELOW_ZERO', slippage: 0 });
  const engine = new ExactEngine(book, terms, all, units(fund), 1e6);
  const outcomes = makeOutcomes(1);
  engine.run({ steps: [Float64Array.from(returns)], weights: Float64Array.of(1) }, 1, outcomes);
  return { taken: [...engine.taken], outcomes };
}

describe('by hand', () => {
  /** Loses 150 in the first market; there one wins 40, in the other another wins 200. */
  const accounts: Account[] = [
    { equity: 50, positions: [[0, 300]], owner: 7 },
    { equity: 100, positions: [[0, -80]] },
    { equity: 100, positions: [[1, 400]], owner: 7 },
    { equity: 100, positions: [[1, 0.5]] },
  ];
  const returns = [-0.5, 0.5];

  test('the winners of the market alone, or then the pool', () => {
    const stays = settled({ scope: 'MARKET', overflow: 'UNCOVERED' }, accounts, returns);
    expect(stays.taken).toEqual([0, 40, 0, 0]);
    expect([stays.outcomes.socialized[0], stays.outcomes.uncovered[0]]).toEqual([40, 60]);
    const { taken, outcomes } = settled({ scope: 'MARKET', overflow: 'POOL' }, accounts, returns);
    expect(taken[1]).toBe(40);
    expect(taken[2]).toBeCloseTo((60 * 200) / 200.25, 5);
    expect([outcomes.socialized[0], outcomes.uncovered[0]]).toEqual([100, 0]);
  });

  test('the owner’s other account first', () => {
    const { taken, outcomes } = settled(
      { tiers: tiersOf('OWNER_RECOURSE', 'INSURANCE_FUND') },
      accounts,
      returns,
      30,
    );
    expect(taken).toEqual([0, 0, 100, 0]);
    expect([outcomes.asked[0], outcomes.fundDraws[0], outcomes.residuals[0]]).toEqual([0, 0, 0]);
    expect(outcomes.socialized[0]).toBe(100);
  });

  test('fund and operator in either order', () => {
    const caps = { operatorCap: units(25), fundReserve: units(5) };
    const fundFirst: LossRules = { ...RULES, ...caps, tiers: tiersOf('INSURANCE_FUND', 'OPERATOR_CAPITAL') };
    const operatorFirst = { ...fundFirst, tiers: tiersOf('OPERATOR_CAPITAL', 'INSURANCE_FUND') };
    expect([isProRata(fundFirst), isProRata(operatorFirst)]).toEqual([false, true]);
    // Deficit 100: enough for the fund to pay it all but 5, so that the operator has to pay only where it comes first.
    const first = settled(fundFirst, accounts, returns, 100).outcomes;
    expect([first.fundDraws[0], first.asked[0], first.residuals[0]]).toEqual([95, 95, 0]);
    const second = settled(operatorFirst, accounts, returns, 100).outcomes;
    expect([second.fundDraws[0], second.asked[0], second.residuals[0]]).toEqual([75, 75, 0]);
  });

  test('the queue takes all of whoever stands at its front', () => {
    // Profit ÷ cost × notional ÷ equity: 40 ÷ 80 × 40 ÷ 140 against 200 ÷ 400 × 600 ÷ 300.
    const { taken } = settled({ method: 'ADL_QUEUE' }, accounts, returns);
    expect(taken).toEqual([0, 0, 100, 0]);
  });
});
