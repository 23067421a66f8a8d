import type { builder } from './builder.ts';
import { connectionType } from './connection.ts';
import { AccountRef, FundEntryRef, HaircutRef, LossEventRef, PoolRef, SettlementRef } from './refs.ts';

export const PoolConnection = connectionType(PoolRef, 'Pool');
export const AccountConnection = connectionType(AccountRef, 'Account');
export const LossEventConnection = connectionType(LossEventRef, 'LossEvent');
export const SettlementConnection = connectionType(SettlementRef, 'Settlement');
export const HaircutConnection = connectionType(HaircutRef, 'Haircut');
export const FundEntryConnection = connectionType(FundEntryRef, 'FundEntry');

type FieldArgs = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg'];

/** The four arguments of every connection. */
export const pageArgs = (arg: FieldArgs) => ({
  first: arg.int(),
  after: arg.string(),
  last: arg.int(),
  before: arg.string(),
});
