import type { ReactNode } from 'react';
import { useWidth } from '../use-width.ts';

export interface Area {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface PlotProps {
  /** What the picture shows, in a sentence, for whoever does not see it. */
  readonly label: string;
  readonly height?: number;
  readonly children: (area: Area) => ReactNode;
}

const MARGIN = { left: 54, right: 22, top: 10, bottom: 24 };

/** The ground of a chart: as wide as its place, of a height that is reserved before there is anything to draw. */
export function Plot({ label, height = 220, children }: PlotProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  return (
    <div className="plot" ref={element} style={{ height }}>
      {width !== null && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {children({
            width,
            height,
            left: MARGIN.left,
            right: width - MARGIN.right,
            top: MARGIN.top,
            bottom: height - MARGIN.bottom,
          })}
        </svg>
      )}
    </div>
  );
}

interface AxisProps {
  readonly area: Area;
  readonly scale: ((value: number) => number) & { readonly ticks: readonly number[] };
  readonly print: (value: number) => string;
}

export function AxisY({ area, scale, print }: AxisProps) {
  return (
    <g className="axis">
      {scale.ticks.map((value) => (
        <g key={value} transform={`translate(0 ${scale(value)})`}>
          <line x1={area.left} x2={area.right} />
          <text x={area.left - 8} dy="0.32em" textAnchor="end">
            {print(value)}
          </text>
        </g>
      ))}
    </g>
  );
}

export function AxisX({ area, scale, print }: AxisProps) {
  return (
    <g className="axis">
      <line className="ground" x1={area.left} x2={area.right} y1={area.bottom} y2={area.bottom} />
      {scale.ticks.map((value) => (
        <text key={value} x={scale(value)} y={area.bottom + 16} textAnchor="middle">
          {print(value)}
        </text>
      ))}
    </g>
  );
}
