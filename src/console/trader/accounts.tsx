import { useState } from 'react';
import { Link } from 'wouter';
import { MyAccountsDocument, type MyAccountsQuery } from '../generated/graphql.ts';
import { Amount, Percent } from '../kit/amount.tsx';
import { useTyped } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';
import { useSession } from '../session/session.tsx';

type Account = MyAccountsQuery['myAccounts']['edges'][number]['node'];

export const accountPath = (pool: string, ref: string): string =>
  `/accounts/${encodeURIComponent(pool)}/${encodeURIComponent(ref)}`;

const COLUMNS: readonly Column<Account>[] = [
  { head: 'Account', cell: ({ ref, pool }) => <Link href={accountPath(pool.name, ref)}>{ref}</Link> },
  {
    head: 'Pool',
    cell: ({ pool }) => <Link href={`/pools/${encodeURIComponent(pool.name)}`}>{pool.name}</Link>,
  },
  {
    head: 'Health',
    cell: ({ margin }) => <span className={`tag ${margin.health}`}>{words(margin.health)}</span>,
  },
  { head: 'Equity', number: true, cell: ({ equity, pool }) => <Amount value={equity} asset={pool.asset} /> },
  { head: 'Required', number: true, cell: ({ margin }) => <Amount value={margin.maintenanceMargin} /> },
  { head: 'Margin ratio', number: true, cell: ({ margin }) => <Percent share={margin.marginRatio} /> },
  { head: 'Haircuts ever', number: true, cell: ({ totalHaircut }) => <Amount value={totalHaircut} /> },
];

/** The reader's own accounts, in every pool. */
export function AccountsPage() {
  const { session } = useSession();
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error }, ask] = useTyped(MyAccountsDocument, { after });
  const accounts = data?.myAccounts;
  const subject = session.state === 'signed-in' ? session.claims.subject : '';
  return (
    <Page title="My accounts">
      {error && !accounts && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!error && !accounts && <Waiting />}
      {accounts?.totalCount === 0 && (
        <Empty>
          No account is owned by “{subject}”. Accounts are those whose owner is the token’s subject: the venue
          names it with <code>upsertAccounts</code>.
        </Empty>
      )}
      {accounts && accounts.totalCount > 0 && (
        <Table
          label="My accounts"
          columns={COLUMNS}
          rows={accounts.edges.map(({ node }) => node)}
          keyOf={({ id }) => id}
        />
      )}
      {accounts?.pageInfo.hasNextPage && (
        <button type="button" onClick={() => setAfter(accounts.pageInfo.endCursor ?? null)}>
          Next page
        </button>
      )}
    </Page>
  );
}
