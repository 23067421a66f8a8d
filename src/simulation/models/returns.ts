import type { Path } from '../../core/refusal.ts';
import { exp } from '../sampling/elementary.ts';
import { checkCount, checkMarkets, invalid } from './check.ts';

/** The least return that a double has above −1: a price never falls to nothing. */
const LEAST = -1 + 2 ** -53;
/** Beyond this a price times an exposure may be no finite number. */
const MOST = 1e300;

/** The simple return of a price that is `growth` ≥ 0 times what it was, within what a double can hold: above −1, below 10^300. */
export function returnOfGrowth(growth: number): number {
  const simple = (growth < MOST ? growth : MOST) - 1;
  return simple > LEAST ? simple : LEAST;
}

/** The simple return of a log return, within the same bounds. */
export function returnOfLog(log: number): number {
  return returnOfGrowth(exp(log));
}

/**
 * Checks rows of simple returns, one a market: above −1 and at most 10^6. Answers how many markets there are.
 *
 * @param of what the rows are: "history" or "scenarios"
 */
export function checkReturns(
  rows: readonly (readonly number[])[],
  of: string,
  maxRows: number,
  path: Path,
): number {
  checkCount(rows.length, `The number of rows of the ${of}`, 1, maxRows, path);
  const markets = rows[0]!.length;
  checkMarkets(markets, [...path, 0]);
  for (const [i, row] of rows.entries()) {
    if (row.length !== markets) {
      throw invalid(
        `Row ${i} of the ${of} has ${row.length} returns, the first has ${markets}: give one a market.`,
        [...path, i],
      );
    }
    for (const [m, value] of row.entries()) {
      if (value > -1 && value <= 1e6) continue;
      throw invalid(
        `The return of market ${m} in row ${i} of the ${of} is ${value}: give one above −1 and at most 10^6; −0.3 is a fall by 30 %.`,
        [...path, i, m],
      );
    }
  }
  return markets;
}
