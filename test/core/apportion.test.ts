import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from '../../src/core/apportion.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import * as oracle from '../support/oracle.ts';
import { atoms } from './generators.ts';

const keyOf = (index: number) => String(index).padStart(4, '0');

test('divides as the oracle does, ties to the smaller index', () => {
  const weights = fc.oneof(
    fc.array(atoms(10n ** 60n), { minLength: 1, maxLength: 20 }),
    fc.array(fc.bigInt({ min: 0n, max: 2n }), { minLength: 1, maxLength: 60 }),
    fc.tuple(fc.integer({ min: 1, max: 200 }), atoms()).map(([n, w]) => Array<bigint>(n).fill(w)),
  );
  fc.assert(
    fc.property(weights, atoms(10n ** 40n), (weights, amount) => {
      const total = weights.reduce((a, b) => a + b, 0n);
      if (total === 0n) return;
      const shares = apportion(amount, AtomColumn.of(weights));
      const expected = oracle.divide(
        amount,
        weights.map((weight, i) => ({ ref: keyOf(i), weight })),
      );
      expect([...shares]).toEqual(weights.map((_, i) => expected.get(keyOf(i))));
    }),
    { numRuns: 500 },
  );
});

test('nothing over nothing is nothing; something over nothing is a bug', () => {
  expect([...apportion(0n, AtomColumn.of([0n, 0n]))]).toEqual([0n, 0n]);
  expect(() => apportion(1n, AtomColumn.of([0n]))).toThrow('divided over positive weights');
});

test('gives nothing to who weighs nothing, however many atoms are left over', () => {
  expect([...apportion(5n, AtomColumn.of([0n, 3n, 0n, 3n, 3n]))]).toEqual([0n, 2n, 0n, 2n, 1n]);
});
