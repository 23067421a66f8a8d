import { Link } from 'wouter';
import { PoolPageDocument } from '../generated/graphql.ts';
import { Amount, Quantity } from '../kit/amount.tsx';
import { useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Figures } from '../kit/panel.tsx';
import { Problem, Waiting } from '../kit/states.tsx';
import { words } from '../kit/words.ts';
import { FundPanel } from './fund.tsx';
import { HealthPanel } from './health.tsx';
import { LossesPanel } from './losses.tsx';
import { MarketsPanel } from './markets.tsx';
import { WaterfallPanel } from './waterfall.tsx';

/** A pool at a glance: what would pay for a loss, what has, and who is near one. */
export function PoolPage({ pool: name }: { pool: string }) {
  const [{ data, error }, ask] = useLive(PoolPageDocument, { pool: name });
  const pool = data?.pool;
  const base = `/pools/${encodeURIComponent(name)}`;
  return (
    <Page
      title={name}
      aside={
        pool && (
          <p className="subtitle">
            {pool.asset} · {words(pool.rules.waterfall)} · {words(pool.rules.method)} · sequence{' '}
            <Quantity value={pool.sequence} />
            {pool.status === 'HALTED' && <span className="tag bad">halted</span>}
          </p>
        )
      }
    >
      {error && !pool ? (
        <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />
      ) : data && !pool ? (
        <p className="empty">
          There is no pool “{name}” that you may read. Look at <Link href="/">those that there are</Link>.
        </p>
      ) : !pool ? (
        <Waiting rows={24} />
      ) : (
        <>
          {pool.haltReason && (
            <p className="problem" role="status">
              The pool takes no mutations: {pool.haltReason}
            </p>
          )}
          <Figures
            items={[
              ['Open losses', <Amount key="1" value={pool.totals.openDeficit} />],
              ['Uncovered', <Amount key="2" value={pool.totals.uncovered} />],
              ['Haircut capacity', <Amount key="3" value={pool.totals.haircutCapacity} />],
              ['Equity', <Amount key="4" value={pool.totals.equity} />],
              ['Open interest', <Amount key="5" value={pool.totals.openInterest} />],
              [
                'Accounts, in profit',
                <span key="6">
                  <Quantity value={pool.totals.accounts} />,{' '}
                  <Quantity value={pool.totals.profitableAccounts} />
                </span>,
              ],
            ]}
          />
          <div className="panels">
            <WaterfallPanel pool={pool} base={base} />
            <HealthPanel health={pool.gauges.health} />
            <FundPanel fund={pool.insuranceFund} asset={pool.asset} />
            <LossesPanel pool={pool} base={base} />
            <MarketsPanel markets={pool.gauges.markets} />
          </div>
        </>
      )}
    </Page>
  );
}
