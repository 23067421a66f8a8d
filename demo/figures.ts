/*
 * 10 October 2025 on Hyperliquid. What is published comes from the public repository
 * pluriholonomic/autodeleveraging-analysis (MIT), the data behind arXiv 2512.01112v3; what is not is ours, and says so.
 */

/** Amounts of dollars are in cents here: that is how finely they are published. */
export type Cents = bigint;

/** The traders in profit, as published. The shares are of their total profit. */
export const WINNERS = {
  count: 19_230,
  profit: 83_455_414_776n,
  largestShare: 0.0633,
  topTenShare: 0.403,
  topHundredShare: 0.758,
  /** Herfindahl index: the sum of the squared shares. */
  hhi: 0.02032,
} as const;

/** The accounts that owed more than they had, as published. */
export const BANKRUPTS = { count: 165, deficit: 2_319_110_448n } as const;

/**
 * Computed from the published clusters: the sum of what each owed beyond the profit in its own coin at that moment, max(0,
 * deficit − capacity), over all 170 that owed anything, without any fund.
 */
export const UNCOVERED_SHOCK_BY_SHOCK: Cents = 1_548_296_943n;

export interface Coin {
  readonly symbol: string;
  /** Published: what the coin's bankrupts owed beyond their collateral, and how many clusters of them there were. */
  readonly deficit: Cents;
  readonly bankrupts: number;
  /** Published: the profit that stood opposite the coin's largest deficit. */
  readonly profit: Cents;
  /** Ours: round prices about the size of that day's, before the crash and at the settlement. */
  readonly before: string;
  readonly after: string;
}

const NAMED: readonly Coin[] = [
  coin('BTC', 3_367_056n, 4, 34_903_267_519n, '117000', '104800'),
  coin('ETH', 8_977_644n, 3, 354_033_484n, '4150', '3480'),
  coin('SOL', 1_404_025n, 5, 2_632_363_548n, '205', '168'),
  coin('XRP', 4_644_303n, 5, 7_093_007_466n, '2.72', '1.8'),
  coin('HYPE', 20_798_461n, 5, 55_336_918n, '43', '34'),
  coin('TAO', 94_423_462n, 3, 397_510_026n, '400', '290'),
  coin('ZEC', 67_254_522n, 3, 25_945_527n, '240', '185'),
  coin('AR', 83_587_308n, 2, 43_660_702n, '5.4', '3.2'),
  coin('BCH', 65_240_592n, 3, 8_781_555n, '575', '470'),
  coin('WLD', 1_169_947_005n, 2, 3_136n, '1.1', '0.55'),
];

const rest = (pick: (coin: Coin) => bigint, total: bigint): bigint =>
  NAMED.reduce((left, each) => left - pick(each), total);

/** The other 152 coins as one market, a basket at 100: all that is left of the published totals. */
const OTHERS = coin(
  'OTHERS',
  rest((each) => each.deficit, BANKRUPTS.deficit),
  Number(rest((each) => BigInt(each.bankrupts), BigInt(BANKRUPTS.count))),
  rest((each) => each.profit, WINNERS.profit),
  '100',
  '62',
);

export const COINS: readonly Coin[] = [...NAMED, OTHERS];

/** Ours: none of these is published. */
export const OURS = {
  seed: 20_251_010,
  pool: 'october-10',
  /** Dollars. Too little for the loss, so that every tier of the waterfall has something to do. */
  fund: 5_000_000n,
  /** The accounts that lost within their means, and so neither owe nor bear anything. */
  solvent: 6_000,
  /** The least profit, in cents: the published aggregates say nothing about the smallest accounts. */
  smallestProfit: 1_000n,
  /** How far prices have fallen at each step of the crash, in percent of the whole fall. */
  crash: [25n, 60n, 85n, 100n],
} as const;

function coin(
  symbol: string,
  deficit: Cents,
  bankrupts: number,
  profit: Cents,
  before: string,
  after: string,
): Coin {
  return { symbol, deficit, bankrupts, profit, before, after };
}
