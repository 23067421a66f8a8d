import { type Column, getColumns } from 'drizzle-orm';
import type { AccountRow } from '../db/rows.ts';
import { accountState } from '../db/schema.ts';
import { Views } from './view.ts';

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
const options = {
  columns: getColumns(accountState) as unknown as Record<keyof AccountRow, Column>,
  sources: [
    { from: 'accounts', columns: OF_TABLE },
    { from: 'account_head', columns: OF_HEAD },
    { from: 'account_state' },
  ],
};

export const accountViews = new Views<AccountRow>({ ...options, always: IDENTITY, fields: ACCOUNT_FIELDS });

/** Of a pool's list, whose readers were judged before it is read. */
export const poolAccountViews = new Views<AccountRow>({
  ...options,
  always: ['ref'],
  known: ['poolId'],
  fields: {
    ...ACCOUNT_FIELDS,
    ...{ __typename: [], id: ['ref'], ref: ['ref'], owner: ['owner'], pool: [] },
    margin: [...IDENTITY, ...ACCOUNT_FIELDS.margin],
  },
  others: IDENTITY,
});

/** What an account is known by, and no more. */
export const ACCOUNT_NAME = accountViews.of(new Set());
