import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tiersOf, type Waterfall, waterfallOf } from '../../src/core/rules.ts';
import * as oracle from '../support/oracle.ts';
import { atoms, byBytes } from './generators.ts';
import { askOracle, type Book, book, handAccount, handBook, handLoss, settle } from './loss-book.ts';

/*
 * What a joint settlement promises, whatever the tiers, the method and the scope. Tier by tier and by hand:
 * settlement-tiers.test.ts. Market by market: settlement-markets.test.ts. A run of settlements: burden.test.ts.
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
      const theirs = askOracle(input);
      const { haircuts: h, profits: w, caps: c, shares: s, ...totals } = theirs;
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
        expect(total(PARTS.map((part) => share[part]))).toBe(
          input.losses.find(({ ref }) => ref === share.ref)!.deficit,
        );
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
        const { membersOf: _, ...ours } = settle({ ...input, losses, accounts });
        expect(ours).toMatchObject({ ...settle(input), membersOf: undefined as never, ...ours });
        const { membersOf: __, ...first } = settle(input);
        expect(ours).toEqual(first);
      }),
      { numRuns: 200 },
    );
  });

  test('takes at most its profit from an account, nothing that would make its equity negative', () => {
    assertAll((input) => {
      const { haircuts, profits } = settle(input);
      for (const { ref, balance, unrealized } of input.accounts) {
        const haircut = haircuts.get(ref)!;
        expect(haircut >= 0n && haircut <= profits.get(ref)!).toBe(true);
        if (haircut > 0n) expect(balance - haircut + unrealized >= 0n).toBe(true);
      }
    });
  });

  test('takes at most the cap by socialization, and more of it only from a debtor', () => {
    assertAll((input) => {
      const { haircuts, caps, parts, membersOf, capacity, socialized } = settle(input);
      expect(socialized <= capacity).toBe(true);
      const recourse = new Map<string, bigint>();
      for (const part of parts) {
        if (part.scope !== 'RECOURSE') continue;
        for (const [k, ref] of membersOf(part).entries()) recourse.set(ref, part.haircuts.get(k));
      }
      for (const [ref, haircut] of haircuts) {
        const own = recourse.get(ref) ?? 0n;
        const left = caps.get(ref)! - own;
        expect(haircut - own <= (left > 0n ? left : 0n)).toBe(true);
      }
    });
  });

  test('its parts add up to the haircuts, each with its own claims and capacity', () => {
    assertAll((input) => {
      const { haircuts, parts, membersOf, recourse } = settle(input);
      const added = new Map(input.accounts.map(({ ref }) => [ref, 0n]));
      for (const part of parts) {
        const members = membersOf(part);
        expect(part.haircuts.length).toBe(members.length);
        expect(part.loss > 0n && part.loss <= part.capacity).toBe(true);
        expect([part.haircuts.sum(), part.claims.caps.sum(), part.claims.profits.sum()]).toEqual([
          part.loss,
          part.capacity,
          part.profitTotal,
        ]);
        for (const [k, ref] of members.entries()) added.set(ref, added.get(ref)! + part.haircuts.get(k));
      }
      expect(sorted(added)).toEqual(sorted(haircuts));
      expect(total(parts.filter(({ scope }) => scope === 'RECOURSE').map(({ loss }) => loss))).toBe(recourse);
    });
  });

  test('a richer fund never makes the accounts bear more, whatever the tiers', () => {
    fc.assert(
      fc.property(book, atoms(), (input, more) => {
        const richer = settle({ ...input, fundBalance: input.fundBalance + more });
        expect(richer.residual <= settle(input).residual).toBe(true);
        if (input.rules.scope === 'POOL') expect(richer.socialized <= settle(input).socialized).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('leaves nothing uncovered that the pool could bear', () => {
    assertAll((input) => {
      const { uncovered, socialized, capacity } = settle(input);
      if (
        input.rules.tiers.includes('SOCIALIZATION') &&
        (input.rules.scope === 'POOL' || input.rules.overflow === 'POOL')
      )
        expect(uncovered === 0n || socialized === capacity).toBe(true);
    });
  });
});

describe('the three waterfalls', () => {
  test.each<[Waterfall, fundDraw: bigint, socialized: bigint, uncovered: bigint]>([
    ['FUND_THEN_SOCIALIZE', 50n, 100n, 50n],
    ['FUND_ONLY', 50n, 0n, 150n],
    ['SOCIALIZE_ONLY', 0n, 100n, 100n],
  ])('%s: profit 100, fund 50, loss 200', (waterfall, fundDraw, socialized, uncovered) => {
    const tiers = tiersOf(waterfall);
    expect(waterfallOf(tiers)).toBe(waterfall);
    const outcome = settle(
      handBook({
        rules: { tiers },
        fundBalance: 50n,
        losses: [handLoss('e', 200n)],
        accounts: [handAccount('a', 100n)],
      }),
    );
    expect(outcome).toMatchObject({
      fundDraw,
      residual: 200n - fundDraw,
      socialized,
      uncovered,
      recourse: 0n,
    });
  });

  test('a reserve is not drawn on, and where the fund is below it nothing is', () => {
    const at = (fundBalance: bigint, fundReserve: bigint) =>
      settle(handBook({ rules: { fundReserve }, fundBalance, losses: [handLoss('e', 200n)] })).fundDraw;
    expect([at(50n, 20n), at(50n, 50n), at(50n, 51n), at(500n, 0n)]).toEqual([30n, 0n, 0n, 200n]);
  });
});
