import type postgres from 'postgres';

/** Settlements that left somebody below its cap, so that the method had to choose. */
const CHOSE = `
  select s.* from settlements s where s.haircut_count > 1 and exists (
    select from haircuts h where h.pool_id = s.pool_id and h.sequence = s.sequence and h.restores is null and h.amount < h.cap)`;
const GIVEN_BACK = 'select * from haircuts where restores is not null';
const RECOVERED = 'select r.* from returned_shares r join recoveries c using (pool_id, sequence)';

/** What a run has to come to be about something: rows that only come of what the model is for. */
const SITUATIONS: Record<string, string> = {
  'haircuts for recourse and for a share at once':
    'select from haircuts where restores is null and recourse < amount',
  'recourse beyond a cap': 'select from haircuts where restores is null and amount > cap',
  'operator capital': 'select from settlements where operator_capital > 0',
  'a fund that did not suffice': 'select from settlements where fund_draw > 0 and residual > 0',
  'winners of a market, and then the pool': `
    select from settlement_parts m join settlement_parts p using (pool_id, sequence) where m.scope = 'MARKET' and p.scope = 'POOL'`,
  'a session whose profits bore': `select from (${CHOSE}) s where profit_basis = 'SESSION'`,
  'somebody at its cap beside somebody below': `
    select from haircuts where restores is null group by pool_id, sequence
    having bool_or(amount = cap and cap < profit) and bool_or(amount < cap)`,
  'events settled together': 'select from settlement_events group by pool_id, sequence having count(*) > 1',
  'what stayed uncovered, covered later':
    'select from settlement_events where round > 1 and uncovered < deficit',
  'a recovery of what is uncovered and more': `
    select from recoveries where uncovered > 0 and uncovered < amount`,
  'recourse recovered': `select from (${RECOVERED}) r where recourse > 0`,
  'operator capital recovered': `select from (${RECOVERED}) r where operator_capital > 0`,
  'a draw recovered': `select from (${RECOVERED}) r where fund_draw > 0`,
  'a part of a share recovered': `
    select from (${RECOVERED}) r join settlement_events e
      on e.pool_id = r.pool_id and e.event_sequence = r.event_sequence and e.sequence = r.settlement_sequence
    where r.socialized > 0 and r.socialized < e.socialized`,
  'a recovery over several settlements': `
    select from (${RECOVERED}) r group by pool_id, sequence having count(*) > 1`,
  'two notices of one account in one commit': `
    select from (${GIVEN_BACK}) h group by pool_id, sequence, account_no having count(*) > 1`,
  'something given back to who went bankrupt since': `
    select from (${GIVEN_BACK}) h join loss_events e using (pool_id, account_no) where e.sequence < h.sequence`,
  'something given back of what no b counts': `
    select from (${GIVEN_BACK}) h where amount < 0 and borne_after = 0 and exists (
      select from session_cuts c where c.pool_id = h.pool_id and c.sequence > h.restores and c.sequence < h.sequence)`,
  'a reversal, and another settlement': `
    select from reversals r join settlement_events e on e.pool_id = r.pool_id and e.sequence = r.settlement_sequence
    join settlement_events n on n.pool_id = e.pool_id and n.event_sequence = e.event_sequence and n.sequence > r.sequence`,
  'a reversal of a later round': `
    select from reversals r join settlement_events e on e.pool_id = r.pool_id and e.sequence = r.settlement_sequence
    where e.round > 1`,
  'a liquidation of several positions':
    'select from liquidation_closes group by pool_id, sequence having count(*) > 1',
  'a fee of the fund and the liquidator, rounded': `
    select from liquidations l
    where l.liquidator_fee > 0 and l.fund_fee > 0 and l.liquidator_fee <> l.fee * (
      select r.liquidator_share from pool_rules r where r.pool_id = l.pool_id and r.sequence < l.sequence
      order by r.version desc limit 1)`,
  'a loss of a liquidation': 'select from liquidations where loss_sequence is not null',
  'a loss of a liquidation, settled with haircuts': `
    select from liquidations l join settlement_events e on e.pool_id = l.pool_id and e.event_sequence = l.loss_sequence
    where e.socialized > 0`,
  'a liquidation of who took over before': `
    select from liquidations l join liquidations t on t.pool_id = l.pool_id and t.takeover_account_no = l.account_no
    where t.sequence < l.sequence`,
};

/** Situations that the makers tell of: no row shows them by itself. */
export const MET = [
  'a partial liquidation',
  'a fee cut by the equity',
  'a liquidation at prices of the caller',
  'a liquidation of sizes of the caller',
  'a takeover that changed side',
  'a cascade: who took over was liquidated at the same marks',
  'several liquidations at the same marks',
  'a fill through zero',
  'a repeated fill',
] as const;
export type Situation = (typeof MET)[number];

/** How often each situation came. */
export async function coverageOf(sql: postgres.Sql): Promise<Map<string, number>> {
  const methods = await sql.unsafe<{ method: string }[]>(`select method from (${CHOSE}) s`);
  const found = new Map(Object.keys(SITUATIONS).map((situation) => [situation, 0]));
  for (const { method } of methods) found.set(method, (found.get(method) ?? 0) + 1);
  for (const [situation, query] of Object.entries(SITUATIONS)) {
    found.set(situation, (await sql.unsafe(query)).length);
  }
  return found;
}
