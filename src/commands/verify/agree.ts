import { hash } from 'node:crypto';
import { canonicalDecimal } from '../../core/decimal.ts';
import { printer, type Verdict } from '../../core/proof/check.ts';
import type { Proof } from '../../core/proof/format.ts';
import { parseProof } from '../../core/proof/parse.ts';
import { changeProblems } from '../../core/proof/told.ts';
import { verifyProof } from '../../core/proof/verify-proof.ts';
import { type Fields, isObject } from './documents.ts';

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** Verifies a document, and that what stands around it says the same. */
export function withSurroundings(
  document: unknown,
  around: readonly Fields[],
  root: string | undefined,
): Verdict {
  const verdict = verifyProof(document, sha256, root);
  const parsed = parseProof(document);
  if ('problem' in parsed) return verdict;
  const problems = [...new Set(around.flatMap((fields) => disagreements(fields, parsed.value)))];
  if (problems.length > 0)
    return { ok: false, problems: [...(verdict.ok ? [] : verdict.problems), ...problems] };
  if (!verdict.ok || around.length === 0) return verdict;
  return { ok: true, checks: [...verdict.checks, 'What stands around the document agrees with it.'] };
}

/** Where what a haircut, its notice or its settlement says of itself is not what the document says. */
function disagreements(fields: Fields, proof: Proof): string[] {
  const { kind, amount, profit, cap, sequence, account, commitment, haircut, settlement } = fields;
  // A notice that something is given back has a sequence and an amount of its own, which a proof limits and does not say.
  if (typeof kind === 'string' && kind !== 'HAIRCUT') {
    const own = isObject(haircut) ? disagreements(haircut, proof) : [];
    if (typeof amount !== 'string' || typeof sequence !== 'string') return own;
    const taken = { sequence: proof.sequence.toString(), amount: printer(proof.decimals)(proof.amount) };
    return [...own, ...changeProblems({ kind, sequence, amount }, taken)];
  }
  const problems: string[] = [];
  const compare = (what: string, told: unknown, proven: string): void => {
    if (typeof told === 'string' && told !== proven) {
      problems.push(`The ${what} beside the document is ${told}, and the document's is ${proven}.`);
    }
  };
  const print = printer(proof.decimals);
  const compareAmount = (what: string, told: unknown, proven: bigint): void => {
    const same = typeof told === 'string' && canonicalDecimal(told) === canonicalDecimal(print(proven));
    if (!same) compare(what, told, print(proven));
  };
  // A notice tells by how much the balance changed.
  const isNotice = 'haircut' in fields || 'kind' in fields || 'cursor' in fields;
  compareAmount('amount', amount, isNotice ? -proof.amount : proof.amount);
  compareAmount('profit', profit, proof.profit);
  compareAmount('cap', cap, proof.cap);
  compare('sequence', sequence, proof.sequence.toString());
  if (isObject(account)) compare('account', account.ref, proof.account);
  if (isObject(commitment)) compare('root', commitment.root, proof.commitment.root);
  if (isObject(settlement)) {
    compare("settlement's sequence", settlement.sequence, proof.sequence.toString());
    if (isObject(settlement.commitment)) compare('root', settlement.commitment.root, proof.commitment.root);
  }
  return isObject(haircut) ? [...problems, ...disagreements(haircut, proof)] : problems;
}
