import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalDecimal,
  ceilDiv,
  floorDiv,
  formatScaled,
  placePoint,
  scaleDecimal,
  trimDecimal,
} from '../../src/core/decimal.ts';
import * as oracle from '../support/oracle.ts';

const digits = fc.integer({ min: 0, max: 18 });
const signed = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n });

describe('canonicalDecimal', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['007', '7'],
    ['-007.50', '-7.5'],
    ['000.100', '0.1'],
    ['10', '10'],
    ['100.00', '100'],
    ['1.000000000000000001', '1.000000000000000001'],
    [`1${'0'.repeat(400)}`, `1${'0'.repeat(400)}`],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalDecimal(text)).toBe(canonical);
  });

  test.each([
    '',
    '.',
    '.5',
    '5.',
    '+1',
    '1e5',
    '1E400',
    'NaN',
    'Infinity',
    '-',
    '--1',
    '1.2.3',
    ' 1',
    '1 ',
    '1,000',
    '0x10',
    '1_000',
    '١',
    '１',
    '1\n',
    '1\0',
    `1${'0'.repeat(1000)}`,
  ])('%j is no decimal', (text) => {
    expect(canonicalDecimal(text)).toBeNull();
  });

  test('keeps the value, and one value has one text', () => {
    const text = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.nat(4),
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.option(fc.stringMatching(/^[0-9]{1,25}$/)),
      )
      .map(
        ([sign, zeros, n, fraction]) =>
          `${sign}${'0'.repeat(zeros)}${n}${fraction === null ? '' : `.${fraction}`}`,
      );
    fc.assert(
      fc.property(text, (text) => {
        const canonical = canonicalDecimal(text)!;
        const sign = text.startsWith('-') ? -1n : 1n;
        const plain = oracle.parse(text.replace('-', ''));
        expect(oracle.compare(oracle.parse(canonical), { n: sign * plain.n, d: plain.d })).toBe(0);
        expect(canonicalDecimal(canonical)).toBe(canonical);
        expect(canonical).toMatch(/^(0|-?(0\.\d*[1-9]|[1-9]\d*(\.\d*[1-9])?))$/);
      }),
    );
  });
});

describe('scaleDecimal and formatScaled', () => {
  test('undo each other at every number of digits', () => {
    fc.assert(
      fc.property(signed, digits, (value, digits) => {
        const text = formatScaled(value, digits);
        expect(text.includes('.') ? text.length - text.indexOf('.') - 1 : 0).toBe(digits);
        expect(scaleDecimal(canonicalDecimal(text)!, digits, 10n ** 60n)).toEqual({ value });
        expect(placePoint(value.toString(), digits)).toBe(text);
      }),
    );
  });

  test.each([
    [0n, 0, '0'],
    [0n, 6, '0.000000'],
    [-1n, 6, '-0.000001'],
    [5n, 0, '5'],
    [-1250000001n, 6, '-1250.000001'],
    [1n, 18, '0.000000000000000001'],
  ])('%s at %i digits prints %s', (value, digits, text) => {
    expect(formatScaled(value, digits)).toBe(text);
  });

  test('never rounds: too many digits are refused, and so is what is out of range', () => {
    expect(scaleDecimal('0.001', 2, 100n)).toEqual({ problem: 'digits' });
    expect(scaleDecimal('0.1', 0, 100n)).toEqual({ problem: 'digits' });
    expect(scaleDecimal('1.00', 2, 100n)).toEqual({ value: 100n });
    expect(scaleDecimal('-1.01', 2, 100n)).toEqual({ problem: 'range' });
    expect(scaleDecimal(`1${'0'.repeat(400)}`, 6, 10n ** 37n)).toEqual({ problem: 'range' });
    expect(scaleDecimal('10000000000000000000000000000000000000', 0, 10n ** 37n)).toEqual({
      value: 10n ** 37n,
    });
    expect(scaleDecimal('10000000000000000000000000000000000001', 0, 10n ** 37n)).toEqual({
      problem: 'range',
    });
  });
});

test('trimDecimal takes zeros off the fraction and nothing else', () => {
  expect(['100', '100.000', '0.10', '-0.00', '10.010', '1.0'].map(trimDecimal)).toEqual([
    '100',
    '100',
    '0.1',
    '0',
    '10.01',
    '1',
  ]);
});

test('floorDiv and ceilDiv round toward −∞ and +∞', () => {
  fc.assert(
    fc.property(signed, fc.bigInt({ min: 1n, max: 10n ** 20n }), (n, d) => {
      expect(floorDiv(n, d)).toBe(oracle.floor({ n, d }));
      expect(ceilDiv(n, d)).toBe(-oracle.floor({ n: -n, d }));
    }),
  );
});
