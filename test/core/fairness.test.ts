import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllocationMethod } from '../../src/core/allocation/allocation.ts';
import * as oracle from '../support/oracle.ts';
import {
  allocate,
  type Claim,
  capacity,
  handClaims,
  type Problem,
  problem,
  times,
  withoutDust,
} from './claim-book.ts';

/*
 * What each method thinks fair, with a counterexample for those that do not. Exact shares are compared, so that no
 * rounding has to be forgiven.
 */

const { compare, minus, plus, whole } = oracle;
const same = (a: oracle.Fraction, b: oracle.Fraction) => compare(a, b) === 0;
const sharesOf = (
  method: AllocationMethod,
  claims: readonly Claim[],
  loss: bigint,
  rules?: Problem['rules'],
) => allocate(method, claims, loss, rules).shares;
const byHand = (method: AllocationMethod, claims: readonly Claim[], loss: bigint) => [
  ...allocate(method, claims, loss).haircuts.values(),
];
const classic = ['PRO_RATA', 'CONSTRAINED_EQUAL_LOSSES', 'CONSTRAINED_EQUAL_AWARDS', 'TALMUD'] as const;
const assertAll = (
  holds: (asked: Problem) => void,
  kind: 'capped' | 'uncapped' = 'uncapped',
  numRuns = 200,
) => fc.assert(fc.property(problem(kind), holds), { numRuns });

describe('who has more gives up no less, and keeps no less', () => {
  test.each(classic)('%s', (method) => {
    assertAll(({ claims, loss }) => {
      const shares = sharesOf(method, claims, loss);
      const ranked = [...claims].sort((a, b) => (a.w < b.w ? -1 : a.w > b.w ? 1 : 0));
      for (let i = 1; i < ranked.length; i++) {
        const [less, more] = [ranked[i - 1]!, ranked[i]!];
        const given = minus(shares.get(more.ref)!, shares.get(less.ref)!);
        expect(given.n >= 0n).toBe(true);
        expect(compare(given, whole(more.w - less.w))).toBeLessThanOrEqual(0);
      }
    });
  });

  const claims = handClaims([200n, 100n], { notionals: [0n, 300n], equities: [400n, 100n] });
  test.each(['RISK_WEIGHTED', 'OPEN_INTEREST', 'ADL_QUEUE'] as const)('not by %s: risk decides', (method) => {
    expect(byHand(method, claims, 100n)).toEqual([0n, 100n]);
  });
});

describe('duals: to divide what is given up is to divide what is kept', () => {
  test.each([
    ['PRO_RATA', 'PRO_RATA'],
    ['TALMUD', 'TALMUD'],
    ['CONSTRAINED_EQUAL_LOSSES', 'CONSTRAINED_EQUAL_AWARDS'],
    ['CONSTRAINED_EQUAL_AWARDS', 'CONSTRAINED_EQUAL_LOSSES'],
  ] as const)('%s and %s', (method, dual) => {
    assertAll(({ claims, loss }) => {
      const given = sharesOf(method, claims, loss);
      const kept = sharesOf(dual, claims, capacity(claims) - loss);
      for (const { ref, w } of claims)
        expect(same(plus(given.get(ref)!, kept.get(ref)!), whole(w))).toBe(true);
    });
  });

  test('neither equal losses nor equal awards is its own', () => {
    const claims = handClaims([100n, 300n]);
    expect(byHand('CONSTRAINED_EQUAL_LOSSES', claims, 100n)).toEqual([50n, 50n]);
    expect(byHand('CONSTRAINED_EQUAL_LOSSES', claims, 300n)).toEqual([100n, 200n]);
    expect(byHand('CONSTRAINED_EQUAL_AWARDS', claims, 100n)).toEqual([0n, 100n]);
    expect(byHand('CONSTRAINED_EQUAL_AWARDS', claims, 300n)).toEqual([50n, 250n]);
  });
});

describe('the contested garment', () => {
  /** Of what two bear together, each bears alone what the other does not dispute, and half of the rest. */
  const contested = (w: bigint, other: bigint, both: oracle.Fraction): oracle.Fraction => {
    const alone = oracle.most(oracle.ZERO, minus(both, whole(other)));
    const others = oracle.most(oracle.ZERO, minus(both, whole(w)));
    return plus(alone, oracle.times(minus(both, plus(alone, others)), oracle.fraction(1n, 2n)));
  };

  test('TALMUD divides what any two bear by it, and it is the only rule that does', () => {
    assertAll(({ claims, loss }) => {
      const shares = sharesOf('TALMUD', claims, loss);
      for (const a of claims) {
        for (const b of claims) {
          if (a === b) continue;
          const both = plus(shares.get(a.ref)!, shares.get(b.ref)!);
          expect(same(shares.get(a.ref)!, contested(a.w, b.w, both))).toBe(true);
        }
      }
    });
  });

  test('the garment: one claims all of it, one half', () => {
    expect(byHand('TALMUD', handClaims([100n, 50n]), 100n)).toEqual([75n, 25n]);
  });
});

/** What is left of the claims once they gave up their shares. Exposures are of one snapshot: they stay. */
const reduce = (claims: readonly Claim[], given: ReadonlyMap<string, bigint>): Claim[] =>
  claims.map((item) => ({ ...item, w: item.w - given.get(item.ref)!, cap: item.cap - given.get(item.ref)! }));

describe('two losses in turn', () => {
  test.each(['PRO_RATA', 'CONSTRAINED_EQUAL_LOSSES', 'CONSTRAINED_EQUAL_AWARDS', 'OPEN_INTEREST'] as const)(
    'take what both take at once: %s',
    (method) => {
      fc.assert(
        fc.property(problem('capped'), fc.bigInt({ min: 0n, max: 1000n }), ({ claims, loss }, permille) => {
          const part = (loss * permille) / 1000n;
          // In a unit so small that the first shares are whole there is nothing to round in between.
          const { level } = allocate(method, claims, part).figures;
          const fine = times(claims, level.denominator);
          const [first, all] = [part * level.denominator, loss * level.denominator];
          const one = allocate(method, fine, first);
          expect(
            fine.filter(({ ref }) => !same(one.shares.get(ref)!, whole(one.haircuts.get(ref)!))),
          ).toEqual([]);
          const two = sharesOf(method, reduce(fine, one.haircuts), all - first);
          const atOnce = sharesOf(method, fine, all);
          for (const [ref, share] of two) {
            expect(same(plus(whole(one.haircuts.get(ref)!), share), atOnce.get(ref)!)).toBe(true);
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  const inTurn = (method: AllocationMethod, claims: readonly Claim[], first: bigint, second: bigint) => {
    const one = allocate(method, claims, first).haircuts;
    const two = allocate(method, reduce(claims, one), second).haircuts;
    return [...one].map(([ref, given]) => given + two.get(ref)!);
  };

  test('do not by TALMUD: 100, then 150, against 250', () => {
    const claims = handClaims([100_000_000n, 200_000_000n, 300_000_000n]);
    expect(byHand('TALMUD', claims, 250_000_000n)).toEqual([50_000_000n, 100_000_000n, 100_000_000n]);
    expect(inTurn('TALMUD', claims, 100_000_000n, 150_000_000n)).toEqual([
      66_666_667n,
      91_666_667n,
      91_666_666n,
    ]);
    expect(inTurn('PRO_RATA', claims, 100_000_000n, 150_000_000n)).toEqual(
      byHand('PRO_RATA', claims, 250_000_000n),
    );
  });

  test('do not by RISK_WEIGHTED: who gave up profit weighs less the second time', () => {
    // Leverage 2 and 1. 60: weights 200 to 100. Then 60 more: 60 × 2 to 80 × 1.
    const claims = handClaims([100n, 100n], { notionals: [200n, 100n] });
    expect(byHand('RISK_WEIGHTED', claims, 120n)).toEqual([80n, 40n]);
    expect(inTurn('RISK_WEIGHTED', claims, 60n, 60n)).toEqual([76n, 44n]);
  });

  test('do not by ADL_QUEUE: who gave up half its profit falls back in the queue', () => {
    // Scores 2 and 1.8; after the first 50, 1 and 1.8.
    const claims = handClaims([100n, 100n], { notionals: [200n, 180n] });
    expect(byHand('ADL_QUEUE', claims, 100n)).toEqual([100n, 0n]);
    expect(inTurn('ADL_QUEUE', claims, 50n, 50n)).toEqual([50n, 50n]);
  });
});

describe('splitting an account', () => {
  test('changes nothing by PRO_RATA, wherever it is cut', () => {
    fc.assert(
      fc.property(problem('uncapped'), fc.bigInt({ min: 0n, max: 1000n }), ({ claims, loss }, permille) => {
        const [first, ...others] = claims as [Claim, ...Claim[]];
        const one = (first.w * permille) / 1000n;
        const [a, b] = [one, first.w - one].map((w, i) => ({
          ...first,
          ref: first.ref + '\0'.repeat(i),
          w,
          cap: w,
        }));
        const before = sharesOf('PRO_RATA', claims, loss);
        const after = sharesOf('PRO_RATA', [a!, b!, ...others], loss);
        expect(same(plus(after.get(a!.ref)!, after.get(b!.ref)!), before.get(first.ref)!)).toBe(true);
        for (const { ref } of others) expect(same(after.get(ref)!, before.get(ref)!)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test.each(['PRO_RATA', 'RISK_WEIGHTED', 'OPEN_INTEREST', 'ADL_QUEUE'] as const)(
    'in two halves, caps and positions and collateral too, changes nothing by %s',
    (method) => {
      assertAll(({ claims: halves, loss, rules }) => {
        const claims = times(withoutDust(halves), 2n);
        const half = withoutDust(halves)[0]!;
        const twin = { ...half, ref: `${half.ref}\0` };
        const before = sharesOf(method, claims, loss, rules);
        const after = sharesOf(method, [half, twin, ...claims.slice(1)], loss, rules);
        expect(same(plus(after.get(half.ref)!, after.get(twin.ref)!), before.get(half.ref)!)).toBe(true);
      }, 'capped');
    },
  );

  test.each<[AllocationMethod, whole: bigint[], split: bigint[]]>([
    // The third account is cut in two. Losses are equal per account, so its owner pays more; awards, so it keeps more.
    ['CONSTRAINED_EQUAL_LOSSES', [50n, 50n, 50n], [38n, 38n, 37n, 37n]],
    ['CONSTRAINED_EQUAL_AWARDS', [0n, 25n, 125n], [0n, 84n, 33n, 33n]],
    ['TALMUD', [50n, 50n, 50n], [38n, 38n, 37n, 37n]],
  ])('does by %s', (method, whole, split) => {
    expect(byHand(method, handClaims([100n, 200n, 300n]), 150n)).toEqual(whole);
    expect(byHand(method, handClaims([100n, 200n, 150n, 150n]), 150n)).toEqual(split);
  });

  test('does by RISK_WEIGHTED where the collateral goes one way: it chooses its leverage', () => {
    const rules = { leverageExponent: 1, maxLeverage: null };
    const alone = handClaims([100n, 100n], { notionals: [400n, 400n], equities: [200n, 200n] });
    expect([...allocate('RISK_WEIGHTED', alone, 90n, rules).haircuts.values()]).toEqual([45n, 45n]);
    // a keeps 10 of the profit and 300 of the notional; c, the other half, has 90 and 100: leverages 3, 2, 1.
    const apart = handClaims([10n, 100n, 90n], {
      notionals: [300n, 400n, 100n],
      equities: [100n, 200n, 100n],
    });
    expect([...allocate('RISK_WEIGHTED', apart, 90n, rules).haircuts.values()]).toEqual([9n, 56n, 25n]);
  });
});
