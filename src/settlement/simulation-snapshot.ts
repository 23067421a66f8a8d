import { ONE, SCALE } from '../core/decimal.ts';
import { abs } from '../core/money.ts';
import { countedBurden } from '../core/profit.ts';
import type { LossRules } from '../core/rules.ts';
import { approximate } from '../margin/book/approximate.ts';
import { requirement } from '../margin/margin.ts';
import { positionNotional, positionPnl, VALUE_SCALE } from '../margin/position.ts';
import type { SimulationBook } from '../simulation/book.ts';
import type { PoolBook } from './pool-book.ts';

/** A pool's book as a simulation has it, and whose its accounts are. */
export interface Snapshot {
  readonly book: SimulationBook;
  /** The number of each account of the book. */
  readonly accountNos: Uint32Array;
}

/** An account on its way into columns. */
interface Entry {
  readonly equity: number;
  readonly gain: number;
  readonly burden: number;
  readonly rate: number;
  readonly owner: string;
  readonly positions: readonly Position[];
}
interface Position {
  readonly market: number;
  readonly exposure: number;
  readonly maintenance: number;
  readonly pnl: number;
  readonly cost: number;
}

/**
 * Takes the accounts that are ACTIVE and can be valued, in the byte order of their refs.
 *
 * @param places of each market its place in the model, by number; a position in another market stays at its mark
 */
export function snapshotOf(
  pool: PoolBook,
  rules: Pick<LossRules, 'maxHaircutRate' | 'profitBasis'>,
  decimals: number,
  places: ReadonlyMap<number, number>,
): Snapshot {
  const entries: Entry[] = [];
  const accountNos: number[] = [];
  for (const account of pool.accountsByRef(rules)) {
    const positions = pool.positionsBySymbol(account.accountNo);
    if (positions.some(({ terms }) => terms.mark === null)) continue;
    accountNos.push(account.accountNo);
    entries.push({
      equity: approximate(account.balance + account.unrealized, decimals),
      gain: approximate(account.gain, decimals),
      burden: approximate(countedBurden(account), decimals),
      rate: approximate(account.maxRate, SCALE),
      owner: pool.ownerOf(account.accountNo),
      positions: positions.flatMap(({ marketNo, position, terms }) => {
        const market = places.get(marketNo);
        if (market === undefined) return [];
        const notional = positionNotional(position, terms);
        return {
          market,
          exposure: approximate(position.size > 0n ? notional : -notional, VALUE_SCALE),
          maintenance: approximate(requirement(notional, terms, 'maintenanceRate') / ONE, VALUE_SCALE),
          pnl: approximate(positionPnl(position, terms), VALUE_SCALE),
          cost: approximate(abs(position.cost), VALUE_SCALE),
        };
      }),
    });
  }
  const owners = new Map<string, number>();
  const all = entries.flatMap(({ positions }) => positions);
  let start = 0;
  return {
    accountNos: Uint32Array.from(accountNos),
    book: {
      accountCount: entries.length,
      marketCount: places.size,
      equities: Float64Array.from(entries, ({ equity }) => equity),
      gains: Float64Array.from(entries, ({ gain }) => gain),
      burdens: Float64Array.from(entries, ({ burden }) => burden),
      rates: Float64Array.from(entries, ({ rate }) => rate),
      starts: Uint32Array.from([0, ...entries.map(({ positions }) => (start += positions.length))]),
      markets: Uint32Array.from(all, ({ market }) => market),
      exposures: Float64Array.from(all, ({ exposure }) => exposure),
      maintenances: Float64Array.from(all, ({ maintenance }) => maintenance),
      pnls: Float64Array.from(all, ({ pnl }) => pnl),
      costs: Float64Array.from(all, ({ cost }) => cost),
      owners: Uint32Array.from(entries, ({ owner }) => {
        const known = owners.get(owner) ?? owners.size;
        owners.set(owner, known);
        return known;
      }),
    },
  };
}

/** A snapshot as bytes: four counts, the doubles, the integers; little endian, as every machine that Node runs on is. */
export function encodeSnapshot({ book, accountNos }: Snapshot): Uint8Array {
  const columns = [
    Uint32Array.of(book.accountCount, book.marketCount, book.markets.length, 0),
    ...[book.equities, book.gains, book.burdens, book.rates],
    ...[book.exposures, book.maintenances, book.pnls, book.costs],
    ...[book.starts, book.markets, book.owners, accountNos],
  ];
  return Buffer.concat(
    columns.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

/** Into memory that threads share: the columns in the order in which they were written. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  let at = 0;
  const integers = (length: number): Uint32Array => {
    const column = new Uint32Array(shared, at, length);
    at += column.byteLength;
    return column;
  };
  const doubles = (length: number): Float64Array => {
    const column = new Float64Array(shared, at, length);
    at += column.byteLength;
    return column;
  };
  const counts = integers(4);
  const [accountCount, marketCount, positionCount] = [counts[0]!, counts[1]!, counts[2]!];
  const book: SimulationBook = {
    accountCount,
    marketCount,
    equities: doubles(accountCount),
    gains: doubles(accountCount),
    burdens: doubles(accountCount),
    rates: doubles(accountCount),
    exposures: doubles(positionCount),
    maintenances: doubles(positionCount),
    pnls: doubles(positionCount),
    costs: doubles(positionCount),
    starts: integers(accountCount + 1),
    markets: integers(positionCount),
    owners: integers(accountCount),
  };
  return { book, accountNos: integers(accountCount) };
}
