import { healthToTell } from '../margin/alert.ts';
import type { Health, Margin } from '../margin/margin.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';
import type { Sql } from './transaction.ts';

/** An account whose health changed since it was told last. */
export interface HealthChange {
  readonly accountNo: number;
  readonly previousAlertNo: bigint;
  readonly previousHealth: Health;
  readonly health: Health;
  readonly margin: Margin;
}

/** Every change of health that was not told yet, by account number. */
export function untoldChanges(book: PoolBook): HealthChange[] {
  const { risk } = book;
  const changes: HealthChange[] = [];
  for (let accountNo = 1; accountNo <= book.accountCount; accountNo++) {
    const told = book.toldHealth(accountNo);
    if (!risk.isActive(accountNo) || risk.healthOf(accountNo) === told) continue;
    const margin = risk.marginOf(accountNo);
    const health = healthToTell(told, margin);
    if (health === told) continue;
    changes.push({
      accountNo,
      previousAlertNo: book.lastAlertNo(accountNo),
      previousHealth: told,
      health,
      margin,
    });
  }
  return changes;
}

/** Writes alerts under the pool's lock, numbered on from its last, and wakes the relays when this commits. */
export async function writeAlerts(
  sql: Sql,
  { poolId, sequence, alertCount }: LockedPool,
  changes: readonly HealthChange[],
  now: string,
): Promise<void> {
  const texts = (of: (change: HealthChange) => bigint) => changes.map((change) => of(change).toString());
  await sql`
    insert into margin_alerts (pool_id, alert_no, account_no, previous_alert_no, sequence, health, previous_health, equity, initial,
                               maintenance, raised_at)
    select ${poolId}, ${alertCount.toString()}::bigint + n.k, n.account_no, nullif(n.previous_alert_no, 0), ${sequence.toString()}::bigint,
           n.health, n.previous_health, n.equity, n.initial, n.maintenance, ${now}::timestamptz
    from unnest(${changes.map(({ accountNo }) => accountNo)}::int[], ${texts((c) => c.previousAlertNo)}::bigint[],
                ${changes.map(({ health }) => health)}::text[], ${changes.map(({ previousHealth }) => previousHealth)}::text[],
                ${texts((c) => c.margin.equity)}::numeric[], ${texts((c) => c.margin.initial)}::numeric[],
                ${texts((c) => c.margin.maintenance)}::numeric[])
      with ordinality as n(account_no, previous_alert_no, health, previous_health, equity, initial, maintenance, k)`;
  const last = (alertCount + BigInt(changes.length)).toString();
  await sql`update pools set alert_count = ${last} where pool_id = ${poolId}`;
  await sql`
    select pg_notify('shearwater_outbox', ${`${poolId}:a${last}`})
    where current_setting('shearwater.notify', true) is distinct from 'off'`;
}
