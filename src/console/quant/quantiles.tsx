import { AxisX, AxisY, Plot } from '../kit/charts/plot.tsx';
import { linear } from '../kit/charts/scale.ts';
import { type Column, Table } from '../kit/table.tsx';
import { percent } from './estimate.tsx';
import type { Result } from './simulation-result.tsx';

interface Level {
  readonly level: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const levelsOf = (result: Result): readonly Level[] => [
  { level: 0.5, ...result.q50 },
  { level: 0.75, ...result.q75 },
  { level: 0.9, ...result.q90 },
  { level: 0.95, ...result.q95 },
  { level: 0.975, ...result.q975 },
  { level: 0.99, ...result.q99 },
  { level: 0.995, ...result.q995 },
  { level: 0.999, ...result.q999 },
];

const PERCENT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const levelName = (level: number): string => `${PERCENT.format(level * 100)} %`;

const COLUMNS: readonly Column<Level>[] = [
  { head: 'On so many of the futures', number: true, cell: ({ level }) => levelName(level) },
  { head: 'Winners give up at most', number: true, cell: ({ value }) => percent(value) },
  { head: 'Between', number: true, cell: ({ low, high }) => `${percent(low)} and ${percent(high)}` },
];

/** The haircut rate by its quantiles, spread so that the tail has most of the room: that is where it matters. */
export function HaircutQuantiles({ result }: { result: Result }) {
  const levels = levelsOf(result);
  const most = Math.max(...levels.map(({ high }) => high));
  const nines = (level: number) => -Math.log10(1 - level);
  return (
    <>
      <Plot label="The haircut rate of winners by its quantiles. The figures are in the table below.">
        {(area) => {
          const x = linear([nines(0.5), nines(0.999)], [area.left, area.right]);
          const y = linear([0, most * 1.05 || 0.01], [area.bottom, area.top]);
          const named = [0.5, 0.9, 0.99, 0.999].map(nines);
          const high = levels.map(({ level, high }) => `${x(nines(level))} ${y(high)}`);
          const low = levels.map(({ level, low }) => `${x(nines(level))} ${y(low)}`).reverse();
          return (
            <>
              <AxisY area={area} scale={y} print={percent} />
              <AxisX
                area={area}
                scale={Object.assign((value: number) => x(value), { ticks: named })}
                print={(value) => levelName(1 - 10 ** -value)}
              />
              <path className="band haircuts" d={`M${[...high, ...low].join('L')}Z`} />
              <path
                className="line haircuts"
                d={`M${levels.map(({ level, value }) => `${x(nines(level))} ${y(value)}`).join('L')}`}
              />
            </>
          );
        }}
      </Plot>
      <details>
        <summary>As a table</summary>
        <Table
          label="Haircut rate by quantile"
          columns={COLUMNS}
          rows={levels}
          keyOf={({ level }) => String(level)}
        />
      </details>
    </>
  );
}
