import { ALLOCATION_METHODS, type AllocationMethod, METHODS } from '../core/allocation/allocation.ts';
import { AtomColumn } from '../core/atom-column.ts';
import { afterHaircuts } from '../core/bearers.ts';
import { type Concentration, concentrationOf } from '../core/concentration.ts';
import { abs } from '../core/money.ts';
import { Refusal } from '../core/refusal.ts';
import { type Split, splitInTwo } from '../core/split.ts';
import type { Database } from '../db/database.ts';
import { type PoolBearers, readBearers, wantedBy } from './bearers.ts';
import { type Loss, type Outcome, readBook, type SettlementBook, settlingBook } from './compute.ts';
import { inSteps } from './in-steps.ts';
import type { LockedPool } from './locked-pool.ts';
import { askPool, type LossQuestion } from './preview.ts';
import type { Sql } from './transaction.ts';

export interface CompareAllocationsInput extends LossQuestion {
  readonly methods?: readonly AllocationMethod[] | null;
}

/** What one account would pay one way and another, and whether that differs by more than rounding. */
export interface Effect {
  readonly accountNo: number | null;
  readonly before: bigint;
  readonly after: bigint;
  readonly changes: boolean;
}

export interface MethodOutcome extends Concentration {
  readonly poolId: number;
  readonly method: AllocationMethod;
  readonly outcome: Outcome;
  readonly bearers: PoolBearers;
  /** The largest profit in one account, and in two halves. */
  readonly splitting: Effect;
  /** The account that settling half of the loss and then the rest moves most. */
  readonly steps: Effect;
}

export interface AllocationComparison {
  readonly poolId: number;
  readonly methods: readonly MethodOutcome[];
}

/** An atom for each share that is rounded, in all that is compared: less is no difference of the rule. */
const ROUNDING = 4n;

/**
 * What settling some losses now would come to under each method, all from one read of the pool.
 *
 * @param owner whose accounts alone may be told of by themselves; null for all
 */
export async function compareAllocations(
  db: Database,
  input: CompareAllocationsInput,
  owner: string | null = null,
): Promise<AllocationComparison> {
  const methods = input.methods ?? ALLOCATION_METHODS;
  const twice = methods.findIndex((method, index) => methods.indexOf(method) !== index);
  if (methods.length === 0 || twice >= 0) {
    throw new Refusal(
      'INVALID_INPUT',
      methods.length === 0
        ? 'The list names no method: leave it out for all.'
        : 'The list names this method twice: keep one.',
      ['input', 'methods', ...(twice >= 0 ? [twice] : [])],
    );
  }
  return askPool(db, input, async (sql, pool, events) => {
    const wanted = { ...wantedBy(pool), sizes: methods.some((method) => METHODS[method].needsExposures) };
    const book = await readBook(sql, pool, events, await readBearers(sql, pool, wanted));
    const tellable = owner === null ? null : await indicesOf(sql, pool, owner, book.bearers);
    const outcomes: MethodOutcome[] = [];
    for (const method of methods) outcomes.push(await outcomeOf(book, pool, method, tellable));
    return { poolId: pool.poolId, methods: outcomes };
  });
}

/** The process answers others meanwhile: with all methods these are some thirty settlements. */
async function outcomeOf(
  book: SettlementBook,
  pool: LockedPool,
  method: AllocationMethod,
  tellable: ReadonlySet<number> | null,
): Promise<MethodOutcome> {
  const rules = { ...pool.rules, method };
  const outcome = await inSteps(settlingBook(book, pool, rules));
  return {
    ...concentrationOf(outcome.profits, outcome.haircuts),
    poolId: pool.poolId,
    method,
    outcome,
    bearers: book.bearers,
    splitting: await splittingEffect(book, outcome, tellable, (other) =>
      inSteps(settlingBook(other, pool, rules)),
    ),
    steps: await stepsEffect(book, outcome, tellable, (other) =>
      inSteps(settlingBook(other, pool, { ...rules, tiers: ['OWN_COLLATERAL', 'SOCIALIZATION'] })),
    ),
  };
}

const NOBODY: Effect = { accountNo: null, before: 0n, after: 0n, changes: false };

function effect(book: SettlementBook, index: number, before: bigint, after: bigint): Effect {
  const accountNo = book.bearers.accountNos[index]!;
  return { accountNo, before, after, changes: abs(after - before) > ROUNDING };
}

/** Splits the account with the largest profit in two and settles again. */
async function splittingEffect(
  book: SettlementBook,
  { profits, haircuts }: Outcome,
  tellable: ReadonlySet<number> | null,
  settle: (book: SettlementBook) => Promise<Outcome>,
): Promise<Effect> {
  const index = largest(profits, tellable);
  if (index === null) return NOBODY;
  const { losses, bearers }: Split<Loss> = splitInTwo(book, index);
  const { haircuts: after } = await settle({ ...book, losses, bearers: { ...book.bearers, ...bearers } });
  return effect(book, index, haircuts.get(index), after.get(index) + after.get(index + 1));
}

/** Socializes half of each event's share, and then the rest from what the first half left. */
async function stepsEffect(
  book: SettlementBook,
  outcome: Outcome,
  tellable: ReadonlySet<number> | null,
  settle: (book: SettlementBook) => Promise<Outcome>,
): Promise<Effect> {
  const recourse = new AtomColumn(outcome.haircuts.length);
  for (const { scope, members, haircuts } of outcome.parts) {
    if (scope !== 'RECOURSE') continue;
    for (const [k, i] of members!.entries()) recourse.set(i, recourse.get(i) + haircuts.get(k));
  }
  let { bearers } = book;
  const take = (haircuts: AtomColumn) => {
    bearers = { ...bearers, ...afterHaircuts(bearers, haircuts) };
  };
  take(recourse);
  const taken = new AtomColumn(outcome.haircuts.length);
  for (const part of [0n, 1n]) {
    const losses = outcome.shares
      .map(({ loss, socialized }) => ({ ...loss, deficit: (socialized + part) / 2n }))
      .filter(({ deficit }) => deficit > 0n);
    if (losses.length === 0) continue;
    const { haircuts } = await settle({ ...book, bearers, losses });
    take(haircuts);
    for (let i = 0; i < taken.length; i++) taken.set(i, taken.get(i) + haircuts.get(i));
  }
  const moved = new AtomColumn(taken.length);
  const atOnce = (i: number) => outcome.haircuts.get(i) - recourse.get(i);
  for (let i = 0; i < taken.length; i++) moved.set(i, abs(taken.get(i) - atOnce(i)));
  const index = largest(moved, tellable) ?? largest(outcome.profits, tellable);
  return index === null ? NOBODY : effect(book, index, atOnce(index), taken.get(index));
}

/** Of some indices, or of all, that of the largest value above 0, the smallest of several; null where there is none. */
function largest(column: AtomColumn, of: ReadonlySet<number> | null): number | null {
  let found: number | null = null;
  for (let i = 0; i < column.length; i++) {
    if (of && !of.has(i)) continue;
    if (column.get(i) > (found === null ? 0n : column.get(found))) found = i;
  }
  return found;
}

async function indicesOf(
  sql: Sql,
  { poolId }: LockedPool,
  owner: string,
  { accountNos }: PoolBearers,
): Promise<Set<number>> {
  const rows = await sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${poolId} and owner = ${owner}`;
  const own = new Set(rows.map((row) => row.account_no));
  return new Set([...accountNos].flatMap((accountNo, i) => (own.has(accountNo) ? [i] : [])));
}
