import { AtomColumn } from './atom-column.ts';
import type { Bearers, MarketProfits } from './bearers.ts';
import type { OpenLoss } from './settlement.ts';

export interface Split<L extends OpenLoss> {
  readonly bearers: Bearers;
  readonly losses: readonly L[];
}

/**
 * The same book with one account in two halves, index and index + 1, each with half of everything that it had (the
 * odd atom with the second): what an owner could do to pay less.
 */
export function splitInTwo<L extends OpenLoss>(
  { bearers, losses }: { readonly bearers: Bearers; readonly losses: readonly L[] },
  index: number,
): Split<L> {
  const halved = (column: AtomColumn) => inserted(column, index, true);
  const { sizes, marketProfits } = bearers;
  const unrealized = halved(bearers.unrealized);
  return {
    bearers: {
      balances: halved(bearers.balances),
      unrealized,
      gains: bearers.gains === bearers.unrealized ? unrealized : halved(bearers.gains),
      borne: halved(bearers.borne),
      realized: halved(bearers.realized),
      maxRates: inserted(bearers.maxRates, index, false),
      sizes: sizes && { notionals: halved(sizes.notionals), costs: halved(sizes.costs) },
      marketProfits: marketProfits && splitMarkets(marketProfits, index),
    },
    losses: losses.map((loss) => ({ ...loss, owner: loss.owner && splitOwner(loss.owner, index) })),
  };
}

function splitOwner({ name, accounts }: NonNullable<OpenLoss['owner']>, index: number): OpenLoss['owner'] {
  const moved = accounts.flatMap((i) => (i < index ? [i] : i === index ? [i, i + 1] : [i + 1]));
  return { name, accounts: moved };
}

function splitMarkets(rows: MarketProfits, index: number): MarketProfits {
  const first = rows.bearers.indexOf(index);
  const bearers = rows.bearers.map((i) => (i > index ? i + 1 : i));
  if (first < 0) return { ...rows, bearers };
  let until = first;
  while (rows.bearers[until] === index) until++;
  const count = until - first;
  const twice = <T>(items: readonly T[], second: (item: T) => T): T[] => [
    ...items.slice(0, until),
    ...items.slice(first, until).map(second),
    ...items.slice(until),
  ];
  const halves = (column: AtomColumn) => {
    const split = new AtomColumn(0, column.length + count);
    const half = (row: number) => column.get(row) / 2n;
    for (let row = 0; row < until; row++) split.push(row < first ? column.get(row) : half(row));
    for (let row = first; row < until; row++) split.push(column.get(row) - half(row));
    for (let row = until; row < column.length; row++) split.push(column.get(row));
    return split;
  };
  return {
    bearers: twice(bearers, (i) => i + 1),
    markets: twice(rows.markets, (market) => market),
    pnls: halves(rows.pnls),
    notionals: halves(rows.notionals),
    costs: halves(rows.costs),
  };
}

/** The column with the value at an index twice, or as two halves of it. */
function inserted(column: AtomColumn, index: number, halve: boolean): AtomColumn {
  const longer = new AtomColumn(0, column.length + 1);
  for (let i = 0; i < column.length; i++) {
    const value = column.get(i);
    if (i !== index) longer.push(value);
    else {
      const half = halve ? value / 2n : value;
      longer.push(half);
      longer.push(halve ? value - half : value);
    }
  }
  return longer;
}
