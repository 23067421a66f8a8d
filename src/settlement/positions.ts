import { formatScaled, scaleDecimal, trimDecimal } from '../core/decimal.ts';
import { abs, MAX_AMOUNT } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { PositionSource } from '../core/rules.ts';
import { type Position, VALUE_SCALE, valuePerAtom } from '../margin/position.ts';
import { checkItems, checkPrice, checkQuantity } from './check.ts';
import { type AccountHead, activeAccount, checkIsolation, clearFlatBurdens, readHeads } from './ledger.ts';
import { knownMarket, latest, type MarketRow, readMarkets } from './markets.ts';
import { quantityText } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface PositionInput {
  readonly account: string;
  readonly market: string;
  readonly size: string;
  readonly entryPrice: string;
  readonly asOf?: string | null;
}

/** A position ready to be stored. */
export interface PositionLine extends Position {
  readonly accountNo: number;
  readonly marketNo: number;
  readonly asOf: string | null;
}

const list: Path = ['input', 'positions'];

/** A cost, exact in units of 10^-54, as decimal text. */
export const valueText = (value: bigint): string => trimDecimal(formatScaled(value, VALUE_SCALE));

/** A stored cost in units of 10^-54. Costs are bounded by what they cost, not by 10^20, hence the wide limit. */
export function storedValue(stored: string): bigint {
  const scaled = scaleDecimal(trimDecimal(stored), VALUE_SCALE, 10n ** 120n);
  if ('problem' in scaled) throw new Error(`a stored cost is out of ${scaled.problem}`);
  return scaled.value;
}

export function checkPositions(positions: readonly PositionInput[]): void {
  positions.forEach((position, index) => {
    checkQuantity(position.size, 'The size', [...list, index, 'size']);
    checkPrice(position.entryPrice, 'The entry price', [...list, index, 'entryPrice']);
  });
}

/** Turns inputs into lines, refusing unknown or inactive accounts, unknown markets and costs out of range. */
export function resolvePositions(
  tx: PoolTransaction,
  positions: readonly PositionInput[],
  heads: Map<string, AccountHead>,
  markets: Map<string, MarketRow>,
): PositionLine[] {
  if (positions.length > 0) checkPositionSource(tx, 'SNAPSHOTS', list);
  const limit = MAX_AMOUNT * valuePerAtom(tx.pool.decimals);
  const lines = positions.map((input, index) => {
    const head = activeAccount(heads, input.account, [...list, index, 'account']);
    const { accountNo } = head;
    const market = knownMarket(markets, input.market, [...list, index, 'market']);
    const { marketNo, contractSize } = market;
    checkIsolation(head, market, [...list, index, 'market']);
    const size = checkQuantity(input.size, 'The size', [...list, index, 'size']);
    checkPositionLimit(size, market, [...list, index, 'size']);
    const price = checkPrice(input.entryPrice, 'The entry price', [...list, index, 'entryPrice']);
    const cost = size * contractSize * price;
    if (abs(cost) > limit) {
      throw new Refusal(
        'INVALID_INPUT',
        "Size × contract size × entry price is out of range: at most 10^37 of the asset's smallest unit.",
        [...list, index, 'size'],
      );
    }
    return { accountNo, marketNo, size, cost, asOf: input.asOf ?? null };
  });
  return latest(lines, (line) => `${line.accountNo}:${line.marketNo}`, tx.now);
}

/** A pool takes its positions from fills or from snapshots, never both: either would undo the other. */
export function checkPositionSource({ pool }: PoolTransaction, source: PositionSource, path: Path): void {
  if (pool.rules.positionSource === source) return;
  throw new Refusal(
    'WRONG_POSITION_SOURCE',
    source === 'FILLS'
      ? 'The pool takes its positions from snapshots: send upsertPositions or applyUpdates, or change the rule positionSource.'
      : 'The pool takes its positions and realized PnL from fills: send recordFills, or change the rule positionSource.',
    path,
  );
}

/** Refuses a position above what its market allows. */
export function checkPositionLimit(size: bigint, { symbol, maxPosition }: MarketRow, path: Path): void {
  if (maxPosition === null || abs(size) <= maxPosition) return;
  throw new Refusal(
    'LIMIT_EXCEEDED',
    `An account may hold at most ${quantityText(maxPosition)} of ${symbol}, long or short: reduce the position.`,
    path,
  );
}

/** Writes positions; one that is older than what is stored is passed over. The answer counts those that were written. */
export function writePositions(
  tx: PoolTransaction,
  lines: readonly PositionLine[],
): PromiseLike<{ count: number }> {
  if (lines.length === 0) return Promise.resolve({ count: 0 });
  const { sql, pool, now } = tx;
  return tx.write(sql`
    insert into positions (pool_id, account_no, market_no, size, cost, updated_at)
    select ${pool.poolId}, n.account_no, n.market_no, n.size, n.cost, coalesce(n.as_of, ${now}::timestamptz)
    from unnest(${lines.map((l) => l.accountNo)}::int[], ${lines.map((l) => l.marketNo)}::int[],
                ${lines.map((l) => quantityText(l.size))}::numeric[], ${lines.map((l) => valueText(l.cost))}::numeric[],
                ${lines.map((l) => l.asOf)}::timestamptz[]) as n(account_no, market_no, size, cost, as_of)
    left join positions p on p.pool_id = ${pool.poolId} and p.account_no = n.account_no and p.market_no = n.market_no
    where n.as_of is null or p.updated_at is null or n.as_of >= p.updated_at
    on conflict (pool_id, account_no, market_no) do update
      set size = excluded.size, cost = excluded.cost, updated_at = excluded.updated_at`);
}

export const closedAccounts = (lines: readonly PositionLine[]): number[] =>
  lines.filter((line) => line.size === 0n).map((line) => line.accountNo);

export async function upsertPositions(
  runtime: Runtime,
  input: { pool: string; positions: readonly PositionInput[] },
): Promise<Committed> {
  checkItems(input.positions, 'positions', list);
  checkPositions(input.positions);
  return inPool(runtime, { mutation: 'upsertPositions', pool: input.pool, input }, async (tx) => {
    const refs = input.positions.map((position) => position.account);
    const [heads, markets] = await Promise.all([readHeads(tx, refs), readMarkets(tx)]);
    const lines = resolvePositions(tx, input.positions, heads, markets);
    const sequence = tx.advance({ accounts: lines.map(({ accountNo }) => accountNo) });
    const written = writePositions(tx, lines);
    clearFlatBurdens(tx, sequence, closedAccounts(lines));
    return { sequence, count: (await written).count };
  });
}
