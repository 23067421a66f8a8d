import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterRefund, NO_BURDEN } from '../core/profit.ts';
import type { PoolTransaction } from './transaction.ts';
import { inChunks } from './write-settlement.ts';

/** A haircut that still stands, or what is left of it, with the head of the account that bore it. */
export interface Standing {
  readonly accountNo: number;
  /** The settlement that took it. */
  readonly settlement: bigint;
  /** What the account still bears of it: as a share of what was socialized, and as its owner's recourse. */
  readonly socialized: bigint;
  readonly recourse: bigint;
  /** Whether the account's b still counts it. */
  readonly counts: boolean;
  readonly head: { readonly balance: bigint; readonly borne: bigint; readonly realized: bigint };
  readonly previousSequence: bigint | null;
}

/** The haircuts of some settlements that still stand, by account ref and settlement. */
export async function readStanding(
  { sql, pool }: PoolTransaction,
  settlements: readonly bigint[],
  owner: string | null,
): Promise<Standing[]> {
  // b began anew with a later haircut that is all of it; what was borne before, or before the session's cut, it counts no more.
  const rows = await sql<Record<string, string>[]>`
    select h.account_no, h.sequence, h.amount - coalesce(h.recourse, 0) - coalesce(r.socialized, 0) as socialized,
           coalesce(h.recourse, 0) - coalesce(r.recourse, 0) as recourse, a.balance, a.borne, a.realized, a.last_notice_sequence,
           h.sequence > ${pool.sessionSequence.toString()}::bigint and not exists (
             select from haircuts k where k.pool_id = h.pool_id and k.account_no = h.account_no and k.sequence > h.sequence
               and k.restores is null and k.borne_after = k.amount) as counts
    from haircuts h
    join account_head a on a.pool_id = h.pool_id and a.account_no = h.account_no
    left join lateral (
      select sum(-b.amount - coalesce(b.recourse, 0)) as socialized, sum(coalesce(b.recourse, 0)) as recourse from haircuts b
      where b.pool_id = h.pool_id and b.account_no = h.account_no and b.restores = h.sequence) r on true
    where h.pool_id = ${pool.poolId} and h.restores is null and h.sequence = any(${settlements.map(String)}::bigint[])
      and (${owner}::text is null or a.owner = ${owner})
    order by a.ref, h.sequence`;
  return rows.map((row) => ({
    accountNo: row.account_no as unknown as number,
    settlement: BigInt(row.sequence!),
    socialized: BigInt(row.socialized!),
    recourse: BigInt(row.recourse!),
    counts: row.counts as unknown as boolean,
    head: { balance: BigInt(row.balance!), borne: BigInt(row.borne!), realized: BigInt(row.realized!) },
    previousSequence: row.last_notice_sequence ? BigInt(row.last_notice_sequence) : null,
  }));
}

export interface GivenBack {
  readonly standing: Standing;
  readonly socialized: bigint;
  readonly recourse: bigint;
}

/** Gives haircuts back: a row each, which carries the account's new head and is its notice. Answers how many. */
export async function giveBack(
  { sql, pool }: PoolTransaction,
  sequence: bigint,
  items: readonly GivenBack[],
): Promise<number> {
  const given = items.filter(({ socialized, recourse }) => socialized + recourse > 0n);
  if (given.length === 0) return 0;
  const copy = await sql`
    copy haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, recourse, amount, balance_after, borne_after,
                   realized_after, restores) from stdin`.writable();
  await pipeline(Readable.from(inChunks(rows(pool.poolId, sequence, given))), copy);
  return given.length;
}

function* rows(poolId: number, sequence: bigint, given: readonly GivenBack[]): Generator<string> {
  let accountNo: number | null = null;
  let head: Standing['head'] = { balance: 0n, ...NO_BURDEN };
  let ordinal = 0;
  for (const { standing, socialized, recourse } of given) {
    // Two settlements' haircuts of one account come one after the other, and the second continues the first.
    const again = accountNo === standing.accountNo;
    if (!again) ({ accountNo, head } = standing);
    const amount = socialized + recourse;
    const burden = standing.counts ? afterRefund(head, amount) : head;
    head = { balance: head.balance + amount, borne: burden.borne, realized: burden.realized };
    const previous = again ? sequence : standing.previousSequence!;
    yield `${poolId}\t${sequence}\t${++ordinal}\t${accountNo}\t${previous}\t${recourse || '\\N'}\t${-amount}\t` +
      `${head.balance}\t${head.borne}\t${head.realized}\t${standing.settlement}\n`;
  }
}
