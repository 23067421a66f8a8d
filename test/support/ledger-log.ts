import type postgres from 'postgres';
import { formatScaled } from '../../src/core/decimal.ts';

/** What a reader of notices heard, beside what the ledger says that it should have heard: each notice a line. */

export type Heading = 'haircuts' | 'losses' | 'alerts';

export const DOCUMENTS: Record<Heading, string> = {
  haircuts: `subscription ($pool: String!, $after: String) {
    haircutNotices(pool: $pool, after: $after) { cursor sequence previousSequence kind amount haircut { id } } }`,
  losses: `subscription ($pool: String!, $after: String) {
    lossNotices(pool: $pool, after: $after) { cursor sequence previousSequence kind } }`,
  alerts: `subscription ($pool: String!, $after: String) {
    marginAlerts(pool: $pool, after: $after) { cursor sequence: number previousSequence: previousNumber health equity account { ref } } }`,
};

// biome-ignore lint/suspicious/noExplicitAny: a notice of any kind.
export function lineOf(heading: Heading, notice: any): string {
  const { sequence, previousSequence, kind } = notice;
  const place = `${sequence} after ${previousSequence}`;
  if (heading === 'losses') return `${place}: ${kind}`;
  if (heading === 'alerts') return `${place}: ${notice.account.ref} ${notice.health} ${notice.equity}`;
  const [, , settlement, ref] = JSON.parse(
    Buffer.from(notice.haircut.id, 'base64url').toString(),
  ) as string[];
  return `${place}: ${kind} ${notice.amount} of ${ref} in ${settlement}`;
}

/** All that a reader of a pool from its beginning hears; of the accounts of one owner where it is named. */
export async function ledgerLines(
  sql: postgres.Sql,
  heading: Heading,
  pool: string,
  owner: string | null = null,
): Promise<string[]> {
  const [row] = await sql`select pool_id, decimals from pools where name = ${pool}`;
  const { pool_id: id, decimals } = row!;
  if (heading === 'losses') {
    const rows =
      await sql`select sequence, previous_sequence, kind from outbox where pool_id = ${id} order by sequence`;
    return rows.map((r) => `${r.sequence} after ${r.previous_sequence}: ${r.kind}`);
  }
  if (heading === 'alerts') {
    const rows = await sql`
      select n.*, a.ref from margin_alerts n join accounts a using (pool_id, account_no)
      where n.pool_id = ${id} and (${owner}::text is null or a.owner = ${owner}) order by n.alert_no`;
    return rows.map(
      (r) =>
        `${r.alert_no} after ${r.previous_alert_no}: ${r.ref} ${r.health} ${formatScaled(BigInt(r.equity), decimals)}`,
    );
  }
  const rows = await sql`
    select h.sequence, h.previous_sequence, h.amount, coalesce(h.restores, h.sequence) as settlement, a.ref,
           case o.kind when 'SETTLED' then 'HAIRCUT' when 'RECOVERED' then 'REFUND' else 'REVERSAL' end as kind
    from haircuts h join accounts a using (pool_id, account_no) join outbox o using (pool_id, sequence)
    where h.pool_id = ${id} and (${owner}::text is null or a.owner = ${owner}) order by h.sequence, h.ordinal`;
  return rows.map(
    (r) =>
      `${r.sequence} after ${r.previous_sequence}: ${r.kind} ${formatScaled(-BigInt(r.amount), decimals)} of ${r.ref} in ${r.settlement}`,
  );
}

/** Where what was heard first differs from the ledger; null where they are one. */
export function difference(who: string, heard: readonly string[], ledger: readonly string[]): string | null {
  const at = ledger.findIndex((line, i) => line !== heard[i]);
  const first = at < 0 ? (heard.length > ledger.length ? ledger.length : -1) : at;
  if (first < 0) return null;
  return `${who} heard ${heard.length} of ${ledger.length}, and as number ${first + 1} «${heard[first]}» where the ledger has «${ledger[first]}»`;
}
