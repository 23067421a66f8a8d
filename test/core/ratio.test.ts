import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ratio, ratioDecimal } from '../../src/core/ratio.ts';
import { atoms } from './generators.ts';

test('is the same fraction in lowest terms', () => {
  fc.assert(
    fc.property(atoms(10n ** 50n), atoms(10n ** 50n), (n, d) => {
      const { numerator, denominator } = ratio(n, d);
      if (n === 0n || d === 0n) {
        expect([numerator, denominator]).toEqual([0n, 1n]);
        return;
      }
      expect(numerator * d).toBe(n * denominator);
      let [a, b] = [numerator, denominator];
      while (b !== 0n) [a, b] = [b, a % b];
      expect(a).toBe(1n);
    }),
  );
});

test('its decimal is cut off after 18 digits, not rounded', () => {
  expect(ratioDecimal(ratio(2n, 3n))).toBe('0.666666666666666666');
  expect(ratioDecimal(ratio(1n, 2n))).toBe('0.5');
  expect(ratioDecimal(ratio(5n, 5n))).toBe('1');
  expect(ratioDecimal(ratio(0n, 0n))).toBe('0');
  expect(ratioDecimal(ratio(1n, 10n ** 19n))).toBe('0');
});
