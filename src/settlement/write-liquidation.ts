import { ONE } from '../core/decimal.ts';
import { PostingBatch } from '../core/postings.ts';
import { NO_BURDEN } from '../core/profit.ts';
import type { Closable, Close, Closed } from '../margin/liquidation.ts';
import { healthOf, type Margin } from '../margin/margin.ts';
import { positionPnl } from '../margin/position.ts';
import {
  checkDeficit,
  isRefTaken,
  type OpenPosition,
  openLoss,
  positionLine,
  refuseTakenRef,
  takeOver,
} from './closeout.ts';
import {
  type AccountHead,
  bookRealized,
  checkBalance,
  clearFlatBurdens,
  writeFundEntry,
  writeHeads,
  writePostings,
} from './ledger.ts';
import { writePositions } from './positions.ts';
import { quantityText } from './quantity.ts';
import type { PoolTransaction } from './transaction.ts';

/** A liquidation that was decided. */
export interface Liquidation {
  /** The name of the loss event, if it comes to one; made up where the caller gave none. */
  readonly ref: string | null;
  readonly account: AccountHead;
  readonly takeover: AccountHead;
  readonly takeoverOpen: readonly OpenPosition[];
  /** Who gets the liquidator's share; null where nobody does. */
  readonly liquidator: AccountHead | null;
  readonly open: readonly OpenPosition[];
  readonly closable: readonly Closable[];
  readonly closes: readonly Close[];
  readonly closed: Closed;
  readonly before: Margin;
  /** Once positions are closed, before the fee. */
  readonly after: Margin;
  readonly fee: bigint;
  readonly feeRate: bigint;
}

/** Books it: positions to the takeover account, the fee to fund and liquidator, and a loss event over what is below zero. */
export async function writeLiquidation(tx: PoolTransaction, liquidation: Liquidation): Promise<bigint> {
  const { pool } = tx;
  const { account, takeover, liquidator, open, closable, closes, closed, after, fee } = liquidation;
  const sold = closes.map(({ index, size }) => ({
    market: open[index]!.market,
    size,
    price: closable[index]!.price,
  }));
  const moved = takeOver(takeover, liquidation.takeoverOpen, sold, pool.decimals);
  const realized = closed.balance - account.balance;
  const isBankrupt = after.equity < 0n && closed.holdings.every(({ position }) => position.size === 0n);

  const postings = new PostingBatch();
  const add = (head: AccountHead, kind: 'REALIZED_PNL' | 'FEE', amount: bigint) => {
    head.balance += amount;
    checkBalance(head.balance, ['input', head === account ? 'account' : 'takeoverAccount']);
    postings.account(head.accountNo, kind, amount, head.balance);
  };
  add(account, 'REALIZED_PNL', realized);
  if (isBankrupt) account.burden = NO_BURDEN;
  else bookRealized(tx, account, realized);
  add(takeover, 'REALIZED_PNL', moved.realized);
  bookRealized(tx, takeover, moved.realized);
  postings.ledger('CLEARING', 'REALIZED_PNL', -(realized + moved.realized));
  const liquidatorFee = liquidator ? (fee * pool.rules.liquidatorShare) / ONE : 0n;
  const fundFee = fee - liquidatorFee;
  add(account, 'FEE', -fee);
  if (liquidator) add(liquidator, 'FEE', liquidatorFee);
  postings.ledger('FUND', 'LIQUIDATION_FEE', fundFee);
  const fundBalance = pool.fundBalance + fundFee;
  checkBalance(fundBalance, ['input', 'feeRate']);
  if (isBankrupt) checkDeficit(-after.equity, ['input', 'closeouts']);

  const sequence = tx.advance({
    fundBalance,
    accounts: [account, takeover, ...(liquidator ? [liquidator] : [])].map(({ accountNo }) => accountNo),
  });
  const ref = liquidation.ref ?? `liquidation-${sequence}`;
  if (isBankrupt && liquidation.ref === null) refuseTakenRef(await isRefTaken(tx, ref), ['input', 'ref']);
  const left = new Set(closes.map(({ index }) => index));
  writePositions(tx, [
    ...[...left].map((index) =>
      positionLine(account, { market: open[index]!.market, ...closed.holdings[index]!.position }),
    ),
    ...moved.positions.map((position) => positionLine(takeover, position)),
  ]);
  writePostings(tx, sequence, postings);
  writeHeads(tx, sequence, [...new Set([account, takeover, ...(liquidator ? [liquidator] : [])])]);
  if (fundFee > 0n) {
    writeFundEntry(tx, sequence, {
      kind: 'LIQUIDATION_FEE',
      amount: fundFee,
      balanceAfter: fundBalance,
      ref: null,
    });
  }
  clearFlatBurdens(tx, sequence, [account.accountNo, takeover.accountNo]);
  if (isBankrupt) {
    const pnls = sold.map(({ market, price }) => ({
      market,
      pnl: positionPnl(open.find((position) => position.market === market)!, { ...market, mark: price }),
    }));
    openLoss(tx, sequence, { ref, account, deficit: -after.equity, pnls });
  }
  writeRow(tx, sequence, liquidation, { realized, fundFee, liquidatorFee, isBankrupt, sold });
  return sequence;
}

function writeRow(
  tx: PoolTransaction,
  at: bigint,
  { account, takeover, liquidator, before, after, closed, fee, feeRate }: Liquidation,
  outcome: {
    readonly realized: bigint;
    readonly fundFee: bigint;
    readonly liquidatorFee: bigint;
    readonly isBankrupt: boolean;
    readonly sold: readonly { market: { marketNo: number }; size: bigint; price: bigint }[];
  },
): void {
  const { sql, pool, now } = tx;
  const sequence = at.toString();
  const { realized, fundFee, liquidatorFee, isBankrupt, sold } = outcome;
  const equityAfter = after.equity - fee;
  tx.write(sql`
    insert into liquidations (pool_id, sequence, account_no, takeover_account_no, fee_rate, fee, fund_fee, liquidator_fee,
                              liquidator_account_no, realized, health_before, health_after, equity_before, equity_after,
                              loss_sequence, liquidated_at)
    values (${pool.poolId}, ${sequence}, ${account.accountNo}, ${takeover.accountNo}, ${quantityText(feeRate)}, ${fee.toString()},
            ${fundFee.toString()}, ${liquidatorFee.toString()}, ${liquidatorFee > 0n ? liquidator!.accountNo : null},
            ${realized.toString()}, ${healthOf(before)}, ${healthOf({ ...after, equity: equityAfter })},
            ${before.equity.toString()}, ${equityAfter.toString()}, ${isBankrupt ? sequence : null}, ${now}::timestamptz)`);
  if (sold.length === 0) return;
  tx.write(sql`
    insert into liquidation_closes (pool_id, sequence, ordinal, market_no, size, price, realized)
    select ${pool.poolId}, ${sequence}::bigint, n.ordinal, n.market_no, n.size, n.price, n.realized
    from unnest(${sold.map(({ market }) => market.marketNo)}::int[], ${sold.map(({ size }) => quantityText(size))}::numeric[],
                ${sold.map(({ price }) => quantityText(price))}::numeric[], ${closed.realized.map(String)}::numeric[])
      with ordinality as n(market_no, size, price, realized, ordinal)`);
}
