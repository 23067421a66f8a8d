import { min } from '../core/money.ts';
import { afterRefund, NO_BURDEN } from '../core/profit.ts';
import { planAsUsual, planForWholePool } from './bearers.ts';
import { copyIn, inChunks } from './copy.ts';
import type { PoolTransaction } from './transaction.ts';

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
  readonly previousSequence: bigint;
}

/** The haircuts of some settlements that still stand, by account ref and settlement. */
export async function readStanding(
  { sql, pool }: PoolTransaction,
  settlements: readonly bigint[],
  owner: string | null,
): Promise<Standing[]> {
  if (settlements.length === 0) return [];
  const of = settlements.map(String);
  const oldest = settlements.reduce(min).toString();
  // One plain statement for each thing, put together here: a planner without statistics would join them by nested loops.
  const taken = await sql<
    { account_no: number; sequence: string; amount: string; recourse: string | null }[]
  >`
    select account_no, sequence, amount, recourse from haircuts
    where pool_id = ${pool.poolId} and sequence = any(${of}::bigint[]) and restores is null`;
  const returned = await sql<{ account_no: number; restores: string; amount: string; recourse: string }[]>`
    select account_no, restores, -sum(amount) as amount, sum(coalesce(recourse, 0)) as recourse from haircuts
    where pool_id = ${pool.poolId} and restores = any(${of}::bigint[]) group by account_no, restores`;
  // b began anew with a later haircut that is all of it; what was borne before it, or before the session's cut, counts no more.
  const anew = await sql<{ account_no: number; sequence: string }[]>`
    select account_no, max(sequence) as sequence from haircuts
    where pool_id = ${pool.poolId} and sequence > ${oldest} and restores is null and borne_after = amount group by account_no`;
  const heads = await sql<
    { account_no: number; balance: string; borne: string; realized: string; last_notice_sequence: string }[]
  >`
    select account_no, balance, borne, realized, last_notice_sequence from account_head
    where pool_id = ${pool.poolId} and account_no = any(${[...new Set(taken.map((row) => row.account_no))]}::int[])
      and (${owner}::text is null or owner = ${owner}) order by ref`;

  const returnedOf = new Map(returned.map((row) => [`${row.account_no}/${row.restores}`, row]));
  const anewAt = new Map(anew.map((row) => [row.account_no, BigInt(row.sequence)]));
  const takenFrom = Map.groupBy(taken, (row) => row.account_no);
  return heads.flatMap((head) =>
    takenFrom
      .get(head.account_no)!
      .map((row) => ({ row, settlement: BigInt(row.sequence) }))
      .sort((a, b) => (a.settlement < b.settlement ? -1 : 1))
      .map(({ row, settlement }) => {
        const back = returnedOf.get(`${row.account_no}/${row.sequence}`);
        const [recourse, recourseBack] = [BigInt(row.recourse ?? 0), BigInt(back?.recourse ?? 0)];
        return {
          accountNo: row.account_no,
          settlement,
          socialized: BigInt(row.amount) - recourse - (BigInt(back?.amount ?? 0) - recourseBack),
          recourse: recourse - recourseBack,
          counts: settlement > pool.sessionSequence && settlement >= (anewAt.get(row.account_no) ?? 0n),
          head: { balance: BigInt(head.balance), borne: BigInt(head.borne), realized: BigInt(head.realized) },
          previousSequence: BigInt(head.last_notice_sequence),
        };
      }),
  );
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
  // The trigger that checks these rows joins them with what they restore: all of it, where everybody gets something back.
  await planForWholePool(sql);
  const copy = await sql`
    copy haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, recourse, amount, balance_after, borne_after,
                   realized_after, restores) from stdin`.writable();
  await copyIn(copy, inChunks(rows(pool.poolId, sequence, given)));
  await planAsUsual(sql);
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
    const previous = again ? sequence : standing.previousSequence;
    yield `${poolId}\t${sequence}\t${++ordinal}\t${accountNo}\t${previous}\t${recourse || '\\N'}\t${-amount}\t` +
      `${head.balance}\t${head.borne}\t${head.realized}\t${standing.settlement}\n`;
  }
}
