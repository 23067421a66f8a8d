import * as oracle from '../support/oracle.ts';
import type { ModelPool } from './model.ts';
import type { ModelRules } from './rules.ts';

/*
 * What losses do to a pool. Settlements are the oracle's; who bears what of an event now is kept settlement by
 * settlement, and every sum is taken from there.
 */

/** What an event's share in a settlement still is, tier by tier. */
export interface Share {
  recourse: bigint;
  operatorCapital: bigint;
  fundDraw: bigint;
  socialized: bigint;
}

const PAID: Record<Exclude<oracle.TierName, 'OWN_COLLATERAL'>, keyof Share> = {
  OWNER_RECOURSE: 'recourse',
  OPERATOR_CAPITAL: 'operatorCapital',
  INSURANCE_FUND: 'fundDraw',
  SOCIALIZATION: 'socialized',
};
const PARTS = Object.values(PAID);
const NOTHING: Share = { recourse: 0n, operatorCapital: 0n, fundDraw: 0n, socialized: 0n };
const sumOf = (share: Share): bigint => oracle.total(PARTS.map((part) => share[part]));

/** What a haircut still is. */
type Haircut = Pick<Share, 'recourse' | 'socialized'>;

export interface ModelSettlement {
  readonly sequence: bigint;
  readonly rules: ModelRules;
  readonly shares: Map<string, Share>;
  readonly haircuts: Map<string, Haircut>;
  /** What the winners of each market did not bear of an event, where that stays uncovered. */
  readonly lacking: Map<string, ModelEvent['lost']>;
  /** A recovery was paid on it. */
  repaid: boolean;
  reversed: boolean;
}

export interface ModelEvent {
  readonly ref: string;
  readonly account: string;
  readonly deficit: bigint;
  readonly lost: readonly { readonly market: string; readonly loss: bigint }[];
  recovered: bigint;
  /** Oldest first, reversed ones too. */
  readonly settlements: ModelSettlement[];
}

export const standing = ({ settlements }: ModelEvent) => settlements.filter(({ reversed }) => !reversed);

export function sumsOf({ ref, deficit, recovered, settlements }: ModelEvent): Share & { uncovered: bigint } {
  const sums = { ...NOTHING };
  for (const { shares } of settlements) for (const part of PARTS) sums[part] += shares.get(ref)![part];
  return { ...sums, uncovered: deficit - recovered - sumOf(sums) };
}

export function statusOf(event: ModelEvent): 'OPEN' | 'PARTIALLY_COVERED' | 'SETTLED' {
  if (sumsOf(event).uncovered === 0n) return 'SETTLED';
  return standing(event).length === 0 ? 'OPEN' : 'PARTIALLY_COVERED';
}

/** A row of haircuts: one taken, or part of one given back. */
export interface Notice {
  readonly account: string;
  readonly restores: bigint | null;
  readonly amount: bigint;
  readonly recourse: bigint;
  readonly claim: { readonly w: bigint; readonly cap: bigint } | null;
  readonly previous: bigint | null;
  readonly balance: bigint;
  readonly borne: bigint;
  readonly realized: bigint;
}

// ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** By what an event is divided over markets: what each lost, or what each still lacks. */
function lostOf(event: ModelEvent): ModelEvent['lost'] {
  const last = standing(event).findLast(({ lacking }) => lacking.has(event.ref));
  const lacking = new Map(last?.lacking.get(event.ref)?.map(({ market, loss }) => [market, loss]));
  return last
    ? event.lost
        .map(({ market }) => ({ market, loss: lacking.get(market) ?? 0n }))
        .filter(({ loss }) => loss > 0n)
    : event.lost;
}

/** What settling these events comes to, or would by other rules, or with a further deficit. */
export function outcomeOf(
  pool: ModelPool,
  refs: readonly string[],
  changes: Partial<Pick<ModelRules, 'method' | 'tiers'>> = {},
  extraDeficit = 0n,
) {
  const { leverageExponent: exponent, maxLeverage, ...rules } = { ...pool.rules, ...changes };
  const losses = refs.map((ref) => {
    const event = pool.events.get(ref)!;
    const { uncovered, fundDraw, operatorCapital } = sumsOf(event);
    const { owner } = pool.account(event.account);
    return {
      ...event,
      lost: lostOf(event),
      deficit: uncovered,
      fundPaid: fundDraw,
      operatorPaid: operatorCapital,
      owner,
    };
  });
  const extra = {
    ref: ' extra',
    deficit: extraDeficit,
    fundPaid: 0n,
    operatorPaid: 0n,
    owner: null,
    lost: [],
  };
  return oracle.settleTiers({
    rules: {
      ...rules,
      weighing: { exponent, maxLeverage: maxLeverage === null ? null : oracle.parse(maxLeverage) },
    },
    fundBalance: pool.fund,
    losses: extraDeficit > 0n ? [...losses, extra] : losses,
    accounts: [...pool.accounts]
      .filter(([ref, { status }]) => status === 'ACTIVE' && !pool.unmarked(ref))
      .map(([ref]) => pool.bearer(ref)),
  });
}

/** What of the haircuts is recourse: what the tiers up to it take. */
function recourseOf(pool: ModelPool, refs: readonly string[]): ReadonlyMap<string, bigint> {
  const { tiers } = pool.rules;
  const last = tiers.indexOf('OWNER_RECOURSE');
  return outcomeOf(pool, refs, { tiers: tiers.slice(0, last + 1) }).haircuts;
}

export function settle(pool: ModelPool, refs: readonly string[], sequence: bigint) {
  const recourses = recourseOf(pool, refs);
  const outcome = outcomeOf(pool, refs);
  const settlement: ModelSettlement = {
    sequence,
    rules: pool.rules,
    shares: new Map(),
    haircuts: new Map(),
    lacking: outcome.lacking,
    repaid: false,
    reversed: false,
  };
  pool.settlements.set(sequence, settlement);
  pool.fund -= outcome.fundDraw;
  pool.brought += pool.exact(outcome.operatorCapital);
  for (const { ref, recourse, operatorCapital, fundDraw, socialized } of outcome.shares) {
    const event = pool.events.get(ref)!;
    const share = { recourse, operatorCapital, fundDraw, socialized };
    settlement.shares.set(ref, share);
    event.settlements.push(settlement);
    pool.account(event.account).balance += sumOf(share);
  }
  const notices: Notice[] = [];
  for (const [ref, amount] of [...outcome.haircuts].sort(([a], [b]) => oracle.byBytes(a, b))) {
    if (amount === 0n) continue;
    const recourse = recourses.get(ref)!;
    settlement.haircuts.set(ref, { recourse, socialized: amount - recourse });
    pool.account(ref).bear(sequence, amount);
    const claim = { w: outcome.profits.get(ref)!, cap: outcome.caps.get(ref)! };
    notices.push(noticeTo(pool, ref, sequence, { restores: null, amount, recourse, claim }));
    if (pool.equity(ref) < 0n) throw new Error(`the oracle's own haircut leaves ${ref} below zero`);
  }
  return { outcome, notices };
}

function noticeTo(
  pool: ModelPool,
  ref: string,
  sequence: bigint,
  what: Pick<Notice, 'restores' | 'amount' | 'recourse' | 'claim'>,
): Notice {
  const account = pool.account(ref);
  account.balance -= what.amount;
  const previous = account.notices.at(-1) ?? null;
  account.notices.push(sequence);
  const { b: borne, net: realized } = account.burden;
  return { account: ref, ...what, previous, balance: account.balance, borne, realized };
}

// ── giving back ──────────────────────────────────────────────────────────────────────────────────────────────────

interface Refund extends Haircut {
  readonly account: string;
  readonly settlement: ModelSettlement;
}

/** Gives parts of haircuts back: a notice each, by account ref and then by settlement. */
function giveBack(pool: ModelPool, refunds: readonly Refund[], sequence: bigint): Notice[] {
  return refunds
    .filter(({ recourse, socialized }) => recourse + socialized > 0n)
    .sort(
      (a, b) => oracle.byBytes(a.account, b.account) || Number(a.settlement.sequence - b.settlement.sequence),
    )
    .map(({ account: ref, settlement, recourse, socialized }) => {
      const amount = recourse + socialized;
      const haircut = settlement.haircuts.get(ref)!;
      haircut.recourse -= recourse;
      haircut.socialized -= socialized;
      const account = pool.account(ref);
      account.giveBack(settlement.sequence, amount);
      const restores = settlement.sequence;
      return noticeTo(pool, ref, sequence, { restores, amount: -amount, recourse, claim: null });
    });
}

/** The tiers of the event's last settlement backward, and then those that it does not use. */
function repaymentOrder({ settlements }: ModelEvent): (keyof Share)[] {
  const tiers = settlements.at(-1)?.rules.tiers ?? [];
  const used = tiers.flatMap((tier) => (tier === 'OWN_COLLATERAL' ? [] : PAID[tier]));
  return [...used.toReversed(), ...PARTS.filter((part) => !used.includes(part)).toReversed()];
}

/** Pays back what came in for an event: first what nobody covered, then tier by tier. */
export function recover(pool: ModelPool, ref: string, amount: bigint, sequence: bigint) {
  const event = pool.events.get(ref)!;
  const { owner } = pool.account(event.account);
  const uncovered = oracle.smaller(amount, sumsOf(event).uncovered);
  event.recovered += amount;
  pool.brought += pool.exact(amount);
  pool.account(event.account).balance += uncovered;

  const age = ({ sequence }: ModelSettlement) => sequence.toString().padStart(20, '0');
  const returned = new Map(event.settlements.map((settlement) => [settlement, { ...NOTHING }]));
  const refunds: Refund[] = [];
  let left = amount - uncovered;
  for (const tier of repaymentOrder(event)) {
    const bears = event.settlements.map((settlement) => ({
      ref: age(settlement),
      weight: settlement.shares.get(ref)![tier],
    }));
    const paid = oracle.smaller(left, oracle.total(bears.map(({ weight }) => weight)));
    const parts = oracle.divide(paid, bears);
    for (const [settlement, sums] of returned) sums[tier] = parts.get(age(settlement))!;
    left -= paid;
  }
  for (const [settlement, sums] of returned) {
    if (sumOf(sums) === 0n) continue;
    settlement.repaid = true;
    pool.fund += sums.fundDraw;
    pool.brought -= pool.exact(sums.operatorCapital);
    const share = settlement.shares.get(ref)!;
    for (const tier of PARTS) share[tier] -= sums[tier];
    const weights = (kind: keyof Haircut, bears: (account: string) => boolean) =>
      [...settlement.haircuts]
        .filter(([account]) => bears(account))
        .map(([account, haircut]) => ({ ref: account, weight: haircut[kind] }));
    const socialized = oracle.divide(
      sums.socialized,
      weights('socialized', () => true),
    );
    const recourse = oracle.divide(
      sums.recourse,
      weights('recourse', (account) => pool.account(account).owner === owner),
    );
    for (const account of settlement.haircuts.keys()) {
      const refund = { socialized: socialized.get(account)!, recourse: recourse.get(account) ?? 0n };
      refunds.push({ account, settlement, ...refund });
    }
  }
  return {
    returned: [...returned]
      .filter(([, sums]) => sumOf(sums) > 0n)
      .map(([settlement, sums]) => ({ settlement: settlement.sequence, ...sums })),
    notices: giveBack(pool, refunds, sequence),
  };
}

/** Reversed already, or something was built on it. */
export function irreversible(
  pool: ModelPool,
  { sequence, shares, repaid, reversed }: ModelSettlement,
): boolean {
  const later = [...shares.keys()].some((ref) =>
    standing(pool.events.get(ref)!).some((other) => other.sequence > sequence),
  );
  return reversed || repaid || later;
}

/** Takes a settlement back whole. */
export function reverse(pool: ModelPool, settlement: ModelSettlement, sequence: bigint): Notice[] {
  settlement.reversed = true;
  for (const [ref, share] of settlement.shares) {
    pool.fund += share.fundDraw;
    pool.brought -= pool.exact(share.operatorCapital);
    pool.account(pool.events.get(ref)!.account).balance -= sumOf(share);
    Object.assign(share, NOTHING);
  }
  const all = [...settlement.haircuts].map(([account, haircut]) => ({ account, settlement, ...haircut }));
  return giveBack(pool, all, sequence);
}
