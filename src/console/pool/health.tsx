import type { PoolPageQuery } from '../generated/graphql.ts';
import { Quantity } from '../kit/amount.tsx';
import { Panel } from '../kit/panel.tsx';
import { words } from '../kit/words.ts';

type Gauges = NonNullable<PoolPageQuery['pool']>['gauges'];

const MEANS: Readonly<Record<string, string>> = {
  SAFE: 'equity covers the initial margin',
  MARGIN_CALL: 'can open nothing more',
  LIQUIDATABLE: 'below the maintenance margin',
  BANKRUPT: 'below zero: a loss if closed out',
};

/** How many accounts stand how. Bars go by the logarithm: the few that are in trouble are the ones to see. */
export function HealthPanel({ health }: { health: Gauges['health'] }) {
  const most = Math.log1p(Math.max(1, ...health.map(({ accounts }) => accounts)));
  return (
    <Panel title="Accounts by health" aside="logarithmic bars">
      <table className="cascade">
        <caption className="unseen">Active accounts by health</caption>
        <tbody>
          {health.map(({ health, accounts }) => (
            <tr key={health} className={accounts === 0 ? 'zero' : undefined}>
              <th scope="row">
                {words(health)}
                <small>{MEANS[health]}</small>
              </th>
              <td className="track">
                <span
                  className={`bar health-${health}`}
                  style={{ width: `${(Math.log1p(accounts) / most) * 100}%` }}
                />
              </td>
              <td className="number">
                <Quantity value={accounts} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
