import { expect, test } from 'vitest';
import { cursorAt, placeOf, withHeads } from '../../src/client/place.ts';

test.each([
  ['nothing', null, null, null],
  ['a number', '17', '17', 17n],
  ["a server's cursor", 'bm90aWNl', 'bm90aWNl', null],
  ["a notice's cursor", '42@bm90aWNl', 'bm90aWNl', 42n],
  ['more digits than a number has', '1234567890123456789', '1234567890123456789', null],
])('%s is a place without heads', (_, text, after, floor) => {
  expect(placeOf(text)).toEqual({ after, floor, heads: [] });
});

test('what a store was given is what it gives back, in the same order, whatever accounts are called', () => {
  const heads = [
    ['b', '40'],
    ['10', '41'],
    ['9', '41'],
    ['__proto__', '42'],
    ['a#"@,[]\n é', '42'],
  ] as const;
  const text = withHeads(cursorAt('42', 'bm90aWNl'), heads);
  expect(placeOf(text)).toEqual({ after: 'bm90aWNl', floor: 42n, heads });
  expect(placeOf(withHeads(cursorAt('42', 'x'), []))).toEqual({ after: 'x', floor: 42n, heads: [] });
});

test.each(['', '{', '{"a":"1"}', '[["a"]]', '[["a",1]]', '[["a","x"]]', '[["a","1","2"]]', 'null'])(
  'heads that another hand wrote (%s) are none',
  (heads) => {
    expect(placeOf(`42@x#${heads}`)).toEqual({ after: 'x', floor: 42n, heads: [] });
  },
);
