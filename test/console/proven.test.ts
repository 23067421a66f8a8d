import { describe, expect, it } from 'vitest';
import { checkHaircut, checkNotice } from '../../src/console/kit/proven.ts';
import { formatScaled } from '../../src/core/decimal.ts';
import { toJson } from '../../src/core/proof/format.ts';
import { commit, DECIMALS, FOUR, settle } from '../core/proof-helper.ts';

const { proofs, header } = commit(settle(FOUR, 'PRO_RATA', { pool: 617 }));
const [own, other] = proofs;
const print = (atoms: bigint) => formatScaled(atoms, DECIMALS);

const told = {
  pool: own!.pool,
  sequence: String(own!.sequence),
  account: own!.account,
  amount: print(own!.amount),
  profit: print(own!.profit),
  cap: print(own!.cap),
};
const proven = (document: string | null = toJson(own!)) => ({
  settlement: { id: 's', commitment: { root: header.commitment.root } },
  proof: document === null ? null : { document },
});
const taken = { kind: 'HAIRCUT', sequence: told.sequence, amount: `-${told.amount}` };
const back = { kind: 'REFUND', sequence: String(own!.sequence + 1n), amount: told.amount };

describe('a haircut', () => {
  it('is proven where the proof is of it', () => {
    expect(checkHaircut(told, proven())).toMatchObject({ ok: true });
    expect(checkHaircut(told, proven(null))).toBeNull();
    expect(checkHaircut(told, proven('{'))).toMatchObject({ ok: false });
  });

  it.each(['pool', 'sequence', 'account', 'amount', 'profit', 'cap'] as const)(
    'is not where its %s is another than the proof’s',
    (what) => {
      const problems = [expect.stringContaining(`It says that the ${what} is 99`)];
      expect(checkHaircut({ ...told, [what]: '99' }, proven())).toEqual({ ok: false, problems });
    },
  );

  it('is not by the proof of another of the same settlement', () => {
    const verdict = checkHaircut(told, proven(toJson(other!)));
    expect(verdict).toMatchObject({ ok: false });
    expect(JSON.stringify(verdict)).toContain('It says that the account is');
  });
});

describe('a notice', () => {
  it('is proven where it follows from its haircut', () => {
    expect(checkNotice(taken, told, proven())).toEqual(checkHaircut(told, proven()));
    expect(checkNotice(taken, told, proven(null))).toBeNull();
  });

  it('says of what came back what no proof covers', () => {
    const verdict = checkNotice(back, told, proven());
    expect(verdict).toMatchObject({ ok: true });
    expect(JSON.stringify(verdict)).toContain(
      `The ${told.amount} that came back came after that haircut, and is no more than it`,
    );
  });

  it.each([
    ['another amount', { ...taken, amount: '-99999.00' }],
    ['another moment', { ...taken, sequence: '99' }],
    ['more back than was taken', { ...back, amount: '99999.00' }],
    ['something back before it was taken', { ...back, sequence: '1' }],
    ['something back that is taken', { ...back, amount: taken.amount }],
  ])('is not with %s', (_, change) => {
    expect(checkNotice(change, told, proven())).toMatchObject({ ok: false });
  });
});
