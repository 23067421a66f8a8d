import type { AtomColumn } from '../core/atom-column.ts';
import { claimsOf } from '../core/bearers.ts';
import { ceilDiv, ONE } from '../core/decimal.ts';
import type { OpenLoss, SettlementOutcome } from '../core/settlement.ts';
import { atOnce } from '../core/steps.ts';
import { wantedBy } from './bearers.ts';
import { settleDeficits } from './hypothetical.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';

/**
 * What would come if all accounts that are LIQUIDATABLE or BANKRUPT now were closed out at the marks less a slippage: by the
 * waterfall and the allocator that settle. Atoms.
 */
export interface Scenario {
  readonly poolId: number;
  /** What would be lost. */
  readonly deficit: bigint;
  /** Null where nothing would be. */
  readonly outcome: SettlementOutcome<OpenLoss> | null;
  /** What each that would be left could bear, by its place among the bearers, and all of them together. */
  readonly profits: AtomColumn;
  readonly caps: AtomColumn;
  readonly capacity: bigint;
  /** The place of an account's number. */
  readonly index: ReadonlyMap<number, number>;
}

/**
 * @param slippage what closing costs, as a share of the notional, in units of 10^-18; rounded up to whole atoms an account
 */
export function scenarioOf(book: PoolBook, pool: LockedPool, slippage: bigint): Scenario {
  const { rules, poolId } = pool;
  const { closed, deficits } = inTrouble(book, slippage);
  const bearers = atOnce(book.bearers(rules, wantedBy(pool), closed));
  const { profits, caps } = claimsOf(bearers);
  const index = new Map(bearers.accountNos.map((accountNo, i) => [accountNo, i]));
  const outcome = settleDeficits(book, pool, bearers, deficits);
  return { poolId, deficit: outcome?.deficit ?? 0n, outcome, profits, caps, capacity: caps.sum(), index };
}

/** Whether that would leave anything to the profitable accounts: what the tiers before them do not pay. */
export function reachesAccounts(book: PoolBook, pool: LockedPool, slippage: bigint): boolean {
  const { deficits } = inTrouble(book, slippage);
  const nobody = atOnce(book.bearers(pool.rules, { sizes: false, marketProfits: false }, EVERYBODY));
  return (settleDeficits(book, pool, nobody, deficits)?.uncovered ?? 0n) > 0n;
}

const EVERYBODY: Pick<ReadonlySet<number>, 'has'> = { has: () => true };

/** Who would be closed out, and what each would leave below zero. */
function inTrouble(book: PoolBook, slippage: bigint) {
  const { risk } = book;
  const closed = new Set<number>();
  const deficits = new Map<number, bigint>();
  for (let accountNo = 1; accountNo <= book.accountCount; accountNo++) {
    const health = risk.healthOf(accountNo);
    if (health !== 'LIQUIDATABLE' && health !== 'BANKRUPT') continue;
    if (!risk.isActive(accountNo) || book.isUnmarked(accountNo)) continue;
    closed.add(accountNo);
    const { equity, notional } = risk.marginOf(accountNo);
    const left = equity - ceilDiv(notional * slippage, ONE);
    if (left < 0n) deficits.set(accountNo, -left);
  }
  return { closed, deficits };
}
