import { METHODS, shareOf } from '../allocation/allocation.ts';
import { formatScaled } from '../decimal.ts';
import { max } from '../money.ts';
import { type Ratio, ratio } from '../ratio.ts';
import {
  type Commitment,
  type CommittedPart,
  type Haircut,
  type PartHaircut,
  partName,
  rootText,
  type Sha256,
} from './format.ts';

/** What holds of every settlement and of every haircut in it, whether a proof or a sheet shows it. */

export type Verdict =
  | { readonly ok: true; readonly checks: string[] }
  | { readonly ok: false; readonly problems: string[] };

/** Collects what does not hold, and no more than a person reads. */
export class Problems {
  static readonly #MOST = 20;
  readonly #found: string[] = [];
  #more = 0;

  readonly add = (problem: string): void => {
    if (this.#found.length < Problems.#MOST) this.#found.push(problem);
    else this.#more++;
  };

  get none(): boolean {
    return this.#found.length === 0;
  }

  list(): string[] {
    return this.#more === 0 ? this.#found : [...this.#found, `There are ${this.#more} more problems.`];
  }
}

type Say = (problem: string) => void;
type Print = (atoms: bigint) => string;

export const printer =
  (decimals: number): Print =>
  (atoms) =>
    formatScaled(atoms, decimals);

interface Of {
  readonly pool: string;
  readonly sequence: bigint;
  readonly decimals: number;
  readonly commitment: Commitment;
}

/** The figures among themselves, and that the root is of them. */
export function checkCommitment(
  { pool, sequence, decimals, commitment }: Of,
  print: Print,
  sha256: Sha256,
  say: Say,
): void {
  const { root, total, profitTotal, parts } = commitment;
  if (sha256(rootText(pool, sequence, decimals, commitment)) !== root) {
    say('The commitment does not hash to its root.');
  }
  const losses = parts.reduce((sum, { loss }) => sum + loss, 0n);
  if (losses !== total) {
    say(`The losses of the parts sum to ${print(losses)}, and not to the total of ${print(total)}.`);
  }
  const scopes = parts.map(({ scope }) => ORDER.indexOf(scope));
  const markets = parts.filter(({ scope }) => scope === 'MARKET').map(({ market }) => market);
  if (
    scopes.some((scope, i) => i > 0 && scope < scopes[i - 1]!) ||
    new Set(markets).size < markets.length ||
    scopes.indexOf(POOL) < scopes.lastIndexOf(POOL)
  ) {
    say('The parts do not come as recourse, then each market once, then the pool once.');
  }
  for (const part of parts) {
    checkPart(part, print, say);
    if (part.scope !== 'RECOURSE' && part.profitTotal > profitTotal) {
      say(`The profit of ${partName(part)} is above that of the settlement.`);
    }
  }
  if (scopes[0] === POOL && parts[0]!.profitTotal !== profitTotal) {
    say('The profit of the only part, the pool, is not that of the settlement.');
  }
}

const ORDER: readonly CommittedPart['scope'][] = ['RECOURSE', 'MARKET', 'POOL'];
const POOL = ORDER.indexOf('POOL');

function checkPart(part: CommittedPart, print: Print, say: Say): void {
  const { scope, method, phase, level, lastRemainder, loss, profitTotal, capacity } = part;
  const its = partName(part);
  if (phase > METHODS[method].phases.length) say(`The phase ${phase} of ${its} is none of its method.`);
  if (!isLowest(level)) say(`The level of ${its} is not in lowest terms.`);
  if (!isLowest(lastRemainder) || lastRemainder.numerator >= lastRemainder.denominator) {
    say(`The last remainder of ${its} is not a fraction below 1 in lowest terms.`);
  }
  if (loss > capacity)
    say(`The loss of ${its}, ${print(loss)}, is above its capacity of ${print(capacity)}.`);
  if (capacity > profitTotal) {
    say(`The capacity of ${its}, ${print(capacity)}, is above its profit of ${print(profitTotal)}.`);
  }
  if (scope === 'RECOURSE' && (method !== 'PRO_RATA' || capacity !== profitTotal)) {
    say(`Recourse must be pro rata to profit and up to all of it, and ${its} is not.`);
  }
  if (method === 'ADL_QUEUE' && compare(level, { numerator: loss, denominator: 1n }) !== 0) {
    say(`The level of ${its} must be its loss, as accounts give up their caps in turn, and it is not.`);
  }
  const plain = { numerator: loss, denominator: profitTotal };
  if (method === 'PRO_RATA' && capacity === profitTotal && compare(level, plain) !== 0) {
    say(`The level of ${its} must be its loss ÷ its profit, as no cap holds anything back, and it is not.`);
  }
}

/** What one account's share of a part was found to be. */
export interface CheckedShare {
  readonly figures: CommittedPart;
  readonly claim: PartHaircut;
  /** The exact share, as whole atoms and a remainder. */
  readonly atoms: bigint;
  readonly remainder: Ratio;
  /** Whether its remainder is the last that got an atom: then account refs decide who got one. */
  readonly tied: boolean;
}

/** One haircut against the figures. Returns the shares that could be computed. */
export function checkHaircut(
  parts: readonly CommittedPart[],
  haircut: Haircut,
  print: Print,
  say: Say,
): CheckedShare[] {
  const { account, amount, profit, cap } = haircut;
  const sum = haircut.parts.reduce((all, part) => all + part.amount, 0n);
  if (sum !== amount) {
    say(`Account ${account}: the amounts of its parts sum to ${print(sum)}, and not to ${print(amount)}.`);
  }
  if (cap > profit)
    say(`Account ${account}: its cap of ${print(cap)} is above its profit of ${print(profit)}.`);

  const shares: CheckedShare[] = [];
  let left = { profit, cap };
  // Markets share what recourse left; the pool takes what all of them left.
  let forMarkets = left;
  let most = cap;
  for (const claim of haircut.parts) {
    const figures = parts[claim.part - 1];
    if (!figures) {
      say(`Account ${account}: the settlement has no part ${claim.part}.`);
      continue;
    }
    const { scope } = figures;
    const wrong = (what: string) => say(`Account ${account}, ${partName(figures)}: ${what}.`);
    if (claim.amount > claim.cap) {
      wrong(`its amount of ${print(claim.amount)} is above its cap of ${print(claim.cap)}`);
    }
    if (claim.cap > claim.profit) {
      wrong(`its cap of ${print(claim.cap)} is above its profit of ${print(claim.profit)}`);
    }
    if (WEIGHED_BY_PROFIT.has(figures.method) && claim.weight !== claim.profit) {
      wrong(`its weight is ${claim.weight} and must be its profit in atoms, ${claim.profit}`);
    }
    const limit = scope === 'MARKET' ? forMarkets : left;
    const due = { profit: limit.profit, cap: scope === 'RECOURSE' ? limit.profit : limit.cap };
    const fits =
      scope === 'MARKET'
        ? claim.profit <= due.profit && claim.cap <= due.cap
        : claim.profit === due.profit && claim.cap === due.cap;
    if (!fits) {
      wrong(
        `its profit and cap, ${print(claim.profit)} and ${print(claim.cap)}, are not within what the parts before ` +
          `left, ${print(due.profit)} and ${print(due.cap)}`,
      );
    }
    forMarkets = { profit: forMarkets.profit - claim.profit, cap: forMarkets.cap - claim.cap };
    left = { profit: left.profit - claim.amount, cap: max(0n, left.cap - claim.amount) };
    if (scope === 'RECOURSE') {
      forMarkets = left;
      most = max(most, claim.amount);
    }
    const share = checkShare(figures, claim, print, wrong);
    if (share) shares.push(share);
  }
  if (amount > most) {
    say(
      `Account ${account}: its amount of ${print(amount)} is above the ${print(most)} that it may give up.`,
    );
  }
  return shares;
}

const WEIGHED_BY_PROFIT: ReadonlySet<string> = new Set([
  'PRO_RATA',
  'CONSTRAINED_EQUAL_LOSSES',
  'CONSTRAINED_EQUAL_AWARDS',
  'TALMUD',
]);

function checkShare(
  figures: CommittedPart,
  claim: PartHaircut,
  print: Print,
  wrong: Say,
): CheckedShare | null {
  const share = shareOf(figures, claim);
  if (!share) return null; // An unknown phase: checkPart says so.
  const { atoms, remainder } = share;
  const rank = compare(remainder, figures.lastRemainder);
  // Where no atom was left over, shares are whole.
  const tied = rank === 0 && remainder.numerator > 0n;
  if (figures.lastRemainder.numerator === 0n && rank > 0) {
    wrong(`its exact share has a remainder of ${printRatio(remainder)}, and none was left over`);
  } else if (claim.amount !== atoms + (rank > 0 ? 1n : 0n) && !(tied && claim.amount === atoms + 1n)) {
    const due = tied ? `${print(atoms)} or ${print(atoms + 1n)}` : print(rank > 0 ? atoms + 1n : atoms);
    wrong(`the figures make its amount ${due}, and it is ${print(claim.amount)}`);
  }
  return { figures, claim, atoms, remainder, tied };
}

/** One share in words. */
export function describeShare(
  { figures, claim, atoms, remainder, tied }: CheckedShare,
  print: Print,
): string {
  const exact =
    remainder.numerator === 0n
      ? `exactly ${print(atoms)}`
      : `${print(atoms)} and ${printRatio(remainder)} of the smallest unit`;
  const rounded = claim.amount > atoms ? 'rounded up' : 'rounded down';
  const tie = tied ? ': equal remainders go by account ref, which only the full sheet shows' : '';
  return (
    `In ${partName(figures)} the share of a profit of ${print(claim.profit)}, a cap of ${print(claim.cap)} and a ` +
    `weight of ${claim.weight}, at level ${printRatio(figures.level)}, is ${exact}; it gave up ${print(claim.amount)}${remainder.numerator === 0n ? '' : `, ${rounded}${tie}`}.`
  );
}

export const printRatio = ({ numerator, denominator }: Ratio): string =>
  denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`;

function isLowest({ numerator, denominator }: Ratio): boolean {
  const lowest = ratio(numerator, denominator);
  return lowest.numerator === numerator && lowest.denominator === denominator;
}

function compare(a: Ratio, b: Ratio): -1 | 0 | 1 {
  const [x, y] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return x < y ? -1 : x > y ? 1 : 0;
}
