import { useState } from 'react';
import { Link } from 'wouter';
import { PoolsDocument, type PoolsQuery } from '../generated/graphql.ts';
import { Amount, Quantity } from '../kit/amount.tsx';
import { isZero } from '../kit/digits.ts';
import { useTyped } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';

type Pool = PoolsQuery['pools']['edges'][number]['node'];

const COLUMNS: readonly Column<Pool>[] = [
  {
    head: 'Pool',
    cell: ({ name, status }) => (
      <>
        <Link href={`/pools/${encodeURIComponent(name)}`}>{name}</Link>
        {status === 'HALTED' && <span className="tag bad">halted</span>}
      </>
    ),
  },
  { head: 'Asset', cell: ({ asset }) => asset },
  { head: 'Accounts', number: true, cell: ({ totals }) => <Quantity value={totals.accounts} /> },
  {
    head: 'Insurance fund',
    number: true,
    cell: ({ insuranceFund }) => <Amount value={insuranceFund.balance} />,
  },
  {
    head: 'Open losses',
    number: true,
    cell: ({ totals }) => <Amount value={totals.openDeficit} />,
    bad: ({ totals }) => !isZero(totals.openDeficit),
  },
  {
    head: 'Uncovered',
    number: true,
    cell: ({ totals }) => <Amount value={totals.uncovered} />,
    bad: ({ totals }) => !isZero(totals.uncovered),
  },
  { head: 'Haircut capacity', number: true, cell: ({ totals }) => <Amount value={totals.haircutCapacity} /> },
];

/** Every pool that the token may read, with what to look at first. */
export function PoolsPage() {
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error }, ask] = useTyped(PoolsDocument, { after });
  const pools = data?.pools;
  return (
    <Page title="Pools">
      {error && !pools && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!error && !pools && <Waiting />}
      {pools?.totalCount === 0 && (
        <Empty>
          There is no pool that you may read. An administrator makes one with <code>createPool</code>; the
          README’s first query shows how.
        </Empty>
      )}
      {pools && pools.totalCount > 0 && (
        <Table
          label="Pools"
          columns={COLUMNS}
          rows={pools.edges.map(({ node }) => node)}
          keyOf={({ id }) => id}
        />
      )}
      {pools?.pageInfo.hasNextPage && (
        <button type="button" onClick={() => setAfter(pools.pageInfo.endCursor ?? null)}>
          Next page
        </button>
      )}
    </Page>
  );
}
