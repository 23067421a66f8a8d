import { useMemo, useState } from 'react';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { AxisX, AxisY, Plot } from '../kit/charts/plot.tsx';
import { logarithmic } from '../kit/charts/scale.ts';
import { pixels, shareOf, tick } from '../kit/digits.ts';
import type { Haircut } from './haircut.ts';

/** The haircuts from the largest to the smallest as one curve: 20,000 bars would be a wall. A slider walks along it. */
export function RankedCurve({ haircuts }: { haircuts: readonly Haircut[] }) {
  const ranked = useMemo(
    () =>
      haircuts
        .map((haircut) => ({ ...haircut, size: pixels(haircut.amount) }))
        .sort((a, b) => b.size - a.size),
    [haircuts],
  );
  const [rank, setRank] = useState(1);
  const at = ranked[Math.min(rank, ranked.length) - 1]!;
  return (
    <div className="stack">
      <Plot
        height={260}
        label={`${ranked.length} haircuts, from the largest to the smallest, on logarithmic scales. The slider below names each.`}
      >
        {(area) => {
          const x = logarithmic([1, Math.max(ranked.length, 2)], [area.left, area.right]);
          const y = logarithmic([ranked.at(-1)!.size, ranked[0]!.size * 1.1], [area.bottom, area.top]);
          const path = outline(ranked, x, y);
          return (
            <>
              <AxisY area={area} scale={y} print={tick} />
              <AxisX area={area} scale={x} print={tick} />
              <path className="area haircuts" d={`${path}V${area.bottom}H${area.left}Z`} />
              <path className="line haircuts" d={path} />
              <line className="cursor" x1={x(rank)} x2={x(rank)} y1={area.top} y2={area.bottom} />
              <circle className="cursor" cx={x(rank)} cy={y(at.size)} r={4} />
            </>
          );
        }}
      </Plot>
      <label className="walk">
        <span className="unseen">Rank</span>
        <input
          type="range"
          min={0}
          max={1000}
          value={placeOf(rank, ranked.length)}
          onChange={({ target }) => setRank(rankAt(Number(target.value), ranked.length))}
          aria-valuetext={`rank ${rank}: ${at.account}, ${at.amount}`}
        />
      </label>
      <dl className="facts walk-facts">
        <dt>Rank</dt>
        <dd>
          <Quantity value={rank} /> of <Quantity value={ranked.length} />
        </dd>
        <dt>Account</dt>
        <dd>{at.account}</dd>
        <dt>Haircut</dt>
        <dd>
          <Amount value={at.amount} /> of a profit of <Amount value={at.profit} /> (
          <Percent share={shareOf(at.amount, at.profit)} />)
        </dd>
      </dl>
    </div>
  );
}

/** The slider goes by the logarithm of the rank, as the curve does. */
const rankAt = (place: number, count: number): number => Math.max(1, Math.round(count ** (place / 1000)));
const placeOf = (rank: number, count: number): number =>
  count < 2 ? 0 : Math.round((Math.log(rank) / Math.log(count)) * 1000);

/** A point per pixel at most: more would be drawn on top of each other. */
function outline(
  ranked: readonly { size: number }[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  let path = '';
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < ranked.length; i++) {
    const at = x(i + 1);
    if (at - last < 1 && i < ranked.length - 1) continue;
    path += `${i === 0 ? 'M' : 'L'}${at.toFixed(1)} ${y(ranked[i]!.size).toFixed(1)}`;
    last = at;
  }
  return path;
}
