import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Verdict } from '../core/proof/check.ts';
import type { ProofDocument } from '../core/proof/format.ts';
import { changeProblems, disagreements, type ToldChange } from '../core/proof/told.ts';
import { verifyProof as verify } from '../core/proof/verify-proof.ts';
import { ShearwaterError } from './errors.ts';

export type { Verdict };

/** At once, which the browser's own is not. */
const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)));

/**
 * Checks the document of a haircut's proof by nothing but itself.
 *
 * @param knownRoot the settlement's root as you learned it elsewhere, to compare
 */
export function verifyProof(document: string, knownRoot?: string): Verdict {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return { ok: false, problems: ['The document is no JSON.'] };
  }
  return verify(parsed, sha256, knownRoot);
}

/** A haircut as an answer tells of it. */
export interface ProvenHaircut {
  readonly sequence: string;
  readonly account: { readonly ref: string };
  readonly amount: string;
  readonly profit: string;
  readonly cap: string;
  readonly proof?: { readonly document: string } | null;
}

/** What of a haircut does not hold: its proof, or that the proof is of this haircut. Empty where all does. */
function problemsOf(pool: string, haircut: ProvenHaircut): string[] {
  const { account, proof } = haircut;
  if (!proof) return ['It has no proof.'];
  const verdict = verifyProof(proof.document);
  if (!verdict.ok) return [...verdict.problems];
  return disagreements(
    { ...haircut, pool, account: account.ref },
    JSON.parse(proof.document) as ProofDocument,
  );
}

/** Throws where a notice's haircut is not proven, or where it says of its account's balance what does not follow from that. */
export function checkNotice(pool: string, notice: ToldChange & { readonly haircut: ProvenHaircut }): void {
  const { haircut, sequence } = notice;
  const problems = [...problemsOf(pool, haircut), ...changeProblems(notice, haircut)];
  if (problems.length === 0) return;
  throw new ShearwaterError(
    'PROOF_DOES_NOT_HOLD',
    `The notice of ${haircut.account.ref} at ${sequence} is not proven. ${problems.join(' ')} Keep it, and ask the venue.`,
  );
}
