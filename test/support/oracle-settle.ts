import { type Bearer, capOf, profitOf } from './oracle-accounts.ts';
import { byBytes, type Fraction, positive, smaller, total } from './oracle-fractions.ts';
import { allocateBy, type Claim, divide, type Method, type Weighing } from './oracle-methods.ts';

/** A joint settlement: deficits run down the tiers. Everything goes by name; nothing is in any order. */

export type TierName =
  | 'OWN_COLLATERAL'
  | 'OWNER_RECOURSE'
  | 'OPERATOR_CAPITAL'
  | 'INSURANCE_FUND'
  | 'SOCIALIZATION';

export interface PoolRules {
  readonly tiers: readonly TierName[];
  readonly fundReserve: bigint;
  /** Per event, over all its settlements; null for no limit. */
  readonly fundCap: bigint | null;
  readonly operatorCap: bigint;
  readonly method: Method;
  readonly weighing: Weighing;
  readonly scope: 'POOL' | 'MARKET';
  readonly overflow: 'POOL' | 'UNCOVERED';
}

export interface PoolLoss {
  readonly ref: string;
  readonly deficit: bigint;
  readonly fundPaid: bigint;
  readonly operatorPaid: bigint;
  readonly owner: string | null;
  readonly lost: readonly { readonly market: string; readonly loss: bigint }[];
}

export interface PoolAccount extends Bearer {
  readonly beta: Fraction;
  readonly owner: string | null;
  readonly notional: bigint;
  readonly cost: bigint;
  /** Unrealized profit above 0 by market. */
  readonly won: readonly {
    readonly market: string;
    readonly pnl: bigint;
    readonly notional: bigint;
    readonly cost: bigint;
  }[];
}

export interface PoolSettlement {
  readonly rules: PoolRules;
  readonly fundBalance: bigint;
  readonly losses: readonly PoolLoss[];
  readonly accounts: readonly PoolAccount[];
}

type Amounts = Map<string, bigint>;

/** What losses still lack and accounts can still give, as tiers pay. */
class Book {
  readonly left: Amounts;
  readonly profits: Amounts;
  readonly caps: Amounts;
  readonly haircuts: Amounts;
  /** What the winners of each market did not bear of a loss, where that stays uncovered. */
  readonly lacking = new Map<string, readonly { readonly market: string; readonly loss: bigint }[]>();
  readonly #rules: PoolRules;

  constructor({ rules, losses, accounts }: PoolSettlement) {
    this.#rules = rules;
    this.left = new Map(losses.map(({ ref, deficit }) => [ref, deficit]));
    this.profits = new Map(accounts.map((account) => [account.ref, profitOf(account)]));
    this.caps = new Map(accounts.map((account) => [account.ref, capOf(account, account.beta)]));
    this.haircuts = new Map(accounts.map(({ ref }) => [ref, 0n]));
  }

  claimOf({ ref, balance, unrealized, notional, cost }: PoolAccount): Claim {
    const equity = balance + unrealized;
    return { ref, w: this.profits.get(ref)!, cap: this.caps.get(ref)!, notional, cost, equity };
  }

  /** Takes what it can of the claims for what the losses want, each loss in proportion. Returns what each got. */
  take(method: Method, claims: readonly Claim[], wants: Amounts): Amounts {
    const taken = smaller(total(wants.values()), total(claims.map(({ cap }) => cap)));
    for (const [ref, haircut] of allocateBy(method, claims, this.#rules.weighing, taken)) {
      this.profits.set(ref, this.profits.get(ref)! - haircut);
      this.caps.set(ref, positive(this.caps.get(ref)! - haircut));
      this.haircuts.set(ref, this.haircuts.get(ref)! + haircut);
    }
    return divide(
      taken,
      [...wants].map(([ref, weight]) => ({ ref, weight })),
    );
  }
}

type Tier = (input: PoolSettlement, book: Book) => Amounts;

const recourse: Tier = ({ losses, accounts }, book) => {
  const paid: Amounts = new Map();
  for (const name of new Set(losses.map(({ owner }) => owner))) {
    if (name === null) continue;
    const own = losses.filter(({ owner }) => owner === name);
    const claims = accounts
      .filter(({ owner }) => owner === name)
      .map((account) => ({ ...book.claimOf(account), cap: book.profits.get(account.ref)! }));
    const got = book.take('PRO_RATA', claims, new Map(own.map(({ ref }) => [ref, book.left.get(ref)!])));
    for (const [ref, amount] of got) paid.set(ref, amount);
  }
  return paid;
};

const operator: Tier = ({ rules, losses }, { left }) =>
  new Map(
    losses.map(({ ref, operatorPaid }) => [
      ref,
      smaller(left.get(ref)!, positive(rules.operatorCap - operatorPaid)),
    ]),
  );

/** min(want, λ × deficit) of the fund above its reserve. */
const fund: Tier = ({ rules, fundBalance, losses }, { left }) => {
  const claims = losses.map(({ ref, fundPaid }) => {
    const w = left.get(ref)!;
    const cap = rules.fundCap === null ? w : smaller(w, positive(rules.fundCap - fundPaid));
    return { ref, w, cap, notional: 0n, cost: 0n, equity: 0n };
  });
  const draw = smaller(positive(fundBalance - rules.fundReserve), total(claims.map(({ cap }) => cap)));
  return allocateBy('PRO_RATA', claims, rules.weighing, draw);
};

const socialization: Tier = ({ rules, losses, accounts }, book) => {
  const everybody = () => accounts.map((account) => book.claimOf(account));
  if (rules.scope === 'POOL') return book.take(rules.method, everybody(), new Map(book.left));

  // What each market's losers ask of its winners, and what of their profit and cap winners have there.
  const wants = new Map<string, Amounts>();
  for (const { ref, lost } of losses) {
    const parts = divide(
      lost.length === 0 ? 0n : book.left.get(ref)!,
      lost.map(({ market, loss }) => ({ ref: market, weight: loss })),
    );
    for (const [market, part] of parts) {
      wants.set(market, (wants.get(market) ?? new Map<string, bigint>()).set(ref, part));
    }
  }
  const winners = new Map<string, Claim[]>();
  for (const account of accounts.filter(({ won }) => won.length > 0)) {
    const claim = book.claimOf(account);
    const profits = divide(
      claim.w,
      account.won.map(({ market, pnl }) => ({ ref: market, weight: pnl })),
    );
    const caps = divide(
      claim.cap,
      [...profits].map(([ref, weight]) => ({ ref, weight })),
    );
    for (const { market, notional, cost } of account.won) {
      const there = { ...claim, w: profits.get(market)!, cap: caps.get(market)!, notional, cost };
      winners.set(market, [...(winners.get(market) ?? []), there]);
    }
  }

  const paid: Amounts = new Map(losses.map(({ ref }) => [ref, 0n]));
  const pay = (amounts: Amounts) => {
    for (const [ref, amount] of amounts) paid.set(ref, paid.get(ref)! + amount);
  };
  for (const [market, want] of wants) {
    const borne = book.take(rules.method, winners.get(market) ?? [], want);
    pay(borne);
    if (rules.overflow === 'POOL') continue;
    for (const [ref, asked] of want) {
      const lacking = book.lacking.get(ref) ?? [];
      book.lacking.set(ref, [...lacking, { market, loss: asked - (borne.get(ref) ?? 0n) }]);
    }
  }
  const overflow = losses
    .filter(({ lost }) => lost.length === 0 || rules.overflow === 'POOL')
    .map(({ ref }) => [ref, book.left.get(ref)! - paid.get(ref)!] as const);
  pay(book.take(rules.method, everybody(), new Map(overflow)));
  return paid;
};

const TIERS: Record<TierName, Tier> = {
  OWN_COLLATERAL: () => new Map(),
  OWNER_RECOURSE: recourse,
  OPERATOR_CAPITAL: operator,
  INSURANCE_FUND: fund,
  SOCIALIZATION: socialization,
};

export function settleTiers(input: PoolSettlement) {
  const { rules, losses } = input;
  const book = new Book(input);
  const profits = new Map(book.profits);
  const caps = new Map(book.caps);
  const paid = {} as Record<TierName, Amounts>;
  let [profitTotal, capacity] = [total(profits.values()), total(caps.values())];
  let residual: bigint | null = null;
  for (const tier of rules.tiers) {
    if (tier === 'SOCIALIZATION') residual = total(book.left.values());
    paid[tier] = TIERS[tier](input, book);
    for (const [ref, amount] of paid[tier]) book.left.set(ref, book.left.get(ref)! - amount);
    if (tier === 'OWNER_RECOURSE') {
      [profitTotal, capacity] = [total(book.profits.values()), total(book.caps.values())];
    }
  }
  const shares = losses.map(({ ref }) => ({
    ref,
    recourse: paid.OWNER_RECOURSE?.get(ref) ?? 0n,
    operatorCapital: paid.OPERATOR_CAPITAL?.get(ref) ?? 0n,
    fundDraw: paid.INSURANCE_FUND?.get(ref) ?? 0n,
    socialized: paid.SOCIALIZATION?.get(ref) ?? 0n,
    uncovered: book.left.get(ref)!,
  }));
  const add = (part: Exclude<keyof (typeof shares)[number], 'ref'>) =>
    total(shares.map((share) => share[part]));
  return {
    deficit: total(losses.map(({ deficit }) => deficit)),
    recourse: add('recourse'),
    operatorCapital: add('operatorCapital'),
    fundDraw: add('fundDraw'),
    residual: residual ?? total(book.left.values()),
    socialized: add('socialized'),
    uncovered: add('uncovered'),
    capacity,
    profitTotal,
    profits,
    caps,
    haircuts: book.haircuts,
    lacking: book.lacking,
    shares: shares.sort((a, b) => byBytes(a.ref, b.ref)),
  };
}

// ── pools that need no list of tiers ───────────────────────────────────────────────────────────────────────────

export type WaterfallKind = 'FUND_THEN_SOCIALIZE' | 'FUND_ONLY' | 'SOCIALIZE_ONLY';

export interface SettleInput {
  readonly waterfall: WaterfallKind;
  readonly beta: Fraction;
  readonly fundBalance: bigint;
  readonly fundReserve: bigint;
  readonly events: readonly { readonly ref: string; readonly deficit: bigint }[];
  readonly bearers: readonly Bearer[];
}

/** Fund and pool, pro rata. */
export function settle({ waterfall, beta, fundBalance, fundReserve, events, bearers }: SettleInput) {
  const tiers: Record<WaterfallKind, TierName[]> = {
    FUND_THEN_SOCIALIZE: ['INSURANCE_FUND', 'SOCIALIZATION'],
    FUND_ONLY: ['INSURANCE_FUND'],
    SOCIALIZE_ONLY: ['SOCIALIZATION'],
  };
  const outcome = settleTiers({
    rules: {
      tiers: tiers[waterfall],
      fundReserve,
      fundCap: null,
      operatorCap: 0n,
      method: 'PRO_RATA',
      weighing: { exponent: 0, maxLeverage: null },
      scope: 'POOL',
      overflow: 'UNCOVERED',
    },
    fundBalance,
    losses: events.map((event) => ({ ...event, fundPaid: 0n, operatorPaid: 0n, owner: null, lost: [] })),
    accounts: bearers.map((bearer) => ({
      ...bearer,
      beta,
      owner: null,
      notional: 0n,
      cost: 0n,
      won: [],
    })),
  });
  const { profits, caps, fundDraw, shares, ...rest } = outcome;
  return {
    ...rest,
    draw: fundDraw,
    claims: bearers.map(({ ref }) => ({ ref, w: profits.get(ref)!, cap: caps.get(ref)! })),
    shares: shares.map(({ ref, fundDraw: draw, socialized, uncovered }) => ({
      ref,
      draw,
      socialized,
      uncovered,
    })),
  };
}
