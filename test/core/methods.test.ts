import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllocationMethod } from '../../src/core/allocation/allocation.ts';
import { InvariantViolation } from '../../src/core/assert.ts';
import * as oracle from '../support/oracle.ts';
import {
  allocate,
  askOracle,
  type Claim,
  capacity,
  handClaims,
  lossFor,
  METHODS,
  type Problem,
  problem,
  remainderOf,
  times,
  weighing,
  withoutDust,
} from './claim-book.ts';
import { byBytes, ref } from './generators.ts';

/*
 * What every method promises, whatever it thinks fair. What they think fair: fairness.test.ts. By hand:
 * methods-by-hand.test.ts.
 */

const runs = (numRuns: number) => ({ numRuns });
const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
const same = (a: oracle.Fraction, b: oracle.Fraction) => oracle.compare(a, b) === 0;

describe.each(METHODS)('%s', (method: AllocationMethod) => {
  test.each(['uncapped', 'capped'] as const)(
    'takes what the oracle takes, in whatever order it is told: %s',
    (kind) => {
      const told = problem(kind).chain((asked) =>
        fc.record({ asked: fc.constant(asked), claims: shuffled(asked.claims) }),
      );
      fc.assert(
        fc.property(told, ({ asked: { claims, loss, rules }, claims: reordered }) => {
          const { haircuts, shares } = allocate(method, claims, loss, rules);
          const expected = askOracle(method, reordered, loss, rules);
          expect([...haircuts]).toEqual([...expected].sort(([a], [b]) => byBytes(a, b)));
          const exact = oracle.sharesBy(method, claims, weighing(rules), loss);
          expect(claims.filter(({ ref }, i) => !same(shares.get(ref)!, exact[i]!))).toEqual([]);
        }),
        runs(250),
      );
    },
  );

  test('takes between 0 and the cap from each, and the loss from all', () => {
    fc.assert(
      fc.property(problem('capped'), ({ claims, loss, rules }) => {
        const { haircuts, shares } = allocate(method, claims, loss, rules);
        expect(claims.filter(({ ref, cap }) => haircuts.get(ref)! < 0n || haircuts.get(ref)! > cap)).toEqual(
          [],
        );
        expect(oracle.total(haircuts.values())).toBe(loss);
        expect(same(oracle.sum(shares.values()), oracle.whole(loss))).toBe(true);
      }),
      runs(150),
    );
  });

  test('its figures alone tell each account its share, and who got an atom left over', () => {
    fc.assert(
      fc.property(problem('capped'), ({ claims, loss, rules }) => {
        const { haircuts, shares, figures } = allocate(method, claims, loss, rules);
        const last = remainderOf(figures.lastRemainder);
        // In the order of refs, who is at the last remainder to get an atom gets one until there are no more.
        let exhausted = last.n === 0n;
        for (const [ref, share] of shares) {
          const atoms = oracle.floor(share);
          const order = oracle.compare(oracle.minus(share, oracle.whole(atoms)), last);
          const extra = haircuts.get(ref)! - atoms;
          if (order === 0 && extra === 0n) exhausted = true;
          expect(extra).toBe(order > 0 || (order === 0 && !exhausted) ? 1n : 0n);
        }
      }),
      runs(150),
    );
  });

  test('takes k times as much where everything is k times as large', () => {
    fc.assert(
      fc.property(
        problem('capped'),
        fc.bigInt({ min: 2n, max: 10n ** 20n }),
        ({ claims, loss, rules }, k) => {
          const plain = withoutDust(claims);
          const one = allocate(method, plain, loss, rules);
          const many = allocate(method, times(plain, k), loss * k, rules);
          for (const [ref, share] of one.shares) {
            expect(same(many.shares.get(ref)!, oracle.times(share, oracle.whole(k)))).toBe(true);
            const off = many.haircuts.get(ref)! - k * one.haircuts.get(ref)!;
            expect(off <= k && off >= -k).toBe(true);
          }
        },
      ),
      runs(120),
    );
  });

  test('takes no less from anybody for a larger loss, but for an atom of rounding', () => {
    const two = problem('capped').chain((asked) =>
      fc.record({ asked: fc.constant(asked), other: lossFor(asked.claims) }),
    );
    fc.assert(
      fc.property(two, ({ asked: { claims, loss, rules }, other }) => {
        const [less, more] = (loss < other ? [loss, other] : [other, loss]).map((amount) =>
          allocate(method, claims, amount, rules),
        );
        for (const [ref, share] of less!.shares) {
          expect(oracle.compare(share, more!.shares.get(ref)!)).toBeLessThanOrEqual(0);
          expect(less!.haircuts.get(ref)! <= more!.haircuts.get(ref)! + 1n).toBe(true);
        }
      }),
      runs(150),
    );
  });

  test('takes no less from an account for more profit, and no more from any other', () => {
    const grown = problem('capped').chain((asked) =>
      fc.record({
        asked: fc.constant(asked),
        at: fc.nat(asked.claims.length - 1),
        more: lossFor(asked.claims),
      }),
    );
    fc.assert(
      fc.property(grown, fc.boolean(), ({ asked: { claims, loss, rules }, at, more }, capToo) => {
        const raised = claims.map((item, i) =>
          i === at ? { ...item, w: item.w + more, cap: item.cap + (capToo ? more : 0n) } : item,
        );
        const before = allocate(method, claims, loss, rules).shares;
        const after = allocate(method, raised, loss, rules).shares;
        for (const [i, { ref }] of claims.entries()) {
          const order = oracle.compare(after.get(ref)!, before.get(ref)!);
          expect(i === at ? order >= 0 : order <= 0).toBe(true);
        }
      }),
      runs(150),
    );
  });

  test('refuses to go on where a loss is above what can be borne', () => {
    expect(() => allocate(method, handClaims([1n, 1n]), 3n)).toThrow(InvariantViolation);
  });

  test('takes nothing of nobody, and all that all can give', () => {
    expect([...allocate(method, [], 0n).haircuts]).toEqual([]);
    fc.assert(
      fc.property(problem('capped'), ({ claims, rules }) => {
        const { haircuts } = allocate(method, claims, capacity(claims), rules);
        expect(claims.map(({ ref }) => haircuts.get(ref))).toEqual(claims.map(({ cap }) => cap));
      }),
      runs(50),
    );
  });
});

describe('equals', () => {
  const twins = problem('capped').map(({ claims, ...rest }): Problem & { twin: Claim } => {
    const twin = { ...claims[0]!, ref: `${claims[0]!.ref}\0` };
    return { ...rest, claims: [...claims, twin], twin };
  });

  test.each(METHODS.filter((method) => method !== 'ADL_QUEUE'))(
    'give up the same, to the atom: %s',
    (method) => {
      fc.assert(
        fc.property(twins, ({ claims, loss, rules, twin }) => {
          const { haircuts, shares } = allocate(method, claims, loss, rules);
          const first = claims[0]!.ref;
          expect(same(shares.get(first)!, shares.get(twin.ref)!)).toBe(true);
          // The atom left over goes to the smaller ref.
          const off = haircuts.get(first)! - haircuts.get(twin.ref)!;
          expect(off === 0n || off === 1n).toBe(true);
        }),
        runs(100),
      );
    },
  );

  test('do not in ADL_QUEUE: of equal scores the smaller ref gives up all that it can first', () => {
    const claims = handClaims([100n, 100n], { notionals: [50n, 50n] });
    expect([...allocate('ADL_QUEUE', claims, 100n).haircuts.values()]).toEqual([100n, 0n]);
  });
});

test('a larger loss may take an atom less from somebody: the Alabama paradox of largest remainders', () => {
  const claims = handClaims([6n, 6n, 2n]);
  expect([...allocate('PRO_RATA', claims, 10n).haircuts.values()]).toEqual([4n, 4n, 2n]);
  expect([...allocate('PRO_RATA', claims, 11n).haircuts.values()]).toEqual([5n, 5n, 1n]);
});

test('more profit takes less in RISK_WEIGHTED where it is collateral as well, for it lowers the leverage', () => {
  const rules = { leverageExponent: 2, maxLeverage: null };
  const at = (profit: bigint) =>
    handClaims([profit, 100n], { notionals: [1000n, 1000n], equities: [profit, 100n] });
  // Leverage 10 and 10: weights 1 to 1. Then 5 and 10: 200 × 25 to 100 × 100, 1 to 2.
  expect([...allocate('RISK_WEIGHTED', at(100n), 90n, rules).haircuts.values()]).toEqual([45n, 45n]);
  expect([...allocate('RISK_WEIGHTED', at(200n), 90n, rules).haircuts.values()]).toEqual([30n, 60n]);
});

test('ties go by the bytes of refs, astral characters included', () => {
  const claims = ['\u{1f600}', '\uff01', 'é', 'z'].map((ref) => ({ ...handClaims([1n])[0]!, ref }));
  for (const method of METHODS) {
    const { haircuts } = allocate(method, claims, 3n);
    expect([
      method,
      haircuts.get('z'),
      haircuts.get('é'),
      haircuts.get('\uff01'),
      haircuts.get('\u{1f600}'),
    ]).toEqual([method, 1n, 1n, 1n, 0n]);
  }
});

test('the exact shares do not depend on how accounts are named, but for ADL_QUEUE', () => {
  const renamed = problem('capped').chain((asked) =>
    fc.record({
      asked: fc.constant(asked),
      names: fc.uniqueArray(ref, { minLength: asked.claims.length, maxLength: asked.claims.length }),
    }),
  );
  fc.assert(
    fc.property(renamed, fc.constantFrom(...METHODS), ({ asked: { claims, loss, rules }, names }, method) => {
      if (method === 'ADL_QUEUE') return;
      const before = allocate(method, claims, loss, rules).shares;
      const others = claims.map((item, i) => ({ ...item, ref: names[i]! }));
      const after = allocate(method, others, loss, rules).shares;
      expect(claims.filter(({ ref }, i) => !same(before.get(ref)!, after.get(names[i]!)!))).toEqual([]);
    }),
    runs(300),
  );
});
