import type { AllocationMethod, Figures } from '../allocation/allocation.ts';
import type { Ratio } from '../ratio.ts';
import type { PartScope } from '../socialize.ts';

/**
 * What a settlement commits to, as plain text whose SHA-256 anyone can compute by hand: docs/proofs.md prints it byte
 * for byte. Fields are joined by TAB, lines by LF, without a final one. Amounts are atoms.
 */

export const PROOF_FORMAT = 'shearwater-haircut-proof/1';
export const SHEET_FORMAT = 'shearwater-settlement-sheet/1';

/** SHA-256 of a text's UTF-8 bytes, in lowercase hex. It is passed in: servers and browsers have their own. */
export type Sha256 = (text: string) => string;

/** What one account gave up in one part of a settlement. */
export interface PartHaircut {
  /** From 1, in the order that the parts were allocated. */
  readonly part: number;
  /** Above 0: a part in which the account gave up nothing is left out. */
  readonly amount: bigint;
  readonly profit: bigint;
  readonly cap: bigint;
  readonly weight: bigint;
}

/** What one account gave up in all: a leaf of the tree, and a line of the sheet. */
export interface Haircut {
  readonly account: string;
  readonly amount: bigint;
  /** The profit that could bear, and the most that socialization could take of it, before any part took. */
  readonly profit: bigint;
  readonly cap: bigint;
  /** By number; their amounts sum to `amount`. */
  readonly parts: readonly PartHaircut[];
  /** 16 random bytes in lowercase hex, known to the account's owner: without it a leaf's hash could be guessed. */
  readonly salt: string;
}

/** One allocation of the settlement, with the figures that fix every share of it. */
export interface CommittedPart extends Figures {
  readonly part: number;
  readonly scope: PartScope;
  /** The symbol of a MARKET part's market; null otherwise. */
  readonly market: string | null;
  readonly loss: bigint;
  readonly profitTotal: bigint;
  readonly capacity: bigint;
}

/** All that the root's hash is of. */
export interface RootFields {
  /** The hash of the tree's top. */
  readonly tree: string;
  readonly total: bigint;
  readonly profitTotal: bigint;
  /** How many haircuts there are, at least one. */
  readonly leaves: number;
  readonly parts: readonly CommittedPart[];
}

export interface Commitment extends RootFields {
  readonly root: string;
}

/** A neighbour on the way from a leaf to the top. */
export interface PathStep {
  readonly side: 'left' | 'right';
  readonly hash: string;
  readonly sum: bigint;
}

export interface Proof extends Haircut {
  readonly format: typeof PROOF_FORMAT;
  readonly pool: string;
  readonly sequence: bigint;
  readonly decimals: number;
  /** From the leaf upward. */
  readonly path: readonly PathStep[];
  readonly commitment: Commitment;
}

/** A sheet is its header, a line per haircut in the byte order of account refs, and its end. */
export interface SheetHeader {
  readonly format: typeof SHEET_FORMAT;
  readonly pool: string;
  readonly sequence: bigint;
  readonly decimals: number;
  readonly commitment: Commitment;
}

export interface SheetEnd {
  readonly end: true;
  readonly haircuts: number;
}

/** A value as its JSON has it: integers that may be large are strings. */
export type Json<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

export type ProofDocument = Json<Proof>;

export function toJson(value: Proof | SheetHeader | Haircut | SheetEnd): string {
  return JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? field.toString() : field));
}

export function leafText(pool: string, sequence: bigint, haircut: Haircut): string {
  const { account, amount, profit, cap, parts, salt } = haircut;
  let text = `shearwater leaf 1\n${salt}\n${pool}\t${sequence}\n${account}\n${amount}\t${profit}\t${cap}`;
  for (const { part, amount, profit, cap, weight } of parts) {
    text += `\n${part}\t${amount}\t${profit}\t${cap}\t${weight}`;
  }
  return text;
}

export function nodeText(leftHash: string, leftSum: bigint, rightHash: string, rightSum: bigint): string {
  return `shearwater node 1\n${leftHash}\t${leftSum}\n${rightHash}\t${rightSum}`;
}

export function rootText(pool: string, sequence: bigint, decimals: number, fields: RootFields): string {
  const { tree, total, profitTotal, leaves, parts } = fields;
  return [
    'shearwater root 1',
    `${pool}\t${sequence}\t${decimals}\t${total}\t${profitTotal}\t${leaves}`,
    ...parts.map(rootLine),
    tree,
  ].join('\n');
}

function rootLine(committed: CommittedPart): string {
  const { part, scope, market, method, phase, level, lastRemainder, loss, profitTotal, capacity } = committed;
  const fraction = ({ numerator, denominator }: Ratio) => `${numerator}/${denominator}`;
  return [
    ...[part, scope, market ?? '', method, phase],
    ...[fraction(level), fraction(lastRemainder), loss, profitTotal, capacity],
  ].join('\t');
}

/** How people call a part. */
export function partName({ part, scope, market, method }: CommittedPart): string {
  return `part ${part} (${market === null ? scope : `${scope} ${market}`}, ${method satisfies AllocationMethod})`;
}
