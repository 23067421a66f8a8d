import { describe, expect, test } from 'vitest';
import { Chains, type Link } from '../../src/client/chain.ts';

const link = (chain: string, number: number, previous: number | null, id = `${chain}${number}`): Link => ({
  chain,
  number: String(number),
  previous: previous === null ? null : String(previous),
  id,
});

describe('a chain that was heard', () => {
  const chains = new Chains(5n);
  chains.add(link('a', 9, 4));

  test('goes on where the notice before is the one that was heard', () => {
    expect(chains.gapBefore(link('a', 12, 9))).toBeNull();
  });

  test('has a gap after what was heard last where it is another', () => {
    expect(chains.gapBefore(link('a', 12, 11))).toBe('9');
    expect(chains.gapBefore(link('a', 12, 4))).toBe('9');
    expect(chains.gapBefore(link('a', 12, null))).toBe('9');
  });

  test('knows what it heard, by numbers and not by text', () => {
    expect(chains.isKnown(link('a', 9, 4))).toBe(true);
    expect(chains.isKnown(link('a', 10, 9))).toBe(false);
    expect(chains.isKnown(link('a', 8, 4))).toBe(true);
  });
});

describe('links of one number', () => {
  const [first, second, third] = [link('a', 9, 4, 'i'), link('a', 9, 9, 'ii'), link('a', 9, 9, 'iii')];

  test('are each taken once, without a gap', () => {
    const chains = new Chains(5n, [['a', '4']]);
    for (const next of [first, second, third]) {
      expect(chains.isKnown(next)).toBe(false);
      expect(chains.gapBefore(next)).toBeNull();
      chains.add(next);
      expect(chains.isKnown(next)).toBe(true);
    }
    expect([first, second, third].every((told) => chains.isKnown(told))).toBe(true);
    expect(chains.gapBefore(link('a', 12, 9))).toBeNull();
    expect(chains.heads(1)).toEqual([['a', '9']]);
  });

  test('are not forgotten where another chain is heard in between', () => {
    const chains = new Chains(5n);
    for (const next of [first, link('b', 9, null), second]) chains.add(next);
    expect([first, second, third].map((told) => chains.isKnown(told))).toEqual([true, true, false]);
  });

  test('go on after a restart between them: the first is known, and those that are told are not', () => {
    const chains = new Chains(9n, [['a', '9']]);
    expect([first, second].map((told) => chains.isKnown(told))).toEqual([true, false]);
    expect(chains.gapBefore(second)).toBeNull();
  });

  test('have a gap before them where the first is missing', () => {
    expect(new Chains(5n, [['a', '4']]).gapBefore(second)).toBe('4');
    expect(new Chains(5n).gapBefore(second)).toBe('5');
  });
});

describe('a chain that was heard before a restart', () => {
  const heads = [
    ['a', '3'],
    ['b', '7'],
  ] as const;
  const chains = new Chains(7n, heads);

  test('has a gap where the notice before is another than the last, however old both are', () => {
    expect(chains.gapBefore(link('a', 9, 5))).toBe('3');
    expect(chains.gapBefore(link('a', 9, 3))).toBeNull();
    expect(chains.gapBefore(link('b', 9, 7))).toBeNull();
    // Of another it is known that all up to there was told.
    expect(chains.gapBefore(link('c', 9, 5))).toBeNull();
  });

  test('is kept with the others that were heard last', () => {
    expect(chains.heads(9)).toEqual(heads);
    chains.add(link('a', 9, 3));
    chains.add(link('c', 9, null));
    expect(chains.heads(2)).toEqual([
      ['a', '9'],
      ['c', '9'],
    ]);
  });
});

describe('a chain that was not heard since the start', () => {
  test('has a gap where the notice before is past the start', () => {
    const chains = new Chains(5n);
    expect(chains.gapBefore(link('a', 9, 6))).toBe('5');
    expect(chains.gapBefore(link('a', 9, 5))).toBeNull();
    expect(chains.gapBefore(link('a', 9, null))).toBeNull();
  });

  test('knows what is before the start, and takes the rest of the commit that it stands in', () => {
    const chains = new Chains(5n);
    expect(chains.isKnown(link('a', 4, null))).toBe(true);
    expect(chains.isKnown(link('a', 5, null))).toBe(false);
  });

  test('has a gap past the first notice of any, where nobody knows the start', () => {
    const chains = new Chains(null);
    expect(chains.gapBefore(link('a', 9, 6))).toBeNull();
    chains.add(link('a', 9, 6));
    expect(chains.gapBefore(link('b', 12, 6))).toBeNull();
    expect(chains.gapBefore(link('b', 12, 10))).toBe('9');
  });
});
