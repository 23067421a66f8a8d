import type { GraphQLResolveInfo } from 'graphql';
import { formatScaled, SCALE, trimDecimal } from '../core/decimal.ts';
import type { AccountRow, MarketRow, PositionRow } from '../db/rows.ts';
import {
  criticalPrices,
  type Holding,
  healthOf,
  leverageOf,
  type Margin,
  marginOf,
  marginRatio,
} from '../margin/margin.ts';
import { entryPrice } from '../margin/position.ts';
import { marginTerms } from '../settlement/margin-terms.ts';
import { storedValue } from '../settlement/positions.ts';
import { quantity } from '../settlement/quantity.ts';
import { ACCOUNT_FIELDS } from './account-view.ts';
import { amount } from './amounts.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import {
  AccountHealth,
  AccountMarginRef,
  type AccountName,
  MarketRef,
  type OpenPosition,
  PositionRef,
} from './refs.ts';
import { selectedFields, within } from './selection.ts';

/** A field over the account's state, which a page of accounts may have read already and a haircut's account has not. */
export function ofState<T>(
  account: AccountName | AccountRow,
  name: keyof typeof ACCOUNT_FIELDS,
  { loaders }: Context,
  field: (state: AccountRow) => T,
): T | Promise<T> {
  const state = account as AccountRow;
  for (const column of ACCOUNT_FIELDS[name]) {
    if (state[column] === undefined) return loaders.account.load(account).then((full) => field(full!));
  }
  return field(state);
}

interface Held {
  readonly position: PositionRow;
  readonly market: MarketRow;
}

/** What a position's size and its market's name are: they need nothing of the market beyond its name. */
const SIZES: ReadonlySet<string> = new Set(['size', 'market', '__typename']);
const NAMES: ReadonlySet<string> = new Set(['symbol', 'id', '__typename']);

/** The positions with as much of their markets as is selected under them. */
export async function positionsFor(
  context: Context,
  account: AccountName,
  info: GraphQLResolveInfo,
): Promise<OpenPosition['all']> {
  const isNamesOnly = within(selectedFields(info), SIZES) && within(selectedFields(info, ['market']), NAMES);
  if (!isNamesOnly) return readPositions(context, account);
  const positions = await context.loaders.positions.load(account);
  // Its number and its symbol: what a market is known by.
  return positions.map((position) => ({ position, market: position as Partial<MarketRow> as MarketRow }));
}

/** An account's open positions in the order of the markets, which is that of their symbols. */
export async function readPositions({ loaders }: Context, account: AccountName): Promise<Held[]> {
  const [positions, markets] = await Promise.all([
    loaders.positions.load(account),
    loaders.markets.load(account),
  ]);
  const byNo = new Map(positions.map((position) => [position.marketNo, position]));
  return markets.flatMap((market) => {
    const position = byNo.get(market.marketNo);
    return position ? [{ position, market }] : [];
  });
}

const holding = ({ position, market }: Held, mark = market.markPrice): Holding => ({
  position: { size: quantity(position.size), cost: storedValue(position.cost) },
  terms: marginTerms(market, mark),
});

const optional = (value: bigint | null): string | null =>
  value === null ? null : trimDecimal(formatScaled(value, SCALE));

export const HypotheticalMarkInput = builder.inputType('HypotheticalMarkInput', {
  fields: (t) => ({
    market: t.string({ required: true }),
    price: t.field({ type: 'Decimal', required: true }),
  }),
});

/** The margin of an account, at the present marks but for those given. */
export async function marginOfAccount(
  context: Context,
  account: AccountName | AccountRow,
  marks: readonly { readonly market: string; readonly price: string }[],
) {
  const prices = new Map(marks.map(({ market, price }) => [market, price]));
  if (prices.size < marks.length) throw badUserInput('`marks` names a market twice: keep one.');
  const symbols = new Set((await context.loaders.markets.load(account)).map(({ symbol }) => symbol));
  for (const { market, price } of marks) {
    if (!symbols.has(market)) throw badUserInput('`marks` names a market that the pool does not have.');
    if (!/^\d{1,20}(\.\d{1,18})?$/.test(price))
      throw badUserInput('A mark is at least 0, below 10^20, with at most 18 fraction digits.');
  }
  const holdings = (await readPositions(context, account)).map((held) =>
    holding(held, prices.get(held.market.symbol)),
  );
  const { decimals } = context.pools.get(account.poolId);
  const balance = await ofState(account, 'balance', context, (state) => state.balance);
  return { ...marginOf(balance, holdings, decimals), poolId: account.poolId };
}

AccountMarginRef.implement({
  fields: (t) => {
    const sum = (of: keyof Margin) =>
      t.field({
        type: 'Decimal',
        resolve: (margin, _, context) => amount(context, margin.poolId, margin[of]),
      });
    return {
      equity: sum('equity'),
      notional: sum('notional'),
      initialMargin: sum('initial'),
      maintenanceMargin: sum('maintenance'),
      marginRatio: t.field({
        type: 'Decimal',
        nullable: true,
        resolve: (margin) => optional(marginRatio(margin)),
      }),
      effectiveLeverage: t.field({
        type: 'Decimal',
        nullable: true,
        resolve: (margin) => optional(leverageOf(margin)),
      }),
      health: t.field({ type: AccountHealth, resolve: (margin) => healthOf(margin) }),
    };
  },
});

/** One position by itself: its sums are rounded by themselves. */
const alone = (context: Context, { all, index, account }: OpenPosition): Margin =>
  marginOf(0n, [holding(all[index]!)], context.pools.get(account.poolId).decimals);

async function prices(context: Context, { all, index, account }: OpenPosition) {
  const balance = await ofState(account, 'balance', context, (state) => state.balance);
  const holdings = all.map((held) => holding(held));
  return criticalPrices(balance, holdings, index, context.pools.get(account.poolId).decimals);
}

PositionRef.implement({
  fields: (t) => {
    const sum = (of: 'notional' | 'unrealized' | 'initial' | 'maintenance') =>
      t.field({
        type: 'Decimal',
        resolve: (open, _, context) => amount(context, open.account.poolId, alone(context, open)[of]),
      });
    const price = (of: 'liquidation' | 'bankruptcy') =>
      t.field({
        type: 'Decimal',
        nullable: true,
        resolve: async (open, _, context) => optional((await prices(context, open))[of]),
      });
    return {
      market: t.field({ type: MarketRef, resolve: ({ all, index }) => all[index]!.market }),
      size: t.field({ type: 'Decimal', resolve: ({ all, index }) => trimDecimal(all[index]!.position.size) }),
      entryPrice: t.field({
        type: 'Decimal',
        resolve: ({ all, index }) => {
          const { position, terms } = holding(all[index]!);
          return trimDecimal(formatScaled(entryPrice(position, terms.contractSize), SCALE));
        },
      }),
      notional: sum('notional'),
      unrealizedPnl: sum('unrealized'),
      initialMargin: sum('initial'),
      maintenanceMargin: sum('maintenance'),
      liquidationPrice: price('liquidation'),
      bankruptcyPrice: price('bankruptcy'),
    };
  },
});
