import type { HeldPosition } from '../../src/margin/book/blocks.ts';
import { RiskBook } from '../../src/margin/book/risk-book.ts';
import type { MarginTier } from '../../src/margin/margin.ts';
import { DECIMALS } from './pool.ts';

/** A pool of accounts with two positions each, as a book and as the plain columns that the floors go over. */

export const MARKETS = 8;
/** Of every account. */
export const LEGS = 2;
const ONE = 10n ** 18n;

export const INITIAL_RATE = '0.1';
export const MAINTENANCE_RATE = '0.05';
/** Most positions of this pool are in the first two of them. */
const TIERS: readonly MarginTier[] = [
  { floor: 500n * ONE, initialRate: ONE / 5n, maintenanceRate: ONE / 10n },
  { floor: 1_000n * ONE, initialRate: ONE / 4n, maintenanceRate: ONE / 8n },
  { floor: 10_000n * ONE, initialRate: ONE / 2n, maintenanceRate: ONE / 4n },
];

/** Marks about 100 in hundredths; each tick moves all of them. */
export const markOf = (marketNo: number, tick: number): number =>
  10_000 + marketNo * 100 + ((tick * 37 + marketNo * 11) % 100);

/** One position, in hundredths: the same formulas are in the SQL below. */
function positionOf(accountNo: number, leg: number): { marketNo: number; size: number; entry: number } {
  const size = 100 + ((accountNo * 7_919 + leg * 13) % 997);
  return {
    marketNo: ((accountNo + leg) % MARKETS) + 1,
    size: (accountNo + leg) % 3 === 0 ? -size : size,
    entry: 10_001 + ((accountNo * 104_729 + leg * 17) % 2_999),
  };
}

/** In units: between two and some twenty percent of a notional of 1,200 in the mean; a few are liquidatable. */
const balanceOf = (accountNo: number): number => 200 + ((accountNo * 6_151) % 2_000);

export const POSITIONS_SQL = `
  select i as account_no, (i + leg) % ${MARKETS} + 1 as market_no, p.size, p.size * p.entry as cost
  from generate_series(1, ACCOUNTS) as i, generate_series(0, ${LEGS - 1}) as leg, lateral (select
    (100 + (i * 7919::bigint + leg * 13) % 997) / 100.0 * case when (i + leg) % 3 = 0 then -1 else 1 end as size,
    (10001 + (i * 104729::bigint + leg * 17) % 2999) / 100.0 as entry) p`;
export const BALANCE_SQL = `(200 + (i * 6151::bigint) % 2000) * 1e${DECIMALS}`;

export function setMarks(book: RiskBook, tick: number, tiers: readonly MarginTier[] = []): void {
  for (let marketNo = 1; marketNo <= MARKETS; marketNo++) {
    book.setMarket(marketNo, {
      contractSize: ONE,
      mark: (BigInt(markOf(marketNo, tick)) * ONE) / 100n,
      initialRate: ONE / 10n,
      maintenanceRate: ONE / 20n,
      tiers,
    });
  }
}

/** The same with tiers in every market. */
export const setTieredMarks = (book: RiskBook, tick: number): void => setMarks(book, tick, TIERS);

export function makeBook(accounts: number): RiskBook {
  const book = new RiskBook(DECIMALS);
  setMarks(book, 0);
  for (let accountNo = 1; accountNo <= accounts; accountNo++) {
    const positions: HeldPosition[] = [];
    for (let leg = 0; leg < LEGS; leg++) {
      const { marketNo, size, entry } = positionOf(accountNo, leg);
      const exactSize = BigInt(size) * 10n ** 16n;
      positions.push({ marketNo, size: exactSize, cost: exactSize * BigInt(entry) * 10n ** 34n });
    }
    const balance = BigInt(balanceOf(accountNo)) * 10n ** BigInt(DECIMALS);
    book.setAccount(accountNo, { balance, active: true }, positions);
  }
  return book;
}

/** A loop that does nothing but load, multiply, add and store: equity of every account, in hundredths of hundredths. */
export interface Floor {
  tick(tick: number): void;
}

export function makeFloors(accounts: number): { readonly float: Floor; readonly bigint: Floor } {
  const places = accounts * LEGS;
  const [starts, counts] = [new Uint32Array(accounts + 1), new Uint32Array(accounts + 1)];
  const marketNos = new Uint32Array(places);
  const [sizes, bases] = [new Float64Array(places), new Float64Array(accounts + 1)];
  for (let accountNo = 1, place = 0; accountNo <= accounts; accountNo++) {
    [starts[accountNo], counts[accountNo]] = [place, LEGS];
    let base = balanceOf(accountNo) * 10_000;
    for (let leg = 0; leg < LEGS; leg++, place++) {
      const { marketNo, size, entry } = positionOf(accountNo, leg);
      marketNos[place] = marketNo;
      sizes[place] = size;
      base -= size * entry;
    }
    bases[accountNo] = base;
  }
  return {
    float: makeFloatFloor(starts, counts, marketNos, sizes, bases),
    bigint: makeBigintFloor(starts, counts, marketNos, sizes, bases),
  };
}

function makeFloatFloor(
  starts: Uint32Array,
  counts: Uint32Array,
  marketNos: Uint32Array,
  sizes: Float64Array,
  bases: Float64Array,
): Floor {
  const marks = new Float64Array(MARKETS + 1);
  const equities = new Float64Array(bases.length);
  return {
    tick(tick) {
      for (let marketNo = 1; marketNo <= MARKETS; marketNo++) marks[marketNo] = markOf(marketNo, tick);
      for (let accountNo = 1; accountNo < bases.length; accountNo++) {
        let equity = bases[accountNo]!;
        const end = starts[accountNo]! + counts[accountNo]!;
        for (let place = starts[accountNo]!; place < end; place++) {
          equity += sizes[place]! * marks[marketNos[place]!]!;
        }
        equities[accountNo] = equity;
      }
    },
  };
}

/** asIntN tells the engine that 64 bits are enough, so that it need not allocate. */
function makeBigintFloor(
  starts: Uint32Array,
  counts: Uint32Array,
  marketNos: Uint32Array,
  floatSizes: Float64Array,
  floatBases: Float64Array,
): Floor {
  const sizes = BigInt64Array.from(floatSizes, BigInt);
  const bases = BigInt64Array.from(floatBases, BigInt);
  const marks = new BigInt64Array(MARKETS + 1);
  const equities = new BigInt64Array(bases.length);
  return {
    tick(tick) {
      for (let marketNo = 1; marketNo <= MARKETS; marketNo++)
        marks[marketNo] = BigInt(markOf(marketNo, tick));
      for (let accountNo = 1; accountNo < bases.length; accountNo++) {
        let equity = bases[accountNo]!;
        const end = starts[accountNo]! + counts[accountNo]!;
        for (let place = starts[accountNo]!; place < end; place++) {
          const worth = BigInt.asIntN(64, sizes[place]! * marks[marketNos[place]!]!);
          equity = BigInt.asIntN(64, equity + worth);
        }
        equities[accountNo] = equity;
      }
    },
  };
}
