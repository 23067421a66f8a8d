import { Link } from 'wouter';
import type { PoolPageQuery } from '../generated/graphql.ts';
import { Amount, When } from '../kit/amount.tsx';
import { isZero } from '../kit/digits.ts';
import { Panel } from '../kit/panel.tsx';
import { Empty } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';

type Pool = NonNullable<PoolPageQuery['pool']>;
type Loss = Pool['lossEvents']['edges'][number]['node'];

/** As many as are asked for. */
const PLACES = 12;

const columns = (base: string): readonly Column<Loss>[] => [
  { head: 'Loss', cell: ({ ref }) => ref },
  { head: 'Status', cell: ({ status }) => <span className={`tag ${status}`}>{words(status)}</span> },
  { head: 'Deficit', number: true, cell: ({ deficit }) => <Amount value={deficit} /> },
  {
    head: 'Uncovered',
    number: true,
    cell: ({ uncovered }) => <Amount value={uncovered} />,
    bad: ({ uncovered }) => !isZero(uncovered),
  },
  { head: 'Opened', cell: ({ openedAt }) => <When at={openedAt} /> },
  {
    head: 'Covered by',
    cell: ({ status, settlements }) =>
      status === 'OPEN' ? (
        <Link href={`${base}/methods`}>compare methods</Link>
      ) : (
        settlements.map(({ id, sequence }) => (
          <Link key={id} href={`${base}/settlements/${encodeURIComponent(id)}`}>
            settlement {sequence}
          </Link>
        ))
      ),
  },
];

/** The latest loss events, as they come. */
export function LossesPanel({ pool, base }: { pool: Pool; base: string }) {
  const { edges, totalCount } = pool.lossEvents;
  return (
    <Panel title="Loss events" aside={`${totalCount} in all, newest first`} wide>
      {totalCount === 0 ? (
        <Empty>No bankruptcy was reported yet. The first appears here as it comes.</Empty>
      ) : (
        <Table
          label="Loss events"
          columns={columns(base)}
          rows={edges.map(({ node }) => node).reverse()}
          keyOf={({ id }) => id}
          places={PLACES}
        />
      )}
    </Panel>
  );
}
