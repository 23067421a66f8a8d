import type { HaircutNoticeKind, ToldHaircutFragment } from '../generated/graphql.ts';

/** What an account was told: from the subscription, or found by a query where the subscription left a gap. */
export interface Link {
  readonly sequence: string;
  /** The sequence of what the account was told before, its own where one commit gives back several haircuts; null where this is the first. */
  readonly previousSequence: string | null;
  readonly kind: HaircutNoticeKind;
  /** What the balance changed by. */
  readonly amount: string;
  readonly at: string;
  /** Null where it was found by a query, which has no sentence. */
  readonly explanation: string | null;
  readonly haircut: ToldHaircutFragment;
}

/** Something the account was told that is not here: after one sequence and before another. */
export interface Gap {
  /** Null where the first is missing. */
  readonly after: string | null;
  readonly before: string;
}

/** What tells a link from all others of its account: a commit does one thing to a haircut. */
export const nameOf = ({ sequence, haircut }: Link): string => `${sequence} ${haircut.id}`;

/** Adds what came, in the order of sequences, and of one commit in that in which it came. What is there already stays, and its sentence is kept. */
export function added(chain: readonly Link[], links: readonly Link[]): readonly Link[] {
  const known = new Map(chain.map((link) => [nameOf(link), link]));
  for (const link of links) {
    if (known.get(nameOf(link))?.explanation == null) known.set(nameOf(link), link);
  }
  return [...known.values()].sort((a, b) => Number(BigInt(a.sequence) - BigInt(b.sequence)));
}

/** Where a link does not follow on the one before it. */
export function gapsOf(chain: readonly Link[]): readonly Gap[] {
  return chain.flatMap(({ sequence, previousSequence }, i) => {
    const after = chain[i - 1]?.sequence ?? null;
    return previousSequence === after ? [] : [{ after, before: sequence }];
  });
}
