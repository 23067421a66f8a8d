import { binomialCdf, binomialPmf } from './discrete.ts';

/** n accounts, each bankrupt on its own with probability p and then with the same deficit: D = d K, K binomial (Bernoulli, 1713). */
export interface AlikePool {
  readonly count: number;
  readonly probability: number;
  readonly deficit: number;
}

/** P(D > F) = P(K > ⌊F / d⌋). */
export const probabilityOver = ({ count, probability, deficit }: AlikePool, fund: number): number => {
  const most = Math.floor(fund / deficit);
  return most >= count ? 0 : most < 0 ? 1 : 1 - binomialCdf(count, probability, most);
};

/** E[(D − F)⁺]. */
export function expectedOver({ count, probability, deficit }: AlikePool, fund: number): number {
  let sum = 0;
  for (let k = 0; k <= count; k++)
    sum += binomialPmf(count, probability, k) * Math.max(0, deficit * k - fund);
  return sum;
}

/** Accounts that each have a deficit of their own with a probability of their own, all independent. */
export interface TwoPoint {
  readonly probability: number;
  readonly deficit: number;
}

export interface Atom {
  readonly value: number;
  readonly probability: number;
}

/** The law of Σ deficits: one account after another is added, equal sums together. */
export function totalLaw(accounts: readonly TwoPoint[]): Atom[] {
  let law = new Map([[0, 1]]);
  for (const { probability, deficit } of accounts) {
    const next = new Map<number, number>();
    const add = (value: number, p: number): void => {
      if (p > 0) next.set(value, (next.get(value) ?? 0) + p);
    };
    for (const [value, p] of law) {
      add(value, p * (1 - probability));
      add(value + deficit, p * probability);
    }
    law = next;
  }
  return [...law].map(([value, probability]) => ({ value, probability })).sort((a, b) => a.value - b.value);
}

/** The law of the sum of the `covered` largest deficits: the largest one (Cover-1), or two (Cover-2). From the largest down. */
export function largestLaw(accounts: readonly TwoPoint[], covered: 1 | 2): Atom[] {
  const falling = [...accounts].sort((a, b) => b.deficit - a.deficit);
  const law = new Map<number, number>();
  const add = (value: number, p: number): void => {
    if (p > 0) law.set(value, (law.get(value) ?? 0) + p);
  };
  const from = (index: number, left: number, value: number, p: number): void => {
    const account = falling[index];
    if (left === 0 || !account) {
      add(value, p);
    } else {
      from(index + 1, left - 1, value + account.deficit, p * account.probability);
      from(index + 1, left, value, p * (1 - account.probability));
    }
  };
  from(0, covered, 0, 1);
  return [...law].map(([value, probability]) => ({ value, probability })).sort((a, b) => a.value - b.value);
}

/** The least value that is not exceeded with probability q. */
export function quantileOf(law: readonly Atom[], q: number): number {
  let sum = 0;
  for (const { value, probability } of law) {
    sum += probability;
    if (sum >= q - 1e-15) return value;
  }
  return law.at(-1)!.value;
}

export const meanOf = (law: readonly Atom[], f: (value: number) => number = (x) => x): number =>
  law.reduce((sum, { value, probability }) => sum + probability * f(value), 0);
