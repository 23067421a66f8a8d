import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes } from '../../src/core/order.ts';
import { byBytes } from './generators.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{1f600}',
      '\u{10ffff}',
    ),
    maxLength: 4,
  }),
);

test('orders as the UTF-8 bytes do, astral characters included', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(byBytes(a, b));
    }),
    { numRuns: 3000 },
  );
});

test('puts U+1F600 after U+FF01, where JavaScript does not', () => {
  expect('\u{1f600}' < '\uff01').toBe(true);
  expect(compareBytes('\u{1f600}', '\uff01')).toBeGreaterThan(0);
  expect(compareBytes('a', 'ab')).toBeLessThan(0);
  expect(compareBytes('', '')).toBe(0);
});
