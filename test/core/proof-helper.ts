import { hash } from 'node:crypto';
import fc from 'fast-check';
import { ALLOCATION_METHODS, type AllocationMethod } from '../../src/core/allocation/allocation.ts';
import { AtomColumn } from '../../src/core/atom-column.ts';
import type { Bearers } from '../../src/core/bearers.ts';
import {
  type Commitment,
  type CommittedPart,
  type Haircut,
  leafText,
  PROOF_FORMAT,
  type Proof,
  rootText,
  SHEET_FORMAT,
  type SheetHeader,
  toJson,
} from '../../src/core/proof/format.ts';
import { leafOrder, SumTree, sortedLeaves } from '../../src/core/proof/tree.ts';
import type { LossRules } from '../../src/core/rules.ts';
import { Capacity, winnersByMarket } from '../../src/core/socialize.ts';
import { atOnce } from '../../src/core/steps.ts';
import { atoms, byBytes, ref, uniqueBy } from './generators.ts';

/** Settlements by the real allocator, and what they commit to. */

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

export const POOL = 'BTC-PERP';
export const SEQUENCE = 7n;
export const DECIMALS = 2;
export const MARKETS = ['BTC', 'ETH'] as const;

export interface Account {
  readonly ref: string;
  readonly profit: bigint;
  readonly cap: bigint;
  readonly notional?: bigint;
  readonly cost?: bigint;
  readonly equity?: bigint;
  /** Profit by market, where losses are the markets'. */
  readonly wins?: readonly bigint[];
}

/** Losses in thousandths of what can be borne. */
export interface Losses {
  /** Of all profit of the first accounts, as many as `debtors`. */
  readonly recourse?: number;
  readonly debtors?: number;
  readonly markets?: readonly number[];
  readonly pool?: number;
}

export interface Settled {
  readonly rows: readonly Haircut[];
  readonly parts: readonly CommittedPart[];
  readonly profitTotal: bigint;
  /** Where it is not what the tree comes to. */
  readonly total?: bigint;
}

/** `accounts` in the byte order of refs. */
export function settle(accounts: readonly Account[], method: AllocationMethod, losses: Losses): Settled {
  const column = (of: (account: Account) => bigint) => AtomColumn.of(accounts.map(of));
  const notionals = column(({ notional }) => notional ?? 0n);
  const won = accounts.flatMap(({ wins = [] }, bearer) =>
    wins.map((pnl, market) => ({ bearer, market, pnl })).filter(({ pnl }) => pnl > 0n),
  );
  const zero = column(() => 0n);
  const bearers: Bearers = {
    balances: column(({ equity }) => equity ?? 1n),
    unrealized: zero,
    gains: zero,
    borne: zero,
    realized: zero,
    maxRates: zero,
    sizes: { notionals, costs: column(({ cost }) => cost ?? 0n) },
    marketProfits: {
      bearers: won.map(({ bearer }) => bearer),
      markets: won.map(({ market }) => market),
      pnls: AtomColumn.of(won.map(({ pnl }) => pnl)),
      notionals: AtomColumn.of(won.map(({ bearer }) => notionals.get(bearer))),
      costs: AtomColumn.of(won.map(() => 1n)),
    },
  };
  const claims = { profits: column(({ profit }) => profit), caps: column(({ cap }) => cap) };
  const rules = { method, leverageExponent: 2, maxLeverage: null } as unknown as LossRules;
  const capacity = new Capacity(bearers, claims, rules);
  const thousandths = (of: bigint, share = 0) => (of * BigInt(share)) / 1000n;

  const debtors = accounts.map((_, i) => i).slice(0, losses.debtors ?? 1);
  const owed = thousandths(
    debtors.reduce((sum, i) => sum + claims.profits.get(i), 0n),
    losses.recourse,
  );
  if (owed > 0n) atOnce(capacity.recourse(debtors, owed));
  const profitTotal = capacity.profits.sum();
  const winners = atOnce(winnersByMarket(bearers, capacity));
  losses.markets?.forEach((share, market) => {
    const of = winners.get(market);
    if (of) atOnce(capacity.fromMarket(market, of, thousandths(of.claims.caps.sum(), share)));
  });
  atOnce(capacity.fromPool(thousandths(capacity.caps.sum(), losses.pool)));

  const rows = accounts.flatMap(({ ref, profit, cap }, index) => {
    const parts = capacity.parts.flatMap(({ members, claims, weights, haircuts }, i) => {
      const k = members ? members.indexOf(index) : index;
      if (k < 0 || haircuts.get(k) === 0n) return [];
      const [profit, cap] = [claims.profits.get(k), claims.caps.get(k)];
      return { part: i + 1, amount: haircuts.get(k), profit, cap, weight: weights.get(k) };
    });
    const amount = parts.reduce((sum, part) => sum + part.amount, 0n);
    return amount === 0n ? [] : [{ account: ref, amount, profit, cap, parts, salt: saltOf(ref) }];
  });
  const parts = capacity.parts.map(({ scope, marketNo, loss, profitTotal, capacity, figures }, i) => ({
    part: i + 1,
    scope,
    market: marketNo === null ? null : MARKETS[marketNo]!,
    ...figures,
    loss,
    profitTotal,
    capacity,
  }));
  return { rows, parts, profitTotal };
}

const saltOf = (ref: string) => sha256(`salt of ${ref}`).slice(0, 32);

export interface Committed {
  readonly header: SheetHeader;
  readonly rows: readonly Haircut[];
  readonly proofs: readonly Proof[];
  /** The sheet's lines. */
  readonly sheet: readonly string[];
}

/** Commits to whatever it is given, true or not: a dishonest operator's hashes are right as well. */
export function commit({ rows, parts, profitTotal, total }: Settled): Committed {
  const hashes = rows.map((row) => sha256(leafText(POOL, SEQUENCE, row)));
  const tree = new SumTree(sortedLeaves(hashes, AtomColumn.of(rows.map(({ amount }) => amount))), sha256);
  const fields = {
    tree: tree.root.hash,
    total: total ?? tree.root.sum,
    profitTotal,
    leaves: rows.length,
    parts,
  };
  const commitment: Commitment = { root: sha256(rootText(POOL, SEQUENCE, DECIMALS, fields)), ...fields };
  const header = {
    format: SHEET_FORMAT,
    pool: POOL,
    sequence: SEQUENCE,
    decimals: DECIMALS,
    commitment,
  } as const;
  const order = [...atOnce(leafOrder(hashes))];
  const proofs = rows.map((row, i): Proof => {
    const path = tree.path(order.indexOf(i));
    return { ...header, format: PROOF_FORMAT, ...row, path };
  });
  const sheet = [header, ...rows, { end: true, haircuts: rows.length } as const].map(toJson);
  return { header, rows, proofs, sheet };
}

/** A proof as a reader of its JSON has it. */
// biome-ignore lint/suspicious/noExplicitAny: tests spoil documents field by field
export const documentOf = (proof: Proof): any => JSON.parse(toJson(proof));

const small = fc.bigInt({ min: 0n, max: 20n });

const account: fc.Arbitrary<Account> = fc
  .record({
    ref,
    profit: fc.oneof(small, atoms()),
    share: fc.constantFrom(0n, 1n, 3n, 4n, 4n, 4n),
    notional: fc.oneof(small, atoms(10n ** 15n)),
    cost: small,
    equity: fc.bigInt({ min: 1n, max: 50n }),
    wins: fc.tuple(small, small),
  })
  .map(({ share, ...rest }) => ({ ...rest, cap: (rest.profit * share) / 4n }));

export const accounts = uniqueBy(account, ({ ref }) => ref, 1, 9).map((list) =>
  [...list].sort((a, b) => byBytes(a.ref, b.ref)),
);

const share = fc.oneof(fc.constantFrom(0, 1000), fc.integer({ min: 0, max: 1000 }));
export const method = fc.constantFrom(...ALLOCATION_METHODS);
export const losses: fc.Arbitrary<Losses> = fc.record({
  recourse: share,
  debtors: fc.integer({ min: 1, max: 3 }),
  markets: fc.tuple(share, share),
  pool: share,
});

/** Settlements of one to four parts in which somebody gave something up. */
export const settled: fc.Arbitrary<Settled> = fc
  .tuple(accounts, method, losses)
  .map((input) => settle(...input))
  .filter(({ rows }) => rows.length > 0);

/** Four accounts by name, with all that methods weigh. */
export const FOUR: readonly Account[] = [
  {
    ref: 'alice',
    profit: 10_000n,
    cap: 5_000n,
    notional: 90_000n,
    cost: 70_000n,
    equity: 20_000n,
    wins: [3n, 1n],
  },
  {
    ref: 'bob',
    profit: 4_000n,
    cap: 4_000n,
    notional: 8_000n,
    cost: 9_000n,
    equity: 30_000n,
    wins: [1n, 0n],
  },
  {
    ref: 'carol',
    profit: 4_000n,
    cap: 4_000n,
    notional: 8_000n,
    cost: 9_000n,
    equity: 30_000n,
    wins: [1n, 2n],
  },
  { ref: 'dave', profit: 999n, cap: 333n, notional: 5_000n, cost: 100n, equity: 1_000n, wins: [0n, 5n] },
];
