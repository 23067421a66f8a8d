import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedBurden, haircutableProfit, haircutCap } from '../../src/core/profit.ts';
import * as oracle from '../support/oracle.ts';
import { METHODS, ONE } from './claim-book.ts';
import { atoms, byBytes, rate } from './generators.ts';
import { askOracle, type Book, book, handAccount, handBook, handLoss, settle } from './loss-book.ts';

/*
 * What a joint settlement promises, whatever the tiers, the method and the scope. Tier by tier and by hand:
 * settlement-tiers.test.ts. Market by market: settlement-markets.test.ts.
 */

const { total } = oracle;
const PARTS = ['recourse', 'operatorCapital', 'fundDraw', 'socialized', 'uncovered'] as const;
const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => byBytes(a, b));
const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
const assertAll = (holds: (input: Book) => void, numRuns = 300) =>
  fc.assert(fc.property(book, holds), { numRuns });

describe('a joint settlement', () => {
  test('comes to what the oracle comes to', () => {
    assertAll((input) => {
      const { haircuts, profits, caps, shares, ...rest } = settle(input);
      const { haircuts: h, profits: w, caps: c, shares: s, ...totals } = askOracle(input);
      expect(rest).toMatchObject(totals);
      expect(shares).toEqual(s);
      expect([sorted(haircuts), sorted(profits), sorted(caps)]).toEqual([sorted(h), sorted(w), sorted(c)]);
      expect(rest.haircutCount).toBe([...h.values()].filter((haircut) => haircut > 0n).length);
    }, 1200);
  });

  test('recourse + operator + draw + socialized + uncovered is the deficit, of each event and of all', () => {
    assertAll((input) => {
      const outcome = settle(input);
      expect(total(PARTS.map((part) => outcome[part]))).toBe(outcome.deficit);
      expect(outcome.socialized + outcome.uncovered).toBe(outcome.residual);
      for (const share of outcome.shares) {
        const { deficit } = input.losses.find(({ ref }) => ref === share.ref)!;
        expect(total(PARTS.map((part) => share[part]))).toBe(deficit);
        expect(PARTS.filter((part) => share[part] < 0n)).toEqual([]);
      }
      for (const part of PARTS) expect(total(outcome.shares.map((share) => share[part]))).toBe(outcome[part]);
      expect(total(outcome.haircuts.values())).toBe(outcome.recourse + outcome.socialized);
    });
  });

  test('does not depend on the order of events or accounts', () => {
    const reordered = book.chain((input) =>
      fc.record({
        input: fc.constant(input),
        losses: shuffled(input.losses),
        accounts: shuffled(input.accounts),
      }),
    );
    fc.assert(
      fc.property(reordered, ({ input, losses, accounts }) => {
        expect(settle({ ...input, losses, accounts })).toEqual(settle(input));
      }),
      { numRuns: 200 },
    );
  });

  test('takes nothing that would make equity negative, and at most the profit', () => {
    assertAll((input) => {
      const { haircuts, profits } = settle(input);
      for (const { ref, balance, unrealized } of input.accounts) {
        const haircut = haircuts.get(ref)!;
        expect(haircut >= 0n && haircut <= profits.get(ref)!).toBe(true);
        if (haircut > 0n) expect(balance - haircut + unrealized >= 0n).toBe(true);
      }
    });
  });

  test('takes at most the cap by socialization, and nothing more once recourse took it', () => {
    assertAll((input) => {
      const { haircuts, caps, parts, capacity, socialized } = settle(input);
      expect(socialized <= capacity).toBe(true);
      const recourse = new Map<string, bigint>();
      for (const { scope, members, haircuts } of parts) {
        if (scope === 'RECOURSE') for (const [k, ref] of members.entries()) recourse.set(ref, haircuts[k]!);
      }
      for (const [ref, haircut] of haircuts) {
        const owed = recourse.get(ref) ?? 0n;
        const left = caps.get(ref)! - owed;
        expect(haircut - owed <= (left > 0n ? left : 0n)).toBe(true);
      }
    });
  });

  test('its parts add up to the haircuts, each with its own claims and capacity', () => {
    assertAll((input) => {
      const { haircuts, parts, recourse } = settle(input);
      const added = new Map(input.accounts.map(({ ref }) => [ref, 0n]));
      for (const { members, loss, capacity, profitTotal, ...part } of parts) {
        expect(loss > 0n && loss <= capacity).toBe(true);
        expect([part.haircuts, part.caps, part.profits].map(total)).toEqual([loss, capacity, profitTotal]);
        for (const [k, ref] of members.entries()) added.set(ref, added.get(ref)! + part.haircuts[k]!);
      }
      expect(sorted(added)).toEqual(sorted(haircuts));
      expect(total(parts.filter(({ scope }) => scope === 'RECOURSE').map(({ loss }) => loss))).toBe(recourse);
    });
  });

  test('a richer fund never makes the accounts bear more', () => {
    const late: readonly oracle.TierName[] = ['INSURANCE_FUND', 'SOCIALIZATION'];
    fc.assert(
      fc.property(book, atoms(), ({ rules, ...rest }, more) => {
        // The pool bears what the fund leaves. A tier or a market between them would see the fund's rounding.
        const tiers = [...rules.tiers].sort((a, b) => late.indexOf(a) - late.indexOf(b));
        const input: Book = { ...rest, rules: { ...rules, tiers, scope: 'POOL' } };
        const richer = settle({ ...input, fundBalance: input.fundBalance + more });
        const plain = settle(input);
        expect(richer.fundDraw >= plain.fundDraw && richer.socialized <= plain.socialized).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('leaves nothing uncovered that the pool could bear, unless markets keep to themselves', () => {
    assertAll((input) => {
      const { uncovered, socialized, capacity } = settle(input);
      const { tiers, scope, overflow } = input.rules;
      if (!tiers.includes('SOCIALIZATION') || (scope === 'MARKET' && overflow === 'UNCOVERED')) return;
      expect(uncovered === 0n || socialized === capacity).toBe(true);
    });
  });
});

describe('a run of settlements at unchanged marks', () => {
  const signed = (amount: fc.Arbitrary<bigint>) =>
    fc.tuple(amount, fc.boolean()).map(([n, below]) => (below ? -n : n));
  const account = fc.record({ balance: signed(atoms()), unrealized: signed(atoms(10n ** 40n)) });
  const run = fc.record({
    rate,
    method: fc.constantFrom(...METHODS),
    accounts: fc.tuple(account, account),
    steps: fc.array(
      fc.oneof(
        fc.record({ deficit: atoms().map((n) => (n === 0n ? 1n : n)) }),
        fc.record({ realized: signed(atoms(10n ** 20n)) }),
      ),
      { minLength: 2, maxLength: 8 },
    ),
  });
  type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

  /** Settles step by step; b comes from the oracle's own history of the account. The first one realizes PnL. */
  function play({ rate, method, accounts: start, steps }: Run, withRealized: boolean) {
    const accounts = start.map((item) => ({ ...item, steps: [] as oracle.BurdenStep[], taken: 0n }));
    let won = 0n;
    for (const step of steps) {
      if ('realized' in step) {
        if (!withRealized) continue;
        accounts[0]!.balance += step.realized;
        accounts[0]!.steps.push(step);
        if (step.realized > 0n) won += step.realized;
        continue;
      }
      const { haircuts } = settle(
        handBook({
          rules: { tiers: ['OWN_COLLATERAL', 'SOCIALIZATION'], method },
          losses: [handLoss('e', step.deficit)],
          accounts: accounts.map(({ balance, unrealized, steps }, i) => {
            const { b, net } = oracle.burdenOf(steps);
            return handAccount(`${i}`, unrealized, { balance, rate, borne: b, realized: net });
          }),
        }),
      );
      for (const [i, item] of accounts.entries()) {
        const haircut = haircuts.get(`${i}`)!;
        if (haircut === 0n) continue;
        item.balance -= haircut;
        item.taken += haircut;
        item.steps.push({ haircut });
      }
    }
    const bounds = accounts.map(({ unrealized: u }) => (u > 0n ? (rate * u) / ONE : 0n));
    return { accounts, won, bounds };
  }

  test('takes at most ⌊βu⌋ from an account', () => {
    fc.assert(
      fc.property(run, (input) => {
        const { accounts, bounds } = play(input, false);
        for (const [i, { taken }] of accounts.entries()) expect(taken <= bounds[i]!).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  test('takes at most ⌊βu⌋ and what was realized as well, with REALIZED_PNL in between', () => {
    fc.assert(
      fc.property(run, (input) => {
        const { accounts, won, bounds } = play(input, true);
        expect(accounts[0]!.taken <= bounds[0]! + won).toBe(true);
        expect(accounts[1]!.taken <= bounds[1]!).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  test('a profit bears once: haircuts that still count are off it', () => {
    const bearing = { balance: 0n, unrealized: 100n, gain: 100n, burden: { borne: 60n, realized: 0n } };
    expect(haircutableProfit({ ...bearing, balance: -60n })).toBe(40n);
    expect(haircutableProfit({ ...bearing, balance: -90n })).toBe(10n);
    expect(countedBurden({ borne: 60n, realized: 20n })).toBe(40n);
    expect(countedBurden({ borne: 60n, realized: -20n })).toBe(60n);
    expect(countedBurden({ borne: 60n, realized: 70n })).toBe(0n);
    expect(haircutCap({ ...bearing, balance: 1000n }, 40n, ONE / 2n)).toBe(0n);
    expect(haircutCap({ ...bearing, balance: 1000n }, 40n, (ONE * 3n) / 4n)).toBe(15n);
  });
});
