import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AtomColumn } from '../../src/core/atom-column.ts';
import { countedBurden, haircutableProfit, haircutCap } from '../../src/core/profit.ts';
import { settleJointly } from '../../src/core/settlement.ts';
import type { Waterfall } from '../../src/core/waterfall.ts';
import * as oracle from '../support/oracle.ts';
import { atoms, byBytes, rate, ref, uniqueBy } from './generators.ts';

const ONE = 10n ** 18n;

const account = fc.record({
  ref,
  balance: fc.tuple(atoms(), fc.boolean()).map(([n, owed]) => (owed ? -n : n)),
  unrealized: fc.tuple(atoms(10n ** 40n), fc.boolean()).map(([n, under]) => (under ? -n : n)),
  borne: atoms(10n ** 20n),
  realized: fc.tuple(atoms(10n ** 20n), fc.boolean()).map(([n, lost]) => (lost ? -n : n)),
});
type Account = typeof account extends fc.Arbitrary<infer T> ? T : never;

const book = fc.record({
  waterfall: fc.constantFrom<Waterfall>('FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY'),
  rate,
  fundBalance: atoms(),
  fundReserve: fc.oneof(fc.constant(0n), atoms()),
  events: uniqueBy(
    fc.record({ ref, deficit: atoms().map((n) => (n === 0n ? 1n : n)) }),
    (event) => event.ref,
    1,
    5,
  ),
  accounts: uniqueBy(account, (item) => item.ref, 0, 8),
});
type Book = typeof book extends fc.Arbitrary<infer T> ? T : never;

function settle({ waterfall, rate, fundBalance, fundReserve, events, accounts }: Book) {
  const bearings = [...accounts]
    .sort((a, b) => byBytes(a.ref, b.ref))
    .map(({ ref, balance, unrealized, borne, realized }) => {
      const bearing = { balance, unrealized, burden: { borne, realized } };
      const profit = haircutableProfit(bearing);
      return { ref, profit, cap: haircutCap(bearing, profit, rate) };
    });
  const outcome = settleJointly({
    waterfall,
    method: 'PRO_RATA',
    fundBalance,
    fundReserve,
    losses: events,
    claims: {
      profits: AtomColumn.of(bearings.map(({ profit }) => profit)),
      caps: AtomColumn.of(bearings.map(({ cap }) => cap)),
    },
  });
  return { ...outcome, haircuts: new Map(bearings.map(({ ref }, i) => [ref, outcome.haircuts.get(i)])) };
}

const askOracle = ({ rate, events, accounts, ...rest }: Book) =>
  oracle.settle({
    ...rest,
    beta: oracle.fraction(rate, ONE),
    events,
    bearers: accounts.map(({ ref, balance, unrealized, borne, realized }) => ({
      ref,
      balance,
      unrealized,
      b: oracle.counted({ b: borne, net: realized }),
    })),
  });

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => byBytes(a, b));
const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

describe('a joint settlement', () => {
  test('comes to what the oracle comes to', () => {
    fc.assert(
      fc.property(book, (input) => {
        const ours = settle(input);
        const theirs = askOracle(input);
        expect(ours).toMatchObject({
          deficit: theirs.deficit,
          fundDraw: theirs.draw,
          residual: theirs.residual,
          socialized: theirs.socialized,
          uncovered: theirs.uncovered,
          capacity: theirs.capacity,
          profitTotal: theirs.profitTotal,
        });
        expect(sorted(ours.haircuts)).toEqual(sorted(theirs.haircuts));
        expect(ours.haircutCount).toBe([...theirs.haircuts.values()].filter((h) => h > 0n).length);
        expect(
          ours.shares.map(({ loss, fundDraw, socialized, uncovered }) => ({
            ref: loss.ref,
            draw: fundDraw,
            socialized,
            uncovered,
          })),
        ).toEqual([...theirs.shares].sort((a, b) => byBytes(a.ref, b.ref)));
      }),
      { numRuns: 600 },
    );
  });

  test('draw + socialized + uncovered is the deficit, of each event and of all', () => {
    fc.assert(
      fc.property(book, (input) => {
        const { deficit, fundDraw, socialized, uncovered, shares, capacity } = settle(input);
        expect(fundDraw + socialized + uncovered).toBe(deficit);
        expect(socialized <= capacity).toBe(true);
        expect(fundDraw === 0n || input.fundBalance - fundDraw >= input.fundReserve).toBe(true);
        for (const share of shares) {
          expect(share.fundDraw + share.socialized + share.uncovered).toBe(share.loss.deficit);
          expect(share.fundDraw >= 0n && share.socialized >= 0n && share.uncovered >= 0n).toBe(true);
        }
        const add = (pick: (share: (typeof shares)[number]) => bigint) =>
          shares.reduce((sum, share) => sum + pick(share), 0n);
        expect([add((s) => s.fundDraw), add((s) => s.socialized), add((s) => s.uncovered)]).toEqual([
          fundDraw,
          socialized,
          uncovered,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  test('does not depend on the order of events or accounts', () => {
    fc.assert(
      fc.property(
        book.chain((input) =>
          fc.record({
            input: fc.constant(input),
            events: shuffled(input.events),
            accounts: shuffled(input.accounts),
          }),
        ),
        ({ input, events, accounts }) => {
          expect(settle({ ...input, events, accounts })).toEqual(settle(input));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('takes nothing that would make equity negative', () => {
    fc.assert(
      fc.property(book, (input) => {
        const { haircuts } = settle(input);
        for (const { ref, balance, unrealized } of input.accounts) {
          const haircut = haircuts.get(ref)!;
          if (haircut > 0n) expect(balance - haircut + unrealized >= 0n).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a richer fund never makes the accounts bear more', () => {
    fc.assert(
      fc.property(book, atoms(), (input, more) => {
        const richer = { ...input, fundBalance: input.fundBalance + more };
        expect(settle(richer).socialized <= settle(input).socialized).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a run of settlements at unchanged marks', () => {
  const run = fc.record({
    rate,
    account: account.map((item): Account => ({ ...item, borne: 0n, realized: 0n })),
    other: account.map((item): Account => ({ ...item, ref: `${item.ref}!`, borne: 0n, realized: 0n })),
    steps: fc.array(
      fc.oneof(
        fc.record({ deficit: atoms().map((n) => (n === 0n ? 1n : n)) }),
        fc.record({
          realized: fc.tuple(atoms(10n ** 20n), fc.boolean()).map(([n, lost]) => (lost ? -n : n)),
        }),
      ),
      { minLength: 2, maxLength: 8 },
    ),
  });

  /** Settles step by step; b comes from the oracle's own history of the account. */
  function play(
    { rate, account, other, steps }: typeof run extends fc.Arbitrary<infer T> ? T : never,
    withRealized: boolean,
  ) {
    const accounts = [account, other].map((start) => ({
      start,
      balance: start.balance,
      steps: [] as oracle.BurdenStep[],
      taken: 0n,
    }));
    let won = 0n;
    for (const step of steps) {
      if ('realized' in step) {
        if (!withRealized) continue;
        accounts[0]!.balance += step.realized;
        accounts[0]!.steps.push(step);
        if (step.realized > 0n) won += step.realized;
        continue;
      }
      const { haircuts } = settle({
        waterfall: 'SOCIALIZE_ONLY',
        rate,
        fundBalance: 0n,
        fundReserve: 0n,
        events: [{ ref: 'e', deficit: step.deficit }],
        accounts: accounts.map(({ start, balance, steps }) => {
          const { b, net } = oracle.burdenOf(steps);
          return { ...start, balance, borne: b, realized: net };
        }),
      });
      for (const item of accounts) {
        const haircut = haircuts.get(item.start.ref)!;
        if (haircut === 0n) continue;
        item.balance -= haircut;
        item.taken += haircut;
        item.steps.push({ haircut });
      }
    }
    const bound = (u: bigint) => (u > 0n ? (rate * u) / ONE : 0n);
    return { accounts, won, bound };
  }

  test('takes at most ⌊βu⌋ from an account', () => {
    fc.assert(
      fc.property(run, (input) => {
        const { accounts, bound } = play(input, false);
        for (const { start, taken } of accounts) expect(taken <= bound(start.unrealized)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('takes at most ⌊βu⌋ and what was realized as well, with REALIZED_PNL in between', () => {
    fc.assert(
      fc.property(run, (input) => {
        const { accounts, won, bound } = play(input, true);
        const [account, other] = accounts;
        expect(account!.taken <= bound(account!.start.unrealized) + won).toBe(true);
        expect(other!.taken <= bound(other!.start.unrealized)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a profit bears once: haircuts that still count are off it', () => {
    const bearing = { balance: 0n, unrealized: 100n, burden: { borne: 60n, realized: 0n } };
    expect(haircutableProfit({ ...bearing, balance: -60n })).toBe(40n);
    expect(haircutableProfit({ ...bearing, balance: -90n })).toBe(10n);
    expect(countedBurden({ borne: 60n, realized: 20n })).toBe(40n);
    expect(countedBurden({ borne: 60n, realized: -20n })).toBe(60n);
    expect(countedBurden({ borne: 60n, realized: 70n })).toBe(0n);
    expect(haircutCap({ ...bearing, balance: 1000n }, 40n, ONE / 2n)).toBe(0n);
    expect(haircutCap({ ...bearing, balance: 1000n }, 40n, (ONE * 3n) / 4n)).toBe(15n);
  });
});
