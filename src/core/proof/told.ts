import { canonicalDecimal, formatScaled, scaleDecimal } from '../decimal.ts';
import type { ProofDocument } from './format.ts';

/** A haircut as an answer or a notice tells of it, amounts as decimals in the pool's asset: what a reader goes by. */
export interface ToldHaircut {
  readonly pool: string;
  readonly sequence: string;
  readonly account: string;
  readonly amount: string;
  readonly profit: string;
  readonly cap: string;
}

/** Where a haircut as it is told is another than the one that a document proves; empty where they are one. */
export function disagreements(told: ToldHaircut, proof: ProofDocument): string[] {
  const print = (atoms: string) => formatScaled(BigInt(atoms), proof.decimals);
  const proven: ToldHaircut = {
    ...proof,
    amount: print(proof.amount),
    profit: print(proof.profit),
    cap: print(proof.cap),
  };
  return (['pool', 'sequence', 'account', 'amount', 'profit', 'cap'] as const)
    .filter((what) => told[what] !== proven[what])
    .map((what) => `It says that the ${what} is ${told[what]}, and the proof that it is ${proven[what]}.`);
}

/** What a notice says that happened to a balance. */
export interface ToldChange {
  readonly kind: string;
  readonly sequence: string;
  /** What the balance changed by. */
  readonly amount: string;
}

/**
 * What of a notice does not follow from its haircut. A haircut takes its amount, at its sequence. Of what is given back a proof says
 * only which haircut that was: it comes later, is above zero, and is no more.
 */
export function changeProblems(
  { kind, sequence, amount }: ToldChange,
  haircut: Pick<ToldHaircut, 'sequence' | 'amount'>,
): string[] {
  const change = atomsOf(amount);
  const taken = atomsOf(haircut.amount);
  const [at, tookAt] = [atomsOf(sequence), atomsOf(haircut.sequence)];
  if (change === null || taken === null || at === null || tookAt === null)
    return ['It has an amount or a sequence that is no number.'];
  const isTaken = kind === 'HAIRCUT';
  const problems: string[] = [];
  if (isTaken ? change !== -taken : change <= 0n || change > taken)
    problems.push(`It says that the balance changed by ${amount}, of a haircut of ${haircut.amount}.`);
  if (isTaken ? at !== tookAt : at <= tookAt)
    problems.push(`It says that it happened at ${sequence}, of a haircut at ${haircut.sequence}.`);
  return problems;
}

/** Finer than any asset, and above any amount. */
const DIGITS = 18;
const LIMIT = 10n ** 80n;

function atomsOf(text: string): bigint | null {
  const canonical = canonicalDecimal(text);
  if (canonical === null) return null;
  const scaled = scaleDecimal(canonical, DIGITS, LIMIT);
  return 'value' in scaled ? scaled.value : null;
}
