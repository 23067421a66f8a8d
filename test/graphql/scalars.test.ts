import type { GraphQLScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

const dateTime = schema.getType('DateTime') as GraphQLScalarType;

test.each([
  ['2025-10-10T21:16:04.831Z', '2025-10-10T21:16:04.831000Z'],
  ['2025-10-10t23:16:04+02:00', '2025-10-10T21:16:04.000000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.999999Z'],
])('DateTime takes %s', (written, stored) => {
  expect(dateTime.parseValue(written)).toBe(stored);
});

test.each([
  ['2025-02-30T00:00:00Z'],
  ['2025-10-10 21:16:04Z'],
  ['2025-10-10T21:16:04'],
  // Years that PostgreSQL does not know, written so or by their zone.
  ['0000-01-01T00:00:00Z'],
  ['0001-01-01T00:00:00+00:01'],
  ['9999-12-31T23:30:00-01:00'],
  [42],
])('DateTime refuses %s', (written) => {
  expect(() => dateTime.parseValue(written)).toThrow('DateTime must be');
});
