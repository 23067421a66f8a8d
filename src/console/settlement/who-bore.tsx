import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { grouped, shareOf } from '../kit/digits.ts';
import { Meter } from '../kit/meter.tsx';
import { Figures, Panel } from '../kit/panel.tsx';
import { HaircutProof } from '../kit/proof.tsx';
import { Empty, Problem } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { accountPath } from '../trader/accounts.tsx';
import { download, toCsv, toJson } from './export.ts';
import type { Haircut } from './haircut.ts';
import { useHaircuts } from './haircuts.ts';
import { type Bracket, brackets, measure } from './measures.ts';
import { RankedCurve } from './ranked.tsx';

interface Of {
  readonly id: string;
  readonly sequence: string;
  readonly pool: { readonly name: string; readonly asset: string; readonly decimals: number };
  readonly lossEvents: readonly { readonly recovered: string }[];
  readonly reversal?: { readonly sequence: string } | null;
}

/** Who bore what: the spread, the largest, anybody by name, and all of it as a file. */
export function WhoBorePanel({ settlement }: { settlement: Of }) {
  const { lossEvents, reversal } = settlement;
  const givenBack = JSON.stringify([lossEvents.map(({ recovered }) => recovered), reversal?.sequence]);
  const { rows, total, isDone, problem } = useHaircuts(settlement.id, givenBack);
  const [chosen, choose] = useState<string | null>(null);
  const [name, setName] = useState('');
  const measures = useMemo(() => (isDone ? measure(rows) : null), [rows, isDone]);
  const shown = useMemo(() => {
    const wanted = name.trim();
    const found = wanted === '' ? rows : rows.filter(({ account }) => account.includes(wanted));
    return found.toSorted((a, b) => compare(b.amount, a.amount)).slice(0, 10);
  }, [rows, name]);
  const { sequence, pool } = settlement;
  const told = useMemo(() => {
    const row = rows.find(({ id }) => id === chosen);
    return row && { ...row, pool: pool.name, sequence };
  }, [rows, chosen, pool.name, sequence]);

  if (problem) return <Problem error={problem} />;
  const columns: readonly Column<Haircut>[] = [
    {
      head: 'Account',
      cell: ({ account }) => <Link href={accountPath(settlement.pool.name, account)}>{account}</Link>,
    },
    { head: 'Haircut', number: true, cell: ({ amount }) => <Amount value={amount} /> },
    { head: 'Of a profit of', number: true, cell: ({ profit }) => <Amount value={profit} /> },
    {
      head: 'Share',
      number: true,
      cell: ({ amount, profit }) => <Percent share={shareOf(amount, profit)} />,
    },
    { head: 'Given back', number: true, cell: ({ recovered }) => <Amount value={recovered} /> },
    {
      head: 'Proof',
      cell: ({ id, account }) => (
        <button
          type="button"
          className="small"
          aria-expanded={chosen === id}
          aria-label={`Check the proof of ${account}`}
          onClick={() => choose(chosen === id ? null : id)}
        >
          {chosen === id ? 'Hide' : 'Check'}
        </button>
      ),
    },
  ];
  const file = `haircuts-${settlement.pool.name}-${settlement.sequence}`;
  return (
    <Panel
      title="Who bore what"
      wide
      aside={
        <span className="row">
          <button
            type="button"
            disabled={!isDone}
            onClick={() => download(`${file}.csv`, 'text/csv', toCsv(rows))}
          >
            Export CSV
          </button>
          <button
            type="button"
            disabled={!isDone}
            onClick={() =>
              download(
                `${file}.json`,
                'application/json',
                toJson(settlement.pool.name, settlement.sequence, settlement.pool.asset, rows),
              )
            }
          >
            Export JSON
          </button>
        </span>
      }
    >
      {!isDone ? (
        <div className="bore">
          <Meter label="Reading the haircuts" done={rows.length} of={total ?? 0} />
        </div>
      ) : rows.length === 0 ? (
        <Empty>No account that you may read bore a haircut in this settlement.</Empty>
      ) : (
        <>
          <Figures
            items={[
              ['Accounts touched', <Quantity key="1" value={measures!.touched} />],
              ['Lost all their profit', <Quantity key="2" value={measures!.wipedOut} />],
              ['Largest rate', <Percent key="3" share={measures!.largestRate} digits={4} />],
              ['The ten largest bear', <Percent key="4" share={measures!.topTenShare} />],
              [
                'As concentrated as equal bearers',
                <Quantity key="5" value={measures!.effectiveNumber.split('.')[0]} />,
              ],
            ]}
          />
          <div className="beside">
            <RankedCurve haircuts={rows} />
            <BracketTable rows={brackets(rows, settlement.pool.decimals)} />
          </div>
          <label className="find">
            Find an account
            <input
              type="search"
              value={name}
              onChange={({ target }) => setName(target.value)}
              spellCheck={false}
            />
          </label>
          <Table
            label="Haircuts, largest first"
            columns={columns}
            rows={shown}
            keyOf={({ id }) => id}
            places={10}
          />
          {shown.length === 0 && (
            <p className="quiet">No account whose name contains that bore a haircut here.</p>
          )}
          {told && <HaircutProof haircut={told.id} told={told} />}
        </>
      )}
    </Panel>
  );
}

/** Texts of amounts that have as many fraction digits each. */
function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const BRACKET_COLUMNS: readonly Column<Bracket>[] = [
  { head: 'Haircut from', number: true, cell: ({ power }) => grouped(powerText(power)) },
  { head: 'Accounts', number: true, cell: ({ count }) => <Quantity value={count} /> },
  {
    head: 'Together',
    number: true,
    cell: ({ sum }) => <Amount value={sum} />,
  },
];

const BracketTable = ({ rows }: { rows: readonly Bracket[] }) => (
  <Table
    label="Haircuts by size"
    columns={BRACKET_COLUMNS}
    rows={rows}
    keyOf={({ power }) => String(power)}
  />
);

/** 10^power as decimal text. */
const powerText = (power: number): string =>
  power >= 0 ? `1${'0'.repeat(power)}` : `0.${'0'.repeat(-power - 1)}1`;
