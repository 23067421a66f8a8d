import { Amount } from '../kit/amount.tsx';
import { AxisX, AxisY, Plot } from '../kit/charts/plot.tsx';
import { linear } from '../kit/charts/scale.ts';
import { pixels, tick } from '../kit/digits.ts';
import { type Column, Table } from '../kit/table.tsx';
import { RANGE } from './shocks.ts';
import type { CurvePoint } from './use-curve.ts';

/** Who pays, from the ground up: the colours are those of the waterfall. */
const LAYERS = [
  ['recourse', 'Owner’s accounts', 'recourse'],
  ['operator', 'Operator', 'operatorCapital'],
  ['fund', 'Fund', 'fundDraw'],
  ['haircuts', 'Haircuts', 'socialized'],
  ['uncovered', 'Uncovered', 'uncovered'],
] as const;

const COLUMNS: readonly Column<CurvePoint>[] = [
  { head: 'All marks', number: true, cell: ({ common }) => `${common} %` },
  { head: 'Deficit', number: true, cell: ({ outcome }) => <Amount value={outcome.deficit} /> },
  { head: 'Fund', number: true, cell: ({ outcome }) => <Amount value={outcome.fundDraw} /> },
  { head: 'Haircuts', number: true, cell: ({ outcome }) => <Amount value={outcome.socialized} /> },
  { head: 'Uncovered', number: true, cell: ({ outcome }) => <Amount value={outcome.uncovered} /> },
];

/** The loss over the whole range of the common shock, as layers of who would pay. */
export function StressCurve({ points, common }: { points: readonly CurvePoint[]; common: number }) {
  const most = Math.max(...points.map(({ outcome }) => pixels(outcome.deficit)), 1);
  const used = LAYERS.filter(([, , field]) => points.some(({ outcome }) => /[1-9]/.test(outcome[field])));
  return (
    <>
      <Plot
        height={240}
        label="The loss by common shock, in layers of who would pay. The figures are in the table below."
      >
        {(area) => {
          const x = linear(
            [RANGE[0]!, RANGE.at(-1)!],
            [area.left, area.right],
            Math.max(4, (area.right - area.left) / 80),
          );
          const y = linear([0, most * 1.05], [area.bottom, area.top]);
          const floor = points.map(() => 0);
          return (
            <>
              <AxisY area={area} scale={y} print={tick} />
              {LAYERS.map(([tone, , field]) => {
                if (points.length < 2) return null;
                const below = floor.slice();
                for (const [i, { outcome }] of points.entries())
                  floor[i] = floor[i]! + pixels(outcome[field]);
                const up = floor.map((value, i) => `${x(points[i]!.common)} ${y(value)}`);
                const down = below.map((value, i) => `${x(points[i]!.common)} ${y(value)}`).reverse();
                return <path key={tone} className={`layer ${tone}`} d={`M${[...up, ...down].join('L')}Z`} />;
              })}
              <AxisX area={area} scale={x} print={(value) => `${value} %`} />
              <line className="cursor" x1={x(common)} x2={x(common)} y1={area.top} y2={area.bottom} />
            </>
          );
        }}
      </Plot>
      <p className="legend">
        {used.map(([tone, label]) => (
          <span key={tone}>
            <i className={`swatch ${tone}`} />
            {label}
          </span>
        ))}
        {used.length === 0 && points.length === RANGE.length && 'Nobody would lose anything in this range.'}
      </p>
      <details>
        <summary>As a table</summary>
        <Table
          label="Loss by common shock"
          columns={COLUMNS}
          rows={points}
          keyOf={({ common }) => String(common)}
        />
      </details>
    </>
  );
}
