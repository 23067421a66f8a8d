import fc from 'fast-check';
import { METHODS as METHOD_RULES } from '../../src/core/allocation/allocation.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import type { Bearers } from '../../src/core/bearers.ts';
import { type OpenLoss, settleJointly } from '../../src/core/settlement.ts';
import * as oracle from '../support/oracle.ts';
import { METHODS, ONE, weighing } from './claim-book.ts';
import { atoms, byBytes, rate, ref, uniqueBy } from './generators.ts';

/** Joint settlements by ref, and what the core and the oracle make of them. */

/** In whatever order; markets and owners by name. */
export interface Book extends Omit<oracle.PoolSettlement, 'rules' | 'accounts'> {
  readonly rules: Omit<oracle.PoolRules, 'weighing'> & {
    readonly leverageExponent: number;
    readonly maxLeverage: bigint | null;
  };
  readonly accounts: readonly Account[];
}
export interface Account extends Omit<oracle.PoolAccount, 'b' | 'beta' | 'gain'> {
  /** Null where the basis is the unrealized profit. */
  readonly gain: bigint | null;
  readonly borne: bigint;
  readonly realized: bigint;
  readonly rate: bigint;
}

/** Symbols in byte order, and numbers that are in another. */
export const MARKETS = ['BTC', 'ETH', 'SOL'] as const;
const marketNo = (symbol: string) => [7, 2, 5][MARKETS.indexOf(symbol as (typeof MARKETS)[number])]!;
const symbolOf = (no: number) => MARKETS.find((symbol) => marketNo(symbol) === no)!;
const bySymbol = (a: { market: string }, b: { market: string }) => byBytes(a.market, b.market);

export function settle({ rules, fundBalance, losses, accounts }: Book) {
  const sorted = [...accounts].sort((a, b) => byBytes(a.ref, b.ref));
  const column = (of: (account: Account) => bigint) => AtomColumn.of(sorted.map(of));
  const rows = sorted.flatMap(({ won }, bearer) =>
    [...won].sort(bySymbol).map((position) => ({ bearer, ...position })),
  );
  const bearers: Bearers = {
    balances: column(({ balance }) => balance),
    unrealized: column(({ unrealized }) => unrealized),
    gains: column(({ gain, unrealized }) => gain ?? unrealized),
    borne: column(({ borne }) => borne),
    realized: column(({ realized }) => realized),
    maxRates: column(({ rate }) => rate),
    sizes: METHOD_RULES[rules.method].needsExposures
      ? { notionals: column(({ notional }) => notional), costs: column(({ cost }) => cost) }
      : null,
    marketProfits:
      rules.scope === 'POOL'
        ? null
        : {
            bearers: rows.map(({ bearer }) => bearer),
            markets: rows.map(({ market }) => marketNo(market)),
            pnls: AtomColumn.of(rows.map(({ pnl }) => pnl)),
            notionals: AtomColumn.of(rows.map(({ notional }) => notional)),
            costs: AtomColumn.of(rows.map(({ cost }) => cost)),
          },
  };
  const outcome = settleJointly<OpenLoss>({
    rules: { ...rules, profitBasis: 'UNREALIZED', maxHaircutRate: ONE },
    fundBalance,
    losses: losses.map(({ owner, lost, ...loss }) => ({
      ...loss,
      owner: owner === null ? null : { name: owner, accounts: indicesOf(sorted, owner) },
      marketLosses: [...lost]
        .sort(bySymbol)
        .map(({ market, loss }) => ({ marketNo: marketNo(market), loss })),
    })),
    bearers,
    marketOrder: MARKETS.map(marketNo),
  });
  const byRef = (values: AtomColumn) => new Map(sorted.map(({ ref }, i) => [ref, values.get(i)]));
  return {
    ...outcome,
    haircuts: byRef(outcome.haircuts),
    profits: byRef(outcome.profits),
    caps: byRef(outcome.caps),
    shares: outcome.shares.map(({ loss, markets: _, ...share }) => ({ ref: loss.ref, ...share })),
    lacking: lackingOf(
      outcome.shares.map(({ loss, markets }) => [
        loss.ref,
        markets.map(({ marketNo, loss, socialized }) => ({
          market: symbolOf(marketNo),
          loss: loss - socialized,
        })),
      ]),
    ),
    // As plain values: expect() does not look into columns.
    parts: outcome.parts.map(({ haircuts, weights, claims, members, marketNo, ...part }) => ({
      ...part,
      market: marketNo === null ? null : symbolOf(marketNo),
      members: (members ?? sorted.map((_, i) => i)).map((i) => sorted[i]!.ref),
      haircuts: [...haircuts],
      weights: [...weights],
      profits: [...claims.profits],
      caps: [...claims.caps],
    })),
  };
}

const indicesOf = (sorted: readonly Account[], name: string) =>
  sorted.flatMap(({ owner }, i) => (owner === name ? [i] : []));

/** What the winners of each market did not bear of a loss, where they left anything; sorted, to be compared. */
const lackingOf = (all: Iterable<readonly [string, readonly { market: string; loss: bigint }[]]>) =>
  new Map(
    [...all]
      .map(([ref, list]) => [ref, list.filter(({ loss }) => loss > 0n).sort(bySymbol)] as const)
      .filter(([, list]) => list.length > 0)
      .sort(([a], [b]) => byBytes(a, b)),
  );

export function askOracle(book: Book) {
  const outcome = oracleOutcome(book);
  return { ...outcome, lacking: lackingOf(outcome.lacking) };
}

const oracleOutcome = ({ rules, accounts, ...rest }: Book) =>
  oracle.settleTiers({
    ...rest,
    rules: { ...rules, weighing: weighing(rules) },
    accounts: accounts.map(({ gain, borne, realized, rate, ...account }) => ({
      ...account,
      gain: gain ?? account.unrealized,
      b: oracle.counted({ b: borne, net: realized }),
      beta: oracle.fraction(rate, ONE),
    })),
  });

// ── books ──────────────────────────────────────────────────────────────────────────────────────────────────────

const OWNERS = ['anna', 'bob', '\u{1f600}', '\uff01'];
const someOwner = fc.option(fc.constantFrom(...OWNERS), { nil: null });
const upTo = (max: bigint) => fc.oneof(fc.bigInt({ min: 0n, max }), atoms(max));
const signed = (amount: fc.Arbitrary<bigint>) =>
  fc.tuple(amount, fc.boolean()).map(([n, below]) => (below ? -n : n));
const someMarkets = <T>(of: fc.Arbitrary<T>) =>
  uniqueBy(fc.record({ market: fc.constantFrom(...MARKETS), of }), ({ market }) => market, 0, 3).map((list) =>
    list.map(({ market, of }) => ({ market, ...of })),
  );
const above0 = (amount: fc.Arbitrary<bigint>) => amount.map((n) => (n === 0n ? 1n : n));

const account = (max: bigint): fc.Arbitrary<Account> =>
  fc.record({
    ref,
    balance: signed(upTo(max)),
    unrealized: fc.oneof({ weight: 3, arbitrary: upTo(max) }, { weight: 1, arbitrary: signed(upTo(max)) }),
    gain: fc.option(signed(upTo(max)), { nil: null, freq: 3 }),
    borne: fc.oneof(fc.constant(0n), upTo(max / 4n)),
    realized: signed(upTo(max / 4n)),
    rate: fc.oneof(fc.constant(ONE), rate),
    owner: someOwner,
    notional: upTo(max),
    cost: upTo(max),
    won: someMarkets(fc.record({ pnl: above0(upTo(max)), notional: upTo(max), cost: upTo(max) })),
  });

const loss = (max: bigint): fc.Arbitrary<oracle.PoolLoss> =>
  fc.record({
    ref,
    deficit: above0(upTo(max)),
    fundPaid: fc.oneof(fc.constant(0n), upTo(max / 2n)),
    operatorPaid: fc.oneof(fc.constant(0n), upTo(max / 2n)),
    owner: someOwner,
    lost: someMarkets(fc.record({ loss: above0(upTo(max)) })),
  });

const tiers = fc
  .tuple(
    fc.shuffledSubarray(['OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND'] as const),
    fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  )
  .map(([middle, socialize]): oracle.TierName[] => [
    'OWN_COLLATERAL',
    ...middle,
    ...(socialize ? (['SOCIALIZATION'] as const) : []),
  ]);

const bookOf = (max: bigint): fc.Arbitrary<Book> =>
  fc.record({
    rules: fc.record({
      tiers,
      fundReserve: fc.oneof(fc.constant(0n), upTo(max)),
      fundCap: fc.option(upTo(max / 2n), { nil: null }),
      operatorCap: upTo(max / 4n),
      method: fc.constantFrom(...METHODS),
      leverageExponent: fc.integer({ min: 0, max: 4 }),
      maxLeverage: fc.option(fc.constantFrom(ONE, 10n * ONE), { nil: null }),
      scope: fc.constantFrom('POOL', 'MARKET'),
      overflow: fc.constantFrom('POOL', 'UNCOVERED'),
    }),
    fundBalance: fc.oneof(fc.constant(0n), upTo(max)),
    losses: uniqueBy(loss(max), (item) => item.ref, 1, 5),
    accounts: uniqueBy(account(max), (item) => item.ref, 0, 8),
  });

/** Amounts of one size, so that what is lost and what can bear it meet; from a few atoms to past the largest input. */
export const book: fc.Arbitrary<Book> = fc
  .constantFrom(8n, 60n, 10n ** 12n, 2n ** 64n, 10n ** 37n, 10n ** 40n)
  .chain(bookOf);

export const withRules = (rules: Partial<Book['rules']>) =>
  book.map((input): Book => ({ ...input, rules: { ...input.rules, ...rules } }));

// ── by hand ────────────────────────────────────────────────────────────────────────────────────────────────────

export const handAccount = (ref: string, profit: bigint, rest: Partial<Account> = {}): Account => ({
  ref,
  balance: 0n,
  unrealized: profit,
  gain: null,
  borne: 0n,
  realized: 0n,
  rate: ONE,
  owner: null,
  notional: oracle.positive(profit),
  cost: oracle.positive(profit),
  won: [],
  ...rest,
});

export const handLoss = (
  ref: string,
  deficit: bigint,
  rest: Partial<oracle.PoolLoss> = {},
): oracle.PoolLoss => ({
  ref,
  deficit,
  fundPaid: 0n,
  operatorPaid: 0n,
  owner: null,
  lost: [],
  ...rest,
});

export const handBook = ({
  rules,
  ...rest
}: Partial<Omit<Book, 'rules'>> & { readonly rules?: Partial<Book['rules']> } = {}): Book => ({
  rules: {
    tiers: ['OWN_COLLATERAL', 'OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
    fundReserve: 0n,
    fundCap: null,
    operatorCap: 0n,
    method: 'PRO_RATA',
    leverageExponent: 1,
    maxLeverage: null,
    scope: 'POOL',
    overflow: 'POOL',
    ...rules,
  },
  fundBalance: 0n,
  losses: [],
  accounts: [],
  ...rest,
});
