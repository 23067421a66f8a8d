import { abs, MAX_AMOUNT, MAX_QUANTITY } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { NO_BURDEN } from '../core/profit.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { addTrade, type Position, positionPnl, unrealizedPnl } from '../margin/position.ts';
import { checkItems, checkName, checkPrice } from './check.ts';
import {
  type AccountHead,
  activeAccount,
  bookRealized,
  checkBalance,
  clearFlatBurdens,
  readHeads,
  writeHeads,
  writePostings,
} from './ledger.ts';
import { knownMarket, type MarketRow, readMarkets } from './markets.ts';
import { type PositionLine, storedValue, writePositions } from './positions.ts';
import { quantity } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface ReportBankruptcyInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly ref: string;
  readonly account: string;
  readonly closeouts?: readonly { readonly market: string; readonly price: string }[] | null;
  readonly takeoverAccount?: string | null;
}

interface Holding extends Position {
  readonly market: MarketRow;
}

/** An open position with the price that it is closed out at. */
interface Closeout extends Holding {
  readonly price: bigint;
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
      const { sql, pool } = tx;
      const [taken] =
        await sql`select from loss_events where pool_id = ${pool.poolId} and ref = ${input.ref}`;
      if (taken) {
        throw new Refusal(
          'ALREADY_EXISTS',
          'A loss event of that ref exists already: choose a ref of its own.',
          ['input', 'ref'],
        );
      }
      const takeoverRef = input.takeoverAccount ?? null;
      const heads = await readHeads(
        tx,
        takeoverRef === null ? [input.account] : [input.account, takeoverRef],
      );
      const bankrupt = activeAccount(heads, input.account, ['input', 'account']);
      const takeover =
        takeoverRef === null ? null : activeAccount(heads, takeoverRef, ['input', 'takeoverAccount']);
      if (takeover === bankrupt) {
        throw new Refusal('INVALID_INPUT', 'The takeover account is the bankrupt itself: name another.', [
          'input',
          'takeoverAccount',
        ]);
      }
      const markets = await readMarkets(tx);
      const closeouts = closeoutPrices(await readPositions(tx, bankrupt.accountNo, markets), given, markets);
      if (closeouts.length > 0 && !takeover) {
        throw new Refusal(
          'INVALID_INPUT',
          'The account has open positions: name a takeoverAccount, so that the sizes of every market still add up.',
          ['input', 'takeoverAccount'],
        );
      }

      const realized = unrealizedPnl(
        closeouts.map((line) =>
          positionPnl(line, { contractSize: line.market.contractSize, mark: line.price }),
        ),
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
      if (deficit > MAX_AMOUNT) {
        throw new Refusal(
          'INVALID_INPUT',
          "The deficit is out of range: at most 10^37 of the asset's smallest unit.",
          ['input', 'closeouts'],
        );
      }

      const postings = new PostingBatch();
      bankrupt.balance += realized;
      bankrupt.burden = NO_BURDEN;
      postings.account(bankrupt.accountNo, 'REALIZED_PNL', realized, bankrupt.balance, input.ref);
      const moved = takeover
        ? takeOver(await readPositions(tx, takeover.accountNo, markets), closeouts, pool.decimals)
        : null;
      if (takeover && moved) {
        takeover.balance += moved.realized;
        checkBalance(takeover.balance, ['input', 'takeoverAccount']);
        bookRealized(tx, takeover, moved.realized);
        postings.account(takeover.accountNo, 'REALIZED_PNL', moved.realized, takeover.balance, input.ref);
      }
      postings.ledger('CLEARING', 'REALIZED_PNL', -(realized + (moved?.realized ?? 0n)), input.ref);

      const sequence = await tx.advance();
      await writePositions(tx, positionLines(bankrupt, takeover, closeouts, moved?.positions ?? []));
      await writePostings(tx, sequence, postings);
      await writeHeads(tx, sequence, takeover && moved?.realized ? [bankrupt, takeover] : [bankrupt]);
      if (takeover) await clearFlatBurdens(tx, sequence, [takeover.accountNo]);
      await sql`update accounts set status = 'BANKRUPT' where pool_id = ${pool.poolId} and account_no = ${bankrupt.accountNo}`;
      await sql`
      insert into loss_events (pool_id, sequence, ref, account_no, deficit, opened_at, uncovered)
      values (${pool.poolId}, ${sequence.toString()}, ${input.ref}, ${bankrupt.accountNo}, ${deficit.toString()},
              ${tx.now}::timestamptz, ${deficit.toString()})`;
      await writeMarketLosses(tx, sequence, closeouts);
      await tx.notice('LOSS_OPENED', sequence);
      return { sequence, count: 1 };
    },
  );
}

/** What the account lost in each market, for pools whose losses are the market's: floored like any loss. */
async function writeMarketLosses(
  { sql, pool }: PoolTransaction,
  sequence: bigint,
  closeouts: readonly Closeout[],
): Promise<void> {
  const losses = closeouts
    .map((line) => ({
      marketNo: line.market.marketNo,
      loss: -unrealizedPnl(
        [positionPnl(line, { contractSize: line.market.contractSize, mark: line.price })],
        pool.decimals,
      ),
    }))
    .filter(({ loss }) => loss > 0n);
  if (losses.length === 0) return;
  await sql`
    insert into loss_event_markets (pool_id, sequence, market_no, loss)
    select ${pool.poolId}, ${sequence.toString()}::bigint, * from unnest(
      ${losses.map(({ marketNo }) => marketNo)}::int[], ${losses.map(({ loss }) => loss.toString())}::numeric[])`;
}

async function readPositions(
  { sql, pool }: PoolTransaction,
  accountNo: number,
  markets: Map<string, MarketRow>,
): Promise<Holding[]> {
  const rows = await sql<{ market_no: number; size: string; cost: string }[]>`
    select market_no, size, cost from positions
    where pool_id = ${pool.poolId} and account_no = ${accountNo} and size <> 0 order by market_no`;
  const byNo = new Map([...markets.values()].map((market) => [market.marketNo, market]));
  return rows.map((row) => ({
    size: quantity(row.size),
    cost: storedValue(row.cost),
    market: byNo.get(row.market_no)!,
  }));
}

function closeoutPrices(
  holdings: readonly Holding[],
  given: readonly { market: string; price: string }[],
  markets: Map<string, MarketRow>,
): Closeout[] {
  const prices = new Map<MarketRow, bigint>();
  const held = new Set(holdings.map((holding) => holding.market));
  given.forEach(({ market: symbol, price }, index) => {
    const path: Path = ['input', 'closeouts', index, 'market'];
    const market = knownMarket(markets, symbol, path);
    if (!held.has(market))
      throw new Refusal('INVALID_INPUT', 'The account holds no position in this market: leave it out.', path);
    if (prices.has(market))
      throw new Refusal('INVALID_INPUT', 'The list names this market twice: keep one.', path);
    prices.set(market, checkPrice(price, 'The close-out price', ['input', 'closeouts', index, 'price']));
  });
  return holdings.map((holding) => {
    const { market } = holding;
    if (market.mark === null) {
      throw new Refusal(
        'INVALID_INPUT',
        `${market.symbol} has no mark yet: publish one before an account with a position in it is closed out.`,
        ['input', 'closeouts'],
      );
    }
    return { ...holding, price: prices.get(market) ?? market.mark };
  });
}

/** What the takeover account holds after taking every position at its close-out price, and the PnL that this realizes. */
function takeOver(holdings: readonly Holding[], closeouts: readonly Closeout[], decimals: number) {
  const own = new Map(holdings.map((holding) => [holding.market, holding]));
  let realized = 0n;
  const positions = closeouts.map(({ market, size, price }) => {
    const before = own.get(market) ?? { size: 0n, cost: 0n };
    const trade = addTrade(before, size, price, market.contractSize, decimals);
    realized += trade.realized;
    if (abs(trade.position.size) > MAX_QUANTITY) {
      throw new Refusal(
        'INVALID_INPUT',
        `The takeover account would hold 10^20 or more of ${market.symbol}: name another.`,
        ['input', 'takeoverAccount'],
      );
    }
    return { market, ...trade.position };
  });
  return { positions, realized };
}

function positionLines(
  bankrupt: AccountHead,
  takeover: AccountHead | null,
  closeouts: readonly Closeout[],
  moved: readonly Holding[],
): PositionLine[] {
  const line = (head: AccountHead, { market, size, cost }: Holding): PositionLine => ({
    accountNo: head.accountNo,
    marketNo: market.marketNo,
    size,
    cost,
    asOf: null,
  });
  return [
    ...closeouts.map(({ market }) => line(bankrupt, { market, size: 0n, cost: 0n })),
    ...(takeover ? moved.map((holding) => line(takeover, holding)) : []),
  ];
}
