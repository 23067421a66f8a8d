import { PostingBatch } from '../core/postings.ts';
import { NO_BURDEN } from '../core/profit.ts';
import { Refusal } from '../core/refusal.ts';
import { positionPnl, unrealizedPnl } from '../margin/position.ts';
import { checkItems, checkName, checkPrice } from './check.ts';
import {
  type CloseoutInput,
  checkDeficit,
  checkMarked,
  givenPrices,
  isRefTaken,
  openLoss,
  positionLine,
  readPositions,
  refuseTakenRef,
  takeOver,
} from './closeout.ts';
import {
  activeAccount,
  bookRealized,
  checkBalance,
  clearFlatBurdens,
  readHeads,
  writeHeads,
  writePostings,
} from './ledger.ts';
import { readMarkets } from './markets.ts';
import { writePositions } from './positions.ts';
import { type Committed, inPool, type Runtime } from './transaction.ts';

export interface ReportBankruptcyInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly ref: string;
  readonly account: string;
  readonly closeouts?: readonly CloseoutInput[] | null;
  readonly takeoverAccount?: string | null;
}

/**
 * Closes an account's positions at the given prices (the mark where none is given), moves them to the takeover
 * account at those prices, and opens a loss event over the negative equity that is left.
 */
export async function reportBankruptcy(runtime: Runtime, input: ReportBankruptcyInput): Promise<Committed> {
  const { idempotencyKey } = input;
  checkName(input.ref, 'The ref', ['input', 'ref']);
  const given = input.closeouts ?? [];
  if (given.length > 0) checkItems(given, 'closeouts', ['input', 'closeouts']);
  given.forEach(({ price }, index) => {
    checkPrice(price, 'The close-out price', ['input', 'closeouts', index, 'price']);
  });

  return inPool(
    runtime,
    { mutation: 'reportBankruptcy', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { pool } = tx;
      refuseTakenRef(await isRefTaken(tx, input.ref), ['input', 'ref']);
      const takeoverRef = input.takeoverAccount ?? null;
      const refs = takeoverRef === null ? [input.account] : [input.account, takeoverRef];
      const [heads, markets] = await Promise.all([readHeads(tx, refs), readMarkets(tx)]);
      const bankrupt = activeAccount(heads, input.account, ['input', 'account']);
      const takeover =
        takeoverRef === null ? null : activeAccount(heads, takeoverRef, ['input', 'takeoverAccount']);
      if (takeover === bankrupt) {
        throw new Refusal('INVALID_INPUT', 'The takeover account is the bankrupt itself: name another.', [
          'input',
          'takeoverAccount',
        ]);
      }
      const open = await readPositions(tx, bankrupt.accountNo, markets);
      const prices = givenPrices(open, given, markets);
      checkMarked(open, ['input', 'closeouts']);
      if (open.length > 0 && !takeover) {
        throw new Refusal(
          'INVALID_INPUT',
          'The account has open positions: name a takeoverAccount, so that the sizes of every market still add up.',
          ['input', 'takeoverAccount'],
        );
      }
      const closes = open.map((position) => {
        const { market, size } = position;
        const price = prices.get(market) ?? market.mark!;
        return { market, size, price, pnl: positionPnl(position, { ...market, mark: price }) };
      });

      const realized = unrealizedPnl(
        closes.map(({ pnl }) => pnl),
        pool.decimals,
      );
      const deficit = -(bankrupt.balance + realized);
      if (deficit <= 0n) {
        throw new Refusal(
          'NOT_BANKRUPT',
          'At these prices the account is not below zero: liquidate it, or report it at the prices it was closed at.',
          ['input', 'account'],
        );
      }
      checkDeficit(deficit, ['input', 'closeouts']);

      const postings = new PostingBatch();
      bankrupt.balance += realized;
      bankrupt.burden = NO_BURDEN;
      postings.account(bankrupt.accountNo, 'REALIZED_PNL', realized, bankrupt.balance, input.ref);
      const moved = takeover
        ? takeOver(takeover, await readPositions(tx, takeover.accountNo, markets), closes, pool.decimals)
        : null;
      if (takeover && moved) {
        takeover.balance += moved.realized;
        checkBalance(takeover.balance, ['input', 'takeoverAccount']);
        bookRealized(tx, takeover, moved.realized);
        postings.account(takeover.accountNo, 'REALIZED_PNL', moved.realized, takeover.balance, input.ref);
      }
      postings.ledger('CLEARING', 'REALIZED_PNL', -(realized + (moved?.realized ?? 0n)), input.ref);

      const sequence = tx.advance({
        accounts: [bankrupt, ...(takeover ? [takeover] : [])].map(({ accountNo }) => accountNo),
      });
      writePositions(tx, [
        ...closes.map(({ market }) => positionLine(bankrupt, { market, size: 0n, cost: 0n })),
        ...(takeover && moved ? moved.positions.map((position) => positionLine(takeover, position)) : []),
      ]);
      writePostings(tx, sequence, postings);
      writeHeads(tx, sequence, takeover && moved?.realized ? [bankrupt, takeover] : [bankrupt]);
      if (takeover) clearFlatBurdens(tx, sequence, [takeover.accountNo]);
      openLoss(tx, sequence, { ref: input.ref, account: bankrupt, deficit, pnls: closes });
      return { sequence, count: 1 };
    },
  );
}
