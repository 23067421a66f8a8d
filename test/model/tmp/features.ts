import type postgres from 'postgres';

const F: [string, string][] = [
  ['settlements', 'select count(*) from settlements'],
  ['with haircuts', 'select count(*) from settlements where haircut_count > 0'],
  ['haircuts', 'select count(*) from haircuts where restores is null'],
  ['interior (2+ haircuts, one below cap)', 'select count(*) from (select from haircuts where restores is null group by pool_id, sequence having count(*)>1 and bool_or(amount<cap)) x'],
  ['interior session', "select count(*) from (select from haircuts join settlements s using (pool_id, sequence) where restores is null and profit_basis='SESSION' group by pool_id, sequence having count(*)>1 and bool_or(amount<cap)) x"],
  ['recourse', 'select count(*) from settlements where recourse > 0'],
  ['recourse+socialized acct', 'select count(*) from haircuts where restores is null and recourse < amount'],
  ['recourse beyond cap', 'select count(*) from haircuts where restores is null and amount > cap'],
  ['operator', 'select count(*) from settlements where operator_capital > 0'],
  ['fund', 'select count(*) from settlements where fund_draw > 0'],
  ['market parts', "select count(*) from settlement_parts where scope = 'MARKET'"],
  [
    'market overflow to pool',
    "select count(*) from settlements s where exists (select from settlement_parts p where p.pool_id=s.pool_id and p.sequence=s.sequence and scope='MARKET') and exists (select from settlement_parts p where p.pool_id=s.pool_id and p.sequence=s.sequence and scope='POOL')",
  ],
  [
    'acct in 2 markets',
    "select count(*) from (select from haircut_parts h join settlement_parts p using (pool_id, sequence, part) where scope='MARKET' group by h.pool_id, h.sequence, h.ordinal having count(*)>1) x",
  ],
  [
    'session haircuts',
    "select count(*) from haircuts h join settlements s using (pool_id, sequence) where restores is null and profit_basis='SESSION'",
  ],
  [
    'joint (>1 event)',
    'select count(*) from (select from settlement_events group by pool_id, sequence having count(*)>1) x',
  ],
  ['second rounds', 'select count(*) from settlement_events where round > 1'],
  [
    'second rounds that cover',
    'select count(*) from settlement_events where round > 1 and uncovered < deficit',
  ],
  [
    'events with 2 socializing settlements',
    'select count(*) from (select from settlement_events where socialized>0 group by pool_id, event_sequence having count(*)>1) x',
  ],
  ['capped', 'select count(*) from haircuts where restores is null and amount = cap and cap < profit'],
  [
    'uncapped next to capped',
    'select count(*) from (select from haircuts where restores is null group by pool_id, sequence having bool_or(amount = cap and cap < profit) and bool_or(amount<cap)) x',
  ],
  ['recoveries', 'select count(*) from recoveries'],
  ['rec uncovered', 'select count(*) from recoveries where uncovered>0'],
  [
    'rec recourse',
    'select count(*) from recoveries join returned_shares r using (pool_id, sequence) where recourse>0',
  ],
  [
    'rec operator',
    'select count(*) from recoveries join returned_shares r using (pool_id, sequence) where operator_capital>0',
  ],
  [
    'rec fund',
    'select count(*) from recoveries join returned_shares r using (pool_id, sequence) where fund_draw>0',
  ],
  [
    'rec socialized',
    'select count(*) from recoveries join returned_shares r using (pool_id, sequence) where socialized>0',
  ],
  [
    'rec socialized partly',
    'select count(*) from recoveries join returned_shares r using (pool_id, sequence) join settlement_events e on e.pool_id=r.pool_id and e.event_sequence=r.event_sequence and e.sequence=r.settlement_sequence where r.socialized between 1 and e.socialized-1',
  ],
  [
    'rec over 2 settlements',
    'select count(*) from (select from recoveries join returned_shares using (pool_id, sequence) group by pool_id, sequence having count(*)>1) x',
  ],
  [
    'two rows of one account',
    'select count(*) from (select from haircuts where restores is not null group by pool_id, sequence, account_no having count(*)>1) x',
  ],
  [
    'refund of recourse and socialized',
    'select count(*) from haircuts where restores is not null and recourse < -amount',
  ],
  ['refund rows', 'select count(*) from haircuts where restores is not null'],
  [
    'refund of one haircut twice',
    'select count(*) from (select from haircuts where restores is not null group by pool_id, account_no, restores having count(*)>1) x',
  ],
  [
    'refunds to bankrupts',
    'select count(*) from haircuts h join loss_events e on e.pool_id=h.pool_id and e.account_no=h.account_no and e.sequence<h.sequence where restores is not null',
  ],
  ['refunds that leave b', 'select count(*) from haircuts where restores is not null and borne_after > 0'],
  [
    'refund past cut',
    "select count(*) from haircuts h where restores is not null and exists (select from journal j where j.pool_id=h.pool_id and j.sequence between h.restores and h.sequence and j.mutation='startSession')",
  ],
  ['reversals', 'select count(*) from reversals'],
  [
    'reversals with haircuts',
    'select count(*) from reversals r join settlements s on s.pool_id=r.pool_id and s.sequence=r.settlement_sequence where haircut_count>0',
  ],
  [
    'reversals of second rounds',
    'select count(*) from reversals r join settlement_events e on e.pool_id=r.pool_id and e.sequence=r.settlement_sequence where round>1',
  ],
  [
    'settled after reversal',
    'select count(*) from reversals r join settlement_events e on e.pool_id=r.pool_id and e.sequence=r.settlement_sequence where exists (select from settlement_events f where f.pool_id=e.pool_id and f.event_sequence=e.event_sequence and f.sequence>r.sequence)',
  ],
  [
    'recovered after reversal',
    'select count(*) from reversals r join settlement_events e on e.pool_id=r.pool_id and e.sequence=r.settlement_sequence where exists (select from recoveries f where f.pool_id=e.pool_id and f.event_sequence=e.event_sequence and f.sequence>r.sequence)',
  ],
  ['cuts', 'select count(distinct (pool_id, sequence)) from session_cuts'],
];
export async function features(sql: postgres.Sql): Promise<Record<string, number>> {
  const out: Record<string, number> = {};
  for (const [n, q] of F) out[n] = Number((await sql.unsafe(q))[0]!.count);
  for (const r of await sql`select method, count(*) from settlements s where haircut_count>1 and exists (select from haircuts h where h.pool_id=s.pool_id and h.sequence=s.sequence and amount<cap) group by 1`)
    out[`method ${r.method}`] = Number(r.count);
  return out;
}
