import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { afterHaircuts, type Bearers } from '../../src/core/bearers.ts';
import { tiersOf, type Waterfall, waterfallOf } from '../../src/core/rules.ts';
import * as oracle from '../support/oracle.ts';
import { METHODS, ONE } from './claim-book.ts';
import { atoms } from './generators.ts';
import { type Book, book, handAccount, handBook, handLoss, settle } from './loss-book.ts';

/* Tier by tier: what each pays, for which event, and up to where. */

const { total } = oracle;
const haircutsOf = (input: Book) => Object.fromEntries(settle(input).haircuts);

describe('the three waterfalls', () => {
  test.each<[Waterfall, fundDraw: bigint, socialized: bigint, uncovered: bigint]>([
    ['FUND_THEN_SOCIALIZE', 50n, 100n, 50n],
    ['FUND_ONLY', 50n, 0n, 150n],
    ['SOCIALIZE_ONLY', 0n, 100n, 100n],
  ])('%s: profit 100, fund 50, loss 200', (waterfall, fundDraw, socialized, uncovered) => {
    const tiers = tiersOf(waterfall);
    expect(waterfallOf(tiers)).toBe(waterfall);
    const losses = [handLoss('e', 200n)];
    const outcome = settle(
      handBook({ rules: { tiers }, fundBalance: 50n, losses, accounts: [handAccount('a', 100n)] }),
    );
    expect(outcome).toMatchObject({
      fundDraw,
      residual: 200n - fundDraw,
      socialized,
      uncovered,
      recourse: 0n,
    });
  });
});

describe('INSURANCE_FUND', () => {
  test('a reserve is not drawn on, and a fund below it pays nothing', () => {
    const at = (fundBalance: bigint, fundReserve: bigint) =>
      settle(handBook({ rules: { fundReserve }, fundBalance, losses: [handLoss('e', 200n)] })).fundDraw;
    expect([at(50n, 20n), at(50n, 50n), at(50n, 51n), at(500n, 0n)]).toEqual([30n, 0n, 0n, 200n]);
  });

  test('pays in proportion to deficits, each within what is left of its cap', () => {
    const draws = (fundBalance: bigint) =>
      settle(
        handBook({
          rules: { fundCap: 40n },
          fundBalance,
          // Caps of 40, 10 and 0 are left: the third had 50 under an earlier rule.
          losses: [
            handLoss('a', 60n),
            handLoss('b', 60n, { fundPaid: 30n }),
            handLoss('c', 60n, { fundPaid: 50n }),
          ],
        }),
      ).shares.map(({ fundDraw }) => fundDraw);
    expect(draws(10n)).toEqual([5n, 5n, 0n]);
    expect(draws(30n)).toEqual([20n, 10n, 0n]);
    expect(draws(100n)).toEqual([40n, 10n, 0n]);
  });
});

test('OPERATOR_CAPITAL pays for each event what is left of its cap, and the fund for the rest', () => {
  const { shares } = settle(
    handBook({
      rules: { operatorCap: 25n },
      fundBalance: 30n,
      losses: [handLoss('a', 20n), handLoss('b', 60n), handLoss('c', 60n, { operatorPaid: 10n })],
    }),
  );
  expect(shares.map(({ operatorCapital }) => operatorCapital)).toEqual([20n, 25n, 15n]);
  // Left: 0, 35 and 45 for a fund of 30.
  expect(shares.map(({ fundDraw }) => fundDraw)).toEqual([0n, 13n, 17n]);
});

test('tiers pay in the order that the rules list them', () => {
  const at = (...tiers: oracle.TierName[]) => {
    const rules = { tiers: ['OWN_COLLATERAL', ...tiers] as const, operatorCap: 30n };
    const { operatorCapital, fundDraw } = settle(
      handBook({ rules, fundBalance: 80n, losses: [handLoss('e', 100n)] }),
    );
    return [operatorCapital, fundDraw];
  };
  expect(at('OPERATOR_CAPITAL', 'INSURANCE_FUND')).toEqual([30n, 70n]);
  expect(at('INSURANCE_FUND', 'OPERATOR_CAPITAL')).toEqual([20n, 80n]);
});

test('with a tier behind the fund, an atom more of it may cost the accounts one: rounding moves the draws', () => {
  const socialized = (fundBalance: bigint) =>
    settle(
      handBook({
        rules: { tiers: ['INSURANCE_FUND', 'OPERATOR_CAPITAL', 'SOCIALIZATION'], operatorCap: 2n },
        fundBalance,
        losses: [handLoss('a', 6n), handLoss('b', 6n), handLoss('c', 2n, { operatorPaid: 2n })],
        accounts: [handAccount('z', 100n)],
      }),
    ).socialized;
  // Draws of 4, 4, 2, then 5, 5, 1: c lacks one, and the operator has paid for c already.
  expect([socialized(10n), socialized(11n), socialized(12n)]).toEqual([0n, 1n, 0n]);
});

describe('OWNER_RECOURSE', () => {
  const owner = 'anna';
  const accounts = [
    handAccount('a1', 60n, { owner, rate: 0n }),
    handAccount('a2', 20n, { owner }),
    handAccount('b', 100n, { owner: 'bob' }),
    handAccount('c', 100n),
  ];
  const rules = { tiers: ['OWN_COLLATERAL', 'OWNER_RECOURSE', 'SOCIALIZATION'] as const };

  test('takes from the debtor pro rata to profit, caps or none, and only then from others', () => {
    const losses = [handLoss('e', 40n, { owner })];
    const outcome = settle(handBook({ rules, losses, accounts }));
    expect(Object.fromEntries(outcome.haircuts)).toEqual({ a1: 30n, a2: 10n, b: 0n, c: 0n });
    expect(outcome).toMatchObject({ recourse: 40n, socialized: 0n, profitTotal: 240n, capacity: 210n });
  });

  test('takes no more than its profit; what is left is the pool of all others', () => {
    const losses = [handLoss('e', 130n, { owner })];
    expect(haircutsOf(handBook({ rules, losses, accounts }))).toEqual({ a1: 60n, a2: 20n, b: 25n, c: 25n });
  });

  test('divides what one owner gives over its events by what they lack', () => {
    const losses = [handLoss('e', 90n, { owner }), handLoss('f', 30n, { owner }), handLoss('g', 10n)];
    const { shares } = settle(handBook({ rules, losses, accounts }));
    expect(shares.map(({ recourse }) => recourse)).toEqual([60n, 20n, 0n]);
    expect(shares.map(({ socialized }) => socialized)).toEqual([30n, 10n, 10n]);
  });

  test('leaves a cap what recourse took off it: caps shield from others’ losses, not from one’s own', () => {
    // a2 may give up half of 20 by socialization: recourse took 5 of it already.
    const half = accounts.map((item) => (item.ref === 'a2' ? { ...item, rate: ONE / 2n } : item));
    const losses = [handLoss('e', 20n, { owner }), handLoss('f', 500n)];
    expect(haircutsOf(handBook({ rules, losses, accounts: half }))).toEqual({
      a1: 15n,
      a2: 10n,
      b: 100n,
      c: 100n,
    });
  });

  test('takes from nobody but the owner, and no more than its profit or its losses', () => {
    fc.assert(
      fc.property(book, (input) => {
        const { parts, shares, profits } = settle(input);
        const paid = new Map<string, bigint>();
        for (const { ref, recourse } of shares) {
          const owner = input.losses.find((item) => item.ref === ref)!.owner;
          if (owner === null) expect(recourse).toBe(0n);
          else paid.set(owner, (paid.get(owner) ?? 0n) + recourse);
        }
        const taken = new Map<string, bigint>();
        for (const { scope, members, haircuts, figures } of parts) {
          if (scope !== 'RECOURSE') continue;
          expect(figures.method).toBe('PRO_RATA');
          const owners = new Set(
            members.map((ref) => input.accounts.find((item) => item.ref === ref)!.owner),
          );
          expect(owners.size).toBe(1);
          taken.set([...owners][0]!, total(haircuts));
        }
        for (const [owner, amount] of paid) {
          expect(taken.get(owner) ?? 0n).toBe(amount);
          const own = input.accounts.filter((item) => item.owner === owner);
          expect(amount <= total(own.map(({ ref }) => profits.get(ref)!))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('events settled again and again', () => {
  const refill = fc.array(atoms(10n ** 12n), { minLength: 2, maxLength: 4 });

  test('cost the fund and the operator no more than their caps, over all settlements', () => {
    fc.assert(
      fc.property(book, refill, (input, refills) => {
        const { fundCap, operatorCap } = input.rules;
        let losses = input.losses.map((item) => ({ ...item, fundPaid: 0n, operatorPaid: 0n }));
        for (const fundBalance of [input.fundBalance, ...refills]) {
          const { shares } = settle({ ...input, fundBalance, losses });
          losses = losses.flatMap((item) => {
            const { uncovered, fundDraw, operatorCapital } = shares.find(({ ref }) => ref === item.ref)!;
            const fundPaid = item.fundPaid + fundDraw;
            const operatorPaid = item.operatorPaid + operatorCapital;
            expect(fundCap === null || fundPaid <= fundCap).toBe(true);
            expect(operatorPaid <= operatorCap).toBe(true);
            return uncovered === 0n ? [] : [{ ...item, deficit: uncovered, fundPaid, operatorPaid }];
          });
          if (losses.length === 0) break;
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the pool', () => {
  const rules = { tiers: ['OWN_COLLATERAL', 'SOCIALIZATION'] as const };
  const million = 10n ** 6n;
  const accounts = [ONE / 5n, ONE / 2n, ONE].map((rate, i) =>
    handAccount('abc'[i]!, BigInt(i + 1) * 100n * million, { rate }),
  );

  test.each([
    [150n, [20n, 52n, 78n], 0n],
    [240n, [20n, 88n, 132n], 0n],
    [421n, [20n, 100n, 300n], 1n],
  ])('100, 200 and 300 under 20 %%, 50 %% and 100 %% bear %s', (loss, haircuts, uncovered) => {
    const outcome = settle(handBook({ rules, losses: [handLoss('e', loss * million)], accounts }));
    expect([...outcome.haircuts.values()]).toEqual(haircuts.map((units) => units * million));
    expect(outcome).toMatchObject({ uncovered: uncovered * million, capacity: 420n * million });
  });

  test('divides by every method what the oracle divides, past 64 bits and past the largest input', () => {
    const huge = [10n ** 37n, 10n ** 37n - 1n, 3n * 10n ** 39n, 2n ** 63n, 1n];
    const many = huge.map((profit, i) =>
      handAccount('edcba'[i]!, profit, { notional: profit * 7n, cost: profit / 3n, balance: 10n ** 36n }),
    );
    for (const method of METHODS) {
      const losses = [handLoss('e', 10n ** 37n), handLoss('f', 10n ** 39n + 7n)];
      const input = handBook({ rules: { ...rules, method }, losses, accounts: many });
      const { haircuts, shares, socialized, uncovered } = settle(input);
      expect([method, socialized, uncovered]).toEqual([method, 10n ** 37n + 10n ** 39n + 7n, 0n]);
      expect(total(haircuts.values())).toBe(socialized);
      expect(shares.map((share) => share.socialized)).toEqual([10n ** 37n, 10n ** 39n + 7n]);
      const claims = many.map(({ ref, unrealized: w, notional, cost, balance }) => {
        return { ref, w, cap: w, notional, cost, equity: balance + w };
      });
      const weighing = { exponent: 1, maxLeverage: null };
      const expected = oracle.allocateBy(method, claims, weighing, socialized);
      expect(new Map(haircuts)).toEqual(new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))));
    }
  });
});

test('after its haircuts an account has them off its balance and in its burden', () => {
  const bearers: Bearers = {
    balances: AtomColumn.of([100n, -5n, 7n]),
    unrealized: AtomColumn.of([50n, 60n, 70n]),
    gains: AtomColumn.of([50n, 60n, 70n]),
    borne: AtomColumn.of([10n, 8n, 4n]),
    // The second has earned its 8 back: b starts anew.
    realized: AtomColumn.of([-3n, 9n, 1n]),
    maxRates: AtomColumn.of([ONE, ONE, ONE]),
    sizes: null,
    marketProfits: null,
  };
  const after = afterHaircuts(bearers, AtomColumn.of([20n, 30n, 0n]));
  expect([[...after.balances], [...after.borne], [...after.realized]]).toEqual([
    [80n, -35n, 7n],
    [30n, 30n, 4n],
    [-3n, 0n, 1n],
  ]);
  expect([...after.unrealized]).toEqual([50n, 60n, 70n]);
});
