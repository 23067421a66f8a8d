import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatScaled } from '../core/decimal.ts';
import type { Verdict } from '../core/proof/check.ts';
import type { ProofDocument } from '../core/proof/format.ts';
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

/** A haircut as a notice tells of it. */
export interface ProvenHaircut {
  readonly sequence: string;
  readonly account: { readonly ref: string };
  readonly amount: string;
  readonly profit: string;
  readonly cap: string;
  readonly proof?: { readonly document: string } | null;
}

/** What of a haircut does not hold: its proof, or that the proof is of this haircut. Empty where all does. */
function problemsOf(
  pool: string,
  { sequence, account, amount, profit, cap, proof }: ProvenHaircut,
): string[] {
  if (!proof) return ['It has no proof.'];
  const verdict = verifyProof(proof.document);
  if (!verdict.ok) return [...verdict.problems];
  const said = JSON.parse(proof.document) as ProofDocument;
  const print = (atoms: string) => formatScaled(BigInt(atoms), said.decimals);
  const pairs = [
    ['pool', pool, said.pool],
    ['sequence', sequence, said.sequence],
    ['account', account.ref, said.account],
    ['amount', amount, print(said.amount)],
    ['profit', profit, print(said.profit)],
    ['cap', cap, print(said.cap)],
  ] as const;
  return pairs
    .filter(([, told, proven]) => told !== proven)
    .map(
      ([what, told, proven]) =>
        `The notice says that the ${what} is ${told}, and the proof that it is ${proven}.`,
    );
}

/** Throws where a haircut's proof does not hold, is of another haircut, or is missing. */
export function checkProof(pool: string, haircut: ProvenHaircut): void {
  const problems = problemsOf(pool, haircut);
  if (problems.length === 0) return;
  const { account, sequence } = haircut;
  throw new ShearwaterError(
    'PROOF_DOES_NOT_HOLD',
    `The haircut of ${account.ref} at ${sequence} is not proven. ${problems.join(' ')} Keep the notice, and ask the venue.`,
  );
}
