import type { SimulationRow } from '../db/rows.ts';
import { ACCOUNT_COLUMNS, type AccountColumn } from '../simulation/engine/account-columns.ts';
import type { SimulatedAccounts } from '../simulation/engine/stored.ts';
import { builder } from './builder.ts';
import { type Connection, connectionType } from './connection.ts';
import { badUserInput } from './errors.ts';
import { EstimateType, probability, QuantileType } from './estimates.ts';
import { DEFAULT_PAGE, decodeCursor, encodeCursor, MAX_PAGE } from './paging.ts';
import { AccountRef } from './refs.ts';

const fieldsOf = <Name extends string, Field>(names: readonly Name[], make: (name: Name) => Field) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Field>;

/** One account of a run. */
export interface SimulatedAccount {
  readonly simulation: SimulationRow;
  readonly all: SimulatedAccounts;
  readonly place: number;
  /** Where it stands in the list that it came in. */
  readonly rank: number;
}

export type SortColumn = AccountColumn | 'haircutAtRisk';
const SORTED: readonly SortColumn[] = [...ACCOUNT_COLUMNS, 'haircutAtRisk'];
const inCapitals = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

export const SimulatedAccountColumn = builder.enumType('SimulatedAccountColumn', {
  values: Object.fromEntries(SORTED.map((name) => [inCapitals(name), { value: name }])),
});

const SimulatedAccountRef = builder.objectRef<SimulatedAccount>('SimulatedAccount');
SimulatedAccountRef.implement({
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      resolve: async ({ simulation, all, place }, _, { loaders }) =>
        (await loaders.account.load({
          poolId: simulation.poolId,
          accountNo: all.accountNos[place]!,
        }))!,
    }),
    ...fieldsOf(ACCOUNT_COLUMNS, (name) =>
      t.field({ type: EstimateType, nullable: true, resolve: ({ all, place }) => all.estimate(place, name) }),
    ),
    haircutAtRisk: t.field({
      type: QuantileType,
      args: { level: t.arg.float({ required: true }) },
      resolve: ({ all, place }, { level }) => {
        const quantile = all.haircutAtRisk(place, probability(level, 'level'));
        if (quantile) return quantile;
        throw badUserInput('`level` is none of the simulation’s `levels`: name it when you start one.');
      },
    }),
  }),
});

export const SimulatedAccountConnection = connectionType(SimulatedAccountRef, 'SimulatedAccount');

export interface AccountsArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly sortBy?: SortColumn | null | undefined;
  readonly descending?: boolean | null | undefined;
}

/** A page of the accounts by a column. A cursor is a place in the list, which stays as it is. */
export function connectAccounts(
  simulation: SimulationRow,
  all: SimulatedAccounts,
  { first, after, sortBy, descending }: AccountsArgs,
): Connection<SimulatedAccount> {
  const count = first ?? DEFAULT_PAGE;
  if (count < 0 || count > MAX_PAGE) throw badUserInput(`\`first\` is between 0 and ${MAX_PAGE}.`);
  const isRank = (keys: readonly string[]) => keys.length === 1 && /^\d{1,9}$/.test(keys[0]!);
  const from = after == null ? 0 : Number(decodeCursor(after, 'after', isRank)[0]) + 1;
  return {
    page: async () => {
      const order = all.sortedBy(sortBy ?? 'expectedHaircut', descending ?? true);
      const rows = Array.from(order.subarray(from, from + count), (place, i) => ({
        simulation,
        all,
        place,
        rank: from + i,
      }));
      return { rows, hasNextPage: from + count < order.length, hasPreviousPage: from > 0 };
    },
    count: async () => all.accountNos.length,
    cursorOf: ({ rank }) => encodeCursor([String(rank)]),
  };
}
