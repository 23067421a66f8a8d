import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { checkRef } from './check.ts';
import { giveBack, readStanding } from './give-back.ts';
import { checkBalance, creditAccounts, writeFundEntry, writePostings } from './ledger.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface ReverseSettlementInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  /** The settlement's sequence, as decimal text. */
  readonly settlement: string;
  readonly reason: string;
}

interface Share {
  readonly event: string;
  readonly ref: string;
  readonly accountNo: number;
  readonly covered: bigint;
}

const path: Path = ['input', 'settlement'];

/**
 * Takes a settlement back, for an administrator's mistake: compensating entries for everything that it booked, and its
 * loss events open again. Refused once a recovery was paid on it, and while a later settlement of one of its events
 * stands on what it left.
 */
export async function reverseSettlement(runtime: Runtime, input: ReverseSettlementInput): Promise<Committed> {
  const { idempotencyKey } = input;
  checkRef(input.reason, ['input', 'reason']);
  return inPool(
    runtime,
    { mutation: 'reverseSettlement', pool: input.pool, idempotencyKey, input, whileHalted: true },
    async (tx) => {
      const { pool } = tx;
      const settlement = await readSettlement(tx, input.settlement);
      await refuseIrreversible(tx, settlement.sequence);
      const shares = await readShares(tx, settlement.sequence);
      const standing = await readStanding(tx, [BigInt(settlement.sequence)], null);

      const fundBalance = pool.fundBalance + settlement.fundDraw;
      checkBalance(fundBalance, ['input', 'settlement']);
      const sequence = tx.advance({ fundBalance, accounts: shares.map(({ accountNo }) => accountNo) });
      writeReversal(tx, sequence, settlement.sequence, input.reason);
      if (settlement.fundDraw > 0n) {
        const entry = {
          kind: 'REVERSAL',
          amount: settlement.fundDraw,
          balanceAfter: fundBalance,
          ref: null,
        } as const;
        writeFundEntry(tx, sequence, entry);
      }
      const given = standing.map((item) => ({
        standing: item,
        socialized: item.socialized,
        recourse: item.recourse,
      }));
      const count = await giveBack(tx, sequence, given);
      const covered = shares.filter((share) => share.covered > 0n);
      const debits = covered.map((share) => ({ accountNo: share.accountNo, amount: -share.covered }));
      const balances = await creditAccounts(tx, sequence, debits);
      const postings = new PostingBatch();
      for (const { accountNo, covered: amount, ref } of covered) {
        postings.account(accountNo, 'REVERSAL', -amount, balances.get(accountNo)!, ref);
      }
      postings.ledger('BEARERS', 'REVERSAL', settlement.borne);
      postings.ledger('FUND', 'REVERSAL', settlement.fundDraw);
      postings.ledger('OUTSIDE', 'OPERATOR_CAPITAL', settlement.operatorCapital);
      writePostings(tx, sequence, postings);
      tx.notice('REVERSED', sequence);
      return { sequence, count };
    },
  );
}

async function readSettlement({ sql, pool }: PoolTransaction, sequence: string) {
  const [row] = await sql<Record<string, string>[]>`
    select sequence, recourse + socialized as borne, operator_capital, fund_draw from settlements
    where pool_id = ${pool.poolId} and sequence = ${sequence}`;
  if (!row) {
    throw new Refusal(
      'NOT_FOUND',
      'There is no settlement at that sequence of the pool: mend the number.',
      path,
    );
  }
  return {
    sequence: row.sequence!,
    borne: BigInt(row.borne!),
    operatorCapital: BigInt(row.operator_capital!),
    fundDraw: BigInt(row.fund_draw!),
  };
}

async function refuseIrreversible({ sql, pool }: PoolTransaction, sequence: string): Promise<void> {
  const refuse = (message: string) => {
    throw new Refusal('NOT_REVERSIBLE', message, path);
  };
  const [reversed] = await sql`
    select from reversals where pool_id = ${pool.poolId} and settlement_sequence = ${sequence}`;
  if (reversed) refuse('This settlement was reversed already: leave it as it is.');
  const [repaid] = await sql`
    select from returned_shares r join settlement_events e
      on e.pool_id = r.pool_id and e.event_sequence = r.event_sequence and e.sequence = r.settlement_sequence
    where r.pool_id = ${pool.poolId} and e.sequence = ${sequence} limit 1`;
  if (repaid)
    refuse(
      'A recovery was paid on this settlement: it stands, and what comes back is recorded as recoveries.',
    );
  const [later] = await sql`
    select from settlement_events e join settlement_events n
      on n.pool_id = e.pool_id and n.event_sequence = e.event_sequence and n.sequence > e.sequence
    left join reversals r on r.pool_id = n.pool_id and r.settlement_sequence = n.sequence
    where e.pool_id = ${pool.poolId} and e.sequence = ${sequence} and r.sequence is null limit 1`;
  if (later) refuse('A later settlement covered more of one of its loss events: reverse that one first.');
}

async function readShares({ sql, pool }: PoolTransaction, sequence: string): Promise<Share[]> {
  const rows = await sql<Record<string, string>[]>`
    select e.event_sequence, l.ref, l.account_no, e.deficit - e.uncovered as covered from settlement_events e
    join loss_events l on l.pool_id = e.pool_id and l.sequence = e.event_sequence
    where e.pool_id = ${pool.poolId} and e.sequence = ${sequence} order by l.ref`;
  return rows.map((row) => ({
    event: row.event_sequence!,
    ref: row.ref!,
    accountNo: row.account_no as unknown as number,
    covered: BigInt(row.covered!),
  }));
}

function writeReversal(tx: PoolTransaction, at: bigint, settlement: string, reason: string): void {
  const { sql, pool, now } = tx;
  const sequence = at.toString();
  tx.write(sql`
    insert into reversals (pool_id, sequence, settlement_sequence, reason, reversed_at)
    values (${pool.poolId}, ${sequence}, ${settlement}, ${reason}, ${now}::timestamptz)`);
  tx.write(sql`
    insert into returned_shares (pool_id, sequence, event_sequence, settlement_sequence, recourse, operator_capital, fund_draw,
                                 socialized)
    select pool_id, ${sequence}::bigint, event_sequence, sequence, recourse, operator_capital, fund_draw, socialized
    from settlement_events where pool_id = ${pool.poolId} and sequence = ${settlement}`);
  tx.write(sql`
    update loss_events l set recourse = l.recourse - e.recourse, operator_capital = l.operator_capital - e.operator_capital,
      fund_draw = l.fund_draw - e.fund_draw, socialized = l.socialized - e.socialized,
      uncovered = l.uncovered + e.deficit - e.uncovered, standing = l.standing - 1,
      status = case when l.uncovered + e.deficit - e.uncovered = 0 then 'SETTLED'
                    when l.standing = 1 then 'OPEN' else 'PARTIALLY_COVERED' end
    from settlement_events e where e.pool_id = ${pool.poolId} and e.sequence = ${settlement}
      and l.pool_id = e.pool_id and l.sequence = e.event_sequence`);
}
