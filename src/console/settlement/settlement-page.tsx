import { Link } from 'wouter';
import { SettlementPageDocument, type SettlementPageQuery } from '../generated/graphql.ts';
import { Amount, Percent, Quantity, When } from '../kit/amount.tsx';
import { Cascade } from '../kit/cascade.tsx';
import { isZero } from '../kit/digits.ts';
import { useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Panel } from '../kit/panel.tsx';
import { Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';
import { useSession } from '../session/session.tsx';
import { readsEverything } from '../session/token.ts';
import { SheetCheck } from './sheet-check.tsx';
import { WhoBorePanel } from './who-bore.tsx';

type Settlement = Extract<NonNullable<SettlementPageQuery['node']>, { sequence: string }>;
type Loss = Settlement['lossEvents'][number];

const LOSSES: readonly Column<Loss>[] = [
  { head: 'Loss', cell: ({ ref }) => ref },
  { head: 'Status', cell: ({ status }) => <span className={`tag ${status}`}>{words(status)}</span> },
  { head: 'Deficit', number: true, cell: ({ deficit }) => <Amount value={deficit} /> },
  { head: 'Haircuts for it', number: true, cell: ({ socialized }) => <Amount value={socialized} /> },
  {
    head: 'Uncovered',
    number: true,
    cell: ({ uncovered }) => <Amount value={uncovered} />,
    bad: ({ uncovered }) => !isZero(uncovered),
  },
];

/** One settlement: what it covered, who bore it, and whether that can be proven. */
export function SettlementPage({ id, pool }: { id: string; pool: string }) {
  const [{ data, error }, ask] = useLive(SettlementPageDocument, { id });
  const node = data?.node;
  const settlement = node && 'sequence' in node ? node : null;
  return (
    <Page
      title={settlement ? `Settlement ${settlement.sequence} · ${pool}` : `Settlement · ${pool}`}
      aside={
        settlement && (
          <p className="subtitle">
            {settlement.pool.asset} · {words(settlement.method)} · <When at={settlement.settledAt} />
          </p>
        )
      }
    >
      {error && !settlement && (
        <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />
      )}
      {!error && !data && <Waiting rows={24} />}
      {data && !settlement && (
        <p className="empty">
          There is no such settlement that you may read. Look at{' '}
          <Link href={`/pools/${encodeURIComponent(pool)}/settlements`}>those that there are</Link>.
        </p>
      )}
      {settlement && <Settled settlement={settlement} />}
    </Page>
  );
}

function Settled({ settlement }: { settlement: Settlement }) {
  const { session } = useSession();
  const { commitment, reversal, haircutRatio } = settlement;
  const mayReadSheet = session.state === 'signed-in' && readsEverything(session.claims);
  return (
    <>
      {reversal && (
        <p className="problem" role="status">
          Taken back on <When at={reversal.reversedAt} />: {reversal.reason}. Everything that it booked was
          booked the other way.
        </p>
      )}
      <div className="panels">
        <Panel title="How it was covered">
          <Cascade of={settlement} caption="How the loss was covered" />
        </Panel>
        <Panel title="By which figures">
          <dl className="facts">
            <dt>Haircuts</dt>
            <dd>
              <Quantity value={settlement.haircutCount} /> accounts,{' '}
              <Percent share={haircutRatio.decimal} digits={6} /> of their profit
            </dd>
            <dt>Exactly</dt>
            <dd className="mono">
              {haircutRatio.numerator} / {haircutRatio.denominator}
            </dd>
            <dt>Could bear</dt>
            <dd>
              <Amount value={settlement.haircutCapacity} />
            </dd>
            <dt>Method</dt>
            <dd>{words(settlement.method)}</dd>
            <dt>Which profit</dt>
            <dd>{words(settlement.profitBasis)}</dd>
            <dt>Marks</dt>
            <dd>
              {settlement.marks.map(({ symbol, price }) => (
                <span key={symbol} className="mark">
                  {symbol} <Quantity value={price} />
                </span>
              ))}
              {settlement.staleMarksReason && <p>Marks were old: {settlement.staleMarksReason}</p>}
            </dd>
            {commitment && (
              <>
                <dt>Root</dt>
                <dd className="mono">{commitment.root}</dd>
              </>
            )}
          </dl>
          {commitment && mayReadSheet && (
            <SheetCheck path={commitment.sheetPath} root={commitment.root} leaves={commitment.leaves} />
          )}
        </Panel>
        <WhoBorePanel settlement={settlement} />
        <Panel title="Losses that it covered" aside={`${settlement.lossEvents.length}, settled jointly`} wide>
          <details open={settlement.lossEvents.length <= 12}>
            <summary>Each loss</summary>
            <Table label="Losses" columns={LOSSES} rows={settlement.lossEvents} keyOf={({ id }) => id} />
          </details>
        </Panel>
      </div>
    </>
  );
}
