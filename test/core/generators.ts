import fc from 'fast-check';

/** Atoms that find trouble: ties and zeros, the usual, the edge of 64 bits, the largest input, and wider still. */
export const atoms = (max = 10n ** 37n): fc.Arbitrary<bigint> => {
  const upTo = (limit: bigint) => fc.bigInt({ min: 0n, max: limit < max ? limit : max });
  const edge = fc.bigInt({ min: 2n ** 63n - 3n, max: 2n ** 63n + 3n }).map((n) => (n > max ? max : n));
  return fc.oneof(upTo(4n), upTo(1000n), upTo(10n ** 12n), edge, upTo(max), fc.constant(max));
};

/** Refs as venues write them, and as they do not: astral characters against the last of the BMP. */
export const ref: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '0', '-'), minLength: 1, maxLength: 4 }),
  fc.string({
    unit: fc.constantFrom('\uff01', '\u{1f600}', '\ue000', 'é', 'z', '\u{10ffff}'),
    minLength: 1,
    maxLength: 3,
  }),
);

export const uniqueBy = <T>(
  item: fc.Arbitrary<T>,
  key: (value: T) => string,
  minLength: number,
  maxLength: number,
) => fc.uniqueArray(item, { selector: key, minLength, maxLength });

/** β in units of 10^-18. */
export const rate: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 10n ** 18n, 5n * 10n ** 17n, 10n ** 18n - 1n, 1n, 333333333333333333n),
  fc.bigInt({ min: 0n, max: 10n ** 18n }),
);

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
