import type { SimulationBook } from '../../src/simulation/book.ts';

export const MARKETS = 10;
/** Of each market in one step, which is a day: half of the variance is common to all. */
export const VOLATILITY = 0.05;

/** Accounts with two or three positions each, long or short, at leverages from 2 up. */
export function makeBook(accountCount: number, mostLeverage: number): SimulationBook {
  const random = mulberry(1);
  const column = () => new Float64Array(accountCount);
  const [equities, gains, burdens, rates] = [column(), column(), column(), column().fill(0.8)];
  const starts = new Uint32Array(accountCount + 1);
  const markets: number[] = [];
  const exposures: number[] = [];
  for (let account = 0; account < accountCount; account++) {
    const count = random() < 0.5 ? 2 : 3;
    let notional = 0;
    for (let position = 0; position < count; position++) {
      const size = 1_000 * Math.exp(1.5 * normal(random));
      markets.push(Math.floor(random() * MARKETS));
      exposures.push(random() < 0.5 ? size : -size);
      notional += size;
    }
    starts[account + 1] = markets.length;
    equities[account] = notional / (2 + (mostLeverage - 2) * random() ** 3);
    gains[account] = 0.05 * notional * normal(random);
    burdens[account] = random() < 0.1 ? 0.005 * notional : 0;
  }
  return {
    accountCount,
    marketCount: MARKETS,
    equities,
    gains,
    burdens,
    rates,
    starts,
    markets: Uint32Array.from(markets),
    exposures: Float64Array.from(exposures),
    maintenances: Float64Array.from(exposures, (exposure) => 0.02 * Math.abs(exposure)),
    pnls: new Float64Array(exposures.length),
    costs: Float64Array.from(exposures, Math.abs),
    owners: Uint32Array.from({ length: accountCount }, (_, account) => account),
  };
}

/** @returns paths × MARKETS, by path */
export function makeReturns(paths: number): Float64Array {
  const random = mulberry(2);
  const returns = new Float64Array(paths * MARKETS);
  for (let path = 0; path < paths; path++) {
    const common = normal(random);
    for (let market = 0; market < MARKETS; market++) {
      const z = Math.SQRT1_2 * (common + normal(random));
      returns[path * MARKETS + market] = Math.expm1(VOLATILITY * z);
    }
  }
  return returns;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32: the same numbers on every machine, in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
