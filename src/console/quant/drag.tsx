import { Link } from 'wouter';
import { Spark } from '../kit/spark.tsx';
import { Empty } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { accountPath } from '../trader/accounts.tsx';
import { Estimate } from './estimate.tsx';
import type { Result } from './simulation-result.tsx';

type Row = Result['accounts']['edges'][number]['node'];

const columns = (pool: string, most: number): readonly Column<Row>[] => [
  {
    head: 'Account',
    cell: ({ account }) => <Link href={accountPath(pool, account.ref)}>{account.ref}</Link>,
  },
  {
    head: 'Drag',
    number: true,
    cell: ({ returnDrag }) => (
      <Spark share={(returnDrag?.value ?? 0) / most}>
        <Estimate of={returnDrag} share />
      </Spark>
    ),
  },
  { head: 'Return', number: true, cell: ({ expectedReturn }) => <Estimate of={expectedReturn} share /> },
  { head: 'Net of haircuts', number: true, cell: (row) => <Estimate of={row.expectedReturnNet} share /> },
  { head: 'P(haircut)', number: true, cell: (row) => <Estimate of={row.probabilityOfHaircut} share /> },
  { head: 'Mean haircut', number: true, cell: ({ expectedHaircut }) => <Estimate of={expectedHaircut} /> },
];

/** The accounts whose expected return haircuts reduce most. */
export function DragTable({ accounts, pool }: { accounts: Result['accounts']; pool: string }) {
  const rows = accounts.edges.map(({ node }) => node);
  const most = rows[0]?.returnDrag?.value || 1;
  if (rows.length === 0) return <Empty>No account was simulated.</Empty>;
  return (
    <Table
      label="Return drag"
      columns={columns(pool, most)}
      rows={rows}
      keyOf={({ account }) => account.id}
    />
  );
}
