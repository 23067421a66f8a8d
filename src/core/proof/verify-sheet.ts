import { allocate, shareOf } from '../allocation/allocation.ts';
import { AtomColumn } from '../atom-column.ts';
import { compareBytes } from '../order.ts';
import type { Ratio } from '../ratio.ts';
import {
  type CheckedShare,
  checkCommitment,
  checkHaircut,
  Problems,
  printer,
  type Verdict,
} from './check.ts';
import {
  type CommittedPart,
  type Haircut,
  leafText,
  partName,
  type Sha256,
  type SheetEnd,
  type SheetHeader,
} from './format.ts';
import { type Parsed, parseSheetHeader, parseSheetLine } from './parse.ts';
import { sortedLeaves, sumRoot } from './tree.ts';

/** What no sheet can show. */
export const SHEET_SHOWS_NOT: readonly string[] = [
  'that no account with profit was left out, or that profits, caps and weights are true;',
  'what was given back since: recoveries and reversals come on top;',
  'how ties went among accounts that gave up nothing, as they are not on the sheet;',
  'that everybody was given the same root: compare it with what others were given.',
];

/** A sheet goes from its header over haircuts to its end, and each line has to say which it is. */
export async function verifySheet(
  lines: AsyncIterable<string> | Iterable<string>,
  sha256: Sha256,
  knownRoot?: string,
): Promise<Verdict> {
  let sheet: Sheet | null = null;
  let number = 0;
  const wrong = (problem: string): Verdict => ({ ok: false, problems: [`Line ${number}: ${problem}`] });
  for await (const line of lines) {
    number++;
    const read: Parsed<unknown> = parseJson(line);
    if ('problem' in read) return wrong(read.problem);
    if (!sheet) {
      const header = parseSheetHeader(read.value);
      if ('problem' in header) return wrong(header.problem);
      sheet = new Sheet(header.value, sha256);
      continue;
    }
    const parsed = parseSheetLine(read.value);
    if ('problem' in parsed) return wrong(parsed.problem);
    if (sheet.end) return wrong('The sheet goes on after its end.');
    if ('end' in parsed.value) sheet.end = parsed.value;
    else sheet.add(parsed.value);
  }
  if (!sheet) return { ok: false, problems: ['The sheet is empty.'] };
  return sheet.verdict(knownRoot);
}

function parseJson(text: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'It is not JSON.' };
  }
}

class Sheet {
  end: SheetEnd | null = null;
  readonly #header: SheetHeader;
  readonly #sha256: Sha256;
  readonly #problems = new Problems();
  readonly #print: (atoms: bigint) => string;
  readonly #parts: PartRows[];
  readonly #hashes: string[] = [];
  readonly #amounts = new AtomColumn();
  #profits = 0n;
  #previous = '';

  constructor(header: SheetHeader, sha256: Sha256) {
    this.#header = header;
    this.#sha256 = sha256;
    this.#print = printer(header.decimals);
    this.#parts = header.commitment.parts.map((part) => new PartRows(part));
  }

  add(haircut: Haircut): void {
    const { pool, sequence, commitment } = this.#header;
    if (this.#hashes.length > 0 && compareBytes(this.#previous, haircut.account) >= 0) {
      this.#problems.add(
        `Account ${haircut.account} does not come after ${this.#previous} in the byte order of refs.`,
      );
    }
    this.#previous = haircut.account;
    this.#hashes.push(this.#sha256(leafText(pool, sequence, haircut)));
    this.#amounts.push(haircut.amount);
    this.#profits += haircut.profit;
    for (const share of checkHaircut(commitment.parts, haircut, this.#print, this.#problems.add)) {
      this.#parts[share.claim.part - 1]!.add(haircut.account, share, this.#problems.add);
    }
  }

  verdict(knownRoot: string | undefined): Verdict {
    const { pool, sequence, commitment } = this.#header;
    const { root, tree, leaves, total, profitTotal, parts } = commitment;
    const count = this.#hashes.length;
    const say = this.#problems.add;
    if (knownRoot !== undefined && knownRoot !== root) say('The root is not the one that you know.');
    if (!this.end) say('The sheet breaks off: its last line is missing.');
    else if (this.end.haircuts !== count) {
      say(`The last line counts ${this.end.haircuts} haircuts, and the sheet has ${count}.`);
    }
    if (count !== leaves) say(`The tree has ${leaves} leaves, and the sheet has ${count} haircuts.`);
    checkCommitment(this.#header, this.#print, this.#sha256, say);
    if (parts.every(({ scope }) => scope !== 'RECOURSE') && this.#profits > profitTotal) {
      say("The profits of the accounts sum to more than the settlement's.");
    }
    if (count > 0) {
      const top = sumRoot(sortedLeaves(this.#hashes, this.#amounts), this.#sha256);
      if (top.hash !== tree) say('The haircuts do not hash to the tree.');
      if (top.sum !== total) {
        say(`The haircuts sum to ${this.#print(top.sum)}, and not to the total of ${this.#print(total)}.`);
      }
    }
    for (const part of this.#parts) part.finish(this.#print, say);
    // Only what is consistent can be allocated again.
    const checks = this.#problems.none ? this.#parts.map((part) => part.recompute(this.#print, say)) : [];
    if (!this.#problems.none) return { ok: false, problems: this.#problems.list() };
    return {
      ok: true,
      checks: [
        `Settlement ${sequence} of pool ${pool}: ${count} haircuts, each account once, in the byte order of refs, ` +
          'to the last line.',
        'Each haircut is what the figures make of its profit, cap and weight, ties included.',
        ...checks,
        `The haircuts sum to the total of ${this.#print(total)} and hash to the tree ${tree}.`,
        `Figures and tree hash to the root ${root}${knownRoot === undefined ? '' : ', the one that you know'}.`,
      ],
    };
  }
}

/** The haircuts of one part, in the byte order of account refs. */
class PartRows {
  readonly #figures: CommittedPart;
  readonly #profits = new AtomColumn();
  readonly #caps = new AtomColumn();
  readonly #weights = new AtomColumn();
  readonly #amounts = new AtomColumn();
  #tieWon = false;
  #tieLost = false;

  constructor(figures: CommittedPart) {
    this.#figures = figures;
  }

  add(account: string, { claim, atoms, tied }: CheckedShare, say: (problem: string) => void): void {
    this.#profits.push(claim.profit);
    this.#caps.push(claim.cap);
    this.#weights.push(claim.weight);
    this.#amounts.push(claim.amount);
    if (!tied) return;
    if (claim.amount === atoms) this.#tieLost = true;
    else if (!this.#tieLost) this.#tieWon = true;
    else {
      say(
        `Account ${account}, ${partName(this.#figures)}: it got an atom left over that an account of the same ` +
          'remainder before it did not get.',
      );
    }
  }

  finish(print: (atoms: bigint) => string, say: (problem: string) => void): void {
    const { loss, profitTotal, capacity, lastRemainder, method } = this.#figures;
    const its = partName(this.#figures);
    const sum = this.#amounts.sum();
    if (sum !== loss)
      say(`The haircuts of ${its} sum to ${print(sum)}, and not to its loss of ${print(loss)}.`);
    if (this.#profits.sum() > profitTotal) say(`The profits of ${its} sum to more than its profit.`);
    if (this.#caps.sum() > capacity) say(`The caps of ${its} sum to more than its capacity.`);
    if (lastRemainder.numerator > 0n && !this.#tieWon) {
      say(`No haircut of ${its} has the last remainder that got an atom.`);
    }
    if (method === 'ADL_QUEUE' && !this.#isQueue()) {
      say(`The places in the queue of ${its} leave a gap, or overlap.`);
    }
  }

  /** Whoever stands ahead gave up its whole cap, so it is here: weights are the caps ahead, from the front. */
  #isQueue(): boolean {
    const order = new Uint32Array(this.#weights.length).map((_, i) => i);
    order.sort((a, b) => (this.#weights.get(a) < this.#weights.get(b) ? -1 : 1));
    let ahead = 0n;
    return order.every((i) => {
      const fits = this.#weights.get(i) === ahead;
      ahead += this.#caps.get(i);
      return fits;
    });
  }

  /** Runs the allocation again where the rows are all that could bear. Says what was done, in words. */
  recompute(print: (atoms: bigint) => string, say: (problem: string) => void): string {
    const figures = this.#figures;
    const { method, loss, profitTotal, capacity } = figures;
    const sums = `The haircuts of ${partName(figures)} sum to its loss of ${print(loss)}`;
    if (this.#profits.sum() !== profitTotal || this.#caps.sum() !== capacity) {
      return `${sums}; accounts that could bear gave up nothing and are not on the sheet, so its figures are taken as given.`;
    }
    const claims = { profits: this.#profits, caps: this.#caps };
    const again = allocate(method, claims, this.#weights, loss);
    let same =
      again.figures.phase === figures.phase && equal(again.figures.lastRemainder, figures.lastRemainder);
    const sameLevel = equal(again.figures.level, figures.level);
    for (let i = 0; i < this.#amounts.length && same; i++) {
      same = again.haircuts.get(i) === this.#amounts.get(i);
      if (!same || sameLevel) continue;
      // Where every share is at a bound, more than one level says the same: what counts is the shares.
      const claim = { profit: claims.profits.get(i), cap: claims.caps.get(i), weight: this.#weights.get(i) };
      const [one, other] = [shareOf(figures, claim)!, shareOf(again.figures, claim)!];
      same = one.atoms === other.atoms && equal(one.remainder, other.remainder);
    }
    if (!same) say(`Allocated anew, ${partName(figures)} comes out otherwise than the sheet says.`);
    return `${sums}, and come out the same allocated anew over all that could bear.`;
  }
}

/** Of fractions in lowest terms. */
function equal(a: Ratio, b: Ratio): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}
