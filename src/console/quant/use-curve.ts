import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import type { StressQuery } from '../generated/graphql.ts';
import { usePoolLife } from '../kit/live.tsx';
import { inputOf, RANGE, type Shocks } from './shocks.ts';
import { askStress } from './use-stress.ts';

export type Outcome = Extract<StressQuery['stressTest'], { __typename: 'StressTest' }>['scenarios'][number];

export interface CurvePoint {
  /** The common shock, in percent. */
  readonly common: number;
  readonly outcome: Outcome;
}

export interface Curve {
  readonly points: readonly CurvePoint[];
  readonly isDone: boolean;
  /** No more points will come. */
  readonly isBroken: boolean;
}

/** Both ends and the middle first, then what lies between: the curve has its shape early. */
const ORDER = [-60, 60, 0, -30, 30, ...RANGE].filter((each, i, all) => all.indexOf(each) === i);

/**
 * What the common shock would come to over its whole range. One question a point, one after the other: each takes a large pool a
 * second, and what the sliders ask for meanwhile need not wait for all of them.
 */
export function useCurve(pool: string, shocks: Shocks): Curve {
  const client = useClient();
  const { sequence } = usePoolLife();
  const [points, setPoints] = useState<readonly CurvePoint[]>([]);
  const [isBroken, setBroken] = useState(false);
  // The slider of the common shock walks along the curve and changes none of it.
  const rest = JSON.stringify({ ...shocks, common: 0 });

  // biome-ignore lint/correctness/useExhaustiveDependencies: when the pool moves, so does the curve.
  useEffect(() => {
    let left = false;
    setBroken(false);
    const run = async () => {
      const found: CurvePoint[] = [];
      for (const common of ORDER) {
        const input = inputOf(pool, JSON.parse(rest), [common]);
        const answer = await askStress(client, input, () => left);
        if (answer === null) return;
        // What the server has against the question is said beside the curve, of the shock that the sliders show.
        if (!('__typename' in answer) || answer.__typename !== 'StressTest') return setBroken(true);
        found.push({ common, outcome: answer.scenarios[0]! });
        setPoints(found.toSorted((a, b) => a.common - b.common));
      }
    };
    void run();
    return () => {
      left = true;
    };
  }, [client, pool, rest, sequence]);
  return { points, isDone: points.length === ORDER.length, isBroken };
}
