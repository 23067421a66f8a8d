import { checkCommitment, checkHaircut, describeShare, Problems, printer, type Verdict } from './check.ts';
import { leafText, type Proof, partName, type Sha256 } from './format.ts';
import { parseProof } from './parse.ts';
import { climb, placeOf } from './tree.ts';

/** What no proof of one haircut can show. */
export const PROOF_SHOWS_NOT: readonly string[] = [
  'that no account with profit was left out, or that profits, caps and weights, of this account and of others, are true;',
  'what was given back since: recoveries and reversals come on top;',
  'who should get the atom where exact shares tie: only the full sheet shows that;',
  'that everybody was given the same root: compare it with what others were given.',
];

/**
 * Checks a proof document, as its JSON was read, by nothing but itself and the hash function.
 *
 * @param knownRoot the root as it was learned elsewhere, to compare
 */
export function verifyProof(document: unknown, sha256: Sha256, knownRoot?: string): Verdict {
  const parsed = parseProof(document);
  if ('problem' in parsed) return { ok: false, problems: [parsed.problem] };
  const proof = parsed.value;
  const { pool, sequence, account, amount, profit, cap, commitment } = proof;
  const problems = new Problems();
  const print = printer(proof.decimals);

  if (knownRoot !== undefined && knownRoot !== commitment.root) {
    problems.add('The root is not the one that you know.');
  }
  checkCommitment(proof, print, sha256, problems.add);
  const shares = checkHaircut(commitment.parts, proof, print, problems.add);
  const place = checkPath(proof, sha256, problems.add);
  if (!problems.none) return { ok: false, problems: problems.list() };

  const parts = commitment.parts.map((part) => `${partName(part)} ${print(part.loss)}`);
  return {
    ok: true,
    checks: [
      `In settlement ${sequence} of pool ${pool}, account ${account} gave up ${print(amount)} of a profit of ` +
        `${print(profit)}, of which the rules let socialization take ${print(cap)}; its parts sum to that.`,
      ...shares.map((share) => describeShare(share, print)),
      `The settlement's parts sum to its total of ${print(commitment.total)}: ${parts.join(', ')}; the loss of each is ` +
        'within its capacity, and that within its profit.',
      `The haircut is leaf ${place! + 1} of ${commitment.leaves} in the tree, whose sums lead to that total and ` +
        `whose hashes lead to ${commitment.tree}.`,
      `Figures and tree hash to the root ${commitment.root}${knownRoot === undefined ? '' : ', the one that you know'}.`,
    ],
  };
}

function checkPath(proof: Proof, sha256: Sha256, say: (problem: string) => void): number | null {
  const { pool, sequence, amount, path, commitment } = proof;
  const place = placeOf(path, commitment.leaves);
  if (place === null) {
    say(`No leaf of a tree of ${commitment.leaves} leaves has a path of such steps.`);
  }
  const top = climb({ hash: sha256(leafText(pool, sequence, proof)), sum: amount }, path, sha256);
  if (top.hash !== commitment.tree) say('The path from the leaf does not lead to the hash of the tree.');
  if (top.sum !== commitment.total) {
    const print = printer(proof.decimals);
    say(
      `The sums along the path lead to ${print(top.sum)}, and not to the total of ${print(commitment.total)}.`,
    );
  }
  return place;
}
