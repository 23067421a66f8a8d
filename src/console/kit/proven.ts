import type { Verdict } from '../../core/proof/check.ts';
import type { ProofDocument } from '../../core/proof/format.ts';
import { changeProblems, disagreements, type ToldChange, type ToldHaircut } from '../../core/proof/told.ts';
import { verifyProof } from '../../core/proof/verify-proof.ts';
import type { ProvenFragment } from '../generated/graphql.ts';
import { sha256 } from './sha256.ts';

/**
 * Checks a haircut by the code that the service settles by: its proof, and that the proof is of this haircut as the page shows it.
 *
 * @returns null where it has no proof
 */
export function checkHaircut(told: ToldHaircut, { proof, settlement }: ProvenFragment): Verdict | null {
  if (!proof) return null;
  let document: unknown;
  try {
    document = JSON.parse(proof.document);
  } catch {
    return { ok: false, problems: ['The proof is no JSON.'] };
  }
  const verdict = verifyProof(document, sha256, settlement.commitment?.root);
  return verdict.ok ? withProblems(verdict, disagreements(told, document as ProofDocument)) : verdict;
}

/** The same of a notice, which must follow from its haircut. No proof says that what is given back is what was due. */
export function checkNotice(change: ToldChange, told: ToldHaircut, proven: ProvenFragment): Verdict | null {
  const haircut = checkHaircut(told, proven);
  if (!haircut?.ok) return haircut;
  const verdict = withProblems(haircut, changeProblems(change, told));
  if (!verdict.ok || change.kind === 'HAIRCUT') return verdict;
  const givenBack = `The ${change.amount} that came back came after that haircut, and is no more than it; the proof says nothing else of it.`;
  return { ok: true, checks: [...verdict.checks, givenBack] };
}

const withProblems = (verdict: Verdict, problems: string[]): Verdict =>
  problems.length === 0 ? verdict : { ok: false, problems };
