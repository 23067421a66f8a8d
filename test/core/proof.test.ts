import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import type { CommittedPart, Haircut, Proof } from '../../src/core/proof/format.ts';
import { leafText, nodeText, rootText } from '../../src/core/proof/format.ts';
import { parseProof } from '../../src/core/proof/parse.ts';
import { verifyProof } from '../../src/core/proof/verify-proof.ts';
import { commit, DECIMALS, documentOf, FOUR, settle, settled, sha256 } from './proof-helper.ts';

const LOSSES = { recourse: 300, debtors: 2, markets: [400, 500], pool: 700 };

const problemsOf = (document: unknown, root?: string): string => {
  const verdict = verifyProof(document, sha256, root);
  return verdict.ok ? '' : verdict.problems.join('\n');
};

describe('the texts', () => {
  test('of a leaf, with a line per part', () => {
    const parts = [
      { part: 1, amount: 5n, profit: 100n, cap: 100n, weight: 100n },
      { part: 4, amount: 2n, profit: 95n, cap: 45n, weight: 12345n },
    ];
    const haircut = { account: 'é/1', amount: 7n, profit: 100n, cap: 50n, parts, salt: 'f'.repeat(32) };
    expect(leafText('BTC PERP', 12n, haircut)).toBe(
      `shearwater leaf 1\n${'f'.repeat(32)}\nBTC PERP\t12\né/1\n7\t100\t50\n1\t5\t100\t100\t100\n4\t2\t95\t45\t12345`,
    );
  });

  test('of a node', () => {
    expect(nodeText('a'.repeat(64), 1n, 'b'.repeat(64), 10n ** 40n)).toBe(
      `shearwater node 1\n${'a'.repeat(64)}\t1\n${'b'.repeat(64)}\t1${'0'.repeat(40)}`,
    );
  });

  test('of a root, a market empty where there is none', () => {
    const parts = settle(FOUR, 'TALMUD', LOSSES).parts;
    const text = rootText('P', 3n, 6, {
      tree: 'c'.repeat(64),
      total: 9n,
      profitTotal: 20n,
      leaves: 4,
      parts,
    });
    expect(text.split('\n')).toEqual([
      'shearwater root 1',
      'P\t3\t6\t9\t20\t4',
      '1\tRECOURSE\t\tPRO_RATA\t1\t3/10\t0/1\t4200\t14000\t14000',
      expect.stringMatching(/^2\tMARKET\tBTC\tTALMUD\t[12]\t\d+\/\d+\t\d+\/\d+\t\d+\t\d+\t\d+$/),
      expect.stringMatching(/^3\tMARKET\tETH\tTALMUD\t/),
      expect.stringMatching(/^4\tPOOL\t\tTALMUD\t/),
      'c'.repeat(64),
    ]);
  });
});

describe('a true proof', () => {
  test.each(ALLOCATION_METHODS)('holds under %s, and says what was checked', (method) => {
    const { proofs, header } = commit(settle(FOUR, method, { pool: 617 }));
    expect(proofs.length).toBeGreaterThan(1);
    for (const proof of proofs) {
      const verdict = verifyProof(documentOf(proof), sha256, header.commitment.root);
      expect(verdict).toMatchObject({ ok: true });
      const text = verdict.ok ? verdict.checks.join('\n') : '';
      expect(text).toContain(`account ${proof.account} gave up`);
      expect(text).toContain(`part 1 (POOL, ${method})`);
      expect(text).toContain('lead to that total');
      expect(text).toContain('the one that you know');
    }
  });

  test.each(ALLOCATION_METHODS)('holds over recourse, markets and the pool under %s', (method) => {
    const { proofs, header } = commit(settle(FOUR, method, LOSSES));
    expect(header.commitment.parts.map(({ scope }) => scope)).toEqual([
      'RECOURSE',
      'MARKET',
      'MARKET',
      'POOL',
    ]);
    for (const proof of proofs) expect(problemsOf(documentOf(proof))).toBe('');
  });

  test('holds, whatever was settled', () => {
    fc.assert(
      fc.property(settled, (settlement) => {
        for (const proof of commit(settlement).proofs) {
          const document = documentOf(proof);
          expect(parseProof(document)).toEqual({ value: proof });
          expect(problemsOf(document)).toBe('');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('says that a tie went one way or the other, where there was one', () => {
    const equals = ['a', 'b', 'c'].map((ref) => ({ ref, profit: 10n, cap: 10n }));
    const { proofs } = commit(settle(equals, 'PRO_RATA', { pool: 134 })); // 4 of 30: 2, 1, 1.
    expect(proofs.map(({ amount }) => amount)).toEqual([2n, 1n, 1n]);
    for (const proof of proofs) {
      const verdict = verifyProof(documentOf(proof), sha256);
      expect(verdict.ok && verdict.checks.join()).toContain(
        ': equal remainders go by account ref, which only the full sheet shows',
      );
    }
  });
});

describe('a spoilt proof', () => {
  const { proofs } = commit(settle(FOUR, 'RISK_WEIGHTED', LOSSES));
  const proof = proofs[2]!;

  test('fails, whichever field is changed', () => {
    const document = documentOf(proof);
    const slots = slotsOf(document);
    expect(slots.length).toBeGreaterThan(70);
    const unnoticed = slots.flatMap(({ holder, key, at }) => {
      const value = holder[key];
      const held = changesOf(value).filter((change) => {
        holder[key] = change;
        return verifyProof(document, sha256).ok;
      });
      holder[key] = value;
      return held.length > 0 ? [at] : [];
    });
    // How amounts are printed is no part of what the root commits to.
    expect(unnoticed).toEqual([]);
  });

  test('fails, whichever hex digit of the path is changed', () => {
    const document = documentOf(proof);
    expect(document.path.length).toBe(2);
    for (const step of document.path) {
      const { hash } = step;
      for (let i = 0; i < 64; i++) {
        step.hash = `${hash.slice(0, i)}${hash[i] === '0' ? '1' : '0'}${hash.slice(i + 1)}`;
        expect(problemsOf(document)).toContain('does not lead to the hash of the tree');
      }
      step.hash = hash;
    }
  });

  test('fails with a path that is cut, too long, in another order or of other sides', () => {
    const paths: ((path: Proof['path']) => Proof['path'])[] = [
      (path) => path.slice(1),
      (path) => path.slice(0, -1),
      () => [],
      (path) => [...path, ...path],
      (path) => path.toReversed(),
      (path) => path.map((step) => ({ ...step, side: step.side === 'left' ? 'right' : 'left' }) as const),
    ];
    for (const change of paths) {
      expect(
        problemsOf({ ...documentOf(proof), path: documentOf({ ...proof, path: change(proof.path) }).path }),
      ).toContain('does not lead to the hash of the tree');
    }
  });

  test('fails with a path longer than its number of leaves allows, right as the hashes are', () => {
    const { rows, parts, profitTotal } = settle(FOUR, 'PRO_RATA', { pool: 500 });
    const whole = commit({ rows, parts, profitTotal }).proofs[0]!;
    const fields = { ...whole.commitment, leaves: 2 };
    const root = sha256(rootText(whole.pool, whole.sequence, whole.decimals, fields));
    expect(problemsOf(documentOf({ ...whole, commitment: { ...fields, root } }))).toBe(
      'No leaf of a tree of 2 leaves has a path of such steps.',
    );
  });

  test('fails with sums below zero, which could hide what others gave up', () => {
    const document = documentOf(proof);
    document.path[1].sum = '-1';
    expect(problemsOf(document)).toContain('path[1].sum must be');
  });

  test("fails where it is someone else's", () => {
    const [mine, other] = [documentOf(proof), documentOf(proofs[0]!)];
    expect(problemsOf({ ...other, account: mine.account })).toContain('does not lead to the hash');
    expect(problemsOf({ ...mine, path: other.path })).toContain('does not lead to the hash');
    const elsewhere = commit(settle(FOUR, 'RISK_WEIGHTED', { pool: 700 })).header.commitment;
    expect(problemsOf({ ...mine, commitment: elsewhere })).not.toBe('');
    expect(problemsOf(mine, elsewhere.root)).toBe('The root is not the one that you know.');
  });
});

/** All hashes are right here: only the arithmetic can tell. */
describe('a proof of what should not be', () => {
  const honest = settle(FOUR, 'PRO_RATA', { pool: 700 });
  const plain = settle(
    FOUR.map((account) => ({ ...account, cap: account.profit })),
    'PRO_RATA',
    { pool: 700 },
  );
  const several = settle(FOUR, 'CONSTRAINED_EQUAL_AWARDS', LOSSES);
  const queue = settle(FOUR, 'ADL_QUEUE', { pool: 700 });

  type Lie = (row: Haircut) => Haircut;
  const inPart =
    (k: number, change: (part: Haircut['parts'][number]) => object): Lie =>
    (row) => ({ ...row, parts: row.parts.map((part, i) => (i === k ? { ...part, ...change(part) } : part)) });
  const take =
    (more: bigint): Lie =>
    (row) =>
      inPart(0, ({ amount }) => ({ amount: amount + more }))({ ...row, amount: row.amount + more });

  test.each<[string, typeof honest, Lie, string]>([
    [
      'an atom too much',
      honest,
      take(1n),
      'Account bob, part 1 (POOL, PRO_RATA): the figures make its amount',
    ],
    ['an atom too little', honest, take(-1n), 'the figures make its amount'],
    ['more than the cap', honest, take(2_001n), 'is above its cap of 40.00'],
    ['more than all that it may give up', honest, take(2_001n), 'that it may give up'],
    [
      'parts that sum to something else',
      honest,
      (row) => ({ ...row, amount: row.amount + 1n }),
      'the amounts of its parts sum to',
    ],
    [
      'a cap above the profit',
      honest,
      (row) => ({ ...row, cap: row.profit + 1n }),
      'its cap of 40.01 is above its profit of 40.00',
    ],
    [
      "a part's cap above its profit",
      honest,
      inPart(0, ({ profit }) => ({ cap: profit + 1n })),
      'its cap of 40.01 is above',
    ],
    [
      "a part's profit above the account's",
      honest,
      inPart(0, () => ({ profit: 8_000n, weight: 8_000n })),
      'not within what the parts before left',
    ],
    [
      "a part's cap above the account's",
      honest,
      (row) => ({ ...row, cap: row.cap - 1n }),
      'not within what the parts before left',
    ],
    [
      'another weight than the profit',
      honest,
      inPart(0, ({ weight }) => ({ weight: weight + 1n })),
      'its weight is 4001 and must be its profit in atoms, 4000',
    ],
    ['a part that there is not', honest, inPart(0, () => ({ part: 2 })), 'the settlement has no part 2'],
    [
      'a profit that an earlier part took already',
      several,
      (row) =>
        inPart(row.parts.length - 1, ({ profit }) => ({ profit: profit + 1n, weight: profit + 1n }))(row),
      'not within what the parts before left',
    ],
    [
      'more profit in the markets than recourse left',
      several,
      inPart(1, () => ({ profit: 4_000n, weight: 4_000n })),
      'not within what the parts before left',
    ],
    [
      'another place in the queue',
      queue,
      inPart(0, ({ weight }) => ({ weight: weight + 3_000n })),
      'the figures make its amount',
    ],
  ])('%s', (_, settlement, lie, problem) => {
    const rows = settlement.rows.map((row) => (row.account === 'bob' ? lie(row) : row));
    expect(rows).not.toEqual(settlement.rows);
    const bob = commit({ ...settlement, rows }).proofs.find(({ account }) => account === 'bob')!;
    expect(problemsOf(documentOf(bob))).toContain(problem);
  });

  const change = (changed: Partial<CommittedPart>) => (parts: readonly CommittedPart[]) =>
    parts.map((part, i) => (i === 0 ? { ...part, ...changed } : part));
  const fraction = (numerator: bigint, denominator: bigint) => ({ numerator, denominator });

  test.each<[string, typeof honest, (parts: readonly CommittedPart[]) => CommittedPart[], string]>([
    ['a loss that is not what was taken', honest, change({ loss: 5_000n }), 'and not to the total of'],
    ['a loss above the capacity', honest, change({ capacity: 10n }), 'is above its capacity of 0.10'],
    ['a capacity above the profit', honest, change({ capacity: 99_999_999n }), 'is above its profit of'],
    [
      'a phase that there is not',
      honest,
      change({ phase: 2 }),
      'The phase 2 of part 1 (POOL, PRO_RATA) is none of its method.',
    ],
    ['a level not in lowest terms', honest, change({ level: fraction(2n, 4n) }), 'is not in lowest terms'],
    [
      'a last remainder of 1',
      honest,
      change({ lastRemainder: fraction(1n, 1n) }),
      'is not a fraction below 1',
    ],
    ['a higher level', honest, change({ level: fraction(9n, 10n) }), 'the figures make its amount'],
    [
      'no atoms left over where there were',
      plain,
      change({ lastRemainder: fraction(0n, 1n) }),
      'and none was left over',
    ],
    [
      'a plain level that is not loss ÷ profit',
      plain,
      change({ level: fraction(7n, 11n) }),
      'must be its loss ÷ its profit',
    ],
    [
      'a queue that does not end at the loss',
      queue,
      change({ level: fraction(1n, 1n) }),
      'must be its loss, as accounts',
    ],
    ['recourse by another method', several, change({ method: 'TALMUD' }), 'Recourse must be pro rata'],
    ['recourse held by a cap', several, change({ capacity: 13_999n }), 'Recourse must be pro rata'],
    [
      'parts in another order',
      several,
      (parts) => parts.toReversed().map((part, i) => ({ ...part, part: i + 1 })),
      'The parts do not come as recourse',
    ],
    [
      'one market twice',
      several,
      (parts) => parts.map((part) => (part.market ? { ...part, market: 'BTC' } : part)),
      'The parts do not come as recourse',
    ],
    [
      "a profit that is not the settlement's",
      honest,
      change({ profitTotal: 20_000n }),
      'is above that of the settlement',
    ],
    [
      "less profit than the settlement's",
      honest,
      change({ profitTotal: 18_000n }),
      'is not that of the settlement',
    ],
  ])('%s', (_, settlement, lie, problem) => {
    const { proofs } = commit({ ...settlement, parts: lie(settlement.parts) });
    expect(proofs.map((proof) => problemsOf(documentOf(proof))).join('\n')).toContain(problem);
  });

  test('a total that the tree does not sum to', () => {
    const parts = honest.parts.map((part) => ({ ...part, loss: 9_000n }));
    const { proofs } = commit({ ...honest, parts, total: 9_000n });
    expect(problemsOf(documentOf(proofs[0]!))).toBe(
      'The sums along the path lead to 93.33, and not to the total of 90.00.',
    );
  });
});

describe('what is no proof document', () => {
  const good = documentOf(commit(settle(FOUR, 'PRO_RATA', LOSSES)).proofs[0]!);
  const long = '9'.repeat(201);
  test.each<[string, (document: typeof good) => unknown, string]>([
    ['nothing', () => undefined, 'The document must be an object.'],
    ['a list', () => [], 'The document must be an object.'],
    ['a text', () => JSON.stringify(good), 'The document must be an object.'],
    [
      'another format',
      (d) => ({ ...d, format: 'shearwater-haircut-proof/2' }),
      'format must be "shearwater-haircut-proof/1".',
    ],
    ['a missing field', ({ salt: _, ...d }) => d, 'salt is missing.'],
    ['a field too many', (d) => ({ ...d, 'x\u0007y': 1 }), '"x\\u0007y" is not a field of the format.'],
    [
      'a number for atoms',
      (d) => ({ ...d, amount: 5 }),
      'amount must be a string of up to 200 decimal digits',
    ],
    ['a leading zero', (d) => ({ ...d, profit: `0${d.profit}` }), 'profit must be a string'],
    ['a sign', (d) => ({ ...d, cap: `+${d.cap}` }), 'cap must be a string'],
    ['too many digits', (d) => ({ ...d, cap: long }), 'cap must be a string of up to 200'],
    ['no amount', (d) => ({ ...d, amount: '0' }), 'amount must be above 0.'],
    [
      'a name of two lines',
      (d) => ({ ...d, account: 'a\nb' }),
      'account must be a text of 1 to 1000 printable characters.',
    ],
    ['a name with half a character', (d) => ({ ...d, account: '\ud83d' }), 'account must be a text'],
    ['a name that turns the writing round', (d) => ({ ...d, pool: 'a\u202eb' }), 'pool must be a text'],
    ['an empty name', (d) => ({ ...d, pool: '' }), 'pool must be a text'],
    ['uppercase hex', (d) => ({ ...d, salt: 'A'.repeat(32) }), 'salt must be 32 lowercase hex digits.'],
    ['a short salt', (d) => ({ ...d, salt: d.salt.slice(1) }), 'salt must be 32'],
    [
      'decimals that no asset has',
      (d) => ({ ...d, decimals: 19 }),
      'decimals must be a whole number from 0 to 18.',
    ],
    ['decimals as text', (d) => ({ ...d, decimals: '2' }), 'decimals must be a whole number'],
    [
      'too long a path',
      (d) => ({ ...d, path: Array(65).fill(d.path[0]) }),
      'path must have 0 to 64 entries.',
    ],
    ['a path that is none', (d) => ({ ...d, path: {} }), 'path must be a list.'],
    [
      'an unknown side',
      (d) => ({ ...d, path: [{ ...d.path[0], side: 'up' }] }),
      'path[0].side must be "left" or "right".',
    ],
    ['no parts', (d) => ({ ...d, parts: [] }), 'parts must have 1 to 10000 entries.'],
    [
      'too many parts',
      (d) => ({ ...d, parts: Array(10_001).fill(d.parts[0]) }),
      'parts must have 1 to 10000 entries.',
    ],
    [
      'parts out of order',
      (d) => ({ ...d, parts: [...d.parts].reverse() }),
      'parts[1].part must be above the one before.',
    ],
    [
      'half a part',
      (d) => ({ ...d, parts: [{ ...d.parts[0], part: 0.5 }] }),
      'parts[0].part must be a whole number',
    ],
    [
      'an unknown method',
      (d) => inCommitment(d, { method: 'FAIR' }),
      'commitment.parts[0].method must be "PRO_RATA" or',
    ],
    [
      'a market of recourse',
      (d) => inCommitment(d, { market: 'BTC' }),
      'commitment.parts[0].market must be null',
    ],
    [
      'a market part without one',
      (d) => inCommitment(d, { scope: 'MARKET' }),
      'commitment.parts[0].market must be a text',
    ],
    [
      'a denominator of 0',
      (d) => inCommitment(d, { level: { numerator: '1', denominator: '0' } }),
      'commitment.parts[0].level.denominator must be above 0.',
    ],
    ['parts not numbered from 1', (d) => inCommitment(d, { part: 2 }), 'commitment.parts[0].part must be 1'],
    [
      'no leaves',
      (d) => ({ ...d, commitment: { ...d.commitment, leaves: 0 } }),
      'commitment.leaves must be a whole number from 1',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(change(good))).toContain(problem);
    expect(parseProof(change(good))).toEqual({ problem: expect.stringContaining(problem) });
  });

  function inCommitment(document: typeof good, change: object) {
    const [first, ...others] = document.commitment.parts;
    return {
      ...document,
      commitment: { ...document.commitment, parts: [{ ...first, ...change }, ...others] },
    };
  }

  test('nothing that JSON can hold makes it throw', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...slotsOf(good)), (value, { holder, key }) => {
        const before = holder[key];
        holder[key] = value;
        const verdict = verifyProof(good, sha256);
        holder[key] = before;
        expect(verdict.ok && value !== before).toBe(false);
      }),
    );
  });
});

interface Slot {
  // biome-ignore lint/suspicious/noExplicitAny: any field of a document
  readonly holder: any;
  readonly key: string;
  readonly at: string;
}

/** Every number, text and null of a document, by where it stands. */
function slotsOf(holder: object, at = ''): Slot[] {
  return Object.entries(holder).flatMap(([key, value]) => {
    const place = at ? `${at}.${key}` : key;
    return typeof value === 'object' && value !== null ? slotsOf(value, place) : [{ holder, key, at: place }];
  });
}

/** What a value could be changed to and still be of its kind, and what could not. */
function changesOf(value: unknown): unknown[] {
  if (value === null) return ['BTC', 0, undefined];
  if (typeof value === 'number') return [value + 1, value - 1, String(value), null];
  const text = String(value);
  const digits = [...text].flatMap((c, i) =>
    /[0-9a-f]/.test(c) ? [`${text.slice(0, i)}${c === '1' ? '2' : '1'}${text.slice(i + 1)}`] : [],
  );
  return [
    ...digits,
    `${text}0`,
    `${text} `,
    `0${text}`,
    text.slice(1),
    text.toUpperCase(),
    Number(text),
    null,
  ].filter((change) => change !== value);
}

test('amounts are printed with the digits of the asset', () => {
  const [proof] = commit(
    settle([{ ref: 'a', profit: 1_000n, cap: 1_000n }], 'PRO_RATA', { pool: 500 }),
  ).proofs;
  const verdict = verifyProof(documentOf(proof!), sha256);
  expect(DECIMALS).toBe(2);
  expect(verdict.ok && verdict.checks[0]).toBe(
    'In settlement 7 of pool BTC-PERP, account a gave up 5.00 of a profit of 10.00, of which the rules let ' +
      'socialization take 10.00; its parts sum to that.',
  );
});
