import type { PoolPageQuery } from '../generated/graphql.ts';
import { Quantity, When } from '../kit/amount.tsx';
import { isZero, pixels } from '../kit/digits.ts';
import { Panel } from '../kit/panel.tsx';
import { Empty } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';

type Gauge = NonNullable<PoolPageQuery['pool']>['gauges']['markets'][number];

const COLUMNS: readonly Column<Gauge>[] = [
  {
    head: 'Market',
    cell: ({ market, isStale }) => (
      <>
        {market.symbol}
        {isStale && <span className="tag bad">stale</span>}
      </>
    ),
  },
  { head: 'Mark', number: true, cell: ({ market }) => <Quantity value={market.markPrice} /> },
  { head: 'Long', number: true, cell: ({ longSize }) => <Quantity value={longSize} /> },
  { head: 'Sides', cell: (gauge) => <Sides long={pixels(gauge.longSize)} short={pixels(gauge.shortSize)} /> },
  { head: 'Short', number: true, cell: ({ shortSize }) => <Quantity value={shortSize} /> },
  {
    head: 'Net',
    number: true,
    cell: ({ netSize }) => <Quantity value={netSize} />,
    bad: ({ netSize }) => !isZero(netSize),
  },
  { head: 'Marked', cell: ({ market }) => (market.markedAt ? <When at={market.markedAt} /> : 'no mark yet') },
];

/** What is held long and short, market by market, and at which mark. */
export function MarketsPanel({ markets }: { markets: readonly Gauge[] }) {
  return (
    <Panel title="Sizes per market" aside="contracts" wide>
      {markets.length === 0 ? (
        <Empty>
          The pool has no market yet. Create some with <code>upsertMarkets</code>.
        </Empty>
      ) : (
        <Table label="Markets" columns={COLUMNS} rows={markets} keyOf={({ market }) => market.id} />
      )}
    </Panel>
  );
}

/** The two sides as one bar from its middle: they are alike where every trade has both of its sides in the pool. */
function Sides({ long, short }: { long: number; short: number }) {
  const most = Math.max(long, short) || 1;
  return (
    <span className="balance" aria-hidden="true">
      <i className="long" style={{ width: `${(long / most) * 50}%` }} />
      <i className="short" style={{ width: `${(short / most) * 50}%` }} />
    </span>
  );
}
