import type { PoolPageQuery } from '../generated/graphql.ts';
import { Amount, Quantity, When } from '../kit/amount.tsx';
import { AxisX, AxisY, Plot } from '../kit/charts/plot.tsx';
import { instants, linear } from '../kit/charts/scale.ts';
import { grouped, pixels, tick } from '../kit/digits.ts';
import { Figures, Panel } from '../kit/panel.tsx';
import { Empty } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';

type Fund = NonNullable<PoolPageQuery['pool']>['insuranceFund'];
type Entry = Fund['entries']['edges'][number]['node'];

const COLUMNS: readonly Column<Entry>[] = [
  { head: 'When', cell: ({ createdAt }) => <When at={createdAt} /> },
  { head: 'What', cell: ({ kind }) => words(kind) },
  { head: 'Change', number: true, cell: ({ amount }) => <Amount value={amount} /> },
  { head: 'Balance after', number: true, cell: ({ balanceAfter }) => <Amount value={balanceAfter} /> },
];

/** The insurance fund over time: what came in, and what losses drew. */
export function FundPanel({ fund, asset }: { fund: Fund; asset: string }) {
  const entries = fund.entries.edges.map(({ node }) => node);
  return (
    <Panel title="Insurance fund" aside={asset} wide>
      <Figures
        items={[
          ['Balance', <Amount key="b" value={fund.balance} />],
          ['Above its reserve', <Amount key="a" value={fund.available} />],
          [
            'Days of cover at the last 30 days’ draws',
            <Quantity key="d" value={fund.flows.daysOfCover?.split('.')[0]} />,
          ],
        ]}
      />
      {entries.length === 0 ? (
        <Empty>
          Nothing was paid in yet, so losses go straight to the profitable accounts. Pay in with{' '}
          <code>contributeToFund</code>.
        </Empty>
      ) : (
        <div className="beside">
          <FundChart entries={entries} balance={fund.balance} asset={asset} />
          <div className="stack">
            <table className="plain">
              <caption>Since {<When at={fund.flows.since} />}</caption>
              <tbody>
                {fund.flows.inflows.map(({ kind, amount }) => (
                  <tr key={kind}>
                    <th scope="row">
                      <span className="key in" />
                      {words(kind)}
                    </th>
                    <td className="number">
                      <Amount value={amount} />
                    </td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">
                    <span className="key out" />
                    Drawn by settlements
                  </th>
                  <td className="number">
                    <Amount value={negated(fund.flows.draws)} />
                  </td>
                </tr>
                <tr>
                  <th scope="row">
                    <span className="key out" />
                    Withdrawn
                  </th>
                  <td className="number">
                    <Amount value={negated(fund.flows.withdrawals)} />
                  </td>
                </tr>
              </tbody>
            </table>
            <details>
              <summary>Latest entries</summary>
              <Table
                label="Entries of the fund"
                columns={COLUMNS}
                rows={entries.slice(-20).reverse()}
                keyOf={({ id }) => id}
              />
            </details>
          </div>
        </div>
      )}
    </Panel>
  );
}

const negated = (amount: string): string => (/[1-9]/.test(amount) ? `-${amount}` : amount);

function FundChart({
  entries,
  balance,
  asset,
}: {
  entries: readonly Entry[];
  balance: string;
  asset: string;
}) {
  const points = entries.map(({ id, createdAt, balanceAfter, amount }) => ({
    id,
    at: Date.parse(createdAt),
    balance: pixels(balanceAfter),
    before: pixels(balanceAfter) - pixels(amount),
  }));
  const [first, last] = [points[0]!, points.at(-1)!];
  const top = Math.max(...points.flatMap((point) => [point.balance, point.before]));
  return (
    <Plot
      label={`The fund's balance over ${entries.length} entries; now ${grouped(balance)} ${asset}. The entries are listed below.`}
    >
      {(area) => {
        const pad = Math.max((last.at - first.at) * 0.04, 60_000);
        const x = instants([first.at - pad, last.at + pad], [area.left, area.right]);
        const y = linear([0, (top || 1) * 1.05], [area.bottom, area.top]);
        const line = points.map(({ at, balance }) => `H${x(at)}V${y(balance)}`).join('');
        const path = `M${area.left} ${y(first.before)}${line}H${area.right}`;
        return (
          <>
            <AxisY area={area} scale={y} print={tick} />
            <AxisX area={area} scale={x} print={x.print} />
            <path className="area fund" d={`${path}V${area.bottom}H${area.left}Z`} />
            <path className="line fund" d={path} />
            {points.map(({ id, at, balance, before }) => (
              <line
                key={id}
                className={balance < before ? 'change out' : 'change in'}
                x1={x(at)}
                x2={x(at)}
                y1={y(before)}
                y2={y(balance)}
              />
            ))}
          </>
        );
      }}
    </Plot>
  );
}
