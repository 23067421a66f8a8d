import { type Path, Refusal } from '../core/refusal.ts';
import { checkItems, checkPrice } from './check.ts';
import { knownMarket, latest, type MarketRow, readMarkets } from './markets.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface MarkInput {
  readonly market: string;
  readonly price: string;
  readonly asOf?: string | null;
  /** Takes a mark that moves by more than the market's band. */
  readonly confirm?: boolean | null;
}

export function checkMarks(marks: readonly MarkInput[]): void {
  marks.forEach((mark, index) => {
    checkPrice(mark.price, 'The mark price', ['input', 'marks', index, 'price']);
  });
}

/** Writes marks under a sequence; one that is older than what is stored is passed over. The answer counts those that were written. */
export function writeMarks(
  tx: PoolTransaction,
  marks: readonly MarkInput[],
  markets: Map<string, MarketRow>,
): PromiseLike<{ count: number }> {
  if (marks.length === 0) return Promise.resolve({ count: 0 });
  const { sql, pool, now } = tx;
  const kept = latest(marks, (mark) => mark.market, now);
  return tx.write(sql`
    update markets m set mark_price = n.price, marked_at = coalesce(n.as_of, ${now}::timestamptz)
    from unnest(${kept.map((mark) => markets.get(mark.market)!.marketNo)}::int[], ${kept.map((mark) => mark.price)}::numeric[],
                ${kept.map((mark) => mark.asOf ?? null)}::timestamptz[]) as n(market_no, price, as_of)
    where m.pool_id = ${pool.poolId} and m.market_no = n.market_no
      and (n.as_of is null or m.marked_at is null or n.as_of >= m.marked_at)`);
}

/** Refuses marks of unknown markets, and those that jump: an error in a feed must not make anybody bankrupt. */
export async function resolveMarks(
  { sql, pool, now }: PoolTransaction,
  marks: readonly MarkInput[],
  markets: Map<string, MarketRow>,
): Promise<void> {
  const path = (index: number, field: string): Path => ['input', 'marks', index, field];
  let banded = false;
  marks.forEach((mark, index) => {
    if (knownMarket(markets, mark.market, path(index, 'market')).markBand !== null) banded = true;
  });
  if (!banded) return;
  const kept = latest(marks, (mark) => mark.market, now).filter((mark) => !mark.confirm);
  const [held] = await sql<{ symbol: string; mark_price: string; mark_band: string }[]>`
    select m.symbol, m.mark_price, m.mark_band
    from unnest(${kept.map((mark) => mark.market)}::text[], ${kept.map((mark) => mark.price)}::numeric[],
                ${kept.map((mark) => mark.asOf ?? null)}::timestamptz[]) with ordinality as n(symbol, price, as_of, k)
    join markets m on m.pool_id = ${pool.poolId} and m.symbol = n.symbol
    where (n.as_of is null or n.as_of >= m.marked_at) and abs(n.price - m.mark_price) > m.mark_band * m.mark_price
    order by n.k limit 1`;
  if (!held) return;
  throw new Refusal(
    'MARK_HELD',
    `The mark moves from ${held.mark_price} by more than the band of ${held.symbol}, ${held.mark_band} of it: send it again with confirm: true if it is right.`,
    path(marks.indexOf(kept.find((mark) => mark.market === held.symbol)!), 'price'),
  );
}

export async function publishMarks(
  runtime: Runtime,
  input: { pool: string; marks: readonly MarkInput[] },
): Promise<Committed> {
  checkItems(input.marks, 'marks', ['input', 'marks']);
  checkMarks(input.marks);
  return inPool(runtime, { mutation: 'publishMarks', pool: input.pool, input }, async (tx) => {
    const markets = await readMarkets(tx);
    await resolveMarks(tx, input.marks, markets);
    const sequence = tx.advance();
    const { count } = await writeMarks(tx, input.marks, markets);
    return { sequence, count };
  });
}
