import { useState } from 'react';
import { Link } from 'wouter';
import { type PoolPageQuery, PreviewDocument } from '../generated/graphql.ts';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { Cascade } from '../kit/cascade.tsx';
import { isZero } from '../kit/digits.ts';
import { useLive } from '../kit/live.tsx';
import { Panel } from '../kit/panel.tsx';
import { Problem, Waiting } from '../kit/states.tsx';
import { words } from '../kit/words.ts';

type Pool = NonNullable<PoolPageQuery['pool']>;

/** The waterfall as a picture: of what a settlement would do now while losses are open, else of the last that was made. */
export function WaterfallPanel({ pool, base }: { pool: Pool; base: string }) {
  const hasOpen = !isZero(pool.totals.openDeficit);
  const last = pool.settlements.edges.at(-1)?.node ?? null;
  const [chosen, choose] = useState<'now' | 'last' | null>(null);
  const shown = hasOpen && (chosen !== 'last' || !last) ? 'now' : last ? 'last' : 'none';
  return (
    <Panel
      title="Waterfall"
      aside={
        hasOpen && last ? (
          <fieldset className="choice">
            <legend className="unseen">Of what</legend>
            {(['now', 'last'] as const).map((each) => (
              <label key={each}>
                <input type="radio" name="waterfall" checked={shown === each} onChange={() => choose(each)} />
                {each === 'now' ? 'if settled now' : 'last settlement'}
              </label>
            ))}
          </fieldset>
        ) : shown === 'now' ? (
          'if settled now'
        ) : shown === 'last' ? (
          <Link href={`${base}/settlements/${encodeURIComponent(last!.id)}`}>
            settlement {last!.sequence}
          </Link>
        ) : (
          'the rules'
        )
      }
    >
      <div className="waterfall">
        {shown === 'now' && <Now pool={pool.name} />}
        {shown === 'last' && <Cascade of={last!} caption={`How settlement ${last!.sequence} was covered`} />}
        {shown === 'none' && <Rules pool={pool} />}
      </div>
    </Panel>
  );
}

function Now({ pool }: { pool: string }) {
  const [{ data, error }, ask] = useLive(PreviewDocument, { pool });
  const preview = data?.previewSettlement;
  if (error && !preview)
    return <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!preview) return <Waiting rows={6} />;
  if (preview.__typename !== 'SettlementPreview') return <Problem error={preview.message} />;
  return (
    <>
      <Cascade of={preview} caption="How the open losses would be covered now" />
      <p className="note">
        <Quantity value={preview.haircutCount} /> accounts would give up{' '}
        <Percent share={preview.haircutRatio.decimal} digits={4} /> of their profit. Nothing is written until{' '}
        <code>settleLosses</code>.
      </p>
    </>
  );
}

/** Before the first loss: who would pay, in which order, and how much. */
function Rules({ pool: { rules, insuranceFund, totals } }: { pool: Pool }) {
  const most: Readonly<Record<string, string>> = {
    INSURANCE_FUND: insuranceFund.available,
    SOCIALIZATION: totals.haircutCapacity,
  };
  return (
    <>
      <table className="cascade">
        <caption className="unseen">The tiers of the waterfall, in the order that they pay</caption>
        <tbody>
          {rules.tiers.map(({ tier, capPerEvent }, i) => (
            <tr key={tier}>
              <th scope="row">
                {i + 1}. {words(tier)}
                {capPerEvent && <small>at most {capPerEvent} for one loss</small>}
              </th>
              <td className="number">{most[tier] ? <Amount value={most[tier]} /> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">
        No loss was settled yet. What profitable accounts bear is divided {words(rules.method).toLowerCase()},
        up to <Percent share={rules.maxHaircutRate} /> of a profit.
      </p>
    </>
  );
}
