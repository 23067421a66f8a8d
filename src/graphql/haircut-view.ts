import { type Column, getColumns } from 'drizzle-orm';
import type { GraphQLResolveInfo } from 'graphql';
import type { HaircutRow } from '../db/rows.ts';
import { haircutNotice } from '../db/schema.ts';
import { isKnownThere } from './recall.ts';
import { CURSOR, NODES, selectedFields, selectedOfPage, within } from './selection.ts';
import { asText, type View, Views } from './view.ts';

/** A haircut of a page: amounts of which nothing is asked but to be printed stay as the database prints them. */
export interface ListedHaircut extends HaircutRow {
  readonly profitText?: string | undefined;
  readonly capText?: string | undefined;
  readonly amountText?: string | undefined;
  readonly balanceAfterText?: string | undefined;
}

const stored = getColumns(haircutNotice) as unknown as Record<keyof HaircutRow, Column>;
const columns: Record<keyof ListedHaircut, Column> = {
  ...stored,
  profitText: asText(stored.profit),
  capText: asText(stored.cap),
  amountText: asText(stored.amount),
  balanceAfterText: asText(stored.balanceAfter),
};
const STORED = Object.keys(stored) as (keyof HaircutRow)[];
const OF_ACCOUNT = ['accountRef', 'accountOwner'] as const;

/** What each field of a haircut is made of. */
const FIELDS = {
  id: ['poolId', 'sequence', 'accountNo', 'accountRef'],
  sequence: ['sequence'],
  previousSequence: ['previousSequence'],
  settlement: ['poolId', 'sequence'],
  account: ['poolId', 'accountNo', ...OF_ACCOUNT],
  profit: ['poolId', 'profitText'],
  cap: ['poolId', 'capText'],
  amount: ['poolId', 'amountText'],
  recovered: ['poolId', 'accountNo', 'sequence'],
  proof: STORED,
  balanceBefore: ['poolId', 'balanceAfter', 'amount'],
  balanceAfter: ['poolId', 'balanceAfterText'],
  /** `account`, where nothing but its ref is asked for. */
  accountRef: ['accountNo', 'accountRef'],
} as const satisfies Record<string, readonly (keyof ListedHaircut)[]>;

const IS_KNOWN = isKnownThere('h.account_no');
/** The haircuts of a pool `k` with the names of their accounts, unless its book in memory has these. */
const NAMED_IN_POOL = `(
  select h.*,
    case when ${IS_KNOWN} then null else
      (select a.ref from accounts a where a.pool_id = k.pool_id and a.account_no = h.account_no) end as account_ref,
    case when ${IS_KNOWN} then null else
      (select a.owner from accounts a where a.pool_id = k.pool_id and a.account_no = h.account_no) end as account_owner
  from haircuts h where h.pool_id = k.pool_id)`;

const ofTable = {
  from: 'haircuts',
  columns: STORED.filter((name) => !(OF_ACCOUNT as readonly string[]).includes(name)),
};
const options = { columns, always: [] };

/** Haircuts of an account, and of a settlement. */
const ofAccount = new Views<ListedHaircut>({
  ...options,
  sources: [ofTable, { from: 'haircut_notice' }],
  fields: { ...FIELDS, [CURSOR]: ['sequence'] },
  known: ['poolId', 'accountNo', ...OF_ACCOUNT],
});
const ofSettlement = new Views<ListedHaircut>({
  ...options,
  sources: [ofTable, { from: NAMED_IN_POOL, columns: STORED, recalls: true }, { from: 'haircut_notice' }],
  fields: { ...FIELDS, [CURSOR]: ['ordinal'] },
  known: ['poolId', 'sequence'],
});

export const viewOfAccount = (info: GraphQLResolveInfo): View<ListedHaircut> =>
  ofAccount.of(selectedOfPage(info));

/** @param filtered whether a filter asks who owns the accounts */
export const viewOfSettlement = (info: GraphQLResolveInfo, filtered: boolean): View<ListedHaircut> =>
  ofSettlement.of(wantedOf(info), filtered);

const REF: ReadonlySet<string> = new Set(['ref', '__typename']);
const withoutAccount = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

function wantedOf(info: GraphQLResolveInfo): ReadonlySet<string> {
  const fields = selectedOfPage(info);
  if (!fields.has('account')) return fields;
  if (!within(selectedFields(info, [...NODES, 'account']), REF)) return fields;
  const found = withoutAccount.get(fields);
  if (found) return found;
  const wanted = new Set(fields);
  wanted.delete('account');
  wanted.add('accountRef');
  withoutAccount.set(fields, wanted);
  return wanted;
}
