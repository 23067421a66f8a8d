import { buildModel } from '../models/build.ts';
import type { PathBlock } from '../models/model.ts';
import { scenarios } from '../models/scenarios.ts';
import { sampler } from '../sampling/sampler.ts';
import type { RunSpec } from './spec.ts';

/** The paths of a run, batch by batch and block by block. It keeps scratch of its own: one for each thread. */
export interface Paths {
  readonly marketCount: number;
  readonly stepCount: number;
  /** Starts a batch: each call of what it answers draws the next block. */
  batch(index: number): (paths: number, into: PathBlock) => void;
}

export function pathsOf({ model: spec, sampling, seed }: RunSpec): Paths {
  if (spec.kind === 'SCENARIOS') {
    const set = scenarios(spec, ['model']);
    return {
      marketCount: set.marketCount,
      stepCount: 1,
      batch() {
        let first = 0;
        return (paths, into) => {
          set.draw(first, paths, into);
          first += paths;
        };
      },
    };
  }
  const model = buildModel(spec);
  const numbers = sampler(sampling, seed, model.dimensions);
  let uniforms = new Float64Array();
  return {
    marketCount: model.marketCount,
    stepCount: model.stepCount,
    batch(index) {
      const batch = numbers.batch(index);
      return (paths, into) => {
        if (uniforms.length < model.dimensions * paths) uniforms = new Float64Array(model.dimensions * paths);
        batch.next(paths, uniforms);
        model.draw(uniforms, paths, into);
      };
    },
  };
}

export function makeBlock({ marketCount, stepCount }: Paths, paths: number): PathBlock {
  return {
    steps: Array.from({ length: stepCount }, () => new Float64Array(marketCount * paths)),
    weights: new Float64Array(paths).fill(1),
  };
}

/** One path of a block as a block of its own. */
export function pathAt({ steps, weights }: PathBlock, paths: number, path: number): PathBlock {
  return {
    steps: steps.map((column) =>
      Float64Array.from({ length: column.length / paths }, (_, market) => column[market * paths + path]!),
    ),
    weights: weights.slice(path, path + 1),
  };
}
