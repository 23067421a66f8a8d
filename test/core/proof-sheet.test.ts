import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import type { CommittedPart, Haircut } from '../../src/core/proof/format.ts';
import { verifySheet } from '../../src/core/proof/verify-sheet.ts';
import { type Account, commit, FOUR, type Settled, settle, settled, sha256 } from './proof-helper.ts';

const LOSSES = { recourse: 300, debtors: 2, markets: [400, 500], pool: 700 };

async function problemsOf(lines: Iterable<string>, root?: string): Promise<string> {
  const verdict = await verifySheet(lines, sha256, root);
  return verdict.ok ? '' : verdict.problems.join('\n');
}

async function checksOf(lines: Iterable<string>): Promise<string> {
  const verdict = await verifySheet(lines, sha256);
  expect(verdict).toMatchObject({ ok: true });
  return verdict.ok ? verdict.checks.join('\n') : '';
}

describe('a true sheet', () => {
  test.each(ALLOCATION_METHODS)('holds under %s, of one part and of four', async (method) => {
    const { sheet, header } = commit(settle(FOUR, method, { pool: 617 }));
    expect(await problemsOf(sheet, header.commitment.root)).toBe('');
    expect(await problemsOf(commit(settle(FOUR, method, LOSSES)).sheet)).toBe('');
  });

  test('is recomputed from scratch where all that could bear are on it', async () => {
    const checks = await checksOf(commit(settle(FOUR, 'RISK_WEIGHTED', { pool: 900 })).sheet);
    expect(checks).toContain(
      'The haircuts of part 1 (POOL, RISK_WEIGHTED) sum to its loss of 119.99, and come out the same allocated anew',
    );
  });

  test('says so where they are not', async () => {
    const checks = await checksOf(commit(settle(FOUR, 'ADL_QUEUE', { pool: 200 })).sheet);
    expect(checks).toContain('sum to its loss of 26.66; accounts that could bear gave up nothing');
  });

  test('holds, whatever was settled', () =>
    fc.assert(
      fc.asyncProperty(settled, async (settlement) => {
        expect(await problemsOf(commit(settlement).sheet)).toBe('');
      }),
      { numRuns: 1000 },
    ));

  test('may come line by line', async () => {
    async function* lines() {
      yield* commit(settle(FOUR, 'TALMUD', LOSSES)).sheet;
    }
    expect(await verifySheet(lines(), sha256)).toMatchObject({ ok: true });
  });
});

describe('a spoilt sheet', () => {
  const { sheet } = commit(settle(FOUR, 'RISK_WEIGHTED', LOSSES));
  const [head, ...rest] = sheet;
  const rows = rest.slice(0, -1);
  const end = rest.at(-1)!;

  test('fails, whichever digit is changed', () =>
    fc.assert(
      fc.asyncProperty(settled, fc.nat(), fc.integer({ min: 1, max: 9 }), async (settlement, at, by) => {
        const text = commit(settlement).sheet.join('\n');
        const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
        const index = digits[at % digits.length]!;
        const spoilt = `${text.slice(0, index)}${(Number(text[index]) + by) % 10}${text.slice(index + 1)}`;
        expect(await problemsOf(spoilt.split('\n'))).not.toBe('');
      }),
      { numRuns: 1000 },
    ));

  test.each<[string, string[], string]>([
    ['no line', [], 'The sheet is empty.'],
    ['no header', rest, 'Line 1: format is missing.'],
    [
      'a missing line',
      [head!, ...rows.slice(1), end],
      'The last line counts 4 haircuts, and the sheet has 3.',
    ],
    ['a line twice', [head!, rows[0]!, ...rows, end], 'Account alice does not come after alice'],
    ['lines in another order', [head!, ...rows.toReversed(), end], 'Account carol does not come after dave'],
    ['a missing end', [head!, ...rows], 'The sheet breaks off: its last line is missing.'],
    ['the header alone', [head!], 'The sheet breaks off'],
    [
      'no haircuts',
      [head!, '{"end":true,"haircuts":1}'],
      'The tree has 4 leaves, and the sheet has 0 haircuts.',
    ],
    ['half a line', [head!, ...rows, end.slice(0, -4)], 'Line 6: It is not JSON.'],
    ['a blank line', [head!, '', ...rest], 'Line 2: It is not JSON.'],
    ['more after the end', [...sheet, rows[0]!], 'Line 7: The sheet goes on after its end.'],
    ['two headers', [head!, ...sheet], 'Line 2: account is missing.'],
    [
      'a row without its salt',
      [head!, rows[0]!.replace(/,"salt":"\w+"/, ''), end],
      'Line 2: salt is missing.',
    ],
    [
      'a row of two lines',
      [head!, rows[0]!.replace('alice', 'al\\nice'), end],
      'Line 2: account must be a text',
    ],
  ])('fails with %s', async (_, lines, problem) => {
    expect(await problemsOf(lines)).toContain(problem);
  });

  test('fails where it breaks off anywhere', async () => {
    const text = sheet.join('\n');
    for (let length = 0; length < text.length; length += 7) {
      expect(await problemsOf(text.slice(0, length).split('\n'))).not.toBe('');
    }
  });

  test('fails where another root is known', async () => {
    expect(await problemsOf(sheet, 'f'.repeat(64))).toBe('The root is not the one that you know.');
  });

  test('names some problems and counts the others', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ ref: `a${10 + i}`, profit: 1_000n, cap: 1_000n }));
    const lines = commit(settle(many, 'PRO_RATA', { pool: 500 })).sheet.map((line) =>
      line.replaceAll('"amount":"500"', '"amount":"501"'),
    );
    const verdict = await verifySheet(lines, sha256);
    expect(verdict.ok ? [] : verdict.problems).toHaveLength(21);
    expect(verdict.ok ? '' : verdict.problems.at(-1)).toMatch(/^There are \d+ more problems\.$/);
  });
});

/** All hashes are right here, and each haircut by itself may be. */
describe('a sheet of what should not be', () => {
  const equals = (...refs: string[]): Account[] => refs.map((ref) => ({ ref, profit: 10n, cap: 10n }));
  const withRows = (settlement: Settled, change: (row: Haircut, i: number) => Haircut): Settled => ({
    ...settlement,
    rows: settlement.rows.map(change),
  });
  const withPart = (settlement: Settled, change: Partial<CommittedPart>): Settled => ({
    ...settlement,
    parts: settlement.parts.map((part) => ({ ...part, ...change })),
  });
  const taking = (amounts: readonly bigint[]) => (row: Haircut, i: number) => {
    const amount = amounts[i]!;
    return { ...row, amount, parts: [{ ...row.parts[0]!, amount }] };
  };
  const fraction = (numerator: bigint, denominator: bigint) => ({ numerator, denominator });

  test.each<[string, Settled, string]>([
    [
      'a tie that went to the larger ref',
      withRows(settle(equals('a', 'b', 'c'), 'PRO_RATA', { pool: 134 }), taking([1n, 2n, 1n])),
      'Account b, part 1 (POOL, PRO_RATA): it got an atom left over',
    ],
    [
      'a tie that went to too many',
      withRows(settle(equals('a', 'b', 'c'), 'PRO_RATA', { pool: 134 }), taking([2n, 2n, 1n])),
      'The haircuts of part 1 (POOL, PRO_RATA) sum to 0.05, and not to its loss of 0.04.',
    ],
    [
      'a last remainder that nobody has',
      withPart(
        settle(
          [
            { ref: 'a', profit: 10n, cap: 10n },
            { ref: 'b', profit: 5n, cap: 5n },
          ],
          'PRO_RATA',
          { pool: 334 },
        ),
        {
          lastRemainder: fraction(1n, 2n),
        },
      ),
      'No haircut of part 1 (POOL, PRO_RATA) has the last remainder that got an atom.',
    ],
    [
      'two accounts in one place of the queue',
      withRows(settle(equals('a', 'b'), 'ADL_QUEUE', { pool: 750 }), (row, i) =>
        i === 0 ? { ...row, parts: [{ ...row.parts[0]!, weight: 5n }] } : row,
      ),
      'The places in the queue of part 1 (POOL, ADL_QUEUE) leave a gap, or overlap.',
    ],
    [
      'another level that comes to the same haircuts',
      withPart(settle(equals('a', 'b'), 'CONSTRAINED_EQUAL_LOSSES', { pool: 450 }), {
        level: fraction(13n, 3n),
        lastRemainder: fraction(1n, 3n),
      }),
      'Allocated anew, part 1 (POOL, CONSTRAINED_EQUAL_LOSSES) comes out otherwise than the sheet says.',
    ],
    [
      'less profit than its accounts have',
      {
        ...withPart(settle(FOUR, 'PRO_RATA', { pool: 900 }), { profitTotal: 18_000n }),
        profitTotal: 18_000n,
      },
      'The profits of part 1 (POOL, PRO_RATA) sum to more than its profit.',
    ],
    [
      'less profit than its accounts have, over markets',
      { ...settle(FOUR, 'PRO_RATA', { markets: [900, 0] }), profitTotal: 13_000n },
      "The profits of the accounts sum to more than the settlement's.",
    ],
    [
      'less capacity than its accounts have',
      withPart(settle(FOUR, 'PRO_RATA', { pool: 900 }), { capacity: 13_000n }),
      'The caps of part 1 (POOL, PRO_RATA) sum to more than its capacity.',
    ],
  ])('%s', async (_, settlement, problem) => {
    expect(await problemsOf(commit(settlement).sheet)).toContain(problem);
  });

  test('a total that its haircuts do not sum to', async () => {
    const settlement = withPart(settle(FOUR, 'PRO_RATA', { pool: 700 }), { loss: 9_000n });
    expect((await problemsOf(commit({ ...settlement, total: 9_000n }).sheet)).split('\n')).toEqual([
      'The haircuts sum to 93.33, and not to the total of 90.00.',
      'The haircuts of part 1 (POOL, PRO_RATA) sum to 93.33, and not to its loss of 90.00.',
    ]);
  });

  test('another level is no lie where it makes all the same shares', async () => {
    // Everybody gives up its cap, and a level of 8 says so as well as any below.
    const accounts = [
      { ref: 'a', profit: 10n, cap: 2n },
      { ref: 'b', profit: 0n, cap: 0n },
    ];
    const honest = settle(accounts, 'CONSTRAINED_EQUAL_AWARDS', { pool: 1000 });
    expect(honest.parts[0]!.level).toEqual(fraction(4n, 1n));
    expect(await problemsOf(commit(honest).sheet)).toBe('');
    expect(await problemsOf(commit(withPart(honest, { level: fraction(8n, 1n) })).sheet)).toBe('');
    expect(await problemsOf(commit(withPart(honest, { level: fraction(9n, 1n) })).sheet)).not.toBe('');
  });
});
