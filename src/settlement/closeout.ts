import { abs, MAX_AMOUNT, MAX_QUANTITY } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { addTrade, type Position, unrealizedPnl } from '../margin/position.ts';
import { checkPrice } from './check.ts';
import { type AccountHead, checkIsolation } from './ledger.ts';
import { knownMarket, type MarketRow } from './markets.ts';
import { type PositionLine, storedValue } from './positions.ts';
import { quantity } from './quantity.ts';
import type { PoolTransaction } from './transaction.ts';

/** What closing an account out takes, whoever asks for it: its positions, their prices, and who takes them over. */

export interface OpenPosition extends Position {
  readonly market: MarketRow;
}

export interface CloseoutInput {
  readonly market: string;
  readonly price: string;
}

/** The open positions of an account, by market symbol. */
export async function readPositions(
  { sql, pool }: Pick<PoolTransaction, 'sql' | 'pool'>,
  accountNo: number,
  markets: Map<string, MarketRow>,
): Promise<OpenPosition[]> {
  const rows = await sql<{ market_no: number; size: string; cost: string }[]>`
    select market_no, size, cost from positions
    where pool_id = ${pool.poolId} and account_no = ${accountNo} and size <> 0`;
  const byNo = new Map(rows.map((row) => [row.market_no, row]));
  return [...markets.values()].flatMap((market) => {
    const row = byNo.get(market.marketNo);
    return row ? [{ size: quantity(row.size), cost: storedValue(row.cost), market }] : [];
  });
}

/** The price that is given for each market, none twice and only of markets that the account has a position in. */
export function givenPrices(
  open: readonly OpenPosition[],
  given: readonly CloseoutInput[],
  markets: Map<string, MarketRow>,
): Map<MarketRow, bigint> {
  const prices = new Map<MarketRow, bigint>();
  const held = new Set(open.map(({ market }) => market));
  given.forEach(({ market: symbol, price }, index) => {
    const path: Path = ['input', 'closeouts', index, 'market'];
    const market = knownMarket(markets, symbol, path);
    if (!held.has(market))
      throw new Refusal('INVALID_INPUT', 'The account holds no position in this market: leave it out.', path);
    if (prices.has(market))
      throw new Refusal('INVALID_INPUT', 'The list names this market twice: keep one.', path);
    prices.set(market, checkPrice(price, 'The close-out price', ['input', 'closeouts', index, 'price']));
  });
  return prices;
}

/** An account with a position that nobody can value is not closed out. */
export function checkMarked(open: readonly OpenPosition[], path: Path): void {
  const unmarked = open.find(({ market }) => market.mark === null);
  if (!unmarked) return;
  throw new Refusal(
    'INVALID_INPUT',
    `${unmarked.market.symbol} has no mark yet: publish one before an account with a position in it is closed out.`,
    path,
  );
}

/** What was closed, and at which price. */
export interface ClosedPosition {
  readonly market: MarketRow;
  /** Signed as the position was. */
  readonly size: bigint;
  readonly price: bigint;
}

/** What the takeover account holds after taking everything at its close-out price, and the PnL that this realizes. */
export function takeOver(
  head: AccountHead,
  open: readonly OpenPosition[],
  closes: readonly ClosedPosition[],
  decimals: number,
): { positions: OpenPosition[]; realized: bigint } {
  const path: Path = ['input', 'takeoverAccount'];
  const own = new Map(open.map((position) => [position.market, position]));
  let realized = 0n;
  for (const { market, size, price } of closes) {
    checkIsolation(head, market, path);
    const before = own.get(market) ?? { size: 0n, cost: 0n };
    const trade = addTrade(before, size, price, market.contractSize, decimals);
    realized += trade.realized;
    if (abs(trade.position.size) > MAX_QUANTITY) {
      throw new Refusal(
        'INVALID_INPUT',
        `The takeover account would hold 10^20 or more of ${market.symbol}: name another.`,
        path,
      );
    }
    own.set(market, { market, ...trade.position });
  }
  const touched = new Set(closes.map(({ market }) => market));
  return { positions: [...own.values()].filter(({ market }) => touched.has(market)), realized };
}

export const positionLine = (
  { accountNo }: AccountHead,
  { market, size, cost }: OpenPosition,
): PositionLine => ({ accountNo, marketNo: market.marketNo, size, cost, asOf: null });

export function refuseTakenRef(taken: boolean, path: Path): void {
  if (!taken) return;
  throw new Refusal(
    'ALREADY_EXISTS',
    'A loss event of that ref exists already: choose a ref of its own.',
    path,
  );
}

export async function isRefTaken({ sql, pool }: PoolTransaction, ref: string): Promise<boolean> {
  const [taken] = await sql`select from loss_events where pool_id = ${pool.poolId} and ref = ${ref}`;
  return taken !== undefined;
}

export function checkDeficit(deficit: bigint, path: Path): void {
  if (deficit <= MAX_AMOUNT) return;
  throw new Refusal(
    'INVALID_INPUT',
    "The deficit is out of range: at most 10^37 of the asset's smallest unit.",
    path,
  );
}

export interface NewLoss {
  readonly ref: string;
  readonly account: AccountHead;
  /** In atoms, > 0. */
  readonly deficit: bigint;
  /** What the account lost or won in each market, as exact values: losses are kept, floored like any loss. */
  readonly pnls: readonly { readonly market: MarketRow; readonly pnl: bigint }[];
}

/** Opens a loss event over what an account owes once it is closed out, and says so. */
export function openLoss(tx: PoolTransaction, sequence: bigint, loss: NewLoss): void {
  const { sql, pool, now } = tx;
  const { accountNo } = loss.account;
  const at = sequence.toString();
  tx.write(
    sql`update accounts set status = 'BANKRUPT' where pool_id = ${pool.poolId} and account_no = ${accountNo}`,
  );
  tx.write(sql`
    insert into loss_events (pool_id, sequence, ref, account_no, deficit, opened_at, uncovered)
    values (${pool.poolId}, ${at}, ${loss.ref}, ${accountNo}, ${loss.deficit.toString()}, ${now}::timestamptz,
            ${loss.deficit.toString()})`);
  const losses = loss.pnls
    .map(({ market, pnl }) => ({ marketNo: market.marketNo, loss: -unrealizedPnl([pnl], pool.decimals) }))
    .filter(({ loss }) => loss > 0n);
  if (losses.length > 0) {
    tx.write(sql`
      insert into loss_event_markets (pool_id, sequence, market_no, loss)
      select ${pool.poolId}, ${at}::bigint, * from unnest(
        ${losses.map(({ marketNo }) => marketNo)}::int[], ${losses.map(({ loss }) => loss.toString())}::numeric[])`);
  }
  tx.notice('LOSS_OPENED', sequence);
}
