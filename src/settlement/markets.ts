import { ONE } from '../core/decimal.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { checkItems, checkName, checkPrice, checkQuantity, checkRate } from './check.ts';
import { quantity, quantityText } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface MarketInput {
  readonly symbol: string;
  readonly contractSize?: string | null;
  readonly initialMarginRate: string;
  readonly maintenanceMarginRate: string;
}

export interface MarkInput {
  readonly market: string;
  readonly price: string;
  readonly asOf?: string | null;
}

export interface MarketRow {
  readonly marketNo: number;
  readonly symbol: string;
  readonly contractSize: bigint;
  readonly mark: bigint | null;
}

/** Every market of the pool by symbol; a pool has few. */
export async function readMarkets({ sql, pool }: PoolTransaction): Promise<Map<string, MarketRow>> {
  const rows = await sql<
    { market_no: number; symbol: string; contract_size: string; mark_price: string | null }[]
  >`
    select market_no, symbol, contract_size, mark_price from markets where pool_id = ${pool.poolId}`;
  return new Map(
    rows.map((row) => [
      row.symbol,
      {
        marketNo: row.market_no,
        symbol: row.symbol,
        contractSize: quantity(row.contract_size),
        mark: row.mark_price === null ? null : quantity(row.mark_price),
      },
    ]),
  );
}

export function knownMarket(markets: Map<string, MarketRow>, symbol: string, path: Path): MarketRow {
  const market = markets.get(symbol);
  if (!market) {
    throw new Refusal(
      'NOT_FOUND',
      'There is no market of that symbol in the pool: upsert it first, or mend the symbol.',
      path,
    );
  }
  return market;
}

export async function upsertMarkets(
  runtime: Runtime,
  input: { pool: string; markets: readonly MarketInput[] },
): Promise<Committed> {
  const list: Path = ['input', 'markets'];
  checkItems(input.markets, 'markets', list);
  const rows = new Map<
    string,
    { contractSize: bigint | null; initial: bigint; maintenance: bigint; index: number }
  >();
  input.markets.forEach((market, index) => {
    const at = (field: string): Path => [...list, index, field];
    checkName(market.symbol, 'The symbol', at('symbol'));
    if (rows.has(market.symbol)) {
      throw new Refusal('INVALID_INPUT', 'The list names this market twice: keep one.', at('symbol'));
    }
    const initial = checkRate(market.initialMarginRate, 'The initial margin rate', at('initialMarginRate'));
    const maintenance = checkRate(
      market.maintenanceMarginRate,
      'The maintenance margin rate',
      at('maintenanceMarginRate'),
    );
    if (maintenance > initial) {
      throw new Refusal(
        'INVALID_INPUT',
        'The maintenance margin rate is above the initial margin rate: lower it.',
        at('maintenanceMarginRate'),
      );
    }
    const { contractSize } = market;
    const size =
      contractSize == null ? null : checkQuantity(contractSize, 'The contract size', at('contractSize'));
    if (size !== null && size <= 0n) {
      throw new Refusal('INVALID_INPUT', 'The contract size must be above zero.', at('contractSize'));
    }
    rows.set(market.symbol, { contractSize: size, initial, maintenance, index });
  });

  return inPool(runtime, { mutation: 'upsertMarkets', pool: input.pool, input }, async (tx) => {
    const { sql, pool } = tx;
    const existing = await readMarkets(tx);
    for (const [symbol, { contractSize, index }] of rows) {
      const market = existing.get(symbol);
      if (!market || contractSize === null || contractSize === market.contractSize) continue;
      const [open] = await sql`
        select from positions where pool_id = ${pool.poolId} and market_no = ${market.marketNo} and size <> 0 limit 1`;
      if (open) {
        throw new Refusal(
          'INVALID_INPUT',
          'The contract size of a market with open positions cannot change: close them first, or open a new market.',
          [...list, index, 'contractSize'],
        );
      }
    }
    let marketCount = pool.marketCount;
    const lines = [...rows].map(([symbol, row]) => ({
      symbol,
      marketNo: existing.get(symbol)?.marketNo ?? ++marketCount,
      contractSize: row.contractSize ?? existing.get(symbol)?.contractSize ?? ONE,
      ...{ initial: row.initial, maintenance: row.maintenance },
    }));
    const sequence = await tx.advance({ marketCount });
    await sql`
      insert into markets (pool_id, market_no, symbol, contract_size, initial_margin_rate, maintenance_margin_rate)
      select ${pool.poolId}, * from unnest(
        ${lines.map((l) => l.marketNo)}::int[], ${lines.map((l) => l.symbol)}::text[],
        ${lines.map((l) => quantityText(l.contractSize))}::numeric[], ${lines.map((l) => quantityText(l.initial))}::numeric[],
        ${lines.map((l) => quantityText(l.maintenance))}::numeric[])
      on conflict (pool_id, market_no) do update set contract_size = excluded.contract_size,
        initial_margin_rate = excluded.initial_margin_rate, maintenance_margin_rate = excluded.maintenance_margin_rate`;
    return { sequence, count: lines.length };
  });
}

/**
 * Of several updates of one thing in one call, the one that calling with each in turn would leave: a later one wins
 * unless its asOf is older. Without asOf an update is of now.
 */
export function latest<T extends { asOf?: string | null | undefined }>(
  items: readonly T[],
  keyOf: (item: T) => string,
  now: string,
): T[] {
  const kept = new Map<string, T>();
  for (const item of items) {
    const before = kept.get(keyOf(item));
    if (before && item.asOf && item.asOf < (before.asOf ?? now)) continue;
    kept.set(keyOf(item), item);
  }
  return [...kept.values()];
}

export function checkMarks(marks: readonly MarkInput[]): void {
  marks.forEach((mark, index) => {
    checkPrice(mark.price, 'The mark price', ['input', 'marks', index, 'price']);
  });
}

/** Writes marks under a sequence; one that is older than what is stored is passed over. Returns how many were written. */
export async function writeMarks(
  tx: PoolTransaction,
  marks: readonly MarkInput[],
  markets: Map<string, MarketRow>,
): Promise<number> {
  if (marks.length === 0) return 0;
  const { sql, pool, now } = tx;
  const kept = latest(marks, (mark) => mark.market, now);
  const written = await sql`
    update markets m set mark_price = n.price, marked_at = coalesce(n.as_of, ${now}::timestamptz)
    from unnest(${kept.map((mark) => markets.get(mark.market)!.marketNo)}::int[], ${kept.map((mark) => mark.price)}::numeric[],
                ${kept.map((mark) => mark.asOf ?? null)}::timestamptz[]) as n(market_no, price, as_of)
    where m.pool_id = ${pool.poolId} and m.market_no = n.market_no
      and (n.as_of is null or m.marked_at is null or n.as_of >= m.marked_at)`;
  return written.count;
}

export function resolveMarks(marks: readonly MarkInput[], markets: Map<string, MarketRow>): void {
  marks.forEach((mark, index) => {
    knownMarket(markets, mark.market, ['input', 'marks', index, 'market']);
  });
}

export async function publishMarks(
  runtime: Runtime,
  input: { pool: string; marks: readonly MarkInput[] },
): Promise<Committed> {
  checkItems(input.marks, 'marks', ['input', 'marks']);
  checkMarks(input.marks);
  return inPool(runtime, { mutation: 'publishMarks', pool: input.pool, input }, async (tx) => {
    const markets = await readMarkets(tx);
    resolveMarks(input.marks, markets);
    const sequence = await tx.advance();
    return { sequence, count: await writeMarks(tx, input.marks, markets) };
  });
}
