import { abs } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import {
  applyCloses,
  type Closable,
  type Close,
  closingOrder,
  liquidationFee,
  planLiquidation,
} from '../margin/liquidation.ts';
import { healthOf, marginOf } from '../margin/margin.ts';
import { checkItems, checkName, checkPrice, checkQuantity, checkRate } from './check.ts';
import {
  type CloseoutInput,
  checkMarked,
  givenPrices,
  isRefTaken,
  type OpenPosition,
  readPositions,
  refuseTakenRef,
} from './closeout.ts';
import { type AccountHead, activeAccount, readHeads } from './ledger.ts';
import { readMarkets } from './markets.ts';
import { quantityText } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';
import { writeLiquidation } from './write-liquidation.ts';

export interface LiquidateInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly account: string;
  readonly closeouts?: readonly (CloseoutInput & { readonly size?: string | null })[] | null;
  readonly atMarks?: boolean | null;
  readonly takeoverAccount: string;
  readonly feeRate?: string | null;
  readonly ref?: string | null;
}

/**
 * Closes as much of an account as brings it back to SAFE, moves that to the takeover account, and charges the liquidation
 * fee out of what equity is left. What ends below zero with nothing left to close opens a loss event by itself.
 */
export async function liquidate(runtime: Runtime, input: LiquidateInput): Promise<Committed> {
  const { idempotencyKey } = input;
  const given = checkShape(input);
  return inPool(runtime, { mutation: 'liquidate', pool: input.pool, idempotencyKey, input }, async (tx) => {
    const { pool } = tx;
    if (input.ref != null) refuseTakenRef(await isRefTaken(tx, input.ref), ['input', 'ref']);
    const { liquidatorAccount } = pool.rules;
    const heads = await readHeads(tx, [
      input.account,
      input.takeoverAccount,
      ...(liquidatorAccount === null ? [] : [liquidatorAccount]),
    ]);
    const account = activeAccount(heads, input.account, ['input', 'account']);
    const takeover = activeAccount(heads, input.takeoverAccount, ['input', 'takeoverAccount']);
    if (takeover === account) {
      throw new Refusal('INVALID_INPUT', 'The takeover account is the liquidated one itself: name another.', [
        'input',
        'takeoverAccount',
      ]);
    }
    const markets = await readMarkets(tx);
    const open = await readPositions(tx, account.accountNo, markets);
    const prices = givenPrices(open, given, markets);
    checkMarked(open, ['input', 'account']);

    const before = marginOf(account.balance, open.map(toHolding), pool.decimals);
    const healthBefore = healthOf(before);
    if (healthBefore !== 'LIQUIDATABLE' && healthBefore !== 'BANKRUPT') {
      throw new Refusal(
        'NOT_LIQUIDATABLE',
        `The account is ${healthBefore} at the marks: leave it, or publish the marks that make it fail.`,
        ['input', 'account'],
      );
    }
    const feeRate =
      input.feeRate == null
        ? pool.rules.liquidationFeeRate
        : checkRate(input.feeRate, 'feeRate', ['input', 'feeRate']);
    const closable = open.map((position) => ({
      ...toHolding(position),
      price: prices.get(position.market) ?? position.market.mark!,
    }));
    const closes = chooseCloses(tx, input, account, open, closable, feeRate);
    const closed = applyCloses(account.balance, closable, closes, pool.decimals);
    const after = marginOf(closed.balance, closed.holdings, pool.decimals);
    const fee = liquidationFee(closed.turnover, feeRate, after.equity, pool.decimals);
    const liquidator = liquidatorAccount === null ? null : (heads.get(liquidatorAccount) ?? null);
    const sequence = await writeLiquidation(tx, {
      ref: input.ref ?? null,
      account,
      takeover,
      takeoverOpen: await readPositions(tx, takeover.accountNo, markets),
      // Whoever is not there to take its share leaves it to the fund: nothing holds up a liquidation.
      liquidator: liquidator?.status === 'ACTIVE' && liquidator !== account ? liquidator : null,
      open,
      closable,
      closes,
      closed,
      before,
      after,
      fee,
      feeRate,
    });
    return { sequence, count: closes.length };
  });
}

const toHolding = ({ market, size, cost }: OpenPosition) => ({ position: { size, cost }, terms: market });

function checkShape(input: LiquidateInput): NonNullable<LiquidateInput['closeouts']> {
  if (input.ref != null) checkName(input.ref, 'The ref', ['input', 'ref']);
  const given = input.closeouts ?? [];
  if ((input.closeouts != null) === (input.atMarks ?? false)) {
    throw new Refusal(
      'INVALID_INPUT',
      'Give closeouts, or atMarks: true to close at the marks: one of the two.',
      ['input', 'closeouts'],
    );
  }
  if (input.closeouts != null) checkItems(given, 'closeouts', ['input', 'closeouts']);
  given.forEach(({ price, size }, index) => {
    checkPrice(price, 'The close-out price', ['input', 'closeouts', index, 'price']);
    if (size == null) return;
    const path: Path = ['input', 'closeouts', index, 'size'];
    if (checkQuantity(size, 'The size', path) <= 0n)
      throw new Refusal(
        'INVALID_INPUT',
        'The size is above zero, whatever the side: how much is closed.',
        path,
      );
  });
  return given;
}

/** What is closed: the sizes that the caller gives, and of the other positions what the rules' order takes to be SAFE. */
function chooseCloses(
  { pool }: PoolTransaction,
  input: LiquidateInput,
  account: AccountHead,
  open: readonly OpenPosition[],
  closable: readonly Closable[],
  feeRate: bigint,
): Close[] {
  const done: Close[] = [];
  const planned = new Set(open.keys());
  if (input.closeouts != null) {
    planned.clear();
    input.closeouts.forEach(({ market, size }, k) => {
      const index = open.findIndex((position) => position.market.symbol === market);
      if (size == null) {
        planned.add(index);
        return;
      }
      const amount = checkQuantity(size, 'The size', ['input', 'closeouts', k, 'size']);
      const held = open[index]!.size;
      if (amount > abs(held)) {
        throw new Refusal(
          'INVALID_INPUT',
          `The account holds ${quantityText(abs(held))} of ${market}: close at most that.`,
          ['input', 'closeouts', k, 'size'],
        );
      }
      done.push({ index, size: held > 0n ? amount : -amount });
    });
  }
  const order = closingOrder(closable, pool.rules.liquidationOrder).filter((index) => planned.has(index));
  return planLiquidation(account.balance, closable, order, feeRate, pool.decimals, done);
}
