import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as oracle from '../support/oracle.ts';
import { METHODS, ONE } from './claim-book.ts';
import {
  type Account,
  type Book,
  handAccount,
  handBook,
  handLoss,
  MARKETS,
  settle,
  withRules,
} from './loss-book.ts';

/* Losses of markets: who won where the bankrupt lost bears first. */

const { total } = oracle;
type Market = (typeof MARKETS)[number];
const won = (amounts: Partial<Record<Market, bigint>>): Account['won'] =>
  MARKETS.flatMap((market) =>
    amounts[market] ? [{ market, pnl: amounts[market], notional: 0n, cost: 0n }] : [],
  );
const lost = (amounts: Partial<Record<Market, bigint>>) =>
  MARKETS.flatMap((market) => (amounts[market] ? [{ market, loss: amounts[market] }] : []));
const rulesFor = (overflow: 'POOL' | 'UNCOVERED') => ({
  tiers: ['OWN_COLLATERAL', 'SOCIALIZATION'] as const,
  scope: 'MARKET' as const,
  overflow,
});
const market = (overflow: 'POOL' | 'UNCOVERED') => withRules({ scope: 'MARKET', overflow });

describe('by hand', () => {
  const accounts = [
    handAccount('a', 100n, { won: won({ BTC: 100n }) }),
    handAccount('b', 60n, { won: won({ ETH: 60n }) }),
    // Won 30 and 90, lost 40 elsewhere: its 80 stand 20 in BTC and 60 in ETH.
    handAccount('c', 80n, { won: won({ BTC: 30n, ETH: 90n }) }),
    handAccount('d', 50n, { won: won({ SOL: 50n }) }),
  ];
  const bear = (overflow: 'POOL' | 'UNCOVERED', ...losses: oracle.PoolLoss[]) => {
    const outcome = settle(handBook({ rules: rulesFor(overflow), losses, accounts }));
    return { ...outcome, haircuts: [...outcome.haircuts.values()] };
  };

  test('the winners of the market bear, pro rata to what stands there', () => {
    const { haircuts, parts, uncovered } = bear('POOL', handLoss('e', 60n, { lost: lost({ BTC: 500n }) }));
    expect(haircuts).toEqual([50n, 0n, 10n, 0n]);
    expect(uncovered).toBe(0n);
    expect(parts).toMatchObject([
      {
        scope: 'MARKET',
        market: 'BTC',
        members: ['a', 'c'],
        profits: [100n, 20n],
        loss: 60n,
        profitTotal: 120n,
        capacity: 120n,
      },
    ]);
  });

  test('a deficit is divided over markets by what was lost in each, and whoever won in two bears in two', () => {
    const { haircuts, parts } = bear('POOL', handLoss('e', 90n, { lost: lost({ BTC: 200n, ETH: 100n }) }));
    // BTC 60: 50 and 10. ETH 30 over 60 and 60: 15 and 15.
    expect(haircuts).toEqual([50n, 15n, 25n, 0n]);
    expect(parts.map((part) => [part.market, part.loss])).toEqual([
      ['BTC', 60n],
      ['ETH', 30n],
    ]);
  });

  test('what a market cannot bear goes to the pool, as far as its accounts still have profit', () => {
    const losses = [handLoss('e', 150n, { lost: lost({ BTC: 1n }) })];
    const { haircuts, parts, shares } = bear('POOL', ...losses);
    // BTC bears 120: a all of its 100, c 20. The other 30 go over b's 60, c's 60 and d's 50.
    expect(haircuts).toEqual([100n, 11n, 20n + 10n, 9n]);
    expect(parts.map(({ scope, loss, profits }) => [scope, loss, profits])).toEqual([
      ['MARKET', 120n, [100n, 20n]],
      ['POOL', 30n, [0n, 60n, 60n, 50n]],
    ]);
    expect(shares).toMatchObject([{ socialized: 150n, uncovered: 0n }]);
  });

  test('or stays uncovered', () => {
    const losses = [
      handLoss('e', 150n, { lost: lost({ BTC: 1n }) }),
      handLoss('f', 60n, { lost: lost({ ETH: 2n }) }),
    ];
    const { haircuts, shares } = bear('UNCOVERED', ...losses);
    expect(haircuts).toEqual([100n, 30n, 20n + 30n, 0n]);
    expect(shares.map(({ socialized, uncovered }) => [socialized, uncovered])).toEqual([
      [120n, 30n],
      [60n, 0n],
    ]);
  });

  test('a bankrupt that lost in no market is the whole pool’s, whatever the overflow', () => {
    for (const overflow of ['POOL', 'UNCOVERED'] as const) {
      expect(bear(overflow, handLoss('e', 29n)).haircuts).toEqual([10n, 6n, 8n, 5n]);
    }
  });

  test('two events of one market share what its winners bear by what each asks of it', () => {
    const losses = [
      handLoss('e', 200n, { lost: lost({ BTC: 1n }) }),
      handLoss('f', 200n, { lost: lost({ BTC: 1n, SOL: 3n }) }),
    ];
    const { shares } = bear('UNCOVERED', ...losses);
    // BTC is asked 200 and 50 for its 120; SOL 150 for its 50.
    expect(shares.map(({ socialized }) => socialized)).toEqual([96n, 24n + 50n]);
  });

  test('a cap is divided like the profit, and both end together', () => {
    const half = accounts.map((item) => ({ ...item, rate: ONE / 2n }));
    const losses = [handLoss('e', 500n, { lost: lost({ BTC: 1n }) })];
    const { parts, haircuts } = settle(handBook({ rules: rulesFor('UNCOVERED'), losses, accounts: half }));
    expect(parts).toMatchObject([{ profits: [100n, 20n], caps: [50n, 10n], loss: 60n }]);
    expect([...haircuts.values()]).toEqual([50n, 0n, 10n, 0n]);
  });

  test('recourse comes first, and markets see what it left', () => {
    const owned = accounts.map((item) => (item.ref === 'c' ? { ...item, owner: 'anna' } : item));
    const tiers = ['OWN_COLLATERAL', 'OWNER_RECOURSE', 'SOCIALIZATION'] as const;
    const losses = [
      handLoss('e', 70n, { owner: 'anna', lost: lost({ BTC: 1n }) }),
      handLoss('f', 10n, { lost: lost({ ETH: 1n }) }),
    ];
    const { haircuts, parts } = settle(
      handBook({ rules: { ...rulesFor('POOL'), tiers }, losses, accounts: owned }),
    );
    // c gives 70 of its 80 for its owner’s debt. The 10 that are left stand 3 in BTC and 7 in ETH: 2½ and 7½, a tie.
    expect(parts).toMatchObject([
      { scope: 'RECOURSE', loss: 70n },
      { scope: 'MARKET', market: 'ETH', members: ['b', 'c'], profits: [60n, 7n], loss: 10n },
    ]);
    expect([...haircuts.values()]).toEqual([0n, 9n, 71n, 0n]);
  });

  test('methods weigh what stands in the market', () => {
    const rules = { ...rulesFor('UNCOVERED'), method: 'OPEN_INTEREST' as const };
    const holding = (ref: string, BTC: bigint, ETH: bigint) =>
      handAccount(ref, 100n, {
        notional: BTC + ETH,
        won: [
          { market: 'BTC', pnl: 50n, notional: BTC, cost: 0n },
          { market: 'ETH', pnl: 50n, notional: ETH, cost: 0n },
        ],
      });
    const losses = [handLoss('e', 40n, { lost: lost({ ETH: 1n }) })];
    const input = handBook({ rules, losses, accounts: [holding('a', 900n, 100n), holding('b', 0n, 300n)] });
    expect([...settle(input).haircuts.values()]).toEqual([10n, 30n]);
  });
});

describe('whatever the book', () => {
  const assertAll = (books: fc.Arbitrary<Book>, holds: (input: Book) => void, numRuns = 300) =>
    fc.assert(fc.property(books, holds), { numRuns });

  test('nobody bears under UNCOVERED who won in no market that a bankrupt lost in', () => {
    assertAll(market('UNCOVERED'), (input) => {
      // Recourse is a debt of its own, and a bankrupt that lost in no market is the pool's.
      const tiers = input.rules.tiers.filter((tier) => tier !== 'OWNER_RECOURSE');
      const losses = input.losses.filter(({ lost }) => lost.length > 0);
      const { haircuts } = settle({ ...input, rules: { ...input.rules, tiers }, losses });
      const losing = new Set(losses.flatMap(({ lost }) => lost.map(({ market }) => market)));
      for (const { ref, won } of input.accounts) {
        if (!won.some(({ market }) => losing.has(market))) expect(haircuts.get(ref)).toBe(0n);
      }
    });
  });

  test('an account bears in a market at most what stands there, and in all at most its profit and cap', () => {
    assertAll(market('POOL'), (input) => {
      const tiers = input.rules.tiers.filter((tier) => tier !== 'OWNER_RECOURSE');
      const { haircuts, profits, caps, parts } = settle({ ...input, rules: { ...input.rules, tiers } });
      for (const [ref, haircut] of haircuts) expect(haircut <= caps.get(ref)!).toBe(true);
      const there = new Map<string, { profit: bigint; cap: bigint }>();
      for (const part of parts) {
        if (part.scope !== 'MARKET') continue;
        for (const [k, ref] of part.members.entries()) {
          expect(part.haircuts[k]! <= part.caps[k]! && part.caps[k]! <= part.profits[k]!).toBe(true);
          const { profit, cap } = there.get(ref) ?? { profit: 0n, cap: 0n };
          there.set(ref, { profit: profit + part.profits[k]!, cap: cap + part.caps[k]! });
        }
      }
      for (const [ref, { profit, cap }] of there) {
        expect(profit <= profits.get(ref)! && cap <= caps.get(ref)!).toBe(true);
      }
    });
  });

  test('the pool bears only once its markets cannot', () => {
    assertAll(market('POOL'), (input) => {
      const losses = input.losses.filter(({ lost }) => lost.length > 0);
      const { parts } = settle({ ...input, losses });
      const pool = parts.find(({ scope }) => scope === 'POOL');
      const markets = parts.filter(({ scope }) => scope === 'MARKET');
      const full = markets.filter(({ loss, capacity }) => loss === capacity).map(({ market }) => market);
      const asked = new Set(losses.flatMap(({ lost }) => lost.map(({ market }) => market)));
      // Some market that was asked bore all it could, or had nobody to ask.
      if (pool) expect(full.length > 0 || markets.length < asked.size).toBe(true);
      expect(parts.indexOf(pool!)).toBe(pool ? parts.length - 1 : -1);
    });
  });

  test('an overflow to the pool covers no less than leaving it, from every market the same', () => {
    assertAll(market('POOL'), (input) => {
      const spilled = settle(input);
      const left = settle({ ...input, rules: { ...input.rules, overflow: 'UNCOVERED' } });
      expect(spilled.socialized >= left.socialized).toBe(true);
      const inMarkets = (parts: typeof spilled.parts) => parts.filter(({ scope }) => scope === 'MARKET');
      expect(inMarkets(spilled.parts)).toEqual(inMarkets(left.parts));
    });
  });

  test('with one market that all won and lost in, it is the pool', () => {
    const one = fc.tuple(market('UNCOVERED'), fc.constantFrom(...METHODS));
    fc.assert(
      fc.property(one, ([input, method]) => {
        const accounts = input.accounts.map((item) => {
          const { notional, cost } = item;
          return { ...item, won: [{ market: 'ETH', pnl: 1n, notional, cost }] };
        });
        const losses = input.losses.map((item) => ({ ...item, lost: [{ market: 'ETH', loss: 7n }] }));
        const rules = { ...input.rules, method };
        const { parts: _, lacking: __, ...byMarket } = settle({ ...input, rules, accounts, losses });
        const {
          parts: ___,
          lacking: ____,
          ...byPool
        } = settle({
          ...input,
          rules: { ...rules, scope: 'POOL' },
          accounts,
          losses,
        });
        expect(byMarket).toEqual(byPool);
      }),
      { numRuns: 200 },
    );
  });
});

test('totals of markets past 64 bits come out whole', () => {
  const profit = 10n ** 37n;
  const accounts = ['a', 'b'].map((ref) =>
    handAccount(ref, profit, { won: won({ BTC: 2n ** 64n, SOL: 1n }) }),
  );
  const losses = [handLoss('e', profit, { lost: lost({ BTC: 10n ** 20n, SOL: 1n }) })];
  const { haircuts, uncovered, shares } = settle(handBook({ rules: rulesFor('POOL'), losses, accounts }));
  expect(total(haircuts.values())).toBe(profit);
  expect([...haircuts.values()]).toEqual([profit / 2n, profit / 2n]);
  expect([uncovered, shares[0]!.socialized]).toEqual([0n, profit]);
});
