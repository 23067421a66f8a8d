import { useMemo } from 'react';
import type { ToldHaircut } from '../../core/proof/told.ts';
import { PROOF_SHOWS_NOT } from '../../core/proof/verify-proof.ts';
import { HaircutProofDocument } from '../generated/graphql.ts';
import { useTyped } from './live.tsx';
import { checkHaircut } from './proven.ts';
import { Problem } from './states.tsx';
import { VerdictList } from './verdict.tsx';

/** The proof of one haircut: asked for, checked here against what the page tells of it, and spelled out. */
export function HaircutProof({ haircut, told }: { haircut: string; told: ToldHaircut }) {
  const [{ data, error }] = useTyped(HaircutProofDocument, { id: haircut });
  const found = data?.node && 'proof' in data.node ? data.node : null;
  const verdict = useMemo(() => (found === null ? null : checkHaircut(told, found)), [found, told]);
  if (error) return <Problem error={error} />;
  if (!data) return <p className="quiet">Asking for the proof…</p>;
  if (!verdict) return <p className="quiet">This settlement was made before there were proofs.</p>;
  return <VerdictList verdict={verdict} showsNot={PROOF_SHOWS_NOT} />;
}
