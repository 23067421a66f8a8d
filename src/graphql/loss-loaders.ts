import DataLoader from 'dataloader';
import type postgres from 'postgres';
import type { CommittedPart } from '../core/proof/format.ts';
import {
  type FundEntryRow,
  fundEntryRow,
  type HaircutRow,
  haircutRow,
  type LiquidationCloseRow,
  type LiquidationRow,
  type LossEventRow,
  liquidationCloseRow,
  liquidationRow,
  lossEventRow,
  type RecoveryRow,
  type ReversalRow,
  recoveryRow,
  reversalRow,
  type SettlementRoot,
  type SettlementRow,
  settlementRootRow,
  settlementRow,
} from '../db/rows.ts';
import { committedPart, type HaircutProof, readProofs } from '../settlement/proofs.ts';
import {
  type AccountKey,
  byHaircut,
  byRef,
  bySequence,
  type DatabaseReads,
  firsts,
  type HaircutKey,
  ids,
  many,
  type NamedKey,
  one,
  type Reads,
  type SequenceKey,
  sequences,
  total,
} from './loader-kit.ts';

export interface SettlementMarkRow {
  readonly symbol: string;
  readonly price: string;
}

// A recovery `c` with the sums of what it gave back.
const returned = (sql: postgres.Sql) => sql`cross join lateral (
    select coalesce(sum(recourse), 0) as recourse, coalesce(sum(operator_capital), 0) as operator_capital,
           coalesce(sum(fund_draw), 0) as fund_draw, coalesce(sum(socialized), 0) as socialized
    from returned_shares r where r.pool_id = c.pool_id and r.event_sequence = c.event_sequence and r.sequence = c.sequence) r`;

/** Losses, what settled them, and what came back. */
export const lossLookups = {
  recoveredOfHaircut: ({ sql, haircutKeys }: DatabaseReads) =>
    one<AccountKey & SequenceKey, bigint>(
      (keys) => sql`
        select k.k, -sum(h.amount) as total from ${haircutKeys(keys)}
        join haircuts h on h.pool_id = k.pool_id and h.account_no = k.account_no and h.restores = k.sequence group by k.k`,
      total,
      byHaircut,
    ),
  /** The haircut that an account bore in a settlement. */
  haircutOf: ({ sql, haircutKeys }: DatabaseReads) =>
    one<AccountKey & SequenceKey, HaircutRow>(
      (keys) => sql`
        select k.k, h.* from ${haircutKeys(keys)} join haircut_notice h
          on h.pool_id = k.pool_id and h.account_no = k.account_no and h.sequence = k.sequence and h.restores is null`,
      haircutRow,
      byHaircut,
    ),
  liquidation: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, LiquidationRow>(
      (keys) => sql`
        select k.k, l.* from ${sequenceKeys(keys)} join liquidations l on l.pool_id = k.pool_id and l.sequence = k.sequence`,
      liquidationRow,
      bySequence,
    ),
  closesOfLiquidation: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, LiquidationCloseRow & { readonly symbol: string }>(
      (keys) => sql`
        select k.k, c.*, m.symbol from ${sequenceKeys(keys)}
        join liquidation_closes c on c.pool_id = k.pool_id and c.sequence = k.sequence
        join markets m on m.pool_id = c.pool_id and m.market_no = c.market_no order by c.ordinal`,
      (raw) => ({ ...liquidationCloseRow(raw), symbol: raw.symbol as string }),
      bySequence,
    ),
  fundEntry: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, FundEntryRow>(
      (keys) => sql`
        select k.k, f.* from ${sequenceKeys(keys)}
        join fund_entries f on f.pool_id = k.pool_id and f.sequence = k.sequence`,
      fundEntryRow,
      bySequence,
    ),
  lossEvent: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${sequenceKeys(keys)}
        join loss_events e on e.pool_id = k.pool_id and e.sequence = k.sequence`,
      lossEventRow,
      bySequence,
    ),
  lossEventByRef: ({ sql, namedKeys }: DatabaseReads) =>
    one<NamedKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${namedKeys(keys)}
        join loss_events e on e.pool_id = k.pool_id and e.ref = k.ref`,
      lossEventRow,
      byRef,
    ),
  settlementRoot: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, SettlementRoot>(
      (keys) => sql`
        select k.k, r.* from ${sequenceKeys(keys)} join settlement_roots r on r.pool_id = k.pool_id and r.sequence = k.sequence`,
      settlementRootRow,
      bySequence,
    ),
  settlementParts: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, CommittedPart>(
      (keys) => sql`
        select k.k, p.*, m.symbol from ${sequenceKeys(keys)}
        join settlement_parts p on p.pool_id = k.pool_id and p.sequence = k.sequence
        left join markets m on m.pool_id = p.pool_id and m.market_no = p.market_no order by p.part`,
      committedPart,
      bySequence,
    ),
  reversal: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, ReversalRow>(
      (keys) => sql`
        select k.k, r.* from ${sequenceKeys(keys)} join reversals r on r.pool_id = k.pool_id and r.sequence = k.sequence`,
      reversalRow,
      bySequence,
    ),
  reversalOfSettlement: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, ReversalRow>(
      (keys) => sql`
        select k.k, r.* from ${sequenceKeys(keys)}
        join reversals r on r.pool_id = k.pool_id and r.settlement_sequence = k.sequence`,
      reversalRow,
      bySequence,
    ),
  /** The settlement that a commit took back. */
  reversedSettlement: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, SettlementRow>(
      (keys) => sql`
        select k.k, s.* from ${sequenceKeys(keys)} join reversals r on r.pool_id = k.pool_id and r.sequence = k.sequence
        join settlements s on s.pool_id = r.pool_id and s.sequence = r.settlement_sequence`,
      settlementRow,
      bySequence,
    ),
  recovery: ({ sql, sequenceKeys }: DatabaseReads) =>
    one<SequenceKey, RecoveryRow>(
      (keys) => sql`
        select k.k, c.*, r.* from ${sequenceKeys(keys)}
        join recoveries c on c.pool_id = k.pool_id and c.sequence = k.sequence ${returned(sql)}`,
      recoveryRow,
      bySequence,
    ),
  recoveriesOfEvent: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, RecoveryRow>(
      (keys) => sql`
        select k.k, c.*, r.* from ${sequenceKeys(keys)}
        join recoveries c on c.pool_id = k.pool_id and c.event_sequence = k.sequence ${returned(sql)} order by c.sequence`,
      recoveryRow,
      bySequence,
    ),
  settlementsOfEvent: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, SettlementRow>(
      (keys) => sql`
        select k.k, s.* from ${sequenceKeys(keys)}
        join settlement_events e on e.pool_id = k.pool_id and e.event_sequence = k.sequence
        join settlements s on s.pool_id = e.pool_id and s.sequence = e.sequence order by s.sequence`,
      settlementRow,
      bySequence,
    ),
  eventsOfSettlement: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, LossEventRow>(
      (keys) => sql`
        select k.k, e.* from ${sequenceKeys(keys)}
        join settlement_events s on s.pool_id = k.pool_id and s.sequence = k.sequence
        join loss_events e on e.pool_id = s.pool_id and e.sequence = s.event_sequence order by e.ref`,
      lossEventRow,
      bySequence,
    ),
  marksOfSettlement: ({ sql, sequenceKeys }: DatabaseReads) =>
    many<SequenceKey, SettlementMarkRow>(
      (keys) => sql`
        select k.k, m.symbol, s.price from ${sequenceKeys(keys)}
        join settlement_marks s on s.pool_id = k.pool_id and s.sequence = k.sequence
        join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no order by m.symbol`,
      (raw) => ({ symbol: raw.symbol as string, price: raw.price as string }),
      bySequence,
    ),
  haircut: ({ sql }: DatabaseReads) =>
    one<HaircutKey, HaircutRow>(
      (keys) => sql`
        select k.k, h.* from unnest(${ids(keys)}::int[], ${sequences(keys)}::bigint[], ${keys.map((key) => key.accountRef)}::text[])
          with ordinality as k(pool_id, sequence, account_ref, k)
        join haircut_notice h on h.pool_id = k.pool_id and h.sequence = k.sequence and h.account_ref = k.account_ref
          and h.restores is null`,
      haircutRow,
      (key) => `${key.poolId}/${key.sequence}/${key.accountRef}`,
    ),
};

/** Of them, what an operation looks up in its own way. */
export const lossLoaders = {
  proof: ({ db, pools, budget }: Reads) =>
    new DataLoader<HaircutRow, HaircutProof | null, string>(
      async (haircuts) => {
        budget.takeProofs(haircuts.length);
        return readProofs(db, haircuts, (poolId) => pools.get(poolId));
      },
      { cacheKeyFn: byHaircut },
    ),
  settlement: ({ db, sql, sequenceKeys, settlements, memory }: Reads) => {
    const read = (keys: readonly SequenceKey[]) =>
      firsts(
        keys,
        (missing) => sql`
          select k.k, s.* from ${sequenceKeys(missing)}
          join settlements s on s.pool_id = k.pool_id and s.sequence = k.sequence`,
        settlementRow,
      );
    const loader = new DataLoader<SequenceKey, SettlementRow | null, string>(
      (keys) => memory.find(db, keys, read),
      { cacheKeyFn: bySequence },
    );
    for (const known of settlements) loader.prime(known, known);
    return loader;
  },
};
