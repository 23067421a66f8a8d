import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atoms, cutTo, digitsOf, grouped, isZero, percentOf, shareOf } from '../../src/console/kit/digits.ts';
import { formatScaled } from '../../src/core/decimal.ts';

const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat(18))
  .map(([value, decimals]) => formatScaled(value, decimals));

it('shows every digit of an amount, and no other', () => {
  fc.assert(
    fc.property(amount, (text) => {
      const { sign, whole, fraction } = digitsOf(text);
      expect(`${sign === '−' ? '-' : ''}${whole.replaceAll(',', '')}${fraction}`).toBe(text);
      expect(whole).toMatch(/^\d{1,3}(,\d{3})*$/);
    }),
  );
});

it.each([
  ['0', '0'],
  ['1234567.890000', '1,234,567.890000'],
  ['-1000', '−1,000'],
  ['999.999999', '999.999999'],
  ['45035996273704965', '45,035,996,273,704,965'],
])('groups %s', (text, shown) => expect(grouped(text)).toBe(shown));

it.each([
  ['0.021797392690248031', 4, '2.1797'],
  ['1', 2, '100.00'],
  ['0', 2, '0.00'],
  ['0.00099', 2, '0.09'],
  ['-0.5', 0, '−50'],
  ['12.345', 1, '1,234.5'],
])('says %s as percent with %i digits', (share, digits, shown) =>
  expect(percentOf(share, digits)).toBe(shown),
);

it('cuts off, and never rounds', () => {
  expect(cutTo('0.999999', 2)).toBe('0.99');
  expect(cutTo('5', 2)).toBe('5');
  expect(shareOf('2', '3')).toBe('0.6666');
  expect(shareOf('3', '3')).toBe('1.0000');
  expect(shareOf('1', '0')).toBe('0');
});

it('knows zero by any number of digits', () => {
  expect(['0', '0.000000', '-0.0'].map(isZero)).toEqual([true, true, true]);
  expect(['0.000001', '10', '-1'].map(isZero)).toEqual([false, false, false]);
});

it('compares amounts as whole numbers', () => {
  expect(atoms('0.000000000000000001')).toBe(1n);
  expect(atoms('-1.5')).toBe(-15n * 10n ** 17n);
});
