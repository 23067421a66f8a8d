import { Link } from 'wouter';
import { AccountPageDocument, type AccountPageQuery } from '../generated/graphql.ts';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { LivePool, useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Figures, Panel } from '../kit/panel.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';
import { ExposurePanel } from './exposure.tsx';
import { NoticesPanel } from './notices-panel.tsx';

type Account = NonNullable<NonNullable<AccountPageQuery['pool']>['account']>;
type Position = Account['positions'][number];

const POSITIONS: readonly Column<Position>[] = [
  { head: 'Market', cell: ({ market }) => market.symbol },
  { head: 'Size', number: true, cell: ({ size }) => <Quantity value={size} /> },
  { head: 'Entry', number: true, cell: ({ entryPrice }) => <Quantity value={entryPrice} /> },
  { head: 'Mark', number: true, cell: ({ market }) => <Quantity value={market.markPrice} /> },
  {
    head: 'Unrealized',
    number: true,
    cell: ({ unrealizedPnl }) => <Amount value={unrealizedPnl} />,
    bad: ({ unrealizedPnl }) => unrealizedPnl.startsWith('-'),
  },
  {
    head: 'Liquidated at',
    number: true,
    cell: ({ liquidationPrice }) => <Quantity value={liquidationPrice} places={8} />,
  },
  {
    head: 'Bankrupt at',
    number: true,
    cell: ({ bankruptcyPrice }) => <Quantity value={bankruptcyPrice} places={8} />,
  },
];

/** One account, for its owner and for whoever may read it. */
export function AccountPage({ pool, reference }: { pool: string; reference: string }) {
  return (
    <LivePool pool={pool}>
      <Account pool={pool} reference={reference} />
    </LivePool>
  );
}

function Account({ pool: name, reference }: { pool: string; reference: string }) {
  const [{ data, error }, ask] = useLive(AccountPageDocument, { pool: name, ref: reference });
  const pool = data?.pool;
  const account = pool?.account;
  return (
    <Page
      title={reference}
      aside={
        account && (
          <p className="subtitle">
            in <Link href={`/pools/${encodeURIComponent(name)}`}>{name}</Link>, of {account.owner}
            <span className={`tag ${account.margin.health}`}>
              {account.status === 'ACTIVE' ? words(account.margin.health) : words(account.status)}
            </span>
          </p>
        )
      }
    >
      {error && !data && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!error && !data && <Waiting rows={24} />}
      {data && !account && (
        <p className="empty">
          There is no such account that you may read. Look at <Link href="/accounts">your own</Link>.
        </p>
      )}
      {pool && account && (
        <>
          <Figures
            items={[
              [`Equity, ${pool.asset}`, <Amount key="1" value={account.equity} />],
              ['Balance', <Amount key="2" value={account.balance} />],
              ['Unrealized profit', <Amount key="3" value={account.unrealizedPnl} />],
              ['Required to open', <Amount key="4" value={account.margin.initialMargin} />],
              ['Required not to be liquidated', <Amount key="5" value={account.margin.maintenanceMargin} />],
              ['Margin ratio', <Percent key="6" share={account.margin.marginRatio} />],
            ]}
          />
          <div className="panels">
            <QueuePanel account={account} />
            <ExposurePanel exposure={account.lossExposure ?? null} openDeficit={pool.totals.openDeficit} />
            <NoticesPanel
              pool={name}
              account={reference}
              total={account.totalHaircut}
              recovered={account.totalRecovered}
            />
            <Panel title="Positions" wide>
              {account.positions.length === 0 ? (
                <Empty>No open position.</Empty>
              ) : (
                <Table
                  label="Positions"
                  columns={POSITIONS}
                  rows={account.positions}
                  keyOf={({ market }) => market.id}
                />
              )}
            </Panel>
          </div>
        </>
      )}
    </Page>
  );
}

/** The account's place among those that would be deleveraged, the front to the left. */
function QueuePanel({ account: { queuePlace, haircutableProfit } }: { account: Account }) {
  return (
    <Panel title="Place in the queue" aside="auto-deleveraging order">
      {!queuePlace ? (
        <Empty>
          Only accounts with profit that can bear a haircut stand in the queue, and this one has none now.
        </Empty>
      ) : (
        <>
          <p className="big">
            <Quantity value={queuePlace.place} /> <span className="quiet">of</span>{' '}
            <Quantity value={queuePlace.length} />
          </p>
          <div className="queue" aria-hidden="true">
            <i style={{ left: `${(queuePlace.place / queuePlace.length) * 100}%` }} />
          </div>
          <dl className="facts numbers">
            <dt>Ahead of it, others give up first</dt>
            <dd>
              <Amount value={queuePlace.ahead} />
            </dd>
            <dt>Profit that can bear</dt>
            <dd>
              <Amount value={haircutableProfit} />
            </dd>
            <dt>The most that it would give up</dt>
            <dd>
              <Amount value={queuePlace.cap} />
            </dd>
          </dl>
        </>
      )}
    </Panel>
  );
}
