import { AxisX, AxisY, Plot } from '../kit/charts/plot.tsx';
import { linear } from '../kit/charts/scale.ts';
import { tick } from '../kit/digits.ts';
import { type Column, Table } from '../kit/table.tsx';
import { Estimate, number, percent } from './estimate.tsx';
import type { Result } from './simulation-result.tsx';

type Point = Result['fundCurve'][number];

/** Of a normal distribution, so much to each side holds 95 %. */
const Z = 1.96;

const COLUMNS: readonly Column<Point>[] = [
  { head: 'Fund', number: true, cell: ({ fund }) => number(fund) },
  {
    head: 'P(haircuts)',
    number: true,
    cell: (point) => <Estimate of={point.probabilityOfSocialization} share />,
  },
  { head: 'Mean residual', number: true, cell: (point) => <Estimate of={point.expectedResidual} /> },
];

/** How likely haircuts are by the size of the fund, and where it stands. */
export function FundCurve({ points, now, asset }: { points: readonly Point[]; now: number; asset: string }) {
  const drawn = points.flatMap(({ fund, probabilityOfSocialization: p }) =>
    p ? [{ fund, value: p.value, error: (p.standardError ?? 0) * Z }] : [],
  );
  const most = Math.max(...drawn.map(({ value, error }) => value + error), 0.001);
  return (
    <>
      <Plot
        label={`How likely haircuts are by the size of the fund, which now has ${number(now)} ${asset}. The figures are below.`}
      >
        {(area) => {
          const x = linear([0, Math.max(...drawn.map(({ fund }) => fund), 1)], [area.left, area.right]);
          const y = linear([0, Math.min(1, most * 1.05)], [area.bottom, area.top]);
          const at = (value: number) => y(Math.min(1, Math.max(0, value)));
          const high = drawn.map(({ fund, value, error }) => `${x(fund)} ${at(value + error)}`);
          const low = drawn.map(({ fund, value, error }) => `${x(fund)} ${at(value - error)}`).reverse();
          return (
            <>
              <AxisY area={area} scale={y} print={percent} />
              <AxisX area={area} scale={x} print={tick} />
              <path className="band fund" d={`M${[...high, ...low].join('L')}Z`} />
              <path
                className="line fund"
                d={`M${drawn.map(({ fund, value }) => `${x(fund)} ${at(value)}`).join('L')}`}
              />
              <line className="cursor" x1={x(now)} x2={x(now)} y1={area.top} y2={area.bottom} />
            </>
          );
        }}
      </Plot>
      <details>
        <summary>As a table</summary>
        <Table
          label="By the size of the fund"
          columns={COLUMNS}
          rows={points}
          keyOf={({ fund }) => String(fund)}
        />
      </details>
    </>
  );
}
