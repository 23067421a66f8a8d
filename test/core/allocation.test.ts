import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../src/core/assert.ts';
import * as oracle from '../support/oracle.ts';
import { allocate } from './claim-book.ts';
import { atoms, ref, uniqueBy } from './generators.ts';

/* Pro rata, the first method and the default, to the atom. All seven: methods.test.ts. */

type Claim = { readonly ref: string; readonly w: bigint; readonly cap: bigint };

const haircutsOf = (claims: readonly Claim[], loss: bigint): Map<string, bigint> =>
  allocate(
    'PRO_RATA',
    claims.map((claim) => ({ ...claim, notional: 0n, cost: 0n, equity: claim.w })),
    loss,
  ).haircuts;

const capacity = (claims: readonly Claim[]) => oracle.total(claims.map(({ cap }) => cap));

const uncapped = uniqueBy(
  fc.record({ ref, w: atoms() }).map(({ ref, w }) => ({ ref, w, cap: w })),
  (claim) => claim.ref,
  1,
  12,
);
/** Caps anywhere from 0 to w: some tight, some not, some at a share that water-filling reaches exactly. */
const capped = uniqueBy(
  fc
    .record({ ref, w: atoms(), part: fc.constantFrom(0n, 1n, 2n, 3n, 5n, 6n) })
    .map(({ ref, w, part }) => ({ ref, w, cap: (w * part) / 6n })),
  (claim) => claim.ref,
  1,
  12,
);
/** A loss that the claims can bear, its ends included. */
const withLoss = (claims: fc.Arbitrary<Claim[]>) =>
  claims.chain((list) => {
    const most = capacity(list);
    const loss = fc.oneof(
      fc.bigInt({ min: 0n, max: most }),
      fc.constantFrom(0n, most, most > 0n ? most - 1n : 0n),
    );
    return fc.record({ claims: fc.constant(list), loss });
  });

describe('pro rata', () => {
  test.each([
    ['uncapped', uncapped],
    ['capped', capped],
  ])('takes what the oracle takes: %s', (_name, claims) => {
    fc.assert(
      fc.property(withLoss(claims), ({ claims, loss }) => {
        expect(haircutsOf(claims, loss)).toEqual(oracle.allocate(claims, loss));
      }),
      { numRuns: 400 },
    );
  });

  test('takes between 0 and the cap from each, and the loss from all', () => {
    fc.assert(
      fc.property(withLoss(capped), ({ claims, loss }) => {
        const haircuts = haircutsOf(claims, loss);
        let total = 0n;
        for (const { ref, cap } of claims) {
          const haircut = haircuts.get(ref)!;
          expect(haircut >= 0n && haircut <= cap).toBe(true);
          total += haircut;
        }
        expect(total).toBe(loss);
      }),
      { numRuns: 300 },
    );
  });

  test('takes no less from more profit, while caps grow with profit', () => {
    const betas = fc.constantFrom(1n, 2n, 3n, 5n, 6n);
    fc.assert(
      fc.property(uncapped, betas, fc.bigInt({ min: 0n, max: 1000n }), (list, part, permille) => {
        const claims = list.map(({ ref, w }) => ({ ref, w, cap: (w * part) / 6n }));
        const haircuts = haircutsOf(claims, (capacity(claims) * permille) / 1000n);
        const sorted = [...claims].sort((a, b) => (a.w < b.w ? -1 : a.w > b.w ? 1 : 0));
        for (let i = 1; i < sorted.length; i++) {
          const [less, more] = [sorted[i - 1]!, sorted[i]!];
          if (more.w > less.w) expect(haircuts.get(more.ref)! >= haircuts.get(less.ref)!).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is within an atom of the exact share where nobody is capped', () => {
    fc.assert(
      fc.property(withLoss(uncapped), ({ claims, loss }) => {
        const total = capacity(claims);
        const haircuts = haircutsOf(claims, loss);
        for (const { ref, w } of claims) {
          const off = haircuts.get(ref)! * total - loss * w;
          expect(total === 0n || (off < total && off > -total)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('uncapped, two losses in turn take what both take at once, to the atom per step', () => {
    fc.assert(
      fc.property(withLoss(uncapped), fc.bigInt({ min: 0n, max: 1000n }), ({ claims, loss }, permille) => {
        const first = (loss * permille) / 1000n;
        const atOnce = haircutsOf(claims, loss);
        const one = haircutsOf(claims, first);
        const left = claims.map(({ ref, w }) => ({ ref, w: w - one.get(ref)!, cap: w - one.get(ref)! }));
        const two = haircutsOf(left, loss - first);
        for (const { ref } of claims) {
          const off = one.get(ref)! + two.get(ref)! - atOnce.get(ref)!;
          expect(off >= -2n && off <= 2n).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('pro rata by hand', () => {
  const claimsOf = (ws: readonly bigint[], caps = ws): Claim[] =>
    ws.map((w, i) => ({ ref: String.fromCharCode(97 + i), w, cap: caps[i]! }));
  const cases: [name: string, profits: bigint[], loss: bigint, haircuts: bigint[], caps?: bigint[]][] = [
    ['{a 15000, b 5000} bear 10000', [15000n, 5000n], 10000n, [7500n, 2500n]],
    ['{a 100, b 100} bear 1', [100n, 100n], 1n, [1n, 0n]],
    ['{100, 200, 300} bear 250', [100n, 200n, 300n], 250n, [42n, 83n, 125n]],
    ['{1, 1, 1} bear 2: nobody is paid more than it claimed', [1n, 1n, 1n], 2n, [1n, 1n, 0n]],
    ['{1, 1, 1} bear 1', [1n, 1n, 1n], 1n, [1n, 0n, 0n]],
    ['{6, 2, 1} under caps {3, 1, 0} bear 2', [6n, 2n, 1n], 2n, [2n, 0n, 0n], [3n, 1n, 0n]],
    ['{6, 2, 1} under caps {3, 1, 0} bear all of 4', [6n, 2n, 1n], 4n, [3n, 1n, 0n], [3n, 1n, 0n]],
    [
      'a cap reached by the first pass raises λ past the next one',
      [10n, 10n, 10n],
      9n,
      [1n, 2n, 6n],
      [1n, 2n, 9n],
    ],
    ['a share that is exactly its cap', [4n, 4n], 4n, [2n, 2n], [2n, 4n]],
    ['no loss', [5n, 5n], 0n, [0n, 0n]],
    ['nobody', [], 0n, []],
    ['all profits zero', [0n, 0n], 0n, [0n, 0n]],
  ];
  test.each(cases)('%s', (_name, profits, loss, haircuts, caps) => {
    expect([...haircutsOf(claimsOf(profits, caps), loss).values()]).toEqual(haircuts);
  });

  test('remainders that no float can tell apart are ranked exactly', () => {
    // Over a total of 3·10^36 + 2 the remainders of b and c differ in the last digit only: 1/3 of an atom against a hair more.
    const w = 10n ** 36n;
    const claims = claimsOf([w, w + 2n, w]);
    expect(haircutsOf(claims, 1n)).toEqual(
      new Map([
        ['a', 0n],
        ['b', 1n],
        ['c', 0n],
      ]),
    );
    expect(haircutsOf(claims, 2n)).toEqual(
      new Map([
        ['a', 1n],
        ['b', 1n],
        ['c', 0n],
      ]),
    );
  });

  test('and the last of them to get an atom is named exactly', () => {
    const w = 10n ** 36n;
    const claims = claimsOf([w, w + 2n, w]).map((claim) => ({
      ...claim,
      notional: 0n,
      cost: 0n,
      equity: 0n,
    }));
    const { lastRemainder } = allocate('PRO_RATA', claims, 2n).figures;
    // Of 2w/(3w + 2) for a and (2w + 4)/(3w + 2) for b.
    expect(lastRemainder).toEqual({ numerator: w, denominator: (3n * w + 2n) / 2n });
  });

  test('refuses to go on where a loss is above what can be borne', () => {
    expect(() => haircutsOf(claimsOf([1n, 1n]), 3n)).toThrow(InvariantViolation);
  });
});
