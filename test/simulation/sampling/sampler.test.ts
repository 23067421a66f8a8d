import { describe, expect, test } from 'vitest';
import { philox } from '../../../src/simulation/sampling/philox.ts';
import { type SamplerKind, sampler } from '../../../src/simulation/sampling/sampler.ts';
import { correlationOf, distance, unevenness } from './statistics.ts';

const KINDS: SamplerKind[] = ['PSEUDO', 'ANTITHETIC', 'SOBOL'];

/** The numbers of a batch, by dimension, asked for in calls of these sizes. */
function drawn(
  kind: SamplerKind,
  seed: bigint,
  dimensions: number,
  calls: number[],
  batch = 0,
): Float64Array[] {
  const total = calls.reduce((sum, paths) => sum + paths, 0);
  const columns = Array.from({ length: dimensions }, () => new Float64Array(total));
  const numbers = sampler(kind, seed, dimensions).batch(batch);
  let at = 0;
  for (const paths of calls) {
    const into = new Float64Array(dimensions * paths);
    numbers.next(paths, into);
    for (const [d, column] of columns.entries()) column.set(into.subarray(d * paths, (d + 1) * paths), at);
    at += paths;
  }
  return columns;
}

test("Philox agrees with Random123's known answers", () => {
  // tests/kat_vectors of Random123, the lines of philox4x32 with 10 rounds.
  const words = new Uint32Array(4);
  const answers = [
    [
      [0, 0, 0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [Array(6).fill(0xffffffff), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [[number, number, number, number, number, number], number[]][];
  for (const [input, output] of answers) {
    philox(...input, words);
    expect([...words]).toEqual(output);
  }
});

describe.each(KINDS)('%s', (kind) => {
  test('gives the same numbers however they are asked for', () => {
    const whole = drawn(kind, 9n, 3, [1_000]);
    expect(drawn(kind, 9n, 3, [1_000])).toEqual(whole);
    expect(drawn(kind, 9n, 3, [1, 2, 3, 4, 5, 7, 500, 478])).toEqual(whole);
    expect(drawn(kind, 9n, 5, [1_000]).slice(0, 3)).toEqual(whole);
  });

  test('keeps to the open interval, with 1 − u as exact as u', () => {
    const columns = drawn(kind, 1n, 20, [4_096]);
    for (const u of columns.flatMap((column) => [...column])) {
      if (!(u > 0 && u < 1) || 1 - (1 - u) !== u) throw new Error(`${u}`);
    }
  });

  test('is uniform, in one dimension and in two', () => {
    // The second of two antithetic paths has nothing of its own.
    const columns = drawn(kind, 2n, 6, [16_384]).map((column) =>
      kind === 'ANTITHETIC' ? column.filter((_, p) => p % 2 === 0) : column,
    );
    for (const [d, column] of columns.entries()) {
      // Sobol numbers are more even than chance, never less.
      expect(unevenness(column, 64)).toBeLessThan(3);
      expect(distance(column, 0.5)).toBeLessThan(3);
      expect(
        distance(
          column.map((u) => (u - 0.5) ** 2),
          1 / 12,
        ),
      ).toBeLessThan(3);
      for (const other of columns.slice(0, d)) {
        const pairs = Array.from(column, (u, p) => (Math.floor(u * 16) + other[p]!) / 16);
        expect(unevenness(pairs, 256)).toBeLessThan(3.5);
      }
    }
  });

  test('has batches that are independent of each other, and of other seeds', () => {
    const paths = 4_096;
    const streams = [
      ...[0, 1, 2, 3, 1_000, 2 ** 32 - 1].map((batch) => drawn(kind, 3n, 2, [paths], batch)),
      ...[4n, 3n + (1n << 32n), (1n << 64n) - 1n].map((seed) => drawn(kind, seed, 2, [paths])),
    ];
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(0, i)) {
        for (const d of [0, 1]) {
          // Pairs of antithetic paths make a correlation of half as many numbers.
          const bound = 4 / Math.sqrt(kind === 'ANTITHETIC' ? paths / 2 : paths);
          if (kind !== 'SOBOL') expect(Math.abs(correlationOf(a[d]!, b[d]!))).toBeLessThan(bound);
          expect(a[d]).not.toEqual(b[d]);
        }
      }
    }
    // The numbers at one place of many batches are uniform. Those of two places hang together where they fill the cube.
    const places = [0, 1, 100].map((path) =>
      Float64Array.from({ length: 2_000 }, (_, batch) => drawn(kind, 8n, 1, [path + 1], batch)[0]![path]!),
    );
    for (const place of places) expect(Math.abs(unevenness(place, 50))).toBeLessThan(3.5);
    if (kind === 'SOBOL') return;
    expect(Math.abs(correlationOf(places[0]!, places[2]!))).toBeLessThan(4 / Math.sqrt(2_000));
  });
});

test('pseudo-random numbers are neither uneven nor too even, and each is independent of the next', () => {
  for (const column of drawn('PSEUDO', 6n, 4, [65_536])) {
    expect(Math.abs(unevenness(column, 1_000))).toBeLessThan(3);
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(correlationOf(column.subarray(lag), column.subarray(0, -lag)))).toBeLessThan(4 / 256);
    }
    const pairs = Array.from(
      { length: 32_768 },
      (_, k) => (Math.floor(column[2 * k]! * 32) + column[2 * k + 1]!) / 32,
    );
    expect(Math.abs(unevenness(pairs, 1_024))).toBeLessThan(3);
  }
});

test('antithetic paths mirror each other, and pairs are independent', () => {
  for (const column of drawn('ANTITHETIC', 6n, 2, [4_000])) {
    for (let p = 0; p < column.length; p += 2) expect(column[p + 1]).toBe(1 - column[p]!);
    const firsts = column.filter((_, p) => p % 2 === 0);
    expect(Math.abs(unevenness(firsts, 40))).toBeLessThan(3);
    expect(Math.abs(correlationOf(firsts.subarray(1), firsts.subarray(0, -1)))).toBeLessThan(
      4 / Math.sqrt(2_000),
    );
  }
});

test("dimensions beyond Sobol's are pseudo-random", () => {
  const [sobol, pseudo] = (['SOBOL', 'PSEUDO'] as const).map((kind) => drawn(kind, 4n, 1_120, [8]));
  expect(sobol!.slice(1_111)).toEqual(pseudo!.slice(1_111));
  expect(sobol![1_110]).not.toEqual(pseudo![1_110]);
});

test('a seed has 64 bits', () => {
  for (const seed of [-1n, 1n << 64n]) {
    expect(() => sampler('PSEUDO', seed, 1)).toThrow('The seed is out of range');
  }
});

test('a model that takes no numbers gets none', () => {
  sampler('SOBOL', 1n, 0).batch(0).next(5, new Float64Array(0));
});

/** Whoever changes these changes the digits of every run that anybody has the seed of. */
test('the digits are fixed by the seed', () => {
  const digits = KINDS.map((kind) =>
    drawn(kind, 0x123456789abcdef0n, 2, [3], 5).map((column) => [...column]),
  );
  expect(digits).toMatchInlineSnapshot(`
    [
      [
        [
          0.6823303779681132,
          0.7828752904095685,
          0.4489781961257756,
        ],
        [
          0.7869751265825792,
          0.531894443207159,
          0.9698988429269085,
        ],
      ],
      [
        [
          0.6823303779681132,
          0.31766962203188676,
          0.7828752904095685,
        ],
        [
          0.7869751265825792,
          0.21302487341742082,
          0.531894443207159,
        ],
      ],
      [
        [
          0.4471181283142852,
          0.6412240262250221,
          0.9868122413380597,
        ],
        [
          0.3255973309516548,
          0.9926161320513355,
          0.010081958849805228,
        ],
      ],
    ]
  `);
});
