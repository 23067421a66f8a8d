import { ONE } from '../core/decimal.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { marketRow } from '../db/rows.ts';
import type { MarginTerms, MarginTier } from '../margin/margin.ts';
import { checkItems, checkName, checkQuantity, checkRate } from './check.ts';
import { checkTiers, type MarginTierInput, marginTerms, tierColumns } from './margin-terms.ts';
import { quantity, quantityText } from './quantity.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface MarketInput {
  readonly symbol: string;
  readonly contractSize?: string | null;
  readonly initialMarginRate: string;
  readonly maintenanceMarginRate: string;
  readonly marginTiers?: readonly MarginTierInput[] | null;
  readonly markBand?: string | null;
  readonly maxPosition?: string | null;
}

export interface MarketRow extends MarginTerms {
  readonly marketNo: number;
  readonly symbol: string;
  /** How far a mark may move unconfirmed, as a share of the one before; null for no limit. */
  readonly markBand: bigint | null;
  /** The most contracts that an account may hold; null for no limit. */
  readonly maxPosition: bigint | null;
}

const quantityOrNull = (stored: string | null): bigint | null => (stored === null ? null : quantity(stored));

/** Every market of the pool by symbol; a pool has few. */
export async function readMarkets({
  sql,
  pool,
}: Pick<PoolTransaction, 'sql' | 'pool'>): Promise<Map<string, MarketRow>> {
  const rows = await sql`select * from markets where pool_id = ${pool.poolId} order by symbol`;
  return new Map(
    rows.map(marketRow).map((row) => [
      row.symbol,
      {
        ...marginTerms(row),
        marketNo: row.marketNo,
        symbol: row.symbol,
        markBand: quantityOrNull(row.markBand),
        maxPosition: quantityOrNull(row.maxPosition),
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

/** A limit ≥ 0; null where none is given. */
function atLeastZero(text: string | null | undefined, what: string, path: Path): bigint | null {
  if (text == null) return null;
  const value = checkQuantity(text, what, path);
  if (value < 0n) throw new Refusal('INVALID_INPUT', `${what} is at least 0, and 0 takes it back.`, path);
  return value;
}

const tierInput = ({ floor, initialRate, maintenanceRate }: MarginTier): MarginTierInput => ({
  notionalAbove: quantityText(floor),
  initialMarginRate: quantityText(initialRate),
  maintenanceMarginRate: quantityText(maintenanceRate),
});

export async function upsertMarkets(
  runtime: Runtime,
  input: { pool: string; markets: readonly MarketInput[] },
): Promise<Committed> {
  const list: Path = ['input', 'markets'];
  checkItems(input.markets, 'markets', list);
  const rows = new Map<
    string,
    {
      contractSize: bigint | null;
      initial: bigint;
      maintenance: bigint;
      tiers: readonly MarginTier[] | null;
      markBand: bigint | null;
      maxPosition: bigint | null;
      index: number;
    }
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
    rows.set(market.symbol, {
      contractSize: size,
      initial,
      maintenance,
      tiers: market.marginTiers
        ? checkTiers({ initial, maintenance }, market.marginTiers, at('marginTiers'))
        : null,
      markBand: atLeastZero(market.markBand, 'markBand', at('markBand')),
      maxPosition: atLeastZero(market.maxPosition, 'maxPosition', at('maxPosition')),
      index,
    });
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
    const lines = [...rows].map(([symbol, row]) => {
      const before = existing.get(symbol);
      const tiers = row.tiers ?? before?.tiers ?? [];
      // The tiers that stay go on from the new rates.
      if (!row.tiers) checkTiers(row, tiers.map(tierInput), [...list, row.index, 'marginTiers']);
      return {
        symbol,
        marketNo: before?.marketNo ?? ++marketCount,
        contractSize: row.contractSize ?? before?.contractSize ?? ONE,
        initial: row.initial,
        maintenance: row.maintenance,
        tiers: tierColumns(tiers),
        // 0 takes a limit back.
        markBand: (row.markBand ?? before?.markBand) || null,
        maxPosition: (row.maxPosition ?? before?.maxPosition) || null,
      };
    });
    const texts = (value: (line: (typeof lines)[number]) => bigint | null) =>
      lines.map((line) => {
        const found = value(line);
        return found === null ? null : quantityText(found);
      });
    const sequence = tx.advance({ marketCount });
    tx.write(sql`
      insert into markets (pool_id, market_no, symbol, contract_size, initial_margin_rate, maintenance_margin_rate, mark_band,
                           max_position, tier_floors, tier_initial_rates, tier_maintenance_rates)
      select ${pool.poolId}, n.market_no, n.symbol, n.contract_size, n.initial, n.maintenance, n.band, n.most,
             n.floors::numeric[], n.tier_initial::numeric[], n.tier_maintenance::numeric[]
      from unnest(
        ${lines.map((l) => l.marketNo)}::int[], ${lines.map((l) => l.symbol)}::text[], ${texts((l) => l.contractSize)}::numeric[],
        ${texts((l) => l.initial)}::numeric[], ${texts((l) => l.maintenance)}::numeric[], ${texts((l) => l.markBand)}::numeric[],
        ${texts((l) => l.maxPosition)}::numeric[], ${lines.map((l) => l.tiers.floors)}::text[],
        ${lines.map((l) => l.tiers.initial)}::text[], ${lines.map((l) => l.tiers.maintenance)}::text[])
        as n(market_no, symbol, contract_size, initial, maintenance, band, most, floors, tier_initial, tier_maintenance)
      on conflict (pool_id, market_no) do update set contract_size = excluded.contract_size,
        initial_margin_rate = excluded.initial_margin_rate, maintenance_margin_rate = excluded.maintenance_margin_rate,
        mark_band = excluded.mark_band, max_position = excluded.max_position, tier_floors = excluded.tier_floors,
        tier_initial_rates = excluded.tier_initial_rates, tier_maintenance_rates = excluded.tier_maintenance_rates`);
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
