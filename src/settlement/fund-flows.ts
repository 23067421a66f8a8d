import type { Database } from '../db/database.ts';
import type { FundEntryKind } from '../db/schema.ts';

/** What a fund took in and paid out over its last days, in atoms, all ≥ 0. */
export interface FundFlows {
  readonly poolId: number;
  readonly days: number;
  readonly since: string;
  readonly balance: bigint;
  readonly inflows: readonly { readonly kind: FundEntryKind; readonly amount: bigint }[];
  readonly inflow: bigint;
  readonly draws: bigint;
  readonly withdrawals: bigint;
}

export async function readFundFlows(
  { sql }: Database,
  { poolId, fundBalance }: { readonly poolId: number; readonly fundBalance: bigint },
  days: number,
  now: string,
): Promise<FundFlows> {
  const [start] = await sql<{ since: string }[]>`
    select ${now}::timestamptz - ${days}::int * interval '1 day' as since`;
  const { since } = start!;
  const rows = await sql<{ kind: FundEntryKind; amount: string }[]>`
    select kind, sum(amount) as amount from fund_entries
    where pool_id = ${poolId} and created_at >= ${since}::timestamptz group by kind order by kind`;
  const sums = rows.map(({ kind, amount }) => ({ kind, amount: BigInt(amount) }));
  const out = (kind: FundEntryKind) => -(sums.find((sum) => sum.kind === kind)?.amount ?? 0n);
  const inflows = sums.filter(({ amount }) => amount > 0n);
  return {
    poolId,
    days,
    since,
    balance: fundBalance,
    inflows,
    inflow: inflows.reduce((all, { amount }) => all + amount, 0n),
    draws: out('LOSS_DRAW'),
    withdrawals: out('WITHDRAWAL'),
  };
}
