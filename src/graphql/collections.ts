import {
  type AccountRow,
  accountRow,
  type FundEntryRow,
  fundEntryRow,
  type HaircutRow,
  haircutRow,
  type LossEventRow,
  lossEventRow,
  type PoolRow,
  poolRow,
  type SettlementRow,
  settlementRow,
} from '../db/rows.ts';
import type { Collection } from './paging.ts';
import type { AccountName } from './refs.ts';

/** Every list that pages. All run oldest first, or in the byte order of names. */

interface OfPool {
  readonly poolId: number;
}

const ofPool = {
  parentKeys: ({ poolId }: OfPool) => [String(poolId)],
  parentColumns: ['pool_id int'],
  where: 't.pool_id = k.pool_id',
};

const isNames = (count: number) => (keys: readonly string[]) =>
  keys.length === count && keys.every((key) => !key.includes('\0'));
const isNumber = (keys: readonly string[]) => keys.length === 1 && /^\d{1,18}$/.test(keys[0]!);
/** What an int holds. */
const isOrdinal = (keys: readonly string[]) => keys.length === 1 && /^\d{1,9}$/.test(keys[0]!);

const bySequence = {
  order: [{ column: 'sequence', type: 'bigint' }],
  isKeys: isNumber,
  keysOf: ({ sequence }: { sequence: bigint }) => [sequence.toString()],
};

const byRef = {
  order: [{ column: 'ref', type: 'text' }],
  isKeys: isNames(1),
  keysOf: ({ ref }: { ref: string }) => [ref],
};

export const poolAccounts: Collection<OfPool, AccountRow> = {
  list: 'poolAccounts',
  ...ofPool,
  ...byRef,
  knownOf: ({ poolId }) => ({ poolId }),
  from: 'account_state',
  countFrom: 'accounts',
  decode: accountRow,
};

export const poolLossEvents: Collection<OfPool, LossEventRow> = {
  list: 'poolLossEvents',
  ...ofPool,
  ...bySequence,
  from: 'loss_events',
  countFrom: 'loss_events',
  decode: lossEventRow,
};

export const poolSettlements: Collection<OfPool, SettlementRow> = {
  list: 'poolSettlements',
  ...ofPool,
  ...bySequence,
  from: 'settlements',
  countFrom: 'settlements',
  decode: settlementRow,
};

export const fundEntriesOfPool: Collection<OfPool, FundEntryRow> = {
  list: 'fundEntriesOfPool',
  ...ofPool,
  ...bySequence,
  from: 'fund_entries',
  countFrom: 'fund_entries',
  decode: fundEntryRow,
};

export const accountHaircuts: Collection<AccountName, HaircutRow> = {
  list: 'accountHaircuts',
  ...bySequence,
  knownOf: ({ poolId, accountNo, ref, owner }) => ({
    poolId,
    accountNo,
    accountRef: ref,
    accountOwner: owner,
  }),
  parentKeys: ({ poolId, accountNo }) => [String(poolId), String(accountNo)],
  parentColumns: ['pool_id int', 'account_no int'],
  // Rows below zero give back.
  where: 't.pool_id = k.pool_id and t.account_no = k.account_no and t.restores is null',
  from: 'haircut_notice',
  countFrom: 'haircuts',
  decode: haircutRow,
};

export const settlementHaircuts: Collection<{ poolId: number; sequence: bigint }, HaircutRow> = {
  list: 'settlementHaircuts',
  parentKeys: ({ poolId, sequence }) => [String(poolId), String(sequence)],
  parentColumns: ['pool_id int', 'sequence bigint'],
  knownOf: ({ poolId, sequence }) => ({ poolId, sequence }),
  where: 't.pool_id = k.pool_id and t.sequence = k.sequence',
  from: 'haircut_notice',
  countFrom: 'haircuts',
  // The ordinal is the rank of the account's ref: the same order, in the primary key.
  order: [{ column: 'ordinal', type: 'int' }],
  isKeys: isOrdinal,
  keysOf: ({ ordinal }) => [String(ordinal)],
  decode: haircutRow,
};

export const allPools: Collection<object, PoolRow> = {
  list: 'allPools',
  parentKeys: () => [],
  parentColumns: [],
  where: 'true',
  from: 'pools',
  countFrom: 'pools',
  order: [{ column: 'name', type: 'text' }],
  isKeys: isNames(1),
  keysOf: ({ name }) => [name],
  decode: poolRow,
};

export const allAccounts: Collection<object, AccountRow> = {
  list: 'allAccounts',
  parentKeys: () => [],
  parentColumns: [],
  where: 'true',
  from: 'account_of_pool',
  countFrom: 'account_of_pool',
  order: [
    { column: 'pool_name', type: 'text' },
    { column: 'ref', type: 'text' },
  ],
  isKeys: isNames(2),
  keysOf: () => [],
  decode: accountRow,
};
