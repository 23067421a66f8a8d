import { buildModel, type ModelSpec } from '../../../src/simulation/models/build.ts';
import type { PathBlock } from '../../../src/simulation/models/model.ts';
import { type SamplerKind, sampler } from '../../../src/simulation/sampling/sampler.ts';

export function blockOf(steps: number, markets: number, paths: number): PathBlock {
  return {
    steps: Array.from({ length: steps }, () => new Float64Array(markets * paths)),
    weights: new Float64Array(paths),
  };
}

/** Paths of a model: of a step and a market one number a path. */
export class Paths {
  readonly block: PathBlock;
  readonly paths: number;

  constructor(spec: ModelSpec, paths: number, kind: SamplerKind = 'PSEUDO', seed = 1n, batch = 0) {
    const model = buildModel(spec);
    this.paths = paths;
    this.block = blockOf(model.stepCount, model.marketCount, paths);
    const uniforms = new Float64Array(model.dimensions * paths);
    sampler(kind, seed, model.dimensions).batch(batch).next(paths, uniforms);
    model.draw(uniforms, paths, this.block);
  }

  get weights(): Float64Array {
    return this.block.weights;
  }

  returns(step: number, market: number): Float64Array {
    return this.block.steps.at(step)!.subarray(market * this.paths, (market + 1) * this.paths);
  }

  prices(step: number, market: number): Float64Array {
    return this.returns(step, market).map((value) => 1 + value);
  }

  logs(step: number, market: number): Float64Array {
    return this.returns(step, market).map((value) => Math.log1p(value));
  }
}
