import { abs, MAX_AMOUNT, MAX_QUANTITY } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { addTrade, type Position, valuePerAtom } from '../margin/position.ts';
import { checkAmount, checkItems, checkName, checkPrice, checkQuantity } from './check.ts';
import {
  type AccountHead,
  activeAccount,
  bookRealized,
  checkBalance,
  checkIsolation,
  clearFlatBurdens,
  readHeads,
  writeHeads,
  writePostings,
} from './ledger.ts';
import { knownMarket, type MarketRow, readMarkets } from './markets.ts';
import {
  checkPositionLimit,
  checkPositionSource,
  closedAccounts,
  type PositionLine,
  storedValue,
  writePositions,
} from './positions.ts';
import { quantity, quantityText } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface FillInput {
  readonly trade: string;
  readonly account: string;
  readonly market: string;
  readonly size: string;
  readonly price: string;
  readonly fee?: string | null;
}

export interface RecordFillsInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly fills: readonly FillInput[];
}

const list: Path = ['input', 'fills'];

/** A fill that is new, with what it names. */
interface Fill {
  readonly index: number;
  readonly trade: string;
  readonly head: AccountHead;
  readonly market: MarketRow;
  readonly size: bigint;
  readonly price: bigint;
  readonly fee: bigint;
}

/**
 * Trades at weighted average cost: what reduces a position realizes PnL to the ledger, what goes through zero closes and
 * opens anew, fees are paid to the venue. A trade that was recorded before is passed over.
 */
export async function recordFills(runtime: Runtime, input: RecordFillsInput): Promise<Committed> {
  const { idempotencyKey, fills } = input;
  checkItems(fills, 'fills', list);
  fills.forEach(({ trade, size, price }, index) => {
    checkName(trade, 'The trade', [...list, index, 'trade'], 255);
    if (checkQuantity(size, 'The size', [...list, index, 'size']) === 0n)
      throw new Refusal('INVALID_INPUT', 'The size is zero: leave the fill out.', [...list, index, 'size']);
    checkPrice(price, 'The price', [...list, index, 'price']);
  });
  return inPool(runtime, { mutation: 'recordFills', pool: input.pool, idempotencyKey, input }, async (tx) => {
    checkPositionSource(tx, 'FILLS', list);
    const refs = fills.map((fill) => fill.account);
    const [heads, markets] = await Promise.all([readHeads(tx, refs), readMarkets(tx)]);
    const resolved = resolveFills(tx, fills, heads, markets);
    const recorded = await readRecorded(tx, resolved);
    const added = resolved.filter((fill) => !isRepeated(fill, recorded));
    const positions = await readOwn(tx, added);
    const realized = added.map((fill) => trade(tx, fill, positions));
    const lines = [...positions.values()].map(({ line }) => line);

    const postings = bookFills(tx, added, realized);
    const sequence = tx.advance({ accounts: added.map(({ head }) => head.accountNo) });
    writeFills(tx, sequence, added, realized);
    writePositions(tx, lines);
    writePostings(tx, sequence, postings);
    writeHeads(tx, sequence, [...new Set(added.map(({ head }) => head))]);
    clearFlatBurdens(tx, sequence, closedAccounts(lines));
    return { sequence, count: added.length };
  });
}

function resolveFills(
  { pool }: PoolTransaction,
  fills: readonly FillInput[],
  heads: Map<string, AccountHead>,
  markets: Map<string, MarketRow>,
): Fill[] {
  return fills.map((input, index) => {
    const head = activeAccount(heads, input.account, [...list, index, 'account']);
    const market = knownMarket(markets, input.market, [...list, index, 'market']);
    checkIsolation(head, market, [...list, index, 'market']);
    return {
      index,
      trade: input.trade,
      head,
      market,
      size: checkQuantity(input.size, 'The size', [...list, index, 'size']),
      price: checkPrice(input.price, 'The price', [...list, index, 'price']),
      fee: input.fee == null ? 0n : checkAmount(input.fee, pool.decimals, [...list, index, 'fee']),
    };
  });
}

/** What a fill says, to be told from another of the same trade and account. */
const saying = (fill: Pick<Fill, 'size' | 'price' | 'fee'> & { marketNo: number }): string =>
  [fill.marketNo, fill.size, fill.price, fill.fee].join('/');
const nameOf = (trade: string, accountNo: number): string => `${accountNo}/${trade}`;

/** The fills of these trades and accounts that were recorded before. */
async function readRecorded(
  { sql, pool }: PoolTransaction,
  fills: readonly Fill[],
): Promise<Map<string, string>> {
  const rows = await sql<Record<string, string>[]>`
    select f.trade, f.account_no, f.market_no, f.size, f.price, f.fee
    from unnest(${fills.map(({ trade }) => trade)}::text[], ${fills.map(({ head }) => head.accountNo)}::int[]) as n(trade, account_no)
    join fills f on f.pool_id = ${pool.poolId} and f.trade = n.trade and f.account_no = n.account_no`;
  return new Map(
    rows.map((row) => [
      `${row.account_no}/${row.trade}`,
      saying({
        marketNo: row.market_no as unknown as number,
        size: quantity(row.size!),
        price: quantity(row.price!),
        fee: BigInt(row.fee!),
      }),
    ]),
  );
}

/** Twice is once; twice and different is refused. `recorded` learns what it is asked about. */
function isRepeated(fill: Fill, recorded: Map<string, string>): boolean {
  const name = nameOf(fill.trade, fill.head.accountNo);
  const said = saying({ ...fill, marketNo: fill.market.marketNo });
  const known = recorded.get(name);
  recorded.set(name, said);
  if (known === undefined) return false;
  if (known === said) return true;
  throw new Refusal(
    'IDEMPOTENCY_CONFLICT',
    'This trade was recorded for the account with another market, size, price or fee: send what you sent then, or a trade of its own.',
    [...list, fill.index, 'trade'],
  );
}

interface Own {
  line: PositionLine;
}
const key = (accountNo: number, marketNo: number): string => `${accountNo}/${marketNo}`;

/** The positions that fills change, as they are; closed where there are none. */
async function readOwn({ sql, pool }: PoolTransaction, fills: readonly Fill[]): Promise<Map<string, Own>> {
  const own = new Map<string, Own>();
  for (const { head, market } of fills) {
    const { accountNo } = head;
    const { marketNo } = market;
    own.set(key(accountNo, marketNo), { line: { accountNo, marketNo, size: 0n, cost: 0n, asOf: null } });
  }
  const wanted = [...own.values()].map(({ line }) => line);
  const rows = await sql<{ account_no: number; market_no: number; size: string; cost: string }[]>`
    select p.account_no, p.market_no, p.size, p.cost
    from unnest(${wanted.map(({ accountNo }) => accountNo)}::int[], ${wanted.map(({ marketNo }) => marketNo)}::int[])
      as n(account_no, market_no)
    join positions p on p.pool_id = ${pool.poolId} and p.account_no = n.account_no and p.market_no = n.market_no`;
  for (const row of rows) {
    const entry = own.get(key(row.account_no, row.market_no))!;
    entry.line = { ...entry.line, size: quantity(row.size), cost: storedValue(row.cost) };
  }
  return own;
}

/** Adds a fill to its position and answers what it realized, in atoms. */
function trade({ pool }: PoolTransaction, fill: Fill, positions: Map<string, Own>): bigint {
  const { head, market, size, price, index } = fill;
  const path: Path = [...list, index, 'size'];
  const entry = positions.get(key(head.accountNo, market.marketNo))!;
  const before: Position = entry.line;
  const { position, realized } = addTrade(before, size, price, market.contractSize, pool.decimals);
  if (abs(position.size) > MAX_QUANTITY || abs(position.cost) > MAX_AMOUNT * valuePerAtom(pool.decimals)) {
    throw new Refusal(
      'INVALID_INPUT',
      "The position would be out of range: below 10^20 contracts, and a cost of at most 10^37 of the asset's smallest unit.",
      path,
    );
  }
  if (abs(position.size) > abs(before.size)) checkPositionLimit(position.size, market, path);
  entry.line = { ...entry.line, ...position };
  return realized;
}

function bookFills(tx: PoolTransaction, fills: readonly Fill[], realized: readonly bigint[]): PostingBatch {
  const postings = new PostingBatch();
  const net = new Map<AccountHead, bigint>();
  let [pnl, fees] = [0n, 0n];
  fills.forEach(({ head, fee, trade, index }, i) => {
    const gain = realized[i]!;
    head.balance += gain;
    postings.account(head.accountNo, 'REALIZED_PNL', gain, head.balance, trade);
    head.balance -= fee;
    postings.account(head.accountNo, 'FEE', -fee, head.balance, trade);
    checkBalance(head.balance, [...list, index, 'price']);
    net.set(head, (net.get(head) ?? 0n) + gain);
    pnl += gain;
    fees += fee;
  });
  for (const [head, gain] of net) bookRealized(tx, head, gain);
  postings.ledger('CLEARING', 'REALIZED_PNL', -pnl);
  postings.ledger('CLEARING', 'FEE', fees);
  return postings;
}

function writeFills(
  tx: PoolTransaction,
  sequence: bigint,
  fills: readonly Fill[],
  realized: readonly bigint[],
): void {
  if (fills.length === 0) return;
  const { sql, pool } = tx;
  tx.write(sql`
    insert into fills (pool_id, sequence, ordinal, trade, account_no, market_no, size, price, fee, realized)
    select ${pool.poolId}, ${sequence.toString()}::bigint, n.ordinal, n.trade, n.account_no, n.market_no, n.size, n.price, n.fee,
           n.realized
    from unnest(${fills.map(({ trade }) => trade)}::text[], ${fills.map(({ head }) => head.accountNo)}::int[],
                ${fills.map(({ market }) => market.marketNo)}::int[], ${fills.map(({ size }) => quantityText(size))}::numeric[],
                ${fills.map(({ price }) => quantityText(price))}::numeric[], ${fills.map(({ fee }) => fee.toString())}::numeric[],
                ${realized.map(String)}::numeric[])
      with ordinality as n(trade, account_no, market_no, size, price, fee, realized, ordinal)`);
}
