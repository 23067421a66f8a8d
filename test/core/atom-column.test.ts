import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AtomColumn } from '../../src/core/atom-column.ts';

const value = fc.oneof(
  fc.bigInt({ min: -10n, max: 10n }),
  fc.bigInt({ min: 2n ** 63n - 2n, max: 2n ** 63n + 2n }),
  fc.bigInt({ min: -(2n ** 63n) - 2n, max: -(2n ** 63n) + 2n }),
  fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }),
);

test('holds what an array of bigints holds, through growth and overwriting', () => {
  const write = fc.record({ at: fc.nat(), value });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 70 }), fc.array(write, { maxLength: 30 }), (start, writes) => {
      const column = new AtomColumn();
      for (const item of start) column.push(item);
      const plain = [...start];
      for (const { at, value } of start.length === 0 ? [] : writes) {
        column.set(at % start.length, value);
        plain[at % start.length] = value;
      }
      expect([...column]).toEqual(plain);
      expect(column.length).toBe(plain.length);
      expect(column.sum()).toBe(plain.reduce((a, b) => a + b, 0n));
      expect([...AtomColumn.of(plain)]).toEqual(plain);
    }),
    { numRuns: 500 },
  );
});

test('starts at zero', () => {
  expect([...new AtomColumn(3)]).toEqual([0n, 0n, 0n]);
});
