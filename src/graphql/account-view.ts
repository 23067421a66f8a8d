import { type Column, getColumns } from 'drizzle-orm';
import type { AccountRow } from '../db/rows.ts';
import { accountState } from '../db/schema.ts';
import { STANDS_THERE } from './recall.ts';
import { asText, Views } from './view.ts';

const IDENTITY = ['poolId', 'accountNo', 'ref', 'owner'] as const;
const OF_TABLE = [...IDENTITY, 'status', 'maxHaircutRate', 'isolatedMarketNo'] as const;
const OF_HEAD = [...OF_TABLE, 'balance', 'borne', 'realized', 'lastNoticeSequence'] as const;

/** What each field of an account is made of. */
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
} as const satisfies Record<string, readonly (keyof AccountRow)[]>;

/** The table, its latest posting, its positions at the marks. */
const tables = [
  { from: 'accounts', columns: OF_TABLE },
  { from: 'account_head', columns: OF_HEAD },
  { from: 'account_state' },
];
const stored = getColumns(accountState) as unknown as Record<keyof AccountRow, Column>;
const options = { columns: stored, sources: tables };

/** An account of a list: amounts of which nothing is asked but to be printed stay as the database prints them. */
export interface ListedAccount extends AccountRow {
  readonly balanceText?: string | undefined;
  readonly unrealizedPnlText?: string | undefined;
  readonly equityText?: string | undefined;
}

export const accountViews = new Views<AccountRow>({ ...options, always: IDENTITY, fields: ACCOUNT_FIELDS });

/**
 * The accounts of a pool `k` with their equity: what account_state has of it, for a pool that the planner knows. It reads the markets
 * once, and not for every account; and neither haircuts nor positions where the pool stands at the place of its book in memory.
 */
const EQUITY_OF_POOL = `(
  select a.pool_id, a.account_no, a.ref, a.owner, a.status, a.max_haircut_rate, a.isolated_market_no,
    case when ${STANDS_THERE} then null else coalesce((select case when h.sequence > a.head_sequence then h.balance_after end
      from haircuts h where h.pool_id = a.pool_id and h.account_no = a.account_no
      order by h.sequence desc, h.restores desc limit 1), a.balance) end as balance,
    case when ${STANDS_THERE} then null else coalesce(floor((select sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price))
      from positions s join markets m on m.pool_id = k.pool_id and m.market_no = s.market_no
      where s.pool_id = k.pool_id and s.account_no = a.account_no and s.size <> 0)
      * (select atoms_per_unit(p.decimals) from pools p where p.pool_id = k.pool_id)), 0) end as unrealized
  from accounts a where a.pool_id = k.pool_id)`;

/** Of a pool's list, whose readers were judged before it is read. */
export const poolAccountViews = new Views<ListedAccount>({
  columns: {
    ...stored,
    balanceText: asText(stored.balance),
    unrealizedPnlText: asText(stored.unrealized),
    equityText: asText(stored.balance, stored.unrealized),
  },
  sources: [
    tables[0]!,
    { from: EQUITY_OF_POOL, columns: [...OF_TABLE, 'balance', 'unrealized'], recalls: true },
    ...tables.slice(1),
  ],
  always: ['ref'],
  known: ['poolId'],
  fields: {
    ...ACCOUNT_FIELDS,
    ...{ __typename: [], id: ['ref'], ref: ['ref'], owner: ['owner'], pool: [] },
    margin: [...IDENTITY, ...ACCOUNT_FIELDS.margin],
    balance: ['accountNo', 'balanceText'],
    unrealizedPnl: ['accountNo', 'unrealizedPnlText'],
    equity: ['accountNo', 'equityText'],
  },
  others: IDENTITY,
});

/** What an account is known by, and no more. */
export const ACCOUNT_NAME = accountViews.of(new Set());
