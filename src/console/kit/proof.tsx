import { useMemo } from 'react';
import type { Verdict } from '../../core/proof/check.ts';
import { PROOF_SHOWS_NOT, verifyProof } from '../../core/proof/verify-proof.ts';
import { HaircutProofDocument } from '../generated/graphql.ts';
import { useTyped } from './live.tsx';
import { sha256 } from './sha256.ts';
import { Problem } from './states.tsx';
import { VerdictList } from './verdict.tsx';

/** Checks a proof document, as the API gave it as text, by the code that the service settles by. */
export function checkProof(document: string, root?: string): Verdict {
  try {
    return verifyProof(JSON.parse(document), sha256, root);
  } catch {
    return { ok: false, problems: ['The proof is no JSON.'] };
  }
}

/** The proof of one haircut: asked for, checked here, and spelled out. */
export function HaircutProof({ haircut }: { haircut: string }) {
  const [{ data, error }] = useTyped(HaircutProofDocument, { id: haircut });
  const found = data?.node && 'proof' in data.node ? data.node : null;
  const document = found?.proof?.document;
  const root = found?.settlement.commitment?.root;
  const verdict = useMemo(
    () => (document === undefined ? null : checkProof(document, root)),
    [document, root],
  );
  if (error) return <Problem error={error} />;
  if (!data) return <p className="quiet">Asking for the proof…</p>;
  if (!verdict) return <p className="quiet">This settlement was made before there were proofs.</p>;
  return <VerdictList verdict={verdict} showsNot={PROOF_SHOWS_NOT} />;
}
