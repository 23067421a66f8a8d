import { METHODS } from '../core/allocation/allocation.ts';
import { ceilDiv, floorDiv, ONE } from '../core/decimal.ts';
import { type OpenLoss, type SettlementOutcome, settleJointly } from '../core/settlement.ts';
import { positionPnl, valuePerAtom } from '../margin/position.ts';
import type { PoolBearers } from './bearers.ts';
import type { PoolBook } from './pool-book.ts';
import type { LockedPool } from './transaction.ts';

/**
 * What would come if all accounts that are LIQUIDATABLE or BANKRUPT now were closed out at the marks less a slippage: by the
 * waterfall and the allocator that settle. Atoms.
 */
export interface Scenario {
  readonly poolId: number;
  readonly sequence: bigint;
  /** The accounts that would be closed out, whether or not they leave a deficit. */
  readonly closed: ReadonlySet<number>;
  readonly bearers: PoolBearers;
  /** Null where nothing would be lost. */
  readonly outcome: SettlementOutcome<OpenLoss> | null;
  /** What each bearer could bear, in the order of the bearers, and all of them. */
  readonly caps: { get(index: number): bigint };
  readonly profits: { get(index: number): bigint };
  readonly capacity: bigint;
  readonly deficit: bigint;
  /** The place among the bearers of an account's number. */
  readonly index: ReadonlyMap<number, number>;
}

/**
 * @param slippage what closing costs, as a share of the notional, in units of 10^-18; rounded up to whole atoms an account
 */
export function scenarioOf(book: PoolBook, pool: LockedPool, slippage: bigint): Scenario {
  const { risk } = book;
  const closed = new Set<number>();
  const deficits = new Map<number, bigint>();
  for (let accountNo = 1; accountNo <= book.accountCount; accountNo++) {
    const health = risk.healthOf(accountNo);
    if (!risk.isActive(accountNo) || (health !== 'LIQUIDATABLE' && health !== 'BANKRUPT')) continue;
    closed.add(accountNo);
    const { equity, notional } = risk.marginOf(accountNo);
    const left = equity - ceilDiv(notional * slippage, ONE);
    if (left < 0n) deficits.set(accountNo, -left);
  }
  const { rules } = pool;
  const wanted = { sizes: METHODS[rules.method].needsExposures, marketProfits: rules.scope === 'MARKET' };
  const bearers = book.bearers(rules.maxHaircutRate, wanted, closed);
  const index = new Map(bearers.accountNos.map((accountNo, i) => [accountNo, i]));
  const losses = [...deficits].map(([accountNo, deficit]) => lossOf(book, pool, bearers, accountNo, deficit));
  // With nothing lost the waterfall still says what could be borne.
  const probe: OpenLoss = {
    ref: ' nothing',
    deficit: 1n,
    fundPaid: 0n,
    operatorPaid: 0n,
    owner: null,
    marketLosses: [],
  };
  const run = (losses: readonly OpenLoss[]) =>
    settleJointly({ rules, fundBalance: pool.fundBalance, losses, bearers, marketOrder: book.marketNos() });
  const outcome = losses.length > 0 ? run(losses) : null;
  const { caps, profits, capacity } = outcome ?? run([probe]);
  return {
    poolId: pool.poolId,
    sequence: pool.sequence,
    closed,
    bearers,
    outcome,
    caps,
    profits,
    capacity,
    deficit: outcome?.deficit ?? 0n,
    index,
  };
}

function lossOf(
  book: PoolBook,
  { rules, decimals }: LockedPool,
  bearers: PoolBearers,
  accountNo: number,
  deficit: bigint,
): OpenLoss {
  const name = book.ownerOf(accountNo);
  const accounts = rules.tiers.includes('OWNER_RECOURSE')
    ? bearers.accountNos.flatMap((bearer, i) => (book.ownerOf(bearer) === name ? [i] : []))
    : [];
  const perAtom = valuePerAtom(decimals);
  const marketLosses =
    rules.scope === 'MARKET'
      ? book
          .positionsBySymbol(accountNo)
          .map(({ marketNo, position, terms }) => ({
            marketNo,
            loss: -floorDiv(positionPnl(position, terms), perAtom),
          }))
          .filter(({ loss }) => loss > 0n)
      : [];
  return {
    ref: book.refOf(accountNo),
    deficit,
    fundPaid: 0n,
    operatorPaid: 0n,
    owner: { name, accounts },
    marketLosses,
  };
}
