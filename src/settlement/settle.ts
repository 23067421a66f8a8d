import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PostingBatch } from '../core/postings.ts';
import { afterHaircut } from '../core/profit.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { type SettlementOutcome, settleJointly } from '../core/settlement.ts';
import { type Bearers, readBearers } from './bearers.ts';
import { checkItems } from './check.ts';
import { writeFundEntry, writePostings } from './ledger.ts';
import { quantity } from './quantity.ts';
import {
  type Committed,
  findable,
  inPool,
  type LockedPool,
  type PoolTransaction,
  type Runtime,
  type Sql,
} from './transaction.ts';

/** A loss event that is still to be covered, at the deficit that its next settlement starts from. */
export interface OpenEvent {
  readonly ref: string;
  readonly sequence: bigint;
  readonly accountNo: number;
  readonly deficit: bigint;
  /** How many settlements it has been part of. */
  readonly rounds: number;
}

interface EventRow {
  ref: string;
  sequence: string;
  account_no: number;
  uncovered: string;
  rounds: number;
  status: string;
}

const listPath: Path = ['input', 'lossEvents'];

/** The shape of `lossEvents`, before anything is read. Null means all that are open. */
export function checkEventRefs(refs: readonly string[] | null | undefined): readonly string[] | null {
  if (refs == null) return null;
  if (refs.length === 0) {
    throw new Refusal(
      'NOTHING_TO_SETTLE',
      'The list names no loss event: leave it out to settle all that are open.',
      listPath,
    );
  }
  checkItems(refs, 'loss events', listPath);
  refs.forEach((ref, index) => {
    if (refs.indexOf(ref) !== index) {
      throw new Refusal('INVALID_INPUT', 'The list names this loss event twice: keep one.', [
        ...listPath,
        index,
      ]);
    }
  });
  return refs;
}

/** The open events of a pool, or those named: OPEN and PARTIALLY_COVERED ones may be, in any order. */
export async function readEvents(
  sql: Sql,
  poolId: number,
  refs: readonly string[] | null,
): Promise<OpenEvent[]> {
  const rows = refs
    ? await sql<EventRow[]>`
        select ref, sequence, account_no, uncovered, rounds, status from loss_events
        where pool_id = ${poolId} and ref = any(${refs.filter(findable)}::text[])`
    : await sql<EventRow[]>`
        select ref, sequence, account_no, uncovered, rounds, status from loss_events
        where pool_id = ${poolId} and status = 'OPEN'`;
  const byRef = new Map(rows.map((row) => [row.ref, row]));
  refs?.forEach((ref, index) => {
    const status = byRef.get(ref)?.status;
    if (status === undefined) {
      throw new Refusal('NOT_FOUND', 'There is no loss event of that ref in the pool.', [...listPath, index]);
    }
    if (status === 'SETTLED') {
      throw new Refusal('LOSS_ALREADY_SETTLED', 'This loss event is covered in full: leave it out.', [
        ...listPath,
        index,
      ]);
    }
  });
  return rows.map((row) => ({
    ref: row.ref,
    sequence: BigInt(row.sequence),
    accountNo: row.account_no,
    deficit: BigInt(row.uncovered),
    rounds: row.rounds,
  }));
}

/** What settling these losses would do now: the one computation behind settleLosses and previewSettlement. */
export async function computeSettlement<L extends { ref: string; deficit: bigint }>(
  sql: Sql,
  pool: LockedPool,
  losses: readonly L[],
): Promise<{ bearers: Bearers; outcome: SettlementOutcome<L> }> {
  const bearers = await readBearers(sql, pool.poolId, pool.decimals, quantity(pool.maxHaircutRate));
  const { waterfall, method, fundBalance, fundReserve } = pool;
  const outcome = settleJointly({ waterfall, method, fundBalance, fundReserve, losses, claims: bearers });
  return { bearers, outcome };
}

/** Runs the waterfall and the allocator over the pool's open losses, or those named, in one transaction. */
export async function settleLosses(
  runtime: Runtime,
  input: { pool: string; idempotencyKey: string; lossEvents?: readonly string[] | null },
): Promise<Committed> {
  const { idempotencyKey } = input;
  const refs = checkEventRefs(input.lossEvents);
  return inPool(
    runtime,
    { mutation: 'settleLosses', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { sql, pool } = tx;
      const events = await readEvents(sql, pool.poolId, refs);
      if (events.length === 0) {
        throw new Refusal('NOTHING_TO_SETTLE', 'No loss is open in the pool: report a bankruptcy first.', [
          'input',
          'pool',
        ]);
      }
      const { bearers, outcome } = await computeSettlement(sql, pool, events);
      const fundBalance = pool.fundBalance - outcome.fundDraw;
      const sequence = await tx.advance({ fundBalance });
      await writeSettlement(tx, sequence, outcome);
      if (outcome.fundDraw > 0n) {
        const entry = {
          kind: 'LOSS_DRAW',
          amount: -outcome.fundDraw,
          balanceAfter: fundBalance,
          ref: null,
        } as const;
        await writeFundEntry(tx, sequence, entry);
      }
      await creditBankrupts(tx, sequence, outcome);
      await writeHaircuts(tx, sequence, bearers, outcome);
      await tx.notice('SETTLED', sequence);
      return { sequence, count: outcome.haircutCount };
    },
  );
}

async function writeSettlement(
  { sql, pool, now }: PoolTransaction,
  at: bigint,
  outcome: SettlementOutcome<OpenEvent>,
): Promise<void> {
  const sequence = at.toString();
  await sql`
    insert into settlements (pool_id, sequence, waterfall, method, profit_basis, max_haircut_rate, deficit, fund_draw, residual,
                             profit_total, haircut_capacity, socialized, uncovered, haircut_count, settled_at)
    values (${pool.poolId}, ${sequence}, ${pool.waterfall}, ${pool.method}, ${pool.profitBasis}, ${pool.maxHaircutRate},
            ${outcome.deficit.toString()}, ${outcome.fundDraw.toString()}, ${outcome.residual.toString()},
            ${outcome.profitTotal.toString()}, ${outcome.capacity.toString()}, ${outcome.socialized.toString()},
            ${outcome.uncovered.toString()}, ${outcome.haircutCount}, ${now}::timestamptz)`;
  const { shares } = outcome;
  await sql`
    with rounds as (
      insert into settlement_events (pool_id, sequence, event_sequence, round, deficit, fund_draw, socialized, uncovered)
      select ${pool.poolId}, ${sequence}::bigint, n.* from unnest(
        ${shares.map(({ loss }) => loss.sequence.toString())}::bigint[], ${shares.map(({ loss }) => loss.rounds + 1)}::int[],
        ${shares.map(({ loss }) => loss.deficit.toString())}::numeric[], ${shares.map((s) => s.fundDraw.toString())}::numeric[],
        ${shares.map((s) => s.socialized.toString())}::numeric[], ${shares.map((s) => s.uncovered.toString())}::numeric[]) as n
      returning event_sequence, round, fund_draw, socialized, uncovered)
    update loss_events e set fund_draw = e.fund_draw + r.fund_draw, socialized = e.socialized + r.socialized,
      uncovered = r.uncovered, rounds = r.round, status = case when r.uncovered = 0 then 'SETTLED' else 'PARTIALLY_COVERED' end
    from rounds r where e.pool_id = ${pool.poolId} and e.sequence = r.event_sequence`;
  await sql`
    insert into settlement_marks (pool_id, sequence, market_no, price)
    select pool_id, ${sequence}::bigint, market_no, mark_price from markets
    where pool_id = ${pool.poolId} and mark_price is not null`;
}

/** Credits each bankrupt with its share, against the fund and the bearers: its balance ends at minus what stayed uncovered. */
async function creditBankrupts(
  tx: PoolTransaction,
  sequence: bigint,
  outcome: SettlementOutcome<OpenEvent>,
): Promise<void> {
  const { sql, pool } = tx;
  const covered = outcome.shares
    .map(({ loss, fundDraw, socialized }) => ({ loss, amount: fundDraw + socialized }))
    .filter(({ amount }) => amount > 0n);
  const postings = new PostingBatch();
  if (covered.length > 0) {
    // A bankrupt takes no transfers and bears nothing, so its own row is its head, and it has one event only.
    const rows = await sql<{ account_no: number; balance: string }[]>`
      update accounts a set balance = a.balance + n.amount, head_sequence = ${sequence.toString()}
      from unnest(${covered.map(({ loss }) => loss.accountNo)}::int[], ${covered.map(({ amount }) => amount.toString())}::numeric[])
        as n(account_no, amount)
      where a.pool_id = ${pool.poolId} and a.account_no = n.account_no
      returning a.account_no, a.balance`;
    const balances = new Map(rows.map((row) => [row.account_no, BigInt(row.balance)]));
    for (const { loss, amount } of covered) {
      postings.account(loss.accountNo, 'LOSS_COVER', amount, balances.get(loss.accountNo)!, loss.ref);
    }
  }
  postings.ledger('FUND', 'LOSS_DRAW', -outcome.fundDraw);
  postings.ledger('BEARERS', 'HAIRCUT', -outcome.socialized);
  await writePostings(tx, sequence, postings);
}

/** Appends the haircuts by COPY. The rows carry the new heads, so no account is updated. */
async function writeHaircuts(
  { sql, pool }: PoolTransaction,
  sequence: bigint,
  bearers: Bearers,
  outcome: SettlementOutcome<OpenEvent>,
): Promise<void> {
  if (outcome.haircutCount === 0) return;
  const copy = await sql`
    copy haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, profit, cap, amount, balance_after,
                   borne_after, realized_after) from stdin`.writable();
  await pipeline(Readable.from(haircutRows(pool.poolId, sequence, bearers, outcome)), copy);
}

const ROWS_PER_CHUNK = 512;

function* haircutRows(
  poolId: number,
  sequence: bigint,
  bearers: Bearers,
  { haircuts }: SettlementOutcome<OpenEvent>,
): Generator<string> {
  let chunk = '';
  let ordinal = 0;
  for (let i = 0; i < haircuts.length; i++) {
    const amount = haircuts.get(i);
    if (amount === 0n) continue;
    ordinal++;
    const previous = bearers.previousSequences.get(i);
    const burden = afterHaircut({ borne: bearers.borne.get(i), realized: bearers.realized.get(i) }, amount);
    chunk +=
      `${poolId}\t${sequence}\t${ordinal}\t${bearers.accountNos.get(i)}\t${previous === 0n ? '\\N' : previous}\t` +
      `${bearers.profits.get(i)}\t${bearers.caps.get(i)}\t${amount}\t${bearers.balances.get(i) - amount}\t` +
      `${burden.borne}\t${burden.realized}\n`;
    if (ordinal % ROWS_PER_CHUNK === 0) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
