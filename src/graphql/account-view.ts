import { type Column as DrizzleColumn, getColumns } from 'drizzle-orm';
import { type AccountRow, decoder } from '../db/rows.ts';
import { accountState } from '../db/schema.ts';

type Column = keyof AccountRow;

/** What every account is known by, and what its lists are ordered by. */
const IDENTITY = ['poolId', 'accountNo', 'ref', 'owner'] as const satisfies readonly Column[];

/** What each field of an account is made of, beyond that. A field that is not named reads what it needs by itself. */
export const ACCOUNT_FIELDS = {
  status: ['status'],
  balance: ['balance'],
  unrealizedPnl: ['unrealized'],
  equity: ['balance', 'unrealized'],
  isolatedMarket: ['isolatedMarketNo'],
  margin: ['balance'],
  maxHaircutRate: ['maxHaircutRate'],
  profit: ['gain'],
  haircutableProfit: ['balance', 'unrealized', 'gain', 'borne', 'realized', 'unmarked', 'status'],
  lastNoticeSequence: ['lastNoticeSequence'],
} as const satisfies Record<string, readonly Column[]>;

export type AccountField = keyof typeof ACCOUNT_FIELDS;

/** Where columns come from, the cheapest first: the table, its latest posting, its positions at the marks. */
const SOURCES: readonly (readonly [from: string, columns: readonly Column[] | null])[] = [
  ['accounts', [...IDENTITY, 'status', 'maxHaircutRate', 'isolatedMarketNo']],
  [
    'account_head',
    [
      ...IDENTITY,
      'status',
      'maxHaircutRate',
      'isolatedMarketNo',
      'balance',
      'borne',
      'realized',
      'lastNoticeSequence',
    ],
  ],
  ['account_state', null],
];

/** What to read of accounts: a table or view, and its columns as SQL has them. */
export interface AccountView {
  readonly from: string;
  readonly select: string;
  /** Leaves undefined what is not selected. */
  readonly decode: (raw: Record<string, unknown>) => AccountRow;
}

const views = new Map<string, AccountView>();
const ofFields = [
  new WeakMap<ReadonlySet<string>, AccountView>(),
  new WeakMap<ReadonlySet<string>, AccountView>(),
];
const columnOf = getColumns(accountState) as unknown as Record<Column, DrizzleColumn>;

/** The least that has all columns that some fields are made of. `computed`: a filter reads what only positions tell. */
export function accountView(fields: ReadonlySet<string>, computed = false): AccountView {
  const known = ofFields[Number(computed)]!;
  const view = known.get(fields) ?? findView(fields, computed);
  known.set(fields, view);
  return view;
}

/** What an account is known by, and no more. */
export const NAME_VIEW = accountView(new Set());

function findView(fields: ReadonlySet<string>, computed: boolean): AccountView {
  const wanted = new Set<Column>(IDENTITY);
  for (const field of fields) {
    for (const column of ACCOUNT_FIELDS[field as AccountField] ?? []) wanted.add(column);
  }
  const columns = [...wanted].sort();
  const key = `${computed} ${columns}`;
  const known = views.get(key);
  if (known) return known;
  const [from] = SOURCES.find(
    ([, has]) => has === null || (!computed && columns.every((column) => has.includes(column))),
  )!;
  const view = {
    from,
    select: columns.map((column) => `t.${columnOf[column].name}`).join(', '),
    decode: decoder<AccountRow>(Object.fromEntries(columns.map((column) => [column, columnOf[column]]))),
  };
  views.set(key, view);
  return view;
}
