import { useState } from 'react';
import { Link } from 'wouter';
import { SettlementsDocument, type SettlementsQuery } from '../generated/graphql.ts';
import { Amount, Quantity, When } from '../kit/amount.tsx';
import { isZero } from '../kit/digits.ts';
import { useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';

type Settlement = NonNullable<SettlementsQuery['pool']>['settlements']['edges'][number]['node'];

const columns = (base: string): readonly Column<Settlement>[] => [
  {
    head: 'Settlement',
    cell: ({ id, sequence, reversal }) => (
      <>
        <Link href={`${base}/settlements/${encodeURIComponent(id)}`}>{sequence}</Link>
        {reversal && <span className="tag bad">taken back</span>}
      </>
    ),
  },
  { head: 'When', cell: ({ settledAt }) => <When at={settledAt} /> },
  { head: 'Method', cell: ({ method }) => words(method) },
  { head: 'Deficit', number: true, cell: ({ deficit }) => <Amount value={deficit} /> },
  { head: 'Fund', number: true, cell: ({ fundDraw }) => <Amount value={fundDraw} /> },
  { head: 'Haircuts', number: true, cell: ({ socialized }) => <Amount value={socialized} /> },
  { head: 'Accounts', number: true, cell: ({ haircutCount }) => <Quantity value={haircutCount} /> },
  {
    head: 'Uncovered',
    number: true,
    cell: ({ uncovered }) => <Amount value={uncovered} />,
    bad: ({ uncovered }) => !isZero(uncovered),
  },
];

/** Every settlement of a pool, the newest first. */
export function SettlementsPage({ pool }: { pool: string }) {
  const [before, setBefore] = useState<string | null>(null);
  const [{ data, error }, ask] = useLive(SettlementsDocument, { pool, before });
  const list = data?.pool?.settlements;
  return (
    <Page title={`Settlements · ${pool}`}>
      {error && !list && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!error && !list && <Waiting />}
      {list?.totalCount === 0 && (
        <Empty>
          No loss was settled yet. <code>settleLosses</code> settles those that are open; see before{' '}
          <Link href={`/pools/${encodeURIComponent(pool)}/methods`}>what each method would do</Link>.
        </Empty>
      )}
      {list && list.totalCount > 0 && (
        <Table
          label="Settlements"
          columns={columns(`/pools/${encodeURIComponent(pool)}`)}
          rows={list.edges.map(({ node }) => node).reverse()}
          keyOf={({ id }) => id}
        />
      )}
      {list?.pageInfo.hasPreviousPage && (
        <button type="button" onClick={() => setBefore(list.pageInfo.startCursor ?? null)}>
          Older ones
        </button>
      )}
    </Page>
  );
}
